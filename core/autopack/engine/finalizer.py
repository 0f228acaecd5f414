"""The finalizer: the only writer of COMPLETE. It moves the tip of the integration branch by compare-and-swap."""

from __future__ import annotations

from autopack import fault
from autopack.engine.consent import consent_to
from autopack.engine.publishing import publish
from autopack.engine.save_points import keep_before
from autopack.engine.selections import left_out
from autopack.engine.work import Work
from autopack.errors import StaleState
from autopack.events import EventName
from autopack.gates import QUALITY as GATE
from autopack.model import codec
from autopack.model.approvals import Stage
from autopack.model.attempt import Attempt, Outcome, OutcomeKind
from autopack.model.findings import Finding
from autopack.model.quality import QualityLevel, QualityReport
from autopack.model.states import PhaseState
from autopack.model.verdict import GateStatus, Verdict, VerdictKind
from autopack.store import Store

fault.register("finalize.before_tip", "the tip's move is intended, not made")
fault.register("finalize.tip_moved", "the tip moved, COMPLETE is not written yet")
fault.register("finalize.completed", "COMPLETE is written, the branch is not published yet")

_KIND_OF_GATE = {"audit": OutcomeKind.AUDIT_REJECTED, "no-op": OutcomeKind.GATES_FAILED,
                 "deliverables": OutcomeKind.GATES_FAILED, "manifest": OutcomeKind.GATES_FAILED}  # fmt: skip

_DISAGREE = "AP503"
"""Told of a failed attempt too, beside what stands in its way."""


def tip_ref(run: str) -> str:
    return f"refs/autopack/{run}/tip"


def intended_tips(store: Store, run: str) -> set[str]:
    """Where the tip may stand though the journal does not say so: a crash came between the move and COMPLETE."""
    return {str(e.inputs["new"]) for e in store.open_effects(run) if e.key == "tip"}


async def finalize(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """COMPLETE on a verdict of complete, or on a blocked one that a person lifted; else what stands in the way. Never on
    a selection of the tests, whatever the verdict on it."""
    assert attempt.verdict is not None and attempt.candidate is not None and attempt.evidence is not None
    verdict = attempt.verdict
    if verdict.kind is VerdictKind.FAILED or not attempt.evidence.whole:
        return _failed(verdict)
    lifted = _standing_in_the_way(verdict)
    if lifted:
        refused = consent_to(work, attempt, Stage.ACCEPT, lifted, ("tip", _tip_move(attempt)))
        if refused is not None:
            return refused
    _move_tip(work, attempt)
    told = tuple(f for f in verdict.findings if not f.blocking or f in lifted) + attempt.notices
    told += left_out(work, attempt.chosen)
    gates = tuple(g.gate for g in verdict.gates if g.status is GateStatus.FAILED)
    outcome = Outcome(OutcomeKind.COMPLETE, told, _by_whom(work, attempt, bool(lifted)), lifted=gates)
    _write_complete(work, attempt, outcome)
    publish(work)
    return outcome


def _by_whom(work: Work, attempt: Attempt, lifted: bool) -> str:
    if not attempt.chosen:
        return "accepted by a person" if lifted else ""
    asked, decision = work.doors.store.request(attempt.chosen), work.doors.store.decision(attempt.chosen)
    assert asked is not None and decision is not None
    return f"what {decision.actor} chose of attempt {asked.attempt}"


def _look(quality: QualityReport | None, lifted: tuple[str, ...]) -> str:
    """Why a person should look at a phase that is complete, "" where nothing asks for it."""
    gates = [gate for gate in lifted if gate != GATE]
    if gates:
        return f"accepted by a person against {', '.join(gates)}"
    if lifted:
        return "accepted by a person"
    return "needs review" if quality is not None and quality.level is QualityLevel.NEEDS_REVIEW else ""


def _failed(verdict: Verdict) -> Outcome:
    hard = [g for g in verdict.gates if g.status is not GateStatus.PASSED and not g.liftable]
    kind = _KIND_OF_GATE.get(hard[0].gate, OutcomeKind.TESTS_FAILED) if hard else OutcomeKind.GATES_FAILED
    findings = tuple(f for f in verdict.findings if f.blocking or f.code == _DISAGREE) or verdict.findings
    return Outcome(kind, findings, detail=", ".join(g.gate for g in hard))


def _standing_in_the_way(verdict: Verdict) -> tuple[Finding, ...]:
    gates = tuple(f for g in verdict.gates if g.status is GateStatus.FAILED for f in g.findings if f.blocking)
    return gates + tuple(f for f in verdict.reasons if f not in gates)


def _tip_move(attempt: Attempt) -> dict[str, str]:
    assert attempt.candidate is not None
    return {"old": attempt.base, "new": attempt.candidate.commit}


def _move_tip(work: Work, attempt: Attempt) -> None:
    """Idempotent: a tip that already stands on the candidate is a move made before a crash."""
    assert attempt.candidate is not None
    new, ref = attempt.candidate.commit, tip_ref(work.run)
    keep_before(work, attempt)
    work.journal.intent(work.phase.id, attempt.number, "tip", _tip_move(attempt))
    work.journal.flush()
    fault.point("finalize.before_tip")
    if work.doors.private.ref(ref) != new:
        if work.doors.store.get(work.run, "tip") != attempt.base:
            raise StaleState(f"the tip of run {work.run} moved while phase {work.phase.id} was tested")
        work.doors.private.move_ref(ref, new, attempt.base)
    fault.point("finalize.tip_moved")


def _write_complete(work: Work, attempt: Attempt, outcome: Outcome) -> None:
    assert attempt.candidate is not None
    journal, phase = work.journal, work.phase.id
    journal.outcome(phase, attempt.number, "tip", {"new": attempt.candidate.commit})
    journal.put("tip", attempt.candidate.commit)
    journal.put(f"commit:{phase}", attempt.candidate.commit)
    journal.event(EventName.STEP_FINISHED, phase, attempt.number, step="finalize", outcome="complete")
    journal.attempt_ended(phase, attempt.number, outcome)
    told = [codec.dump(f.placed(run=work.run, phase=phase, attempt=attempt.number)) for f in outcome.findings]
    quality = attempt.verdict.quality if attempt.verdict is not None else None
    journal.phase_ended(phase, PhaseState.COMPLETE, "complete", attempts=attempt.number, findings=told,
                        detail=outcome.detail if attempt.chosen else _look(quality, outcome.lifted),
                        quality=quality.level.value if quality is not None else "")  # fmt: skip
    journal.outcome(phase, attempt.number, "finalize", {})
    journal.flush()
    fault.point("finalize.completed")
