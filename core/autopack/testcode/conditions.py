"""Conditions of skips, worked out on every platform and version of Python a test may meet."""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import product as combinations
from typing import Any

from autopack.testcode.modules import Module, Project
from autopack.testcode.syntax import dotted, leaf
from autopack.testcode.values import as_key

_MOST_FILES = 300
_MOST_BYTES = 200_000
_SET_BY_OTHERS = frozenset(
    {"CI", "GITHUB_ACTIONS", "GITLAB_CI", "HOME", "PATH", "USER", "TMPDIR", "DISPLAY", "TERM", "LANG"}
)
_READABLE = (".yml", ".yaml", ".toml", ".ini", ".cfg", ".md", ".rst", ".txt", ".sh", ".json", ".env", "Makefile",
"Dockerfile",
             "justfile", "noxfile.py", "conftest.py", "tox.ini")  # fmt: skip
_PLATFORMS = ("linux", "darwin", "win32")
_VERSIONS = tuple((3, minor) for minor in range(8, 16))


class Unknown(Exception):
    """The condition depends on what nobody here can know."""


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
        parts = as_key(self.value(node.value)) or ()
        if isinstance(node.slice, ast.Slice):
            upper = self.value(node.slice.upper) if node.slice.upper is not None else None
            if node.slice.lower is not None:
                raise Unknown
            return parts[:upper]
        at = self.value(node.slice)
        if isinstance(at, int) and -len(parts) <= at < len(parts):
            return parts[at]
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


def truths(condition: ast.expr, module: Module, project: Project) -> list[bool]:
    """The condition on every platform and version; raises Unknown. Variables of the environment that nobody in the project
    sets are not set."""
    if isinstance(condition, ast.Constant) and isinstance(condition.value, str):
        try:
            condition = ast.parse(condition.value, mode="eval").body
        except (SyntaxError, ValueError):
            raise Unknown from None
    return [bool(_World(module, project, platform, version).value(condition)) for platform, version in
            combinations(_PLATFORMS, _VERSIONS)]  # fmt: skip


def variables(condition: ast.expr, module: Module) -> list[str]:
    found: list[str] = []
    for node in ast.walk(condition):
        if isinstance(node, ast.Name) and len(module.assigned.get(node.id, [])) == 1:
            found += variables(module.assigned[node.id][0], module)
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
