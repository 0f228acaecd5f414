"""Tests that never run, or whose result never counts."""

from __future__ import annotations

import ast
import configparser
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product as combinations
from typing import Any

from autopack.testcode.evaluation import is_filled
from autopack.testcode.guarding import leaf
from autopack.testcode.modules import Function, Module, Project
from autopack.testcode.python_tests import Mark, TestFunction, dotted

_MOST_FILES = 300
_MOST_BYTES = 200_000
_SET_BY_OTHERS = frozenset(
    {"CI", "GITHUB_ACTIONS", "GITLAB_CI", "HOME", "PATH", "USER", "TMPDIR", "DISPLAY", "TERM", "LANG"}
)
_READABLE = (".yml", ".yaml", ".toml", ".ini", ".cfg", ".md", ".rst", ".txt", ".sh", ".json", ".env", "Makefile", "Dockerfile",
             "justfile", "noxfile.py", "conftest.py", "tox.ini")  # fmt: skip
_PLATFORMS = ("linux", "darwin", "win32")
_VERSIONS = tuple((3, minor) for minor in range(8, 16))


class Unknown(Exception):
    """The condition depends on what nobody here can know."""


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
            if not all(_truths(condition, module, project)):
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
        truths = _truths(condition, module, project)
    except Unknown:
        return None
    if not all(truth == wanted for truth in truths):
        return None
    variables = _variables(condition, module)
    if variables:
        return Skip(
            mark.line, f"nothing in the project sets {', '.join(variables)}, so it is always skipped", sure=False
        )
    return Skip(mark.line, f"the condition of `{mark.name}` always skips it")


def _by_cases(mark: Mark, module: Module) -> Skip | None:
    values = mark.args[1] if len(mark.args) > 1 else mark.words.get("argvalues")
    if isinstance(values, ast.Name):
        known = module.assigned.get(values.id, [])
        if len(known) != 1 or is_filled(module, values.id):
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
        line = _skips(statement)
        if line:
            return Skip(line, "it skips itself before it asserts anything")
        if isinstance(statement, ast.If) and (line := next((n for inner in statement.body if (n := _skips(inner))), 0)):
            try:
                if all(_truths(statement.test, module, project)):
                    return Skip(line, "it always skips itself")
            except Unknown:
                continue
        if isinstance(statement, ast.Assert):
            break
    return None


def _skips(node: ast.stmt) -> int:
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


def _truths(condition: ast.expr, module: Module, project: Project) -> list[bool]:
    """The condition on every platform and version; raises Unknown. Variables of the environment that nobody in the project
    sets are not set."""
    if isinstance(condition, ast.Constant) and isinstance(condition.value, str):
        try:
            condition = ast.parse(condition.value, mode="eval").body
        except (SyntaxError, ValueError):
            raise Unknown from None
    return [bool(_World(module, project, platform, version).value(condition)) for platform, version in
            combinations(_PLATFORMS, _VERSIONS)]  # fmt: skip


class _World:
    """One platform and version on which a condition is worked out."""

    def __init__(self, module: Module, project: Project, platform: str, version: tuple[int, int]) -> None:
        self.module, self.project, self.platform, self.version = module, project, platform, version
        self.depth = 0

    def value(self, node: ast.expr) -> Any:
        self.depth += 1
        if self.depth > 50:
            raise Unknown
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return self._name(node.id)
            case ast.Attribute():
                return self._attribute(dotted(node))
            case ast.UnaryOp(op=ast.Not()):
                return not self.value(node.operand)
            case ast.BoolOp():
                return self._either(node)
            case ast.Compare() if len(node.ops) == 1:
                return self._compare(self.value(node.left), node.ops[0], self.value(node.comparators[0]))
            case ast.Tuple() | ast.List():
                return tuple(self.value(part) for part in node.elts)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                return self._call(node)
            case _:
                raise Unknown

    def _name(self, name: str) -> Any:
        values = self.module.assigned.get(name, [])
        link = self.module.imports.get(name)
        if len(values) == 1 and link is None:
            return self.value(values[0])
        if link is not None and not link.inside and link.name:
            return self._attribute(f"{link.target}.{link.name}")
        raise Unknown

    def _attribute(self, name: str) -> Any:
        known: dict[str, Any] = {
            "sys.platform": self.platform,
            "sys.version_info": (*self.version, 0, "final", 0),
            "os.name": "nt" if self.platform == "win32" else "posix",
        }
        if name not in known:
            raise Unknown
        return known[name]

    def _either(self, node: ast.BoolOp) -> Any:
        deciding = isinstance(node.op, ast.Or)
        unknown = False
        for part in node.values:
            try:
                if bool(self.value(part)) == deciding:
                    return deciding
            except Unknown:
                unknown = True
        if unknown:
            raise Unknown
        return not deciding

    def _compare(self, left: Any, op: ast.cmpop, right: Any) -> bool:
        table: dict[type, Callable[[Any, Any], bool]] = {
            ast.Eq: lambda a, b: a == b, ast.NotEq: lambda a, b: a != b, ast.Lt: lambda a, b: a < b,
            ast.LtE: lambda a, b: a <= b, ast.Gt: lambda a, b: a > b, ast.GtE: lambda a, b: a >= b,
            ast.Is: lambda a, b: a is b, ast.IsNot: lambda a, b: a is not b, ast.In: lambda a, b: a in b,
            ast.NotIn: lambda a, b: a not in b,
        }  # fmt: skip
        try:
            return table[type(op)](left, right)
        except TypeError:
            raise Unknown from None

    def _subscript(self, node: ast.Subscript) -> Any:
        if dotted(node.value) in ("os.environ", "environ"):
            raise Unknown
        value = self.value(node.value)
        if isinstance(node.slice, ast.Slice):
            upper = self.value(node.slice.upper) if node.slice.upper is not None else None
            return value[:upper] if node.slice.lower is None and isinstance(value, tuple) else value
        at = self.value(node.slice)
        if isinstance(value, tuple) and isinstance(at, int) and -len(value) <= at < len(value):
            return value[at]
        raise Unknown

    def _call(self, node: ast.Call) -> Any:
        name = dotted(node)
        if name in ("os.environ.get", "os.getenv", "environ.get", "getenv") and node.args:
            variable = self.value(node.args[0])
            if not isinstance(variable, str) or may_be_set(variable, self.project, self.module.path):
                raise Unknown
            return self.value(node.args[1]) if len(node.args) > 1 else None
        if name in ("bool", "int", "str") and len(node.args) == 1:
            inner = self.value(node.args[0])
            return bool(inner) if name == "bool" else inner
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("startswith", "lower", "strip", "upper"):
            owner = self.value(node.func.value)
            args = [self.value(arg) for arg in node.args]
            if isinstance(owner, str) and all(isinstance(arg, str) for arg in args):
                return getattr(owner, node.func.attr)(*args)
        raise Unknown


def _variables(condition: ast.expr, module: Module) -> list[str]:
    found: list[str] = []
    for node in ast.walk(condition):
        if isinstance(node, ast.Name) and len(module.assigned.get(node.id, [])) == 1:
            found += _variables(module.assigned[node.id][0], module)
        if isinstance(node, ast.Call) and leaf(node) in ("get", "getenv") and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.append(first.value)
    return found


def may_be_set(variable: str, project: Project, near: str) -> bool:
    """Whether a file of the project other than the test itself speaks of the variable, or all the world sets it."""
    if variable in _SET_BY_OTHERS:
        return True
    told = variable.encode()
    looked = 0
    for path in sorted(project.paths):
        if path != near and path.endswith(_READABLE):
            looked += 1
            if looked > _MOST_FILES:
                return True
            data = project.read(path)
            if data is not None and told in data[:_MOST_BYTES]:
                return True
    return False


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
