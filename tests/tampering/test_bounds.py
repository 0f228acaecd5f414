"""Limits of a test beside those it had: which of them are other ones, and what counts as one."""

from __future__ import annotations

import pytest

from autopack.tampering import Kind
from tests.tampering.edits import rewritten

HEAD = "from shop.cart import Cart, total\n\n\ndef test_cart(done, run):\n    cart = Cart()\n"
SLOWER, SAME = {Kind.SLOWER}, set[Kind]()


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("assert done.wait(0.5)", "assert done.wait(1)\n    assert done.wait(0.5)", SAME),
        ("assert done.wait(0.5)", "assert done.wait(0.5)\n    assert done.wait(1)", SAME),
        ("assert done.wait(0.5)", "assert done.wait(1)", SLOWER),
        ("done.wait(1)\n    done.wait(2)", "done.wait(2)\n    done.wait(1)", SAME),
        ("done.wait(1)\n    done.wait(2)", "done.wait(2)\n    done.wait(3)", SLOWER),
        ("done.wait(1)\n    done.wait(1)", "done.wait(1)\n    done.wait(3)", SLOWER),
        ("done.wait(1)\n    done.wait(5)", "done.wait(0.5)\n    done.wait(4)", SAME),
        ("done.wait(0.01)", "done.wait(2)\n    done.wait(0)\n    done.wait(2)", SAME),
    ],
    ids=[
        "one before",
        "one behind",
        "raised",
        "in another order",
        "both",
        "one of two alike",
        "both lower",
        "lower beside others",
    ],
)
def test_limits_go_by_what_they_are_and_not_by_where_they_stand(before: str, after: str, found: set[Kind]) -> None:
    told = rewritten(f"{HEAD}    {before}\n", f"{HEAD}    {after}\n")
    assert {s.kind for s in told if s.sure and s.kind is Kind.SLOWER} == found, [s.message for s in told]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("run(cart, limit=7)", "run(cart, limit=100)", SLOWER),
        ("run(cart, max_steps=7)", "run(cart, max_steps=8)", SLOWER),
        ("run(cart, limit=7)", "run(cart, limit=5)", SAME),
        ("run(cart, limit=7)", "run(cart, limit=cart)", SAME),
        ("run(cart, count=7)", "run(cart, count=100)", SAME),
        ("found = run(cart, limit=7)", "found = run(cart, limit=100)", SAME),
        ("run(cart, within=7)", "run(cart)", SLOWER),
        ("run(cart, within=7)", "cart.clear()", SAME),
        ("run(cart, count=7)", "run(cart)", SAME),
    ],
)
def test_what_a_call_may_take_where_nothing_looks_at_what_it_gives(before: str, after: str, found: set[Kind]) -> None:
    rest = "\n    assert total(cart.items) == 0\n"
    told = rewritten(f"{HEAD}    {before}{rest}", f"{HEAD}    {after}{rest}")
    assert {s.kind for s in told if s.sure and s.kind is Kind.SLOWER} == found, [s.message for s in told]
