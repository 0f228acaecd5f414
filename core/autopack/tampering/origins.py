"""What the locals in a term were made of."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping

from autopack.tampering.doubles import is_mock
from autopack.tampering.scopes import Scope
from autopack.tampering.terms import LOCAL, MOST_NODES

_MOST_ORIGINS = 3
"""Locals that are made of locals are followed so far."""


def with_origins(node: ast.expr, scope: Scope) -> ast.expr:
    """A term with what its locals were made of in their places, as far as that is known and stays small."""
    for _ in range(_MOST_ORIGINS):
        names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id.startswith(LOCAL)]
        known = {name: value for name in names if (value := _made_of(name.removeprefix(LOCAL), scope)) is not None}
        size = _size(node) + sum(_size(known[name]) for name in names if name in known)
        if not known or size > MOST_NODES:
            break
        node = _Origins(known).visit(copy.deepcopy(node))
    return node


def _made_of(name: str, scope: Scope) -> ast.expr | None:
    held = scope.env.get(name)
    return scope.given.get(name) if held is None or isinstance(held, ast.Name) else held


def _size(node: ast.AST) -> int:
    return sum(1 for _ in ast.walk(node))


class _Origins(ast.NodeTransformer):
    def __init__(self, known: Mapping[str, ast.expr]) -> None:
        self.known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        read = isinstance(node.ctx, ast.Load) and node.id in self.known
        return copy.deepcopy(self.known[node.id]) if read else node


def is_of_mock(node: ast.expr, scope: Scope) -> bool:
    """Whether a term is what a call of a mock's method gives."""
    called = False
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        called = called or isinstance(node, ast.Call)
        node = node.func if isinstance(node, ast.Call) else node.value
    name = node.id.removeprefix(LOCAL) if isinstance(node, ast.Name) else ""
    return called and (name in scope.mocked or is_mock(scope.env.get(name)))
