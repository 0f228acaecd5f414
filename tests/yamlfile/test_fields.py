from __future__ import annotations

from typing import Any

import pytest

from autopack.model.plan import IDENTIFIER, Plan
from autopack.yamlfile import choices, field_at, fields_at, is_model, known_keys, limits, types_at


def test_keys_are_those_a_user_writes() -> None:
    assert known_keys(Plan, ("workspace",)) == ["copy", "link", "setup", "setup_timeout_seconds"]
    assert known_keys(Plan, ("phases", 3, "scope", "read_only", 0)) == ["path", "reason"]
    assert known_keys(Plan, ("phases", 3, "tests", "env")) == []
    assert known_keys(Plan, ("nowhere", 0)) == []


@pytest.mark.parametrize(
    ("loc", "words"),
    [
        (("phases", 0, "depends_on"), "must be complete before"),
        (("phases", 0, "depends_on", 2), "must be complete before"),
        (("phases", 0, "tests", "env", "X"), "environment of the test process"),
        (("phases", 0, "deliverables", "code", 0), "must exist afterwards"),
        (("workspace", "copy", 0), "copied from your checkout"),
    ],
)
def test_an_entry_belongs_to_a_field(loc: tuple[str | int, ...], words: str) -> None:
    field = field_at(Plan, loc)
    assert field is not None
    assert words in (field.description or "")


def test_what_is_no_entry_of_the_model_has_no_field() -> None:
    assert field_at(Plan, ()) is None
    assert field_at(Plan, ("x", "y", 0)) is None
    assert fields_at(Plan, ("run", "x")) == {}


@pytest.mark.parametrize(
    ("loc", "values"),
    [
        (("run", "base"), ["head", "working-tree"]),
        (("phases", 0, "change_size"), ["small_fix", "large_refactor"]),
        (("phases", 0, "tests", "skip"), [True, False]),
        (("autopack",), [1]),
        (("phases", 0, "goal"), []),
    ],
)
def test_allowed_values(loc: tuple[str | int, ...], values: list[Any]) -> None:
    assert choices(types_at(Plan, loc)) == values


@pytest.mark.parametrize(
    ("loc", "bounds"),
    [
        (("phases", 0, "attempt_cap"), {"ge": 1, "le": 20}),
        (("phases", 0, "tests", "per_test_timeout_seconds"), {"ge": 1, "le": 86400}),
        (("run", "money_cap_usd"), {"gt": 0}),
        (("phases", 0, "tier"), {"pattern": IDENTIFIER}),
        (("phases", 0, "goal"), {"min_length": 1}),
        (("phases", 0, "checks"), {}),
    ],
)
def test_limits(loc: tuple[str | int, ...], bounds: dict[str, Any]) -> None:
    field = field_at(Plan, loc)
    assert field is not None
    assert limits(field) == bounds


def test_branches_of_a_union_are_told_one_by_one() -> None:
    types = types_at(Plan, ("phases", 0, "scope", "read_only", 0))
    assert [is_model(branch) for branch in types] == [True, False]
