"""Where the programs of other ecosystems are on this machine, and what of the user's home they need to read."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from autopack.sandbox import FIXED_PATH, program_roots

_USUAL = (".cargo/bin", "go/bin", ".local/bin", ".local/share/mise/shims", ".volta/bin")
_DISTRIBUTION = re.compile(r"^distributionUrl=.*/(gradle-[\w.+-]{1,60}?)-(bin|all)\.zip\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Cache:
    """A folder that a tool keeps below the user's home: shown read-only where it exists, and named by `variable`."""

    variable: str
    folder: str


def find_program(name: str, repository: Collection[Path]) -> Path | None:
    """The program on the user's PATH, in the usual folders of the home or the system's; none of a repository, which
    must not bring the program that judges it."""
    home = Path.home()
    folders = [*os.environ.get("PATH", "").split(os.pathsep), *(str(home / f) for f in _USUAL), *FIXED_PATH.split(":")]
    for folder in folders:
        found = shutil.which(name, path=folder) if folder.startswith("/") else None
        if found is None:
            continue
        real = Path(os.path.realpath(found))
        if not any(p.is_relative_to(r) for r in repository for p in (Path(found), real)):
            return Path(found)
    return None


def wrapped_gradle(workdir: Path) -> Path | None:
    """The distribution that the repository's wrapper names, where the user has unpacked it already: the wrapper itself
    would download it."""
    try:
        text = (workdir / "gradle/wrapper/gradle-wrapper.properties").read_text("utf-8", "replace")
    except OSError:
        return None
    match = _DISTRIBUTION.search(text)
    if match is None:
        return None
    dists = Path.home() / ".gradle/wrapper/dists" / f"{match[1]}-{match[2]}"
    return next((p for p in sorted(dists.glob(f"*/{match[1]}/bin/gradle")) if os.access(p, os.X_OK)), None)


def known_caches(caches: Collection[Cache]) -> dict[str, Path]:
    """Variable and folder of those that exist."""
    return {cache.variable: path for cache in caches if (path := Path.home() / cache.folder).is_dir()}


def system_files(patterns: Collection[str]) -> tuple[Path, ...]:
    """What of the machine's configuration the patterns, relative to the root, name."""
    return tuple(path for pattern in patterns for path in sorted(Path("/").glob(pattern)))


def program_folders(program: Path) -> tuple[Path, ...]:
    """What a sandbox must show for `program` to run when another one starts it."""
    return program_roots(str(program), "")


def program_identity(name: str, worktree: Path) -> str:
    """What would tell another release of the program: where it really is, its size and time; "" where it is not."""
    found = find_program(name, (worktree,))
    if found is None:
        return ""
    real = Path(os.path.realpath(found))
    return f"{real} {real.stat().st_size} {real.stat().st_mtime_ns}"
