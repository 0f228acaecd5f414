"""Each gate passes, fails, is inconclusive and is liftable where DESIGN §11 says so; the verdict follows from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.gates import GATES, GateFacts, judge
from autopack.gates.deliverables import missing_deliverables
from autopack.gates.judge import Gate
from autopack.model.audit import AuditReport
from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.model.evidence import Delta, Evidence
from autopack.model.findings import Severity
from autopack.model.plan import Phase
from autopack.model.rules import finding
from autopack.model.test_report import Provenance, RunnerEnd, TestReport
from autopack.model.verdict import GateResult, GateStatus, VerdictKind

P, F, U = GateStatus.PASSED, GateStatus.FAILED, GateStatus.INCONCLUSIVE
TREE = "1" * 40
CHANGES = ChangeSet("0" * 40, (FileChange("a.py", ChangeKind.MODIFIED, b"1", b"2", REGULAR, REGULAR),))
REPORT = TestReport("key", TREE, "pytest", ("pytest",), RunnerEnd.FINISHED, 0)
EVIDENCE = Evidence(TREE, REPORT, positive="tests/test_a.py::test_a passed")
FACTS = GateFacts(
    phase=Phase(id="one", goal="Do it."),
    changes=CHANGES,
    tree=TREE,
    tree_paths=frozenset({"a.py", "docs/x.md"}),
    evidence=EVIDENCE,
    audit=AuditReport(approved=True),
)


def phase(**keys: Any) -> Phase:
    return Phase.model_validate({"id": "one", "goal": "Do it.", **keys})


def run(name: str, facts: GateFacts) -> GateResult:
    return dict(GATES)[name](facts)


def with_report(**more: Any) -> GateFacts:
    return replace(FACTS, evidence=replace(EVIDENCE, report=replace(REPORT, **more)))


def having(*codes: str, severity: Severity | None = None, blocking: bool | None = None) -> GateFacts:
    found = (finding(c, f"{c} was seen", severity=severity, blocking=blocking) for c in codes)
    return replace(FACTS, test_findings=tuple(found))


NO_CHANGE = replace(FACTS, changes=ChangeSet(TREE, ()))
SAME_BYTES = replace(FACTS, changes=ChangeSet(TREE, CHANGES.changes))
UNKNOWN = AuditReport(approved=False, available=False, detail="not JSON")
MUST = phase(tests={"must_pass": ["tests/test_a.py::test_a"]})
LOST_MUST = finding("AP403", "tests/test_a.py::test_a of must_pass was not run: there is no such test. Add it.")
LOST_NAMED_SO = finding("AP403", "tests/test_must_pass.py::test_x[a of must_pass b] ran on the base and is gone.")
NOT_PROVEN = finding("AP410", "No test shows it", severity=Severity.ERROR)
TOLD_UNPROVEN = finding("AP410", "No test shows it", severity=Severity.INFORMATION)
UNCOVERED = having("AP411", severity=Severity.ERROR)
MAJOR, MINOR = finding("AP501", "wrong"), finding("AP502", "ugly")
RED_COMMAND = replace(
    with_report(runner="command", exit_code=1), test_findings=(finding("AP401", "make fails as it did in the base"),)
)

CASES: list[tuple[str, str, GateFacts, GateStatus]] = [
    ("no-op", "a change", FACTS, P),
    ("no-op", "no change", NO_CHANGE, F),
    ("no-op", "the same bytes again", SAME_BYTES, F),
    ("no-op", "allowed", replace(NO_CHANGE, phase=phase(allow={"noop": True})), P),
    ("no-op", "deliverables were there", replace(NO_CHANGE, phase=phase(deliverables=["a.py"])), P),
    ("no-op", "deliverables are missing", replace(NO_CHANGE, phase=phase(deliverables=["b.py"])), F),
    ("tree equality", "same", FACTS, P),
    ("tree equality", "report of another tree", with_report(tree="2" * 40), F),
    ("tree equality", "evidence of another tree", replace(FACTS, evidence=replace(EVIDENCE, tree="2" * 40)), F),
    ("tree equality", "candidate is another tree", replace(FACTS, tree="2" * 40), F),
    ("tree equality", "no report", replace(FACTS, evidence=replace(EVIDENCE, report=None)), P),
    ("tree equality", "files changed by tests are told", having("AP414"), P),
    ("provenance", "from the worktree", FACTS, P),
    ("provenance", "from outside", having("AP409"), F),
    ("provenance", "unclear", with_report(provenance=Provenance(inconclusive="a worker left no record")), U),
    ("collection", "finished", FACTS, P),
    ("collection", "collection error", having("AP402"), F),
    ("collection", "runner crashed", having("AP408"), F),
    ("collection", "old collection error", having("AP402", severity=Severity.INFORMATION), P),
    ("collection", "unfinished without a word", with_report(end=RunnerEnd.TIMED_OUT), U),
    ("collection", "unfinished, told softly",
     replace(with_report(end=RunnerEnd.KILLED), test_findings=(
         finding("AP408", "killed", severity=Severity.WARNING), finding("AP402", "old", severity=Severity.HINT))), U),
    ("regression", "none", FACTS, P),
    ("regression", "new failure", having("AP401"), F),
    ("regression", "flaky is told", having("AP404"), P),
    ("regression", "command red before and after", RED_COMMAND, F),
    ("missing", "none", FACTS, P),
    ("missing", "a test is gone", having("AP403"), F),
    ("missing", "a test named like must_pass is gone", replace(FACTS, test_findings=(LOST_NAMED_SO,)), F),
    ("missing", "must_pass is another gate's", replace(FACTS, phase=MUST, test_findings=(LOST_MUST,)), P),
    ("tampering", "none", FACTS, P),
    ("tampering", "a failure is hidden", having("AP405"), F),
    ("tampering", "a person may see it otherwise", having("AP405", severity=Severity.WARNING, blocking=True), F),
    ("tampering", "what the plan asks for is told", having("AP405", severity=Severity.INFORMATION), P),
    ("must_pass", "none named", FACTS, P),
    ("must_pass", "passed", replace(FACTS, phase=MUST), P),
    ("must_pass", "did not run", replace(FACTS, phase=MUST, test_findings=(LOST_MUST,)), F),
    ("must_pass", "no report", replace(FACTS, phase=MUST, evidence=replace(EVIDENCE, report=None)), U),
    ("new tests", "none", FACTS, P),
    ("new tests", "told", having("AP406"), P),
    ("new tests", "a mutant lives, told", having("AP412"), P),
    ("new tests", "strict", having("AP406", severity=Severity.ERROR), F),
    ("evidence", "positive", FACTS, P),
    ("evidence", "none, blocking", replace(FACTS, evidence_findings=(NOT_PROVEN,)), F),
    ("evidence", "none, told", replace(FACTS, evidence_findings=(TOLD_UNPROVEN,)), P),
    ("evidence", "nobody looked", replace(FACTS, evidence=replace(EVIDENCE, positive="")), U),
    ("checks", "green", FACTS, P),
    ("checks", "newly red", having("AP413"), F),
    ("coverage", "nothing to say", FACTS, P),
    ("coverage", "too little, told", having("AP411"), P),
    ("coverage", "too little where it is strict", UNCOVERED, F),
    ("audit", "approved", FACTS, P),
    ("audit", "approved with a minor issue", replace(FACTS, audit_findings=(MINOR,)), P),
    ("audit", "approved with a major issue", replace(FACTS, audit_findings=(MAJOR,)), F),
    ("audit", "not approved", replace(FACTS, audit=AuditReport(approved=False)), F),
    ("audit", "unavailable", replace(FACTS, audit=UNKNOWN), U),
    ("audit", "unavailable, found", replace(FACTS, audit=UNKNOWN, audit_findings=(finding("AP504", "none"),)), U),
    ("audit", "unavailable but approving", replace(FACTS, audit=replace(UNKNOWN, approved=True)), U),
    ("deliverables", "none promised", FACTS, P),
    ("deliverables", "there", replace(FACTS, phase=phase(deliverables=["a.py", "docs/", "docs"])), P),
    ("deliverables", "absent", replace(FACTS, phase=phase(deliverables=["a.py", "b.py"])), F),
    ("deliverables", "gone as promised", replace(FACTS, phase=phase(deliverables=["a.py", "old.py (deleted)"])), P),
    ("deliverables", "still there", replace(FACTS, phase=phase(deliverables=["a.py (deleted)"])), F),
    ("deliverables", "not written out", having("AP601"), F),
    ("manifest", "nothing is promised", FACTS, P),
    ("manifest", "a name is not defined", having("AP602"), F),
]  # fmt: skip


@pytest.mark.parametrize(("gate", "facts", "status"), [(g, f, s) for g, _, f, s in CASES],
                         ids=[f"{g}: {what}" for g, what, _, _ in CASES])  # fmt: skip
def test_a_gate_says_what_its_evidence_says(gate: str, facts: GateFacts, status: GateStatus) -> None:
    result = run(gate, facts)
    assert result.status is status
    assert (status is U) == bool(result.detail)
    assert (status is F) == any(f.blocking for f in result.findings) or status is U
    verdict = judge(facts)
    assert (verdict.kind is VerdictKind.COMPLETE) <= (status is P), "no gate that did not pass completes a phase"


def test_the_order_is_the_designs() -> None:
    assert [name for name, _ in GATES] == [
        "no-op", "tree equality", "provenance", "collection", "regression", "missing", "tampering", "must_pass",
        "new tests", "evidence", "checks", "coverage", "audit", "deliverables",
        "manifest",
    ]  # fmt: skip


def test_every_gate_has_cases_that_pass_and_that_do_not() -> None:
    for name, _ in GATES:
        seen = {status for gate, _, _, status in CASES if gate == name}
        assert P in seen and len(seen) > 1, name


def test_all_gates_passed_is_complete_and_has_nothing_to_say() -> None:
    verdict = judge(FACTS)
    assert (verdict.kind, verdict.findings) == (VerdictKind.COMPLETE, ())


@pytest.mark.parametrize("facts", [RED_COMMAND, replace(FACTS, evidence_findings=(NOT_PROVEN,)), UNCOVERED])
def test_a_person_may_lift_a_red_command_missing_proof_and_uncovered_lines(facts: GateFacts) -> None:
    verdict = judge(facts)
    assert verdict.kind is VerdictKind.BLOCKED
    lifted, quality = [g for g in verdict.gates if g.status is F]
    assert lifted.liftable and quality.gate == "quality"


def test_a_new_failure_of_a_command_is_not_liftable() -> None:
    newly = replace(RED_COMMAND, evidence=replace(RED_COMMAND.evidence, delta=Delta(newly_failing=("make",))))
    assert judge(newly).kind is VerdictKind.FAILED


def test_size_rules_ask_and_are_named_among_the_reasons() -> None:
    size = finding("AP303", "deletes 300 lines", severity=Severity.WARNING, blocking=True)
    verdict = judge(replace(FACTS, size_findings=(size,)))
    assert (verdict.kind, verdict.reasons) == (VerdictKind.BLOCKED, (size,))


def test_a_person_is_asked_only_when_every_hard_gate_passed() -> None:
    size = finding("AP303", "deletes 300 lines", severity=Severity.WARNING, blocking=True)
    facts = replace(having("AP401"), size_findings=(size,), evidence_findings=(NOT_PROVEN,))
    assert judge(facts).kind is VerdictKind.FAILED


def test_a_gate_that_crashes_is_inconclusive_and_completes_nothing() -> None:
    def broken(facts: GateFacts) -> GateResult:
        raise ZeroDivisionError("by zero")

    verdict = judge(FACTS, (*GATES, ("broken", broken)))
    assert verdict.kind is VerdictKind.FAILED
    (reason,) = verdict.reasons
    assert (reason.code, reason.blocking) == ("AP408", True)
    assert "broken" in reason.message and "by zero" in reason.message


def test_an_unavailable_audit_is_told_with_its_own_code_and_blocks() -> None:
    facts = replace(FACTS, audit=UNKNOWN, audit_findings=(finding("AP504", "There is no usable audit"),))
    verdict = judge(facts)
    assert verdict.kind is VerdictKind.FAILED
    assert [f.code for f in verdict.findings] == ["AP504"] and verdict.findings[0].blocking


def test_a_deliverable_folder_is_there_when_a_file_lies_under_it() -> None:
    paths = frozenset({"src/pkg/a.py", "srcs/b.py"})
    assert missing_deliverables(["src/", "src/pkg", "src/pkg/a.py", "src/p", "sr/"], paths) == ["src/p", "sr/"]


def fake(status: GateStatus, liftable: bool) -> Gate:
    return lambda facts: GateResult("fake", status, liftable=liftable)


@given(
    st.lists(st.tuples(st.sampled_from(list(GateStatus)), st.booleans()), max_size=6),
    st.booleans(),
)
@settings(max_examples=100)
def test_the_verdict_is_the_worst_of_its_gates(results: list[tuple[GateStatus, bool]], size: bool) -> None:
    results = [(status, liftable and status is F) for status, liftable in results]
    found = (finding("AP303", "large", blocking=True),) if size else ()
    verdict = judge(
        replace(FACTS, size_findings=found), tuple((str(n), fake(*result)) for n, result in enumerate(results))
    )
    hard = any(status is U or (status is F and not liftable) for status, liftable in results)
    soft = any(status is F and liftable for status, liftable in results)
    expected = VerdictKind.FAILED if hard else VerdictKind.BLOCKED if soft or size else VerdictKind.COMPLETE
    assert verdict.kind is expected


CRASHED = replace(
    with_report(end=RunnerEnd.KILLED, provenance=Provenance(inconclusive="it did not say")),
    test_findings=(finding("AP408", "killed"),), evidence_findings=(NOT_PROVEN,),
)  # fmt: skip


@pytest.mark.parametrize(("facts", "told"), [
    (CRASHED, ["AP408"]),
    (replace(having("AP401"), evidence_findings=(NOT_PROVEN,)), ["AP401"]),
    (replace(having("AP401"), evidence=replace(EVIDENCE, positive="")), ["AP401"]),
    (replace(RED_COMMAND, evidence_findings=(NOT_PROVEN,)), ["AP401", "AP410"]),
    (replace(having("AP404"), evidence_findings=(NOT_PROVEN,)), ["AP404", "AP410"]),
    (replace(with_report(provenance=Provenance(inconclusive="it did not say")), evidence_findings=(NOT_PROVEN,)),
     ["AP408", "AP410"]),
], ids=["no result", "a test fails", "nobody looked", "liftable", "what only warns", "no cause before"])  # fmt: skip
def test_what_follows_from_a_failure_is_not_told_beside_it_and_passes_no_gate(
    facts: GateFacts, told: list[str]
) -> None:
    verdict = judge(facts)
    assert sorted(f.code for f in verdict.findings) == told
    assert {"evidence"} <= {
        r.gate for r in verdict.gates if r.status is not P
    } and verdict.kind is not VerdictKind.COMPLETE
