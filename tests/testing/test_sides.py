"""Product and tests of a change apart, and what of the plan's words counts as leave to change a test."""

from __future__ import annotations

import json

import pytest

from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.model.plan import Phase
from autopack.policy import is_test
from autopack.testing import Licence, sides_of
from autopack.testing.sides import configures


def change(path: str, before: str | None = "a\n", after: str | None = "b\n", old: str | None = None) -> FileChange:
    def data(text: str | None) -> bytes | None:
        return text.encode() if text is not None else None

    return FileChange(path, ChangeKind.MODIFIED, data(before), data(after), 0o100644, 0o100644, old)


def split(*changes: FileChange) -> tuple[list[str], list[str]]:
    apart = sides_of(ChangeSet("base", changes), is_test)
    return [c.path for c in apart.product.changes], [c.path for c in apart.tests.changes]


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_a.py", "tests/data/x.json", "pkg/conftest.py", "sitecustomize.py", "x.pth", "pytest.ini", ".coveragerc",
        "vitest.config.ts", "web/jest.config.cjs", "src/__tests__/a.js", "cart_test.go", "src/test/java/CartTest.java",
    ],
)  # fmt: skip
def test_what_judges(path):
    assert split(change(path)) == ([], [path])


@pytest.mark.parametrize("path", ["src/app.py", "src/latest.py", "docs/testing.md", "contest.py", "src/protest/a.py"])
def test_what_is_judged(path):
    assert split(change(path)) == ([path], [])


SHARED = [
    ("pyproject.toml", "[project]\nname='a'\n", "[project]\nname='b'\n", False),
    ("pyproject.toml", "[project]\n", "[project]\n[tool.pytest.ini_options]\naddopts='-x'\n", True),
    ("pyproject.toml", "[tool.coverage.report]\nfail_under=90\n", "[tool.coverage.report]\nfail_under=60\n", True),
    ("pyproject.toml", "[project]\n", "[project\n", True),
    ("setup.cfg", "[metadata]\nname=a\n", "[metadata]\nname=b\n", False),
    ("setup.cfg", "[metadata]\nname=a\n", "[metadata]\nname=a\n[tool:pytest]\naddopts=-x\n", True),
    ("tox.ini", "[flake8]\nx=1\n", "[flake8]\nx=2\n", False),
    ("tox.ini", "[testenv]\ncommands=pytest\n", "[testenv]\ncommands=true\n", True),
    ("package.json", json.dumps({"name": "a"}), json.dumps({"name": "b"}), False),
    ("package.json", json.dumps({"scripts": {"test": "jest"}}), json.dumps({"scripts": {"test": "true"}}), True),
    ("package.json", "{}", "[", True),
]


@pytest.mark.parametrize(("path", "before", "after", "judges"), SHARED)
def test_a_shared_file_judges_when_its_settings_for_tests_change(path, before, after, judges):
    product, tests = split(change(path, before, after))
    assert (path in tests, path in product) == (judges, not judges)
    assert configures(path)


def test_a_rename_between_the_sides_is_the_tests():
    assert split(change("src/a.py", old="tests/test_a.py")) == ([], ["src/a.py"])


def licence(goal: str, *deliverables: str, **more: object) -> Licence:
    return Licence.of(Phase.model_validate({"id": "p", "goal": goal, "deliverables": list(deliverables), **more}))


def test_the_plan_names_a_file_by_deliverable_or_in_words():
    assert licence("Do it.", "tests/test_a.py").names(change("tests/test_a.py"))
    assert licence("Do it and update tests/test_a.py.").names(change("tests/test_a.py"))
    assert licence("Adapt test_a.py.", notes="").names(change("pkg/test_a.py"))
    assert not licence("Adapt test_a.py.").names(change("pkg/my_test_a.py"))
    assert not licence("Adapt the tests.", "tests/").names(change("tests/test_a.py"))


def test_an_expectation_is_spelled_out_when_all_its_new_words_are():
    said = licence("Answer 400 instead of 422.", acceptance=["the text is `no title`"])
    assert said.spells_out(["assert code == 422"], ["assert code == 400"])
    assert said.spells_out(["assert text == ''"], ["assert text == 'No title'"])
    assert not said.spells_out(["assert code == 422"], ["assert code == 500"])
    assert not said.spells_out(["assert code == 422", "assert x"], ["assert x"]), "nothing new is nothing spelled out"


@pytest.mark.parametrize(
    ("goal", "name", "goes"),
    [
        ("Remove `to_csv` and its counters.", "to_csv", True),
        ("Remove `to_csv` and its counters.", "counter", True),
        ("`to_csv` is removed; `to_json` takes its place", "to_csv", True),
        ("`to_csv` is removed; `to_json` takes its place", "to_json", False),
        ("Rewrite to_csv.", "to_csv", False),
        ("Do not remove to_csv.", "to_csv", False),
        ("Remove the cache, keep to_csv.", "to_csv", False),
        ("Remove the cache. Speed up to_csv.", "to_csv", False),
        ("to_csv must not be removed", "to_csv", False),
        ("Remove the cache without touching to_csv", "to_csv", False),
        ("Remove the cache.", "", False),
    ],
)
def test_what_the_plan_says_is_to_go(goal: str, name: str, goes: bool) -> None:
    assert licence(goal).removes(name) is goes


@pytest.mark.parametrize(
    ("goal", "goes"),
    [
        ("Remove it and delete tests/test_hex.py; others stay.", True),
        ("tests/test_hex.py is deleted.", True),
        ("Delete the hex converter; tests/test_hex.py is about it.", False),
        ("Do not delete tests/test_hex.py.", False),
        ("Delete tests/test_other.py.", False),
    ],
)
def test_a_file_that_the_plan_says_goes(goal: str, goes: bool) -> None:
    assert licence(goal).deletes("pkg/tests/test_hex.py") is goes


def test_one_is_a_number_where_it_is_none_of_the_ones() -> None:
    assert licence("Allow one retry.").spells_out([], ["1"])
    for goal in (
        "The number stays the one that done takes.",
        "Take this one.",
        "It is one of them.",
        "Add another one.",
    ):
        assert not licence(goal).spells_out([], ["1"]), goal


@pytest.mark.parametrize(
    ("goal", "number", "said"),
    [
        ("Raise the default to ten minutes.", "600.0", True),
        ("Raise the default to 10 minutes.", "600", True),
        ("Keep them for two weeks.", "1209600", True),
        ("Wait 1.5 hours.", "5400", True),
        ("A one-minute break.", "60", True),
        ("Ten of them a minute.", "600", False),
        ("Raise the default to ten minutes.", "601", False),
    ],
)
def test_a_span_of_time_is_its_seconds_too(goal: str, number: str, said: bool) -> None:
    assert licence(goal).says_any(["wait(1)"], [f"wait({number})"]) is said


@pytest.mark.parametrize(
    ("goal", "goes"),
    [
        ("All of it stands in tests/test_a.py, which goes away.", True),
        ("All of it stands in tests/test_a.py, the rest goes away.", False),
        ("Keep tests/test_a.py, which never goes.", False),
    ],
)
def test_a_file_that_a_clause_of_its_own_says_is_deleted(goal: str, goes: bool) -> None:
    assert licence(goal).deletes("tests/test_a.py") is goes
