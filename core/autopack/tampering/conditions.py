"""Conditions whose truth is the same in every run."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

_COMPARING: dict[type[ast.cmpop], Callable[[object, object], object]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip


_DISPLAYS = ast.List | ast.Tuple | ast.Set | ast.Dict | ast.JoinedStr | ast.Lambda
"""What is never None."""


def constant_truth(node: ast.expr) -> bool | None:
    """None where it depends on something."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = constant_truth(node.operand)
        return None if inner is None else not inner
    if isinstance(node, ast.BoolOp):
        parts = [constant_truth(value) for value in node.values]
        if isinstance(node.op, ast.And):
            return False if False in parts else True if all(parts) else None
        return True if True in parts else False if not any(p is None for p in parts) else None
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return bool(node.elts)
    if isinstance(node, ast.Dict):
        return bool(node.keys)
    if (isinstance(node, ast.Name) and node.id == "TYPE_CHECKING") or (
        isinstance(node, ast.Attribute) and node.attr == "TYPE_CHECKING"
    ):
        return False
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right, compare = node.left, node.comparators[0], _COMPARING.get(type(node.ops[0]))
        if isinstance(left, ast.Constant) and isinstance(right, ast.Constant) and compare is not None:
            return bool(compare(left.value, right.value))
        if isinstance(left, _DISPLAYS) and isinstance(right, ast.Constant) and right.value is None:
            return isinstance(node.ops[0], ast.IsNot | ast.NotEq) if compare is not None else None
    return None
