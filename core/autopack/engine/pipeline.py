"""One attempt on one screen: the steps in order, and the one place that journals, times and cancels them.

Each step takes the attempt so far and returns it with one thing added, or an Outcome that ends the attempt. A step in
RECORDED leaves its result in the journal, and a resumed attempt reads it from there; every other step is a pure
function of what stands before it and is simply done again.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from autopack import fault
from autopack.engine import beside
from autopack.engine.amending import amend
from autopack.engine.asking import build, gather_context, prepare
from autopack.engine.auditing import audit, forget_unaudited, opinions
from autopack.engine.errors import Stopped
from autopack.engine.finalizer import finalize
from autopack.engine.judging import decide, govern, judge, parse
from autopack.engine.proving import apply, test
from autopack.engine.reapplying import reapply
from autopack.engine.stopping import unless_stopped
from autopack.engine.taking import hold, take
from autopack.engine.weighing import keep
from autopack.engine.work import Work
from autopack.events import EventName
from autopack.model import codec
from autopack.model.attempt import Answer, Attempt, Candidate, Outcome, OutcomeKind
from autopack.model.audit import AuditReport
from autopack.model.evidence import Evidence

Step = Callable[[Work, Attempt], Coroutine[Any, Any, Attempt | Outcome]]

_ASKING: tuple[Step, ...] = (prepare, gather_context, build, parse)
_PROVING: tuple[Step, ...] = (govern, decide, apply, test, audit, judge, finalize)

STEPS = (*_ASKING, *_PROVING)
REAPPLYING = (prepare, reapply, *_PROVING)
"""Of an attempt whose proposal is an earlier change of the phase."""
TAKING = (prepare, take, *_PROVING)
"""Of an attempt whose proposal is what a person chose of an earlier one: no model is asked for it."""
AMENDING = (prepare, amend, *_PROVING)
"""Of an attempt whose proposal is the change before it with the auditor's patches."""
HELD = (*_ASKING, hold, *_PROVING)
"""Of an attempt at the rest of a change that a person took in part."""

RECORDED: dict[str, tuple[str, Any]] = {
    "build": ("answer", Answer),
    "apply": ("candidate", Candidate),
    "test": ("evidence", Evidence),
    "audit": ("audit", AuditReport),
}

fault.register("step.before", "a step's intent is journalled, the step has not begun")
fault.register("step.after", "a step is done, its outcome is not journalled yet")


def _steps(attempt: Attempt) -> tuple[Step, ...]:
    if attempt.reapply:
        return REAPPLYING
    if attempt.chosen:
        return TAKING
    if attempt.amends:
        return AMENDING
    return HELD if attempt.held else STEPS


async def run_attempt(work: Work, attempt: Attempt) -> Outcome:
    """Take the attempt through the steps to its outcome. Raises what ends the run instead (budget, provider, stop)."""
    forget_unaudited(work)
    try:
        for step in _steps(attempt):
            if step is test:
                beside.begin(work, attempt, opinions)
            result = await _perform(work, step, attempt)
            if isinstance(result, Outcome):
                return result
            attempt = result
        raise AssertionError("finalize returns an Outcome")
    finally:
        await beside.leave(work)


async def _perform(work: Work, step: Step, attempt: Attempt) -> Attempt | Outcome:
    name = step.__name__
    if work.stop_requested.is_set():
        raise Stopped
    work.check_time()
    effect = work.effect(name)
    if effect is not None and effect.done and name in RECORDED:
        field, cls = RECORDED[name]
        return replace(attempt, **{field: codec.load(cls, (effect.result or {})[field])})
    if effect is None:
        work.journal.intent(work.phase.id, attempt.number, name, {"base": attempt.base})
        work.journal.put("active_seconds", round(work.active_seconds(), 3))
        work.journal.event(EventName.STEP_STARTED, work.phase.id, attempt.number, step=name)
    started = work.monotonic()
    fault.point("step.before")
    result = await unless_stopped(work, step(work, attempt))
    fault.point("step.after")
    if isinstance(result, Attempt) and result.decision is not attempt.decision:
        keep(work, result)
    if effect is None or not effect.done:
        _record(work, name, attempt, result, round(work.monotonic() - started, 3))
    return result


def _record(work: Work, name: str, attempt: Attempt, result: Attempt | Outcome, seconds: float) -> None:
    """The step's outcome. COMPLETE is not told here: the finalizer wrote it together with everything it means."""
    journal, phase = work.journal, work.phase.id
    if isinstance(result, Outcome):
        if result.kind is not OutcomeKind.COMPLETE:
            journal.event(EventName.STEP_FINISHED, phase, attempt.number, step=name, seconds=seconds,
                          outcome=result.kind.value)  # fmt: skip
        return
    journal.event(EventName.STEP_FINISHED, phase, attempt.number, step=name, seconds=seconds, outcome="ok")
    stored = {RECORDED[name][0]: codec.dump(getattr(result, RECORDED[name][0]))} if name in RECORDED else {}
    journal.outcome(phase, attempt.number, name, stored)
