"""A git tree in memory, for the rooms that only read one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from autopack.model.changes import GITLINK, REGULAR, blob_id


@dataclass(frozen=True)
class MemoryBlob:
    data: bytes
    mode: int
    id: str


@dataclass(frozen=True)
class MemoryEntry:
    path: str
    mode: int
    id: str


class MemoryTrees:
    """`files` maps path to bytes, or to (bytes, mode). `reads` lists what was read."""

    def __init__(self, files: dict[str, bytes | tuple[bytes, int]]) -> None:
        self.files = {p: v if isinstance(v, tuple) else (v, REGULAR) for p, v in files.items()}
        self.reads: list[str] = []

    def read(self, tree: str, path: str) -> MemoryBlob | None:
        self.reads.append(path)
        if path not in self.files:
            return None
        data, mode = self.files[path]
        if mode == GITLINK:
            return None
        return MemoryBlob(data, mode, blob_id(data))

    def list(self, tree: str, prefix: str = "") -> list[MemoryEntry]:
        return [MemoryEntry(p, mode, blob_id(d)) for p, (d, mode) in self.files.items() if p.startswith(prefix)]


@dataclass(frozen=True)
class Limits:
    max_files: int = 40
    max_chars_per_file: int = 60_000
    max_total_chars: int = 240_000


@pytest.fixture
def memory_trees():
    return MemoryTrees


@pytest.fixture
def limits():
    return Limits
