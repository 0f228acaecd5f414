"""Lists, dicts and sets that a test hands out to be filled: what they hold is what the code under test puts in."""

from __future__ import annotations

import ast
from collections import Counter

from autopack.tampering.holders import HOLDERS, filled_names, is_empty
from autopack.tampering.scopes import Scope
from autopack.tampering.terms import forget


def forget_filled(node: ast.stmt, scope: Scope, *, read: bool = False) -> None:
    """Nobody knows any more what a name is worth that stood for such a holder, once the statement may fill it: by a method
    that does, by an item; an empty one also by handing it on. `read`: only of what the statement names elsewhere too."""
    holders = {name: value for name, value in scope.env.items() if isinstance(value, HOLDERS)}
    if not holders:
        return
    empty = {name for name, value in holders.items() if is_empty(value)}
    said = Counter(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
    for name in filled_names(node, empty):
        if name in holders and (not read or said[name] > 1):
            forget(ast.Name(name), scope)
