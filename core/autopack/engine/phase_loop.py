"""One phase: its attempts until one completes, a person is needed, or the cap is reached."""

from __future__ import annotations

from enum import Enum, auto

from autopack import fault
from autopack.engine import ending
from autopack.engine.actions import VIOLATION
from autopack.engine.allowances import standing, start_of, told
from autopack.engine.amending import AMENDS, amendable
from autopack.engine.errors import RunEnds
from autopack.engine.judging import NEVER
from autopack.engine.pipeline import run_attempt
from autopack.engine.reapplying import SOURCE, source_of
from autopack.engine.selections import CHOSEN, HELD, next_data
from autopack.engine.work import Work
from autopack.errors import BudgetExhausted
from autopack.events import EventName
from autopack.model import codec
from autopack.model.attempt import Attempt, Outcome, OutcomeKind
from autopack.model.findings import Finding
from autopack.model.plan import Phase
from autopack.model.rules import finding
from autopack.model.states import PhaseState, RunState
from autopack.policy import is_ours
from autopack.store import AttemptRow
from autopack.text import plural

fault.register("attempt.before", "an attempt is about to start, its row is not written")
fault.register("attempt.after", "an attempt has its outcome in memory, not in the journal")
fault.register("attempt.selected", "an attempt whose change a person took in part has ended, the next has not begun")


class PhaseEnd(Enum):
    """TAKEN: a person's word took the phase away from under its attempt."""

    COMPLETE = auto()
    FAILED = auto()
    WAITING = auto()
    TAKEN = auto()


async def run_phase(work: Work, phase: Phase) -> PhaseEnd:
    """Take the phase as far as it goes now. Raises what ends the run instead."""
    work.phase_in_hand = phase
    journal = work.journal
    _leave_old_base(work, phase)
    state = journal.phase_state(phase.id)
    if state.waits and not _answered(work, phase):
        return PhaseEnd.WAITING
    if state is PhaseState.QUEUED:
        journal.event(EventName.PHASE_STARTED, phase.id, goal=phase.goal)
        journal.enter(phase.id, PhaseState.EXECUTING)
    elif state.waits:
        journal.enter(phase.id, PhaseState.GATE if state is PhaseState.BLOCKED else PhaseState.EXECUTING)
    while True:
        attempt = _open_attempt(work, phase)
        if attempt is None:
            return _fail(work, phase, _exhausted(work, phase))
        try:
            outcome = await run_attempt(work, attempt)
        except BudgetExhausted as spent:
            if spent.scope == "run":
                raise
            told = finding(spent.code, ending.with_hint(work, spent.message, spent.hint))
            outcome = Outcome(OutcomeKind.BUDGET, (told,), "the phase's own token cap is used up")
        fault.point("attempt.after")
        if outcome.kind is OutcomeKind.COMPLETE:
            return PhaseEnd.COMPLETE
        if outcome.kind is OutcomeKind.WAITING:
            journal.flush()
            return PhaseEnd.WAITING
        violation = _violation(work, phase, outcome)
        journal.attempt_ended(phase.id, attempt.number, outcome)
        if violation:
            journal.put(VIOLATION, {"phase": phase.id, "reason": violation})
            _fail(work, phase, outcome)
            end_on_violation(work)
        if outcome.kind is OutcomeKind.PERSON_SELECTED:
            journal.flush()
            fault.point("attempt.selected")
        elif not outcome.kind.goes_on:
            return _fail(work, phase, outcome)


def end_on_violation(work: Work) -> None:
    """Raises RunEnds when a phase did what ends the run, in this drive or in one that a crash cut off before it said so;
    a person who sends the phase back takes it away."""
    told = work.doors.store.get(work.run, VIOLATION)
    if told:
        hint = f"Read the attempts: autopack show {work.run} {told['phase']} --evidence"
        raise RunEnds(RunState.POLICY_VIOLATION, told["reason"], code="AP301", hint=hint)


def _leave_old_base(work: Work, phase: Phase) -> None:
    """An attempt in progress whose base is no longer the tip (an earlier phase was tried again meanwhile) is ended,
    uses up nothing, and the phase begins anew from the tip."""
    journal, store = work.journal, work.doors.store
    journal.flush()
    rows = store.attempts(work.run, phase.id)
    if not rows or rows[-1].outcome is not None or rows[-1].base == store.get(work.run, "tip"):
        return
    why, last = "the base moved while the attempt waited", rows[-1].number
    journal.attempt_ended(phase.id, last, Outcome(OutcomeKind.ENVIRONMENT, detail=why))
    for request in store.requests(work.run, phase=phase.id):
        if request.state in ("pending", "decided"):
            journal.add(lambda tx, request=request: tx.expire(request.id, why))
    if journal.phase_state(phase.id) is not PhaseState.QUEUED:
        journal.move_phase(phase.id, PhaseState.QUEUED, "requeue", why)
    journal.flush()


def _answered(work: Work, phase: Phase) -> bool:
    return not work.doors.store.requests(work.run, state="pending", phase=phase.id)


def _open_attempt(work: Work, phase: Phase) -> Attempt | None:
    """The attempt in progress, or a new one from the tip; None when the cap is reached."""
    journal, store = work.journal, work.doors.store
    journal.flush()
    rows = store.attempts(work.run, phase.id)
    feedback = _feedback(rows)
    last = rows[-1] if rows else None
    if last is None or last.outcome is not None:
        if not _attempts_left(work, phase):
            return None
        fault.point("attempt.before")
        base = str(store.get(work.run, "tip"))
        data = next_data(work, phase.id, rows, base)
        tree = work.doors.private.tree(base)
        number = last.number + 1 if last else 1
        hint = str(store.get(work.run, f"hint:{phase.id}", ""))
        if last is not None and last.outcome is not None:
            for f in last.outcome.findings:
                journal.event(EventName.FINDING_CLEARED, phase.id, last.number, fingerprint=f.fingerprint)
        _uncap(work, phase.id)
        if journal.phase_state(phase.id) is not PhaseState.EXECUTING:
            journal.move_phase(phase.id, PhaseState.EXECUTING, "retry")
        source = "" if data else source_of(work, phase, base, hint, rows)
        amends = 0 if data or source or hint else amendable(work, rows, base)
        allowances = standing(store, work.run, phase.id, work.doors.settings.policy_version)
        retries = store.phase(work.run, phase.id).retry_count
        kept = start_of(allowances, retries) | (data or {}) | ({SOURCE: source} if source else {})
        kept |= {AMENDS: amends} if amends else {}
        journal.attempt_started(phase.id, number, base, tree, hint, kept or None)
        if hint:
            journal.put(f"hint:{phase.id}", "")
        work.attempt_number = number
        return Attempt(
            work.run, phase.id, number, base, tree, feedback, hint, allowances, reapply=source, amends=amends,
            **(data or {}),
        )  # fmt: skip
    work.attempt_number = last.number
    return Attempt(
        work.run, phase.id, last.number, last.base, last.base_tree, _feedback(rows[:-1]), last.hint, told(store, last),
        reapply=last.data.get(SOURCE, ""), chosen=last.data.get(CHOSEN, ""), held=last.data.get(HELD, ""),
        amends=last.data.get(AMENDS, 0),
    )  # fmt: skip


def _feedback(rows: list[AttemptRow]) -> tuple[Finding, ...]:
    """What the latest ended attempt is told to repair, and what came of what was asked for since; nothing from before a
    person took a change in part."""
    found: tuple[Finding, ...] = ()
    for row in reversed(rows):
        if row.outcome is not None and row.outcome.kind is OutcomeKind.PERSON_SELECTED:
            break
        if row.outcome is not None and row.outcome.kind.goes_on:
            found = (*found, *row.outcome.findings)
            if row.outcome.kind.repairable:
                break
    return found


def _counted(work: Work, phase: Phase) -> int:
    """Attempts that the Builder used up: not those that only tried what a person chose."""
    rows = work.doors.store.attempts(work.run, phase.id)
    mine = (row for row in rows if not row.data.get(CHOSEN))
    return sum(1 for row in mine if row.outcome is not None and row.outcome.kind.repairable)


def _attempts_left(work: Work, phase: Phase) -> bool:
    """The cap counts attempts the Builder used up; each retry a person asks for gives as many again."""
    work.journal.flush()
    retries = work.doors.store.phase(work.run, phase.id).retry_count
    cap = min(phase.attempt_cap, work.doors.settings.caps.attempt_cap)
    return _counted(work, phase) < cap * (1 + retries)


def _exhausted(work: Work, phase: Phase) -> Outcome:
    """AP704, told beside the findings of the last attempt and kept until a person grants more attempts."""
    last = work.doors.store.attempts(work.run, phase.id)[-1].number
    used = _counted(work, phase)
    hint = f"Try again with a word for the Builder: autopack retry {work.run} {phase.id} --hint TEXT"
    said = finding("AP704", f"Phase {phase.id} used its {plural(used, 'attempt')}. {hint}", blocking=True)
    said = said.placed(run=work.run, phase=phase.id, attempt=last)
    work.journal.findings((said,), phase.id, last)
    work.journal.put(f"capped:{phase.id}", codec.dump(said))
    all_of = "the one attempt" if used == 1 else f"all {used} attempts"
    return Outcome(OutcomeKind.BUDGET, (said,), f"{all_of} failed")


def _uncap(work: Work, phase: str) -> None:
    capped = work.doors.store.get(work.run, f"capped:{phase}")
    if capped:
        work.journal.event(EventName.FINDING_CLEARED, phase, capped["attempt"], fingerprint=capped["fingerprint"])
        work.journal.put(f"capped:{phase}", None)


def _violation(work: Work, phase: Phase, outcome: Outcome) -> str:
    """Why the run may not go on after this outcome: run state or Autopack's own files were targeted, or this attempt and
    the one before it touched tier `never`; "" when it may."""
    if not _touched_never(outcome):
        return ""
    if any(is_ours(f.path, work.doors.user.root) for f in outcome.findings if f.path):
        return f"phase {phase.id} tried to change what belongs to Autopack itself"
    ended = [r.outcome for r in work.doors.store.attempts(work.run, phase.id) if r.outcome is not None]
    if ended and _touched_never(ended[-1]):
        return f"phase {phase.id} tried twice in a row to touch what no one may touch"
    return ""


def _touched_never(outcome: Outcome) -> bool:
    return outcome.kind is OutcomeKind.POLICY_REFUSED and outcome.detail == NEVER


def _fail(work: Work, phase: Phase, outcome: Outcome) -> PhaseEnd:
    attempts = len(work.doors.store.attempts(work.run, phase.id))
    work.journal.phase_ended(
        phase.id, PhaseState.FAILED, "fail", attempts=attempts, detail=outcome.detail or outcome.kind.value
    )
    work.journal.flush()
    ending.write_handoff(work, phase)
    return PhaseEnd.FAILED
