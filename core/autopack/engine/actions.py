"""What a person may do to a run, each as one checked change under the run's ownership.

The same functions serve the owner (which reads `commands` rows) and a surface that found no owner and took the lock.
Each returns the fields a surface shows; a refusal is an AutopackError and nothing was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autopack.approvals import choose
from autopack.engine.reapplying import forget
from autopack.engine.selections import set_aside
from autopack.engine.summary import WAITS
from autopack.errors import ConflictError, UsageError
from autopack.events import Event, EventName
from autopack.model.approvals import ApprovalRequest, Decision, Scope, Selection, Stage
from autopack.model.attempt import Outcome, OutcomeKind
from autopack.model.states import PhaseState, RunState
from autopack.store import Ownership, Store, Transaction

RUN_CAPS = ("token_cap", "money_cap_usd", "max_duration_minutes")
RAISED = (*RUN_CAPS, "phase_token_caps", "accept_baseline")
"""What a person may change of how a run runs; the journal keeps each as `raised:<name>`."""

ENDED_BY, LACKING = "ended_by", "lacking"
"""Where the journal keeps the fingerprints of what ended the run, and of what its workspace lacks."""

VIOLATION = "violation"
"""Where the journal keeps what ends the run as a policy violation, from the phase's failure until a person's word."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an action is carried out: the store, the run's ownership, who acts and when (seconds since the epoch), and
    the id of the command that asked for it, 0 for none."""

    store: Store
    own: Ownership
    actor: str
    now: float
    command: int = 0

    @property
    def run(self) -> str:
        return self.own.run

    @contextmanager
    def acting(self, result: dict[str, Any]) -> Generator[Transaction]:
        """One transaction for the action and the answer to its command: a crash leaves both or neither."""
        with self.store.write(self.own) as tx:
            yield tx
            if self.command:
                tx.answer(self.command, {"ok": True, **result})


def approve(desk: Desk, args: dict[str, Any]) -> dict[str, Any]:
    """Answer a pending request with yes; `scope` once, phase or path. With `only`, names of files and hunks of the change,
    it is taken in part, and `rest` tells the Builder what becomes of the rest."""
    rest = str(args.get("rest") or "").strip()
    if args.get("only") is None:
        if rest:
            raise UsageError("a word on the rest needs the parts that are taken", hint="Name them: --only PATH[#HUNK]")
        return _decide(desk, args, approved=True)
    return _choose(desk, args, [str(name) for name in args["only"]], rest)


def reject(desk: Desk, args: dict[str, Any]) -> dict[str, Any]:
    """Answer a pending request with no; the reason goes to the Builder."""
    if not str(args.get("reason", "")).strip():
        raise UsageError("a rejection needs a reason", hint="The Builder is told it: --reason TEXT")
    return _decide(desk, args, approved=False)


def pending_request(store: Store, run: str, request_id: str) -> ApprovalRequest:
    """The request named, or the only one pending. Raises UsageError or ConflictError."""
    if request_id:
        found = store.request(request_id)
        if found is None or found.run != run:
            raise UsageError(f"run {run} has no request {request_id}", hint=f"See: autopack status {run}")
        if found.state != "pending":
            raise ConflictError(f"request {request_id} is {found.state}", hint=f"See: autopack status {run}")
        return found
    pending = store.requests(run, state="pending")
    if not pending:
        raise ConflictError(f"run {run} waits for no one", hint=f"See: autopack status {run}")
    if len(pending) > 1:
        raise UsageError(f"run {run} has {len(pending)} requests: {', '.join(r.id for r in pending)}", hint="Name one.")
    return pending[0]


def _choose(desk: Desk, args: dict[str, Any], only: list[str], rest: str) -> dict[str, Any]:
    """All parts is a plain yes, none a plain no; what lies between is a no to the whole change with a selection."""
    request = pending_request(desk.store, desk.run, str(args.get("request", "")))
    parts = desk.store.parts(request)
    if request.stage is Stage.WIDEN:
        raise UsageError(f"request {request.id} asks for a wider scope, which is given as a whole",
                         hint="Leave out --only, or reject it with a reason.")  # fmt: skip
    if not parts:
        raise UsageError(
            f"request {request.id} was made by a version that does not say its parts",
            hint=f"Answer it as a whole, or ask anew: autopack retry {desk.run} {request.phase}",
        )
    chosen, left = choose(parts, only)
    args = args | {"request": request.id}
    if not chosen:
        return reject(desk, args | {"reason": rest or args.get("reason", "")})
    if not left:
        if rest:
            raise UsageError("nothing of the change is left over, so there is no word on the rest to give",
                             hint="Leave out --rest, or a part.")  # fmt: skip
        return _decide(desk, args, approved=True)
    if (args.get("scope") or Scope.ONCE) != Scope.ONCE:
        raise UsageError("a part of a change can only be approved once", hint="Leave out --scope.")
    return _decide(desk, args, approved=False, selection=Selection(request.id, chosen, left, rest))


def _decide(desk: Desk, args: dict[str, Any], *, approved: bool, selection: Selection | None = None) -> dict[str, Any]:
    request = pending_request(desk.store, desk.run, str(args.get("request", "")))
    _require_in_time(desk, request)
    digest = str(args.get("digest", "")) or request.digest
    if digest != request.digest:
        raise ConflictError(
            f"the digest {digest[:16]} is not that of request {request.id}",
            hint=f"Look again at what it asks: autopack status {desk.run}",
        )
    try:
        scope = Scope(str(args.get("scope") or "once"))
    except ValueError:
        raise UsageError(f"no scope {args.get('scope')!r}", hint="One of: once, phase, path.") from None
    if request.stage is Stage.WIDEN:
        if scope is Scope.PATH:
            hint = "What is given beyond a phase's scope is given until the phase ends: --scope phase."
            raise UsageError("a wider scope is never given for the whole run", hint=hint)
        scope = Scope.PHASE
    decision = Decision(request.id, approved, desk.actor, scope, str(args.get("reason", "")), digest, desk.now)
    parts: dict[str, Any] = {}
    if selection is not None:
        parts = {"chosen": list(selection.chosen), "left": list(selection.left), "rest": selection.rest}
    result = {"request": request.id, "approved": approved, "phase": request.phase, "digest": digest,
              "scope": scope.value, **parts}  # fmt: skip
    with desk.acting(result) as tx:
        tx.decide(decision, selection)
        tx.event(Event(EventName.APPROVAL_DECIDED, desk.run, phase=request.phase, attempt=request.attempt, data={
            "request": request.id, "approved": approved, "actor": desk.actor, "scope": scope.value,
            "reason": decision.reason, **parts,
        }))  # fmt: skip
    return result


def _require_in_time(desk: Desk, request: ApprovalRequest) -> None:
    """A request past the plan's approval time-out takes no more answers; the run's next drive rejects it."""
    minutes = float(desk.store.run(desk.run).data.get("config", {}).get("approval_timeout_minutes", 0))
    if minutes and desk.now - request.created_at > minutes * 60:
        raise ConflictError(
            f"request {request.id} was to be answered within {minutes:g} minutes; it counts as rejected",
            hint=f"Go on with the run, then answer what it asks anew: autopack resume {desk.run}",
        )


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
    capped = tx.get(run, f"capped:{phase}")
    if capped:
        tx.event(Event(EventName.FINDING_CLEARED, run, phase=phase, attempt=capped["attempt"], data={
            "fingerprint": capped["fingerprint"],
        }))  # fmt: skip
        tx.put(run, f"capped:{phase}", None)
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
