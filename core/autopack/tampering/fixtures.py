"""What a test gets from its pytest fixtures, as far as the text says it: functions, values, and a value for each round."""

from __future__ import annotations

import ast
import copy

from autopack.tampering.checks import Place
from autopack.tampering.fixture_homes import fixtures_of
from autopack.tampering.scopes import Scope, given_value, single_return
from autopack.tampering.statements import checking
from autopack.tampering.tables import Row, Table, rows_of
from autopack.tampering.terms import assign, local, term
from autopack.testcode.modules import Function, Module
from autopack.testcode.python_tests import TestFunction
from autopack.testcode.syntax import dotted, leaf


def fixture_functions(test: TestFunction, module: Module) -> dict[str, tuple[Function, Scope]]:
    """Functions that assert, or do no more than give a value, and that a test gets from its fixtures, by the fixture's
    name."""
    found: dict[str, tuple[Function, Scope]] = {}
    passed_on: dict[str, str] = {}
    for fixture, home in fixtures_of(test, module):
        given = [
            n.value.id
            for n in ast.walk(fixture)
            if isinstance(n, ast.Return | ast.Yield) and isinstance(n.value, ast.Name)
        ]
        for name in given:
            node = _given_function(name, fixture, home)
            if node is not None:
                found[fixture.name] = (node, Scope(home, {}, {}))
            else:
                passed_on[fixture.name] = name
    for _ in passed_on:
        found |= {name: found[other] for name, other in passed_on.items() if other in found and name not in found}
    return found


def _given_function(name: str, fixture: Function, home: Module) -> Function | None:
    """What a fixture gives by this name, where that is a function of its own or of its file that tells something."""
    own = next((n for n in reversed(fixture.body) if isinstance(n, Function) and n.name == name), None)
    node = own if own is not None or name in _names_in(fixture) else home.definitions.get(name)
    return node if isinstance(node, Function) and _tells(node) else None


def _tells(node: Function) -> bool:
    """Whether it asserts something, or does no more than give a value."""
    return any(True for _ in checking(node.body)) or single_return(node) is not None


def _names_in(fixture: Function) -> set[str]:
    """Names that a fixture has of its own."""
    stored = {n.id for n in ast.walk(fixture) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {a.arg for a in (*fixture.args.posonlyargs, *fixture.args.args)}


def fixture_values(test: TestFunction, module: Module) -> dict[str, ast.expr]:
    """What a test's fixtures give, where that is one term; what they get of others stays a name."""
    found: dict[str, ast.expr] = {}
    for fixture, home in fixtures_of(test, module):
        value = given_value(fixture)
        if value is not None and _params(fixture) is None:
            found[fixture.name] = _term_in(fixture, value, home, test.owner)
    return found


def fixture_tables(test: TestFunction, module: Module) -> list[Table]:
    """One table for each fixture that gives a value made of `request.param` alone."""
    found: list[Table] = []
    for fixture, home in fixtures_of(test, module):
        params, value = _params(fixture), given_value(fixture)
        if params is None or value is None:
            continue
        place = Place(home.path, fixture.lineno)
        rows = rows_of(params, Scope(home, {}, {}, test.owner))
        made: list[Row] = []
        for row in rows or ():
            given = _WithParam(row.value).visit(copy.deepcopy(value))
            made.append(Row(_term_in(fixture, given, home, test.owner), row.place, row.marks))
        found.append(Table((fixture.name,), place, None if rows is None else tuple(made)))
    return found


def _params(fixture: Function) -> ast.expr | None:
    calls = (d for d in fixture.decorator_list if isinstance(d, ast.Call) and leaf(d.func) == "fixture")
    return next((w.value for call in calls for w in call.keywords if w.arg == "params"), None)


def _term_in(fixture: Function, value: ast.expr, home: Module, owner: ast.ClassDef | None) -> ast.expr:
    names = [a.arg for a in (*fixture.args.posonlyargs, *fixture.args.args)]
    scope = Scope(home, {name: local(name) for name in names}, {}, owner)
    for statement in fixture.body:
        if isinstance(statement, ast.Assign):
            assign(statement.targets[0], statement.value, scope)
    return term(value, scope)


class _WithParam(ast.NodeTransformer):
    def __init__(self, value: ast.expr) -> None:
        self.value = value

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if dotted(node) == "request.param":
            return copy.deepcopy(self.value)
        self.generic_visit(node)
        return node
