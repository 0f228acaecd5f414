"""Marks and decorators that keep a Python test from running or from counting."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from autopack.tampering.checks import Block, Place
from autopack.testcode.modules import Module
from autopack.testcode.python_tests import Mark
from autopack.testcode.syntax import dotted

_SKIPS = frozenset({"skip", "skipif", "skipIf", "skipUnless", "skip_if", "requires"})
_XFAILS = frozenset({"xfail", "expectedFailure"})
_REPEATS = frozenset({"flaky", "rerun", "retry", "reruns", "repeat_on_failure"})
_KNOWN = frozenset({"parametrize", "usefixtures", "filterwarnings", "timeout", "patch", "object", "given", "settings",
                    "fixture",
                    "mark", "asyncio", "anyio", "property", "staticmethod", "classmethod", "example"})  # fmt: skip


def mark_blocks(marks: Sequence[Mark | ast.expr], module: Module, where: str = "") -> Iterator[Block]:
    """One for each mark that skips, expects a failure or repeats; names of marks stand for what the module gives them."""
    for given in marks:
        mark = given if isinstance(given, Mark) else Mark(dotted(given), getattr(given, "lineno", 1), given)
        node, name = _resolved(mark, module)
        key = " ".join((where, ast.unparse(node))).strip()
        place = Place(module.path, mark.line)
        if name in _SKIPS or (
            name not in _KNOWN and ("skip" in name.lower() or name.startswith(("requires_", "needs_")))
        ):
            yield Block("skipped", place, key, ast.unparse(node))
        elif name in _XFAILS:
            strict = isinstance(node, ast.Call) and any(
                w.arg == "strict" and isinstance(w.value, ast.Constant) and w.value.value for w in node.keywords
            )
            yield Block("xfailed", place, f"{where} xfail strict={strict} {_raises(node)}".strip(), ast.unparse(node))
        elif name in _REPEATS:
            yield Block("timeout_raised", place, key, ast.unparse(node))


def _resolved(mark: Mark, module: Module) -> tuple[ast.expr, str]:
    values = module.assigned.get(mark.dotted, [])
    if len(values) == 1 and isinstance(values[0], ast.Call | ast.Attribute):
        return values[0], dotted(values[0]).rpartition(".")[2]
    link = module.imports.get(mark.dotted)
    if link is not None and link.inside and link.name:
        other = module.project.module(link.target)
        held = other.assigned.get(link.name, []) if other is not None else []
        if len(held) == 1 and isinstance(held[0], ast.Call | ast.Attribute):
            return held[0], dotted(held[0]).rpartition(".")[2]
    return mark.node, mark.name


def _raises(node: ast.expr) -> str:
    words = node.keywords if isinstance(node, ast.Call) else []
    return next((f"raises={ast.unparse(w.value)}" for w in words if w.arg == "raises"), "")
