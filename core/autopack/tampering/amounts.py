"""Numbers in a Python test, as far as the text says what they are."""

from __future__ import annotations

import ast

from autopack.testcode.syntax import leaf


def number_of(node: ast.expr | None, default: float) -> float:
    found = as_number(node) if node is not None else None
    return default if found is None else found


def as_number(node: ast.expr) -> float | None:
    """The value of a number, a sum or product of some, or a `Decimal` of a text."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            return None
        return float(node.value) if abs(node.value) < 1e300 else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = as_number(node.operand)
        return None if inner is None else -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp):
        left, right = as_number(node.left), as_number(node.right)
        if left is None or right is None:
            return None
        try:
            match node.op:
                case ast.Add():
                    return left + right
                case ast.Sub():
                    return left - right
                case ast.Mult():
                    return left * right
                case ast.Div():
                    return left / right
                case ast.Pow():
                    return float(left**right)
                case _:
                    return None
        except (ArithmeticError, ValueError, TypeError):
            return None
    if (
        isinstance(node, ast.Call)
        and leaf(node.func) in ("Decimal", "Fraction", "float", "timedelta")
        and len(node.args) == 1
    ):
        given = node.args[0]
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            try:
                return float(given.value)
            except ValueError:
                return None
        return as_number(given)
    return None
