"""A person's answer to a request: yes, no, or yes to a part of the change; the first one counts."""

from __future__ import annotations

from typing import Any

from autopack.approvals import choose
from autopack.engine.desk import Desk
from autopack.errors import ConflictError, UsageError
from autopack.events import Event, EventName
from autopack.model.approvals import ApprovalRequest, Decision, Scope, Selection, Stage
from autopack.store import Store


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
