"""Lists, dicts and sets as they are written, and which names of them a statement may fill."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

HOLDERS = (ast.List, ast.Dict, ast.Set)
_FILLS = frozenset(
    {
        "append", "appendleft", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "remove", "discard",
        "clear", "sort", "reverse", "__setitem__",
    }
)  # fmt: skip


def is_empty(value: ast.expr) -> bool:
    return not (value.keys if isinstance(value, ast.Dict) else getattr(value, "elts", (value,)))


def filled_names(node: ast.stmt, empty: set[str]) -> Iterator[str]:
    """Names whose methods or items the statement fills by; of those that are `empty` also those that it hands on."""
    for part in ast.walk(node):
        match part:
            case ast.Attribute(value=ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)), attr=attribute) if (
                attribute in _FILLS
            ):
                yield name
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                yield name
            case ast.Call():
                given = (*part.args, *(word.value for word in part.keywords))
                yield from (arg.id for arg in given if isinstance(arg, ast.Name) and arg.id in empty)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from (inner.id for inner in ast.walk(part) if isinstance(inner, ast.Name) and inner.id in empty)
            case ast.Assign(targets=targets, value=ast.Name(id=name)) if name in empty:
                yield from (name for target in targets if isinstance(target, ast.Attribute | ast.Subscript))
            case _:
                pass


def fills_its_own(body: Sequence[ast.stmt]) -> bool:
    """Whether statements give a name such a holder and fill it: what they hold in the end is not what is written."""
    held = {
        target.id: node.value
        for node in body
        if isinstance(node, ast.Assign) and isinstance(node.value, HOLDERS)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    empty = {name for name, value in held.items() if is_empty(value)}
    return any(name in held for node in body for name in filled_names(node, empty))
