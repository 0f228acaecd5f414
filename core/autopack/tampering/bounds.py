"""How long a Python test lets things take: time-out marks and arguments, pauses."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autopack.tampering.assertions import as_number
from autopack.tampering.checks import Bound, Place
from autopack.tampering.fixture_homes import fixtures_of
from autopack.testcode.modules import Function, Module
from autopack.testcode.python_tests import TestFunction
from autopack.testcode.syntax import leaf

_WORDS = ("timeout", "deadline", "max_wait", "time_limit", "max_seconds")
_COUNTS = frozenset({"reruns", "retries", "max_runs", "max_attempts", "tries"})
_TIMED = frozenset({"sleep", "wait", "join", "wait_for", "alarm", "timeout", "fail_after", "settimeout", "setitimer"})
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
    names = {n.id for n in ast.walk(test.node) if isinstance(n, ast.Name)}
    used = [(node, module) for name, node in module.definitions.items() if name in names and isinstance(node, Function)]
    for node, home in dict.fromkeys([(test.node, module), *used, *fixtures_of(test, module)]):
        found += bounds_in(node, home)
    return tuple(found)


def bounds_in(node: ast.AST, home: Module) -> Iterator[Bound]:
    """Numbers given as time-outs or pauses, each under what it is given to; constants of the tests' side are put in."""
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        name = leaf(call.func)
        for word in call.keywords:
            value, place = _worth(word.value, home)
            if word.arg and (word.arg.endswith(_WORDS) or word.arg in _COUNTS):
                nothing = isinstance(value, ast.Constant) and value.value is None
                if nothing or as_number(value) is not None:
                    yield Bound(f"{name} {word.arg}", _limit(value), place)
            elif word.arg == "max_examples":
                examples = as_number(value)
                if examples is not None:
                    yield Bound(EXAMPLES, -examples, place)
        if name in _TIMED and call.args:
            value, place = _worth(call.args[-1], home)
            number = as_number(value)
            if number is not None and (number or name != "setitimer"):
                at = place if value is not call.args[-1] else Place(home.path, call.lineno)
                yield Bound("sleep" if name == "sleep" else f"{name} timeout", number, at)


def _worth(node: ast.expr, home: Module) -> tuple[ast.expr, Place]:
    """What a constant's name stands for, and where that is written; anything else as it is."""
    if isinstance(node, ast.Name):
        link = home.imports.get(node.id)
        at, _, name = (
            home.project.followed(link.target, link.name).partition("::") if link and link.inside else ("", "", "")
        )
        module = home.project.module(at) if at else home
        values = module.assigned.get(name or node.id, []) if module is not None and not module.product else []
        if module is not None and len(values) == 1:
            return values[0], Place(module.path, values[0].lineno)
    return node, Place(home.path, getattr(node, "lineno", 1))


def _limit(node: ast.expr | None) -> float:
    """A time-out of none or 0 is no limit."""
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return NO_LIMIT
    value = as_number(node)
    return NO_LIMIT if value is None or value <= 0 else value
