"""The base tree an answer is held against: what exists there, of which kind, and which attributes rule it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from autopack.changes.attributes import Attributes
from autopack.model.changes import EXECUTABLE, REGULAR


class BlobLike(Protocol):
    @property
    def data(self) -> bytes: ...


class EntryLike(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def mode(self) -> int: ...
    @property
    def id(self) -> str: ...


class RawLike(Protocol):
    @property
    def status(self) -> str: ...
    @property
    def mode_b(self) -> int: ...
    @property
    def id_b(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def old_path(self) -> str | None: ...


class Trees(Protocol):
    """The part of the private repository that reading an answer needs; `apply` is strict and raises PatchRejected, `merge`
    carries the change from `base` to `theirs` over to `ours`, None where that is a conflict."""

    def read(self, tree: str, path: str, /) -> BlobLike | None: ...
    def list(self, tree: str, prefix: str = "", /) -> Sequence[EntryLike]: ...
    def has(self, oid: str) -> bool: ...
    def blob(self, oid: str) -> bytes: ...
    def merge(self, ours: bytes, base: bytes, theirs: bytes) -> bytes | None: ...
    def apply(self, base_tree: str, patch: bytes) -> str: ...
    def diff(self, a: str, b: str) -> Sequence[RawLike]: ...


class BaseTree:
    """One listing of the tree, taken when first needed; blobs are read one by one."""

    def __init__(self, trees: Trees, tree: str) -> None:
        self.trees = trees
        self.tree = tree

    @cached_property
    def entries(self) -> dict[str, tuple[int, str]]:
        """path -> (mode, object id) of every file, link and submodule."""
        return {entry.path: (entry.mode, entry.id) for entry in self.trees.list(self.tree)}

    @cached_property
    def folders(self) -> frozenset[str]:
        found: set[str] = set()
        for path in self.entries:
            while (cut := path.rfind("/")) >= 0 and (path := path[:cut]) not in found:
                found.add(path)
        return frozenset(found)

    @cached_property
    def attributes(self) -> Attributes:
        files = {path for path in self.entries if path.rsplit("/", 1)[-1] == ".gitattributes"}
        return Attributes({path: self.read(path) for path in files if self.is_file(path)})

    def mode(self, path: str) -> int | None:
        found = self.entries.get(path)
        return found[0] if found else None

    def id(self, path: str) -> str:
        found = self.entries.get(path)
        return found[1] if found else ""

    def is_file(self, path: str) -> bool:
        """A regular file: neither link nor submodule nor folder."""
        return self.mode(path) in (REGULAR, EXECUTABLE)

    def read(self, path: str) -> bytes:
        """The blob's bytes; b"" for a path that is not there."""
        blob = self.trees.read(self.tree, path)
        return blob.data if blob is not None else b""

    def blocking_ancestor(self, path: str) -> str:
        """The file or link that stands where `path` would need a folder, or ""."""
        parts = path.split("/")
        for end in range(1, len(parts)):
            ancestor = "/".join(parts[:end])
            if ancestor in self.entries:
                return ancestor
        return ""
