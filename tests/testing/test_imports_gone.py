"""Test files of the base whose imports the proposed code no longer has."""

from __future__ import annotations

import pytest

from autopack.model.test_report import Failure
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
    made = without_imports(before.encode(), {"b", "old"})
    assert made is not None and made.data == after.encode()
    assert after.count("\n") == before.count("\n")


@pytest.mark.parametrize("text", ["from a import c\n", "x = 'b'\n", "b = 1\n", "def f(:\n", "x = 1; from a import b\n"])
def test_anything_else_is_left_alone(text: str) -> None:
    assert without_imports(text.encode(), {"b"}) is None


def test_a_star_import_of_a_module_that_is_gone_bound_what_the_file_uses_of_it() -> None:
    made = without_imports(b"from old import *\nfrom new import *\nx = area(side)\n", {"old", "area", "other"})
    assert made is not None and made.data == b"pass\nfrom new import *\nx = area(side)\n"
    assert made.names == {"area"}


def test_a_failure_for_want_of_a_name_that_was_left_out_is_told_from_others() -> None:
    made = without_imports(b"from a import b as d, c\nfrom old import e\n", {"b", "old"})
    assert made is not None and made.names == {"d", "e"}
    assert made.misses(Failure("t.py", 3, "NameError: name 'd' is not defined"))
    assert not made.misses(Failure("t.py", 3, "NameError: name 'c' is not defined"))
    assert not made.misses(Failure("t.py", 3, "assert 1 == 2")) and not made.misses(None)


def test_a_name_that_moved_within_the_product_is_imported_from_where_it_is_now() -> None:
    before = b"from shop.old import total, tax\nx = 1\n"
    now = b"from shop.sums import total\nfrom tests.fakes import tax\nx = 1\n"
    made = without_imports(before, {"old"}, [now], ["src/shop/sums.py"])
    assert made is not None
    assert made.data == b"from shop.sums import total\nx = 1\n"
    assert made.names == {"tax"}, "from nowhere but the product"
