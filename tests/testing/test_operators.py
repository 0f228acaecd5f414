from __future__ import annotations

import ast

import pytest

from autopack.testing import special_methods


@pytest.mark.parametrize(
    ("written", "called"),
    [
        ("a < b", "__lt__"),
        ("a != b", "__eq__"),
        ("a in b", "__contains__"),
        ("a + b", "__radd__"),
        ("-a", "__neg__"),
        ("a[0]", "__getitem__"),
        ("[x for x in a]", "__iter__"),
        ("with a: pass", "__exit__"),
        ("f'{a}'", "__format__"),
        ("str(a)", "__str__"),
        ("sorted(a)", "__lt__"),
        ("list(a)", "__iter__"),
        ("self.assertLess(a, b)", "__lt__"),
        ("a += 1", "__iadd__"),
    ],
)
def test_what_a_sign_calls(written: str, called: str) -> None:
    assert called in special_methods(ast.parse(written))


@pytest.mark.parametrize("written", ["a.b(c)", "a and b", "a = b", "a is b", "not a"])
def test_what_calls_none(written: str) -> None:
    assert special_methods(ast.parse(written)) == frozenset()
