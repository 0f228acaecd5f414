"""Which errors another error is one of: Python's own, and classes of the repository."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from autopack.testcode.modules import Project
from autopack.testcode.syntax import leaf

_MOST_FILES = 400
_OF_OTHERS = {"Throwable": ("BaseException",), "RuntimeException": ("Exception",), "Error": ("Throwable",)}


class Errors:
    """Ancestors of exception classes by their names; files are read when a name is first asked for."""

    def __init__(self, projects: Iterable[Project]) -> None:
        self._projects = tuple(projects)
        self._bases: dict[str, set[str]] | None = None

    def ancestors(self, name: str) -> frozenset[str]:
        """Of a name that nothing defines, those that every error has."""
        own = getattr(builtins, name, None)
        if isinstance(own, type) and issubclass(own, BaseException):
            return frozenset(c.__name__ for c in own.__mro__[1:] if c is not object)
        known, waiting, found = self._known(), [name], set[str]()
        while waiting:
            for base in known.get(waiting.pop(), set()):
                if base not in found:
                    found.add(base)
                    waiting.append(base)
                    above = getattr(builtins, base, None)
                    if isinstance(above, type) and issubclass(above, BaseException):
                        found |= {c.__name__ for c in above.__mro__ if c is not object}
        return frozenset(found | ({"Exception", "BaseException", "Throwable", "RuntimeException"} - {name}))

    def _known(self) -> dict[str, set[str]]:
        if self._bases is None:
            self._bases = {}
            for project in self._projects:
                for path in [p for p in sorted(project.paths) if p.endswith(".py")][:_MOST_FILES]:
                    module = project.module(path)
                    for node in module.definitions.values() if module is not None else ():
                        if isinstance(node, ast.ClassDef):
                            self._bases.setdefault(node.name, set()).update(leaf(b) for b in node.bases)
        return self._bases
