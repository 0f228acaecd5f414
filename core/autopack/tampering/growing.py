"""Expected values that only grow: all that was expected still is, and something beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache

from autopack.tampering.facts import Allowed


def grows(before: str, after: str, allowed: Allowed) -> bool:
    """Whether one expected value, an expression, is the other with keys, keywords or columns added to it, of which the plan
    has word: each key that is new, and of rows with more columns at least one whole row."""
    old, new = _parsed(before), _parsed(after)
    grown = list(_grown(old, new)) if old is not None and new is not None else []
    if not grown or None in grown:
        return False
    named = {key for key in grown if isinstance(key, str)}
    rows = [row for row in grown if isinstance(row, ast.Tuple)]
    return all(allowed.spells_out([], [key]) for key in named) and (
        not rows or any(allowed.spells_out([], [ast.unparse(row)]) for row in rows)
    )


def _grown(old: ast.expr, new: ast.expr) -> Iterator[str | ast.Tuple | None]:
    """The keys that are new and the rows that are longer; None where something else has changed."""
    if ast.dump(old) == ast.dump(new):
        return
    if isinstance(old, ast.Dict) and isinstance(new, ast.Dict):
        yield from _of_keys(_keyed(old), _keyed(new))
    elif isinstance(old, ast.Call) and isinstance(new, ast.Call) and ast.dump(old.func) == ast.dump(new.func):
        yield from _of_parts(old.args, new.args)
        yield from _of_keys({k.arg: k.value for k in old.keywords}, {k.arg: k.value for k in new.keywords})
    elif isinstance(old, ast.Tuple) and isinstance(new, ast.Tuple):
        if len(new.elts) > len(old.elts):
            yield new if _is_within(old.elts, new.elts) else None
        else:
            yield from _of_parts(old.elts, new.elts)
    elif isinstance(old, ast.List) and isinstance(new, ast.List):
        yield from _of_parts(old.elts, new.elts)
    else:
        yield None


def _of_parts(old: Sequence[ast.expr], new: Sequence[ast.expr]) -> Iterator[str | ast.Tuple | None]:
    if len(old) != len(new):
        yield None
        return
    for one, other in zip(old, new, strict=True):
        yield from _grown(one, other)


def _of_keys(
    old: dict[str | None, ast.expr] | None, new: dict[str | None, ast.expr] | None
) -> Iterator[str | ast.Tuple | None]:
    if old is None or new is None or None in old or None in new or not old.keys() <= new.keys():
        yield None
        return
    yield from (key for key in new if key not in old)
    for key, value in old.items():
        yield from _grown(value, new[key])


def _keyed(node: ast.Dict) -> dict[str | None, ast.expr] | None:
    """By the texts that are its keys; None for a dict with others."""
    keys = [key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None for key in node.keys]
    return None if None in keys else dict(zip(keys, node.values, strict=True))


def _is_within(old: Sequence[ast.expr], new: Sequence[ast.expr]) -> bool:
    """Whether each stands in the other in the same order."""
    left = iter([ast.dump(each) for each in new])
    return bool(old) and all(ast.dump(each) in left for each in old)


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
