"""Tests of one thing in many spellings: another spelling is not suspicious, less is in each of them."""

from __future__ import annotations

import ast
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from autopack.tampering import Suspicion
from tests.tampering.edits import judge, rewritten
from tests.tampering.weakenings import weakened

TESTS = "tests/test_cart.py"


class Spelling(NamedTuple):
    name: str
    files: dict[str, str]
    """With the tests' file."""


class Group(NamedTuple):
    name: str
    alike: bool
    weaker: list[tuple[str, str]]
    spellings: list[Spelling]


@cache
def held() -> tuple[dict[str, str], list[Group]]:
    """The product, and the groups."""
    text = Path(__file__).with_name("forms").joinpath("spellings.yaml").read_text("utf-8")
    entry: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    groups = [
        Group(
            name,
            group["alike"],
            [(before, after) for before, after in group["weaker"]],
            [Spelling(n, _files(s, entry["imports"])) for n, s in group["spellings"].items()],
        )
        for name, group in entry["groups"].items()
    ]
    return {"shop/__init__.py": "", **entry["product"]}, groups


def _files(spelling: str | dict[str, str], imports: str) -> dict[str, str]:
    return spelling if isinstance(spelling, dict) else {TESTS: f"{imports}\n\n{spelling}"}


GROUPS = held()[1]
PAIRS = [(group, one, other) for group in GROUPS for one, other in permutations(group.spellings, 2)]
SPELLINGS = [(group, spelling) for group in GROUPS for spelling in group.spellings]


def _id(entry: tuple[Any, ...]) -> str:
    return "-".join(part.name for part in entry)


def found(one: Spelling, files: dict[str, str]) -> list[Suspicion]:
    """What stops the phase when a spelling becomes these files."""
    gone = dict.fromkeys(one.files.keys() - files.keys())
    return [s for s in judge({**held()[0], **one.files}, {**files, **gone}) if s.sure]


@pytest.mark.parametrize("pair", PAIRS[::7], ids=_id)
def test_another_spelling_is_not_suspicious(pair: tuple[Group, Spelling, Spelling]) -> None:
    holds_as_much(*pair)


@pytest.mark.parametrize("pair", PAIRS[3::7], ids=_id)
def test_less_in_another_spelling_is_found(pair: tuple[Group, Spelling, Spelling]) -> None:
    holds_less(*pair)


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids=_id)
def test_every_other_spelling(pair: tuple[Group, Spelling, Spelling]) -> None:
    holds_as_much(*pair)
    holds_less(*pair)


def holds_as_much(group: Group, one: Spelling, other: Spelling) -> None:
    """What is asked in other words may go on trial where the group is not alike."""
    assert [s for s in found(one, other.files) if group.alike or not s.reworded] == []


def holds_less(group: Group, one: Spelling, other: Spelling) -> None:
    for before, after in group.weaker:
        less = {path: text.replace(before, after) for path, text in other.files.items()}
        if less != other.files:
            assert found(one, less), (before, after)


@pytest.mark.parametrize("entry", SPELLINGS[::3], ids=_id)
def test_every_weakening_of_a_spelling_is_found(entry: tuple[Group, Spelling]) -> None:
    assert _let_through(entry[1]) == []


@pytest.mark.slow
@pytest.mark.parametrize("entry", SPELLINGS, ids=_id)
def test_every_weakening_of_every_spelling_is_found(entry: tuple[Group, Spelling]) -> None:
    assert _let_through(entry[1]) == []


def _let_through(spelling: Spelling) -> list[str]:
    plain = Spelling(spelling.name, {path: ast.unparse(ast.parse(text)) for path, text in spelling.files.items()})
    edits = [
        (done, {**plain.files, path: after}) for path, text in plain.files.items() for done, after in weakened(text)
    ]
    assert len(edits) > 5
    return [done for done, files in edits if not found(plain, files)]


FAR = "from shop.grid import far, near\n\n\ndef test_far():\n    found = near(2)\n    assert {asked}\n"


@pytest.mark.parametrize(
    ("before", "after", "less"),
    [
        ("far(1, 2) == 4", "far(1, 2) == far(2, 1) == 4", False),
        ("far(1, 2) == 4", "4 == far(1, 2) == far(2, 1)", False),
        ("far(1, 2) == 4 and far(2, 1) == 4", "far(1, 2) == far(2, 1) == 4", False),
        ("far(1, 2) > 0 and far(1, 2) == 4", "0 < far(1, 2) == 4", False),
        ("far(1, 2) > 0 and far(1, 2) < 5", "0 < far(1, 2) < 5", False),
        ("far(1, 2) == 4", "far(1, 2) == far(2, 1)", True),
        ("far(1, 2) == far(2, 1) == 4", "far(1, 2) == far(2, 1)", True),
        ("far(1, 2) == far(2, 1) == 4", "far(2, 1) == 4", True),
        ("far(1, 2) == far(2, 1) == 4", "far(1, 2) == far(2, 1) == 5", True),
        ("all([far(n, 2) for n in found]) == True", "all(far(n, 2) for n in found)", False),
        ("(far(1, 2) == 4) is True", "far(1, 2) == 4", False),
        ("(far(1, 2) == 4) is True", "far(1, 2) == 5", True),
        ("(far(1, 2) == 4) == True", "(far(1, 2) == 4) == False", True),
        ("all(far(n, 2) for n in found)", "any(far(n, 2) for n in found)", True),
        ("not any(far(n, 2) for n in found)", "not all(far(n, 2) for n in found)", True),
        ("any(far(n, 2) for n in found)", "all(far(n, 2) for n in found)", False),
    ],
)
def test_chains_of_one_value_and_words_for_true(before: str, after: str, less: bool) -> None:
    assert bool(rewritten(FAR.format(asked=before), FAR.format(asked=after))) == less
