"""Checks that are about the same thing under another form of the product, or another sign."""

from __future__ import annotations

import pytest

from autopack.tampering import Kind
from tests.tampering.edits import judge

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
