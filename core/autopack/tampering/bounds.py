"""How long a Python test lets things take: time-out marks and arguments, pauses."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autopack.tampering.assertions import as_number
from autopack.tampering.checks import Bound, Place
from autopack.testcode.modules import Function, Module
from autopack.testcode.python_tests import TestFunction
from autopack.testcode.syntax import leaf

_WORDS = ("timeout", "deadline", "max_wait", "time_limit", "max_seconds")
_COUNTS = frozenset({"reruns", "retries", "max_runs", "max_attempts", "tries"})
NO_LIMIT = 1e18
EXAMPLES = "examples"
"""Fewer let more pass, so they count below zero."""


def bounds_of(test: TestFunction, module: Module) -> tuple[Bound, ...]:
    """Of its marks, its body, and the fixtures and helpers of its file that it names."""
    found: list[Bound] = []
    for mark in test.marks:
        if mark.name == "timeout":
            given = mark.args[0] if mark.args else mark.words.get("timeout")
            found.append(Bound("mark timeout", _limit(given), Place(module.path, mark.line)))
    names = {n.id for n in ast.walk(test.node) if isinstance(n, ast.Name)} | set(test.parameters)
    used = [node for name, node in module.definitions.items() if name in names and isinstance(node, Function)]
    for node in (test.node, *used):
        found += bounds_in(node, module.path)
    return tuple(found)


def bounds_in(node: ast.AST, path: str) -> Iterator[Bound]:
    """Numbers given as time-outs or pauses, each under what it is given to."""
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        name = leaf(call.func)
        for word in call.keywords:
            if word.arg and (word.arg.endswith(_WORDS) or word.arg in _COUNTS):
                nothing = isinstance(word.value, ast.Constant) and word.value.value is None
                if nothing or as_number(word.value) is not None:
                    value = _limit(word.value)
                    yield Bound(f"{name} {word.arg}", value, Place(path, word.value.lineno))
            elif word.arg == "max_examples":
                examples = as_number(word.value)
                if examples is not None:
                    yield Bound(EXAMPLES, -examples, Place(path, word.value.lineno))
        if name == "sleep" and call.args:
            value = as_number(call.args[0])
            if value is not None:
                yield Bound("sleep", value, Place(path, call.lineno))
        elif name in ("wait", "join", "wait_for", "alarm", "timeout", "fail_after", "settimeout") and call.args:
            value = as_number(call.args[-1])
            if value is not None:
                yield Bound(f"{name} timeout", value, Place(path, call.lineno))


def _limit(node: ast.expr | None) -> float:
    """A time-out of none or 0 is no limit."""
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return NO_LIMIT
    value = as_number(node)
    return NO_LIMIT if value is None or value <= 0 else value
