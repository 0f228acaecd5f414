"""Helpers of tests that take more errors than before for what they tell."""

from __future__ import annotations

import pytest

from tests.tampering.edits import PRODUCT, judge, kinds

HELPER = """from shop.cart import Empty, total


def refused(items):
    try:
        total(items)
    except {}:
        return "refused"
    return None


def fine(items):
    return total(items) > 0
"""
TEST = "from tests.helpers import refused\n\n\ndef test_nothing():\n    assert refused([]) == 'refused'\n"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("Empty", "Exception", True),
        ("Empty", "CartError", True),
        ("Empty", "(Empty, LookupError, ValueError)", True),
        ("Empty as error", "BaseException", True),
        ("(KeyError, Empty)", "(LookupError, Empty)", True),
        ("Exception", "BaseException", True),
        ("Exception", "Empty", False),
        ("(Exception, Empty)", "(Exception, Empty) as error", False),
        ("Empty", "(Empty, OSError)", False),
        ("(Empty, KeyError)", "(KeyError, Empty)", False),
        ("Empty", "Empty as error", False),
    ],
)
def test_an_error_of_which_the_other_is_a_kind(before: str, after: str, found: bool) -> None:
    base = {**PRODUCT, "tests/helpers.py": HELPER.format(before), "tests/test_cart.py": TEST}
    suspicions = judge(base, {"tests/helpers.py": HELPER.format(after)})
    assert [s.line for s in suspicions] == ([7] if found else []), [s.message for s in suspicions]


def test_a_helper_that_is_new_or_catches_for_the_first_time_takes_nothing_for_something_else() -> None:
    base = {**PRODUCT, "tests/helpers.py": "def other():\n    return 1\n", "tests/test_cart.py": TEST}
    assert not kinds(judge(base, {"tests/helpers.py": HELPER.format("Exception")}))


def test_what_a_test_catches_itself_is_told_once() -> None:
    text = (
        "from shop.cart import Empty, total\n\n\ndef test_nothing():\n    try:\n        total([])\n    except Empty:\n"
    )
    text += "        return\n    raise AssertionError('not refused')\n"
    found = judge(
        {**PRODUCT, "tests/test_cart.py": text},
        {"tests/test_cart.py": text.replace("except Empty", "except Exception")},
    )
    assert [s for s in found if "takes more errors" in s.message] == []


def test_a_bare_except_takes_all() -> None:
    base = {**PRODUCT, "tests/helpers.py": HELPER.format("Empty"), "tests/test_cart.py": TEST}
    assert kinds(judge(base, {"tests/helpers.py": HELPER.format("Empty").replace("except Empty:", "except:")}))
