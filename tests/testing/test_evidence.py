"""Positive evidence and what a change adds that can be executed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.model.evidence import Delta
from autopack.model.plan import HIGH_RISK
from autopack.model.test_report import Provenance, RunnerEnd, TestOutcome, TestReport, TestResult
from autopack.policy import is_test
from autopack.testing import positive_evidence
from autopack.testing.lines import added_executable_lines, changed_tests


def change(path: str, before: str | None, after: str | None) -> FileChange:
    kind = ChangeKind.CREATED if before is None else ChangeKind.DELETED if after is None else ChangeKind.MODIFIED
    return FileChange(path, kind, before.encode() if before is not None else None,
                      after.encode() if after is not None else None, 0o100644, 0o100644)  # fmt: skip


def changes(*files: FileChange) -> ChangeSet:
    return ChangeSet("base", files)


def ran(*passed: str, imported: tuple[str, ...] = (), runner: str = "pytest", **more) -> TestReport:
    results = tuple(TestResult(i, TestOutcome.PASSED) for i in passed)
    return TestReport("k", "t", runner, (), more.pop("end", RunnerEnd.FINISHED), 0, results,
                      provenance=more.pop("provenance", Provenance(imported=imported)), **more)  # fmt: skip


CODE = change("src/a.py", "def f():\n    return 1\n", "def f():\n    return 2\n")
DOCS = changes(
    change("README.md", "a", "b"), change("src/a.py", "x = 1\n", "# why\nx = 1\n"), change("b.py", "x\n", None)
)
LINES = {
    "comment": ("x = 1\n", "# c\nx = 1\n", set()),
    "docstring": ("def f():\n    return 1\n", 'def f():\n    """Say."""\n    return 1\n', set()),
    "changed docstring": ('"""a"""\nx = 1\n', '"""b\n\nc"""\nx = 1\n', set()),
    "statement": ("x = 1\n", "x = 1\n\ny = 2\n", {3}),
    "formatting only": ("f(1,2)\n", "f(\n    1,\n    2,\n)\n", set()),
    "new file": (
        None,
        '"""d"""\nimport os\n\n\n@dec\ndef f(\n    a,\n):\n    # c\n    return a\n',
        {2, 5, 6, 7, 8, 10},
    ),
    "removal": ("x = 1\ny = 2\n", "x = 1\n", set()),
    "condition": ("if a:\n    b\n", "if a and c:\n    b\n", {1}),
    "does not parse": ("x = 1\n", "x = (\n", {1}),
    "empty": (None, "", set()),
}


@pytest.mark.parametrize("name", LINES)
def test_added_executable_lines(name):
    before, after, expected = LINES[name]
    assert added_executable_lines(change("a.py", before, after)) == expected
    assert added_executable_lines(change("a.pyi", before, after)) == frozenset()


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=60)
def test_any_text_has_lines_within_it(before, after):
    found = added_executable_lines(change("a.py", before, after))
    assert all(1 <= n <= after.count("\n") + 1 for n in found)


def test_changed_tests_by_function():
    before = "def test_a(): assert 1\nclass TestB:\n    def test_c(self): assert 1\n    def test_d(self): assert 1\n"
    after = "# x\n" + before.replace("test_c(self): assert 1", "test_c(self): assert 2")
    assert changed_tests(change("t.py", before, after)) == ["TestB::test_c"]


POSITIVE = {
    "must_pass": (changes(CODE), ran("t.py::a"), Delta(), ["t.py::a"], "t.py::a of must_pass passed"),
    "new": (
        changes(CODE), ran("t.py::n"), Delta(new_passing=("t.py::n",)), [], "t.py::n passed and did not on the base"),
    "changed test": (
        changes(change("t.py", "def test_a(): 1\n", "def test_a(): 2\n")), ran("t.py::test_a[1]"), Delta(), [],
        "t.py::test_a[1], which the change rewrites, passed",
    ),
    "imported": (
        changes(CODE), ran("t.py::a", imported=("src/a.py",)), Delta(), [],
        "1 tests passed in a process that imported every changed Python file",
    ),
    "executed": (
        changes(CODE), ran("t.py::a", executed_lines={"src/a.py": (1, 2)}, covering={"src/a.py": {2: ("t.py::a",)}}),
        Delta(), [], "t.py::a executed src/a.py:2"),
    "command": (changes(CODE), ran("make test", runner="command"), Delta(), [], "the test command exited with 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", POSITIVE)
def test_positive(name):
    change_set, report, delta, must_pass, expected = POSITIVE[name]
    found = positive_evidence(
        change_set, report, delta, must_pass, "security_auth_change", report.runner, is_test, strict=True
    )
    assert (found.positive, found.findings) == (expected, ())


def test_a_change_without_code_needs_only_the_baseline():
    found = positive_evidence(DOCS, ran("t.py::a"), Delta(), [], "security_auth_change", "pytest", is_test, strict=True)
    assert found.needs_only_baseline
    assert found.findings == ()


UNEXECUTED = ran("t.py::a", executed_lines={}, imported=("src/a.py",))
NONE = {
    "never imported": (ran("t.py::a"), "backend", "pytest", True),
    "never imported, lenient": (ran("t.py::a"), "docs", "pytest", False),
    "line data says not executed": (UNEXECUTED, "backend", "pytest", False),
    "the same, high risk": (UNEXECUTED, "core_backend_high", "pytest", True),
    "no runner": (None, "backend", "none", True),
    "no runner, lenient": (None, "feature_scaffolding", "none", False),
    "crashed": (ran("t.py::a", imported=("src/a.py",), end=RunnerEnd.CRASHED), "backend", "pytest", True),
}  # fmt: skip


@pytest.mark.parametrize("name", NONE)
def test_no_evidence(name):
    report, category, runner, blocking = NONE[name]
    found = positive_evidence(
        changes(CODE), report, Delta(), [], category, runner, is_test, strict=category in HIGH_RISK
    )
    assert found.positive == ""
    assert [(f.code, f.blocking) for f in found.findings] == [("AP410", blocking)]


def test_untested_documentation_is_no_evidence_but_no_block():
    found = positive_evidence(DOCS, None, Delta(), [], "backend", "none", is_test, strict=False)
    assert [(f.code, f.blocking) for f in found.findings] == [("AP410", False)]


SCRIPT = changes(change("src/sum.js", "let a = 1;\n", "let a = 2;\n"))
OTHER = {
    "last resort": (
        ran("t.js::a", runner="vitest"),
        Delta(),
        "backend",
        "1 test passed; the runner does not tell",
        False,
    ),
    "last resort, high risk": (ran("t.js::a", runner="jest"), Delta(), "core_backend_high", "", True),
    "nothing passed": (ran(runner="node"), Delta(), "backend", "", True),
    "nothing passed, lenient": (ran(runner="node"), Delta(), "docs", "", False),
}


@pytest.mark.parametrize("name", OTHER)
def test_a_runner_that_does_not_tell_what_it_loads(name):
    report, delta, category, expected, blocking = OTHER[name]
    found = positive_evidence(SCRIPT, report, delta, [], category, report.runner, is_test, strict=category in HIGH_RISK)
    assert found.positive.startswith(expected) and bool(found.positive) == bool(expected)
    assert not found.needs_only_baseline
    assert [(f.code, f.blocking) for f in found.findings] == [("AP410", blocking)]
    assert "does not tell which files it loads" in found.findings[0].message


def test_new_named_and_rewritten_tests_speak_for_other_languages():
    report = ran("test/sum.test.js::adds", runner="vitest")
    own = changes(*SCRIPT.changes, change("test/sum.test.js", "test();\n", "test(1);\n"))
    for change_set, delta, must_pass, expected in (
        (SCRIPT, Delta(new_passing=("test/sum.test.js::adds",)), [], "passed and did not on the base"),
        (SCRIPT, Delta(), ["test/sum.test.js"], "of must_pass passed"),
        (own, Delta(), [], "in a file that the change rewrites, passed"),
    ):
        found = positive_evidence(
            change_set, report, delta, must_pass, "core_backend_high", "vitest", is_test, strict=True
        )
        assert (found.positive.endswith(expected), found.findings) == (True, ()), expected


@pytest.mark.parametrize("path", ["app.py", "style.css", "README.md", "main.go"])
def test_what_a_runner_does_not_load_needs_only_the_baseline(path):
    found = positive_evidence(
        changes(change(path, None, "x = 1\n")), ran("t.js::a", runner="jest"), Delta(), [], "core_backend_high", "jest",
        is_test, strict=True,
    )  # fmt: skip
    assert found.needs_only_baseline and found.findings == ()


def test_a_line_of_a_test_is_no_evidence_for_the_product():
    own = change("tests/test_a.py", None, "def helper():\n    return 1\n")
    lines = {"tests/test_a.py": {2: ("t.py::a",)}}
    report = ran("t.py::a", executed_lines={"tests/test_a.py": (1, 2)}, covering=lines)
    both = positive_evidence(changes(CODE, own), report, Delta(), [], "backend", "pytest", is_test, strict=False)
    assert both.positive == ""
    alone = positive_evidence(changes(own), report, Delta(), [], "backend", "pytest", is_test, strict=False)
    assert alone.positive == "t.py::a executed tests/test_a.py:2"


def test_a_line_that_only_a_failing_test_executed_is_no_evidence():
    failed = TestResult("t.py::b", TestOutcome.FAILED)
    report = ran("t.py::a", executed_lines={"src/a.py": (2,)}, covering={"src/a.py": {2: ("t.py::b",)}})
    found = positive_evidence(
        changes(CODE),
        replace(report, results=(*report.results, failed)),
        Delta(),
        [],
        "backend",
        "pytest",
        is_test,
        strict=False,
    )
    assert found.positive == ""


def test_compiled_sources_need_a_new_build():
    built = Provenance(imported=("src/a.py",), prebuilt=(("pkg._c", "/site/pkg/_c.so"),))
    source = changes(change("src/_c.c", "int a;", "int b;"))
    found = positive_evidence(
        source, ran("t.py::a", provenance=built), Delta(), [], "backend", "pytest", is_test, strict=False
    )
    assert found.findings[0].blocking
    assert "/site/pkg/_c.so" in found.findings[0].message
    fine = positive_evidence(
        changes(CODE), ran("t.py::a", provenance=built), Delta(), [], "backend", "pytest", is_test, strict=False
    )
    assert fine.positive
