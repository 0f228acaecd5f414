"""Objects of the private repository: read through one long-lived `cat-file`, written loose without a process.

Loose objects are only a waiting room: `PrivateRepo.pack` moves everything a candidate needs into one flushed pack.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import tempfile
import threading
import weakref
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from autopack import fault
from autopack.repo.git import GitFailed, Mode, environment, git_binary

if TYPE_CHECKING:
    from collections.abc import Callable

WRITE = fault.register("repo.write_object", "before a loose object of a candidate is written")

NULL_ID = "0" * 40


class ObjectReader:
    """`git cat-file --batch-command`, started at the first question and again when it died. Thread-safe."""

    def __init__(self, folder: Path, env: Callable[[], dict[str, str]] | None = None) -> None:
        self._folder = folder
        self._env = env or (lambda: environment(Mode.RUN, extra={"GIT_DIR": str(folder)}))
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._finalizer: weakref.finalize[[subprocess.Popen[bytes]], ObjectReader] | None = None

    def read(self, oid: str) -> tuple[str, bytes] | None:
        """(type, content), or None when there is no such object."""
        return self._ask("contents", oid)

    def info(self, oid: str) -> tuple[str, int] | None:
        """(type, size in bytes), or None."""
        found = self._ask("info", oid)
        return None if found is None else (found[0], int(found[1]))

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _ask(self, verb: str, oid: str) -> tuple[str, bytes] | None:
        if not oid or any(c not in "0123456789abcdef" for c in oid):
            raise GitFailed("cat-file", -1, f"{oid!r} is no object id")
        with self._lock:
            try:
                return self._exchange(verb, oid)
            except (BrokenPipeError, EOFError):
                self._stop()
            try:
                return self._exchange(verb, oid)
            except (BrokenPipeError, EOFError) as error:
                self._stop()
                raise GitFailed("cat-file", -1, "the process ended in the middle of an answer") from error

    def _exchange(self, verb: str, oid: str) -> tuple[str, bytes] | None:
        process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{verb} {oid}\n".encode())
        process.stdin.flush()
        head = process.stdout.readline()
        if not head.endswith(b"\n"):
            raise EOFError
        words = head.split()
        if words[-1] == b"missing":
            return None
        kind, size = words[1].decode(), words[2]
        if verb == "info":
            return kind, size
        data = process.stdout.read(int(size) + 1)
        if len(data) != int(size) + 1:
            raise EOFError
        return kind, data[:-1]

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [git_binary(), "cat-file", "--batch-command"],
            cwd=self._folder,
            env=self._env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        self._process = process
        self._finalizer = weakref.finalize(self, _end, process)
        return process

    def _stop(self) -> None:
        if self._finalizer is not None:
            self._finalizer()
        self._process = self._finalizer = None


def _end(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            if stream is not None:
                stream.close()
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def object_id(kind: str, data: bytes) -> str:
    """The SHA-1 id git gives to this object."""
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(data)) + data, usedforsecurity=False).hexdigest()


def _holds(path: Path, content: bytes) -> bool:
    """A file cut short by a power failure is written again."""
    try:
        return zlib.decompress(path.read_bytes()) == content
    except (OSError, zlib.error):
        return False


class LooseWriter:
    """Writes loose objects into `objects` and remembers them until they are packed."""

    def __init__(self, objects: Path) -> None:
        self._objects = objects
        self._written: set[Path] = set()

    def write(self, kind: str, data: bytes) -> str:
        """Temporary file and rename, as git does; not flushed, because the pack made of it is."""
        oid = object_id(kind, data)
        path = self._objects / oid[:2] / oid[2:]
        content = b"%s %d\0" % (kind.encode(), len(data)) + data
        if _holds(path, content):
            return oid
        fault.point(WRITE)
        path.parent.mkdir(exist_ok=True)
        number, name = tempfile.mkstemp(prefix="tmp_obj_", dir=path.parent)
        try:
            with os.fdopen(number, "wb") as out:
                out.write(zlib.compress(content, 1))
                os.fchmod(out.fileno(), 0o444)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._written.add(path)
        return oid

    def forget(self, packed: Callable[[str], bool]) -> None:
        """Remove the loose copies of objects for which `packed` answers that a pack of ours holds them."""
        for path in tuple(self._written):
            if packed(path.parent.name + path.name):
                path.unlink(missing_ok=True)
                self._written.discard(path)
