"""Which pytest fixtures a test runs with, and where they stand."""

from __future__ import annotations

import ast
from typing import TypeGuard

from autopack.testcode.modules import Function, Module
from autopack.testcode.python_tests import TestFunction
from autopack.testcode.syntax import leaf

_MOST_FIXTURES = 30


def fixtures_of(test: TestFunction, module: Module) -> list[tuple[Function, Module]]:
    """Fixtures the test names, those that run by themselves, and what these use, in its class, its file and the conftests
    above."""
    offered = module.project.once(_offered, module)
    own = [(node, module) for node in (test.owner.body if test.owner is not None else ()) if _is_fixture(node)]
    known = {node.name: (node, home) for node, home in (*offered, *own)}
    wanted = [node.name for node, _ in (*offered, *own) if any(runs_by_itself(d) for d in node.decorator_list)]
    wanted += test.parameters
    for mark in test.marks:
        wanted += [str(a.value) for a in mark.args if mark.name == "usefixtures" and isinstance(a, ast.Constant)]
    found: dict[str, tuple[Function, Module]] = {}
    while wanted and len(found) < _MOST_FIXTURES:
        name = wanted.pop()
        if name in known and name not in found:
            found[name] = known[name]
            wanted += [a.arg for a in known[name][0].args.args]
    return list(found.values())


def _offered(module: Module) -> list[tuple[Function, Module]]:
    """Fixtures of the conftests above a file and of itself, with where they stand: of one name the last counts."""
    return [
        (node, home)
        for home in (*reversed(conftests(module)), module)
        for name, node in home.definitions.items()
        if "." not in name and _is_fixture(node)
    ]


def _is_fixture(node: ast.stmt) -> TypeGuard[Function]:
    return isinstance(node, Function) and any("fixture" in leaf(d) for d in node.decorator_list)


def conftests(module: Module) -> list[Module]:
    """From the nearest folder upwards."""
    parts = module.path.split("/")[:-1]
    paths = ["/".join([*parts[:n], "conftest.py"]) for n in range(len(parts), -1, -1)]
    return [m for m in (module.project.module(path) for path in paths) if m is not None and m.path != module.path]


def runs_by_itself(decorator: ast.expr) -> bool:
    """Whether a decorator makes a fixture that every test runs with, named or not."""
    return isinstance(decorator, ast.Call) and any(
        w.arg == "autouse" and isinstance(w.value, ast.Constant) and w.value.value for w in decorator.keywords
    )
