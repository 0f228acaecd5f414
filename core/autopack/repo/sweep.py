"""Removing from a worktree everything that nothing accounts for; links are never followed."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from autopack.repo.files import remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Expected:
    """What may be in a worktree: `files` (links included) and `folders`, relative with "/"; parents of both count."""

    files: frozenset[str]
    folders: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(cls, files: Iterable[str], folders: Iterable[str] = ()) -> Expected:
        known = frozenset(files)
        parents: set[str] = set()
        for path in (*known, *(f"{folder}/x" for folder in folders)):
            at = path.rfind("/")
            while at > 0 and path[:at] not in parents:
                parents.add(path[:at])
                at = path.rfind("/", 0, at)
        return cls(known, frozenset(parents))

    def joined(self, other: Expected) -> Expected:
        return Expected(self.files | other.files, self.folders | other.folders)


def sweep(root: Path, expected: Expected) -> list[str]:
    """Remove what is not expected, ignored files and bytecode included; answers what it removed, sorted."""
    removed: list[str] = []
    _sweep(root, "", expected, removed)
    return sorted(removed)


def _sweep(folder: Path, prefix: str, expected: Expected, removed: list[str]) -> None:
    mode = folder.lstat().st_mode
    if mode & 0o700 != 0o700:
        folder.chmod(stat.S_IMODE(mode) | 0o700)
    with os.scandir(folder) as entries:
        inner = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in inner:
        path = prefix + name
        if is_folder and path in expected.folders:
            _sweep(folder / name, path + "/", expected, removed)
        elif is_folder or path not in expected.files:
            remove_tree(folder / name)
            removed.append(path)


def unexpected_files(root: Path, expected: Expected) -> list[str]:
    """Paths of files and links below `root` that are not expected, sorted."""
    found: list[str] = []
    for folder, folders, files in os.walk(root):
        inner = PurePosixPath(Path(folder).relative_to(root).as_posix())
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        found += [str(inner / name) for name in (*files, *links)]
    return sorted(path for path in found if path not in expected.files)
