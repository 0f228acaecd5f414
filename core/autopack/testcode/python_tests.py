"""The tests of a Python file as objects: where each stands, what marks it,
what it asserts and from where its names come."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from autopack.testcode.modules import Function, Module
from autopack.testcode.product import own_nodes
from autopack.testcode.syntax import dotted, leaf, swallower


class Form(StrEnum):
    """How an assertion is written."""

    ASSERT = "assert"
    UNITTEST = "unittest"
    RAISES = "raises"
    WARNS = "warns"
    APPROX = "approx"
    MOCK = "mock"
    FAIL = "fail"
    HELPER = "helper"


_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_WARNS = frozenset({"warns", "deprecated_call", "assertWarns", "assertWarnsRegex", "assertLogs", "assertNoLogs"})
_TEST_CASES = frozenset(
    {"TestCase", "IsolatedAsyncioTestCase", "AsyncTestCase", "SimpleTestCase", "TransactionTestCase"}
)


@dataclass(frozen=True, slots=True)
class Assertion:
    """`expression` is its text on one line; `swallowed`: the line of what keeps its failure from failing the test, 0 for
    nothing; `called`: it stands in the test itself, not in a function inside it that nobody may call."""

    form: Form
    name: str
    line: int
    end_line: int
    expression: str
    node: ast.AST = field(compare=False, repr=False)
    swallowed: int = 0
    called: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """A decorator, or an entry of `pytestmark`: `dotted` as it is written (`pytest.mark.skipif`, `patch.object`); `own`:
    on the test itself, not on its class or file."""

    dotted: str
    line: int
    node: ast.expr = field(compare=False, repr=False)
    own: bool = True

    @property
    def name(self) -> str:
        """The last word: `skip`, `skipif`, `xfail`, `parametrize`, `timeout`, `patch`, `given`, ..."""
        return self.dotted.rpartition(".")[2]

    @property
    def args(self) -> list[ast.expr]:
        return self.node.args if isinstance(self.node, ast.Call) else []

    @property
    def words(self) -> dict[str, ast.expr]:
        return {w.arg: w.value for w in self.node.keywords if w.arg} if isinstance(self.node, ast.Call) else {}


@dataclass(frozen=True, slots=True)
class TestFunction:
    """`place` is `path::Class::name`; lines are 1-based and include decorators. `unittest`: a method of a TestCase."""

    __test__ = False

    place: str
    path: str
    owner: ast.ClassDef | None = field(compare=False, repr=False)
    name: str
    line: int
    end_line: int
    unittest: bool
    marks: tuple[Mark, ...]
    assertions: tuple[Assertion, ...]
    parameters: tuple[str, ...]
    body: str
    """What it does, in one spelling: no docstring, comments or formatting. Marks count."""
    node: Function = field(compare=False, repr=False)

    @property
    def is_async(self) -> bool:
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def is_generator(self) -> bool:
        return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(self.node))

    def mark(self, name: str) -> Mark | None:
        return next((mark for mark in self.marks if mark.name == name), None)


def read_tests(module: Module) -> tuple[TestFunction, ...]:
    """Tests in the order of the file, those that a later one of the same name hides included."""
    return tuple(_tests(module, module.tree.body, None, "", _file_marks(module.tree.body), False))


def _tests(
    module: Module, body: list[ast.stmt], owner: ast.ClassDef | None, prefix: str, above: tuple[Mark, ...], case: bool
) -> Iterator[TestFunction]:
    for node in body:
        if isinstance(node, ast.If | ast.Try | ast.With):
            yield from _tests(module, node.body, owner, prefix, above, case)
        elif isinstance(node, Function) and node.name.startswith("test") and not _is_fixture(node):
            yield _test(module, node, owner, prefix, above, case)
        elif isinstance(node, ast.ClassDef):
            inner = case or is_test_case(node, module)
            if inner or node.name.startswith("Test"):
                marks = (*above, *_marks(node.decorator_list, own=False), *_file_marks(node.body))
                yield from _tests(module, node.body, node, f"{prefix}{node.name}::", marks, inner)


def _test(
    module: Module, node: Function, owner: ast.ClassDef | None, prefix: str, above: tuple[Mark, ...], case: bool
) -> TestFunction:
    marks = (*_marks(node.decorator_list, own=True), *above)
    bare = copy.copy(node)
    if ast.get_docstring(node, clean=False) is not None:
        bare.body = node.body[1:] or [ast.Pass()]
    bare.name = "test"
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    args = node.args
    return TestFunction(
        place=f"{module.path}::{prefix}{node.name}",
        path=module.path,
        owner=owner,
        name=node.name,
        line=first,
        end_line=node.end_lineno or node.lineno,
        unittest=case,
        marks=marks,
        assertions=tuple(assertions_of(node, module.path)),
        parameters=tuple(
            a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs) if a.arg not in ("self", "cls")
        ),
        body=ast.unparse(bare),
        node=node,
    )


def is_test_case(node: ast.ClassDef, module: Module, depth: int = 4) -> bool:
    """Whether a class derives from unittest's TestCase, or from one of the project that does."""
    for base in node.bases:
        if leaf(base) in _TEST_CASES or leaf(base).endswith("TestCase"):
            return True
        known = class_of(base, module) if depth else None
        if known is not None and known[0] is not node and is_test_case(*known, depth - 1):
            return True
    return False


def class_of(base: ast.expr, module: Module) -> tuple[ast.ClassDef, Module] | None:
    """The class of the project that a base is, and where it stands."""
    name = dotted(base)
    link = module.imports.get(name.split(".")[0])
    path = module.path
    if link is not None and link.inside and not link.name:
        path, name = link.target, name.rpartition(".")[2]
    path, _, name = module.project.followed(path, name).partition("::")
    home = module if path == module.path else module.project.module(path)
    found = home.definitions.get(name) if home is not None else None
    return (found, home) if home is not None and isinstance(found, ast.ClassDef) else None


def _is_fixture(node: Function) -> bool:
    return any("fixture" in leaf(decorator) for decorator in node.decorator_list)


def _marks(decorators: list[ast.expr], *, own: bool) -> tuple[Mark, ...]:
    return tuple(Mark(dotted(node), node.lineno, node, own) for node in decorators)


def _file_marks(body: list[ast.stmt]) -> tuple[Mark, ...]:
    """Marks of `pytestmark`."""
    found: list[Mark] = []
    for node in body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            values = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
            found += [Mark(dotted(value), value.lineno, value, own=False) for value in values]
    return tuple(found)


def assertions_of(function: Function, path: str) -> Iterator[Assertion]:
    """Assertions of a function and of those in it, in the order of the text."""
    yield from _assertions(function.body, path, 0, called=True)


def _assertions(body: list[ast.stmt], path: str, swallowed: int, *, called: bool) -> Iterator[Assertion]:
    for node in body:
        if isinstance(node, ast.Assert):
            approx = any(isinstance(n, ast.Call) and leaf(n.func) == "approx" for n in ast.walk(node.test))
            yield _made(Form.APPROX if approx else Form.ASSERT, "assert", node, node.test, swallowed, called)
        elif isinstance(node, Function):
            yield from _assertions(node.body, path, swallowed, called=False)
            continue
        elif isinstance(node, ast.Try):
            by = swallower(node, path)
            yield from _assertions([*node.body, *node.orelse], path, by[0] if by else swallowed, called=called)
            for handler in node.handlers:
                yield from _assertions(handler.body, path, swallowed, called=called)
            yield from _assertions(node.finalbody, path, swallowed, called=called)
            continue
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                found = _of_call(item.context_expr, swallowed, called)
                if found is not None:
                    yield found
        elif isinstance(node, ast.Expr):
            call = node.value.value if isinstance(node.value, ast.Await) else node.value
            found = _of_call(call, swallowed, called)
            if found is not None:
                yield found
        elif isinstance(node, ast.Raise) and node.exc is not None and leaf(node.exc) == "AssertionError":
            yield _made(Form.FAIL, "raise", node, node.exc, swallowed, called)
        for part in ("body", "orelse"):
            yield from _assertions(getattr(node, part, []), path, swallowed, called=called)
        for case in getattr(node, "cases", []):
            yield from _assertions(case.body, path, swallowed, called=called)


def _of_call(node: ast.expr, swallowed: int, called: bool) -> Assertion | None:
    if not isinstance(node, ast.Call):
        return None
    name = leaf(node.func)
    if name in _RAISES or name in _WARNS:
        return _made(Form.RAISES if name in _RAISES else Form.WARNS, name, node, node, swallowed, called)
    if name == "fail":
        return _made(Form.FAIL, name, node, node, swallowed, called)
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(owner, ast.Name) and owner.id in ("self", "cls") and name.startswith("assert"):
        return _made(Form.UNITTEST, name, node, node, swallowed, called)
    if owner is not None and name.startswith("assert_"):
        return _made(Form.MOCK, name, node, node, swallowed, called)
    if name.lstrip("_").startswith(("assert", "check", "verify", "expect")):
        return _made(Form.HELPER, name, node, node, swallowed, called)
    return None


def _made(form: Form, name: str, node: ast.stmt | ast.expr, text: ast.expr, swallowed: int, called: bool) -> Assertion:
    return Assertion(form, name, node.lineno, node.end_lineno or node.lineno, " ".join(ast.unparse(text).split()), node,
                     swallowed, called)  # fmt: skip
