"""What the gates are shown of an attempt."""

from __future__ import annotations

from dataclasses import replace

from autopack.auditor import audit_findings, ruled_on
from autopack.engine.work import Work
from autopack.gates import GATES, GateFacts
from autopack.model.attempt import Attempt
from autopack.model.audit import AuditReport

NOT_ASKED = AuditReport(approved=False, available=False, detail="not asked: the tests failed")
WITHOUT_AUDIT = tuple(gate for gate in GATES if gate[0] != "audit")


def was_asked(audit: AuditReport) -> bool:
    """Whether an auditor was asked, whatever a judge of the tests said before."""
    return replace(audit, test_rulings=(), tests_judge="") != NOT_ASKED


def gate_facts(work: Work, attempt: Attempt, audit: AuditReport) -> GateFacts:
    """The facts of the candidate of this attempt, with `audit` as the word of auditors and judge."""
    assert attempt.changes is not None and attempt.candidate is not None and attempt.evidence is not None
    private, graded = work.doors.private, work.doors.settings.graded
    found = tuple(map(graded, ruled_on(attempt.evidence.findings, audit.test_rulings)))
    return GateFacts(
        phase=work.phase,
        changes=attempt.changes,
        tree=private.tree(attempt.candidate.commit),
        tree_paths=frozenset(entry.path for entry in private.list(attempt.candidate.commit)),
        evidence=attempt.evidence,
        audit=audit,
        test_findings=tuple(f for f in found if f.code != "AP410"),
        evidence_findings=tuple(f for f in found if f.code == "AP410"),
        audit_findings=tuple(map(graded, audit_findings(audit, attempt.changes))) if was_asked(audit) else (),
        size_findings=attempt.ask_after,
        notices=tuple(map(graded, attempt.notices)),
        risk=attempt.risk,
        ask_review=work.doors.settings.policy.needs_review == "ask",
    )
