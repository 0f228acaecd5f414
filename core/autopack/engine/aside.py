"""Long work of the processor beside the event loop, so that a stop, a heartbeat and a command do not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from autopack.engine.work import Work

_Result = TypeVar("_Result")


async def aside(fn: Callable[[], _Result]) -> _Result:
    """What `fn` returns or raises, from a thread of its own; of the run it may touch nothing but what `reader` gave it."""
    return await asyncio.to_thread(fn)


def reader(work: Work, tree: str) -> Callable[[str], bytes | None]:
    """Reads files of a tree for `aside`: the repository is asked on the event loop alone, each path once."""
    loop = asyncio.get_running_loop()
    known: dict[str, bytes | None] = {}

    def read(path: str) -> bytes | None:
        blob = work.doors.private.read(tree, path)
        return blob.data if blob is not None else None

    def answer(path: str, waiting: Future[bytes | None]) -> None:
        try:
            waiting.set_result(read(path))
        except Exception as error:
            waiting.set_exception(error)

    def asked(path: str) -> bytes | None:
        if path not in known:
            waiting: Future[bytes | None] = Future()
            loop.call_soon_threadsafe(answer, path, waiting)
            known[path] = waiting.result()
        return known[path]

    return asked
