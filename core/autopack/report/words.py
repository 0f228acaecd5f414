"""States and figures as people say them."""

from __future__ import annotations

from autopack.model.attempt import OutcomeKind
from autopack.model.states import PhaseState, RunState

RUN_WORDS: dict[RunState, str] = {
    RunState.PLAN_BOOTSTRAP: "being prepared",
    RunState.RUN_CREATED: "being prepared",
    RunState.PHASE_QUEUEING: "in progress",
    RunState.PHASE_EXECUTION: "in progress",
    RunState.SNAPSHOT_CREATED: "in progress",
    RunState.STOPPED: "stopped",
    RunState.DONE_SUCCESS: "succeeded",
    RunState.BUDGET_EXHAUSTED: "ended, a budget is used up",
    RunState.POLICY_VIOLATION: "ended, policy was violated",
    RunState.REQUIRES_HUMAN_REVIEW: "ended, a person has to look at it",
    RunState.ENVIRONMENT: "ended, the environment does not serve",
    RunState.DISCARDED: "discarded",
}

PHASE_WORDS: dict[PhaseState, str] = {
    PhaseState.QUEUED: "not started",
    PhaseState.EXECUTING: "in progress",
    PhaseState.GATE: "in progress",
    PhaseState.CI_RUNNING: "in progress",
    PhaseState.AWAITING_APPROVAL: "waiting for approval",
    PhaseState.BLOCKED: "waiting for approval",
    PhaseState.COMPLETE: "completed",
    PhaseState.FAILED: "failed",
    PhaseState.SKIPPED: "skipped",
}

OUTCOME_WORDS: dict[OutcomeKind, str] = {
    OutcomeKind.COMPLETE: "completed",
    OutcomeKind.ANSWER_REFUSED: "the answer could not be used",
    OutcomeKind.POLICY_REFUSED: "refused by policy",
    OutcomeKind.TESTS_FAILED: "tests failed",
    OutcomeKind.AUDIT_REJECTED: "not approved by the auditor",
    OutcomeKind.GATES_FAILED: "not complete",
    OutcomeKind.PERSON_REJECTED: "rejected by a person",
    OutcomeKind.ASKED: "asked for a wider scope",
    OutcomeKind.PERSON_SELECTED: "taken in part by a person",
    OutcomeKind.WAITING: "waiting for a person",
    OutcomeKind.BUDGET: "a budget is used up",
    OutcomeKind.PROVIDER: "no model answered",
    OutcomeKind.ENVIRONMENT: "the environment does not serve",
}


def counted(tokens: int | None) -> str:
    """`12,345`, or a word where nobody reported it."""
    return "an unreported number of" if tokens is None else f"{tokens:,}"


def money(usd: float | None) -> str:
    """`0.42 USD`; small amounts with four places; a dash where the price is not known."""
    if usd is None:
        return "–"
    return f"{usd:.2f} USD" if usd == 0 or usd >= 0.01 else f"{usd:.4f} USD"
