"""Giving back the disk space of packs that no ref of ours needs any more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from autopack.repo.objects import ObjectReader
from autopack.repo.packs import pack_ids

if TYPE_CHECKING:
    from pathlib import Path

_YOUNG_SECONDS = 3600.0
_SUFFIXES = (".pack", ".idx", ".rev", ".mtimes", ".keep")


def collect(repository: Path, live: set[str], *, dry_run: bool = False, young: float = _YOUNG_SECONDS) -> int:
    """Bytes freed. A pack of ours holds one commit and what it adds to its base, so it is needed while that commit is an
    ancestor of a commit some ref names (`live`); younger files may belong to a step under way and stay."""
    old = time.time() - young
    held = {index: pack_ids(index) for index in (repository / "objects/pack").glob("pack-*.idx")}
    needed = _ancestors(repository, live, set[str]().union(*held.values()))
    freed = 0
    for index, ids in held.items():
        if index.stat().st_mtime < old and not ids & needed:
            parts = [index.with_suffix(suffix) for suffix in _SUFFIXES]
            freed += _remove([part for part in parts if part.exists()], dry_run)
    leftovers = [
        path
        for pattern in ("??/*", "pack/tmp_*", "pack/.tmp-*", "tmp_*")
        for path in (repository / "objects").glob(pattern)
        if path.is_file() and path.stat().st_mtime < old
    ]
    scratch = [p for p in (repository / "scratch").rglob("*") if p.is_file() and p.stat().st_mtime < old]
    return freed + _remove(leftovers + scratch, dry_run)


def _ancestors(repository: Path, commits: set[str], ours: set[str]) -> set[str]:
    """The commits and their ancestors, as far back as our own packs hold them."""
    reader = ObjectReader(repository)
    found: set[str] = set()
    todo = list(commits)
    try:
        while todo:
            commit = todo.pop()
            seen = reader.read(commit) if commit in ours and commit not in found else None
            if seen is None:
                continue
            found.add(commit)
            header = seen[1].partition(b"\n\n")[0].split(b"\n")
            todo += [line[7:].decode("ascii") for line in header if line.startswith(b"parent ")]
    finally:
        reader.close()
    return found


def _remove(paths: list[Path], dry_run: bool) -> int:
    size = 0
    for path in paths:
        size += path.stat().st_size
        if not dry_run:
            path.unlink(missing_ok=True)
    return size
