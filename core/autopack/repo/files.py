"""Writing and removing files of ours: atomic, flushed, never through a link."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path


def write_atomically(path: Path, data: bytes, *, mode: int = 0o600, flush: bool = True) -> None:
    """Temporary file beside it, fsync, rename, fsync of the folder."""
    number, name = tempfile.mkstemp(prefix=".tmp-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as out:
            out.write(data)
            out.flush()
            os.fchmod(out.fileno(), mode)
            if flush:
                os.fsync(out.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if flush:
        flush_folder(path.parent)


def write_if_different(path: Path, data: bytes) -> None:
    """Spare the rename when the regular file already holds `data`."""
    try:
        if not path.is_symlink() and path.read_bytes() == data:
            return
    except FileNotFoundError:
        pass
    write_atomically(path, data)


def flush_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def remove_tree(path: Path) -> None:
    """Remove a file, link or folder with everything in it; unreadable folders are opened first, links not followed."""
    try:
        info = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(info.st_mode):
        path.unlink(missing_ok=True)
        return
    try:
        shutil.rmtree(path)
    except PermissionError:
        _open_up(path)
        shutil.rmtree(path)


def _open_up(folder: Path) -> None:
    folder.chmod(0o700)
    with os.scandir(folder) as entries:
        inner = [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False)]
    for entry in inner:
        _open_up(entry)
