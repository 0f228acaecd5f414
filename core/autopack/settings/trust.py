"""Which plan digests the user has agreed to: one file at user level, one digest a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fcntl import LOCK_EX, flock
from pathlib import Path

from autopack import fault
from autopack.durable import write_whole
from autopack.settings.places import make_private, state_root

_REPLACE = fault.register("settings.trust", "before the file of trusted plans is replaced")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def _file(env: Mapping[str, str]) -> Path:
    return state_root(env) / "trusted"


def _digests(path: Path) -> set[str]:
    try:
        text = path.read_text("ascii", errors="replace")
    except FileNotFoundError:
        return set()
    return {line for line in text.split("\n") if _DIGEST.fullmatch(line)}


def trusted(env: Mapping[str, str], digest: str) -> bool:
    """Whether the user agreed to this digest (64 hex digits) before."""
    return digest in _digests(_file(env))


def remember_trust(env: Mapping[str, str], digest: str) -> None:
    """Remember the user's consent; two processes may do so at once. Raises ValueError for what is no digest."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"not a digest: {digest!r}")
    path = _file(env)
    make_private(path.parent)
    with (path.parent / "trusted.lock").open("a") as lock:
        flock(lock, LOCK_EX)
        known = _digests(path)
        if digest in known:
            return
        fault.point(_REPLACE)
        write_whole(path, ("\n".join(sorted(known | {digest})) + "\n").encode("ascii"))
