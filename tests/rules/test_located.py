"""Every place in the code that makes a finding about tests, audit or completion: where it stands, what it is linked to.

A row for each of them; one that has no place to stand at is in `OF_THE_WHOLE`, with the reason.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from autopack.auditor import audit_findings
from autopack.engine.entries import with_entries
from autopack.gates import GateFacts, judge
from autopack.languages import read
from autopack.model.audit import AuditIssue, AuditReport
from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.model.evidence import CheckResult, Coverage, Delta, Evidence
from autopack.model.findings import Finding, Range, Tree
from autopack.model.plan import Phase
from autopack.model.test_report import (
    CollectionError,
    Failure,
    Provenance,
    RunnerEnd,
    TestOutcome,
    TestReport,
    TestResult,
)
from autopack.mutation import Mutant, MutantOutcome, survivor_findings
from autopack.mutation.mutant import Operator
from autopack.policy import PathRules, is_test
from autopack.policy import govern as judge_paths
from autopack.settings import load_settings
from autopack.tampering import tampering_findings
from autopack.tampering.facts import Kind as Taken
from autopack.tampering.facts import Suspicion
from autopack.testcode import doubt_findings
from autopack.testcode.vacuity import Doubt
from autopack.testcode.vacuity import Kind as Empty
from autopack.testing import (
    Asked,
    Licence,
    Masked,
    Sources,
    baseline_findings,
    check_findings,
    coverage_findings,
    cross_findings,
    delta_findings,
    meddling_findings,
    positive_evidence,
    sides_of,
    unconfirmed,
    undefined,
    unwritten,
)

CORE = Path(__file__).resolve().parents[2] / "core" / "autopack"
TEST, CART = "tests/test_cart.py", "src/cart.py"
ID = f"{TEST}::test_total"
OLD_TESTS = (
    b"from cart import total\n\n\ndef test_old():\n    assert True\n\n\ndef test_total():\n    assert total([1]) == 1\n"
)
NEW_TESTS = OLD_TESTS.replace(b"def test_old():\n    assert True\n\n\n", b"")
OLD_CART = b"def total(items):\n    return sum(items)\n"
NEW_CART = b"def total(items):\n    return -sum(items)\n"


def change(path: str, before: bytes | None, after: bytes | None) -> FileChange:
    kind = ChangeKind.CREATED if before is None else ChangeKind.DELETED if after is None else ChangeKind.MODIFIED
    return FileChange(path, kind, before, after, REGULAR if before else None, REGULAR if after else None)


BOTH = ChangeSet("0" * 40, (change(CART, OLD_CART, NEW_CART), change(TEST, OLD_TESTS, NEW_TESTS)))
HOOK = b"import pytest\n\n\ndef fix(self):\n    pass\n\n\nunittest.TestCase.assertEqual = fix\n"
SOURCES = Sources(
    BOTH, {TEST: OLD_TESTS, CART: OLD_CART}.get, {TEST: NEW_TESTS, CART: NEW_CART, "conftest.py": HOOK}.get
)
REPORT = TestReport("k", "t", "pytest", ("pytest",), RunnerEnd.FINISHED, 1)
FAILED = Failure(TEST, 5, "assert -1 == 1", frames=((TEST, 5),))
PHASE = Phase.model_validate(
    {
        "id": "p", "goal": "g", "category": "security_auth_change", "checks": [["true"], ["ruff", "check"]],
        "deliverables": ["docs/", "src/cart.py (defines Cart.add)", "src/new.py", "src/old.py (deleted)"],
        "tests": {"paths": ["tests/", "more/"], "must_pass": [f"{TEST}::test_other", ID]},
    }
)  # fmt: skip


def having(*results: tuple[str, TestOutcome, Failure | None], **more: object) -> TestReport:
    found = tuple(TestResult(test, outcome, 0.1, failure) for test, outcome, failure in results)
    return replace(REPORT, results=found, **more)  # type: ignore[arg-type]


def of_delta(delta: Delta, report: TestReport, must_pass: Sequence[str] = ()) -> list[Finding]:
    return delta_findings(delta, report, must_pass, paths=PHASE.tests.paths, sources=SOURCES)


def new_failure(failure: Failure | None = FAILED, **more: object) -> list[Finding]:
    return of_delta(Delta(newly_failing=(ID,)), having((ID, TestOutcome.FAILED, failure), **more))


def uncollected() -> list[Finding]:
    way = ((TEST, 1), ("src/shop/__init__.py", 2), (CART, 1))
    failure = Failure(CART, 1, "ModuleNotFoundError: No module named 'x'", frames=way)
    report = replace(REPORT, collection_errors=(CollectionError(TEST, failure),))
    return of_delta(Delta(collection_errors=(TEST,)), report)


def red_command() -> list[Finding]:
    name = "make check"
    report = having((name, TestOutcome.FAILED, Failure("", 0, "make exited with 2")), runner="command")
    return of_delta(Delta(still_failing=(name,)), report)


def checked(output: str) -> list[Finding]:
    runs = (CheckResult(("true",), 0, 0), CheckResult(("ruff", "check"), 0, 1, output))
    return check_findings(runs, BOTH.paths)


def evidence(changes: ChangeSet, report: TestReport | None, runner: str = "pytest") -> list[Finding]:
    found = positive_evidence(changes, report, Delta(), (), "backend", runner, is_test, strict=True)
    return list(found.findings)


def covering(found: Coverage | None, report: TestReport = REPORT) -> list[Finding]:
    base = replace(REPORT, executed_lines={CART: (1,)})
    return coverage_findings(found, base, report, Asked(0.8, 0.0, True))


def crossed(outcome: TestOutcome | None, failure: Failure | None = FAILED, end: RunnerEnd = RunnerEnd.FINISHED):
    test = f"{TEST}::test_old" if outcome is None else ID
    return cross_findings(
        [Masked(test, test, outcome, failure)], replace(REPORT, end=end), sides_of(BOTH, is_test), Licence.of(PHASE), ()
    )


def audited(*issues: AuditIssue, approved: bool = False, lacking: str = "") -> list[Finding]:
    return audit_findings(AuditReport(approved, issues, lacking=lacking), BOTH)


def issue(severity: str = "major", ruling: str = "") -> AuditIssue:
    return AuditIssue(severity, "correctness", "it negates the sum", CART, 2, sources=(("auditor", severity),),
                      ruling=ruling)  # fmt: skip


def promised() -> list[Finding]:
    facts = GateFacts(PHASE, BOTH, "1" * 40, frozenset({CART, "docs/a.md", "src/old.py"}), Evidence("1" * 40),
                      AuditReport(True))  # fmt: skip
    return [f for f in with_entries(judge(facts), PHASE).findings if f.code == "AP601"]


def governed(text: bytes) -> list[Finding]:
    changes = ChangeSet("0" * 40, (change("src/auth/login.py", text, b"# TODO\n"),))
    policy = load_settings(None, env={}).settings.policy
    found = judge_paths(changes, (), PathRules.for_phase(PHASE, policy), policy, PHASE, (), read=read)
    return [f for f in (*found.ask_before, *found.ask_after) if f.code == "AP606"]


DOUBT = Doubt(ID, TEST, 5, Empty.TAUTOLOGY, "the value is compared with itself")
SUSPICION = Suspicion(Taken.LOOSENED, TEST, 5, Tree.CANDIDATE, ID, "asks less")
MUTANT = Mutant(CART, 2, Range.of_line(2, 6), Operator.ARITHMETIC, "-", "+", "total", b"")
NEW_FILE = ChangeSet("0" * 40, (change("src/new.py", None, b'"""New."""\n\nimport os\n\n\ndef a():\n    return 1\n'),))
SCRIPT = ChangeSet("0" * 40, (change("src/a.js", b"let a = 1\n", b"let a = 1\nlet b = 2\n"),))
PASSING = having((ID, TestOutcome.PASSED, None))


@dataclass(frozen=True)
class Row:
    """`where` the finding stands, `tree` it speaks of, the plan's `entry` behind it, and the first places beside it."""

    site: str
    made: Callable[[], Sequence[Finding]]
    where: str
    entry: str = ""
    related: tuple[str, ...] = ()
    tree: Tree = Tree.CANDIDATE


DELTA = "testing/delta_findings.py"
ROWS = [
    Row(f"AP401 {DELTA} delta_findings", new_failure, f"{TEST}:5:1", related=(f"{CART}:2",)),
    Row(f"AP401 {DELTA} delta_findings",
        lambda: new_failure(Failure(CART, 2, "TypeError: no", frames=((TEST, 5), (CART, 2)))),
        f"{CART}:2:1", related=(f"{TEST}:5",)),
    Row(f"AP401 {DELTA} delta_findings", lambda: new_failure(covering={CART: {2: (ID,)}}), f"{TEST}:5:1",
        related=(f"{CART}:2",)),
    Row(f"AP401 {DELTA} delta_findings", lambda: new_failure(Failure(TEST, 0, "no place was told")), f"{TEST}:4:1",
        related=(f"{CART}:2",)),
    Row(f"AP401 {DELTA} delta_findings", red_command, "", "tests.command"),
    Row(f"AP402 {DELTA} delta_findings", uncollected, f"{CART}:1:1", related=("src/shop/__init__.py:2", f"{TEST}:1")),
    Row("AP402 testing/baseline.py baseline_findings",
        lambda: baseline_findings(having((ID, TestOutcome.PASSED, None), collection_errors=(
            CollectionError(TEST, Failure(TEST, 3, "no", frames=((TEST, 3),))),))), f"{TEST}:3:1", tree=Tree.BASE),
    Row(f"AP403 {DELTA} _missing_findings", lambda: of_delta(Delta(missing=(f"{TEST}::test_old",)), REPORT), f"{TEST}:4:1",
        related=(f"{TEST}:4",), tree=Tree.BASE),
    Row(f"AP403 {DELTA} _missing_findings",
        lambda: of_delta(Delta(missing=(ID,)), having((ID, TestOutcome.SKIPPED, None))), f"{TEST}:4:1",
        related=(f"{TEST}:4",)),
    Row(f"AP403 {DELTA} _missing_findings",
        lambda: of_delta(Delta(missing=(f"{ID}[1]",), new_passing=(f"{ID}[2]",)), REPORT), f"{TEST}:4:1"),
    Row(f"AP403 {DELTA} _must_pass_findings", lambda: of_delta(Delta(), REPORT, PHASE.tests.must_pass[:1]), TEST,
        "tests.must_pass[0]"),
    Row(f"AP403 {DELTA} _must_pass_findings",
        lambda: of_delta(Delta(), having((ID, TestOutcome.SKIPPED, None)), ["x::y", ID])[1:], f"{TEST}:4:1",
        "tests.must_pass[1]"),
    Row(f"AP403 {DELTA} _must_pass_findings",
        lambda: of_delta(Delta(), having((ID, TestOutcome.FAILED, FAILED)), [ID]), f"{TEST}:5:1", "tests.must_pass[0]",
        related=(f"{CART}:2",)),
    Row(f"AP403 {DELTA} delta_findings", lambda: of_delta(Delta(absent_paths=("more",)), REPORT), "more", "tests.paths[1]"),
    Row(f"AP404 {DELTA} delta_findings",
        lambda: of_delta(Delta(flaky=(ID,)), having((ID, TestOutcome.FAILED, FAILED))), f"{TEST}:5:1"),
    Row("AP405 tampering/findings.py _finding", lambda: tampering_findings([SUSPICION]), f"{TEST}:5:1"),
    Row("AP405 testing/crossed.py _at_change", lambda: crossed(TestOutcome.SKIPPED), f"{TEST}:4:1", related=(f"{TEST}:5",)),
    Row("AP405 testing/crossed.py _at_test", lambda: crossed(None, Failure(CART, 2, "no")), f"{TEST}:4:1",
        related=(f"{CART}:2",), tree=Tree.BASE),
    Row("AP405 testing/crossed.py cross_findings", lambda: crossed(None, end=RunnerEnd.CRASHED), "", "tests"),
    Row("AP405 testing/meddling.py meddling_findings",
        lambda: meddling_findings(None, replace(REPORT, overruled=(ID,)), SOURCES), f"{TEST}:4:1"),
    Row("AP405 testing/meddling.py meddling_findings",
        lambda: meddling_findings(None, replace(REPORT, patched=(("TestCase.assertEqual", "conftest.py"),)), SOURCES),
        "conftest.py:8:1"),
    Row("AP405 testing/meddling.py unconfirmed", lambda: unconfirmed(REPORT, PHASE.tests.must_pass, SOURCES)[1:],
        f"{TEST}:4:1", "tests.must_pass[1]"),
    Row("AP405 testing/meddling.py unconfirmed",
        lambda: unconfirmed(replace(REPORT, end=RunnerEnd.TIMED_OUT), [ID], SOURCES), "", "tests.must_pass"),
    Row("AP406 testcode/findings.py doubt_findings", lambda: doubt_findings([DOUBT], strict=False), f"{TEST}:5:1"),
    Row("AP407 testing/baseline.py baseline_findings", lambda: baseline_findings(having((ID, TestOutcome.FAILED, FAILED))),
        f"{TEST}:5:1", tree=Tree.BASE),
    Row(f"AP408 {DELTA} _end_findings",
        lambda: of_delta(Delta(), replace(REPORT, end=RunnerEnd.TIMED_OUT, running=ID)), f"{TEST}:4:1",
        "tests.timeout_seconds"),
    Row(f"AP408 {DELTA} _end_findings", lambda: of_delta(Delta(), replace(REPORT, end=RunnerEnd.NO_RUNNER)), "",
        "tests.runner"),
    Row(f"AP409 {DELTA} _provenance_findings",
        lambda: of_delta(Delta(), replace(REPORT, provenance=Provenance((("cart", "/x/cart.py"),)))), CART, "tests"),
    Row("AP410 testing/evidence.py _none", lambda: evidence(NEW_FILE, PASSING), "src/new.py:7:1", "tests"),
    Row("AP410 testing/evidence.py _none", lambda: evidence(NEW_FILE, None, "none"), "src/new.py:7:1", "tests"),
    Row("AP410 testing/evidence.py _unseen", lambda: evidence(SCRIPT, replace(PASSING, runner="jest"), "jest"),
        "src/a.js:2:1", "tests"),
    Row("AP411 testing/coverage.py _located", lambda: covering(Coverage(4, 1, ((CART, 2, 3), ("src/b.py", 7, 7)))),
        f"{CART}:2:1", related=("src/b.py:7",)),
    Row("AP411 testing/coverage.py coverage_findings", lambda: covering(None), "", "tests"),
    Row("AP412 mutation/findings.py survivor_findings",
        lambda: survivor_findings([MUTANT], {MUTANT.id: MutantOutcome.SURVIVED}, {}, strict=False), f"{CART}:2:1"),
    Row("AP413 testing/checks.py check_findings",
        lambda: checked("warning: x\nother.py:1:1: no\n./src/cart.py:2:5: F841 unused"), f"{CART}:2:1", "checks[1]"),
    Row("AP413 testing/checks.py check_findings", lambda: checked('  File "/w/src/cart.py", line 2, in total\nNo'),
        f"{CART}:2:1", "checks[1]"),
    Row("AP413 testing/checks.py check_findings", lambda: checked("it is 12:30"), "", "checks[1]"),
    Row(f"AP414 {DELTA} delta_findings", lambda: of_delta(Delta(), replace(REPORT, changed_files=("tests/out.json",))),
        "tests/out.json"),
    Row("AP501", lambda: audited(issue()), f"{CART}:2:1"),
    Row("AP502", lambda: audited(issue("minor"), approved=True), f"{CART}:2:1"),
    Row("AP503 auditor/findings.py _disagreement", lambda: audited(issue(ruling="open"))[1:], f"{CART}:2:1"),
    Row("AP504 auditor/findings.py audit_findings", lambda: audited(lacking="no second model"), "", "category"),
    Row("AP601 gates/judge.py deliverables", promised, "src/new.py", "deliverables[2]"),
    Row("AP601 gates/judge.py deliverables", lambda: promised()[1:], "src/old.py", "deliverables[3]"),
    Row("AP601 testing/promised.py unwritten",
        lambda: unwritten(PHASE, ChangeSet("t", (change("src/new.py", None, b"def a():\n    ...\n"),))), "src/new.py:1:1"),
    Row("AP602 testing/promised.py undefined",
        lambda: undefined(PHASE, lambda path: read(path, b"\nclass Cart:\n    x = 1\n")), f"{CART}:2:1", "deliverables[1]"),
    Row("AP602 testing/promised.py undefined", lambda: undefined(PHASE, lambda path: read(path, OLD_CART)), CART,
        "deliverables[1]"),
]  # fmt: skip

OF_THE_WHOLE = {
    "AP405 engine/suspecting.py suspected": "the comparison itself broke down",
    "AP406 engine/probing.py _doubts": "the look at the tests itself broke down",
    "AP408 testing/baseline.py baseline_findings": "of the run, before any phase: the runner is not there",
    "AP408 gates/judge.py judge": "a gate that knows nothing",
    "AP409 gates/judge.py tree_equality": "the whole tree is another one",
    "AP410 engine/proving.py _shown": "a selection of the tests failed the attempt, and they say where",
    "AP501 auditor/findings.py audit_findings": "a refusal that names no issue",
    "AP501 gates/judge.py audit": "a refusal that names no issue",
    "AP504 engine/auditing.py _tell_unaudited": "there is no audit to be had",
    "AP504 gates/judge.py audit": "there is no audit to be had",
    "AP603 gates/judge.py no_op": "nothing was changed",
    "AP605 policy/risk.py judge_risk": "the sum of the whole change, whose places the message names",
    "AP607 gates/quality.py judge_quality": "the sum of the warnings, each of which has its place",
}


@pytest.mark.parametrize("row", ROWS, ids=[f"{n}-{row.site.split()[0]}" for n, row in enumerate(ROWS)])
def test_a_finding_stands_at_the_best_place_there_is(row: Row) -> None:
    found = row.made()[0]
    assert found.code == row.site.split()[0]
    assert (found.where(), found.entry, found.tree) == (row.where, row.entry, row.tree)
    assert tuple(each.where() for each in found.related)[: len(row.related)] == row.related
    assert bool(found.related) == bool(row.related)


@pytest.mark.parametrize("row", ROWS, ids=[f"{n}-{row.site.split()[0]}" for n, row in enumerate(ROWS)])
def test_a_finding_says_what_it_is_about_and_has_a_place_or_an_entry(row: Row) -> None:
    found = row.made()[0]
    assert len(found.message) > 15 and (found.path or found.entry)
    assert all(each.message and each.path for each in found.related) and len(found.related) <= 8


def test_what_a_category_asks_for_stands_at_the_category() -> None:
    (found,) = governed(b"x = 1\n")
    assert (found.where(), found.entry) == ("", "category")


def test_no_place_that_makes_a_finding_is_left_out() -> None:
    """A new one needs a row, or a reason."""
    known = {row.site for row in ROWS if " " in row.site} | OF_THE_WHOLE.keys()
    assert _sites() == known | {"AP606 policy/govern.py govern"}


def _sites() -> set[str]:
    found: set[str] = set()
    for path in CORE.rglob("*.py"):
        if "rules" not in path.parts:
            name = path.relative_to(CORE).as_posix()
            found |= {f"{code} {name} {function}" for code, function in _made_in(ast.parse(path.read_text()), "")}
    return found


def _made_in(node: ast.AST, function: str):
    """(code, function) of each call whose first argument is a code of these families; asking the gates' facts is none."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.Call) and inner.args and isinstance(inner.args[0], ast.Constant):
            code, called = inner.args[0].value, getattr(inner.func, "attr", "")
            if isinstance(code, str) and code[:3] in ("AP4", "AP5", "AP6") and len(code) == 5 and called != "tests":
                yield code, function
        yield from _made_in(
            inner, inner.name if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) else function
        )
