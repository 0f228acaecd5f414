"""Checks that are about the same thing under another form of the product, or another sign."""

from __future__ import annotations

import pytest

from autopack.tampering import Kind
from tests.tampering.edits import PRODUCT, judge

SHAPES = "def area(points):\n    return len(points)\n\n\ndef around(points):\n    return len(points)\n"
SHAPE = (
    "class Shape:\n    def __init__(self, points):\n        self.points = points\n\n    @property\n    def area(self):\n"
    "        return len(self.points)\n\n    def around(self):\n        return len(self.points)\n"
)
FUNCTIONS = """from shop.shapes import area, around

CORNERS = [(0, 0), (2, 0), (2, 2), (0, 2), (0, 1)]


def test_it():
    assert area(CORNERS) == 5
    assert around([1]) == 1
"""
METHODS = """from shop.shapes import Shape

SHAPE = Shape([(0, 0), (2, 0), (2, 2), (0, 2), (0, 1)])


def test_it():
    assert SHAPE.area == 5
    assert Shape([1]).around() == 1
"""


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("", "", set()),
        ("    assert Shape([1]).around() == 1\n", "", {Kind.REMOVED}),
        ("SHAPE.area == 5", "SHAPE.area >= 1", {Kind.REMOVED}),
    ],
    ids=["as much", "one less", "less of it"],
)
def test_functions_that_become_methods(before: str, after: str, found: set[Kind]) -> None:
    assert before in METHODS
    base = {"shop/__init__.py": "", "shop/shapes.py": SHAPES, "tests/test_shapes.py": FUNCTIONS}
    change = {"shop/shapes.py": SHAPE, "tests/test_shapes.py": METHODS.replace(before, after) if before else METHODS}
    assert {s.kind for s in judge(base, change, goal="A class Shape takes the place.") if s.sure} == found


OPS = """from shop.ops import OPS

KNOWN = {'a', 'b'}
MISSING = {'c'}


def test_all():
    assert set(OPS) - set(KNOWN) == MISSING
"""


@pytest.mark.parametrize(
    ("check", "found"),
    [
        ("set(OPS) == set(KNOWN)", {Kind.REPLACED}),
        ("set(OPS) >= set(KNOWN)", {Kind.LOOSENED}),
        ("len(OPS) == 3", {Kind.REMOVED}),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_what_was_left_over_is_nothing_now(check: str, found: set[Kind], named: bool) -> None:
    """Another value, which a plan that names the file may ask for; not what is looked at less closely."""
    after = OPS.replace("set(OPS) - set(KNOWN) == MISSING", check)
    base = {"shop/__init__.py": "", "shop/ops.py": "OPS = {'a': 1, 'b': 2, 'c': 3}\n", "tests/test_ops.py": OPS}
    asked = {"goal": "The gap is closed.", "deliverables": ("tests/test_ops.py",)} if named else {}
    kinds = {s.kind for s in judge(base, {"tests/test_ops.py": after}, **asked) if s.sure}
    assert kinds == (found - {Kind.REPLACED} if named else found)


TEXT = """from shop.words import said


def test_said():
    assert said(1).startswith("nine hundred and one")
    assert said(2)["cents"] == 1999
"""


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ('"nine hundred and one"', '"nine hundred one"', Kind.REPLACED),
        ('"nine hundred and one"', '"nine"', Kind.LOOSENED),
        ('said(2)["cents"] == 1999', '"cents" not in said(2)', Kind.REPLACED),
        ('said(2)["cents"] == 1999', '"cents" in said(2)', Kind.LOOSENED),
        ('said(2)["cents"] == 1999', '"units" not in said(2)', Kind.LOOSENED),
    ],
)
def test_another_value_and_less_of_it(before: str, after: str, kind: Kind) -> None:
    base = {"shop/__init__.py": "", "shop/words.py": "def said(n):\n    return n\n", "tests/test_words.py": TEXT}
    found = [s for s in judge(base, {"tests/test_words.py": TEXT.replace(before, after)}) if s.sure]
    assert [s.kind for s in found] == [kind], [s.message for s in found]


POINTS = "class Point:\n    def __init__(self, x):\n        self.x = x\n\n"
POINTS += "    @classmethod\n    def zero(cls):\n        return cls(0)\n\n"
POINTS += "    def {name}(self, other):\n        return Point(self.x + other.x)\n"
OF_POINTS = """from shop.points import Point


def test_plus():
    a = Point(2)
    assert {plus} == a
"""


@pytest.mark.parametrize(
    ("plus", "found"),
    [("a + Point.zero()", set[Kind]()), ("Point(2)", {Kind.TAUTOLOGY})],
    ids=["the sign of it", "nothing of it"],
)
def test_what_was_expected_before_is_not_computed_now(plus: str, found: set[Kind]) -> None:
    base = {"shop/__init__.py": "", "shop/points.py": POINTS.format(name="plus"),
            "tests/test_points.py": OF_POINTS.format(plus="a.plus(Point.zero())")}  # fmt: skip
    change = {"shop/points.py": POINTS.format(name="__add__"), "tests/test_points.py": OF_POINTS.format(plus=plus)}
    assert {s.kind for s in judge(base, change, goal="A sign takes the place of plus().") if s.sure} == found


SPELL = """from shop.units import {names}


def spelled(seconds):
    parts = []
    for name, size in {table}:
        count, seconds = divmod(seconds, size)
        parts.append(f"{{count}}{{name}}")
    return " ".join(parts)


def test_spell():
    assert spell(90) == {expected}
"""
UNITS = "UNITS = (('m', 60), ('s', 1))\n\n\ndef spell(seconds):\n    return str(UNITS)\n"
UNITS += "\n\ndef units():\n    return UNITS\n"


@pytest.mark.parametrize(
    ("names", "table", "found"),
    [
        ("UNITS, spell", "UNITS", {Kind.LOOSENED}),
        ("spell", "(('m', 60), ('s', 1))", {Kind.REPLACED}),
        ("spell, units", "units()", {Kind.REPLACED}),
    ],
    ids=["with what the product holds", "with its own", "with what the product makes"],
)
def test_what_a_helper_makes_of_a_value_of_the_product(names: str, table: str, found: set[Kind]) -> None:
    before, after = (SPELL.format(names=names, table=table, expected=e) for e in ("'1m 30s'", "spelled(90)"))
    base = {"shop/__init__.py": "", "shop/units.py": UNITS, "tests/test_units.py": before}
    assert {s.kind for s in judge(base, {"tests/test_units.py": after}) if s.sure} == found


RANDOM = """import random
import statistics

from shop.sums import mean


def test_mean():
    {values}
    {expected}
    assert mean(values) == expected
"""
DRAWN = "values = [random.random() for _ in range(9)]"


@pytest.mark.parametrize(
    ("values", "expected", "reworded"),
    [
        ("values = [random.Random(1).random() for _ in range(9)]", "expected = statistics.fmean(values)", [True]),
        (DRAWN, "expected = statistics.median(values)", [False]),
        ("values = [1.5, 2.5]", "expected = 2.5", [True]),
    ],
    ids=["other data", "another value of the same", "both"],
)
def test_an_assertion_of_the_same_words_about_other_data_is_for_a_trial(
    values: str, expected: str, reworded: list[bool]
) -> None:
    before = RANDOM.format(values=DRAWN, expected="expected = statistics.fmean(values)")
    base = {"shop/__init__.py": "", "shop/sums.py": "def mean(values):\n    return sum(values) / len(values)\n"}
    base["tests/test_sums.py"] = before
    found = judge(base, {"tests/test_sums.py": RANDOM.format(values=values, expected=expected)})
    assert [s.reworded for s in found if s.sure] == reworded, [s.message for s in found]


def test_a_wider_tolerance_is_one_about_other_data_too() -> None:
    base, change = (
        {"tests/test_sums.py": RANDOM.format(values=values, expected=f"expected = pytest.approx(1.5, abs={tolerance})")}
        for values, tolerance in ((DRAWN, 0.001), ("values = [1.5, 1.5]", 0.1))
    )
    product = {"shop/__init__.py": "", "shop/sums.py": "def mean(values):\n    return sum(values) / len(values)\n"}
    found = judge({**product, **base}, change)
    assert [(s.kind, s.reworded) for s in found if s.sure] == [(Kind.WIDENED, False)]


TODAY = """from datetime import date

import pytest

import shop.days
from shop.days import asked

DAY = date(2024, 5, 14)


class Frozen(date):
    @classmethod
    def today(cls):
        return DAY


def test_today({given}):
    {first}
    assert asked() == {expected}
"""


@pytest.mark.parametrize(
    ("first", "expected", "reworded"),
    [
        ("monkeypatch.setattr(shop.days, 'date', Frozen)", "[DAY]", [True]),
        ("pass", "[DAY]", [False]),
        ("monkeypatch.setattr(shop.days, 'date', Frozen)", "[date.today(), DAY]", [False]),
    ],
    ids=["a clock that stands", "no stand-in", "still by the clock"],
)
def test_a_clock_that_has_a_stand_in_now_is_for_a_trial(first: str, expected: str, reworded: list[bool]) -> None:
    base = {
        "shop/__init__.py": "",
        "shop/days.py": "from datetime import date\n\n\ndef asked():\n    return [date.today()]\n",
    }
    base["tests/test_days.py"] = TODAY.format(given="", first="pass", expected="[date.today()]")
    found = judge(base, {"tests/test_days.py": TODAY.format(given="monkeypatch", first=first, expected=expected)})
    assert [s.reworded for s in found if s.sure and s.kind is Kind.REPLACED] == reworded, [s.message for s in found]


REFUSED = """from shop.cart import Cart, CartError


def test_{name}():
    cart = Cart()
    {first}
    try:
        cart.add({value})
    except CartError as error:
        assert "cart" in str(error)
    else:
        assert False, "not refused"
"""
TAKEN = """from shop.cart import Cart, CartError


def test_{name}():
    cart = Cart()
    {first}
    cart.add({value})
    assert cart.items
"""


@pytest.mark.parametrize(
    ("name", "value", "reworded"),
    [("texts", "7", True), ("texts", "''", False), ("empty", "7", False)],
    ids=["another thing", "the same thing", "the same name"],
)
def test_a_test_of_another_name_about_another_thing_may_only_be_like_the_one_that_is_gone(
    name: str, value: str, reworded: bool
) -> None:
    base = {**PRODUCT, "tests/test_cart.py": REFUSED.format(name="empty", first="cart.items.sort()", value="''")}
    change = {"tests/test_cart.py": TAKEN.format(name=name, first="cart.items.sort()", value=value)}
    found = [s for s in judge(base, change) if "no longer expects the error" in s.message]
    assert [s.reworded for s in found if s.sure] == [reworded], [s.message for s in judge(base, change)]
