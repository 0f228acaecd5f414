"""What this room needs of the outside: a tree to read from and the limits of what is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class BlobLike(Protocol):
    """A file of a tree: raw bytes, git mode, blob id."""

    @property
    def data(self) -> bytes: ...
    @property
    def mode(self) -> int: ...
    @property
    def id(self) -> str: ...


class EntryLike(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def mode(self) -> int: ...


class Trees(Protocol):
    """Reads named git trees. `list` gives files, links and submodules at or below `prefix` ("" = the whole tree)."""

    def read(self, tree: str, path: str, /) -> BlobLike | None: ...
    def list(self, tree: str, prefix: str = "", /) -> Iterable[EntryLike]: ...


class ContextLimits(Protocol):
    """Characters and files of one prompt's repository context."""

    @property
    def max_files(self) -> int: ...
    @property
    def max_chars_per_file(self) -> int: ...
    @property
    def max_total_chars(self) -> int: ...
