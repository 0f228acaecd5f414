"""What the product defines behind a test, and what a test may put its own in the place of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from autopack.tampering.fixture_homes import conftests
from autopack.testcode.modules import Function, Module
from autopack.testcode.syntax import dotted

_WORLD = frozenset(
    {
        *(
            "datetime",
            "getpass",
            "http",
            "httpx",
            "os",
            "platform",
            "random",
            "requests",
            "secrets",
            "shutil",
            "signal",
        ),
        *("smtplib", "socket", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid"),
    }
)
"""Modules of what no test can hold still: clocks, chance, processes, the net."""


class Part(NamedTuple):
    """A function, a method, or a value (`node` is None) of a file of the product."""

    node: Function | None
    home: Module

    @property
    def _statements(self) -> list[ast.stmt]:
        return [s for s in self.node.body if not _is_docstring(s)] if self.node is not None else []

    @property
    def has_logic(self) -> bool:
        """Whether it does more than a single statement: a class under test without it is another class."""
        return len(self._statements) > 1

    @property
    def hands_over(self) -> bool:
        """Whether it only gives what a clock, chance or the system gives: `def now(): return datetime.now()`."""
        match self._statements:
            case [ast.Return(value=ast.Call() as call) | ast.Expr(value=ast.Call() as call)]:
                name = dotted(call.func)
                link = self.home.imports.get(name.partition(".")[0])
                outside = link is not None and not link.inside and link.target.partition(".")[0] in _WORLD
                return outside and not name.startswith("os.path.")
            case _:
                return False


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def defined_by_product(module: Module) -> dict[str, Part]:
    """Functions, methods as `Class.method`, and values of the product's files that a test's file, or a conftest above it,
    imports from; and the functions that these files import from others."""
    links = [link for home in (module, *conftests(module)) for link in home.imports.values() if link.inside]
    files = {link.target for link in links} | {
        module.project.followed(link.target, link.name).partition("::")[0] for link in links
    }
    homes = [home for path in sorted(files) if (home := module.project.module(path)) is not None and home.product]
    behind = {name: part for home in homes for name, part in _imported(home)}
    values = {name: Part(None, home) for home in homes for name in home.assigned}
    return (
        behind
        | values
        | {
            name: Part(node, home)
            for home in homes
            for name, node in home.definitions.items()
            if isinstance(node, Function)
        }
    )


def _imported(home: Module) -> Iterator[tuple[str, Part]]:
    """Functions of other files of the product that one of them imports by name."""
    for name, link in home.imports.items():
        if link.name:
            path, _, defined = home.project.followed(link.target, link.name).partition("::")
            source = home.project.module(path)
            node = source.definitions.get(defined) if source is not None and source.product else None
            if source is not None and isinstance(node, Function):
                yield name, Part(node, source)
