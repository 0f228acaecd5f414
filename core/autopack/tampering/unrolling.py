"""Comprehensions over values that stand in the text, one term for each round."""

from __future__ import annotations

import ast
import copy

from autopack.tampering.literals import item
from autopack.tampering.scopes import Scope
from autopack.tampering.tables import rows_of
from autopack.testcode.syntax import leaf

_MOST_ROUNDS = 60


def unrolled(node: ast.expr, scope: Scope) -> ast.expr:
    """A value: `all(... for ...)` as a condition that asks for every round, a list made in rounds as its elements."""
    return _Unroller(scope).visit(copy.deepcopy(node))


class _Unroller(ast.NodeTransformer):
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        made = self._rounds(node)
        return node if made is None else ast.List(made, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        given = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if isinstance(given, ast.GeneratorExp | ast.ListComp) and isinstance(node.func, ast.Name):
            made = self._rounds(given) if leaf(node.func) in ("all", "list", "tuple") else None
            if made and leaf(node.func) == "all":
                return made[0] if len(made) == 1 else ast.BoolOp(ast.And(), made)
            if made is not None and leaf(node.func) != "all":
                return (ast.List if leaf(node.func) == "list" else ast.Tuple)(made, ast.Load())
        self.generic_visit(node)
        return node

    def _rounds(self, node: ast.ListComp | ast.GeneratorExp) -> list[ast.expr] | None:
        """The element in each round; None where nobody can tell which rounds there are, or where all are the same: how
        often something is done counts."""
        first = node.generators[0]
        rows = rows_of(first.iter, self.scope) if len(node.generators) == 1 and not first.ifs else None
        if rows is None or len(rows) > _MOST_ROUNDS or not _names(first.target) & _names(node.elt):
            return None
        return [_Round(_bound(first.target, row.value)).visit(copy.deepcopy(node.elt)) for row in rows]


class _Round(ast.NodeTransformer):
    """Puts in what the names of a round are worth."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self.values.get(node.id, node))


def _bound(target: ast.expr, value: ast.expr) -> dict[str, ast.expr]:
    """What a round gives each name of its target."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    parts = enumerate(target.elts) if isinstance(target, ast.Tuple | ast.List) else ()
    each = ((part, ast.Constant(number)) for number, part in parts)
    held = (_bound(part, item(value, at) or ast.Subscript(value, at, ast.Load())) for part, at in each)
    return {name: found for bound in held for name, found in bound.items()}


def _names(node: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
