"""The level of quality: what the other gates, warnings, audit and risk say together (reference §18).

A level decides nothing that a gate has not decided: BLOCKED repeats that something stands in the way, and NEEDS_REVIEW
stops a phase only where the user's settings ask for it. Failures that the base has already are no ground for a review.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autopack.gates.facts import GateFacts
from autopack.model.findings import Finding, Severity
from autopack.model.quality import OF_TESTS, QualityLevel, QualityReport
from autopack.model.risk import RiskLevel
from autopack.model.rules import finding
from autopack.model.test_report import RunnerEnd
from autopack.model.verdict import GateResult, GateStatus
from autopack.text import shorten

GATE = "quality"
_WORTH_A_LOOK = (Severity.ERROR, Severity.WARNING)
_CLAUSE = 160


def quality_report(facts: GateFacts, others: Sequence[GateResult]) -> QualityReport:
    """The level that the results of the other gates, and what they only warn of, add up to."""
    against = [result for result in others if result.status is not GateStatus.PASSED]
    issues = [clause for result in against for clause in _clauses(result)]
    issues += [_of_finding(f) for f in facts.size_findings if f.blocking]
    told = {id(f) for result in against for f in result.findings if f.blocking}
    warnings = [
        _of_finding(f)
        for result in others
        for f in result.findings
        if id(f) not in told and not f.blocking and f.severity in _WORTH_A_LOOK
    ]
    warnings += [_of_finding(f) for f in facts.notices if f.severity in _WORTH_A_LOOK]
    warnings += _beside(facts)
    level = QualityLevel.BLOCKED if issues else QualityLevel.NEEDS_REVIEW if warnings else QualityLevel.PASSED
    coverage = facts.evidence.coverage
    report = facts.evidence.report
    return QualityReport(
        level,
        tuple(dict.fromkeys(issues)),
        tuple(dict.fromkeys(warnings)),
        tests_passed=report is not None
        and report.end is RunnerEnd.FINISHED
        and not any(result.gate in OF_TESTS for result in against),
        major_issues=any(issue.major for issue in facts.audit.issues),
        coverage_fell=coverage is not None
        and coverage.before is not None
        and coverage.after is not None
        and coverage.after < coverage.before,
    )


def judge_quality(facts: GateFacts, report: QualityReport) -> GateResult:
    """Blocked stands for what the other gates block on; a review that is asked for is AP607. A person may lift both, and
    by that no other gate."""
    if report.level is QualityLevel.BLOCKED:
        return GateResult(GATE, GateStatus.FAILED, liftable=True, detail=report.told())
    if report.level is QualityLevel.NEEDS_REVIEW and facts.ask_review:
        said = f"The quality of the change {report.told()}. A person must look at it and accept it."
        asked = finding("AP607", said, severity=Severity.WARNING, blocking=True)
        return GateResult(GATE, GateStatus.FAILED, (asked,), liftable=True)
    return GateResult(GATE, GateStatus.PASSED, detail=report.told())


def _clauses(result: GateResult) -> Iterator[str]:
    blocking = [f for f in result.findings if f.blocking]
    yield from map(_of_finding, blocking)
    if not blocking:
        yield f"gate {result.gate}: {result.detail or result.status.value}"


def _beside(facts: GateFacts) -> Iterator[str]:
    """What no finding says: grounds for a look at a change that nothing blocks."""
    if facts.risk is not None and facts.risk.level.height >= RiskLevel.HIGH.height:
        yield f"risk {facts.risk.score} of 100, {facts.risk.level}"
    if facts.evidence.baseline_accepted:
        yield "the base could not be tested reliably"


def _of_finding(found: Finding) -> str:
    line = f":{found.range.start.line}" if found.range else ""
    where = f" at {found.path}{line}" if found.path else ""
    return f"{found.code} {found.name}{where}: {shorten(found.message, _CLAUSE)}"
