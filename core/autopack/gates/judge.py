"""The gates in the order of DESIGN §11, and the verdict they add up to.

A gate is a function of GateFacts. One that raises is inconclusive, and an inconclusive gate never completes a phase. The
gate of quality stands before the deliverables and speaks of all the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from autopack.gates.deliverables import missing_deliverables, still_there, undone
from autopack.gates.facts import GateFacts
from autopack.gates.quality import GATE, judge_quality, quality_report
from autopack.model.findings import Finding, Severity
from autopack.model.quality import QualityLevel, QualityReport
from autopack.model.rules import finding
from autopack.model.test_report import RunnerEnd
from autopack.model.verdict import GateResult, GateStatus, Verdict, VerdictKind

Gate = Callable[[GateFacts], GateResult]


def _from(gate: str, findings: tuple[Finding, ...], *, liftable: bool = False) -> GateResult:
    blocking = any(f.blocking for f in findings)
    status = GateStatus.FAILED if blocking else GateStatus.PASSED
    return GateResult(gate, status, findings, liftable=liftable and blocking)


def no_op(facts: GateFacts) -> GateResult:
    """A change that leaves the tree as it was completes nothing, unless the phase allows it."""
    if facts.tree != facts.changes.base_tree or facts.phase.allow.noop:
        return GateResult("no-op", GateStatus.PASSED)
    absent = undone(facts.phase, facts.tree_paths)
    if facts.phase.deliverables and not absent:
        note = finding("AP603", "The answer changes nothing; every deliverable was there before.",
                       severity=Severity.WARNING, blocking=False)  # fmt: skip
        return GateResult("no-op", GateStatus.PASSED, (note,))
    return _from(
        "no-op", (finding("AP603", "The answer changes nothing. Change the files in scope to reach the goal."),)
    )


def tree_equality(facts: GateFacts) -> GateResult:
    """The evidence speaks of exactly the candidate's tree."""
    report = facts.evidence.report
    tested = report.tree if report is not None else facts.evidence.tree
    if facts.tree == facts.evidence.tree == tested:
        return _from("tree equality", facts.tests("AP414"))
    wrong = finding("AP409", f"The tests ran on tree {tested[:12]}, the candidate is tree {facts.tree[:12]}.")
    return _from("tree equality", (wrong,))


def provenance(facts: GateFacts) -> GateResult:
    """The modules under test came from the worktree."""
    report = facts.evidence.report
    if report is not None and report.provenance.inconclusive:
        return GateResult("provenance", GateStatus.INCONCLUSIVE, detail=report.provenance.inconclusive)
    return _from("provenance", facts.tests("AP409"))


def collection(facts: GateFacts) -> GateResult:
    """The runner finished and nothing is newly uncollectable."""
    report = facts.evidence.report
    result = _from("collection", facts.tests("AP402", "AP408"))
    if report is not None and report.end is not RunnerEnd.FINISHED and result.status is GateStatus.PASSED:
        return GateResult("collection", GateStatus.INCONCLUSIVE, detail=f"the test run ended as {report.end}")
    return result


def regression(facts: GateFacts) -> GateResult:
    """No test that passed on the base fails on the candidate. A one-test command red before and after can be lifted."""
    report = facts.evidence.report
    findings = facts.tests("AP401", "AP404")
    command_red_before = (
        report is not None and report.runner == "command" and not facts.evidence.delta.newly_failing and bool(findings)
    )
    return _from("regression", findings, liftable=command_red_before)


def missing(facts: GateFacts) -> GateResult:
    """No test of the base vanished and every entry of `tests.paths` collected something."""
    return _from("missing", tuple(f for f in facts.tests("AP403") if not _of_must_pass(facts, f)))


def tampering(facts: GateFacts) -> GateResult:
    """The change makes tests pass by what it does to the product, not by what it does to the tests. What stops it as a
    warning alone, a person may accept."""
    found = facts.tests("AP405")
    arguable = all(f.severity is Severity.WARNING for f in found if f.blocking)
    return _from("tampering", found, liftable=arguable)


def must_pass(facts: GateFacts) -> GateResult:
    """Every test the phase names passed on the candidate."""
    if not facts.phase.tests.must_pass:
        return GateResult("must_pass", GateStatus.PASSED)
    report = facts.evidence.report
    if report is None:
        return GateResult("must_pass", GateStatus.INCONCLUSIVE, detail="there is no test report")
    return _from("must_pass", tuple(f for f in facts.tests("AP403") if _of_must_pass(facts, f)))


def _of_must_pass(facts: GateFacts, found: Finding) -> bool:
    """Which of the two gates shows an AP403; each is shown by one, whatever the name of the test."""
    return bool(facts.phase.tests.must_pass) and " of must_pass " in found.message


def new_tests(facts: GateFacts) -> GateResult:
    """New tests can fail, and notice errors in what the change brings; where that blocks, a person may do without."""
    return _from("new tests", facts.tests("AP406", "AP412"), liftable=True)


def positive_evidence(facts: GateFacts) -> GateResult:
    """COMPLETE needs positive evidence (AP410); where a person may do without it, the gate is liftable."""
    if not facts.evidence.positive and not facts.evidence_findings:
        return GateResult(
            "evidence", GateStatus.INCONCLUSIVE, detail="nothing says what shows that the goal is reached"
        )
    return _from("evidence", facts.evidence_findings, liftable=True)


def checks(facts: GateFacts) -> GateResult:
    """No check that was green on the base is red on the candidate."""
    return _from("checks", facts.tests("AP413"))


def coverage(facts: GateFacts) -> GateResult:
    """The tests execute enough of what the change adds, and no less of the rest than before; a person may do with less."""
    return _from("coverage", facts.tests("AP411"), liftable=True)


def audit(facts: GateFacts) -> GateResult:
    """Every auditor that the phase asks for answered and approved; issues of severity major block. Where there is no second
    one to be had, a person may do without."""
    if not facts.audit.available:
        detail = facts.audit.detail or "no auditor answered"
        return GateResult("audit", GateStatus.INCONCLUSIVE, facts.audit_findings, detail=detail)
    if facts.audit.lacking:
        found = facts.audit_findings
        if not any(f.code == "AP504" and f.blocking for f in found):
            found = (finding("AP504", f"One auditor where two are asked for: {facts.audit.lacking}."), *found)
        return _from("audit", found, liftable=all(f.code == "AP504" for f in found if f.blocking))
    if not facts.audit.approved and not any(f.blocking for f in facts.audit_findings):
        said = finding("AP501", f"The auditor did not approve: {facts.audit.detail or 'no reason given'}.")
        return _from("audit", (*facts.audit_findings, said))
    return _from("audit", facts.audit_findings)


def deliverables(facts: GateFacts) -> GateResult:
    """Every deliverable is in the candidate's tree, written out, or gone from it where that is what is promised."""
    absent = missing_deliverables(facts.phase.created, facts.tree_paths)
    left = still_there(facts.phase, facts.tree_paths)
    return _from("deliverables", (
        *(finding("AP601", f"Deliverable {p} is not in the proposed tree. Create it.", path=p) for p in absent),
        *(finding("AP601", f"{p} is to be gone and is still there. Delete it.", path=p) for p in left),
        *facts.tests("AP601"),
    ))  # fmt: skip


def manifest(facts: GateFacts) -> GateResult:
    """Every deliverable defines what the phase says it does."""
    return _from("manifest", facts.tests("AP602"))


GATES: tuple[tuple[str, Gate], ...] = (
    ("no-op", no_op),
    ("tree equality", tree_equality),
    ("provenance", provenance),
    ("collection", collection),
    ("regression", regression),
    ("missing", missing),
    ("tampering", tampering),
    ("must_pass", must_pass),
    ("new tests", new_tests),
    ("evidence", positive_evidence),
    ("checks", checks),
    ("coverage", coverage),
    ("audit", audit),
    ("deliverables", deliverables),
    ("manifest", manifest),
)


def judge(facts: GateFacts, gates: tuple[tuple[str, Gate], ...] = GATES) -> Verdict:
    """Run every gate, and that of quality on them. FAILED when one failed that nobody can lift or one is inconclusive;
    BLOCKED when only liftable gates or size rules stand in the way; else COMPLETE."""
    others = tuple(_guarded(name, gate, facts) for name, gate in gates)
    try:
        quality = quality_report(facts, others)
        told = judge_quality(facts, quality)
    except Exception as error:
        quality = QualityReport(QualityLevel.BLOCKED)
        told = GateResult(GATE, GateStatus.INCONCLUSIVE, detail=_crash(error))
    after = next((n for n, result in enumerate(others) if result.gate == "deliverables"), len(others))
    results = _without_consequences((*others[:after], told, *others[after:]))
    hard = [r for r in results if r.status is not GateStatus.PASSED and not r.liftable]
    soft = [r for r in results if r.status is GateStatus.FAILED and r.liftable]
    if hard:
        kind = VerdictKind.FAILED
    elif soft or facts.size_findings:
        kind = VerdictKind.BLOCKED
    else:
        kind = VerdictKind.COMPLETE
    unclear = tuple(
        finding("AP408", f"Gate {r.gate} is inconclusive: {r.detail}.")
        for r in results
        if r.status is GateStatus.INCONCLUSIVE and not r.findings and not _follows(r, results)
    )
    return Verdict(kind, results, (*facts.size_findings, *unclear), quality)


def _without_consequences(results: tuple[GateResult, ...]) -> tuple[GateResult, ...]:
    """Beside tests that fail or give no result, AP410 (nothing shows the goal reached) helps nobody. No status changes."""
    return tuple(replace(r, findings=()) if r.gate == "evidence" and _follows(r, results) else r for r in results)


def _follows(result: GateResult, results: tuple[GateResult, ...]) -> bool:
    """Whether the result is one of the same failure that a gate before it tells."""
    causes = {"evidence": ("collection", "regression"), "provenance": ("collection",)}.get(result.gate, ())
    return any(r.gate in causes and r.status is GateStatus.FAILED and not r.liftable for r in results)


def _guarded(name: str, gate: Gate, facts: GateFacts) -> GateResult:
    try:
        return gate(facts)
    except Exception as error:
        return GateResult(name, GateStatus.INCONCLUSIVE, detail=_crash(error))


def _crash(error: Exception) -> str:
    return f"the gate crashed ({type(error).__name__}: {error})"
