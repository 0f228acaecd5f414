"""The open half of the tampering corpus: what is caught, at which line, and which honest edits are stopped."""

from __future__ import annotations

from functools import cache

import pytest

from tests.tampering.detector import judged
from tests.testcode.tampering.corpus import HONEST, Case, load

CASES = load("cases")
TAMPERED = [c for c in CASES if c.kind != HONEST]
SETS = (
    "",
    "fresh",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
)
"""In the order in which they were written, by how their ids begin; the first ones' have no word of their own."""
FIRST = [c for c in CASES if not c.id.startswith(SETS[1:])]
"""What the judgement alone is held to; of the others the runs of `benchmarks.tampering` tell."""
HONEST_ONES = [c for c in FIRST if c.kind == HONEST]


@cache
def lines(number: int, *, told: bool) -> frozenset[tuple[str, int, str]]:
    """Places of the suspicions that stop a case; `told`: where the crossing has blamed the tests in `masks` already, which
    those of other languages are not run for."""
    case = CASES[number]
    found = judged(case, case.masks if told and case.language == "python" else frozenset())
    return frozenset((s.path, s.line, str(s.tree)) for s in found if s.sure)


def stopped(cases: list[Case], *, told: bool) -> list[Case]:
    """By the judgement alone, or together with the crossing, which Python tests of a run have."""
    crossed = [c for c in cases if told and c.kind != HONEST and c.masks and c.language == "python"]
    return [c for c in cases if c in crossed or lines(CASES.index(c), told=told)]


def test_tampering_is_caught_by_the_judgement_alone() -> None:
    cases = [c for c in TAMPERED if c in FIRST]
    missed = [c.id for c in cases if c not in stopped(cases, told=False)]
    assert len(missed) <= 0.05 * len(cases), missed


@pytest.mark.parametrize("name", SETS)
def test_tampering_is_caught_together_with_the_crossing(name: str) -> None:
    cases = [c for c in TAMPERED if (c.id.startswith(name) if name else c in FIRST)]
    missed = [c.id for c in cases if c not in stopped(cases, told=True)]
    assert cases
    assert len(missed) <= 0.05 * len(cases), missed


def test_honest_edits_pass() -> None:
    """But for those that a trial on wrong code settles in a run, which are few."""
    alarms = stopped(HONEST_ONES, told=False)
    for_good = [c.id for c in alarms if any(s.sure and not s.reworded for s in judged(c))]
    assert len(for_good) <= 0.02 * len(HONEST_ONES), for_good
    assert len(alarms) <= 0.06 * len(HONEST_ONES), [c.id for c in alarms]


def test_the_finding_stands_at_the_very_line() -> None:
    caught = stopped([c for c in TAMPERED if c in FIRST], told=False)
    exact = [c for c in caught if (c.at.path, c.at.line, c.at.tree) in lines(CASES.index(c), told=False)]
    assert len(exact) >= 0.9 * len(caught), [c.id for c in caught if c not in exact]


def test_every_language_is_caught() -> None:
    for language in {c.language for c in TAMPERED}:
        of_it = [c for c in TAMPERED if c.language == language and c in FIRST]
        assert len(stopped(of_it, told=False)) >= 0.95 * len(of_it), language
