"""What a report is made of: plain facts of the journal, gathered by whoever opens it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autopack.model.attempt import Outcome
from autopack.model.audit import AuditReport
from autopack.model.evidence import Evidence, FirstRuns
from autopack.model.findings import Finding
from autopack.model.quality import QualityReport
from autopack.model.risk import ChangeDecision, RiskAssessment
from autopack.model.states import PhaseState, RunState

_MODEL_STEPS = frozenset({"build", "audit"})
_TEST_STEPS = frozenset({"prepare", "test"})


@dataclass(frozen=True, slots=True)
class Spend:
    """Model calls and what they used, as the providers reported it; None = nobody reported it."""

    calls: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds at work: waiting for models, running tests, and everything else, which is Autopack's own."""

    model: float = 0.0
    tests: float = 0.0
    own: float = 0.0

    @classmethod
    def of_steps(cls, steps: Mapping[str, float]) -> Times:
        """From the seconds of each pipeline step by name."""
        model = sum(s for name, s in steps.items() if name in _MODEL_STEPS)
        tests = sum(s for name, s in steps.items() if name in _TEST_STEPS)
        return cls(model, tests, sum(steps.values()) - model - tests)

    def __add__(self, other: Times) -> Times:
        return Times(self.model + other.model, self.tests + other.tests, self.own + other.own)


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """One attempt; `outcome` None = it has not ended. `patch` is where its patch can be read, "" = it made none; `risk`,
    `decision` and `quality` are those of its change, None = it got no further than its answer, or was not judged; `reapply`
    is the commit whose change it applied again, `chosen_of` the attempt whose change a person took in part to make this
    one, `amends` the one that was proposed again with its auditor's patches: no Builder was asked, "" and 0 = the Builder
    was."""

    number: int
    outcome: Outcome | None = None
    model: str = ""
    hint: str = ""
    patch: str = ""
    risk: RiskAssessment | None = None
    decision: ChangeDecision | None = None
    quality: QualityReport | None = None
    reapply: str = ""
    chosen_of: int = 0
    amends: int = 0


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """One request and what became of it: `state` is pending | approved | rejected | taken in part | lapsed; `chosen`,
    `left` and `rest` are those of one taken in part."""

    reasons: tuple[str, ...]
    state: str
    actor: str = ""
    scope: str = ""
    said: str = ""
    chosen: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    rest: str = ""


@dataclass(frozen=True, slots=True)
class PhaseFacts:
    """One phase. `summary` is the Builder's word on the change that completed it, `stat` git's diff stat of it;
    evidence and audit are those of the last candidate; `dual_audits` counts those of all attempts that two models made,
    `disagreements` those of them in which the two did not agree; `handoff` the path of the bundle, if one was written."""

    id: str
    state: PhaseState
    goal: str = ""
    detail: str = ""
    attempts: tuple[AttemptFacts, ...] = ()
    commit: str = ""
    summary: str = ""
    stat: str = ""
    must_pass: tuple[str, ...] = ()
    evidence: Evidence | None = None
    audit: AuditReport | None = None
    dual_audits: int = 0
    disagreements: int = 0
    approvals: tuple[ApprovalFacts, ...] = ()
    spend: Spend = field(default_factory=Spend)
    times: Times = field(default_factory=Times)
    handoff: str = ""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run. Times in seconds since the epoch; `plan_note` says when the plan file is no longer the one that ran;
    `sandbox` is the level and its reason; `baseline` lines on the state the run started from; `findings` those of the
    run itself; `journal_commits` 0 = not counted."""

    id: str
    state: RunState
    reason: str = ""
    project: str = ""
    plan_path: str = ""
    plan_note: str = ""
    autonomy: str = "supervised"
    base_kind: str = "head"
    base: str = ""
    head: str = ""
    branch: str = ""
    published: bool = True
    started_at: float = 0.0
    ended_at: float | None = None
    active_seconds: float = 0.0
    phases: tuple[PhaseFacts, ...] = ()
    findings: tuple[Finding, ...] = ()
    spend: Spend = field(default_factory=Spend)
    sandbox: str = ""
    baseline: tuple[str, ...] = ()
    cassette: str = ""
    journal_commits: int = 0
    first_runs: FirstRuns = field(default_factory=FirstRuns)
