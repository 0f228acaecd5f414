"""What comes before and after a test: patches by decorator, fixtures, set-up methods, parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from autopack.testcode import calling, doubles, evaluation, names
from autopack.testcode.modules import Function, Module
from autopack.testcode.python_tests import TestFunction
from autopack.testcode.running import Run
from autopack.testcode.skipping import skips
from autopack.testcode.syntax import leaf, swallower
from autopack.testcode.values import Source, Stop, Value, joined

_BEFORE = ("setUpClass", "setup_class", "setUp", "asyncSetUp", "setup_method", "setup")
_AFTER = ("tearDown", "asyncTearDown", "teardown_method", "doCleanups")
_PLAIN = frozenset({"tmp_path", "tmpdir", "tmp_path_factory", "tmpdir_factory"})
_SWALLOWING = "the decorator `{}` swallows the failed assertion"


def play(run: Run, test: TestFunction) -> None:
    """Run a test with all that belongs to it."""
    frame = run.frame
    run.says = f"{test.name} {ast.get_docstring(test.node) or ''}"
    if test.owner is not None:
        owner = Value(
            ("self",), of=f"{test.path}::{test.place.split('::', 1)[1].rpartition('::')[0].replace('::', '.')}"
        )
        if test.node.args.args and not _is_static(test.node):
            frame.names[test.node.args.args[0].arg] = owner
    for fixture, module in _everywhere(run, test):
        if any(_word(decorator, "autouse") for decorator in fixture.decorator_list):
            _fixture(run, fixture, module, test, set())
    _patches(run, test)
    _cases(run, test)
    for name in test.parameters:
        if name not in frame.names:
            frame.names[name] = _given(run, name, test, set())
    for mark in test.marks:
        if mark.name == "usefixtures":
            for arg in mark.args:
                if isinstance(arg, ast.Constant):
                    _given(run, str(arg.value), test, set())
    if test.owner is not None:
        _own_methods(run, test, _BEFORE)
    with run.swallowing(_by_decorator(run, test)):
        run.branch(test.node.body)
        for value in frame.returned if run.module.is_script else ():
            calling.settle(run, value)
    while run.later:
        outer, (run.frame, body) = run.frame, run.later.pop()
        run.branch(body)
        run.frame = outer
    if test.owner is not None:
        _own_methods(run, test, _AFTER)


def _is_static(node: Function) -> bool:
    return any(leaf(decorator) == "staticmethod" for decorator in node.decorator_list)


def _patches(run: Run, test: TestFunction) -> None:
    """Doubles of `@patch`, from the inside out; those of the class last, as the runner hands them over."""
    names = [name for name in test.parameters if name not in run.frame.names]
    for mark in (*reversed([m for m in test.marks if m.own]), *reversed([m for m in test.marks if not m.own])):
        if not isinstance(mark.node, ast.Call) or "patch" not in mark.dotted:
            continue
        value = run.value(mark.node)
        if value.of != "patch":
            continue
        double = doubles.apply(run, value)
        given = 3 if mark.name == "object" else 2
        if "new" not in mark.words and len(mark.args) < given and names:
            run.frame.names[names.pop(0)] = double


def _cases(run: Run, test: TestFunction) -> None:
    """Parameters of `parametrize`, by the first case; of hypothesis, any value at all."""
    for mark in test.marks:
        if mark.name == "parametrize" and len(mark.args) > 1 and "indirect" not in mark.words:
            given = mark.args[0]
            if isinstance(given, ast.Constant):
                names = [name.strip() for name in str(given.value).split(",")]
            else:
                names = [str(e.value) for e in getattr(given, "elts", []) if isinstance(e, ast.Constant)]
            values = run.value(mark.args[1])
            first = _case(run, mark.args[1]) or evaluation.element_of(values)
            for at, name in enumerate(name for name in names if name):
                value = first if len(names) == 1 else evaluation.part_of(first, at)
                run.frame.names[name] = (
                    replace(value, roots=value.roots | {f"case {name}"}) if value.constant is ... else value
                )
        elif mark.name == "given":
            words = [word for word in mark.words if word in test.parameters]
            for name in words or test.parameters[len(test.parameters) - len(mark.args) :]:
                known = _is_plain(run, mark.node)
                run.frame.names.setdefault(
                    name, Value(("given", name), Source.NONE if known else Source.UNKNOWN, plain=known)
                )


def _is_plain(run: Run, strategy: ast.expr) -> bool:
    """Whether a strategy is made of hypothesis' own alone: then its values have nothing of the product."""
    for node in ast.walk(strategy):
        if isinstance(node, ast.Name):
            link = run.module.imports.get(node.id)
            if (link is None or not link.target.startswith("hypothesis")) and node.id not in names.BUILTINS:
                return False
    return True


def _case(run: Run, node: ast.expr) -> Value | None:
    """The values of a first `pytest.param`."""
    if (
        isinstance(node, ast.List | ast.Tuple)
        and node.elts
        and isinstance(node.elts[0], ast.Call)
        and leaf(node.elts[0]) == "param"
    ):
        parts = [run.value(arg) for arg in node.elts[0].args]
        return (
            parts[0]
            if len(parts) == 1
            else replace(joined(("display", *(p.key for p in parts)), *parts), items=tuple(parts))
        )
    return None


def _own_methods(run: Run, test: TestFunction, names: tuple[str, ...]) -> None:
    """Methods of the test's class that the runner calls, those of its base classes too."""
    for name in names:
        owner = run.frame.names.get("self") or Value(("self",))
        found = run.product.method(f"{owner.of}.{name}") if owner.of else None
        if found is None or found[1].product:
            continue
        function, module = found
        first = function.args.args[0].arg if function.args.args else ""
        frame = run.new_frame(module)
        if first:
            frame.names[first] = Value(("self",), of=owner.of)
        outer, run.frame = run.frame, frame
        flow, guards = len(run.flow), list(run.guards)
        run.branch(function.body)
        run.frame, run.guards = outer, guards
        del run.flow[flow:]


def _given(run: Run, name: str, test: TestFunction, seen: set[str]) -> Value:
    """What a fixture gives."""
    if name in ("monkeypatch", "mocker"):
        return Value(("fixture", name), named=name)
    if name in _PLAIN:
        return Value((name,), roots=frozenset({f"fixture {name}"}))
    if run.module.is_script:
        return Value(("parameter t",))
    for fixture, module in _everywhere(run, test):
        if _name(fixture) == name and name not in seen:
            return _fixture(run, fixture, module, test, seen | {name})
    return Value(("fixture", name), Source.UNKNOWN)


def _fixture(run: Run, fixture: Function, module: Module, test: TestFunction, seen: set[str]) -> Value:
    frame = run.new_frame(module)
    for arg in (*fixture.args.args, *fixture.args.kwonlyargs):
        frame.names[arg.arg] = Value(("self",)) if arg.arg == "self" else Value(("request",), Source.UNKNOWN) if (
            arg.arg == "request") else _given(run, arg.arg, test, seen)  # fmt: skip
    outer, run.frame = run.frame, frame
    flow, guards = len(run.flow), list(run.guards)
    found: Value | None = None
    try:
        for at, statement in enumerate(fixture.body):
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield):
                found = run.value(statement.value.value) if statement.value.value else None
                run.later.append((frame, fixture.body[at + 1 :]))
                break
            run.skipped = run.skipped or skips(statement)
            run.statement(statement)
    except Stop:
        pass
    if found is None and frame.returned:
        found = frame.returned[0] if len(frame.returned) == 1 else joined(("either",), *frame.returned)
    if found is None:
        found = run.yielded.pop() if run.yielded else Value(("fixture", fixture.name), Source.NONE)
    run.frame, run.guards = outer, guards
    del run.flow[flow:]
    return found if found.constant is not ... else replace(found, roots=found.roots | {f"fixture {fixture.name}"})


def _everywhere(run: Run, test: TestFunction) -> Iterator[tuple[Function, Module]]:
    """Fixtures a test can ask for: of its class, its file, and each conftest from its folder up."""
    module = run.module
    if module.is_script:
        return
    if test.owner is not None:
        yield from ((node, module) for node in test.owner.body if isinstance(node, Function) and _is_fixture(node))
    yield from (
        (node, module) for node in module.definitions.values() if isinstance(node, Function) and _is_fixture(node)
    )
    folder = test.path.rpartition("/")[0]
    while True:
        conftest = run.project.module(f"{folder}/conftest.py" if folder else "conftest.py")
        if conftest is not None:
            yield from (
                (n, conftest) for n in conftest.definitions.values() if isinstance(n, Function) and _is_fixture(n)
            )
        if not folder:
            return
        folder = folder.rpartition("/")[0]


def _is_fixture(node: Function) -> bool:
    return any("fixture" in leaf(decorator) for decorator in node.decorator_list)


def _name(fixture: Function) -> str:
    for decorator in fixture.decorator_list:
        named = _word(decorator, "name")
        if isinstance(named, ast.Constant):
            return str(named.value)
    return fixture.name


def _word(decorator: ast.expr, name: str) -> ast.expr | None:
    if not isinstance(decorator, ast.Call):
        return None
    return next((w.value for w in decorator.keywords if w.arg == name and not (isinstance(w.value, ast.Constant) and not
                 w.value.value)), None)  # fmt: skip


def _by_decorator(run: Run, test: TestFunction) -> tuple[int, str, str] | None:
    """A decorator of the project's own whose wrapper swallows failures."""
    for mark in test.marks:
        if "mark." in mark.dotted or not mark.own:
            continue
        value = run.value(mark.node.func if isinstance(mark.node, ast.Call) else mark.node)
        if value.closure is None:
            continue
        for node in ast.walk(value.closure.node):
            if isinstance(node, ast.Try) and any(
                isinstance(inner, ast.Call) for part in node.body for inner in ast.walk(part)
            ):
                by = swallower(node, test.path)
                if by is not None:
                    return mark.line, test.path, _SWALLOWING.format(mark.dotted)
    return None
