"""Lists, dicts and sets that a test hands out to be filled: what they hold is what the code under test puts in."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from autopack.tampering.scopes import Scope
from autopack.tampering.terms import forget

_FILLS = frozenset(
    {
        "append", "appendleft", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "remove", "discard",
        "clear", "sort", "reverse", "__setitem__",
    }
)  # fmt: skip
_HOLDERS = (ast.List, ast.Dict, ast.Set)


def forget_filled(node: ast.stmt, scope: Scope, *, read: bool = False) -> None:
    """Nobody knows any more what a name is worth that stood for such a holder, once the statement may fill it: by a method
    that does, by an item; an empty one also by handing it on. `read`: only of what the statement names elsewhere too."""
    holders = {name: value for name, value in scope.env.items() if isinstance(value, _HOLDERS)}
    if not holders:
        return
    empty = {name for name, value in holders.items() if is_empty(value)}
    said = Counter(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
    for name in _filled(node, empty):
        if name in holders and (not read or said[name] > 1):
            forget(ast.Name(name), scope)


def is_empty(value: ast.expr) -> bool:
    return not (value.keys if isinstance(value, ast.Dict) else getattr(value, "elts", (value,)))


def _filled(node: ast.stmt, empty: set[str]) -> Iterator[str]:
    for part in ast.walk(node):
        match part:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if attribute in _FILLS:
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
