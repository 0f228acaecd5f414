"""GateFacts: everything a gate may look at, gathered before the first gate runs."""

from __future__ import annotations

from dataclasses import dataclass

from autopack.model.audit import AuditReport
from autopack.model.changes import ChangeSet
from autopack.model.evidence import Evidence
from autopack.model.findings import Finding
from autopack.model.plan import Phase
from autopack.model.risk import RiskAssessment


@dataclass(frozen=True, slots=True)
class GateFacts:
    """`tree` is the candidate's tree id, `tree_paths` every path in it; `test_findings` and `evidence_findings` what
    the testing room made of the delta (AP401-409, 411, 413) and of the positive-evidence rule (AP410); `audit_findings`
    AP5xx; `size_findings` are the policy's rules that ask after evidence (AP303 ...), already covered ones left out,
    `notices` those that only tell; `ask_review`: a person must look at a change whose quality needs review."""

    phase: Phase
    changes: ChangeSet
    tree: str
    tree_paths: frozenset[str]
    evidence: Evidence
    audit: AuditReport
    test_findings: tuple[Finding, ...] = ()
    evidence_findings: tuple[Finding, ...] = ()
    audit_findings: tuple[Finding, ...] = ()
    size_findings: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()
    risk: RiskAssessment | None = None
    ask_review: bool = False

    def tests(self, *codes: str) -> tuple[Finding, ...]:
        """The test findings with one of these codes."""
        return tuple(f for f in self.test_findings if f.code in codes)
