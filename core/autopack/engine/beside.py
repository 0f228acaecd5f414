"""The audit beside the tests: its calls are made while the tests run, and their answers wait in the journal.

What is asked then is asked without the tests' result, and the prompt says so. An answer is stored like any other, so a
process that dies in between pays for none again; the audit step that follows finds it. When the tests fail first, what is
not yet answered is given up: such a call may have been paid, and the budget counts it as long as nobody says otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from autopack.engine import baselines
from autopack.engine.work import Work
from autopack.model.attempt import Attempt


def begin(work: Work, attempt: Attempt, ask: Callable[[Work, Attempt, None], Coroutine[Any, Any, Any]]) -> None:
    """`ask` the auditors now where the settings want it and it saves time; `finish` or `leave` must follow."""
    if _wanted(work, attempt):
        work.journal.log("The audit begins beside the tests.", work.phase.id, attempt.number)
        work.ahead = asyncio.ensure_future(ask(work, attempt, None))


async def finish(work: Work) -> None:
    """Wait for the calls under way. What went wrong with one shows when it is asked for again."""
    task, work.ahead = work.ahead, None
    if task is not None:
        try:
            await asyncio.wait({task})
        finally:
            await _end(task)


async def leave(work: Work) -> None:
    """Give up the calls under way."""
    task, work.ahead = work.ahead, None
    if task is not None:
        if not task.done():
            work.journal.log(
                "The audit beside the tests was given up; what was asked may have been paid.", work.phase.id
            )
        await _end(task)


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _wanted(work: Work, attempt: Attempt) -> bool:
    settings, tested = work.doors.settings.audit, work.effect("test")
    if settings.beside_tests == "never" or (tested is not None and tested.done):
        return False
    if settings.beside_tests == "always":
        return True
    known = work.doors.store.baseline(baselines.key_of(work, work.phase, attempt.base_tree))
    seconds = float(known.get("duration", 0.0)) if known else 0.0
    return seconds > settings.beside_seconds and not any(notice.blocking for notice in attempt.notices)
