"""What can be told of a statement from its syntax alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable

BROAD = frozenset({"Exception", "BaseException", "AnyError", "Error"})
CATCHES = BROAD | {"AssertionError"}
_FAIL = frozenset({"fail", "exit"})
ANY_ERROR = "AnyError"
"""What a script's `toThrow()` expects, told in Python."""
FLOATING = "__floating__"
"""A script's promise that nobody waits for, told in Python."""
CAUGHT = "__caught__"
"""A script's promise whose failures end in an empty `.catch`, told in Python."""
NO_THROW = "__no_throw__"
"""A script's `doesNotThrow`, told in Python."""
MODULE = "__mock_module__"
"""What a script's `vi.mock(path, factory)` is called in Python."""


def leaf(node: ast.expr | None) -> str:
    """The last name of `a.b.c`, or of what is called by it."""
    while isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def dotted(node: ast.expr) -> str:
    """`a.b.c`, also of what is called by that name; "" for anything else."""
    node = node.func if isinstance(node, ast.Call) else node
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def names_of(node: ast.expr | None) -> set[str]:
    if isinstance(node, ast.Tuple):
        return {name for part in node.elts for name in names_of(part)}
    return {leaf(node)} if node is not None else set()


def swallower(node: ast.Try, path: str) -> tuple[int, str, str] | None:
    """Line, file and words for what keeps a failed assertion in the `try` from failing the test; None for nothing."""
    for part in node.finalbody:
        if isinstance(part, ast.Return):
            return part.lineno, path, "the `return` in `finally` swallows the failed assertion"
    for handler in node.handlers:
        caught = names_of(handler.type)
        if (handler.type is None or caught & CATCHES) and not fails(handler.body):
            what = f"except {ast.unparse(handler.type)}" if handler.type is not None else "except"
            return handler.lineno, path, f"`{what}` swallows the failed assertion"
    return None


def fails(body: Iterable[ast.stmt]) -> bool:
    """Whether a block fails the test or asserts on its own."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Raise) and not _is_skip(node.exc):
                return True
            if isinstance(node, ast.Assert) and not (isinstance(node.test, ast.Constant) and node.test.value):
                return True
            if isinstance(node, ast.Call) and (leaf(node.func) in _FAIL or leaf(node.func).startswith("assert")):
                return True
    return False


def _is_skip(node: ast.expr | None) -> bool:
    name = leaf(node.func) if isinstance(node, ast.Call) else leaf(node) if node is not None else ""
    return name in ("SkipTest", "skip", "Skipped")
