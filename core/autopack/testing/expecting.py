"""What the lines of a Python test expect: its assertions, whatever stands round them."""

from __future__ import annotations

import ast
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

_RAISING = ("raises", "warns", "assertRaises", "assertRaisesRegex", "assertWarns")


def expects_as_before(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a test still makes each assertion that it made, word for word, while other lines of it differ; False where
    there is none, or where the lines are no Python."""
    old, new = (_assertions(lines) for lines in (before, after))
    return bool(old) and new is not None and not old - new and list(before) != list(after)


def _assertions(lines: Sequence[str]) -> Counter[str] | None:
    try:
        tree = ast.parse(textwrap.dedent("\n".join(lines)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return Counter(_said(tree))


def _said(tree: ast.Module) -> Iterator[str]:
    """Assertions, and with what an error is expected also what is done there; of a decorator all that it gives."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (ast.unparse(mark) for mark in node.decorator_list)
        elif _asserts(node):
            yield ast.unparse(node)


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call) and _name(node.value).startswith("assert")
    if isinstance(node, ast.With):
        return any(_name(item.context_expr) in _RAISING for item in node.items)
    return isinstance(node, ast.Assert)


def _name(node: ast.expr) -> str:
    func = node.func if isinstance(node, ast.Call) else node
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
