"""What a Python test, or a fixture it runs with, puts in the place of the product."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from autopack.tampering.checks import Double, Place
from autopack.tampering.fixture_homes import conftests, fixtures_of
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
    stand_ins: list[tuple[str, Place, str, str]] = []
    for decorator in test.node.decorator_list:
        found += _put(decorator, module)
    for node in test.node.body:
        found += _put(node, module)
    found += _rebound(test.node.body, module)
    for fixture, at in fixtures_of(test, module):
        for node in fixture.body:
            found += _put(node, at)
        stand_ins += _stand_ins(fixture.body, at)
        used |= {leaf(c.func) for c in ast.walk(fixture) if isinstance(c, ast.Call) and at.path == module.path}
    stand_ins += _stand_ins(test.node.body, module)
    if test.owner is not None:
        set_up = [
            n for n in test.owner.body if isinstance(n, Function) and n.name.lower().startswith(("setup", "asyncsetup"))
        ]
        for node in set_up:
            found += _put(node, module)
            stand_ins += _stand_ins(node.body, module)
        found += [d for decorator in test.owner.decorator_list for d in _put(decorator, module)]
    found += _overwritten(module, used)
    found += _on_objects(test.node.body, module, used)
    defined = _defined_by_product(module)
    methods = {name.rpartition(".")[2] for name in defined}
    return (
        *(
            Double(target, place, text, target in used, target in defined)
            for target, place, text in dict.fromkeys(found)
        ),
        *(
            Double(target, place, text, target in used, target in methods, of)
            for target, place, text, of in dict.fromkeys(stand_ins)
        ),
    )


def _defined_by_product(module: Module) -> frozenset[str]:
    """Functions, and methods as `Class.method`, of the product's files that the test's file, or a conftest above it,
    imports from."""
    links = [link for home in (module, *conftests(module)) for link in home.imports.values() if link.inside]
    files = {link.target for link in links} | {
        module.project.followed(link.target, link.name).partition("::")[0] for link in links
    }
    homes = [home for path in sorted(files) if (home := module.project.module(path)) is not None and home.product]
    return frozenset(name for home in homes for name, node in home.definitions.items() if isinstance(node, Function))


def uses_of(test: TestFunction, module: Module) -> frozenset[str]:
    """Functions and classes of the product that the test calls, itself or by the fixtures and helpers it uses."""
    found: set[str] = set()
    for node, home in _parts(test, module):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load) and is_product(inner.id, home):
                found.add(home.imports[inner.id].name or inner.id)
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


def _on_objects(body: Sequence[ast.stmt], module: Module, used: set[str]) -> Iterator[tuple[str, Place, str]]:
    """A method of an object that the test itself calls, put in its place."""
    for statement in body:
        for node in ast.walk(statement):
            if not isinstance(node, ast.Assign):
                continue
            made = isinstance(node.value, ast.Lambda) or (
                isinstance(node.value, ast.Call) and leaf(node.value.func) in _FAKES
            )
            for target in node.targets if made else ():
                if isinstance(target, ast.Attribute) and target.attr in used:
                    yield target.attr, Place(module.path, node.lineno), ast.unparse(node)


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


def is_product(name: str, module: Module) -> bool:
    """Whether the name is imported from the product."""
    link = module.imports.get(name)
    return link is not None and link.inside and not module.project.is_test(link.target)


def _put(root: ast.AST, module: Module) -> Iterator[tuple[str, Place, str]]:
    """Patches, monkeypatches and assignments to attributes of the product."""
    for node in ast.walk(root):
        if isinstance(node, ast.Call):
            target = _patched(node, module)
            if target and not any(w.arg == "wraps" for w in node.keywords):
                yield target, Place(module.path, node.lineno), ast.unparse(node)
        elif isinstance(node, ast.Assign):
            for at in node.targets:
                if isinstance(at, ast.Attribute) and isinstance(at.value, ast.Name) and is_product(at.value.id, module):
                    yield at.attr, Place(module.path, node.lineno), ast.unparse(node)
                elif isinstance(at, ast.Subscript) and dotted(at.value) in ("sys.modules", "globals"):
                    name = at.slice.value if isinstance(at.slice, ast.Constant) else ""
                    yield str(name).rpartition(".")[2], Place(module.path, node.lineno), ast.unparse(node)


def _patched(node: ast.Call, module: Module) -> str:
    """The name that a call replaces, "" where it replaces nothing of the product."""
    name, args = dotted(node), node.args
    last = name.rpartition(".")[2]
    if last == "patch" and args and isinstance(args[0], ast.JoinedStr):
        target = ast.unparse(args[0])[2:-1].removeprefix("{__name__}.")
        return target if is_product(target, module) else ""
    if last in ("patch", "setattr") and args and isinstance(args[0], ast.Constant) and isinstance(args[0].value, str):
        home, _, target = args[0].value.rpartition(".")
        inside = module.project.find(home, module.path) or _class_in(home, module)
        return target if inside and not module.project.is_test(inside) else ""
    if (
        (name.endswith(("patch.object", "setattr")) or last == "spyOn")
        and len(args) >= 2
        and isinstance(args[1], ast.Constant)
    ):
        return str(args[1].value) if _of_product(args[0], module) else ""
    if last == "setitem" and len(args) >= 2 and isinstance(args[1], ast.Constant):
        home = dotted(args[0])
        if home in ("globals", "sys.modules") or "__dict__" in home or "__globals__" in ast.unparse(args[0]):
            return str(args[1].value).rpartition(".")[2]
    if last == "multiple" and args:
        return next((w.arg for w in node.keywords if w.arg and w.arg not in ("spec", "create", "autospec")), "")
    return ""


def _class_in(home: str, module: Module) -> str:
    """The file of a class that is named with its module."""
    above, _, name = home.rpartition(".")
    path = module.project.find(above, module.path) if above else ""
    held = module.project.module(path) if path else None
    return path if held is not None and name in held.definitions else ""


def _of_product(node: ast.expr, module: Module) -> bool:
    """An object of the product: imported from it, or what the test keeps of it."""
    root = dotted(node).split(".")[0]
    if root in module.imports:
        return is_product(root, module)
    return bool(root) and root not in ("os", "sys", "time", "random", "socket", "subprocess", "builtins")


def _rebound(body: Sequence[ast.stmt], module: Module) -> Iterator[tuple[str, Place, str]]:
    """A local value or function under a name that the module imports from the product."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if (
                        isinstance(target, ast.Name)
                        and is_product(target.id, module)
                        and not _calls(node.value, target.id)
                    ):
                        yield (
                            module.imports[target.id].name or target.id,
                            Place(module.path, node.lineno),
                            ast.unparse(node),
                        )
            elif isinstance(node, Function) and is_product(node.name, module):
                yield module.imports[node.name].name or node.name, Place(module.path, node.lineno), f"def {node.name}"


def _calls(node: ast.expr, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))


def _overwritten(module: Module, used: set[str]) -> Iterator[tuple[str, Place, str]]:
    """Definitions and values of the file under a name that it imports from the product."""
    for name, node in module.definitions.items():
        if is_product(name, module):
            yield module.imports[name].name or name, Place(module.path, node.lineno), f"def {name}"
    for name, values in module.assigned.items():
        for value in values:
            if is_product(name, module) and not _calls(value, name):
                used.add(module.imports[name].name or name)
                yield (
                    module.imports[name].name or name,
                    Place(module.path, value.lineno),
                    f"{name} = {ast.unparse(value)}",
                )


def _stand_ins(body: Sequence[ast.stmt], module: Module) -> Iterator[tuple[str, Place, str, str]]:
    """Objects of a class of the tests that derives from one of the product and overrides its methods."""
    for statement in body:
        for call in ast.walk(statement):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            known = module.definitions.get(call.func.id)
            if not isinstance(known, ast.ClassDef):
                continue
            product = [base for base in known.bases if is_product(leaf(base), module)]
            methods = [n for n in known.body if isinstance(n, Function) and not n.name.startswith("__")]
            for node in methods if product else ():
                at = Place(module.path, call.lineno)
                yield node.name, at, ast.unparse(statement), module.imports[leaf(product[0])].name or leaf(product[0])
