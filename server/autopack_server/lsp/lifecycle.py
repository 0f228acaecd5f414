"""How the server begins and how it leaves: whatever ends it takes the same way out.

    exit notification ─┐
    end of input ──────┤
    editor not read ───┼─> leave(code, why) ─> leaving hooks, 8 s together ─> pools closed ─> queue written ─> os._exit
    signal ────────────┤
    parent gone ───────┘

Exit codes: 0 after shutdown and exit, at the end of input, and where the editor is gone; 1 for exit without shutdown and
for a stream that cannot be read or written; 128 + n for signal n. A second signal ends the process at once, and so does
a watchdog when the way out takes too long. `os._exit`, because threads that wait must not keep the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from types import FrameType

from autopack_server.lsp.refusals import log_unexpected

HOOK_SECONDS = 8.0
POOL_SECONDS = 2.0
WRITE_SECONDS = 1.0
WATCHDOG_SECONDS = HOOK_SECONDS + POOL_SECONDS + WRITE_SECONDS + 2.0
PARENT_POLL_SECONDS = 2.0

Hook = Callable[[], Awaitable[None]]

logger = logging.getLogger(__name__)


class Lifecycle:
    """One server's way through life. `leave` may be called from anywhere on the loop's thread, any number of times: the
    first call counts, and calls `stop` so that nothing new begins."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self.on_leaving: list[Hook] = []
        self.code = 0
        self._left: asyncio.Event = asyncio.Event()
        self._signalled = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def leave(self, code: int, why: str) -> None:
        """Begin the way out. Returns at once."""
        if self._left.is_set():
            return
        logger.info("leaving with %d: %s", code, why)
        self.code = code
        self._left.set()
        watchdog(code)
        self._stop()

    async def left(self) -> None:
        """Return when something has asked to leave."""
        await self._left.wait()

    async def run_hooks(self) -> None:
        """All leaving hooks at once, within their budget; what fails or takes longer is logged and left behind."""
        tasks = {asyncio.ensure_future(_called(hook)): hook for hook in self.on_leaving}
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=HOOK_SECONDS)
        for task in late:
            logger.error("%s did not end within %g s", name_of(tasks[task]), HOOK_SECONDS)

    def watch_signals(self) -> None:
        """Handlers of Python's own: they run even where the loop is held up. A signal that was ignored when the process
        began (nohup) stays ignored."""
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._signalled:
            os._exit(128 + number)
        self._signalled = True
        watchdog(128 + number)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.leave, 128 + number, signal.Signals(number).name)

    def watch_parent(self, process: int | None) -> None:
        """Leave when the process that the editor named ends. One that is not there now (another machine's, another
        container's number) is not watched: the end of input tells as well."""
        if process is None or process <= 0 or process == os.getpid():
            return
        loop = asyncio.get_running_loop()
        opened = getattr(os, "pidfd_open", None)
        try:
            os.kill(process, 0)
            descriptor = opened(process) if opened else None
        except PermissionError:
            descriptor = None
        except (OSError, OverflowError):
            return
        if descriptor is None:
            loop.call_later(PARENT_POLL_SECONDS, self._poll_parent, process)
        else:
            loop.add_reader(descriptor, self._parent_gone, descriptor)

    def _poll_parent(self, process: int) -> None:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            self.leave(0, "the editor's process has ended")
            return
        except OSError:
            pass
        asyncio.get_running_loop().call_later(PARENT_POLL_SECONDS, self._poll_parent, process)

    def _parent_gone(self, descriptor: int) -> None:
        asyncio.get_running_loop().remove_reader(descriptor)
        with contextlib.suppress(OSError):
            os.close(descriptor)
        self.leave(0, "the editor's process has ended")


def watchdog(code: int) -> None:
    """End the process when it has not ended by itself."""
    timer = threading.Timer(WATCHDOG_SECONDS, _too_late, [code])
    timer.daemon = True
    timer.start()


def _too_late(code: int) -> None:
    """The log may be what holds the process up, so it has a second."""
    last = threading.Timer(1.0, os._exit, [code])
    last.daemon = True
    last.start()
    logger.error("the server did not leave within %g s", WATCHDOG_SECONDS)
    os._exit(code)


async def _called(hook: Hook) -> None:
    try:
        await hook()
    except Exception as error:
        log_unexpected(error, name_of(hook))


def name_of(hook: Hook) -> str:
    return getattr(hook, "__qualname__", repr(hook))
