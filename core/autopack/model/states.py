"""The state machines of runs, phases and tiers: one table each, and the only place that says what may follow what.

run    PLAN_BOOTSTRAP -> RUN_CREATED -> PHASE_QUEUEING <-> PHASE_EXECUTION -> SNAPSHOT_CREATED -> PHASE_QUEUEING
       any live -> STOPPED -> PHASE_QUEUEING;   PHASE_QUEUEING -> DONE_SUCCESS;   any live, STOPPED -> DONE_FAILED_*
       DONE_FAILED_* -> PHASE_QUEUEING (a person)
phase  QUEUED -> EXECUTING -> CI_RUNNING -> GATE -> COMPLETE | BLOCKED | EXECUTING (next attempt) | FAILED
       EXECUTING -> AWAITING_APPROVAL -> EXECUTING;   BLOCKED -> GATE;   a person: retry, skip, roll back
tier   PENDING -> IN_PROGRESS -> COMPLETE | FAILED | SKIPPED
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from autopack.errors import IllegalTransition


class RunState(StrEnum):
    PLAN_BOOTSTRAP = "PLAN_BOOTSTRAP"
    RUN_CREATED = "RUN_CREATED"
    PHASE_QUEUEING = "PHASE_QUEUEING"
    PHASE_EXECUTION = "PHASE_EXECUTION"
    SNAPSHOT_CREATED = "SNAPSHOT_CREATED"
    STOPPED = "STOPPED"
    DONE_SUCCESS = "DONE_SUCCESS"
    BUDGET_EXHAUSTED = "DONE_FAILED_BUDGET_EXHAUSTED"
    POLICY_VIOLATION = "DONE_FAILED_POLICY_VIOLATION"
    REQUIRES_HUMAN_REVIEW = "DONE_FAILED_REQUIRES_HUMAN_REVIEW"
    ENVIRONMENT = "DONE_FAILED_ENVIRONMENT"
    DISCARDED = "DISCARDED"

    @property
    def ended(self) -> bool:
        return self.value.startswith("DONE_") or self is RunState.DISCARDED

    @property
    def failed(self) -> bool:
        return self.value.startswith("DONE_FAILED_")


class PhaseState(StrEnum):
    QUEUED = "QUEUED"
    EXECUTING = "EXECUTING"
    GATE = "GATE"
    CI_RUNNING = "CI_RUNNING"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    COMPLETE = "COMPLETE"
    BLOCKED = "BLOCKED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"

    @property
    def waits(self) -> bool:
        """A person's decision is what moves it."""
        return self in (PhaseState.AWAITING_APPROVAL, PhaseState.BLOCKED)

    @property
    def ended(self) -> bool:
        return self in (PhaseState.COMPLETE, PhaseState.FAILED, PhaseState.SKIPPED)


class TierState(StrEnum):
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class Actor(StrEnum):
    ENGINE = "engine"
    PERSON = "person"


S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Edge(Generic[S]):
    source: S
    target: S
    trigger: str
    actor: Actor
    guard: str = ""


@dataclass(frozen=True, slots=True)
class Machine(Generic[S]):
    """A table of edges; `check` is the only question asked of it."""

    name: str
    edges: tuple[Edge[S], ...]

    def check(self, source: S, target: S, trigger: str) -> Edge[S]:
        """The edge, or IllegalTransition."""
        for edge in self.edges:
            if (edge.source, edge.target, edge.trigger) == (source, target, trigger):
                return edge
        raise IllegalTransition(f"{self.name}: {source} -> {target} on {trigger!r} is not in the table")


def _edges(source: S, targets: tuple[S, ...], trigger: str, actor: Actor, guard: str = "") -> tuple[Edge[S], ...]:
    return tuple(Edge(source, target, trigger, actor, guard) for target in targets)


R, P, T = RunState, PhaseState, TierState
_LIVE = (R.PLAN_BOOTSTRAP, R.RUN_CREATED, R.PHASE_QUEUEING, R.PHASE_EXECUTION, R.SNAPSHOT_CREATED)
_FAILURES = (R.BUDGET_EXHAUSTED, R.POLICY_VIOLATION, R.REQUIRES_HUMAN_REVIEW, R.ENVIRONMENT)

RUN_MACHINE: Machine[RunState] = Machine(
    "run",
    (
        Edge(R.PLAN_BOOTSTRAP, R.RUN_CREATED, "created", Actor.ENGINE, "plan stored, base pinned"),
        Edge(R.RUN_CREATED, R.PHASE_QUEUEING, "queue", Actor.ENGINE, "baseline usable or accepted"),
        Edge(R.PHASE_QUEUEING, R.PHASE_EXECUTION, "execute", Actor.ENGINE, "a phase is ready"),
        Edge(R.PHASE_EXECUTION, R.SNAPSHOT_CREATED, "completed", Actor.ENGINE, "the tip moved"),
        Edge(R.PHASE_EXECUTION, R.PHASE_QUEUEING, "queue", Actor.ENGINE, "the phase ended without completing"),
        Edge(R.SNAPSHOT_CREATED, R.PHASE_QUEUEING, "queue", Actor.ENGINE),
        Edge(R.PHASE_QUEUEING, R.DONE_SUCCESS, "finish", Actor.ENGINE, "every phase COMPLETE or SKIPPED"),
        *(e for s in (R.STOPPED, *_LIVE) for e in _edges(s, _FAILURES, "finish", Actor.ENGINE)),
        *(e for s in _LIVE for e in _edges(s, (R.STOPPED,), "stop", Actor.ENGINE)),
        *(e for s in (R.STOPPED, *_LIVE[2:]) for e in _edges(s, (R.PHASE_QUEUEING,), "resume", Actor.ENGINE)),
        Edge(R.STOPPED, R.RUN_CREATED, "resume", Actor.ENGINE, "stopped before the first phase was queued"),
        *(e for s in _FAILURES for e in _edges(s, (R.PHASE_QUEUEING,), "reopen", Actor.PERSON, "epoch + 1")),
        *(e for s in (R.STOPPED, R.DONE_SUCCESS, *_FAILURES)
          for e in _edges(s, (R.DISCARDED,), "discard", Actor.PERSON, "nobody owns the run")),
        *(e for s in (R.STOPPED, R.DONE_SUCCESS, *_FAILURES)
          for e in _edges(s, (R.STOPPED,), "rollback", Actor.PERSON, "phases rolled back are queued again")),
        *(e for s in _LIVE for e in _edges(s, (R.DISCARDED,), "discard", Actor.PERSON, "nobody owns the run")),
    ),
)  # fmt: skip

_AT_WORK = (P.EXECUTING, P.CI_RUNNING, P.GATE)
PHASE_MACHINE: Machine[PhaseState] = Machine(
    "phase",
    (
        Edge(P.QUEUED, P.EXECUTING, "start", Actor.ENGINE, "dependencies COMPLETE"),
        Edge(P.EXECUTING, P.CI_RUNNING, "test", Actor.ENGINE, "candidate committed"),
        Edge(P.CI_RUNNING, P.GATE, "judge", Actor.ENGINE, "evidence stored"),
        Edge(P.EXECUTING, P.AWAITING_APPROVAL, "ask", Actor.ENGINE, "request stored"),
        Edge(P.AWAITING_APPROVAL, P.EXECUTING, "decided", Actor.PERSON, "decision consumed"),
        Edge(P.GATE, P.BLOCKED, "ask", Actor.ENGINE, "only liftable gates failed; request stored"),
        Edge(P.BLOCKED, P.GATE, "decided", Actor.PERSON, "decision consumed"),
        Edge(P.GATE, P.COMPLETE, "complete", Actor.ENGINE, "finalizer; the tip moved"),
        *(e for s in _AT_WORK for e in _edges(s, (P.EXECUTING,), "retry", Actor.ENGINE, "attempts left")),
        *(e for s in _AT_WORK for e in _edges(s, (P.FAILED,), "fail", Actor.ENGINE, "attempts or budget exhausted")),
        *(e for s in (*_AT_WORK, P.AWAITING_APPROVAL, P.BLOCKED) for e in _edges(s, (P.QUEUED,), "requeue",
          Actor.ENGINE, "base moved or decision lapsed")),
        *(e for s in (P.FAILED, P.SKIPPED, P.BLOCKED, P.AWAITING_APPROVAL, *_AT_WORK)
          for e in _edges(s, (P.QUEUED,), "retry", Actor.PERSON, "nobody works on the phase")),
        *(e for s in (P.QUEUED, P.FAILED, P.BLOCKED, P.AWAITING_APPROVAL, *_AT_WORK)
          for e in _edges(s, (P.SKIPPED,), "skip", Actor.PERSON)),
        *(e for s in P for e in _edges(s, (P.QUEUED,), "rollback", Actor.PERSON)),
        Edge(P.QUEUED, P.SKIPPED, "unreachable", Actor.ENGINE, "a dependency failed or was skipped"),
        Edge(P.SKIPPED, P.QUEUED, "reachable", Actor.ENGINE, "the dependency is queued again"),
    ),
)  # fmt: skip

TIER_MACHINE: Machine[TierState] = Machine(
    "tier",
    (
        Edge(T.PENDING, T.IN_PROGRESS, "start", Actor.ENGINE, "its first phase starts"),
        *(e for s in (T.PENDING, T.IN_PROGRESS)
          for e in _edges(s, (T.COMPLETE, T.FAILED, T.SKIPPED), "end", Actor.ENGINE, "all its phases ended")),
        *(e for s in (T.COMPLETE, T.FAILED, T.SKIPPED)
          for e in _edges(s, (T.IN_PROGRESS, T.PENDING), "reopen", Actor.ENGINE, "a phase was queued again")),
        Edge(T.IN_PROGRESS, T.PENDING, "reopen", Actor.ENGINE, "its only phase was queued again"),
        *(e for e in _edges(T.FAILED, (T.COMPLETE, T.SKIPPED), "end", Actor.ENGINE, "a person skipped what failed")),
    ),
)  # fmt: skip


def tier_state(phases: tuple[PhaseState, ...]) -> TierState:
    """A tier's state follows from its phases; it is derived, never stored twice."""
    if not phases or all(p is PhaseState.SKIPPED for p in phases):
        return TierState.SKIPPED
    if all(p is PhaseState.QUEUED for p in phases):
        return TierState.PENDING
    if all(p.ended for p in phases):
        return TierState.FAILED if PhaseState.FAILED in phases else TierState.COMPLETE
    return TierState.IN_PROGRESS
