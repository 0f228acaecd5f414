"""Reads messages from the editor without a thread of anybody's pool, and hands them over one after the other."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Callable, Iterator

from autopack_server.lsp.framing import Frames, PassedOver, Unreadable

CHUNK = 64 * 1024
BURST = 32
"""So many messages are handed over before others get a turn: what they started can run, answers can go out."""


class Reader:
    """`handle` gets each body, `ended("")` says that the stream is at its end, `ended(why)` that it cannot be read."""

    def __init__(
        self, descriptor: int, handle: Callable[[bytes | PassedOver], None], ended: Callable[[str], None]
    ) -> None:
        self._fd = descriptor
        self._handle = handle
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._frames = Frames()
        self._bodies: Iterator[bytes | PassedOver] = iter(())
        self._wanted = threading.Semaphore(0)
        mode = os.fstat(descriptor).st_mode
        self._pollable = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
        self._watched = False

    def start(self) -> None:
        if self._pollable:
            os.set_blocking(self._fd, False)
        else:
            threading.Thread(target=self._read_file, name="autopack-stdin", daemon=True).start()
        self._go_on()

    def _go_on(self) -> None:
        if not self._pollable:
            self._wanted.release()
        elif not self._watched:
            self._loop.add_reader(self._fd, self._readable)
            self._watched = True

    def _pause(self) -> None:
        if self._watched:
            self._loop.remove_reader(self._fd)
            self._watched = False

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        self._take(data)

    def _read_file(self) -> None:
        """What cannot be polled (a file, a terminal) is read by a thread of its own, a chunk at a time."""
        data = b"-"
        while data:
            self._wanted.acquire()
            try:
                data = os.read(self._fd, CHUNK)
            except OSError:
                data = b""
            self._loop.call_soon_threadsafe(self._take, data)

    def _take(self, data: bytes) -> None:
        if not data:
            self._pause()
            self._ended("")
            return
        self._bodies = self._frames.feed(data)
        self._hand_over()

    def _hand_over(self) -> None:
        try:
            for _ in range(BURST):
                body = next(self._bodies, None)
                if body is None:
                    self._go_on()
                    return
                self._handle(body)
        except Unreadable as error:
            self._pause()
            self._ended(str(error))
            return
        self._pause()
        self._loop.call_soon(self._hand_over)
