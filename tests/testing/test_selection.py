"""Which tests are run before the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.model.test_report import CollectionError, Failure, RunnerEnd, TestOutcome, TestReport, TestResult
from autopack.testing import Selection, select_tests

SECONDS = {
    "tests/test_a.py::test_one": 1.0,
    "tests/test_a.py::test_two": 1.0,
    "tests/test_b.py::TestB::test_many[1]": 1.0,
    "tests/test_b.py::TestB::test_many[2]": 1.0,
    "tests/test_c.py::test_slow": 6.0,
}
PATHS = frozenset({"src/a.py", "src/b.py", *(test.partition("::")[0] for test in SECONDS)})


def report(seconds: Mapping[str, float] = SECONDS, **more: Any) -> TestReport:
    results = tuple(TestResult(test, TestOutcome.PASSED, took) for test, took in seconds.items())
    return TestReport("k", "t", "pytest", (), RunnerEnd.FINISHED, 0, results, duration=12.0, **more)


def change(
    path: str, before: str | None = "a\nb\nc\nd\n", after: str | None = "a\nb\nC\nd\n", old: str = ""
) -> FileChange:
    def data(text: str | None) -> bytes | None:
        return text.encode() if text is not None else None

    return FileChange(path, ChangeKind.MODIFIED, data(before), data(after), REGULAR, REGULAR, old or None)


def select(
    *changes: FileChange,
    near: Mapping[str, int] | None = None,
    baseline: TestReport | None = None,
    must_pass: Collection[str] = (),
    wanted: Collection[str] = (),
    paths: Collection[str] = PATHS,
) -> Selection | None:
    return select_tests(
        ChangeSet("b" * 40, changes), baseline or report(), tuple(must_pass), tuple(wanted),
        {*paths, *(c.path for c in changes if c.after is not None)}, lambda unseen: dict(near or {}) if unseen else {},
    )  # fmt: skip


def entries(found: Selection | None) -> list[str]:
    return list(found.entries) if found else []


def test_tests_that_import_what_changes_nearest_first_while_there_is_time() -> None:
    near = {"tests/test_b.py": 2, "tests/test_a.py": 1, "tests/test_c.py": 3, "src/b.py": 1}
    found = select(change("src/a.py"), near=near)
    assert entries(found) == ["tests/test_a.py", "tests/test_b.py"]
    assert found is not None and found.share == pytest.approx(0.4)


def test_nothing_where_the_nearest_take_most_of_the_time() -> None:
    assert select(change("src/a.py"), near={"tests/test_c.py": 1, "tests/test_a.py": 2}) is None


def test_nothing_where_no_test_is_known_to_be_affected() -> None:
    assert select(change("README.md")) is None


def test_changed_tests_and_those_that_must_pass_always() -> None:
    found = select(change("tests/test_a.py"), must_pass=["tests/test_b.py::TestB", "tests/test_gone.py::test_x"])
    assert entries(found) == ["tests/test_a.py", "tests/test_b.py::TestB"]
    assert found is not None and found.must_pass == ("tests/test_b.py::TestB",)


def test_nothing_where_these_alone_take_most_of_the_time() -> None:
    assert select(change("tests/test_a.py"), must_pass=["tests/test_c.py::test_slow"]) is None


@pytest.mark.parametrize(
    ("path", "wanted", "run"),
    [
        ("tests/test_new.py", (), True),
        ("tests/deep/test_new.py", (), True),
        ("tests/test_new.py", ("tests/",), True),
        ("tests/test_new.py", ("tests/test_a.py",), False),
        ("tests/helpers.py", (), False),
        ("tests/new_test.py", (), False),
        ("elsewhere/test_new.py", (), False),
    ],
)
def test_a_new_file_where_the_runner_would_collect_it(path: str, wanted: tuple[str, ...], run: bool) -> None:
    assert entries(select(change(path, None, "x\n"), wanted=wanted)) == ([path] if run else [])


def test_a_file_that_the_base_could_not_collect_counts_as_collected() -> None:
    broken = report(collection_errors=(CollectionError("tests/test_d.py", Failure("", 0, "no")),))
    assert entries(select(change("tests/test_d.py"), baseline=broken)) == ["tests/test_d.py"]


def test_tests_that_executed_the_changed_lines_instead_of_what_imports_the_file() -> None:
    covering = {"src/a.py": {2: ("tests/test_a.py::test_one",), 3: ("tests/test_b.py::TestB::test_many[1]",)}}
    found = select(change("src/a.py"), near={"tests/test_a.py": 1}, baseline=report(covering=covering))
    assert entries(found) == ["tests/test_b.py::TestB::test_many[1]"]
    assert found is not None and found.share == pytest.approx(0.1)


def test_tests_that_executed_the_lines_between_which_something_is_put() -> None:
    covering = {"src/a.py": {n: (f"tests/test_a.py::test_{word}",) for n, word in ((1, "one"), (2, "two"))}}
    covering["src/a.py"][4] = ("tests/test_c.py::test_slow",)
    found = select(change("src/a.py", after="a\nnew\nb\nc\nd\n"), baseline=report(covering=covering))
    assert entries(found) == ["tests/test_a.py::test_one", "tests/test_a.py::test_two"]


def test_any_test_that_executed_the_file_where_none_executed_these_lines() -> None:
    covering = {"src/old.py": {1: ("tests/test_a.py::test_one",)}}
    found = select(change("src/a.py", old="src/old.py"), baseline=report(covering=covering))
    assert entries(found) == ["tests/test_a.py::test_one"]


def test_files_whole_where_their_tests_would_be_too_long_a_list() -> None:
    many = {f"tests/test_a.py::test_{n:04}_{'x' * 40}": 0.001 for n in range(600)}
    covering = {"src/a.py": {3: tuple(many)}}
    found = select(change("src/a.py"), baseline=report({**SECONDS, **many}, covering=covering))
    assert entries(found) == ["tests/test_a.py"]


def test_nothing_where_the_names_of_the_files_are_too_long_a_list() -> None:
    many = {f"tests/test_{n}_{'x' * 60}.py": 1 for n in range(600)}
    seconds = {**{f"{path}::test": 0.001 for path in many}, **SECONDS}
    assert select(change("src/a.py"), near=many, baseline=report(seconds), paths={*PATHS, *many}) is None


def test_the_bases_report_of_them_alone() -> None:
    changes = (change("tests/test_a.py"), change("tests/test_moved.py", old="tests/test_c.py"))
    found = select(*changes, must_pass=["tests/test_b.py::TestB::test_many[2]"], paths=PATHS - {"tests/test_c.py"})
    assert found is not None and found.gone == {"tests/test_c.py"}
    part = found.of(report(missing_paths=("tests/none.py",)))
    assert {r.id for r in part.results} == {
        "tests/test_a.py::test_one", "tests/test_a.py::test_two", "tests/test_b.py::TestB::test_many[2]",
        "tests/test_c.py::test_slow",
    }  # fmt: skip
    assert part.missing_paths == ()


def test_where_tests_take_no_time_their_number_counts() -> None:
    instant = report(dict.fromkeys(SECONDS, 0.0))
    found = select(change("src/a.py"), near={"tests/test_c.py": 1, "tests/test_a.py": 2}, baseline=instant)
    assert entries(found) == ["tests/test_c.py"]
