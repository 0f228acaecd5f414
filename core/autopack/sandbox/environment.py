"""The environment a child process gets: an allow-list, nothing inherited."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FIXED_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def scrubbed_environment(extra: Mapping[str, str], *, scratch: Path | None = None) -> dict[str, str]:
    """PATH, HOME, TMPDIR, LANG, TERM and `extra`, which wins. TERM names an ordinary terminal and nothing forbids colours:
    code that takes another branch on a dumb terminal would be tested there only.

    With `scratch` HOME is its folder `home` and TMPDIR its folder `tmp` (both made, private); without, HOME names
    nothing and temporary files go to /tmp.
    """
    home, tmp = "/nonexistent", "/tmp"  # noqa: S108
    if scratch is not None:
        for name in ("home", "tmp"):
            (scratch / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        home, tmp = str(scratch / "home"), str(scratch / "tmp")
    fixed = {"PATH": FIXED_PATH, "HOME": home, "TMPDIR": tmp, "LANG": "C.UTF-8", "TERM": "xterm"}
    return {**fixed, **extra}
