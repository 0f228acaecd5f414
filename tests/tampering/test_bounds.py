"""Limits of a test beside those it had: which of them are other ones, and what counts as one."""

from __future__ import annotations

import pytest

from autopack.tampering import Kind
from tests.tampering.edits import PRODUCT, judge, rewritten

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


SUPPORT = """import asyncio


def run(job, limit=1, times=1):
    async def bounded():
        return await asyncio.wait_for(job, {given})

    return [asyncio.run(bounded()) for _ in range(times)]
"""


@pytest.mark.parametrize(
    ("given", "before", "after", "found"),
    [
        ("timeout=limit", "limit=1", "limit=10", SLOWER),
        ("limit", "limit=1", "limit=10", SLOWER),
        ("timeout=limit", "limit=1", "limit=0.5", SAME),
        ("timeout=limit", "times=1", "times=3", SAME),
        ("timeout=5", "limit=1", "limit=10", SAME),
    ],
    ids=["by its name", "by its place", "a lower one", "another argument", "not handed on"],
)
def test_a_helper_that_hands_its_argument_on_as_a_limit(given: str, before: str, after: str, found: set[Kind]) -> None:
    support = SUPPORT.format(given=given)
    tests = "from tests.support import run\n\n\ndef test_it(job):\n    assert run(job) == [1]\n"
    base = {**PRODUCT, "tests/support.py": support, "tests/test_it.py": tests}
    told = judge(base, {"tests/support.py": support.replace(before, after, 1)})
    assert {s.kind for s in told if s.sure} == found, [s.message for s in told]


WORKER = "class Worker:\n    def stop(self, {names}):\n        return True\n"


@pytest.mark.parametrize(
    ("names", "after", "found"),
    [
        ("timeout=None", "120", SLOWER),
        ("timeout=None", "1", SAME),
        ("count=None", "120", SAME),
        ("count=None, timeout=None", "120", SAME),
    ],
    ids=["raised", "lowered", "no limit", "in another place"],
)
def test_a_number_that_the_product_takes_as_a_limit_by_its_place(names: str, after: str, found: set[Kind]) -> None:
    tests = (
        "from shop.worker import Worker\n\nWITHIN = 2\n\n\ndef test_stop():\n    assert Worker().stop(WITHIN) is True\n"
    )
    base = {"shop/__init__.py": "", "shop/worker.py": WORKER.format(names=names), "tests/test_worker.py": tests}
    told = judge(base, {"tests/test_worker.py": tests.replace("WITHIN = 2", f"WITHIN = {after}")})
    assert {s.kind for s in told if s.sure} == found, [s.message for s in told]
