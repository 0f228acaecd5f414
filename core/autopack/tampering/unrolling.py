"""Comprehensions over values that stand in the text, one term for each round."""

from __future__ import annotations

import ast
import copy

from autopack.tampering.scopes import Scope
from autopack.tampering.tables import rows_of
from autopack.tampering.terms import store, term
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
        made: list[ast.expr] = []
        for row in rows:
            inner = self.scope.inner(
                self.scope.module, dict(self.scope.env), self.scope.owner, dict(self.scope.functions)
            )
            store(first.target, row.value, inner)
            made.append(term(node.elt, inner))
        return made


def _names(node: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
