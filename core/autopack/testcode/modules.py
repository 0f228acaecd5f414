"""The files of a candidate as modules: what each name at their top stands for, and which file an import means."""

from __future__ import annotations

import ast
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from autopack.languages import MOST_BYTES, Trees, language_of
from autopack.testcode.star_imports import opened

_Said = TypeVar("_Said")
Function = ast.FunctionDef | ast.AsyncFunctionDef
SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
_ENDINGS = (".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs", "/index.ts", "/index.tsx", "/index.js")
CHANGERS = frozenset(
    {
        "append", "extend", "insert", "pop", "popitem", "remove", "clear", "sort", "reverse", "update", "setdefault", "add",
        "discard", "appendleft", "popleft", "write", "push", "splice", "shift", "unshift", "set", "delete", "fill",
    }
)  # fmt: skip
"""Methods that change the object they are called on."""
_BROKEN = (SyntaxError, ValueError, MemoryError, RecursionError)
_MOST_HOPS = 6


@dataclass(frozen=True, slots=True)
class Import:
    """`target` is a path of the repository (`inside`) or a dotted name; `name` what is taken from it, "" = itself."""

    target: str
    name: str
    inside: bool
    line: int


@dataclass(frozen=True)
class Module:
    """A parsed file. Scripts stand here as the Python that says the same (`script_syntax`)."""

    path: str
    tree: ast.Module
    product: bool
    project: Project = field(repr=False)

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        """Functions and classes by qualified name (`Cart.total`); the last of one name."""
        return dict(_definitions(self.tree.body, ""))

    @cached_property
    def imports(self) -> dict[str, Import]:
        """By the name they bind, wherever in the file they stand."""
        found: dict[str, Import] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                found.update(self.project.bound(self.path, node))
        return {**opened(self), **found} if "*" in found else found

    @cached_property
    def assigned(self) -> dict[str, list[ast.expr]]:
        """Values assigned to names at the top, also within `if` and `try`."""
        found: dict[str, list[ast.expr]] = defaultdict(list)
        for statement in flat(self.tree.body):
            for target, value in assignments(statement):
                if isinstance(target, ast.Name):
                    found[target.id].append(value)
        return found

    @cached_property
    def _stored(self) -> frozenset[str]:
        """Names that are bound anywhere in the file."""
        return frozenset(
            node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
        )

    @cached_property
    def _bound(self) -> frozenset[str]:
        """Names of functions, classes and parameters anywhere in the file."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.arg):
                found.add(node.arg)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                found.add(node.name)
        return frozenset(found)

    def may_have(self, name: str) -> bool:
        """Whether a name that nobody seems to define may exist: bound somewhere else in the file, or imported with all."""
        return "*" in self.imports or name in self._stored or name in self._bound

    @cached_property
    def filled(self) -> frozenset[str]:
        """Names whose objects some statement of the file changes."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                changed: ast.expr = node.value
            elif isinstance(node, ast.AugAssign):
                changed = node.target
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGERS:
                changed = node.func.value
            else:
                continue
            while isinstance(changed, ast.Subscript):
                changed = changed.value
            if isinstance(changed, ast.Name):
                found.add(changed.id)
        return frozenset(found)

    @property
    def is_script(self) -> bool:
        return language_of(self.path) in SCRIPTS


class Project:
    """The candidate as far as it is known: `read` gives the content of a path, `trees` that of scripts."""

    def __init__(
        self,
        read: Callable[[str], bytes | None],
        paths: Iterable[str],
        is_test: Callable[[str], bool],
        trees: Trees = lambda path, data: None,
    ) -> None:
        self.read, self.paths, self.is_test, self.trees = read, frozenset(paths), is_test, trees
        self._modules: dict[str, Module | None] = {}
        self._said: dict[tuple[Callable[[Module], object], str], object] = {}
        self.opening: set[str] = set()
        """Paths of the modules whose star imports are being read."""
        self._by_leaf: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.paths, key=lambda path: (path.count("/"), path)):
            if path.endswith(".py"):
                parts = path.removesuffix(".py").split("/")
                self._by_leaf[parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]].append(path)

    def module(self, path: str) -> Module | None:
        """None for what is no file of the candidate, cannot be parsed, or is in another language."""
        if path not in self._modules:
            data = self.read(path)
            tree = parsed(path, data, self.trees) if data is not None else None
            self._modules[path] = Module(path, tree, not self.is_test(path), self) if tree is not None else None
        return self._modules[path]

    def once(self, ask: Callable[[Module], _Said], module: Module) -> _Said:
        """What `ask` says of a module of this project, asked once."""
        key = (ask, module.path)
        if key not in self._said:
            self._said[key] = ask(module)
        return cast("_Said", self._said[key])

    def find(self, dotted: str, near: str) -> str:
        """The file that an absolute import in the file `near` means; "" where it is none of the repository."""
        parts = tuple(dotted.split("."))
        folder = near.rpartition("/")[0]
        fits = [path for path in self._by_leaf.get(parts[-1], ()) if self._is_at(path, parts)]
        if not fits:
            return ""
        beside = [path for path in fits if path.rpartition("/")[0] == folder and len(parts) == 1]
        if beside and parts[0] not in sys.stdlib_module_names:
            return beside[0]
        if parts[0] in sys.stdlib_module_names:
            fits = [path for path in fits if self._root(path, parts) in ("", "src/", "lib/")]
        return fits[0] if fits else ""

    def find_script(self, source: str, near: str) -> str:
        """The file that a relative import of a script means."""
        if not source.startswith("."):
            return ""
        parts = near.split("/")[:-1]
        for part in source.split("/"):
            if part == "..":
                if not parts:
                    return ""
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        path = "/".join(parts)
        bare = path.rpartition(".")[0] if path.endswith((".js", ".mjs", ".cjs", ".jsx")) else path
        tried = [path, *(path + ending for ending in _ENDINGS), *(bare + ending for ending in _ENDINGS)]
        return next((found for found in tried if found in self.paths), "")

    def bound(self, path: str, node: ast.Import | ast.ImportFrom) -> dict[str, Import]:
        """What an import statement in the file `path` binds."""
        found: dict[str, Import] = {}
        if isinstance(node, ast.Import):
            for alias in node.names:
                dotted = alias.name if alias.asname else alias.name.split(".")[0]
                at = self.find(dotted, path) or self._package(alias.name, dotted, path)
                found[alias.asname or dotted] = Import(at or dotted, "", bool(at), node.lineno)
            return found
        script = language_of(path) in SCRIPTS
        at, dotted = self._source(path, node, script)
        for alias in node.names:
            name = alias.asname or alias.name
            deeper = "" if script or alias.name == "*" else self._beneath(at, dotted, alias.name, path)
            if deeper:
                found[name] = Import(deeper, "", True, node.lineno)
            else:
                found[name] = Import(
                    at or dotted, "" if alias.name == "*module*" else alias.name, bool(at), node.lineno
                )
        return found

    def followed(self, path: str, name: str) -> str:
        """`path::name` of the definition, through files that only pass it on."""
        for _ in range(_MOST_HOPS):
            module = self.module(path)
            if module is None or name.split(".")[0] in module.definitions or name in module.assigned:
                break
            link = module.imports.get(name)
            if link is None or not link.inside or not link.name:
                break
            path, name = link.target, link.name
        return f"{path}::{name}"

    def _source(self, path: str, node: ast.ImportFrom, script: bool) -> tuple[str, str]:
        if script:
            return self.find_script(node.module or "", path), node.module or ""
        if not node.level:
            return self.find(node.module or "", path), node.module or ""
        package = path.split("/")[:-1]
        base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
        stem = "/".join(part for part in base if part)
        tried = (f"{stem}.py", f"{stem}/__init__.py" if stem else "__init__.py")
        return next((found for found in tried if found in self.paths), ""), stem.replace("/", ".")

    def _beneath(self, at: str, dotted: str, name: str, near: str) -> str:
        """The module `name` of a package, where it is a file of its own."""
        if at and not at.endswith("__init__.py"):
            return ""
        if at:
            stem = at.removesuffix("__init__.py") + name
            return next((found for found in (f"{stem}.py", f"{stem}/__init__.py") if found in self.paths), "")
        return self.find(f"{dotted}.{name}" if dotted else name, near)

    def _package(self, full: str, top: str, near: str) -> str:
        """A package without `__init__.py` stands for the module that is named in full."""
        return self.find(full, near) if full != top else ""

    def _is_at(self, path: str, parts: tuple[str, ...]) -> bool:
        for tail in ("/".join(parts) + ".py", "/".join(parts) + "/__init__.py"):
            if path == tail:
                return True
            if path.endswith("/" + tail):
                return path.removesuffix(tail) + "__init__.py" not in self.paths
        return False

    def _root(self, path: str, parts: tuple[str, ...]) -> str:
        return path.removesuffix(".py").removesuffix("/__init__").removesuffix("/".join(parts))


def parsed(path: str, data: bytes, trees: Trees) -> ast.Module | None:
    """The syntax tree of a Python file, or of a script told in Python."""
    language = language_of(path)
    if len(data) > MOST_BYTES:
        return None
    if language in SCRIPTS:
        from autopack.testcode.script_syntax import told_in_python

        tree = trees(path, data)
        return told_in_python(tree) if tree is not None else None
    if language != "python":
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data)
    except _BROKEN:
        return None


def flat(body: Iterable[ast.stmt]) -> Iterable[ast.stmt]:
    """Statements of a block and of the `if`, `try` and `with` in it."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With | ast.AsyncWith):
            for part in ("body", "handlers", "orelse", "finalbody"):
                for inner in getattr(statement, part, ()):
                    yield from flat(inner.body if isinstance(inner, ast.ExceptHandler) else [inner])


def assignments(statement: ast.stmt) -> list[tuple[ast.expr, ast.expr]]:
    """Target and value of each assignment that a statement makes."""
    if isinstance(statement, ast.Assign):
        return [(target, statement.value) for target in statement.targets]
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return [(statement.target, statement.value)]
    return []


def _definitions(body: Iterable[ast.stmt], prefix: str) -> Iterable[tuple[str, ast.stmt]]:
    for statement in flat(body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + statement.name, statement
            if isinstance(statement, ast.ClassDef):
                yield from _definitions(statement.body, f"{prefix}{statement.name}.")
