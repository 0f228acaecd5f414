"""What the plan asks for passes, what was tested may go, and tests may move and change their form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from autopack.tampering import Kind
from tests.tampering.edits import PRODUCT, judge, kinds

PLANS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "forms" / "plans.yaml").read_text("utf-8"))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan["id"])
def test_the_phase_stops_where_it_should(plan: dict[str, Any]) -> None:
    words = {"goal": plan["goal"]} if "goal" in plan else {}
    found = judge({**PRODUCT, **plan["base"]}, plan["change"], deliverables=tuple(plan.get("named", ())), **words)
    assert bool(kinds(found)) is plan["stops"]


ASKED = """from shop.cart import Cart


def test_items():
    cart = Cart()
    assert cart.add(3) == 1
    assert cart.items == [3]
"""
LESS = ASKED.replace("    assert cart.items == [3]\n", "")


@pytest.mark.parametrize(
    ("goal", "stops"),
    [
        ("Remove the items of a cart.", False),
        ("Replace the items by a list of lines.", True),
        ("The items are dropped.", False),
        ("Items stay as they are: drop the assertions that say otherwise.", False),
        ("Keep the items sorted.", True),
    ],
)
def test_an_assertion_goes_with_what_the_plan_says_goes_in_a_file_it_names(goal: str, stops: bool) -> None:
    words = {"goal": goal, "deliverables": ("tests/test_cart.py",)}
    found = judge({**PRODUCT, "tests/test_cart.py": ASKED}, {"tests/test_cart.py": LESS}, **words)  # type: ignore[arg-type]
    assert bool(kinds(found)) is stops


@pytest.mark.parametrize(
    ("after", "goal"),
    [("> 0", "Give numbers in the order of items only."), ("== 1 or cart", "Take no longer, in order.")],
)
def test_words_that_any_plan_may_have_are_no_leave_to_ask_less(after: str, goal: str) -> None:
    words = {"goal": goal, "deliverables": ("tests/test_cart.py",)}
    change: dict[str, str | None] = {"tests/test_cart.py": ASKED.replace("== 1", after)}
    assert kinds(judge({**PRODUCT, "tests/test_cart.py": ASKED}, change, **words))  # type: ignore[arg-type]


ORDERED = ASKED.replace("cart.items == [3]", "cart.order() == [3, 1]")


@pytest.mark.parametrize(
    ("goal", "stops"),
    [
        ("Make order() iterative, so that long carts do not fail.", True),
        ("The order of items does not matter any more.", False),
        ("Items need not keep their order.", False),
    ],
)
def test_an_order_is_given_up_by_more_than_the_word(goal: str, stops: bool) -> None:
    after = ORDERED.replace("cart.order() == [3, 1]", "sorted(cart.order()) == [1, 3]")
    change: dict[str, str | None] = {"tests/test_cart.py": after}
    words = {"goal": goal, "deliverables": ("tests/test_cart.py",)}
    found = judge({**PRODUCT, "tests/test_cart.py": ORDERED}, change, **words)  # type: ignore[arg-type]
    assert bool(kinds(found)) is stops


WAITS = """import threading

from shop.cart import Cart


def test_done():
    done = threading.Event()
    threading.Timer(0.01, done.set).start()
    assert done.wait(timeout=2)
"""


@pytest.mark.parametrize(
    ("goal", "stops"),
    [
        ("Cart.wait(timeout) waits for a cart.", True),
        ("Raise an error after the timeout; the call takes no longer.", True),
        ("Increase the timeout of the tests, the machines are slow.", False),
        ("The tests may be slower.", False),
    ],
)
def test_a_longer_wait_needs_more_than_a_word_that_the_product_may_have(goal: str, stops: bool) -> None:
    change: dict[str, str | None] = {"tests/test_cart.py": WAITS.replace("timeout=2", "timeout=60")}
    words = {"goal": goal, "deliverables": ("tests/test_cart.py",)}
    found = judge({**PRODUCT, "tests/test_cart.py": WAITS}, change, **words)  # type: ignore[arg-type]
    assert bool(kinds(found)) is stops


REFUSED = """import pytest

from shop.cart import Empty, total


def test_nothing():
    with pytest.raises(Empty, match="nothing in the cart"):
        total([])
"""


@pytest.mark.parametrize(
    ("expected", "stops"),
    [("Empty", False), ('Empty, match="no items"', False), ("Exception", True), ("(Empty, KeyError)", True)],
)
def test_a_text_that_is_gone_is_no_leave_to_take_another_error(expected: str, stops: bool) -> None:
    changed = REFUSED.replace('Empty, match="nothing in the cart"', expected)
    found = judge({**PRODUCT, "tests/test_cart.py": REFUSED}, {"tests/test_cart.py": changed}, goal="Say no items.",
                  deliverables=("tests/test_cart.py",), removed=frozenset({"nothing in the cart"}))  # fmt: skip
    assert bool(kinds(found)) is stops, [s.message for s in found]


SUMS = "import pytest\n\nfrom shop.cart import total\n\n\ndef test_sums():\n    assert total([1, 2]) == 3\n"


@pytest.mark.parametrize(
    ("goal", "stops"),
    [
        ("Let total() take a discount.", True),
        ("Add total(items, discount=0), so that a discount may be given; write tests for it.", True),
        ("Add a discount. Without one 1 and 2 are 4.", False),
        ("Let total() take a discount; sums are rounded up now.", False),
        ("Round sums up.", False),
    ],
)
def test_a_plan_that_only_adds_asks_for_no_other_value_of_what_is_there(goal: str, stops: bool) -> None:
    change: dict[str, str | None] = {"tests/test_cart.py": SUMS.replace("== 3", "== 4")}
    words = {"goal": goal, "deliverables": ("tests/test_cart.py",)}
    found = judge({**PRODUCT, "tests/test_cart.py": SUMS}, change, **words)  # type: ignore[arg-type]
    assert [s.sure for s in found] == [stops]
    assert found[0].liftable is stops and ("only adds" in found[0].message) is stops


def test_an_addition_may_ask_about_other_things_in_a_file_that_is_named() -> None:
    change: dict[str, str | None] = {"tests/test_cart.py": SUMS.replace("total([1, 2]) == 3", "total([2, 2, 1]) == 5")}
    words = {"goal": "Let total() take a discount.", "deliverables": ("tests/test_cart.py",)}
    found = judge({**PRODUCT, "tests/test_cart.py": SUMS}, change, **words)  # type: ignore[arg-type]
    assert [(s.reworded, s.sure) for s in found] == [(True, False)]


def test_what_was_an_error_may_be_what_a_plan_adds() -> None:
    after = REFUSED.replace(
        'with pytest.raises(Empty, match="nothing in the cart"):\n        total([])', "assert not total([])"
    )
    found = judge({**PRODUCT, "tests/test_cart.py": REFUSED}, {"tests/test_cart.py": after},
                  goal="Allow empty lists.", deliverables=("tests/test_cart.py",))  # fmt: skip
    assert not [s for s in found if "only adds" in s.message]


STORED = """from pathlib import Path

from shop.cart import names

KEPT = Path(__file__).with_name("names.txt")


def test_names():
    text = " ".join(names(["b", "a"]))
    if not KEPT.exists():
        KEPT.write_text(text)
    assert KEPT.read_text() == text
"""


@pytest.mark.parametrize(
    ("named", "test", "stops"),
    [
        ((), None, True),
        (("shop/cart.py",), STORED.replace("names.txt", "listed.txt"), False),
        (("tests/names.txt",), None, True),
    ],
    ids=["still read", "no longer read", "named, and gone"],
)
def test_stored_results_that_a_test_records_anew_are_not_to_be_taken_away(
    named: tuple[str, ...], test: str | None, stops: bool
) -> None:
    change: dict[str, str | None] = {"tests/names.txt": None, "shop/cart.py": "def names(items):\n    return items\n"}
    base = {**PRODUCT, "tests/names.txt": "a b", "tests/test_names.py": STORED}
    found = judge(base, change | ({"tests/test_names.py": test} if test else {}), deliverables=named)
    assert any(s.path == "tests/names.txt" and s.sure for s in found) is stops


def test_a_file_that_other_tests_name_and_only_read_is_lost_by_them() -> None:
    reads = STORED.replace("    if not KEPT.exists():\n        KEPT.write_text(text)\n", "")
    base = {**PRODUCT, "tests/names.txt": "a b", "tests/old/names.txt": "c", "tests/test_names.py": reads}
    found = judge(base, {"tests/old/names.txt": None, "shop/cart.py": "def names(items):\n    return items\n"})
    assert [s for s in found if s.path == "tests/old/names.txt"] == []


def test_a_changed_test_still_reads_what_it_names() -> None:
    reads = STORED.replace("    if not KEPT.exists():\n        KEPT.write_text(text)\n", "")
    lenient = reads.replace("assert KEPT.read_text() == text", "assert not KEPT.exists() or KEPT.read_text() == text")
    found = judge({**PRODUCT, "tests/names.txt": "a b", "tests/test_names.py": reads},
                  {"tests/names.txt": None, "tests/test_names.py": lenient})  # fmt: skip
    assert any(s.path == "tests/names.txt" and s.sure for s in found)


TABLE = "EXPECTED = {\n    'a': 1,\n    'c': 2,\n}\n"
USES = """from shop.cart import names
from tests.table import EXPECTED


def test_names():
    assert names('a') == set(EXPECTED)
"""


@pytest.mark.parametrize(
    ("deliverables", "sure"),
    [(("tests/table.py",), False), ((), True), (("tests/test_names.py",), True)],
)
def test_the_plan_names_the_table_that_an_unchanged_test_imports(deliverables: tuple[str, ...], sure: bool) -> None:
    base = {**PRODUCT, "tests/table.py": TABLE, "tests/test_names.py": USES}
    product = {"shop/cart.py": PRODUCT["shop/cart.py"].replace("sorted(items)", "sorted(set(items))")}
    change = {"tests/table.py": TABLE.replace("'a': 1", "'b': 1"), **product}
    found = judge(base, change, deliverables=deliverables, goal="Count again.")
    assert [(s.kind, s.path, s.sure) for s in found] == [(Kind.REPLACED, "tests/test_names.py", sure)]


def test_the_plan_names_one_of_two_tables() -> None:
    uses = USES.replace("EXPECTED\n\n", "EXPECTED\nfrom tests.more import MORE\n\n", 1)
    base = {**PRODUCT, "tests/table.py": TABLE, "tests/more.py": "MORE = {\n    1,\n}\n"}
    base["tests/test_names.py"] = uses + "    assert names('b') == set(MORE)\n"
    change = {"tests/table.py": TABLE.replace("'a': 1", "'b': 1"), "tests/more.py": "MORE = {\n    2,\n}\n"}
    assert {s.sure for s in judge(base, change, deliverables=("tests/table.py",))} == {True}


def test_a_table_that_the_plan_names_is_no_leave_for_what_a_test_itself_says_anew() -> None:
    base = {**PRODUCT, "tests/table.py": TABLE, "tests/test_names.py": USES + "    assert names('b') == [1]\n"}
    change = {"tests/table.py": TABLE + "\n", "tests/test_names.py": USES + "    assert names('b') == [2]\n"}
    assert {s.sure for s in judge(base, change, deliverables=("tests/table.py",))} == {True}


FINES = """from shop.cart import total


def test_fine():
    assert total([1]) == 20
    assert total([2]) == 40
"""


@pytest.mark.parametrize(
    ("goal", "second", "sure"),
    [
        ("The fine is 30 now.", 60, False),
        ("The fine is 30 now.", 61, True),
        ("The fine is 30 now. Adapt the tests.", 61, False),
    ],
    ids=["in proportion", "out of it", "tests change"],
)
def test_a_number_beside_one_that_the_plan_says(goal: str, second: int, sure: bool) -> None:
    after = FINES.replace("20", "30").replace("40", str(second))
    base = {**PRODUCT, "tests/test_fine.py": FINES}
    found = judge(base, {"tests/test_fine.py": after}, goal=goal, deliverables=("tests/test_fine.py",))
    assert [s.sure for s in found] == [False, sure]


CLOCKED = """import time

from shop.cart import total


def test_quick():
    began = time.monotonic()
    assert total([1]) == 1
    assert time.monotonic() - began < 1
    assert total([2]) == 2
"""


@pytest.mark.parametrize(
    ("goal", "gone", "sure"),
    [
        ("test_quick measures the clock; write it without.", "    assert time.monotonic() - began < 1\n", False),
        ("Tidy test_quick.", "    assert time.monotonic() - began < 1\n", True),
        ("test_quick measures the clock; write it without.", "    assert total([2]) == 2\n", True),
    ],
)
def test_a_plan_that_wants_tests_without_a_clock(goal: str, gone: str, sure: bool) -> None:
    base = {**PRODUCT, "tests/test_quick.py": CLOCKED}
    change = {"tests/test_quick.py": CLOCKED.replace(gone, "")}
    assert [s.sure for s in judge(base, change, goal=goal, deliverables=("tests/test_quick.py",))] == [sure]


@pytest.mark.parametrize("goal", ["Let total take a tax.", "Count again."])
def test_another_value_where_the_plan_only_adds_is_a_persons_though_the_old_one_holds(goal: str) -> None:
    base = {**PRODUCT, "tests/test_fine.py": FINES}
    change = {"tests/test_fine.py": FINES.replace("[2]) == 40", "[4]) == 40").replace("== 20", "== 21")}
    found = judge(base, change, goal=goal, deliverables=("tests/test_fine.py",))
    assert {s.is_less for s in found if s.kind is Kind.REPLACED} == {goal.startswith("Let")}


@pytest.mark.parametrize(
    ("goal", "instead", "sure"),
    [
        ("Give all errors. Change tests/test_fine.py to match.", "    assert len(names([3])) > 0\n", False),
        ("Give all errors.", "    assert len(names([3])) > 0\n", True),
        ("Give all errors. Change tests/test_fine.py to match.", "", True),
    ],
    ids=["tests change", "no word of it", "nothing in its place"],
)
def test_other_words_in_a_test_that_the_plan_wants_changed(goal: str, instead: str, sure: bool) -> None:
    base = {**PRODUCT, "tests/test_fine.py": FINES}
    change = {"tests/test_fine.py": FINES.replace("    assert total([2]) == 40\n", instead)}
    found = judge(base, change, goal=goal, deliverables=("tests/test_fine.py",))
    assert [(s.kind, s.sure) for s in found] == [(Kind.REMOVED, sure)]


UNDONE = """from shop.cart import total


def test_undo():
    assert total([7]) == {steps}
    assert total([1]) == "abc" + {left} * "."
"""


@pytest.mark.parametrize(
    ("left", "sure"),
    [(80, False), (50, False), (31, True)],
    ids=["as far up", "what the plan says", "another distance"],
)
def test_a_number_that_goes_as_far_as_one_that_the_plan_says(left: int, sure: bool) -> None:
    base = {**PRODUCT, "tests/test_undo.py": UNDONE.format(steps=100, left=30)}
    change = {"tests/test_undo.py": UNDONE.format(steps=50, left=left)}
    found = judge(base, change, goal="Limit undo to 50 steps.", deliverables=("tests/test_undo.py",))
    assert [s.sure for s in found] == [False, sure]
