"""User files: the text a person has before them, from an open document or, where none is open, from disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autopack_server.lsp.findings.text import MAX_BYTES, Text, TextCache, decoded, placeable
from autopack_server.lsp.findings.uris import file_path, file_uri


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document as the client has it, under the client's own spelling of the URI."""

    uri: str
    version: int | None
    text: str


@dataclass(frozen=True, slots=True)
class UserFile:
    """`version` is None for a file that is not open; `text` None when it is no text, too large, or not there.
    `path_uri` is the URI its path makes, which a client may spell in another way ("" for what is no path)."""

    uri: str
    version: int | None
    text: Text | None
    path_uri: str = ""


NO_FILE = UserFile("", None, None)


class OpenDocuments:
    """The open documents at one moment, found by the file they stand for."""

    def __init__(self, documents: Iterable[OpenDocument]) -> None:
        self._by_path: dict[str, OpenDocument] = {}
        for document in documents:
            path = file_path(document.uri)
            if path is not None:
                self._by_path[os.path.realpath(path)] = document

    def find(self, real_path: str, path_uri: str) -> UserFile | None:
        document = self._by_path.get(real_path)
        if document is None:
            return None
        text = Text(document.text) if placeable(document.text) else None
        return UserFile(document.uri, document.version, text, path_uri)


class DiskFiles:
    """Reads files, and keeps what it read while the file looks the same."""

    def __init__(self) -> None:
        self._read = TextCache()

    def read(self, path: str) -> Text | None:
        """None for what is not a regular file of UTF-8 text of at most 8 MiB; a pipe does not hold us."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
            with os.fdopen(handle, "rb", buffering=0) as file:
                found = os.fstat(handle)
                key = (path, found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
                if key not in self._read:
                    good = stat.S_ISREG(found.st_mode) and found.st_size <= MAX_BYTES
                    self._read.put(key, decoded(file.read(MAX_BYTES + 1)) if good else None)
        except (OSError, ValueError):
            return None
        return self._read.get(key)


def user_copy(root: Path, path: str, documents: OpenDocuments, disk: DiskFiles) -> UserFile:
    """The user's copy of a path of the repository; what a symbolic link names outside of it is none."""
    if ".." in path.split("/"):
        return NO_FILE
    try:
        top = os.path.realpath(root)
        real = os.path.realpath(root / path)
        uri = file_uri(root / path)
        inside = os.path.commonpath([top, real]) == top and real != top
    except (OSError, ValueError):
        return NO_FILE
    if not inside:
        return UserFile(uri, None, None, uri)
    return documents.find(real, uri) or UserFile(uri, None, disk.read(real), uri)


def plan_file(uri: str, documents: OpenDocuments, disk: DiskFiles) -> UserFile:
    """The plan of a run, wherever it lies."""
    path = file_path(uri)
    if path is None:
        return UserFile(uri, None, None)
    real = os.path.realpath(path)
    return documents.find(real, uri) or UserFile(uri, None, disk.read(real), uri)
