"""One try at one phase, as it grows through the pipeline, and what it can end with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from autopack.model.approvals import Allowance
from autopack.model.audit import AuditReport
from autopack.model.changes import ChangeSet
from autopack.model.evidence import Evidence
from autopack.model.findings import Finding
from autopack.model.risk import ChangeDecision, RiskAssessment
from autopack.model.verdict import Verdict


class OutcomeKind(StrEnum):
    """How an attempt ended. COMPLETE is written by the finalizer alone. ANSWER, POLICY, TESTS and AUDIT count against
    the attempt cap and go back to the Builder; ASKED was no change but a request that has its answer, PERSON_SELECTED a
    change that a person took in part (`Outcome.request`): both count for nothing. WAITING parks the phase for a person."""

    COMPLETE = "complete"
    ANSWER_REFUSED = "answer_refused"
    POLICY_REFUSED = "policy_refused"
    TESTS_FAILED = "tests_failed"
    AUDIT_REJECTED = "audit_rejected"
    GATES_FAILED = "gates_failed"
    PERSON_REJECTED = "person_rejected"
    ASKED = "asked"
    PERSON_SELECTED = "person_selected"
    WAITING = "waiting"
    BUDGET = "budget"
    PROVIDER = "provider"
    ENVIRONMENT = "environment"

    @property
    def repairable(self) -> bool:
        """The Builder may try again with the findings in its prompt."""
        return self in _REPAIRABLE

    @property
    def goes_on(self) -> bool:
        """The phase goes on with another attempt."""
        return self in _REPAIRABLE or self is OutcomeKind.ASKED


_REPAIRABLE = frozenset(
    {
        OutcomeKind.ANSWER_REFUSED,
        OutcomeKind.POLICY_REFUSED,
        OutcomeKind.TESTS_FAILED,
        OutcomeKind.AUDIT_REJECTED,
        OutcomeKind.GATES_FAILED,
        OutcomeKind.PERSON_REJECTED,
    }
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`lifted` are the gates that stood against a change and that a person took out of its way."""

    kind: OutcomeKind
    findings: tuple[Finding, ...] = ()
    detail: str = ""
    request: str = ""
    lifted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextFile:
    """One file shown to the model. `blob` is the git blob id shown; `text` what the model sees; `total_lines` how long the
    file really is. `truncated` = the text is not the whole file as it is (cut, or `altered`: why it differs though nothing
    was cut), so an answer must not give the whole file back. `missing` = writable, does not exist yet."""

    path: str
    text: str
    blob: str
    writable: bool
    reason: str = ""
    truncated: bool = False
    total_lines: int = 0
    missing: bool = False
    altered: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What the model sees of the repository: writable files first, then read-only ones; `omitted` are paths left out and
    why, said in the prompt too."""

    files: tuple[ContextFile, ...]
    omitted: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The Builder's raw text, before anything believes it."""

    text: str
    stop_reason: str = "end"
    model: str = ""
    call: int = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """The change set as a commit on a private ref. `base` is the commit it stands on, `summary` the Builder's word."""

    commit: str
    tree: str
    base: str
    ref: str
    digest: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Each step returns it with one thing added. `base` is the integration tip the attempt started from; `feedback` the
    findings of the previous attempt, `hint` a person's word, `allowances` what was given beyond the scope. `tree` is the
    tree the change set makes of `base_tree`; `notices`, `ask_before` and `ask_after` are the policy's words on it
    (information, asks before apply, asks after evidence); `risk` and `decision` are shown and decide nothing. `reapply` is
    the commit whose change is applied again, `chosen` the request whose selection is the proposal (neither asks a model),
    `held` the one whose selection the Builder's change is held to, `amends` the attempt whose change is proposed again with
    its auditor's patches (no Builder is asked); "" and 0 = none."""

    run: str
    phase: str
    number: int
    base: str
    base_tree: str
    feedback: tuple[Finding, ...] = ()
    hint: str = ""
    allowances: tuple[Allowance, ...] = ()
    context: Context | None = None
    answer: Answer | None = None
    changes: ChangeSet | None = None
    tree: str = ""
    notices: tuple[Finding, ...] = ()
    ask_before: tuple[Finding, ...] = ()
    ask_after: tuple[Finding, ...] = ()
    risk: RiskAssessment | None = None
    decision: ChangeDecision | None = None
    candidate: Candidate | None = None
    evidence: Evidence | None = None
    audit: AuditReport | None = None
    verdict: Verdict | None = None
    reapply: str = ""
    chosen: str = ""
    held: str = ""
    amends: int = 0
