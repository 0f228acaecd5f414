"""The base's tests on the candidate's code: what hides a failure is told, what the plan asks for passes."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.model.findings import Finding, Severity, Tree
from autopack.model.plan import Phase
from autopack.model.test_report import CollectionError, Failure, RunnerEnd, TestOutcome, TestReport, TestResult
from autopack.policy import is_test
from autopack.testing import (
    Licence,
    Masked,
    compare,
    cross_findings,
    lines,
    masked,
    rests_on_the_file,
    sides_of,
    worth_crossing,
)
from autopack.testing.functions import functions, parsed
from autopack.testing.other_form import other_form
from autopack.testing.stored import _frame

PRODUCT = FileChange("app.py", ChangeKind.MODIFIED, b"x = 1\n", b"x = 2\n", 0o100644, 0o100644)
TESTS = """
    import app

    def test_a():
        assert app.total() == 3

    def test_b():
        assert app.rest() == 1
"""
MARKS = {"p": TestOutcome.PASSED, "f": TestOutcome.FAILED, "s": TestOutcome.SKIPPED}


def edit(before: str | None, after: str | None, path: str = "tests/test_app.py") -> FileChange:
    def data(text: str | None) -> bytes | None:
        return dedent(text).encode() if text is not None else None

    return FileChange(path, ChangeKind.MODIFIED, data(before), data(after), 0o100644, 0o100644)


def report(marks: str, *, errors: tuple[str, ...] = (), end: RunnerEnd = RunnerEnd.FINISHED) -> TestReport:
    results = []
    for item in marks.split():
        name, _, mark = item.rpartition(":")
        failure = Failure("tests/test_app.py", 5, "assert 2 == 3") if mark == "f" else None
        results.append(TestResult(f"tests/test_app.py::{name}", MARKS[mark], 0.1, failure))
    lost = tuple(CollectionError(e, Failure(e, 1, "ImportError: no total")) for e in errors)
    return TestReport("k", "t", "pytest", ("py",), end, 0, tuple(results), lost)


def told(
    test: FileChange, crossed: TestReport, now: TestReport, *, goal: str = "Do it.", deliverables: tuple[str, ...] = (),
    removed: frozenset[str] = frozenset(), base: TestReport | None = None, more: tuple[FileChange, ...] = (),
) -> list[Finding]:  # fmt: skip
    base = base or report("test_a:p test_b:p")
    changes = ChangeSet("base", (PRODUCT, test, *more))
    apart = sides_of(changes, is_test)
    phase = Phase.model_validate({"id": "p", "goal": goal, "deliverables": list(deliverables)})
    found = masked(base, crossed, now, compare(base, now, changes), changes)
    return cross_findings(found, crossed, apart, Licence.of(phase), removed)


def test_a_skip_that_hides_a_failure_blocks_at_its_line_whatever_the_plan_names():
    skips = TESTS.replace("    def test_a", "    @pytest.mark.skip\n    def test_a")
    for deliverables in ((), ("tests/test_app.py",)):
        (found,) = told(edit(TESTS, skips), report("test_a:f test_b:p"), report("test_a:s test_b:p"),
                        deliverables=deliverables)  # fmt: skip
        assert (found.code, found.blocking, found.where()) == ("AP405", True, "tests/test_app.py:4:1")
        assert "is skipped now" in found.message and "assert 2 == 3" in found.message


def test_a_test_that_is_gone_is_shown_where_it_stood():
    without = TESTS.split("    def test_a")[0] + "    def test_b" + TESTS.split("    def test_b")[1]
    (found,) = told(edit(TESTS, without), report("test_a:f test_b:p"), report("test_b:p"))
    assert (found.blocking, found.tree, found.where()) == (True, Tree.BASE, "tests/test_app.py:4:1")


def test_the_tests_of_what_the_plan_takes_away_may_go():
    without = TESTS.split("    def test_a")[0] + "    def test_b" + TESTS.split("    def test_b")[1]
    one = (edit(TESTS, without), report("test_a:f test_b:p"), report("test_b:p"))
    asked = {"deliverables": ("tests/test_app.py",), "removed": frozenset({"total"})}
    assert [f.severity for f in told(*one, **asked)] == [Severity.INFORMATION]
    assert [f.blocking for f in told(*one, removed=frozenset({"total"}))] == [True], "the plan does not name the file"
    assert [f.blocking for f in told(*one, deliverables=("tests/test_app.py",))] == [True], (
        "nothing it is about is gone"
    )
    other = asked | {"removed": frozenset({"rest"})}
    assert [f.blocking for f in told(*one, **other)] == [True]


def test_a_test_that_is_called_after_what_the_plan_takes_away_may_go_where_its_file_is_named():
    without = TESTS.split("    def test_a")[0] + "    def test_b" + TESTS.split("    def test_b")[1]
    called = edit(TESTS.replace("test_a", "test_total"), without)
    one = (called, report("test_total:f test_b:p"), report("test_b:p"))
    asked = {"goal": "Drop the total and its tests.", "base": report("test_total:p test_b:p")}
    named = asked | {"deliverables": ("tests/test_app.py",)}
    assert [f.severity for f in told(*one, **named)] == [Severity.INFORMATION]
    assert [f.blocking for f in told(*one, **asked)] == [True]
    assert [f.blocking for f in told(*one, **named | {"goal": "Drop the rest and its tests."})] == [True]


def stored(path: str) -> FileChange:
    return edit("3\n", "2\n", path)


@pytest.mark.parametrize(
    ("how", "severity"),
    [
        ({}, Severity.ERROR),
        ({"deliverables": ("tests/data/total.txt",)}, Severity.WARNING),
        ({"goal": "Write tests/data/total.txt anew."}, Severity.INFORMATION),
    ],
)
def test_what_a_test_compares_with_may_change_where_the_plan_asks_for_that(how, severity):
    reads = TESTS.replace("== 3", "== int(read('total.txt'))")
    files = edit(reads, reads + "\n    def test_c():\n        assert app\n")
    (found,) = told(files, report("test_a:f test_b:p"), report("test_a:p test_b:p test_c:p"),
                    more=(stored("tests/data/total.txt"),), **how)  # fmt: skip
    assert (found.severity, found.blocking) == (severity, severity is Severity.ERROR)


@pytest.mark.parametrize(
    ("goal", "after", "blocks"),
    [
        ("Add a line for the tax; the rest stays.", "2\n", True),
        ("Add a line for the tax; the rest stays.", "3\nTax 1\n", False),
        ("Add a line for the tax and round down now.", "2\n", False),
    ],
    ids=["another value", "more", "changes"],
)
def test_a_stored_result_only_grows_where_the_plan_only_adds(goal: str, after: str, blocks: bool) -> None:
    reads = TESTS.replace("== 3", "== int(read('total.txt'))")
    files = edit(reads, reads + "\n    def test_c():\n        assert app\n")
    results = edit("3\n", after, "tests/data/total.txt")
    (found,) = told(files, report("test_a:f test_b:p"), report("test_a:p test_b:p test_c:p"), more=(results,),
                    goal=goal, deliverables=("tests/data/total.txt",))  # fmt: skip
    assert (found.blocking, found.severity) == (blocks, Severity.WARNING)
    assert ("other values" in found.message) is blocks


def test_stored_results_may_change_where_the_plan_speaks_of_their_kind_and_the_test_names_them():
    reads = TESTS.replace("== 3", "== int(read('total.txt'))")
    runs = (report("test_a:f test_b:p"), report("test_a:p test_b:p test_c:p"))
    files = edit(reads, reads + "\n    def test_c():\n        assert app\n")
    asked = {"goal": "Round totals; the snapshots follow."}
    (found,) = told(files, *runs, more=(stored("tests/snapshots/total.txt"),), **asked)
    assert (found.severity, found.where()) == (Severity.WARNING, "tests/snapshots/total.txt:1:1")
    (other,) = told(files, *runs, more=(stored("tests/snapshots/rest.txt"),), **asked)
    assert other.blocking
    rewritten = edit(reads, reads.replace("app.total()", "2 or app.total()"))
    (test_too,) = told(rewritten, *runs, more=(stored("tests/snapshots/total.txt"),), **asked)
    assert test_too.blocking


@pytest.mark.parametrize(
    "other",
    [
        edit("x = 1\n", "x = 2\n", "tests/conftest.py"),
        edit("x = 1\n", "x = 2\n", "tests/helpers.py"),
        edit("x = 1\n", "x = 2\n", "pytest.ini"),
    ],
    ids=["a conftest", "a helper", "settings"],
)
@pytest.mark.parametrize("touched", [True, False])
def test_stored_results_excuse_nothing_that_something_else_may_hide(other, touched):
    reads = TESTS.replace("== 3", "== int(read('total.txt'))")
    more = (stored("tests/data/total.txt"), other)
    test = edit(reads, reads + "\n    def test_c():\n        assert app\n") if touched else other
    found = told(test, report("test_a:f test_b:p"), report("test_a:p test_b:p"), more=more[: 1 + touched],
                 goal="Write tests/data/total.txt anew.")  # fmt: skip
    assert [f.blocking for f in found] == [True]


def test_stored_results_excuse_nothing_beside_a_fixture_that_changed():
    reads = TESTS.replace("== 3", "== int(read('total.txt'))").replace("    import app", "    import app\n    one = 1")
    test = edit(reads, reads.replace("one = 1", "one = app.total = int"))
    (found,) = told(test, report("test_a:f test_b:p"), report("test_a:p test_b:p"),
                    more=(stored("tests/data/total.txt"),), goal="Write tests/data/total.txt anew.")  # fmt: skip
    assert found.blocking


REWRITTEN = [
    ({}, True),
    ({"goal": "Totals are 2 from now on."}, False),
    ({"goal": "Totals are 4 from now on."}, True),
    ({"deliverables": ("tests/test_app.py",)}, False),
    ({"removed": frozenset({"total"})}, False),
]


@pytest.mark.parametrize(("how", "blocking"), REWRITTEN)
def test_an_expectation_that_follows_the_code_needs_the_plan_to_ask_for_it(how, blocking):
    rewritten = TESTS.replace("== 3", "== 2")
    (found,) = told(edit(TESTS, rewritten), report("test_a:f test_b:p"), report("test_a:p test_b:p"), **how)
    assert (found.blocking, found.where()) == (blocking, "tests/test_app.py:5:1")


@pytest.mark.parametrize(
    ("failure", "blocking"),
    [
        ("assert 'gone' == 'too short'", False),
        ("AssertionError: Regex pattern did not match.", False),
        ("Failed: DID NOT RAISE <class 'ValueError'>", False),
        ("error: unpack_from requires a buffer of at least 10 bytes", True),
        ("KeyError: 'size'", True),
    ],
)
def test_a_text_that_is_gone_makes_no_code_raise_another_error(failure: str, blocking: bool):
    asks = TESTS.replace("app.total() == 3", "app.total() == 'too short'")
    crossed = report("test_a:f test_b:p")
    crossed = replace(crossed, results=tuple(
        replace(r, failure=r.failure and replace(r.failure, message=failure)) for r in crossed.results
    ))  # fmt: skip
    (found,) = told(edit(asks, asks.replace("too short", "gone")), crossed, report("test_a:p test_b:p"),
                    removed=frozenset({"too short"}), goal="Say it in a short way.")  # fmt: skip
    assert found.blocking is blocking


def test_a_file_that_the_new_code_makes_unreadable_is_told_test_by_test():
    found = told(
        edit(TESTS, "def test_c():\n    pass\n"), report("", errors=("tests/test_app.py",)), report("test_c:p")
    )
    assert [f.message.split(" ")[0].rpartition("::")[2] for f in found] == ["test_a", "test_b"]
    assert all(f.blocking for f in found)


def test_configuration_that_hides_a_failure_of_an_untouched_test():
    conftest = edit("", "collect_ignore = ['test_app.py']\n", "tests/conftest.py")
    (found,) = told(conftest, report("test_a:f test_b:p"), report("test_b:p"))
    assert found.blocking and found.where() == "tests/conftest.py:1:1" and "conftest.py hides it" in found.message


def test_what_fails_in_the_candidates_own_run_is_not_told_twice():
    changed = edit(TESTS, TESTS + "\n")
    assert told(changed, report("test_a:f test_b:p"), report("test_a:f test_b:p")) == []
    assert told(changed, report("test_a:f"), report("", errors=("tests/test_app.py",))) == []


def test_a_run_of_the_bases_tests_that_comes_to_no_end_proves_nothing():
    (found,) = told(edit(TESTS, TESTS), report("test_a:p", end=RunnerEnd.TIMED_OUT), report("test_a:p test_b:p"))
    assert found.blocking and "came to no end" in found.message


def cross(*changes: FileChange, base: TestReport | None = None) -> tuple[str, ...] | None:
    return worth_crossing(sides_of(ChangeSet("base", changes), is_test), base or report("test_a:p test_b:f"))


def test_only_what_the_change_could_hide_is_run_again():
    assert cross(PRODUCT) == ()
    assert cross(edit("", "x")) == (), "without a change of the product the baseline knows it"
    assert cross(PRODUCT, edit(None, "x", "tests/test_new.py")) == ()
    assert cross(PRODUCT, edit("", "x")) == ("tests/test_app.py::test_a",), "what failed before hides nothing"
    assert cross(PRODUCT, edit("", "x", "conftest.py")) is None
    assert cross(PRODUCT, edit("", "x", "tests/helpers.py")) is None, "any test may use it"
    assert cross(PRODUCT, edit(None, "x", "pytest.ini")) is None
    assert cross(PRODUCT, edit("", "x", "conftest.py"), base=report("test_a:f")) == ()


def test_a_file_of_tests_that_the_plan_says_is_deleted_goes_whole():
    gone = FileChange("tests/test_app.py", ChangeKind.DELETED, TESTS.encode(), None, 0o100644, None)
    for goal, blocks in (
        ("Remove it and delete tests/test_app.py.", False),
        ("It has no totals any more, rest() goes away, tests/test_app.py is deleted.", False),
        ("Delete what is old, but not tests/test_app.py.", True),
        ("Do not delete tests/test_app.py.", True),
        ("Keep it; tests/test_app.py helps.", True),
    ):
        found = told(gone, report("test_a:f test_b:p"), report(""), goal=goal)
        assert [f.blocking for f in found] == [blocks], found
        apart = sides_of(ChangeSet("base", (PRODUCT, gone)), is_test)
        licence = Licence.of(Phase.model_validate({"id": "p", "goal": goal}))
        lost = Masked("tests/test_app.py::test_a", "tests/test_app.py::test_a", None, None)
        assert rests_on_the_file(lost, apart, licence, frozenset()) is blocks


@pytest.mark.parametrize(
    ("goal", "message", "severity", "blocks"),
    [
        ("Add a bonus.", "assert 2 == 3", Severity.WARNING, True),
        ("Add a bonus; it is 777.", "assert 2 == 3", Severity.INFORMATION, False),
        ("Add a bonus. It is 999 for all.", "assert 2 == 3", Severity.WARNING, False),
        ("Add a bonus.", "Failed: DID NOT RAISE ValueError", Severity.WARNING, False),
        ("Add a bonus.", "AssertionError: ValueError not raised", Severity.WARNING, False),
        ("Count again.", "assert 2 == 3", Severity.WARNING, False),
        ("Count faster. Errors stay as they are.", "Failed: DID NOT RAISE ValueError", Severity.WARNING, True),
        ("Count faster, with other errors.", "Failed: DID NOT RAISE ValueError", Severity.WARNING, False),
    ],
    ids=[
        "only adds",
        "said",
        "speaks of all",
        "was an error",
        "was an error of unittest",
        "changes",
        "an error that is to stay",
        "may change an error",
    ],
)
def test_a_plan_that_only_adds_is_no_leave_to_expect_something_else(
    goal: str, message: str, severity: Severity, blocks: bool
) -> None:
    failed = report("test_a:f test_b:p")
    results = tuple(replace(r, failure=replace(r.failure, message=message)) if r.failure else r for r in failed.results)
    after = TESTS.replace("3", "777", 1)
    (found,) = told(edit(TESTS, after), replace(failed, results=results), report("test_a:p test_b:p"),
                    goal=goal, deliverables=("tests/test_app.py",))  # fmt: skip
    assert (found.severity, found.blocking) == (severity, blocks), found.message


@pytest.mark.parametrize(
    ("body", "message", "goal", "blocks"),
    [
        ("app.rest = lambda: 1\n        assert app.total() == 3", "assert 2 == 3", "Count again.", True),
        ("app.rest = lambda: 1\n        assert app.total() == 3", "TypeError: rest()", "Count again.", False),
        ("app.setup(fee=1)\n        assert app.total() == 3", "assert 2 == 3", "Count again, with a fee.", False),
        ("app.rest = lambda: 1\n        assert app.total() == 4", "assert 2 == 3", "Count again.", False),
        (
            "app.rest = lambda: 1\n        assert app.total() == 3",
            "assert 2 == 3",
            "Count again. Adapt the tests.",
            False,
        ),
    ],
    ids=["set-up", "cannot be run", "said", "another value", "tests change"],
)
def test_a_test_that_passes_by_what_stands_round_its_assertions(
    body: str, message: str, goal: str, blocks: bool
) -> None:
    failed = report("test_a:f test_b:p")
    results = tuple(replace(r, failure=replace(r.failure, message=message)) if r.failure else r for r in failed.results)
    after = TESTS.replace("assert app.total() == 3", body)
    (found,) = told(edit(TESTS, after), replace(failed, results=results), report("test_a:p test_b:p"),
                    goal=goal, deliverables=("tests/test_app.py",))  # fmt: skip
    assert found.blocking is blocks, found.message
    assert ("expects what it expected" in found.message) is blocks


@pytest.mark.parametrize(
    ("goal", "deliverables", "blocks"),
    [
        ("Let one warning pass in setup.cfg.", ("setup.cfg",), False),
        ("Let the default warning pass.", ("setup.cfg",), False),
        ("Do it.", ("setup.cfg",), True),
        ("Let the default warning pass.", (), True),
    ],
    ids=["named in words", "a word of it", "no word", "not named"],
)
def test_settings_that_the_plan_asks_for_may_be_why_a_test_passes(
    goal: str, deliverables: tuple[str, ...], blocks: bool
) -> None:
    before = "[tool:pytest]\nfilterwarnings =\n    error\n"
    settings = edit(before, before + "    default:old:DeprecationWarning\n", "setup.cfg")
    more = TESTS + "\n    def test_c():\n        assert app.more()\n"
    (found,) = told(edit(TESTS, more), report("test_a:f test_b:p"), report("test_a:p test_b:p test_c:p"),
                    goal=goal, deliverables=deliverables, more=(settings,))  # fmt: skip
    assert found.blocking is blocks, found.message
    assert ("passes by the settings" in found.message) is not blocks


def test_settings_are_not_why_a_test_passes_that_was_rewritten() -> None:
    settings = edit("[tool:pytest]\n", "[tool:pytest]\naddopts = -ra\n", "setup.cfg")
    (found,) = told(edit(TESTS, TESTS.replace("== 3", "== 2")), report("test_a:f test_b:p"), report("test_a:p test_b:p"),
                    goal="Show reasons (-ra) in setup.cfg.", deliverables=("setup.cfg",), more=(settings,))  # fmt: skip
    assert found.blocking and "was rewritten" in found.message


TABLE = "'Totals.'\nTOTAL = {}\nNONE = set()\n"


@pytest.mark.parametrize(
    ("table", "deliverables", "blocks"),
    [
        (TABLE, ("tests/totals.py",), False),
        (TABLE, (), True),
        (TABLE + "\ndef total():\n    return 2\n", ("tests/totals.py",), True),
        (TABLE + "\nMORE = TOTAL + 1\n", ("tests/totals.py",), True),
        (TABLE + "\nimport app\n", ("tests/totals.py",), True),
        ("", ("tests/totals.py",), True),
    ],
    ids=["named", "not named", "a function", "worked out", "an import", "a function now"],
)
@pytest.mark.parametrize("touched", [True, False])
def test_a_table_of_plain_values_that_tests_import_is_stored_results(
    table: str, deliverables: tuple[str, ...], blocks: bool, touched: bool
) -> None:
    reads = TESTS.replace("== 3", "== totals.TOTAL").replace(
        "    import app", "    import app\n    from tests import totals"
    )
    now = table.format(2) if table else TABLE.format(2) + "\ndef total():\n    return 2\n"
    totals = edit((table or TABLE).format(3), now, "tests/totals.py")
    test = edit(reads, reads + "\n    def test_c():\n        assert app\n")
    found = told(test if touched else totals, report("test_a:f test_b:p"), report("test_a:p test_b:p"),
                 more=(totals,) if touched else (), deliverables=deliverables, goal="Round down.")  # fmt: skip
    assert [f.blocking for f in found] == [blocks], [f.message for f in found]


@pytest.mark.parametrize(
    ("goal", "deliverables", "blocks"),
    [
        ("Count again.", ("tests/test_app.py",), True),
        ("Count again.", ("tests/test_app.py", "tests/data/total.txt"), False),
    ],
)
def test_a_test_that_stands_as_it_stood_passes_by_data_that_the_plan_does_not_name(
    goal: str, deliverables: tuple[str, ...], blocks: bool
) -> None:
    reads = TESTS.replace("== 3", "== int(read('total.txt'))")
    files = edit(reads, reads + "\n    def test_c():\n        assert app\n")
    (found,) = told(files, report("test_a:f test_b:p"), report("test_a:p test_b:p test_c:p"),
                    more=(stored("tests/data/total.txt"),), goal=goal, deliverables=deliverables)  # fmt: skip
    assert (found.blocking, found.path) == (blocks, "tests/data/total.txt")


@pytest.mark.parametrize("name", ["rest", "total"])
def test_data_that_a_rewritten_test_or_one_that_does_not_name_it_passes_beside(name: str) -> None:
    reads = TESTS.replace("== 3", "== int(read('total.txt'))")
    after = (
        reads.replace("app.total()", "2 or app.total()")
        if name == "total"
        else reads + "\n    def test_c():\n        assert app\n"
    )
    (found,) = told(edit(reads, after), report("test_a:f test_b:p"), report("test_a:p test_b:p"),
                    more=(stored(f"tests/data/{name}.txt"),), deliverables=("tests/test_app.py",))  # fmt: skip
    assert found.path == "tests/test_app.py"


def test_a_case_that_is_gone_may_have_a_test_of_its_own_where_its_file_is_named() -> None:
    cases = "    def test_p(raw):\n        assert app.total(raw)\n"
    fresh = "\n    def test_short():\n        assert app.short('1234')\n"
    base = report("test_p[1234-None]:p test_p[5678-1]:p")
    runs = report("test_p[1234-None]:f test_p[5678-1]:p"), report("test_p[5678-1]:p test_short:p")
    for text, blocks in ((fresh, False), (fresh.replace("1234", "9"), True)):
        (found,) = told(edit(cases, cases + text), *runs, base=base, deliverables=("tests/test_app.py",))
        assert found.blocking is blocks, found.message


@pytest.mark.parametrize(
    ("product", "blocks"), [("x = old_home\n", False), ("x = 1\n", True)], ids=["has it no more", "never had"]
)
def test_a_test_need_not_set_up_what_the_product_asks_no_more(product: str, blocks: bool) -> None:
    before = TESTS.replace("assert app.total()", "app.old_home = 4\n        assert app.total()")
    after = TESTS.replace("assert app.total()", "app.newer = 4\n        assert app.total()")
    asked = FileChange("app.py", ChangeKind.MODIFIED, product.encode(), b"x = 2\n", 0o100644, 0o100644)
    failed = report("test_a:f test_b:p")
    (found,) = told(edit(before, after), failed, report("test_a:p test_b:p"), goal="Count again.",
                    deliverables=("tests/test_app.py",), more=(asked,))  # fmt: skip
    assert found.blocking is blocks, found.message


@pytest.mark.parametrize("successor", ["", "tests/test_app.py::test_c"])
def test_a_test_that_is_gone_follows_another_form_only_in_one_that_stands_for_it(successor: str) -> None:
    said = Failure("tests/test_app.py", 5, "AttributeError: 'Pool' object has no attribute 'free'")
    lost = Masked("tests/test_app.py::test_a", "tests/test_app.py::test_a", None, said, successor)
    licence = Licence.of(Phase.model_validate({"id": "p", "goal": "Keep the free blocks in a heap."}))
    assert other_form(lost, licence) is bool(successor)
    assert other_form(replace(lost, outcome=TestOutcome.PASSED), licence)


CASES = """import app


@pytest.mark.parametrize("name", [{cases}])
def test_a(name):
    assert app.total(name) == 3
"""


@pytest.mark.parametrize(
    ("goal", "severity"),
    [
        ("Add a bonus for carol.", Severity.WARNING),
        ("Add rows for carol to tests/test_app.py.", Severity.WARNING),
        ("Count carol again.", Severity.INFORMATION),
        ("Change tests/test_app.py to ask for carol.", Severity.INFORMATION),
    ],
    ids=["only adds", "says where additions go", "has a word of it", "speaks of the tests"],
)
def test_a_case_that_others_took_the_place_of_is_nothing_that_was_added(goal: str, severity: Severity) -> None:
    before, after = (CASES.format(cases=cases) for cases in ('"anna", "bob"', '"anna", "carol"'))
    base, crossed, now = map(report, ("test_a[anna]:p test_a[bob]:p", "test_a[anna]:p test_a[bob]:f",
                                      "test_a[anna]:p test_a[carol]:p"))  # fmt: skip
    (found,) = told(edit(before, after), crossed, now, base=base, goal=goal, deliverables=("tests/test_app.py",))
    assert (found.severity, found.blocking) == (severity, severity is Severity.WARNING), found.message


@pytest.mark.parametrize(
    ("goal", "severity"),
    [
        ("Add a bonus to tests/test_app.py.", Severity.WARNING),
        ("Count in tests/test_app.py again.", Severity.INFORMATION),
    ],
)
def test_a_file_that_is_named_as_where_additions_go_is_no_word_of_a_change(goal: str, severity: Severity) -> None:
    (found,) = told(edit(TESTS, TESTS.replace("3", "777", 1)), report("test_a:f test_b:p"), report("test_a:p test_b:p"),
                    goal=goal, deliverables=("tests/test_app.py",))  # fmt: skip
    assert (found.severity, found.blocking) == (severity, severity is Severity.WARNING), found.message


def test_a_file_is_parsed_as_often_however_many_of_its_tests_fail_on_the_new_code() -> None:
    """A hundred of them in one file took 39 s, each of which parsed it several times and set both versions side by side."""

    def parses(tests: int) -> int:
        marks = [f"test_{n}" for n in range(tests)]
        before, after = (
            "import app\n" + "".join(f"def {name}():\n    assert app.total() == {value}\n" for name in marks)
            for value in (3, 4)
        )
        for kept in (functions, parsed, lines._added):
            kept.cache_clear()
        red, green = (report(" ".join(f"{name}:{mark}" for name in marks)) for mark in "fp")
        assert len(told(edit(before, after), red, green, base=green)) == tests
        return sum(kept.cache_info().misses for kept in (functions, parsed, lines._added))

    assert 0 < parses(4) == parses(16)


def test_what_stands_beside_the_tests_is_read_without_a_change_to_what_others_read() -> None:
    data = b"import app\n\n\ndef test_of_a_shared_tree():\n    assert app.total()\n"
    assert "test_of_a_shared_tree" not in _frame(data)
    assert list(functions(data)) == ["test_of_a_shared_tree"]
