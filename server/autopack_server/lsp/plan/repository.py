"""Repository facts: what completion and links know of the repository a plan lies in."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autopack.plans.paths import outside
from autopack.settings import Settings

MAX_LISTED = 2000


@dataclass(frozen=True)
class Repository:
    """`files` are the tracked paths at HEAD that a plan may name, `root` the checkout."""

    root: Path
    files: frozenset[str]
    settings: Settings | None = None

    @classmethod
    def of(cls, root: Path, tracked: set[str], settings: Settings | None = None) -> Repository:
        return cls(root, frozenset(path for path in tracked if path.isprintable() and not outside(path)), settings)

    @cached_property
    def folders(self) -> dict[str, Folder]:
        """By path with a trailing slash; "" is the root."""
        found = {"": Folder()}
        for path in sorted(self.files):
            parts = path.split("/")
            below = ""
            for name in parts[:-1]:
                holder, below = found[below], f"{below}{name}/"
                if below not in found:
                    found[below] = Folder()
                    holder.folders.append(below)
            found[below].files.append(path)
        return found

    @cached_property
    def tests(self) -> tuple[str, ...]:
        """The tracked files with the name of a pytest module."""
        from autopack.plans.testing_rules import is_test_file

        return tuple(sorted(path for path in self.files if is_test_file(path)))

    def below(self, folder: str) -> int:
        """How many tracked files a folder, with or without its slash, holds."""
        lead = folder if folder.endswith("/") else f"{folder}/"
        return sum(path.startswith(lead) for path in self.files) if lead in self.folders else 0

    def checkout(self, folder: str) -> Folder:
        """What the user's files hold in a folder whether git holds it; empty where there is none, or behind a link."""
        found = Folder()
        if folder and outside(folder):
            return found
        try:
            top = self.root.resolve()
            if (top / folder).resolve(strict=True) != top / folder:
                return found
            with os.scandir(self.root / folder) as entries:
                for entry in sorted(_first(entries), key=lambda entry: entry.name):
                    path = f"{folder}{entry.name}"
                    if not path.isprintable() or outside(path) or entry.name in (".git", ".autonomous_runs"):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        found.folders.append(f"{path}/")
                    elif entry.is_file(follow_symlinks=False):
                        found.files.append(path)
        except (OSError, RuntimeError):
            return found
        return found


@dataclass(slots=True)
class Folder:
    """What lies directly in a folder, whole paths, sorted."""

    folders: list[str] = field(default_factory=list[str])
    files: list[str] = field(default_factory=list[str])


def _first(entries: os._ScandirIterator[str]) -> list[os.DirEntry[str]]:  # pyright: ignore[reportPrivateUsage]
    return [entry for _, entry in zip(range(MAX_LISTED), entries, strict=False)]
