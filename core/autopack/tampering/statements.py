"""What single statements of a Python test are: whether they fail it, what they may assert, what they do."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from autopack.tampering.amounts import number_of
from autopack.tampering.checks import Tolerance
from autopack.tampering.conditions import constant_truth
from autopack.tampering.scopes import Scope
from autopack.tampering.terms import term, text_of
from autopack.testcode.syntax import leaf

FAILS = frozenset({"fail"})


def fails(node: ast.stmt) -> bool:
    """Whether the statement fails the test."""
    if isinstance(node, ast.Raise):
        return node.exc is not None and leaf(node.exc) in ("AssertionError", "Failed")
    if isinstance(node, ast.Assert):
        return constant_truth(node.test) is False
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and leaf(node.value.func) in FAILS


def ends_in_failure(node: ast.Try) -> bool:
    """Whether it fails the test where nothing is raised."""
    return any(fails(end) for end in (*node.body[-1:], *node.orelse[-1:]))


def checking(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """Whatever may be an assertion in these statements."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assert | ast.Raise):
                yield node
            elif isinstance(node, ast.Call):
                name = leaf(node.func).lstrip("_")
                if name.startswith(("assert", "check", "verify", "expect", "fail", "ensure")) or name in (
                    "raises",
                    "warns",
                ):
                    yield node


def done_in(body: Sequence[ast.stmt], scope: Scope) -> str:
    """What a block does, in one spelling."""
    said: list[str] = []
    for node in body:
        if isinstance(node, ast.Expr | ast.Assign):
            said.append(text_of(term(node.value, scope)))
        elif not isinstance(node, ast.Pass):
            said.append(text_of(node))
    return "; ".join(said)


def caught_by(handler: ast.ExceptHandler) -> list[ast.expr]:
    if handler.type is None:
        return [ast.Name("BaseException", ast.Load())]
    return handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]


def tolerance_of(name: str, call: ast.Call) -> Tolerance:
    words = {w.arg: w.value for w in call.keywords}
    if name == "assert_allclose":
        return Tolerance(number_of(words.get("rtol"), 1e-7), number_of(words.get("atol"), 0.0))
    if "delta" in words:
        return Tolerance(0.0, number_of(words["delta"], 0.0))
    places = number_of(
        words.get("places") or words.get("decimal") or (call.args[2] if len(call.args) > 2 else None), 7.0
    )
    return Tolerance(0.0, 0.5 * 10 ** -max(-300.0, min(300.0, places)))
