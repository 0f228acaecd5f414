"""What a check asks along with what it says: the parts of a whole, and an error behind the error's text."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from functools import lru_cache

from autopack.tampering.checks import Check

Form = tuple[object, ...]
_EQUAL = frozenset({"==", "is"})
_MOST_PARTS = 100


def implied_by(check: Check) -> Iterator[Form]:
    """Forms of checks that cannot fail where this one passes."""
    if check.op in ("raises", "warns"):
        yield (check.op, check.subject, check.expected.partition(" match ")[0], None)
        return
    if check.op != "==":
        return
    for part, expected in _parts(check):
        yield from ((op, part, expected, None) for op in _EQUAL)
    held = _held(check.expected)
    if held is None:
        return
    if check.subject.startswith("sorted(") and check.subject.endswith(")") and isinstance(held, ast.List):
        yield ("==", f"len({check.subject[7:-1]})", str(len(held.elts)), None)
    ordered = not isinstance(held, ast.Dict)
    numbers = (form for form in _numbers(check.subject, held) if ordered or not form[0].startswith("list("))
    yield from (("==", *form, None) for form in numbers)
    elements = [k for k in held.keys if k is not None] if isinstance(held, ast.Dict) else held.elts
    yield from (("in", check.subject, ast.unparse(e), None) for e in elements[:_MOST_PARTS])


def is_asked_in_parts(check: Check, forms: Collection[object]) -> bool:
    """Whether these ask for each part of what it asks for as a whole, and that there is no other part."""
    held = _held(check.expected) if check.op == "==" else None
    parts = list(_parts(check))
    if held is None or not parts:
        return False
    counted = isinstance(held, ast.Tuple) or any(("==", *form, None) in forms for form in _numbers(check.subject, held))
    return counted and all(any((op, *part, None) in forms for op in _EQUAL) for part in parts)


def _parts(check: Check) -> Iterator[tuple[str, str]]:
    """Each part of a compared dict, list or tuple, and what it is compared with."""
    held = _held(check.expected)
    if isinstance(held, ast.Dict):
        if any(key is None for key in held.keys):
            return
        keyed = [
            (ast.unparse(key), value) for key, value in zip(held.keys, held.values, strict=True) if key is not None
        ]
    elif isinstance(held, ast.List | ast.Tuple):
        keyed = [(str(number), value) for number, value in enumerate(held.elts)]
    else:
        return
    for key, value in keyed[:_MOST_PARTS]:
        yield f"{check.subject}[{key}]", ast.unparse(value)


def _numbers(subject: str, held: ast.Dict | ast.List | ast.Tuple | ast.Set) -> Iterator[tuple[str, str]]:
    """How many parts there are, or which keys: subject and what it is compared with."""
    if not isinstance(held, ast.Dict):
        parts = [ast.unparse(part) for part in held.elts]
        yield f"len({subject})", str(len(set(parts) if isinstance(held, ast.Set) else parts))
        return
    keys = [key for key in held.keys if key is not None]
    yield f"len({subject})", str(len(keys))
    if keys:
        named = ast.unparse(ast.Set(sorted(keys, key=ast.unparse)))
        yield from ((f"set({subject})", named), (f"{subject}.keys()", named))
    for listed in (ast.List(keys, ast.Load()), ast.List(sorted(keys, key=ast.unparse), ast.Load())):
        yield f"sorted({subject})", ast.unparse(listed)
        yield f"list({subject})", ast.unparse(listed)


@lru_cache(maxsize=512)
def _held(expected: str) -> ast.Dict | ast.List | ast.Tuple | ast.Set | None:
    if not expected.startswith(("{", "[", "(")):
        return None
    try:
        node = ast.parse(expected, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return node if isinstance(node, ast.Dict | ast.List | ast.Tuple | ast.Set) else None
