"""The tests of a Python file as they can be compared with those of another tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autopack.tampering.bounds import bounds_of
from autopack.tampering.checks import IDLE, Block, Check, Examined, Place
from autopack.tampering.doubles import doubles_of, fakes_of, helpers_of, mocked_names, uses_of
from autopack.tampering.fixture_homes import fixtures_of
from autopack.tampering.fixtures import fixture_functions, fixture_tables, fixture_values
from autopack.tampering.literals import may_be_filled
from autopack.tampering.marks import mark_blocks
from autopack.tampering.scopes import Scope, inherited
from autopack.tampering.statements import checking
from autopack.tampering.tables import parametrized, together
from autopack.tampering.terms import local, store
from autopack.tampering.walking import Walk
from autopack.testcode.modules import Function, Module
from autopack.testcode.python_tests import TestFunction, is_test_case, read_tests
from autopack.testcode.syntax import leaf

_SET_UP = ("setUp", "asyncSetUp", "setup_method", "setUpClass", "setup_class")
_TEAR_DOWN = ("tearDown", "asyncTearDown", "teardown_method")


@dataclass(frozen=True)
class Idle:
    """A function that reads like a test and that nothing collects; `why` says what keeps it out, at `place`."""

    name: str
    place: Place
    why: str
    body: str


def examined_tests(module: Module) -> tuple[Examined, ...]:
    """Tests that pytest or unittest collects; of several of one name the last."""
    return module.project.once(_examined_tests, module)


def _examined_tests(module: Module) -> tuple[Examined, ...]:
    if not is_collected(module.path) or _switched_off(module.tree.body):
        return ()
    found: dict[str, Examined] = {}
    gone = {name for name, _ in _taken_away(module.tree.body)}
    for test in read_tests(module):
        owner = test.owner
        if test.name in gone or (owner is not None and (_switched_off(owner.body) or _has_init(owner, module))):
            continue
        if _is_dead(test.node, module.tree.body):
            continue
        found[test.place] = examined(test, module)
    return tuple(found.values())


def is_collected(path: str) -> bool:
    """By the names that pytest looks for when nothing else is set."""
    name = path.rpartition("/")[2]
    return name.endswith(".py") and (name.startswith("test") or name.endswith(("_test.py", "tests.py")))


def examined(test: TestFunction, module: Module) -> Examined:
    scope = Scope(module, {}, {}, test.owner)
    tables = [*parametrized(test.marks, scope), *fixture_tables(test, module)]
    checks: list[Check] = []
    blocks: list[Block] = list(mark_blocks(test.marks, module))
    loops: list[tuple[Place, int]] = []
    for table in tables:
        for row in table.rows or ():
            blocks += mark_blocks(row.marks, module, f"case {ast.unparse(row.value)[:60]}")
    given = fixture_values(test, module)
    for combination in together(tables):
        env = {name: local(name) for name in test.parameters}
        walk = Walk(places=tuple(row.place for _, row in combination if row.place.line), cased=bool(combination))
        made = fixture_functions(test, module)
        known = {name: value for name, value in env.items() if name not in made}
        known |= {name: value for name, value in given.items() if name in known and not may_be_filled(value)}
        inner = Scope(module, known, dict(made), test.owner, mocked=mocked_names(test, module), given=given)
        for names, row in combination:
            target: ast.expr = ast.Name(names[0]) if len(names) == 1 else ast.Tuple([ast.Name(n) for n in names])
            store(target, row.value, inner)
        walk.block(_set_up(test), inner)
        walk.block(test.node.body, inner)
        walk.block(_tear_down(test), inner)
        checks += walk.checks
        blocks += walk.blocks
        loops += walk.loops
    checks += _of_fixtures(test, module)
    cases = [(t.place, len(t.rows)) for t in tables if t.rows is not None]
    return Examined(
        id=test.place, path=test.path, line=test.node.lineno, first=test.line, last=test.end_line,
            checks=tuple(_once(checks)),
        blocks=tuple(dict.fromkeys(blocks)), bounds=bounds_of(test, module), doubles=doubles_of(test, module),
            uses=uses_of(test, module), helpers=helpers_of(test, module), fakes=fakes_of(test, module),
        tables=tuple(dict.fromkeys([*cases, *loops])), body=test.body,
    )  # fmt: skip


def _once(checks: Sequence[Check]) -> Iterator[Check]:
    """Each check once: one that is made twice says no more."""
    seen: set[object] = set()
    for check in checks:
        key = (check.form, check.guards)
        if key not in seen:
            seen.add(key)
            yield check


def _set_up(test: TestFunction) -> list[ast.stmt]:
    """Checks and skips of a `setUp` belong to each test of the class; its assignments do not: they name what is used."""
    return [] if test.owner is None else [
        s for node in test.owner.body if isinstance(node, Function) and node.name in _SET_UP
        for s in node.body if isinstance(s, ast.Expr | ast.If | ast.Raise)
    ]  # fmt: skip


def _tear_down(test: TestFunction) -> list[ast.stmt]:
    """What a `tearDown` asserts belongs to each test of the class."""
    owner = test.owner.body if test.owner is not None else []
    found = [s for node in owner if isinstance(node, Function) and node.name in _TEAR_DOWN for s in node.body]
    return [s for s in found if any(True for _ in checking([s]))]


def _of_fixtures(test: TestFunction, module: Module) -> Iterator[Check]:
    """What the fixtures that a test uses assert of what they give, before it or behind it."""
    for fixture, home in fixtures_of(test, module):
        if any(True for _ in checking(fixture.body)):
            walk = Walk()
            walk.block(fixture.body, Scope(home, {a.arg: local(a.arg) for a in fixture.args.args}, {}, None))
            yield from (c for c in walk.checks if c.op not in IDLE)


def idle_tests(module: Module) -> tuple[Idle, ...]:
    """Functions with `test` in their name, or methods of a class that is none any more, and what hides each."""
    collected = {t.id for t in examined_tests(module)}
    off = _switch(module.tree.body)
    found: list[Idle] = []
    shadows = {t.place: t.node.lineno for t in read_tests(module)}
    for test in read_tests(module):
        if test.place in collected and shadows[test.place] == test.node.lineno:
            continue
        place, why = Place(module.path, test.node.lineno), "nothing collects it"
        gone = next((line for name, line in _taken_away(module.tree.body) if name == test.name), 0)
        inner = _switch(test.owner.body) if test.owner is not None else None
        if off is not None or inner is not None:
            place, why = Place(module.path, (off or inner or ast.Pass(lineno=1)).lineno), "`__test__` is false"
        elif gone:
            place, why = Place(module.path, gone), "its name is taken away"
        elif shadows[test.place] != test.node.lineno:
            place, why = Place(module.path, shadows[test.place]), "a later function of the same name takes its place"
        elif test.owner is not None and _has_init(test.owner, module):
            place, why = Place(module.path, test.owner.lineno), "a class with `__init__` is not collected"
        found.append(Idle(test.name, place, why, ast.unparse(ast.Module(test.node.body, []))))
    for name, node in module.definitions.items():
        if not isinstance(node, Function) or any(i.place.line == node.lineno for i in found):
            continue
        owner = module.definitions.get(name.rpartition(".")[0])
        id_ = f"{module.path}::{name.replace('.', '::')}"
        if id_ in collected:
            continue
        if isinstance(owner, ast.ClassDef) and node.name.startswith("test"):
            found.append(Idle(node.name, Place(module.path, owner.lineno), "its class is not collected",
                              ast.unparse(ast.Module(node.body, []))))  # fmt: skip
        else:
            found.append(Idle(node.name, Place(module.path, node.lineno), "its name is none of a test",
                              ast.unparse(ast.Module(node.body, []))))  # fmt: skip
    return tuple(found)


def renamed(test: Examined, id_: str) -> Examined:
    return replace(test, id=id_)


def _switch(body: Sequence[ast.stmt]) -> ast.stmt | None:
    """`__test__ = False`."""
    return next((s for s in body if isinstance(s, ast.Assign) and any(
        isinstance(t, ast.Name) and t.id == "__test__" for t in s.targets)
        and isinstance(s.value, ast.Constant) and not s.value.value), None)  # fmt: skip


def _switched_off(body: Sequence[ast.stmt]) -> bool:
    return _switch(body) is not None


def _taken_away(body: Sequence[ast.stmt]) -> Iterator[tuple[str, int]]:
    """Names of tests that the module deletes, overwrites or marks as none."""
    for node in body:
        if isinstance(node, ast.Delete):
            yield from ((t.id, node.lineno) for t in node.targets if isinstance(t, ast.Name))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id.startswith("test"):
                    yield target.id, node.lineno
                elif (
                    isinstance(target, ast.Attribute)
                    and target.attr == "__test__"
                    and isinstance(target.value, ast.Name)
                ):
                    yield target.value.id, node.lineno


def _has_init(owner: ast.ClassDef, module: Module) -> bool:
    return inherited(module, owner, "__init__") is not None and not is_test_case(owner, module)


def _is_dead(node: Function, body: Sequence[ast.stmt]) -> bool:
    """Whether it stands under a condition that never holds."""
    from autopack.tampering.conditions import constant_truth

    for statement in body:
        if isinstance(statement, ast.If) and constant_truth(statement.test) is False and any(
            inner is node for part in statement.body for inner in ast.walk(part)):  # fmt: skip
            return True
    return False


__all__ = ["Idle", "examined", "examined_tests", "idle_tests", "is_collected", "leaf", "renamed"]
