"""A Python test file made weaker in every way that its syntax allows: one edit each."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import TypeVar

Node = TypeVar("Node")
Made = tuple[str, str]
"""What was done, and the text after it."""
_EXPECTS = ("raises", "Raises", "warns", "Warns", "deprecated_call")
_ROWS = (ast.Tuple, ast.List, ast.Dict)


def weakened(text: str) -> Iterator[Made]:
    """Every edit that differs from the file, which is given in the spelling of `ast.unparse`."""
    tree = ast.parse(text)
    for number, (body, at) in enumerate(_checks(tree)):
        for done, after in _of_check(tree, number, body[at]):
            if after != text:
                yield f"{done} {ast.unparse(body[at]).splitlines()[0]}", after
    for number, test in enumerate(_tests(tree)):
        for done, edit in _OF_TESTS.items():
            yield f"{done} {test.name}", _edited(tree, _tests, number, edit)
    for number, table in enumerate(_tables(tree)):
        for row in range(len(table.elts)):
            yield f"row {row} of {ast.unparse(table)[:40]}", _edited(tree, _tables, number, _without(row))


def _edited(
    tree: ast.Module, find: Callable[[ast.Module], list[Node]], number: int, edit: Callable[[Node, ast.Module], None]
) -> str:
    made = copy.deepcopy(tree)
    edit(find(made)[number], made)
    return ast.unparse(ast.fix_missing_locations(made))


def _without(row: int) -> Callable[[ast.List | ast.Tuple, ast.Module], None]:
    def edit(table: ast.List | ast.Tuple, tree: ast.Module) -> None:
        del table.elts[row]

    return edit


def _bodies(tree: ast.Module) -> list[list[ast.stmt]]:
    held = [getattr(node, name, None) for node in ast.walk(tree) for name in ("body", "orelse", "finalbody")]
    return [body for body in held if isinstance(body, list)]


def _checks(tree: ast.Module) -> list[tuple[list[ast.stmt], int]]:
    """Statements that check something, each with the block it stands in."""
    return [(body, at) for body in _bodies(tree) for at, node in enumerate(body) if _is_check(node)]


def _is_check(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.With):
        return any(word in ast.unparse(item.context_expr) for item in node.items for word in _EXPECTS)
    called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
    return called is not None and ast.unparse(called).rpartition(".")[2].startswith(("assert", "check"))


def _tests(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [n for n in functions if n.name.startswith("test")]


def _tables(tree: ast.Module) -> list[ast.List | ast.Tuple]:
    """Lists and tuples of rows; what several names are given at once is none."""
    spread = [n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Tuple)]
    found = [n for n in ast.walk(tree) if isinstance(n, ast.List | ast.Tuple) and len(n.elts) > 1 and n not in spread]
    return [n for n in found if all(isinstance(e, _ROWS) or _is_row(e) for e in n.elts)]


def _is_row(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.param", "Case")


def _of_check(tree: ast.Module, number: int, check: ast.stmt) -> Iterator[Made]:
    for done, instead in _instead_of(check):

        def edit(found: tuple[list[ast.stmt], int], made: ast.Module, put: list[ast.stmt] = instead) -> None:
            body, at = found
            body[at : at + 1] = copy.deepcopy(put)

        yield done, _edited(tree, _checks, number, edit)


def _instead_of(check: ast.stmt) -> Iterator[tuple[str, list[ast.stmt]]]:
    """What is done to a check, and the statements in its place."""
    if isinstance(check, ast.With):
        yield from _of_expecting(check)
        return
    yield "delete", [ast.Pass()]
    swallows = ast.ExceptHandler(ast.Name("AssertionError"), None, [ast.Pass()])
    yield "swallow", [ast.Try([check], [swallows], [], [])]
    yield "guard", [ast.If(ast.parse("__import__('os').environ.get('CI')", mode="eval").body, [check], [])]
    if isinstance(check, ast.Assert):
        for done, test in _conditions(check.test):
            yield done, [ast.Assert(test, None)]


def _of_expecting(check: ast.With) -> Iterator[tuple[str, list[ast.stmt]]]:
    yield "expect nothing of", check.body
    call = check.items[0].context_expr
    if not isinstance(call, ast.Call):
        return
    if call.args and isinstance(call.args[0], ast.Name) and call.args[0].id[0].isupper():
        yield "take any error of", [_with_call(check, [ast.Name("Exception"), *call.args[1:]], call.keywords)]
    if any(word.arg == "match" for word in call.keywords):
        yield "take any text of", [_with_call(check, call.args, [w for w in call.keywords if w.arg != "match"])]


def _with_call(check: ast.With, args: list[ast.expr], words: list[ast.keyword]) -> ast.With:
    made = copy.deepcopy(check)
    call = made.items[0].context_expr
    assert isinstance(call, ast.Call)
    call.args, call.keywords = args, words
    return made


def _conditions(test: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    yield "or true", ast.BoolOp(ast.Or(), [test, ast.Constant(True)])
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq) or _is_literal(test.left):
        return
    left, right = test.left, test.comparators[0]
    yield "not None", ast.Compare(left, [ast.IsNot()], [ast.Constant(None)])
    yield "an object", ast.Call(ast.Name("isinstance"), [left, ast.Name("object")], [])
    yield "not something else", ast.Compare(left, [ast.NotEq()], [ast.Constant("zz")])
    if not (isinstance(right, ast.Constant) and right.value is True):
        yield "true", left
    if isinstance(left, ast.Call):
        yield "itself", ast.Compare(left, [ast.Eq()], [left])
    if isinstance(right, ast.List):
        yield "its length", ast.Compare(_call("len", left), [ast.Eq()], [ast.Constant(len(right.elts))])
        yield "in any order", ast.Compare(_call("sorted", left), [ast.Eq()], [_call("sorted", right)])
    for number in range(len(_values(right))):
        other = copy.deepcopy(right)
        value = _values(other)[number]
        value.value = "zz" if isinstance(value.value, str) else value.value + 1
        yield "another value", ast.Compare(left, [ast.Eq()], [other])


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _call(name: str, given: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name), [given], [])


def _values(node: ast.expr) -> list[ast.Constant]:
    held = [n for n in ast.walk(node) if isinstance(n, ast.Constant)]
    return [n for n in held if isinstance(n.value, int | float | str) and not isinstance(n.value, bool)]


def _marked(text: str) -> Callable[[ast.FunctionDef | ast.AsyncFunctionDef, ast.Module], None]:
    def edit(test: ast.FunctionDef | ast.AsyncFunctionDef, tree: ast.Module) -> None:
        test.decorator_list.insert(0, ast.parse(text, mode="eval").body)

    return edit


def _begun(text: str) -> Callable[[ast.FunctionDef | ast.AsyncFunctionDef, ast.Module], None]:
    def edit(test: ast.FunctionDef | ast.AsyncFunctionDef, tree: ast.Module) -> None:
        test.body.insert(0, ast.Return() if text == "return" else ast.parse(text).body[0])

    return edit


def _hidden(test: ast.FunctionDef | ast.AsyncFunctionDef, tree: ast.Module) -> None:
    test.name = f"_{test.name}"


def _dropped(test: ast.FunctionDef | ast.AsyncFunctionDef, tree: ast.Module) -> None:
    body = next(body for body in _bodies(tree) if test in body)
    body.remove(test)
    body.extend([] if body else [ast.Pass()])


_OF_TESTS: dict[str, Callable[[ast.FunctionDef | ast.AsyncFunctionDef, ast.Module], None]] = {
    "skip": _marked("pytest.mark.skip"),
    "skip where": _marked("pytest.mark.skipif(True, reason='later')"),
    "expect the failure of": _marked("pytest.mark.xfail"),
    "leave": _begun("pytest.skip('later')"),
    "return from": _begun("return"),
    "hide": _hidden,
    "drop": _dropped,
}
