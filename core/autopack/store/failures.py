"""What SQLite and the file system say when they fail, as errors that name the file and what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from autopack.errors import AutopackError, ConflictError, EnvironmentRefused, StoreDamaged

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_MEANS = (errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE)
_PRIMARY = 0xFF


@contextmanager
def located(path: Path, run: str = "") -> Generator[None]:
    """Turn failures of the database or file `path` inside the block into AP901 or AP902; `run` is named in the hint.
    An OSError without a number is no failure of the machine and passes."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        raise _of_sqlite(error, path, run) from error
    except OSError as error:
        if error.errno is None:
            raise
        raise of_system(error, path, run) from error


def damaged(path: Path, why: str) -> StoreDamaged:
    """AP902 for `path`: nothing was deleted, and how to get out of it."""
    return StoreDamaged(
        f"{path} is damaged: {why}",
        hint=f"Nothing was changed. Restore the file from a backup, or set the folder aside "
        f"(mv {path.parent} {path.parent}.damaged) to start afresh; finished work is on the branches autopack/*.",
    )


def of_system(error: OSError, path: Path, run: str = "") -> EnvironmentRefused:
    """AP901 for a file operation that failed."""
    if error.errno in _NO_SPACE:
        return _full(path, run)
    if error.errno in _NO_MEANS:
        return EnvironmentRefused(
            f"the machine gives no more memory, processes or files: {error.strerror}",
            hint=_after("End what takes them", run),
        )
    return EnvironmentRefused(
        f"{error.filename or path} cannot be written: {error.strerror or error}", hint=_after("Make it writable", run)
    )


def _full(path: Path, run: str) -> EnvironmentRefused:
    return EnvironmentRefused(f"no space left for {path}", hint=_after("Free space", run))


def _after(action: str, run: str) -> str:
    return f"{action}, then: autopack resume {run}" if run else f"{action} and try again."


def _of_sqlite(error: sqlite3.DatabaseError, path: Path, run: str) -> AutopackError:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    if code == sqlite3.SQLITE_FULL:
        return _full(path, run)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged(path, str(error))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return EnvironmentRefused(
            f"{path} stayed locked by another program", hint=_after("End the program that holds it", run)
        )
    if code == sqlite3.SQLITE_CONSTRAINT:
        return ConflictError(f"the journal has no such run, phase or request: {error}")
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return EnvironmentRefused(
            f"{path} cannot be read or written: {error}",
            hint=_after("Check the disk, its free space and the permissions of the folder", run),
        )
    raise error
