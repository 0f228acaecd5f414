"""The decision on a change: the first that applies, in order, and no verdict moved by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack.gates import GateFacts, decide_on, judge
from autopack.model.audit import AuditIssue, AuditReport
from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.model.evidence import Evidence
from autopack.model.findings import Finding
from autopack.model.plan import Phase
from autopack.model.risk import ChangeDecision, DecisionKind, RiskAssessment, RiskLevel
from autopack.model.rules import finding
from autopack.model.test_report import Provenance, RunnerEnd, TestReport
from autopack.model.verdict import VerdictKind
from autopack.settings import load_settings

POLICY = load_settings(None, env={}).settings.policy
TREE = "1" * 40
PHASE = Phase.model_validate({"id": "one", "goal": "Do it.", "deliverables": ["a.py", "docs/"]})
REPORT = TestReport("key", TREE, "pytest", ("pytest",), RunnerEnd.FINISHED, 0)


def changing(*paths: str) -> ChangeSet:
    return ChangeSet("0" * 40, tuple(FileChange(p, ChangeKind.MODIFIED, b"1", b"2", REGULAR, REGULAR) for p in paths))


CHANGES = changing("a.py")
EVIDENCE = Evidence(TREE, REPORT, positive="tests/test_a.py::test_a passed")
FACTS = GateFacts(PHASE, CHANGES, TREE, frozenset({"a.py", "docs/x.md"}), EVIDENCE, AuditReport(approved=True))
NO = AuditReport(False, (AuditIssue("major", "logic", "the sign is wrong"),))


def decided(
    facts: GateFacts | None = FACTS,
    changes: ChangeSet = CHANGES,
    risk: RiskAssessment = RiskAssessment(),
    asked: tuple[Finding, ...] = (),
    phase: Phase = PHASE,
) -> ChangeDecision:
    return decide_on(phase, changes, risk, POLICY, asked=asked, facts=facts)


def having(**more: Any) -> GateFacts:
    return replace(FACTS, evidence=replace(EVIDENCE, report=replace(REPORT, **more)))


PROTECTED = (finding("AP301", "protected", path="Makefile"),)
NO_DOCS = replace(FACTS, tree_paths=frozenset({"a.py"}))
UNSHOWN = replace(FACTS, evidence=replace(EVIDENCE, positive=""))
RED = replace(FACTS, test_findings=(finding("AP401", "red"),))


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (None, "not tested yet"), (having(end=RunnerEnd.TIMED_OUT), "nothing either way"), (UNSHOWN, "nothing shows"),
        (having(provenance=Provenance(inconclusive="forged")), "nothing either way"), (RED, "against it (AP401)"),
    ],
)  # fmt: skip
def test_without_evidence_nothing_else_is_asked(facts: GateFacts | None, why: str) -> None:
    told = decided(facts, changes=ChangeSet("0" * 40, ()), asked=PROTECTED)
    assert told.kind is DecisionKind.NEED_MORE_EVIDENCE and why in told.rationale


def test_a_change_of_nothing_says_no_way() -> None:
    nothing = ChangeSet("0" * 40, ())
    assert decided(changes=nothing, asked=PROTECTED).kind is DecisionKind.AMBIGUOUS
    allowed = Phase.model_validate({"id": "one", "goal": "g", "allow": {"noop": True}})
    assert decided(changes=nothing, phase=allowed).kind is DecisionKind.CLEAR_FIX


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"asked": PROTECTED}, "protected: 'Makefile'"),
        ({"changes": changing("app/models.py")}, "database: 'app/models.py'"),
        ({"changes": changing("db/schema.rb")}, "database: 'db/schema.rb'"),
        ({"risk": RiskAssessment(net_deletion=201)}, "201 lines deleted net"),
        ({"risk": RiskAssessment(50, RiskLevel.HIGH)}, "risk 50 of 100"),
        ({"risk": RiskAssessment(85, RiskLevel.CRITICAL)}, "risk 85 of 100"),
    ],
)
def test_high_risk_comes_before_doubt(more: dict[str, Any], why: str) -> None:
    told = decided(replace(NO_DOCS, audit=NO), **more)
    assert (told.kind, told.rationale) == (DecisionKind.RISKY, why)
    assert told.questions == (f"Is this wanted as it is: {why}?",)
    assert told.level.height >= RiskLevel.HIGH.height


def test_names_that_only_hold_a_dangerous_one() -> None:
    told = decided(changes=changing("schematics/a.py", "supermodels.py", "databases.md", "immigrations/x.py"))
    assert (told.kind, told.level) == (DecisionKind.CLEAR_FIX, RiskLevel.LOW)


def test_a_middle_level_is_no_risky_one() -> None:
    assert decided(risk=RiskAssessment(net_deletion=101)).level is RiskLevel.MEDIUM
    assert decided(asked=(finding("AP304", "still used", path="a.py"),)).level is RiskLevel.MEDIUM
    meant = Phase.model_validate({"id": "one", "goal": "g", "allow": {"mass_deletion": True}})
    told = decided(risk=RiskAssessment(net_deletion=5000), phase=meant)
    assert (told.kind, told.level, told.net_deletion) == (DecisionKind.CLEAR_FIX, RiskLevel.LOW, 5000)


def test_doubt_and_what_is_missing() -> None:
    refused = decided(replace(FACTS, audit=NO))
    assert refused.kind is DecisionKind.AMBIGUOUS and "the sign is wrong" in refused.questions[0]
    assert decided(replace(FACTS, audit=AuditReport(True, available=False))).kind is DecisionKind.AMBIGUOUS
    missing = decided(NO_DOCS)
    assert (missing.kind, missing.deliverables) == (DecisionKind.AMBIGUOUS, ("a.py",))
    assert "'docs/'" in missing.rationale and "'docs/'" in missing.questions[0]


def test_what_is_clear() -> None:
    told = decided()
    assert (told.kind, told.level, told.deliverables, told.files, told.questions) == (
        DecisionKind.CLEAR_FIX, RiskLevel.LOW, ("a.py", "docs/"), ("a.py",), ()
    )  # fmt: skip


@given(
    st.sampled_from([FACTS, NO_DOCS, UNSHOWN, RED, replace(FACTS, audit=NO), having(end=RunnerEnd.KILLED)]),
    st.sampled_from([(), PROTECTED]),
    st.sampled_from([RiskAssessment(), RiskAssessment(85, RiskLevel.CRITICAL)]),
)
def test_clear_never_says_more_than_the_gates(
    facts: GateFacts, asked: tuple[Finding, ...], risk: RiskAssessment
) -> None:
    if decided(facts, asked=asked, risk=risk).kind is DecisionKind.CLEAR_FIX:
        assert judge(facts).kind is VerdictKind.COMPLETE
