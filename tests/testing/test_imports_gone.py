"""Test files of the base whose imports the proposed code no longer has."""

from __future__ import annotations

import pytest

from autopack.testing import without_imports

CASES = {
    "one of some": ("from a import b, c\n", "from a import c\n"),
    "the only one": ("from a import b\nx = 1\n", "pass\nx = 1\n"),
    "under another name": ("from a import b as d, c as e\n", "from a import c as e\n"),
    "over several lines": ("from a import (\n    b,\n    c,\n)\nx = 1\n", "from a import c\n\n\n\nx = 1\n"),
    "a module": ("import old\nimport new\n", "pass\nimport new\n"),
    "from a module": ("from pkg.old import x\n", "pass\n"),
    "with a comment": ("from a import b  # compat\n", "pass\n"),
    "in a block": ("try:\n    from a import b\nexcept ImportError:\n    b = None\n",
                   "try:\n    pass\nexcept ImportError:\n    b = None\n"),
    "windows": ("from a import b, c\r\nx = 1\r\n", "from a import c\nx = 1\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_gone_is_left_out_and_lines_keep_their_numbers(case: str) -> None:
    before, after = CASES[case]
    assert without_imports(before.encode(), {"b", "old"}) == after.encode()
    assert after.count("\n") == before.count("\n")


@pytest.mark.parametrize("text", ["from a import c\n", "x = 'b'\n", "b = 1\n", "def f(:\n", "x = 1; from a import b\n"])
def test_anything_else_is_left_alone(text: str) -> None:
    assert without_imports(text.encode(), {"b"}) is None
