"""Worker processes: one for each run this server drives, spawned with one order and tied by their stdin."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from autopack_server.lsp.refusals import Refused
from autopack_server.worker.order import Order, Reply

if TYPE_CHECKING:
    from autopack_server.lsp.runs.folder import Folder
    from autopack_server.lsp.server import AutopackServer

LEAVE_SECONDS = 7.0
"""A worker gives the step in hand 5 seconds (DESIGN §5) and needs a moment to write down where it stands."""
MOST = 16
"""Runs driven at once by one server; each is a process of about 80 MiB and one test run."""
EXPECTED = (0, 1, 3, 4)

_log = logging.getLogger(__name__)


class Worker:
    """One living worker."""

    def __init__(self, folder: Folder, run: str, process: asyncio.subprocess.Process) -> None:
        self.folder = folder
        self.run = run
        self.process = process

    def say(self, line: bytes) -> None:
        if self.process.stdin is not None:
            with suppress(OSError, RuntimeError):
                self.process.stdin.write(line)

    def untie(self) -> None:
        """Close the tie: the worker parks, or goes on alone where it was told so."""
        if self.process.stdin is not None:
            with suppress(OSError, RuntimeError):
                self.process.stdin.close()


class Workers:
    """Those of this server. `ended` callbacks hear of each worker's end with its exit code."""

    def __init__(self, server: AutopackServer) -> None:
        self._server = server
        self._living: dict[tuple[str, str], Worker] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._begun = 0
        self._leaving = False
        self.ended: list[Callable[[Worker, int], None]] = []

    def drives(self, folder: Folder, run: str) -> bool:
        return (folder.key, run) in self._living

    def __len__(self) -> int:
        return len(self._living)

    async def begin(self, folder: Folder, order: Order) -> Reply:
        """Carry out an order; the reply of a run that is now driven, or had ended. Raises Refused with what the worker
        said, or how it ended when it said nothing."""
        if self._leaving:
            raise Refused("the server is ending", hint="Open the folder again and repeat the command.")
        if len(self._living) + self._begun >= MOST:
            raise Refused(f"{MOST} runs are at work already", hint="Wait for one to end, or stop one.")
        self._begun += 1
        try:
            return await self._begin(folder, order)
        finally:
            self._begun -= 1

    async def _begin(self, folder: Folder, order: Order) -> Reply:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "autopack_server.worker", cwd="/", start_new_session=True,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=16 * 1024 * 1024,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(order.line())
            line = await process.stdout.readline()
        except BaseException:
            process.stdin.close()
            raise
        if not line:
            code = await process.wait()
            raise Refused(
                f"the worker ended before it began (exit code {code})", hint="The log of the server says why."
            )
        reply = Reply.parse(line)
        if not reply.ok:
            process.stdin.close()
            self._keep(self._reap(process))
            raise Refused(reply.message, hint=reply.hint, code=reply.code, lines=reply.lines)
        worker = Worker(folder, reply.run, process)
        self._living[(folder.key, reply.run)] = worker
        self._keep(self._watch(worker))
        return reply

    def _keep(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reap(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()

    async def _watch(self, worker: Worker) -> None:
        code = await worker.process.wait()
        worker.untie()
        self._living.pop((worker.folder.key, worker.run), None)
        if code not in EXPECTED:
            _log.error("the worker of run %s ended with %d", worker.run, code)
        for callback in self.ended:
            callback(worker, code)

    def on_detach(self, what: str) -> None:
        """From now on the end of this server means "park" or "continue" to every worker."""
        for worker in list(self._living.values()):
            worker.say(b'{"onDetach": "%s"}\n' % what.encode())

    async def leave(self, *, wait: bool) -> None:
        """Untie every worker; with `wait`, until they have parked, for at most 7 seconds: who is not through by then
        parks alone."""
        self._leaving = True
        living = list(self._living.values())
        for worker in living:
            worker.untie()
        if not wait or not living:
            return
        waits = {asyncio.ensure_future(worker.process.wait()): worker for worker in living}
        _, late = await asyncio.wait(waits, timeout=LEAVE_SECONDS)
        for wait_ in late:
            wait_.cancel()
            _log.warning("run %s is still parking", waits[wait_].run)
