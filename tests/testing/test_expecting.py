"""What the lines of a test expect, whatever stands round it."""

from __future__ import annotations

import pytest

from autopack.testing.expecting import expects_as_before

BEFORE = """    def test_a(self, cart):
        cart.put("a", 1)
        assert cart.get("b") is None
        self.assertEqual(len(cart), 2)
        with pytest.raises(KeyError):
            cart["c"]
"""


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ('cart.put("a", 1)', 'cart._evict = lambda: None\n        cart.put("a", 1)', True),
        ('cart.put("a", 1)', 'cart.put("a", 2)', True),
        ('cart.put("a", 1)', 'cart.put("a", 1)\n        assert cart', True),
        ('cart.put("a", 1)', 'cart.put("a", 1)', False),
        ("is None", "== 1", False),
        ("len(cart), 2", "len(cart), 3", False),
        ("KeyError", "Exception", False),
        ('cart["c"]', 'cart["d"]', False),
        ("    def test_a", '    @pytest.mark.parametrize("n", [1])\n    def test_a', True),
    ],
    ids=["set-up", "input", "more", "nothing", "a value", "a call", "an error", "what raises", "a mark more"],
)
def test_assertions_that_stand_there_as_they_stood(before: str, after: str, same: bool) -> None:
    assert expects_as_before(BEFORE.splitlines(), BEFORE.replace(before, after).splitlines()) is same


@pytest.mark.parametrize("text", ["def test_a():\n    run()\n", "it('adds', () => {})\n", ""])
def test_lines_that_assert_nothing_say_nothing(text: str) -> None:
    assert not expects_as_before(text.splitlines(), [*text.splitlines(), "x = 1"])


def test_the_cases_of_a_test_are_part_of_what_it_expects() -> None:
    table = '@pytest.mark.parametrize(("n", "kept"), [(1, 2)])\ndef test_a(n, kept):\n    assert f(n) == kept\n'
    assert not expects_as_before(table.splitlines(), table.replace("(1, 2)", "(1, 3)").splitlines())
