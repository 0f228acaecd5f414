"""The tests of a JavaScript or TypeScript file: `test` and `it` calls under their `describe`s (node:test, vitest,
jest, mocha)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from autopack.testcode.conditions import may_be_set
from autopack.testcode.modules import Function, Module
from autopack.testcode.python_tests import Mark, TestFunction, assertions_of
from autopack.testcode.skipping import Skip
from autopack.testcode.syntax import FLOATING, dotted

_TESTS = frozenset({"test", "it", "specify", "fit", "xit", "xtest"})
_GROUPS = frozenset({"describe", "suite", "context", "xdescribe", "fdescribe"})
_BEFORE = frozenset({"beforeEach", "beforeAll", "before", "setup"})
_AFTER = frozenset({"afterEach", "afterAll", "after"})
_SKIP = frozenset({"skip", "todo", "xit", "xtest", "xdescribe"})
_FAILS = frozenset({"fails", "failing"})


@dataclass(frozen=True, slots=True)
class _Group:
    """Where a test stands: titles and words of the groups round it, what runs before and after it."""

    titles: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    before: tuple[ast.stmt, ...] = ()
    after: tuple[ast.stmt, ...] = ()


@dataclass(frozen=True, slots=True)
class _Call:
    """`word` is `test`, `it.skip`, `describe.each`; `table` the cases of an `each`."""

    word: str
    title: str
    options: ast.expr | None
    body: ast.expr | None
    table: ast.expr | None
    node: ast.Call


def script_tests(module: Module) -> tuple[TestFunction, ...]:
    """Tests in the order of the file; `place` is `path::titles of the groups and the test`."""
    return tuple(_tests(module, module.tree.body, _Group()))


def script_skipped(test: TestFunction, others: Sequence[TestFunction]) -> Skip | None:
    """Why a test never runs or never counts."""
    for mark in test.marks:
        words = set(mark.dotted.split("."))
        if words & _SKIP:
            return Skip(mark.line, f"`{mark.dotted}` keeps it from running")
        if words & _FAILS:
            return Skip(mark.line, "it is expected to fail, so it passes only as long as the product is wrong")
        if words & {"skipIf", "runIf"} and mark.args and isinstance(mark.args[0], ast.Constant) and (
            bool(mark.args[0].value) == ("skipIf" in words)):  # fmt: skip
            return Skip(mark.line, f"the condition of `{mark.dotted}` always skips it")
        if mark.name == "each" and mark.args and isinstance(mark.args[0], ast.List) and not mark.args[0].elts:
            return Skip(mark.line, "its list of cases is empty, so it never runs")
    only = [other for other in others if _is_only(other)]
    if only and not _is_only(test):
        return Skip(test.line, f"`only` at line {only[0].line} keeps every other test of the file from running")
    for statement in test.node.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and dotted(statement.value) in (
            "t.skip", "t.todo", "this.skip", "self.skip", "ctx.skip", "context.skip"):  # fmt: skip
            return Skip(statement.lineno, "it skips itself before it asserts anything")
        if isinstance(statement, ast.Assert):
            break
    return None


def _is_only(test: TestFunction) -> bool:
    return any({"only", "fit", "fdescribe"} & set(mark.dotted.split(".")) for mark in test.marks)


def _tests(module: Module, body: Sequence[ast.stmt], group: _Group) -> Iterator[TestFunction]:
    functions = {node.name: node for node in body if isinstance(node, Function)}
    aliases = _aliases(module)
    own: list[ast.stmt] = []
    after: list[ast.stmt] = []
    calls: list[_Call] = []
    for statement in body:
        call = _call(statement, aliases)
        if call is None:
            own.append(statement)
        elif call.word in _BEFORE or call.word in _AFTER:
            held = _function(call.options if call.body is None else call.body, functions)
            (own if call.word in _BEFORE else after).extend(held.body if held is not None else [])
        else:
            calls.append(call)
    inner = replace(
        group, before=(*group.before, *(own if group.titles else _hooks(body, functions))), after=(*after, *group.after)
    )
    for call in calls:
        function = _function(call.body, functions)
        marks = (Mark(call.word, call.node.lineno, _each(call)), *_option_marks(call))
        head = call.word.split(".")[0]
        if head in _GROUPS:
            if function is not None:
                yield from _tests(
                    module,
                    function.body,
                    replace(inner, titles=(*inner.titles, call.title), marks=(*marks, *inner.marks)),
                )
        else:
            yield _test(module, call, function, inner, marks)


def _hooks(body: Sequence[ast.stmt], functions: dict[str, Function]) -> list[ast.stmt]:
    """Bodies of the hooks at the top of a file; other statements there belong to the module."""
    found: list[ast.stmt] = []
    for statement in body:
        call = _call(statement)
        if call is not None and call.word in _BEFORE:
            held = _function(call.options if call.body is None else call.body, functions)
            found += held.body if held is not None else []
    return found


def _test(
    module: Module, call: _Call, function: Function | None, group: _Group, marks: tuple[Mark, ...]
) -> TestFunction:
    line, end = call.node.lineno, call.node.end_lineno or call.node.lineno
    own = list(function.body) if function is not None else []
    parameters = [arg.arg for arg in function.args.args] if function is not None else []
    if any(name in ("done", "next", "cb") for name in parameters):
        own = [inner for part in own for inner in _waited(part)]
    given = _first_case(call, parameters)
    node: Function = ast.FunctionDef("test", ast.arguments([], [], None, [], [], None, []), [*group.before, *given,
    *own] or [
        ast.Pass()], [], None)  # fmt: skip
    vars(node).setdefault("type_params", [])
    node.lineno, node.end_lineno, node.col_offset, node.end_col_offset = line, end, 0, 0
    ast.fix_missing_locations(node)
    place = f"{module.path}::{' '.join([*group.titles, call.title])}"
    body = "\n".join([*(mark.dotted for mark in marks), *(ast.unparse(call.table) for _ in [0] if call.table is not None),
                      *(ast.unparse(part) for part in own)])  # fmt: skip
    return TestFunction(place, module.path, None, call.title, line, end, False, (*marks, *group.marks),
                        tuple(assertions_of(node, module.path)), tuple(parameters), body, node)  # fmt: skip


def _waited(node: ast.stmt) -> list[ast.stmt]:
    """A promise that a `done` callback waits for is no longer one that nobody waits for."""
    if (
        isinstance(node, ast.With)
        and isinstance(node.items[0].context_expr, ast.Name)
        and node.items[0].context_expr.id == FLOATING
    ):
        return node.body
    return [node]


def _first_case(call: _Call, parameters: list[str]) -> list[ast.stmt]:
    """Assignments of the first case of a table to the parameters; the context object `t` for a test without a table."""
    if call.table is None:
        return []
    if not isinstance(call.table, ast.List) or not call.table.elts or not parameters:
        return []
    first = call.table.elts[0]
    values = first.elts if isinstance(first, ast.List) else [first]
    return [ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), call.node)
            for name, value in zip(parameters, values, strict=False)]  # fmt: skip


def _aliases(module: Module) -> dict[str, str]:
    """Names for `test` and its like at the top of a file: `const maybe = process.env.X ? test : test.skip`."""
    found: dict[str, str] = {}
    for name, values in module.assigned.items():
        value = values[0] if len(values) == 1 else None
        if isinstance(value, ast.IfExp):
            asked = _environment(value.test)
            unset = asked and not any(may_be_set(variable, module.project, module.path) for variable in asked)
            value = value.orelse if unset and not isinstance(value.test, ast.UnaryOp) else value.body
        word = dotted(value) if isinstance(value, ast.Name | ast.Attribute) else ""
        if word.split(".")[0] in _TESTS | _GROUPS:
            found[name] = word
    return found


def _environment(test: ast.expr) -> list[str]:
    """Names of variables that a condition reads from `process.env`."""
    return [n.attr for n in ast.walk(test) if isinstance(n, ast.Attribute) and dotted(n.value) == "process.env"]


def _call(statement: ast.stmt, aliases: Mapping[str, str] | None = None) -> _Call | None:
    if isinstance(statement, ast.With) and isinstance(statement.items[0].context_expr, ast.Name):
        return None
    node = statement.value if isinstance(statement, ast.Expr) else None
    node = node.value if isinstance(node, ast.Await) else node
    if not isinstance(node, ast.Call):
        return None
    table: ast.expr | None = None
    word = dotted(node)
    if isinstance(node.func, ast.Call):
        word = dotted(node.func)
        if word.endswith((".each", ".for", ".skipIf", ".runIf")) and node.func.args:
            table = node.func.args[0] if word.endswith((".each", ".for")) else None
    head, dot, rest = word.partition(".")
    word = (aliases or {}).get(head, head) + dot + rest
    head = word.split(".")[0]
    if head not in _TESTS | _GROUPS | _BEFORE | _AFTER:
        return None
    args = node.args
    title = str(args[0].value) if args and isinstance(args[0], ast.Constant) else ast.unparse(args[0]) if args else ""
    body = args[-1] if len(args) > 1 else None
    options = args[1] if len(args) > 2 else args[0] if len(args) == 1 else None
    if isinstance(body, ast.Constant | ast.Dict) and len(args) > 2:
        body, options = args[1], args[2]
    return _Call(word, title, options, body, table, node)


def _each(call: _Call) -> ast.expr:
    """The call that holds a mark's arguments."""
    return (
        call.node.func
        if isinstance(call.node.func, ast.Call)
        else ast.copy_location(ast.Name(call.word, ast.Load()), call.node)
    )


def _option_marks(call: _Call) -> tuple[Mark, ...]:
    """`{ skip: true }` and `{ todo: 'later' }` of node:test and vitest."""
    if not isinstance(call.options, ast.Dict):
        return ()
    found: list[Mark] = []
    for key, value in zip(call.options.keys, call.options.values, strict=True):
        if isinstance(key, ast.Constant) and key.value in ("skip", "todo", "only", "fails") and not (
            isinstance(value, ast.Constant) and not value.value) and isinstance(value, ast.Constant):  # fmt: skip
            found.append(Mark(f"test.{key.value}", value.lineno, value))
    return tuple(found)


def _function(node: ast.expr | None, functions: dict[str, Function]) -> Function | None:
    if isinstance(node, ast.Name):
        return functions.get(node.id)
    if isinstance(node, ast.Lambda):
        waited = ast.copy_location(ast.Expr(ast.copy_location(ast.Await(node.body), node.body)), node)
        found = ast.FunctionDef("function", node.args, [waited], [], None)
        vars(found).setdefault("type_params", [])
        return ast.copy_location(found, node)
    return None
