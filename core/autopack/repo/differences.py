"""Two trees beside each other, as git tells their differences."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autopack.repo.git import GitResult


class Differences(ABC):
    """Questions about two commits or trees of one repository, answered by `git diff-tree`."""

    @abstractmethod
    def tree(self, commit: str) -> str:
        """The tree of a commit; a tree answers itself."""

    @abstractmethod
    def git(self, *args: str) -> GitResult:
        """One git process on the repository."""

    def renames(self, a: str, b: str) -> dict[str, str]:
        """New path to old path of every file that git takes for renamed."""
        fields = iter(self._diff_tree("--name-status", "-z", "-M", "--diff-filter=R", a, b).fields())
        return {new: old for _, old, new in zip(fields, fields, fields, strict=True)}

    def patch(self, a: str, b: str, *, context: int = 3) -> bytes:
        """A git patch with full ids, binary content, renames and `context` lines round each hunk, the same bytes for the
        same trees."""
        return self._diff_tree("-p", f"-U{context}", "--binary", "--full-index", "-M", a, b).stdout

    def sections(self, a: str, b: str) -> list[tuple[str, str, str]]:
        """(status letter, old path, new path) of each section of `patch`, in its order; a file that becomes a link or the
        other way round has two."""
        fields = iter(self._diff_tree("--name-status", "-z", "-M", a, b).fields())
        found: list[tuple[str, str, str]] = []
        for status in fields:
            old = next(fields)
            new = next(fields) if status[:1] in "RC" else old
            found += [(status[:1], old, new)] * (2 if status == "T" else 1)
        return found

    def stat(self, a: str, b: str) -> str:
        return self._diff_tree("--stat=100", "-M", a, b).text

    def numstat(self, a: str, b: str) -> list[tuple[int, int, str]]:
        """(added lines, removed lines, path), a rename as removal and addition; binary files count 0 and 0."""
        rows = (line.split("\t", 2) for line in self._diff_tree("--numstat", "-z", "--no-renames", a, b).fields())
        return [(int(x) if x != "-" else 0, int(y) if y != "-" else 0, path) for x, y, path in rows]

    def _diff_tree(self, *args: str) -> GitResult:
        trees = [self.tree(oid) for oid in args[-2:]]
        return self.git("diff-tree", "-r", "--no-ext-diff", "--no-textconv", *args[:-2], *trees)
