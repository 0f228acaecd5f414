"""How work in progress ends before its time: a stop leaves it a moment, a person's word takes it away at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from autopack.engine.errors import PhaseInterrupted, Stopped
from autopack.engine.work import Work

STOP_GRACE_SECONDS = 5.0

T = TypeVar("T")


async def unless_stopped(work: Work, doing: Coroutine[Any, Any, T]) -> T:
    """The result of `doing`. When a stop is asked for, it has five seconds to end by itself, then it is cancelled; when
    a person takes the phase away it is cancelled at once."""
    task = asyncio.ensure_future(doing)
    stop = asyncio.ensure_future(work.stop_requested.wait())
    taken = asyncio.ensure_future(work.interrupt.wait())
    try:
        await asyncio.wait({task, stop, taken}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done() and not taken.done():
            await asyncio.wait({task, taken}, timeout=STOP_GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise PhaseInterrupted if taken.done() and not stop.done() else Stopped
        return task.result()
    finally:
        for waiting in (stop, taken, task):
            waiting.cancel()
