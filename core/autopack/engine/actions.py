"""What a person may do to a run, each as one checked change under the run's ownership.

The same functions serve the owner (which reads `commands` rows) and a surface that found no owner and took the lock.
Each returns the fields a surface shows; a refusal is an AutopackError and nothing was changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autopack.engine.answering import approve, reject
from autopack.engine.desk import Desk
from autopack.engine.reapplying import forget
from autopack.engine.selections import set_aside
from autopack.engine.summary import WAITS
from autopack.errors import ConflictError, UsageError
from autopack.events import Event, EventName
from autopack.model.attempt import Outcome, OutcomeKind
from autopack.model.states import PhaseState, RunState
from autopack.store import Transaction

RUN_CAPS = ("token_cap", "money_cap_usd", "max_duration_minutes")
RAISED = (*RUN_CAPS, "phase_token_caps", "accept_baseline")
"""What a person may change of how a run runs; the journal keeps each as `raised:<name>`."""

ENDED_BY, LACKING = "ended_by", "lacking"
"""Where the journal keeps the fingerprints of what ended the run, and of what its workspace lacks."""

VIOLATION = "violation"
"""Where the journal keeps what ends the run as a policy violation, from the phase's failure until a person's word."""


def retry(desk: Desk, args: dict[str, Any]) -> dict[str, Any]:
    """Queue a phase again, with as many attempts as its cap allows on top, and a hint for the Builder. What a person chose
    of its earlier changes holds no longer."""
    phase = _phase(desk, args)
    state = desk.store.phase(desk.run, phase).state
    if state in (PhaseState.COMPLETE, PhaseState.QUEUED):
        hint = f"Take it back first: autopack rollback {desk.run}" if state is PhaseState.COMPLETE else ""
        raise ConflictError(f"phase {phase} is {state}, there is nothing to retry", hint=hint)
    result = {"phase": phase, "state": PhaseState.QUEUED.value}
    with desk.acting(result) as tx:
        _withdraw(tx, desk, phase, "a person asked for a retry")
        set_aside(tx, desk.run, phase)
        tx.phase_state(desk.run, phase, state, PhaseState.QUEUED, "retry")
        tx.advance(desk.run, phase, "retry_count")
        forget(tx, desk.run, phase)
        if args.get("hint"):
            tx.put(desk.run, f"hint:{phase}", str(args["hint"]))
        _reach(tx, desk.run)
        _reopen(tx, desk.run)
        _log(tx, desk, f"{desk.actor} asked for a retry of phase {phase}", phase)
    return result


def skip(desk: Desk, args: dict[str, Any]) -> dict[str, Any]:
    """Leave a phase out; phases that depend on it run all the same."""
    phase = _phase(desk, args)
    state = desk.store.phase(desk.run, phase).state
    if state in (PhaseState.COMPLETE, PhaseState.SKIPPED):
        raise ConflictError(f"phase {phase} is {state}")
    result = {"phase": phase, "state": PhaseState.SKIPPED.value}
    with desk.acting(result) as tx:
        _withdraw(tx, desk, phase, "a person skipped the phase")
        tx.phase_state(desk.run, phase, state, PhaseState.SKIPPED, "skip", f"skipped by {desk.actor}")
        attempts = tx.read.attempts(desk.run, phase)
        clear_findings(tx, desk.run, phase)
        tx.event(Event(EventName.PHASE_FINISHED, desk.run, phase=phase, attempt=len(attempts), data={
            "state": PhaseState.SKIPPED.value, "attempts": len(attempts), "detail": f"skipped by {desk.actor}",
        }))  # fmt: skip
        _reach(tx, desk.run)
        _reopen(tx, desk.run)
    return result


def reopen(desk: Desk, args: dict[str, Any]) -> dict[str, Any]:
    """Let a failed run go on (`--again`, a raised cap, an accepted baseline): epoch + 1, counters kept. A failed phase
    is tried anew with `again`, or when its own token cap is raised."""
    caps: dict[str, int] = dict(args.get("phase_token_caps") or {})
    known = [row.phase for row in desk.store.phases(desk.run)]
    for phase in caps:
        _require_phase(desk, phase, known)
    asked = {name: args[name] for name in RUN_CAPS if args.get(name) is not None}
    for name, value in {**asked, **{f"the token cap of {phase}": cap for phase, cap in caps.items()}}.items():
        if not value > 0:
            hint = f"Caps are totals; what is used so far: autopack status {desk.run}"
            raise UsageError(f"{name} must be more than 0, not {value}", hint=hint)
    if caps:
        asked["phase_token_caps"] = {**desk.store.get(desk.run, "raised:phase_token_caps", {}), **caps}
    if args.get("accept_baseline") is not None:
        asked["accept_baseline"] = args["accept_baseline"]
    with desk.store.write(desk.own) as tx:
        for name, value in asked.items():
            tx.put(desk.run, f"raised:{name}", value)
        again = [p for p in known if p in caps or args.get("again")]
        failed = [p for p in again if tx.read.phase(desk.run, p).state is PhaseState.FAILED]
        for phase in failed:
            tx.phase_state(desk.run, phase, PhaseState.FAILED, PhaseState.QUEUED, "retry")
            if args.get("again"):
                set_aside(tx, desk.run, phase)
            tx.advance(desk.run, phase, "retry_count")
        if failed or args.get("again"):
            _reach(tx, desk.run)
        _reopen(tx, desk.run)
    return {}


ACTIONS: dict[str, Callable[[Desk, dict[str, Any]], dict[str, Any]]] = {
    "approve": approve,
    "reject": reject,
    "retry": retry,
    "skip": skip,
}


def _phase(desk: Desk, args: dict[str, Any]) -> str:
    wanted = str(args.get("phase", ""))
    state = desk.store.run(desk.run).state
    if state in (RunState.DONE_SUCCESS, RunState.DISCARDED):
        hint = f"Take it back first: autopack rollback {desk.run}" if state is RunState.DONE_SUCCESS else ""
        raise ConflictError(f"run {desk.run} is {state}", hint=hint)
    _require_phase(desk, wanted, [row.phase for row in desk.store.phases(desk.run)])
    return wanted


def _require_phase(desk: Desk, phase: str, known: list[str]) -> None:
    if phase not in known:
        raise UsageError(f"run {desk.run} has no phase {phase!r}", hint=f"Its phases: {', '.join(known)}")


def _withdraw(tx: Transaction, desk: Desk, phase: str, why: str) -> None:
    """What was open in the phase is closed: its request and its attempt, which uses up nothing."""
    for request in tx.read.requests(desk.run, phase=phase):
        if request.state == "pending":
            tx.expire(request.id, why)
    close_open_attempt(tx, desk.run, phase, why)


def close_open_attempt(tx: Transaction, run: str, phase: str, why: str) -> None:
    """End the attempt in progress, if any, without counting it against the cap."""
    for row in tx.read.attempts(run, phase):
        if row.outcome is None:
            told = Outcome(OutcomeKind.ENVIRONMENT, detail=why)
            tx.attempt_outcome(run, phase, row.number, told)
            tx.event(Event(EventName.ATTEMPT_FINISHED, run, phase=phase, attempt=row.number, data={
                "outcome": told.kind.value, "detail": why,
            }))  # fmt: skip


def clear_findings(tx: Transaction, run: str, phase: str) -> None:
    """Nothing is said about the phase any more."""
    for name in (f"capped:{phase}", f"unaudited:{phase}"):
        kept = tx.get(run, name)
        if kept:
            tx.event(Event(EventName.FINDING_CLEARED, run, phase=phase, attempt=kept["attempt"], data={
                "fingerprint": kept["fingerprint"],
            }))  # fmt: skip
            tx.put(run, name, None)
    ended = [row for row in tx.read.attempts(run, phase) if row.outcome is not None]
    for found in ended[-1].outcome.findings if ended and ended[-1].outcome else ():
        tx.event(Event(EventName.FINDING_CLEARED, run, phase=phase, attempt=ended[-1].number, data={
            "fingerprint": found.fingerprint,
        }))  # fmt: skip


def clear_run_findings(tx: Transaction, run: str) -> None:
    """Nothing that the last drive said about the run as a whole stands any more."""
    waits: dict[str, Any] | None = tx.get(run, WAITS)
    for fingerprint in (*(tx.get(run, ENDED_BY) or ()), *(tx.get(run, LACKING) or ()),
                        *([waits["fingerprint"]] if waits else ())):  # fmt: skip
        tx.event(Event(EventName.FINDING_CLEARED, run, data={"fingerprint": fingerprint}))
    for name in (ENDED_BY, LACKING, WAITS):
        tx.put(run, name, None)


def _reach(tx: Transaction, run: str) -> None:
    """Phases skipped because a dependency failed are queued again; the run loop judges them anew."""
    for phase in tx.get(run, "unreachable", []):
        if tx.read.phase(run, phase).state is PhaseState.SKIPPED:
            tx.phase_state(run, phase, PhaseState.SKIPPED, PhaseState.QUEUED, "reachable")
    tx.put(run, "unreachable", [])


def _reopen(tx: Transaction, run: str) -> None:
    tx.put(run, VIOLATION, None)
    state = tx.read.run(run).state
    if state.failed:
        tx.run_state(run, state, RunState.PHASE_QUEUEING, "reopen")


def _log(tx: Transaction, desk: Desk, message: str, phase: str = "") -> None:
    tx.event(Event(EventName.LOG, desk.run, phase=phase, data={"message": message}))
