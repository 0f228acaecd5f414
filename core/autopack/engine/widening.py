"""An answer that asks for a wider scope instead of changing anything: given, refused, or a matter for a person.

asked -> refused         nobody may give it, it was rejected before, or the phase has asked often enough: a failed attempt
      -> given           by the user's settings, or every path may be changed already
      -> a person        -> given | rejected; in an unattended run: refused

What is given stands in the journal with the decision that gave it, in one transaction. An attempt that got its answer,
yes or no, is ASKED: it counts for nothing and the next one is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autopack import fault
from autopack.approvals import lapse_reason, widening_digest, widening_request
from autopack.engine.allowances import rules_of
from autopack.engine.work import Work
from autopack.errors import StaleState
from autopack.events import Event, EventName
from autopack.model.approvals import WIDENED, ApprovalRequest, Decision, Scope, Stage
from autopack.model.attempt import Attempt, Outcome, OutcomeKind
from autopack.model.findings import Finding, Severity
from autopack.model.rules import finding
from autopack.model.states import PhaseState
from autopack.paths import printable
from autopack.policy import AskedFor, automatic_lines, judge_requests, told_own
from autopack.store import AttemptRow, Transaction
from autopack.text import plural

ROUNDS = 2
"""Answers of a phase that only ask and count for nothing; each retry by a person gives as many again."""
SETTINGS = "settings"
"""Who decided where the user's settings did."""

fault.register("widening.requested", "a request for a wider scope is stored, nobody was told yet")
fault.register("widening.given", "paths are given in the journal, the attempt that asked has not ended")


def widen(work: Work, attempt: Attempt) -> Outcome:
    """What becomes of an attempt whose answer only asks."""
    assert attempt.changes is not None
    work.journal.flush()
    asked = _judged(work, attempt)
    request = _open_request(work)
    refusals = asked.refusals if request is not None else (*asked.refusals, *_refused_before(work, attempt, asked))
    if refusals:
        if request is not None and request.state != "consumed":
            work.journal.add(lambda tx: tx.expire(request.id, "the policy changed"))
        return Outcome(OutcomeKind.POLICY_REFUSED, refusals, "asked for what the phase cannot be given")
    if not asked.asked:
        return _answered(asked, ())
    return _ask(work, attempt, asked) if request is None else _go_on(work, attempt, asked, request)


def _judged(work: Work, attempt: Attempt) -> AskedFor:
    assert attempt.changes is not None
    modes = {entry.path: entry.mode for entry in work.doors.private.list(attempt.base_tree)}
    categories = work.doors.settings.policy.risk
    return judge_requests(attempt.changes.requests, rules_of(work, attempt), categories, modes, work.worktree.borrows)


def _refused_before(work: Work, attempt: Attempt, asked: AskedFor) -> tuple[Finding, ...]:
    """Why the phase may not ask for this now: a person said no to one of the paths, or it asked often enough."""
    store, wanted = work.doors.store, {each.path for each in asked.asked}
    rows = {row.number: row for row in store.attempts(work.run, work.phase.id)}
    mine = rows[attempt.number]
    since = [row for row in rows.values() if row.number < mine.number and _retries(row) == _retries(mine)]
    found: list[Finding] = []
    for request in store.requests(work.run, phase=work.phase.id):
        decision = store.decision(request.id) if request.stage is Stage.WIDEN else None
        again = sorted(wanted & set(request.paths))
        if decision is None or decision.approved or not again or rows[request.attempt] not in since:
            continue
        said = f"{_listed(again)} was asked for before, and {decision.actor} said no: {decision.reason}"
        found.append(_refusal(f"{said}. Do the phase within its scope.", again[0]))
    rounds = [row for row in since if row.outcome is not None and row.outcome.kind is OutcomeKind.ASKED]
    if len(rounds) >= ROUNDS and not found:
        found.append(_refusal(f"The phase has asked {len(rounds)} times already. Do it within its scope now."))
    return tuple(found)


def _retries(row: AttemptRow) -> int:
    return int(row.data.get("retries", 0))


def _open_request(work: Work) -> ApprovalRequest | None:
    mine = [
        r
        for r in work.doors.store.requests(work.run, phase=work.phase.id)
        if (r.attempt, r.stage) == (work.attempt_number, Stage.WIDEN) and r.state != "expired"
    ]
    return mine[-1] if mine else None


def _go_on(work: Work, attempt: Attempt, asked: AskedFor, request: ApprovalRequest) -> Outcome:
    """What a request that stands already means now."""
    assert attempt.changes is not None
    journal, settings, now = work.journal, work.doors.settings, work.doors.wall()
    decision = work.doors.store.decision(request.id)
    if request.state == "consumed" and decision is not None:
        return _told(asked, request, decision)
    reason = lapse_reason(
        request, decision.decided_at if decision else now, digest=widening_digest(attempt.changes.requests, asked.asked),
        base=attempt.base, policy=settings.policy_version, now=now, lapse_hours=settings.approvals.lapse_hours,
    )  # fmt: skip
    if not reason and decision is None:
        return _waiting(asked, request)
    if not reason and decision is not None:
        if not decision.approved:
            journal.add(lambda tx: tx.acknowledge(request.id))
            return _told(asked, request, decision)
        try:
            with journal.store.write(journal.own) as tx:
                _give(tx, work, attempt, request, None)
        except StaleState as stale:
            reason = stale.message
        else:
            fault.point("widening.given")
            return _told(asked, request, decision)
    journal.add(lambda tx: tx.expire(request.id, reason))
    journal.log(f"Asking again: {reason}.", work.phase.id, attempt.number)
    return _ask(work, attempt, asked)


def _ask(work: Work, attempt: Attempt, asked: AskedFor) -> Outcome:
    assert attempt.changes is not None
    doors, journal, phase = work.doors, work.journal, work.phase.id
    request = widening_request(
        work.run, phase, attempt.number, attempt.changes.requests, asked.asked, asked.level, attempt.base,
        doors.settings.policy_version, doors.wall(),
    )  # fmt: skip
    journal.request(request, ())
    lines = automatic_lines(asked, doors.settings.approvals.auto_paths)
    if lines is not None:
        return _by_settings(work, attempt, asked, request, lines)
    if work.config.autonomy == "unattended":
        journal.add(lambda tx: tx.expire(request.id, "unattended"))
        said = f"Nobody is there to give {_listed(request.paths)}. Do the phase within its scope."
        refused = _refusal(said, request.paths[0])
        return Outcome(OutcomeKind.POLICY_REFUSED, (refused,), "an unattended run refuses what needs a person")
    journal.enter(phase, PhaseState.AWAITING_APPROVAL)
    journal.event(
        EventName.APPROVAL_REQUESTED, phase, attempt.number, request=request.id, stage=request.stage.value,
        codes=list(request.codes), paths=list(request.paths), digest=request.digest, reasons=list(request.reasons),
        risk=asked.level.value, risks={each.path: each.level.value for each in asked.asked},
    )  # fmt: skip
    journal.flush()
    fault.point("widening.requested")
    return _waiting(asked, request)


def _by_settings(work: Work, attempt: Attempt, asked: AskedFor, request: ApprovalRequest, lines: int) -> Outcome:
    """Request, decision, allowance and the word of it, all or nothing."""
    word = f"approvals.auto_paths, up to {plural(lines, 'changed line')}"
    made = Decision(request.id, True, SETTINGS, Scope.PHASE, word, request.digest, work.doors.wall())

    def give(tx: Transaction) -> None:
        tx.decide(made)
        _give(tx, work, attempt, request, lines)
        tx.event(Event(EventName.APPROVAL_DECIDED, work.run, phase=work.phase.id, attempt=attempt.number, data={
            "request": request.id, "approved": True, "actor": SETTINGS, "scope": Scope.PHASE.value, "reason": word,
        }))  # fmt: skip

    work.journal.add(give)
    work.journal.flush()
    fault.point("widening.given")
    return _told(asked, request, made)


def _give(tx: Transaction, work: Work, attempt: Attempt, request: ApprovalRequest, lines: int | None) -> None:
    """Spend the approval on the allowance: the grant that `consume` leaves is all of the act."""
    settings = work.doors.settings
    inputs: dict[str, Any] = {"paths": list(request.paths), "max_lines": lines}
    tx.consume(
        request.id, "allow", inputs, digest=request.digest, base=attempt.base, policy=settings.policy_version,
        lapse_hours=settings.approvals.lapse_hours,
    )  # fmt: skip
    tx.outcome(work.run, work.phase.id, attempt.number, "allow", {})


def _waiting(asked: AskedFor, request: ApprovalRequest) -> Outcome:
    said = request.reasons[0].partition(" ")[2]
    found = finding(WIDENED, said, path=asked.asked[0].path, severity=Severity.WARNING, blocking=True)
    return Outcome(OutcomeKind.WAITING, (found,), request=request.id)


def _told(asked: AskedFor, request: ApprovalRequest, decision: Decision) -> Outcome:
    """The attempt has its answer; the next one reads it."""
    if decision.approved:
        limit = f" ({decision.reason})" if decision.actor == SETTINGS else ""
        said = f"You may change {_listed(request.paths)} in this phase now{limit}; what they hold is shown above."
    else:
        why = decision.reason or "no reason given"
        said = f"{decision.actor} said no to {_listed(request.paths)}: {why}. Do the phase within its scope."
    return _answered(
        asked, (_notice(said),), detail=f"{'given' if decision.approved else 'refused'} by {decision.actor}"
    )


def _answered(asked: AskedFor, told: Sequence[Finding], detail: str = "nothing had to be asked for") -> Outcome:
    return Outcome(OutcomeKind.ASKED, (*told, *map(told_own, asked.own)), detail)


def _notice(said: str) -> Finding:
    return finding(WIDENED, said, severity=Severity.INFORMATION, blocking=False)


def _refusal(said: str, path: str = "") -> Finding:
    return finding(WIDENED, said, path=path, severity=Severity.ERROR, blocking=True)


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(map(printable, paths[:10])) + (f" and {len(paths) - 10} more" if len(paths) > 10 else "")
