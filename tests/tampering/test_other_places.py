"""What tests ask that stands elsewhere now: in a data file, a fixture, a context manager, a test of its own."""

from __future__ import annotations

import pytest

from autopack.tampering import Kind
from tests.tampering.detector import judged
from tests.tampering.edits import PRODUCT, judge, kinds
from tests.testcode.tampering.corpus import HALVES, load

ROWS = """import pytest

from shop.cart import total

CASES = [
    ("#000", (0, 0)),
    ("#fff", (1, 2)),
]


@pytest.mark.parametrize("text, wanted", CASES)
def test_total(text, wanted):
    assert total(text) == wanted
"""
READS = """import csv
from pathlib import Path

import pytest

from shop.cart import total

with (Path(__file__).parent / "rows.csv").open() as table:
    CASES = [(row[0], tuple(map(int, row[1:]))) for row in csv.reader(table)]


@pytest.mark.parametrize("text, wanted", CASES)
def test_total(text, wanted):
    assert total(text) == wanted
"""


@pytest.mark.parametrize(
    ("rows", "name", "lost"),
    [
        ("text,a,b\n#000,0,0\n#fff,1,2\n", "rows.csv", False),
        ("text,a,b\n#000,0,0\n", "rows.csv", True),
        ("text,a,b\n#000,0,0\n#fff,1,3\n", "rows.csv", True),
        ("text,a,b\n#000,0,0\n#fff,1,2\n", "other.csv", True),
    ],
    ids=["all", "one less", "another value", "another file"],
)
def test_a_table_that_becomes_a_data_file(rows: str, name: str, lost: bool) -> None:
    base = {**PRODUCT, "tests/test_rows.py": ROWS}
    found = kinds(judge(base, {"tests/test_rows.py": READS, f"tests/{name}": rows}))
    assert found == ({Kind.EMPTIED} if lost else set())


def test_rows_that_a_data_file_had_before_are_no_new_home() -> None:
    rows = "text,a,b\n#000,0,0\n#fff,1,2\n"
    base = {**PRODUCT, "tests/test_rows.py": ROWS, "tests/rows.csv": rows}
    assert kinds(judge(base, {"tests/test_rows.py": READS, "tests/rows.csv": rows + "#eee,1,1\n"})) == {Kind.EMPTIED}


POSTS = """from shop.cart import Cart, names

OTHER = "Emil"
CARTS = [
    Cart("Rosa", 2),
    Cart(OTHER, 0),
]


def test_names():
    assert names(CARTS[0]) == "Rosa"
    assert names(CARTS[1]) == "Emil"
"""
FIXTURE = """import pytest

from shop.cart import Cart, names


@pytest.fixture
def carts():
    return [Cart("Rosa", 2), Cart("Emil", 0)]


def test_first(carts):
    assert names(carts[0]) == "Rosa"


def test_second(carts):
    assert names(carts[1]) == "Emil"
"""


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ("", "", False),
        ('    assert names(carts[1]) == "Emil"', "    assert carts", True),
    ],
    ids=["as much", "one less"],
)
def test_objects_of_a_constant_that_become_a_fixture(before: str, after: str, lost: bool) -> None:
    base = {**PRODUCT, "tests/test_posts.py": POSTS}
    found = judge(base, {"tests/test_posts.py": FIXTURE.replace(before, after) if before else FIXTURE})
    assert bool(kinds(found)) is lost, [s.message for s in found]


REFUSES = """from contextlib import contextmanager

import pytest

from shop.cart import CartError, total


def test_empty():
    with pytest.raises(CartError, match="nothing"):
        total([])
"""
REFUSED = """from contextlib import contextmanager

import pytest

from shop.cart import CartError, total


@contextmanager
def refused(what, reason):
    before = list(what)
    with pytest.raises(CartError, match=reason):
        yield
    assert what == before


def test_empty():
    with refused([], "nothing"):
        total([])
"""


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("", "", set()),
        ('"nothing")', '"")', {Kind.BROADENED}),
        ("pytest.raises(CartError,", "pytest.raises(Exception,", {Kind.BROADENED}),
        ("        total([])", "        raise CartError('nothing')", {Kind.BROADENED}),
    ],
    ids=["as much", "no text", "any error", "raises it itself"],
)
def test_an_error_that_a_context_manager_of_the_tests_expects(before: str, after: str, found: set[Kind]) -> None:
    change = {"tests/test_empty.py": REFUSED.replace(before, after) if before else REFUSED}
    assert kinds(judge({**PRODUCT, "tests/test_empty.py": REFUSES}, change)) == found


@pytest.mark.parametrize("gone", ["    assert what == before\n", ""])
def test_what_a_context_manager_of_the_tests_checks_besides(gone: str) -> None:
    base = {**PRODUCT, "tests/test_empty.py": REFUSED}
    change = {"tests/test_empty.py": REFUSED.replace(gone, "") if gone else REFUSED + "\n"}
    assert kinds(judge(base, change)) == ({Kind.REMOVED} if gone else set())


SAID = """import pytest

from shop.cart import total


@pytest.fixture
def run():
    def ran(*argv):
        lines = []
        code = total([*argv], lines.append)
        return code, lines

    return ran


def test_said(run):
    assert run("a") == (0, ["a"])
"""


@pytest.mark.parametrize(
    ("after", "goal", "sure"), [('(0, ["b"])', "Say b.", False), ('(0, ["b"])', "Be quick.", True)]
)
def test_what_a_helper_lets_the_product_fill_is_no_literal(after: str, goal: str, sure: bool) -> None:
    change = {"tests/test_said.py": SAID.replace('(0, ["a"])', after)}
    found = judge({**PRODUCT, "tests/test_said.py": SAID}, change, goal=goal)
    assert [(s.kind, s.sure) for s in found] == [(Kind.REPLACED, sure)]


PHONES = """import pytest

from shop.cart import total


@pytest.mark.parametrize(("raw", "number"), [("0044", 44), ("12 34", None)])
def test_phone(raw, number):
    assert total(raw) == number
"""


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('    with pytest.raises(ValueError):\n        total("12 34")\n', {Kind.REPLACED}),
        ('    with pytest.raises(ValueError):\n        total("12 35")\n', {Kind.EMPTIED}),
        ('    assert total("12 34") != 1\n', {Kind.EMPTIED}),
    ],
    ids=["an error now", "of something else", "less of it"],
)
def test_a_case_that_becomes_a_test_of_its_own(body: str, found: set[Kind]) -> None:
    after = PHONES.replace(', ("12 34", None)', "") + f"\n\ndef test_short():\n{body}"
    assert kinds(judge({**PRODUCT, "tests/test_phone.py": PHONES}, {"tests/test_phone.py": after})) == found


STEPS = """from shop.cart import Cart


def test_steps():
    cart = Cart()
    cart.add(1)
    assert cart.items == [1]
    cart.add(2)
    assert cart.items == [1, 2]
"""
GONE = "    assert cart.items == [1]\n"
FEWER = STEPS.replace(GONE, "").replace("    cart", "    basket").replace("assert cart", "assert basket")


@pytest.mark.parametrize(
    ("after", "reworded"),
    [
        (FEWER, False),
        (STEPS.replace(GONE, "    assert cart.add(5) == 2\n"), True),
        (FEWER + "\n\ndef test_one(one):\n    assert one.stock == [1]\n", True),
        (FEWER + "\n\ndef test_one(one):\n    assert one.stock == [3]\n", False),
    ],
    ids=["nothing in its place", "something in the test", "the same value elsewhere", "another value elsewhere"],
)
def test_an_assert_that_is_gone_with_nothing_in_its_place_is_for_no_trial(after: str, reworded: bool) -> None:
    found = judge({**PRODUCT, "tests/test_steps.py": STEPS}, {"tests/test_steps.py": after})
    assert {(s.kind, s.reworded) for s in found if s.sure} == {(Kind.REMOVED, reworded)}


def test_cases_of_a_table_that_is_as_long_as_it_was_are_not_gone() -> None:
    (case,) = (c for half in HALVES for c in load(half) if c.id == "tenth-honest-61")
    found = judged(case)
    assert {s.kind for s in found} == {Kind.REMOVED, Kind.REPLACED}
    assert not any(s.sure for s in found), [s.message for s in found if s.sure]


def test_an_item_of_a_dict_that_is_filled_is_no_literal() -> None:
    helper = (
        "def lines(edits):\n    found = {'-': [], '+': []}\n"
        "    for sign, line in edits:\n        found[sign].append(line)\n    assert found == {'-': ['a'], '+': ['b']}\n"
    )
    before = f"from shop.cart import names\n\n\n{helper}\n\ndef test_lines():\n    lines(names('ab'))\n"
    found = judge({**PRODUCT, "tests/test_lines.py": before}, {"tests/test_lines.py": before.replace("['b']", "['c']")})
    assert [s.kind for s in found] == [Kind.REPLACED]


BOOK = """import pytest

from shop.cart import Cart


@pytest.fixture
def cart(request):
    cart = Cart()
    cart.add(2)
{before}    yield cart
{after}

def test_sum(cart):
    assert cart.total() == 2
"""
ASSERT = "    assert len(cart.items) == 1\n"


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [(ASSERT, "", False), ("", "", True), ("", "    assert len(cart.items) >= 0\n", True)],
    ids=["before what it gives", "gone", "less of it"],
)
def test_what_a_fixture_asserts_behind_a_test(before: str, after: str, lost: bool) -> None:
    base = {**PRODUCT, "tests/test_cart.py": BOOK.format(before="", after=ASSERT)}
    found = judge(base, {"tests/test_cart.py": BOOK.format(before=before, after=after)})
    assert any(s.sure and s.test == "tests/test_cart.py::test_sum" for s in found) is lost, [s.message for s in found]


def test_what_a_fixture_does_is_no_part_of_what_it_asserts() -> None:
    base = {**PRODUCT, "tests/test_cart.py": BOOK.format(before="", after=ASSERT)}
    more = {"tests/test_cart.py": BOOK.format(before="    cart.add(0)\n    cart.items.remove(0)\n", after=ASSERT)}
    assert [s.message for s in judge(base, more) if s.sure] == []
    assert [
        s.message for s in judge({**base, **more}, {"tests/test_cart.py": base["tests/test_cart.py"]}) if s.sure
    ] == []


CASE = """import unittest

from shop.cart import Cart


class CartTest(unittest.TestCase):
    def setUp(self):
        self.cart = Cart()

    def tearDown(self):
        self.cart.add(1)
{after}
    def test_sum(self):
        self.cart.add(2)
        self.assertEqual(self.cart.total(), 2)
"""


@pytest.mark.parametrize(("after", "lost"), [("        self.assertTrue(self.cart.items)\n", False), ("", True)])
def test_what_a_tear_down_asserts_belongs_to_each_test(after: str, lost: bool) -> None:
    base = {**PRODUCT, "tests/test_cart.py": CASE.format(after="        self.assertTrue(self.cart.items)\n")}
    found = judge(base, {"tests/test_cart.py": CASE.format(after=after) + "\n"})
    assert any(s.sure and s.kind is Kind.REMOVED for s in found) is lost, [s.message for s in found]


def test_what_a_tear_down_does_is_no_part_of_what_it_asserts() -> None:
    base = {**PRODUCT, "tests/test_cart.py": CASE.format(after="        self.assertTrue(self.cart.items)\n")}
    change = {"tests/test_cart.py": base["tests/test_cart.py"].replace("        self.cart.add(1)\n", "")}
    assert [s.message for s in judge(base, change) if s.sure] == []
