"""Values that stand in the text, and their parts."""

from __future__ import annotations

import ast


def is_literal(node: ast.AST) -> bool:
    """Whether its value stands in the text."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp):
        return is_literal(node.operand)
    if isinstance(node, ast.BinOp):
        return is_literal(node.left) and is_literal(node.right)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return all(is_literal(e) for e in node.elts)
    if isinstance(node, ast.Dict):
        return all(k is not None and is_literal(k) for k in node.keys) and all(is_literal(v) for v in node.values)
    return False


def may_be_filled(node: ast.expr) -> bool:
    """Whether it is an empty list or dict: one that a module holds is there to be filled."""
    return isinstance(node, ast.List | ast.Dict) and not (node.keys if isinstance(node, ast.Dict) else node.elts)


def of_class(owner: ast.ClassDef, name: str) -> ast.expr | None:
    """A literal that a class gives a name, which none of its methods gives another."""
    held = [s.value for s in owner.body if isinstance(s, ast.Assign) and any(_is_named(t, name) for t in s.targets)]
    set_later = (n for n in ast.walk(owner) if isinstance(n, ast.Attribute) and n.attr == name)
    kept = not any(isinstance(n.ctx, ast.Store) for n in set_later)
    return held[0] if len(held) == 1 and kept and is_literal(held[0]) and not may_be_filled(held[0]) else None


def _is_named(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def spread(argument: ast.expr) -> list[ast.expr]:
    """What a `*` in front of a literal puts in."""
    held = argument.value if isinstance(argument, ast.Starred) else None
    return list(held.elts) if isinstance(held, ast.Tuple | ast.List) else [argument]


def item(value: ast.expr, at: ast.expr) -> ast.expr | None:
    """A part of a literal list, tuple or dict."""
    if not isinstance(at, ast.Constant):
        return None
    if (
        isinstance(value, ast.List | ast.Tuple)
        and isinstance(at.value, int)
        and -len(value.elts) <= at.value < len(value.elts)
    ):
        return value.elts[at.value]
    if isinstance(value, ast.Dict):
        for key, part in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == at.value:
                return part
    return None
