"""Line coverage of a change: what it adds, what its tests no longer run, and what is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model import codec
from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.model.evidence import Coverage
from autopack.model.findings import Severity
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.policy import is_test
from autopack.testing import Asked, coverage_findings, coverage_of
from autopack.testing.lines import kept_lines, statements

STRICT, NORMAL = Asked(0.8, 0.02, True), Asked(0.0, 0.02, False)
BASE = "".join(f"def f{n}():\n    return {n}\n" for n in range(10))
UNTESTED = BASE + "def new(a):\n    if a:\n        return (\n            1,\n            2)\n    return 3\n"


def change(path: str, before: str | None, after: str | None, old: str = "") -> FileChange:
    kind = ChangeKind.CREATED if before is None else ChangeKind.DELETED if after is None else ChangeKind.MODIFIED
    return FileChange(path, kind, before.encode() if before is not None else None,
                      after.encode() if after is not None else None, 0o100644, 0o100644, old_path=old)  # fmt: skip


def ran(lines: dict[str, tuple[int, ...]] | None, **more: object) -> TestReport:
    report = TestReport("k", "t", "pytest", (), RunnerEnd.FINISHED, 0, executed_lines=lines)
    return replace(report, **more)


def everything(text: str) -> tuple[int, ...]:
    return tuple(range(1, text.count("\n") + 1))


def found(before: TestReport, after: TestReport, *files: FileChange, **others: str) -> Coverage:
    measured = coverage_of(
        ChangeSet("base", files), before, after, lambda path: others[path].encode() if path in others else None, is_test
    )
    assert measured is not None
    return measured


FULL = ran({"a.py": everything(BASE)})


def test_each_run_of_added_lines_that_no_test_executes_is_located():
    measured = found(FULL, ran({"a.py": (*everything(BASE), 21, 22)}), change("a.py", BASE, UNTESTED))
    assert (measured.added, measured.added_executed) == (4, 2)
    assert measured.uncovered == (("a.py", 23, 26),)
    (told, dropped) = coverage_findings(measured, FULL, ran({}), STRICT)
    assert (told.path, told.range.start.line, told.blocking) == ("a.py", 23, True)
    assert "2 of 4 added lines of code, 50% where at least 80% are asked for. Not executed: a.py:23-26." in told.message
    assert "91.7% of the product's code that they load, 100.0% before" in dropped.message
    assert [f.severity for f in coverage_findings(measured, FULL, ran({}), NORMAL)] == [Severity.WARNING]


def test_a_statement_on_several_lines_is_executed_where_one_of_them_is():
    measured = found(FULL, ran({"a.py": (*everything(BASE), 21, 22, 24, 26)}), change("a.py", BASE, UNTESTED))
    assert (measured.added, measured.added_executed, measured.uncovered) == (4, 4, ())
    assert coverage_findings(measured, FULL, ran({}), STRICT) == []


def test_two_runs_with_an_executed_line_between_are_two():
    after = "def f(a):\n    if a:\n        x = 1\n    b = 2\n    if a:\n        c = 1\n        d = 1\n    return b\n"
    measured = found(FULL, ran({"n.py": (1, 2, 4, 5, 8)}), change("n.py", None, after))
    assert measured.uncovered == (("n.py", 3, 3), ("n.py", 6, 7))


HALF = "def f(a):\n    if a:\n        return 1\n    return 2\n\n\ndef g(a):\n    x = a\n    y = a\n    z = a\n"
SHORT = HALF[: HALF.index("def g")].rstrip() + "\n"


def test_what_is_removed_is_no_drop():
    """Well-tested code goes and the badly tested rest would look worse; a file that goes does not count at all."""
    before = ran({"a.py": (1, 2, 3, 7, 8, 9, 10), "gone.py": (1,), "b.py": (1,)})
    after = ran({"a.py": (1, 2, 3), "b.py": (1,)})
    files = change("a.py", HALF, SHORT), change("gone.py", "x = 1\n", None)
    measured = found(before, after, *files, **{"b.py": "x = 1\n"})
    assert (measured.before, measured.after) == (0.8, 0.8)
    assert measured.lost == () and coverage_findings(measured, before, after, STRICT) == []


def test_lost_tests_are_a_drop_in_files_that_nobody_touched():
    before, after = ran({"a.py": (1, 2, 3, 4, 7, 8, 9, 10)}), ran({"a.py": (1, 2, 3, 4, 7)})
    measured = found(before, after, change("notes.txt", "a", "b"), **{"a.py": HALF})
    assert (measured.before, measured.after, measured.lost) == (1.0, 5 / 8, (("a.py", 8, 10),))
    (told,) = coverage_findings(measured, before, after, NORMAL)
    assert (told.path, told.range.start.line, told.severity) == ("a.py", 8, Severity.WARNING)
    assert "Executed before and not now: a.py:8-10" in told.message
    assert coverage_findings(measured, before, after, Asked(0.8, 0.5, True)) == []


def test_a_renamed_file_is_compared_with_what_it_was():
    measured = found(ran({"a.py": (1, 2, 3, 4)}), ran({"b.py": (1, 2, 3, 4)}), change("b.py", SHORT, SHORT, old="a.py"))
    assert (measured.added, measured.before, measured.after) == (0, 1.0, 1.0)


def test_tests_and_other_languages_are_no_product():
    files = change("tests/test_a.py", None, "x = 1\n"), change("a.js", None, "let x = 1;\n")
    measured = found(ran({"tests/test_a.py": (1,)}), ran({}), *files, **{"tests/test_a.py": "x = 1\n"})
    assert measured == Coverage()
    assert measured.added_share == 1.0


def test_lines_that_are_known_of_the_base_alone_are_asked_for():
    silent = ran(None, no_lines="a test took the place of the tracer")
    assert coverage_of(ChangeSet("base", ()), FULL, silent, lambda _: None, is_test) is None
    (told,) = coverage_findings(None, FULL, silent, STRICT)
    assert told.blocking and "took the place of the tracer" in told.message
    (hint,) = coverage_findings(None, silent, silent, STRICT)
    assert (hint.severity, hint.blocking) == (Severity.INFORMATION, False)
    assert coverage_findings(None, silent, silent, NORMAL) == []
    assert coverage_findings(None, silent, replace(silent, runner="command"), STRICT) == []
    assert coverage_findings(None, FULL, ran(None, end=RunnerEnd.TIMED_OUT), STRICT) == []


def test_a_baseline_without_lines_leaves_the_whole_unknown():
    measured = found(ran(None), ran({"n.py": (1,)}), change("n.py", None, "x = 1\ny = 2\n"))
    assert (measured.added, measured.added_executed, measured.before) == (2, 1, None)
    assert len(coverage_findings(measured, ran(None), ran({}), STRICT)) == 1


def test_lines_and_tests_survive_the_journal():
    report = ran({"a.py": (1, 2)}, covering={"a.py": {2: ("tests/t.py::a", "tests/t.py::b")}}, no_lines="why")
    assert codec.load(TestReport, codec.dump(report)) == report


IDLE = """\
pass
x: int
'text'
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import a
    y = 1
while True:
    break
"""


def test_what_runs_nothing_is_no_statement():
    assert set(statements(IDLE.encode()).values()) == {4, 5, 7, 9}
    assert statements(b"x = (") == {}


TEXTS = st.lists(st.sampled_from(["x = 1", "y = 2", "def f():", "    return 1", "", "# c", "if x:"]), max_size=12)


@given(TEXTS, TEXTS)
@settings(max_examples=150)
def test_lines_kept_are_the_same_line_in_both(old, new):
    before, after = "\n".join(old), "\n".join(new)
    kept = kept_lines(before.encode(), after.encode())
    lines = before.split("\n"), after.split("\n")
    assert all(lines[0][a - 1] == lines[1][b - 1] for a, b in kept.items())
    assert sorted(kept.values()) == list(kept.values())
    if before == after:
        assert len(kept) == len(lines[0])


@given(TEXTS, st.sets(st.integers(1, 14)))
@settings(max_examples=150)
def test_the_share_is_one_of_statements_within_the_file(new, lines):
    after = "\n".join(new)
    measured = found(FULL, ran({"n.py": tuple(sorted(lines))}), change("n.py", None, after))
    assert 0 <= measured.added_executed <= measured.added
    assert all(1 <= first <= last <= after.count("\n") + 1 for _, first, last in measured.uncovered)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_what_a_category_asks_for_is_what_counts(share):
    measured = found(FULL, ran({"a.py": (*everything(BASE), 21, 22)}), change("a.py", BASE, UNTESTED))
    assert coverage_findings(measured, FULL, ran({}), Asked(share, 1.0, True)) == []
