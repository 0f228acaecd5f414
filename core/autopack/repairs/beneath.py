"""Files beneath one folder, reached by directory descriptors that follow no link on the way.

Every step is an `open` with O_NOFOLLOW relative to the folder before it, so that whatever a name became since it was
judged, nothing outside is read, written or removed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Generator, Iterator
from pathlib import Path

from autopack.paths import printable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
MAX_BYTES = 256 * 1024 * 1024


class Unfit(Exception):
    """What lies at a path cannot be worked on; the message is a sentence for people."""


class Beneath:
    """Paths are relative and canonical. Raises Unfit for what is missing, in the way, or no regular file or folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def kind(self, path: str) -> str:
        """What lies there: "file", "folder", "link", "special", or "" for nothing."""
        try:
            with self._parent(path) as (folder, name), _told(path):
                return _kind(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
        except _Missing:
            return ""

    def read(self, path: str) -> tuple[bytes, int]:
        """Content and permission bits of a regular file that has no second name."""
        with self._parent(path) as (folder, name), _told(path):
            handle = os.open(name, _FILE, dir_fd=folder)
            with os.fdopen(handle, "rb") as file:
                found = os.fstat(handle)
                if not stat.S_ISREG(found.st_mode):
                    raise Unfit(f"{printable(path)} is no regular file")
                if found.st_nlink > 1:
                    raise Unfit(f"{printable(path)} is a hard link: the same file lies elsewhere too")
                if found.st_size > MAX_BYTES:
                    raise Unfit(f"{printable(path)} is larger than {MAX_BYTES} bytes")
                return file.read(MAX_BYTES), stat.S_IMODE(found.st_mode)

    def write(self, path: str, data: bytes, *, replace: bool) -> None:
        """The whole file or nothing, not executable, through a name nobody can foresee; `replace` puts it over a regular
        file."""
        with self._parent(path) as (folder, name), _told(path):
            self._check_target(folder, name, path, replace=replace)
            temporary = f".tmp-{secrets.token_hex(8)}"
            handle = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder
            )
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    os.fchmod(handle, 0o644)
                os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                os.unlink(temporary, dir_fd=folder)
                raise

    def move(self, source: str, target: str, *, replace: bool) -> None:
        """Rename a regular file."""
        with self._parent(source) as (here, name), self._parent(target) as (there, new), _told(target):
            self._check_target(there, new, target, replace=replace)
            os.rename(name, new, src_dir_fd=here, dst_dir_fd=there)

    def remove(self, path: str) -> None:
        """Unlink a file, or a link itself."""
        with self._parent(path) as (folder, name), _told(path):
            os.unlink(name, dir_fd=folder)

    def remove_folder(self, path: str) -> None:
        """Remove a folder that is empty by now."""
        with self._parent(path) as (folder, name), _told(path):
            os.rmdir(name, dir_fd=folder)

    def make_folder(self, path: str, *, parents: bool) -> tuple[str, ...]:
        """Make it, with `parents` those on the way; the folders made, outermost first."""
        parts = path.split("/")
        made: list[str] = []
        for depth in range(1 if parents else len(parts), len(parts) + 1):
            step = "/".join(parts[:depth])
            with self._parent(step) as (folder, name), _told(step):
                try:
                    os.mkdir(name, 0o755, dir_fd=folder)
                    made.append(step)
                except FileExistsError:
                    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                    if not parents or not stat.S_ISDIR(found.st_mode):
                        raise
        return tuple(made)

    def walk(self, path: str) -> Iterator[tuple[str, str]]:
        """(path, kind) of everything in a folder, the contents of a folder before it, itself last."""
        with self._parent(path) as (folder, name), _told(path):
            handle = os.open(name, _FOLDER, dir_fd=folder)
        try:
            with os.scandir(handle) as entries:
                inner = [(entry.name, _kind(entry.stat(follow_symlinks=False).st_mode)) for entry in entries]
        finally:
            os.close(handle)
        for entry, kind in sorted(inner):
            if kind == "folder":
                yield from self.walk(f"{path}/{entry}")
            else:
                yield f"{path}/{entry}", kind
        yield path, "folder"

    def _check_target(self, folder: int, name: str, path: str, *, replace: bool) -> None:
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return
        if not replace:
            raise Unfit(f"{printable(path)} is there already")
        if not stat.S_ISREG(found.st_mode):
            raise Unfit(f"{printable(path)} is no regular file")

    @contextlib.contextmanager
    def _parent(self, path: str) -> Generator[tuple[int, str]]:
        """A descriptor of the folder the path lies in, and the last part."""
        *folders, name = path.split("/")
        handle = os.open(self._root, _FOLDER)
        try:
            for index, part in enumerate(folders):
                handle = _step(handle, part, "/".join(folders[: index + 1]))
            yield handle, name
        finally:
            os.close(handle)


class _Missing(Unfit):
    """There is nothing, or no folder for it to be in."""


def _step(handle: int, part: str, path: str) -> int:
    """The next folder's descriptor; the one before is closed when it could be opened."""
    try:
        inner = os.open(part, _FOLDER, dir_fd=handle)
    except FileNotFoundError:
        raise _Missing(f"the folder {printable(path)} does not exist") from None
    except OSError as error:
        raise Unfit(f"{printable(path)} is {_obstacle(error)}, not a folder of the worktree") from error
    os.close(handle)
    return inner


def _obstacle(error: OSError) -> str:
    return "a link or a file" if error.errno in (errno.ELOOP, errno.ENOTDIR) else (error.strerror or "closed")


@contextlib.contextmanager
def _told(path: str) -> Generator[None]:
    """What the system says of the path, as Unfit."""
    try:
        yield
    except FileNotFoundError:
        raise _Missing(f"{printable(path)} does not exist") from None
    except OSError as error:
        raise Unfit(f"{printable(path)}: {(error.strerror or 'cannot be worked on').lower()}") from error


def _kind(mode: int) -> str:
    for kind, test in (("file", stat.S_ISREG), ("folder", stat.S_ISDIR), ("link", stat.S_ISLNK)):
        if test(mode):
            return kind
    return "special"
