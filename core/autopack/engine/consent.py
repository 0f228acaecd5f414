"""Asking a person, and using what they said: the engine's half of DESIGN §6 (the rules are in `approvals`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from autopack import fault
from autopack.approvals import covering_grant, in_order, lapse_reason, make_request, words_on
from autopack.engine.selections import covers, parts_in
from autopack.engine.work import Work
from autopack.errors import StaleState
from autopack.events import Event, EventName
from autopack.model.approvals import ApprovalRequest, Decision, Stage
from autopack.model.attempt import Attempt, Outcome, OutcomeKind
from autopack.model.findings import Finding
from autopack.model.rules import finding
from autopack.model.states import PhaseState
from autopack.store import Transaction
from autopack.text import shorten

fault.register("consent.requested", "a request is stored, nobody was told yet")
fault.register("consent.consumed", "a decision is consumed together with the intent it allows, the act has not begun")

_WAITING = {Stage.APPLY: PhaseState.AWAITING_APPROVAL, Stage.ACCEPT: PhaseState.BLOCKED}


def consent_to(
    work: Work, attempt: Attempt, stage: Stage, findings: Sequence[Finding], intent: tuple[str, dict[str, Any]]
) -> Outcome | None:
    """None when a person's word (or a grant) covers the change: it was consumed in the transaction that wrote `intent`
    (key and inputs of the act it allows). Else the outcome that parks or ends the attempt."""
    work.journal.flush()
    request = _open_request(work, stage)
    if request is None:
        return _ask(work, attempt, stage, findings, intent)
    decision = work.doors.store.decision(request.id)
    if request.state == "consumed" and decision is not None:
        return _used_before(work, attempt, request, decision, findings)
    reason = _lapsed(work, attempt, request, decision)
    if not reason and decision is None:
        return Outcome(OutcomeKind.WAITING, tuple(findings), request=request.id)
    if not reason and decision is not None:
        if not decision.approved:
            work.journal.add(lambda tx: tx.acknowledge(request.id))
            return _refused(work, request, decision, findings)
        reason = _use(work, attempt, request, intent)
        if not reason:
            return None
    work.journal.add(lambda tx: tx.expire(request.id, reason))
    work.journal.log(f"Asking again: {reason}.", work.phase.id, attempt.number)
    return _ask(work, attempt, stage, findings, intent)


def _used_before(
    work: Work, attempt: Attempt, request: ApprovalRequest, decision: Decision, findings: Sequence[Finding]
) -> Outcome | None:
    """What a decision that an earlier drive of this attempt used up means for it now."""
    assert attempt.changes is not None
    if not decision.approved:
        return _refused(work, request, decision, findings)
    if (request.digest, request.base) != (attempt.changes.digest, attempt.base):
        raise StaleState(f"request {request.id} was used for another change than the one at hand")
    return None


def _refused(work: Work, request: ApprovalRequest, decision: Decision, findings: Sequence[Finding]) -> Outcome:
    """The change is not taken as it is: in part, or not at all."""
    selection = work.doors.store.selection(work.run, request.id)
    if selection is not None:
        chosen = f"{decision.actor} chose {', '.join(selection.chosen)}"
        return Outcome(OutcomeKind.PERSON_SELECTED, tuple(findings), shorten(chosen, 200), request.id)
    first, said = findings[0], decision.reason or "no reason given"
    told = finding(first.code, f"{decision.actor} rejected the change: {said}", path=first.path, range=first.range)
    return Outcome(OutcomeKind.PERSON_REJECTED, (told, *findings), said)


def _open_request(work: Work, stage: Stage) -> ApprovalRequest | None:
    mine = [
        r
        for r in work.doors.store.requests(work.run, phase=work.phase.id)
        if (r.attempt, r.stage) == (work.attempt_number, stage) and r.state != "expired"
    ]
    return mine[-1] if mine else None


def _lapsed(work: Work, attempt: Attempt, request: ApprovalRequest, decision: Decision | None) -> str:
    """Why request and decision no longer speak of this change; "" when they do."""
    assert attempt.changes is not None
    settings, now = work.doors.settings, work.doors.wall()
    return lapse_reason(
        request, decision.decided_at if decision else now, digest=attempt.changes.digest, base=attempt.base,
        policy=settings.policy_version, now=now, lapse_hours=settings.approvals.lapse_hours,
    )  # fmt: skip


def _use(work: Work, attempt: Attempt, request: ApprovalRequest, intent: tuple[str, dict[str, Any]]) -> str:
    """Spend the approval on the intent; "" when that is durable, else why it cannot be used any more."""
    assert attempt.changes is not None
    journal, settings, digest = work.journal, work.doors.settings, attempt.changes.digest
    journal.flush()
    try:
        with journal.store.write(journal.own) as tx:
            tx.consume(
                request.id, *intent, digest=digest, base=attempt.base, policy=settings.policy_version,
                lapse_hours=settings.approvals.lapse_hours,
            )  # fmt: skip
    except StaleState as stale:
        return stale.message
    fault.point("consent.consumed")
    return ""


def _risk_told(attempt: Attempt, findings: Sequence[Finding]) -> tuple[str, ...]:
    return () if attempt.risk is None or any(f.code == "AP605" for f in findings) else (attempt.risk.told(),)


def _ask(
    work: Work, attempt: Attempt, stage: Stage, findings: Sequence[Finding], intent: tuple[str, dict[str, Any]]
) -> Outcome | None:
    assert attempt.changes is not None
    doors, journal, phase = work.doors, work.journal, work.phase.id
    request = make_request(
        work.run, phase, attempt.number, stage, findings, attempt.changes, attempt.base,
        doors.settings.policy_version, doors.wall(),
        (*words_on(attempt.changes.requests, {f.path for f in findings}), *_risk_told(attempt, findings)),
    )  # fmt: skip
    shown = parts_in(doors.private, attempt.base_tree, attempt.tree, attempt.changes)
    parts = in_order([each.part for each in shown], request.paths)
    journal.request(request, parts)
    if attempt.chosen and covers(work, attempt.chosen, request, findings):
        journal.add(lambda tx: _answer_by_selection(tx, request, attempt.chosen))
        journal.flush()
        reason = _use(work, attempt, request, intent)
        if not reason:
            return None
        journal.add(lambda tx: tx.expire(request.id, reason))
        journal.log(f"Asking again: {reason}.", phase, attempt.number)
        return _ask(work, replace(attempt, chosen=""), stage, findings, intent)
    if covering_grant(doors.store.grants(work.run, phase, doors.settings.policy_version), request) is not None:
        journal.add(lambda tx: tx.answer_by_grant(request.id))
        journal.event(EventName.APPROVAL_DECIDED, phase, attempt.number, request=request.id, approved=True,
                      actor="grant", scope="once")  # fmt: skip
        journal.flush()
        if not _use(work, attempt, request, intent):
            return None
        raise StaleState(f"the grant that answers request {request.id} ended while it was used")
    if work.config.autonomy == "unattended":
        journal.add(lambda tx: tx.expire(request.id, "unattended"))
        return Outcome(OutcomeKind.POLICY_REFUSED, tuple(findings), "an unattended run refuses what needs a person")
    journal.enter(phase, _WAITING[stage])
    journal.event(
        EventName.APPROVAL_REQUESTED, phase, attempt.number, request=request.id, stage=stage.value,
        codes=list(request.codes), paths=list(request.paths), digest=request.digest, reasons=list(request.reasons),
        parts=[id for part in parts for id in part.ids],
    )  # fmt: skip
    journal.flush()
    fault.point("consent.requested")
    return Outcome(OutcomeKind.WAITING, tuple(findings), request=request.id)


def _answer_by_selection(tx: Transaction, request: ApprovalRequest, source: str) -> None:
    """The request about what was chosen of `source`'s change is answered by the person's word on that one."""
    decision = tx.answer_by_selection(request.id, source)
    tx.event(Event(EventName.APPROVAL_DECIDED, request.run, phase=request.phase, attempt=request.attempt, data={
        "request": request.id, "approved": True, "actor": decision.actor, "scope": decision.scope.value,
        "reason": decision.reason,
    }))  # fmt: skip
