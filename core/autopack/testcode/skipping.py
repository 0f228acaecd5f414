"""Tests that never run, or whose result never counts."""

from __future__ import annotations

import ast
import configparser
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autopack.testcode.conditions import Unknown, truths, variables
from autopack.testcode.modules import Function, Module, Project
from autopack.testcode.python_tests import Mark, TestFunction
from autopack.testcode.syntax import dotted, leaf


@dataclass(frozen=True, slots=True)
class Skip:
    line: int
    why: str
    sure: bool = True


def always_skipped(test: TestFunction, module: Module, project: Project) -> Skip | None:
    """Why the test never runs or never counts; None where it may."""
    for mark in _resolved(test.marks, module):
        found = _by_mark(mark, test, module, project)
        if found is not None:
            return found
    return _by_class(test) or _in_body(test, module, project)


def hidden(tests: Sequence[TestFunction]) -> dict[int, int]:
    """Lines of tests that a later one of the same place takes the name of, and that one's line."""
    last = {test.place: test.line for test in tests}
    return {test.line: last[test.place] for test in tests if last[test.place] != test.line}


def _resolved(marks: Sequence[Mark], module: Module) -> Iterator[Mark]:
    """Marks; a name that stands for a mark of this file as what it stands for."""
    for mark in marks:
        values = module.assigned.get(mark.dotted, [])
        if len(values) == 1 and isinstance(values[0], ast.Call | ast.Attribute):
            yield Mark(dotted(values[0]), mark.line, values[0], mark.own)
        else:
            yield mark


def _by_mark(mark: Mark, test: TestFunction, module: Module, project: Project) -> Skip | None:
    is_pytest = "mark." in mark.dotted
    if mark.name == "skip" and (is_pytest or mark.dotted in ("unittest.skip", "skip")):
        return Skip(mark.line, "it is marked to be skipped")
    if mark.name in ("skipif", "skipIf", "skipUnless"):
        condition = mark.args[0] if mark.args else mark.words.get("condition")
        return _by_condition(condition, mark, module, project, wanted=mark.name != "skipUnless")
    if mark.name == "xfail" and is_pytest:
        return _by_xfail(mark, module, project)
    if mark.name == "expectedFailure":
        return Skip(mark.line, "it is expected to fail, so it passes only as long as the product is wrong")
    if mark.name == "parametrize":
        return _by_cases(mark, module)
    return None


def _by_xfail(mark: Mark, module: Module, project: Project) -> Skip | None:
    strict = mark.words.get("strict")
    if isinstance(strict, ast.Constant) and strict.value:
        return None
    condition = mark.args[0] if mark.args else mark.words.get("condition")
    if condition is not None and not isinstance(condition, ast.Constant):
        try:
            if not all(truths(condition, module, project)):
                return None
        except Unknown:
            return None
    elif isinstance(condition, ast.Constant) and not condition.value:
        return None
    if strict is None and _xfail_is_strict(project):
        return None
    return Skip(mark.line, "an `xfail` that is not strict passes whether the test fails or not")


def _by_condition(
    condition: ast.expr | None, mark: Mark, module: Module, project: Project, *, wanted: bool
) -> Skip | None:
    if condition is None:
        return None
    try:
        held = truths(condition, module, project)
    except Unknown:
        return None
    if not all(truth == wanted for truth in held):
        return None
    unset = variables(condition, module)
    if unset:
        return Skip(mark.line, f"nothing in the project sets {', '.join(unset)}, so it is always skipped", sure=False)
    return Skip(mark.line, f"the condition of `{mark.name}` always skips it")


def _by_cases(mark: Mark, module: Module) -> Skip | None:
    values = mark.args[1] if len(mark.args) > 1 else mark.words.get("argvalues")
    if isinstance(values, ast.Name):
        known = module.assigned.get(values.id, [])
        if len(known) != 1 or values.id in module.filled:
            return None
        values = known[0]
    if isinstance(values, ast.List | ast.Tuple):
        if not values.elts:
            return Skip(mark.line, "its list of cases is empty, so it is skipped")
        if all(_is_skipped_case(case) for case in values.elts):
            return Skip(mark.line, "each of its cases is marked to be skipped")
    if isinstance(values, ast.Call) and leaf(values) in ("list", "tuple", "range") and not values.args:
        return Skip(mark.line, "its list of cases is empty, so it is skipped")
    return None


def _is_skipped_case(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or leaf(node) != "param":
        return False
    marks = next((word.value for word in node.keywords if word.arg == "marks"), None)
    each = marks.elts if isinstance(marks, ast.List | ast.Tuple) else [marks] if marks is not None else []
    return any(leaf(mark) == "skip" or (leaf(mark) == "xfail" and "strict" not in ast.unparse(mark)) for mark in each)


def _by_class(test: TestFunction) -> Skip | None:
    owner = test.owner
    if owner is None:
        return None
    for node in owner.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and not node.value.value and any(
            isinstance(target, ast.Name) and target.id == "__test__" for target in node.targets):  # fmt: skip
            return Skip(node.lineno, "its class says that it holds no tests")
        if isinstance(node, Function) and node.name == "__init__" and not test.unittest:
            return Skip(node.lineno, "pytest does not collect a class with an `__init__`")
    return None


def _in_body(test: TestFunction, module: Module, project: Project) -> Skip | None:
    """A skip among the first statements of the test, of what prepares it, or at the top of the file."""
    before: list[ast.stmt] = list(test.node.body)
    if test.owner is not None:
        for node in test.owner.body:
            if isinstance(node, Function) and node.name in (
                "setUp",
                "setUpClass",
                "setup_method",
                "setup_class",
                "asyncSetUp",
            ):
                before = [*node.body, *before]
    for statement in [*before, *(s for s in module.tree.body if isinstance(s, ast.Expr | ast.If))]:
        line = skips(statement)
        if line:
            return Skip(line, "it skips itself before it asserts anything")
        if isinstance(statement, ast.If) and (line := next((n for inner in statement.body if (n := skips(inner))), 0)):
            try:
                if all(truths(statement.test, module, project)):
                    return Skip(line, "it always skips itself")
            except Unknown:
                continue
        if isinstance(statement, ast.Assert):
            break
    return None


def skips(node: ast.stmt) -> int:
    call = node.value if isinstance(node, ast.Expr) else node.exc if isinstance(node, ast.Raise) else None
    name = dotted(call) if call is not None else ""
    known = (
        "pytest.skip",
        "pytest.xfail",
        "self.skipTest",
        "unittest.SkipTest",
        "SkipTest",
        "skip.Exception",
        "pytest.skip.Exception",
    )
    return node.lineno if name in known else 0


# conditions


def _xfail_is_strict(project: Project) -> bool:
    for path, section in (
        ("pytest.ini", "pytest"),
        (".pytest.ini", "pytest"),
        ("tox.ini", "pytest"),
        ("setup.cfg", "tool:pytest"),
    ):
        data = project.read(path)
        if data is not None:
            parser = configparser.ConfigParser(strict=False, interpolation=None)
            try:
                parser.read_string(data.decode("utf-8", "replace"))
            except configparser.Error:
                continue
            if parser.has_section(section):
                return any(
                    parser.get(section, key, fallback="").lower() in ("true", "1", "yes", "on")
                    for key in ("xfail_strict", "strict")
                )
    data = project.read("pyproject.toml")
    if data is None:
        return False
    try:
        options: Any = tomllib.loads(data.decode("utf-8", "replace")).get("tool", {}).get("pytest", {})
        options = {**options, **options.get("ini_options", {})}
    except (tomllib.TOMLDecodeError, AttributeError, TypeError):
        return False
    return any(options.get(key) in (True, "true", "True") for key in ("xfail_strict", "strict"))
