"""Who may write a run: a kernel lock on a file, gone with the process that holds it, and a number that grows with each
take-over and is checked in every write of an owner."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from autopack.errors import LockHeld, UsageError

_PROBE = 0.02
_RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]*")


class Ownership:
    """Held until `release` or the end of the process. The file stays; only its lock counts."""

    def __init__(self, run: str, fd: int, fence: int) -> None:
        self.run = run
        self.fence = fence
        self._fd: int | None = fd

    @property
    def held(self) -> bool:
        return self._fd is not None

    def release(self) -> None:
        """Give the run up; harmless when repeated."""
        if self._fd is not None:
            fd, self._fd = self._fd, None
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.release()


def take(folder: Path, run: str, wait: float, next_fence: Callable[[], int]) -> Ownership:
    """Lock the run's file, then draw its next fencing number. LockHeld when another holds it for `wait` seconds (long
    enough to outlast a look of `is_held`)."""
    fd = os.open(_lock_file(folder, run), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + wait
        while not _try_lock(fd, fcntl.LOCK_EX):
            if time.monotonic() >= deadline:
                who = os.pread(fd, 80, 0).decode("ascii", "replace").strip()
                raise LockHeld(
                    f"run {run} is being worked on by another process{f' ({who})' if who else ''}",
                    hint=f"autopack status {run} shows it; autopack stop {run} asks it to stop.",
                )
            time.sleep(_PROBE)
        fence = next_fence()
        with suppress(OSError):
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"pid {os.getpid()}\n".encode(), 0)
    except BaseException:
        os.close(fd)
        raise
    return Ownership(run, fd, fence)


def is_held(folder: Path, run: str) -> bool:
    """Whether some process holds the run at this moment."""
    try:
        fd = os.open(_lock_file(folder, run), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(fd, fcntl.LOCK_SH)
    finally:
        os.close(fd)


def _lock_file(folder: Path, run: str) -> Path:
    if not _RUN_ID.fullmatch(run):
        raise UsageError(f"{run!r} is not the id of a run", hint="autopack list shows the runs of this repository.")
    return folder / f"{run}.lock"


def _try_lock(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
