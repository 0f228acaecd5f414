"""Which pytest fixtures a test runs with, and where they stand."""

from __future__ import annotations

import ast

from autopack.testcode.modules import Function, Module
from autopack.testcode.python_tests import TestFunction
from autopack.testcode.syntax import leaf

_MOST_FIXTURES = 30


def fixtures_of(test: TestFunction, module: Module) -> list[tuple[Function, Module]]:
    """Fixtures the test names, those that run by themselves, and what these use, in its class, its file and the conftests
    above."""
    homes = [module, *conftests(module)]
    known: dict[str, tuple[Function, Module]] = {}
    auto: list[str] = []
    for home in reversed(homes):
        for name, node in home.definitions.items():
            if (
                isinstance(node, Function)
                and "." not in name
                and any("fixture" in leaf(d) for d in node.decorator_list)
            ):
                known[name] = (node, home)
                auto += [name] if any(runs_by_itself(d) for d in node.decorator_list) else []
    for node in test.owner.body if test.owner is not None else ():
        if isinstance(node, Function) and any("fixture" in leaf(d) for d in node.decorator_list):
            known[node.name] = (node, module)
            auto += [node.name] if any(runs_by_itself(d) for d in node.decorator_list) else []
    wanted = [*auto, *test.parameters]
    for mark in test.marks:
        wanted += [str(a.value) for a in mark.args if mark.name == "usefixtures" and isinstance(a, ast.Constant)]
    found: dict[str, tuple[Function, Module]] = {}
    while wanted and len(found) < _MOST_FIXTURES:
        name = wanted.pop()
        if name in known and name not in found:
            found[name] = known[name]
            wanted += [a.arg for a in known[name][0].args.args]
    return list(found.values())


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
