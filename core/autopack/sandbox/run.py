"""Waits for one child: output, report channel, time-out, cancellation. Never for the end of a pipe."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import time
from typing import TYPE_CHECKING

from autopack import fault
from autopack.sandbox.capture import Capture
from autopack.sandbox.endings import NAMESPACES, Ending, end_hard, end_init, ending_of, remaining_init
from autopack.sandbox.process import CannotStart, ProcessResult, ProcessSpec
from autopack.sandbox.spawn import read_now, spawn
from autopack.sandbox.sweep import end_process_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from autopack.sandbox.confinement import Confinement
    from autopack.sandbox.spawn import Child

SPAWNED = fault.register("sandbox.spawned", "a child process runs, nothing is known of it yet")
ENDED = fault.register("sandbox.ended", "a child process has ended, its result is not used yet")
CHUNK = 256 * 1024
PIPE_SIZE = 1024 * 1024
PATIENCE = 8.0
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
_MEANS = frozenset({errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE})
"""What keeps a command from starting and says nothing about the command."""


async def run_child(
    spec: ProcessSpec, confinement: Confinement, on_channel: Callable[[bytes], None] | None
) -> ProcessResult:
    """Run `spec` to its end, its time-out or our cancellation; nothing of its tree is left afterwards. Raises OSError
    when the disk is full, CannotStart when the machine has no means left to start anything."""
    began = time.monotonic()
    level = confinement.level
    capture = Capture(spec.output_bytes)
    try:
        child = spawn(spec, on_channel is not None, confinement)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            raise
        if isinstance(error, OSError) and error.errno in _MEANS:
            raise CannotStart(error.errno, f"{spec.argv[0]}: {error.strerror}") from error
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        return not_started(f"cannot start {spec.argv[0]}: {error}", level, 127 if missing else 126)
    running = _Running(child, level, capture, on_channel)
    timed_out = False
    try:
        fault.point(SPAWNED)
        timed_out = not await running.ended(spec.timeout)
        await (running.end() if timed_out else running.settled())
    except BaseException:
        await _despite_cancellation(running.end())
        raise
    finally:
        running.finish()
    ending = ending_of(child, spec.argv[0], level, capture.data())
    child.pipes.close()
    if not ending.clean:
        end_process_tree(child.token)
    fault.point(ENDED)
    return _result(ending, capture, timed_out, time.monotonic() - began, level)


def not_started(error: str, level: int, code: int = 126) -> ProcessResult:
    """The result of a command that never ran."""
    return ProcessResult(code, None, False, b"", False, 0.0, False, error, level)


def _result(ending: Ending, capture: Capture, timed_out: bool, duration: float, level: int) -> ProcessResult:
    if timed_out:
        ending = Ending(True, None, int(signal.SIGKILL), f"ended after {duration:.1f} s, its time-out")
    return ProcessResult(
        exit_code=ending.exit_code,
        signal=ending.signal,
        timed_out=timed_out,
        output=capture.data(),
        truncated=capture.truncated,
        duration=duration,
        started=ending.started,
        error=ending.error,
        level=level,
        output_total=capture.total,
        passing=ending.passing,
    )


_PAUSE = 0.02
_LITTLE = 16 * 1024


class _Running:
    """One child on the running loop: readers on its pipes, a future for its end."""

    def __init__(self, child: Child, level: int, capture: Capture, on_channel: Callable[[bytes], None] | None) -> None:
        self._child = child
        self._level = level
        self._loop = asyncio.get_running_loop()
        self._exited: asyncio.Future[None] = self._loop.create_future()
        self._feeds: dict[int, Callable[[bytes], None]] = {child.pipes.output: capture.feed}
        if on_channel is not None:
            self._feeds[child.pipes.channel] = on_channel
        self._pauses: dict[int, asyncio.TimerHandle] = {}
        for descriptor in self._feeds:
            self._listen(descriptor)
        self._pidfd = os.pidfd_open(child.popen.pid) if hasattr(os, "pidfd_open") else -1
        if self._pidfd >= 0:
            self._loop.add_reader(self._pidfd, self._look)
        else:
            self._look()

    async def ended(self, seconds: float) -> bool:
        """Whether the child ended within `seconds`."""
        await asyncio.wait({self._exited}, timeout=seconds)
        return self._exited.done()

    async def end(self) -> None:
        """End the whole tree and wait for it: kindly through whoever watches it, then by force."""
        if not self._exited.done():
            if self._level < NAMESPACES:
                self._child.pipes.close_life()
                self._child.popen.send_signal(signal.SIGCONT)
            else:
                await self._end_namespace()
            if not await self.ended(PATIENCE):
                end_hard(self._child)
        await self.settled()

    async def settled(self) -> None:
        """Wait for the last process of the child's namespace: bubblewrap ends before it."""
        descriptor = remaining_init(self._child) if self._level >= NAMESPACES else -1
        if descriptor < 0:
            return
        gone: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(descriptor, lambda: gone.done() or gone.set_result(None))
        try:
            await asyncio.wait({gone}, timeout=PATIENCE)
        finally:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
        if not gone.done():
            end_process_tree(self._child.token)

    async def _end_namespace(self) -> None:
        for _ in range(50):
            if end_init(self._child) or await self.ended(0.02):
                return
        end_hard(self._child)

    def finish(self) -> None:
        """Take what the pipes still hold and leave the loop; a child that lives on (the loop is closing) is killed."""
        if self._child.popen.poll() is None:
            end_hard(self._child)
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
        for pause in self._pauses.values():
            pause.cancel()
        for descriptor, feed in self._feeds.items():
            self._loop.remove_reader(descriptor)
            left = PIPE_SIZE
            while left > 0 and (data := read_now(descriptor, min(CHUNK, left))):
                left -= len(data)
                feed(data)

    def _listen(self, descriptor: int) -> None:
        self._loop.add_reader(descriptor, self._read, descriptor)

    def _read(self, descriptor: int) -> None:
        """Who writes little by little is listened to again after a pause: being woken for each line takes time from it."""
        data = read_now(descriptor, CHUNK)
        if data:
            self._feeds[descriptor](data)
        elif data is not None:
            self._loop.remove_reader(descriptor)
        if data and len(data) < _LITTLE:
            self._loop.remove_reader(descriptor)
            self._pauses[descriptor] = self._loop.call_later(_PAUSE, self._listen, descriptor)

    def _look(self) -> None:
        if self._exited.done():
            return
        if self._child.popen.poll() is not None:
            self._exited.set_result(None)
            if self._pidfd >= 0:
                self._loop.remove_reader(self._pidfd)
        elif self._pidfd < 0:
            self._loop.call_later(0.02, self._look)


async def _despite_cancellation(ending: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(ending)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
