"""What waits to be written to the editor: bounded, never in the way of the event loop.

A message with a key replaces an older one of the same key that still waits: of diagnostics, status and snapshots only
the newest is worth sending. When an editor reads so slowly that even so too much waits, the connection is given up.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import stat
from collections.abc import Callable, Hashable

MAX_BYTES = 64 * 1024 * 1024
MAX_MESSAGES = 10_000
_ONE_TURN = 1024 * 1024


class Outbox:
    """Writes to a descriptor as far as its reader takes it. `lost(why, gone)` is called once when that is over: `gone`
    where the reader is, not merely slow. All calls come from the loop's thread."""

    def __init__(self, descriptor: int, lost: Callable[[str, bool], None]) -> None:
        self._fd = descriptor
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Hashable, bytes] = {}
        self._numbers = itertools.count()
        self._bytes = 0
        self._current = memoryview(b"")
        self._watched = False
        self._closed = False
        self._empty = asyncio.Event()
        self._empty.set()
        if _is_pipe(descriptor):
            os.set_blocking(descriptor, False)

    def put(self, data: bytes, key: Hashable = None) -> None:
        """Send, or queue where the reader is behind. After the end it is dropped."""
        if self._closed:
            return
        place: Hashable = ("number", next(self._numbers)) if key is None else ("key", key)
        self._bytes += len(data) - len(self._waiting.pop(place, b""))
        self._waiting[place] = data
        self._empty.clear()
        if not self._watched:
            self._write()
        if self._waiting and (self._bytes > MAX_BYTES or len(self._waiting) > MAX_MESSAGES):
            told = f"{len(self._waiting)} messages ({self._bytes} bytes) wait and the editor does not read"
            self._end(told, gone=False)

    async def drained(self, seconds: float) -> None:
        """Return when everything is written or lost, or after so many seconds."""
        try:
            await asyncio.wait_for(self._empty.wait(), seconds)
        except TimeoutError:
            return

    def _write(self) -> None:
        done = 0
        try:
            while (self._current or self._next()) and done < _ONE_TURN:
                written = os.write(self._fd, self._current)
                self._current = self._current[written:]
                done += written
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            self._end(f"the editor cannot be written to ({error.strerror})", gone=True)
            return
        self._watch(bool(self._current or self._waiting))
        if not self._watched:
            self._empty.set()

    def _next(self) -> bool:
        """Take up the next message; False when none waits."""
        if not self._waiting:
            return False
        data = self._waiting.pop(next(iter(self._waiting)))
        self._bytes -= len(data)
        self._current = memoryview(data)
        return True

    def _watch(self, wanted: bool) -> None:
        if wanted and not self._watched:
            self._loop.add_writer(self._fd, self._write)
        elif self._watched and not wanted:
            self._loop.remove_writer(self._fd)
        self._watched = wanted

    def _end(self, why: str, *, gone: bool) -> None:
        self._watch(False)
        self._closed = True
        self._waiting.clear()
        self._current = memoryview(b"")
        self._bytes = 0
        self._empty.set()
        self._lost(why, gone)


def _is_pipe(descriptor: int) -> bool:
    """A terminal is shared with a shell and stays as it is; a file never makes anybody wait."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
