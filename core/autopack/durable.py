"""Files that appear whole or not at all, and are still there after a power cut."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, data: bytes, *, mode: int = 0o600, flush: bool = True) -> None:
    """Temporary file beside it, fsync, rename, fsync of the folder; without `flush` atomic only. `mode` is what the umask
    allows of it. A link at `path` is replaced, not followed."""
    temporary = path.with_name(f".tmp-{secrets.token_hex(8)}")
    try:
        create(temporary, data, mode=mode, flush=flush)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if flush:
        flush_folder(path.parent)


def create(path: Path, data: bytes, *, mode: int = 0o600, flush: bool = True) -> None:
    """A file that was not there before; the folder's entry is not flushed."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        if flush:
            os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Make what was created, renamed and removed in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
