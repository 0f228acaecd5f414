"""What a Python test, or a fixture it runs with, puts in the place of the product."""

from __future__ import annotations

import ast

from autopack.tampering.checks import Double, Place
from autopack.tampering.fixture_homes import fixtures_of
from autopack.tampering.product_parts import defined_by_product
from autopack.tampering.replacing import is_product, on_objects, overwritten, put, rebound, stand_ins
from autopack.testcode.modules import Function, Module, assignments
from autopack.testcode.python_tests import TestFunction
from autopack.testcode.syntax import dotted, leaf

_FAKES = frozenset(
    {"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec", "SimpleNamespace", "mock_open", "stub"}
)

_MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec"})


def doubles_of(test: TestFunction, module: Module) -> tuple[Double, ...]:
    """Doubles in its decorators and body, in fixtures it uses, and in place of what its module imports."""
    used = _used(test, module)
    found: list[tuple[str, Place, str]] = []
    derived: list[tuple[str, Place, str, str]] = []
    for decorator in test.node.decorator_list:
        found += put(decorator, module)
    for node in test.node.body:
        found += put(node, module)
    found += rebound(test.node.body, module)
    for fixture, at in fixtures_of(test, module):
        for node in fixture.body:
            found += put(node, at)
        derived += stand_ins(fixture.body, at)
        used |= {leaf(c.func) for c in ast.walk(fixture) if isinstance(c, ast.Call) and at.path == module.path}
    derived += stand_ins(test.node.body, module)
    if test.owner is not None:
        set_up = [
            n for n in test.owner.body if isinstance(n, Function) and n.name.lower().startswith(("setup", "asyncsetup"))
        ]
        for node in set_up:
            found += put(node, module)
            derived += stand_ins(node.body, module)
        found += [d for decorator in test.owner.decorator_list for d in put(decorator, module)]
    found += overwritten(module, used)
    found += on_objects(test.node.body, module, used)
    defined = defined_by_product(module)
    methods = {name.rpartition(".")[2] for name, part in defined.items() if not part.hands_over}
    inner = {
        name.rpartition(".")[2]
        for name in defined.keys() & {f"{of}.{target}" for of in _called(test, module) for target, _, _ in found}
        if defined[name].has_logic
    }
    return (
        *(
            Double(target, place, text, target in used or target in inner, target in methods)
            for target, place, text in dict.fromkeys(found)
        ),
        *(
            Double(target, place, text, target in used, target in methods, of)
            for target, place, text, of in dict.fromkeys(derived)
        ),
    )


def uses_of(test: TestFunction, module: Module) -> frozenset[str]:
    """Functions and classes of the product that the test calls, itself or by the fixtures and helpers it uses."""
    found: set[str] = set()
    for node, home in _parts(test, module):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load) and is_product(inner.id, home):
                found.add(home.imports[inner.id].name or inner.id)
    return frozenset(found)


def _called(test: TestFunction, module: Module) -> set[str]:
    """Functions and classes of the product that are called there, or methods of which are."""
    calls = ((n, home) for node, home in _parts(test, module) for n in ast.walk(node) if isinstance(n, ast.Call))
    roots = ((dotted(call.func).partition(".")[0], home) for call, home in calls)
    return {home.imports[root].name or root for root, home in roots if is_product(root, home)}


def helpers_of(test: TestFunction, module: Module) -> frozenset[str]:
    """Names that the test, its fixtures and helpers use and that a file of the tests' side defines which they import."""
    found: set[str] = set()
    for node, home in _parts(test, module):
        for name in {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}:
            link = home.imports.get(name)
            if link is not None and link.inside and home.project.is_test(link.target):
                path = home.project.followed(link.target, link.name).partition("::")[0]
                found |= {link.name or name} if home.project.is_test(path) else set()
    return frozenset(found)


def fakes_of(test: TestFunction, module: Module) -> tuple[Double, ...]:
    """Mocks and made-up objects in the test and its fixtures."""
    found: list[Double] = []
    for node, home in _parts(test, module):
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and leaf(call.func) in _FAKES:
                text = ast.unparse(call)
                found.append(Double(leaf(call.func), Place(home.path, call.lineno), text, subject=False))
    return tuple(dict.fromkeys(found))


def mocked_names(test: TestFunction, module: Module) -> frozenset[str]:
    """Parameters of a test for which a fixture makes a mock."""
    made = {fixture.name for fixture, _ in fixtures_of(test, module) if _gives_mock(fixture)}
    return frozenset(name for name in test.parameters if name in made)


def _gives_mock(fixture: Function) -> bool:
    given = [n.value for n in ast.walk(fixture) if isinstance(n, ast.Return | ast.Yield) and n.value is not None]
    names = {n.id for n in given if isinstance(n, ast.Name)}
    values = [*given, *(value for s in ast.walk(fixture) if isinstance(s, ast.Assign) for target, value in assignments(s)
                        if isinstance(target, ast.Name) and target.id in names)]  # fmt: skip
    return any(is_mock(value) for value in values)


def is_mock(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and leaf(node.func) in _MOCKS


def _parts(test: TestFunction, module: Module) -> list[tuple[ast.AST, Module]]:
    names = _names_outside(test)
    helpers = [node for name, node in module.definitions.items() if name in names and isinstance(node, Function)]
    set_up = [
        n for n in (test.owner.body if test.owner else []) if isinstance(n, Function) and n.name.startswith("set")
    ]
    return [(test.node, module), *((n, module) for n in (*helpers, *set_up)), *fixtures_of(test, module)]


def _names_outside(test: TestFunction) -> set[str]:
    """Names in a test that it does not give values itself."""
    names = [n for n in ast.walk(test.node) if isinstance(n, ast.Name)]
    return {n.id for n in names} - {n.id for n in names if isinstance(n.ctx, ast.Store)} - set(test.parameters)


def _used(test: TestFunction, module: Module) -> set[str]:
    """Names of the product that the test calls itself, or of helpers in its file."""
    bodies: list[ast.AST] = [test.node]
    names = _names_outside(test)
    bodies += [node for name, node in module.definitions.items() if name in names and isinstance(node, Function)]
    found: set[str] = set()
    for node in (n for body in bodies for n in ast.walk(body)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found.add(node.func.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and is_product(node.id, module):
            found.add(module.imports[node.id].name or node.id)
    return found
