"""Risk, decision and quality of each attempt, kept with it so that whoever opens the run later sees them."""

from __future__ import annotations

from dataclasses import replace

from autopack.engine.work import Work
from autopack.gates import GateFacts, decide_on
from autopack.model import codec
from autopack.model.attempt import Attempt
from autopack.model.quality import QualityReport
from autopack.model.risk import ChangeDecision, RiskAssessment
from autopack.store import Store


def weighed(work: Work, attempt: Attempt, facts: GateFacts | None = None) -> Attempt:
    """The attempt with the decision on its change; `facts` once there is evidence."""
    assert attempt.changes is not None and attempt.risk is not None
    asked = (*attempt.ask_before, *attempt.ask_after)
    policy = work.doors.settings.policy
    decision = decide_on(work.phase, attempt.changes, attempt.risk, policy, asked=asked, facts=facts)
    return replace(attempt, decision=decision)


def keep(work: Work, attempt: Attempt) -> None:
    """Journal them; what an earlier drive of the attempt wrote is written over."""
    name = f"{work.phase.id}:{attempt.number}"
    work.journal.put(f"risk:{name}", codec.dump(attempt.risk))
    work.journal.put(f"decision:{name}", codec.dump(attempt.decision))
    if attempt.verdict is not None and attempt.verdict.quality is not None:
        work.journal.put(f"quality:{name}", codec.dump(attempt.verdict.quality))


def risk_of(store: Store, run: str, phase: str, attempt: int) -> RiskAssessment | None:
    """The risk of an attempt's change; None when it got no further than its answer."""
    kept = store.get(run, f"risk:{phase}:{attempt}")
    return codec.load(RiskAssessment, kept) if kept else None


def decision_of(store: Store, run: str, phase: str, attempt: int) -> ChangeDecision | None:
    """The latest decision on an attempt's change, as `risk_of`."""
    kept = store.get(run, f"decision:{phase}:{attempt}")
    return codec.load(ChangeDecision, kept) if kept else None


def quality_of(store: Store, run: str, phase: str, attempt: int) -> QualityReport | None:
    """The quality of an attempt's change; None when no gate was asked about it."""
    kept = store.get(run, f"quality:{phase}:{attempt}")
    return codec.load(QualityReport, kept) if kept else None
