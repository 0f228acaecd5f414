"""Files of stored results that tests compare with, and which of them a changed outcome may come from."""

from __future__ import annotations

import ast
import copy
import re
from functools import lru_cache

from autopack.model.changes import FileChange
from autopack.testing.delta import GOOD
from autopack.testing.functions import functions, parsed, span
from autopack.testing.ids import function_of
from autopack.testing.licence import Licence
from autopack.testing.lines import is_python
from autopack.testing.masked import Masked
from autopack.testing.sides import Sides


def stored_results(m: Masked, change: FileChange | None, sides: Sides, licence: Licence) -> FileChange | None:
    """The data that a test compares with which passes and stays as it was, like helpers, fixtures and settings that may
    hide what fails. None where the plan does not ask for that data."""
    if sides.configuration or not is_as_it_was(m, change, sides, licence):
        return None
    said = b"" if change is None else change.before or b""
    data = (c for c in sides.tests.changes if _is_data(c))
    return next((c for c in data if licence.asks_for_stored(c) and _is_said(c, said)), None)


def unasked_results(m: Masked, change: FileChange | None, sides: Sides, licence: Licence) -> FileChange | None:
    """As `stored_results`, of data that the plan does not ask for: only that can be why the test passes."""
    if sides.configuration or change is None or not is_as_it_was(m, change, sides, licence):
        return None
    data = (c for c in sides.tests.changes if _is_data(c) and c.before is not None)
    return next((c for c in data if not licence.asks_for_stored(c) and _is_said(c, change.before or b"")), None)


def is_as_it_was(m: Masked, change: FileChange | None, sides: Sides, licence: Licence) -> bool:
    """Whether a test passes that stands there as it stood, with all that its file and helpers have beside tests."""
    if m.outcome not in GOOD or any(_may_hide(c, licence) for c in sides.tests.changes if c is not change):
        return False
    return change is None or (
        text_of(change.before, m.test) == text_of(change.after, m.now) and _frame(change.before) == _frame(change.after)
    )


def _may_hide(change: FileChange, licence: Licence) -> bool:
    """Whether a file of the tests' side may have a say in tests of other files: one of Python that holds none itself, but
    for a table of plain values that the plan asks for."""
    name = change.path.rpartition("/")[2]
    data = _is_data(change) and (licence.asks_for_stored(change) or not is_python(change.path, change.after or b""))
    return not data and not (name.startswith("test") or name.endswith("_test.py"))


def _is_data(change: FileChange) -> bool:
    """Whether it holds nothing but values, before and after: no Python, or names that are given literals."""
    return all(
        not is_python(change.path, data or b"") or _holds_literals(data) for data in (change.before, change.after)
    )


def _holds_literals(data: bytes | None) -> bool:
    tree = parsed(data or b"")
    if tree is None or not tree.body:
        return False
    return all(
        (isinstance(n, ast.Assign) and _is_literal(n.value))
        or (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))
        for n in tree.body
    )


def _is_literal(node: ast.expr) -> bool:
    """Whether it can be read without being run; `set()` is one."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


@lru_cache(maxsize=4)
def _frame(data: bytes | None) -> str:
    """What stands in a test file beside its tests."""
    tree = copy.deepcopy(parsed(data or b""))
    return ast.dump(_WithoutTests().visit(tree)) if tree is not None else ""


class _WithoutTests(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return None if node.name.startswith("test") else node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST | None:
        return None if node.name.startswith("test") else node


def _is_said(stored: FileChange, said: bytes) -> bool:
    """Whether a test's file names it, with or without its ending, or imports it; of one that is as it was nobody looked."""
    name = stored.path.rpartition("/")[2]
    stem = re.escape(name.partition(".")[0].encode())
    told = rb"\b%b\b" % stem if is_python(name, b"") else rb"['\"]%b['\"]" % stem
    return not said or name.encode() in said or re.search(told, said) is not None


def text_of(data: bytes | None, test: str) -> list[str]:
    """The lines of a test, decorators included; of the whole file where the test cannot be found in it."""
    lines = (data or b"").decode("utf-8", "replace").splitlines()
    node = functions(data or b"").get(function_of(test).partition("::")[2])
    if node is None:
        return lines
    first, last = span(node)
    return lines[first - 1 : last]
