"""Lines that only a test which exercises an added line executes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.testing.lines import telling_lines

TEXT = b"""\
import os
LIMIT = 3
@os.x
def f(
    a,
):
    "Say."
    import json
    def inner():
        return 1
    return inner()
class C:
    size = 1
    async def m(self): return 1
"""
TELLING = {
    "an import": ({1}, set()),
    "a line that loading runs": ({2}, {2}),
    "a decorator": ({3}, {7, 11}),
    "an argument": ({5}, {7, 11}),
    "an import within a function": ({8}, {8}),
    "a function within a function": ({9}, {9}),
    "its body": ({10}, {10}),
    "a class": ({12}, set()),
    "a class's own line": ({13}, {13}),
    "a function on one line": ({14}, {14}),
}


@pytest.mark.parametrize("name", TELLING)
def test_telling_lines(name):
    added, expected = TELLING[name]
    assert telling_lines(TEXT, added) == expected


@given(
    st.lists(st.sampled_from(["x = 1", "def f():", "    return 1", "import a", "class C:", "", "if x:"]), max_size=9)
)
@settings(max_examples=100)
def test_none_is_beyond_the_file(lines):
    text = "\n".join(lines)
    found = telling_lines(text.encode(), range(1, len(lines) + 1))
    assert all(1 <= line <= len(lines) for line in found)
