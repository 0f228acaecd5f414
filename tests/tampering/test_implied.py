"""What a check asks along with what it says, and nothing that it does not."""

from __future__ import annotations

import ast

import pytest

from autopack.tampering.checks import Check
from autopack.tampering.folding import folded
from autopack.tampering.implied import implied_by, is_asked_in_parts


def equal(subject: str, expected: str) -> Check:
    return Check("==", subject, expected, ())


def forms(*checks: Check) -> set[tuple[object, ...]]:
    return {c.form for c in checks}


@pytest.mark.parametrize(
    ("whole", "part", "implied"),
    [
        ("{'a': 1, 'b': 2}", equal("f()['a']", "1"), True),
        ("{'a': 1, 'b': 2}", equal("f()['a']", "2"), False),
        ("{'a': 1, 'b': 2}", equal("len(f())", "2"), True),
        ("{'a': 1, 'b': 2}", equal("sorted(f())", "['a', 'b']"), True),
        ("{'a': 1, 'b': 2}", equal("list(f())", "['a', 'b']"), False),
        ("[1, 2]", equal("f()[1]", "2"), True),
        ("[1, 2]", equal("len(f())", "3"), False),
        ("[1, 2]", Check("in", "f()", "2", ()), True),
        ("[1, 2]", Check("in", "f()", "3", ()), False),
        ("3", equal("len(f())", "3"), False),
    ],
)
def test_a_whole_asks_for_its_parts(whole: str, part: Check, implied: bool) -> None:
    assert (part.form in set(implied_by(equal("f()", whole)))) is implied


def test_what_is_compared_in_order_is_counted() -> None:
    told = set(implied_by(equal("sorted(f())", "[1, 2]")))
    assert equal("len(f())", "2").form in told and equal("len(f())", "3").form not in told


def test_an_error_with_its_text_asks_for_the_error() -> None:
    told = Check("raises", "f()", "KeyError match 'no a'", ())
    assert set(implied_by(told)) == {("raises", "f()", "KeyError", None)}


A, B, TWO = equal("f()['a']", "1"), equal("f()['b']", "2"), equal("len(f())", "2")


@pytest.mark.parametrize(
    ("parts", "asked"),
    [((A, B, TWO), True), ((A, B), False), ((A, TWO), False), ((A, equal("f()['b']", "3"), TWO), False)],
)
def test_the_parts_ask_for_the_whole_where_none_is_missing_and_none_may_be_added(
    parts: tuple[Check, ...], asked: bool
) -> None:
    assert is_asked_in_parts(equal("f()", "{'a': 1, 'b': 2}"), forms(*parts)) is asked


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[0] * 3", "[0, 0, 0]"),
        ("'a' + 'b'", "'ab'"),
        ("[1] + [2]", "[1, 2]"),
        ("list((1, 2))", "[1, 2]"),
        ("tuple([1])", "(1,)"),
        ("dict(b=1, a=2)", "{'a': 2, 'b': 1}"),
        ("{'b': 1, **{'a': 2, 'b': 3}}", "{'a': 2, 'b': 3}"),
        ("'\\n'.join(['a', 'b'])", "'a\\nb'"),
        ("dedent('  a\\n  b')", "'a\\nb'"),
        ("'a b'.split()", "['a', 'b']"),
        ("'a'.encode()", "b'a'"),
        ("'a' * 100_000", None),
        ("'a' + 1", None),
        ("'a'.join(1)", None),
        ("x * 3", None),
        ("{'a': 1, **other}", None),
        ("f(1, 2)", None),
    ],
)
def test_literals_that_are_worked_out(text: str, value: str | None) -> None:
    found = folded(ast.parse(text, mode="eval").body)
    assert (ast.unparse(found) if found is not None else None) == value
