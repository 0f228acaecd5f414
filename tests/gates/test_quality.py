"""The level of quality: what stands in the way blocks, warnings ask for a look, a red base does neither."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autopack.gates import GateFacts, judge
from autopack.gates import quality as quality_room
from autopack.model.audit import AuditReport
from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.model.evidence import Coverage, Delta, Evidence
from autopack.model.findings import Severity
from autopack.model.plan import Phase
from autopack.model.quality import QualityLevel, QualityReport
from autopack.model.risk import RiskAssessment, RiskLevel
from autopack.model.rules import finding
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.model.verdict import GateResult, GateStatus, VerdictKind

TREE = "1" * 40
REPORT = TestReport("key", TREE, "pytest", ("pytest",), RunnerEnd.FINISHED, 0)
EVIDENCE = Evidence(TREE, REPORT, positive="tests/test_a.py::test_a passed")
FACTS = GateFacts(
    phase=Phase(id="one", goal="Do it."),
    changes=ChangeSet("0" * 40, (FileChange("a.py", ChangeKind.MODIFIED, b"1", b"2", REGULAR, REGULAR),)),
    tree=TREE,
    tree_paths=frozenset({"a.py"}),
    evidence=EVIDENCE,
    audit=AuditReport(approved=True),
)
WARNED = finding("AP412", "No test notices when `<` became `<=`", path="a.py")
LIFTABLE = finding("AP410", "No test shows it", severity=Severity.ERROR)


def quality(facts: GateFacts) -> QualityReport:
    made = judge(facts).quality
    assert made is not None
    return made


def gate(facts: GateFacts) -> GateResult:
    (found,) = [g for g in judge(facts).gates if g.gate == "quality"]
    return found


LEVELS: dict[str, tuple[dict[str, Any], QualityLevel, str]] = {
    "nothing to say": ({}, QualityLevel.PASSED, ""),
    "a test broke": ({"test_findings": (finding("AP401", "test_a fails"),)}, QualityLevel.BLOCKED, "AP401"),
    "no evidence": ({"evidence_findings": (LIFTABLE,)}, QualityLevel.BLOCKED, "AP410"),
    "a large deletion": (
        {"size_findings": (finding("AP303", "300 lines", severity=Severity.WARNING, blocking=True),)},
        QualityLevel.BLOCKED,
        "AP303",
    ),
    "no auditor": (
        {"audit": AuditReport(approved=False, available=False)},
        QualityLevel.BLOCKED,
        "no auditor answered",
    ),
    "a warning of the tests": ({"test_findings": (WARNED,)}, QualityLevel.NEEDS_REVIEW, "AP412"),
    "a minor issue": ({"audit_findings": (finding("AP502", "ugly"),)}, QualityLevel.NEEDS_REVIEW, "AP502"),
    "told by policy": (
        {"notices": (finding("AP303", "150 lines deleted", severity=Severity.WARNING, blocking=False),)},
        QualityLevel.NEEDS_REVIEW,
        "AP303",
    ),
    "high risk": ({"risk": RiskAssessment(55, RiskLevel.HIGH)}, QualityLevel.NEEDS_REVIEW, "risk 55 of 100"),
    "medium risk": ({"risk": RiskAssessment(30, RiskLevel.MEDIUM)}, QualityLevel.PASSED, ""),
    "information": (
        {"test_findings": (finding("AP414", "tests changed a file", severity=Severity.INFORMATION),)},
        QualityLevel.PASSED,
        "",
    ),
    "what failed before still fails": (
        {"evidence": replace(EVIDENCE, delta=Delta(still_failing=("t.py::old",)))},
        QualityLevel.PASSED,
        "",
    ),
    "an unreliable base": (
        {"evidence": replace(EVIDENCE, baseline_accepted=True)},
        QualityLevel.NEEDS_REVIEW,
        "could not be tested reliably",
    ),
}


@pytest.mark.parametrize("case", LEVELS)
def test_the_level_and_its_ground(case: str) -> None:
    given, level, ground = LEVELS[case]
    made = quality(replace(FACTS, **given))
    assert made.level is level
    assert ground in made.told()
    assert bool(made.issues) == (level is QualityLevel.BLOCKED)


def test_a_review_stops_a_phase_only_where_it_is_asked_for() -> None:
    told = replace(FACTS, test_findings=(WARNED,))
    assert (judge(told).kind, gate(told).status) == (VerdictKind.COMPLETE, GateStatus.PASSED)
    asked = replace(told, ask_review=True)
    verdict = judge(asked)
    assert verdict.kind is VerdictKind.BLOCKED and gate(asked).liftable
    (stands,) = [f for f in verdict.findings if f.blocking]
    assert stands.code == "AP607" and "AP412 surviving-mutant at a.py" in stands.message
    assert judge(replace(FACTS, ask_review=True)).kind is VerdictKind.COMPLETE


def test_it_never_lifts_what_another_gate_says() -> None:
    """A level is lifted with the gate it repeats; a gate that nobody can lift stays."""
    facts = replace(FACTS, test_findings=(finding("AP401", "test_a fails"),), ask_review=True)
    assert gate(facts).liftable and judge(facts).kind is VerdictKind.FAILED


def test_the_order_has_it_before_the_deliverables() -> None:
    names = [g.gate for g in judge(FACTS).gates]
    assert names[names.index("quality") - 1 : names.index("quality") + 2] == ["audit", "quality", "deliverables"]


def test_what_is_kept_beside_the_level() -> None:
    fell = replace(EVIDENCE, coverage=Coverage(before=0.9, after=0.8))
    assert (quality(FACTS).tests_passed, quality(FACTS).coverage_fell) == (True, False)
    assert quality(replace(FACTS, evidence=fell)).coverage_fell
    broken = replace(FACTS, test_findings=(finding("AP401", "test_a fails"),))
    assert not quality(broken).tests_passed
    crashed = replace(FACTS, evidence=replace(EVIDENCE, report=replace(REPORT, end=RunnerEnd.CRASHED)))
    assert not quality(crashed).tests_passed


def test_one_that_crashes_completes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(facts: GateFacts) -> list[str]:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(quality_room, "_beside", broken)
    verdict = judge(FACTS)
    assert verdict.kind is VerdictKind.FAILED
    assert [r.code for r in verdict.reasons] == ["AP408"] and "by zero" in verdict.reasons[0].message
