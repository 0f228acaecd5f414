"""What can be told of the product's functions from their text: what a call of them could do, and what the change made."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache

from autopack.testcode.modules import CHANGERS, Function, Module, Project, assignments

_MOST_BASES = 5
_PURE = frozenset(
    {
        "len", "sorted", "sum", "min", "max", "any", "all", "str", "int", "float", "bool", "repr", "abs", "round", "range",
        "enumerate", "zip", "isinstance", "hash", "print", "format", "ord", "chr", "divmod", "pow", "type",
    }
)  # fmt: skip
_COPIES = frozenset({"list", "tuple", "set", "frozenset", "dict", "bytes", "Counter", "deepcopy", "sorted", "reversed"})


class Product:
    """The product code of a candidate and, where the change shows it, of the base."""

    def __init__(self, project: Project, before: Mapping[str, ast.Module]) -> None:
        """`before`: trees of changed product files as they were; "new" files are not in it."""
        self.project, self.before = project, before
        self._changed: frozenset[str] | None = None
        self.local: dict[str, tuple[ast.ClassDef, Module]] = {}
        """Classes that stand inside of functions, by the name that was given to them."""

    def definition(self, named: str) -> tuple[ast.stmt, Module] | None:
        """The function or class of `path::name`; a method may come from a base class."""
        path, _, name = named.partition("::")
        for _ in range(_MOST_BASES):
            known = self._local(f"{path}::{name}")
            if isinstance(known, str):
                path, _, name = known.partition("::")
            elif known is not None:
                return known
            module = self.project.module(path)
            if module is None:
                return None
            found = module.definitions.get(name)
            if found is not None:
                return found, module
            owner, dot, leaf = name.rpartition(".")
            holder = module.definitions.get(owner) if dot else None
            if not isinstance(holder, ast.ClassDef):
                return None
            above = next(self.bases(holder, module), "")
            path, _, base = above.partition("::")
            name = f"{base}.{leaf}"
        return None

    def _local(self, named: str) -> tuple[ast.stmt, Module] | str | None:
        """A class inside of a function or its method; the name of the method in its base class where it has none."""
        if named in self.local:
            return self.local[named]
        owner, _, leaf = named.rpartition(".")
        if owner not in self.local:
            return None
        node, module = self.local[owner]
        for inner in node.body:
            if isinstance(inner, Function) and inner.name == leaf:
                return inner, module
        above = next(self.bases(node, module), "")
        return f"{above}.{leaf}" if above else None

    def bases(self, node: ast.ClassDef, module: Module) -> Iterator[str]:
        """Classes of the repository that a class derives from, as `path::name`."""
        for base in node.bases:
            if isinstance(base, ast.Name):
                if base.id in module.definitions:
                    yield f"{module.path}::{base.id}"
                elif (link := module.imports.get(base.id)) and link.inside and link.name:
                    yield self.project.followed(link.target, link.name)
            elif isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name):
                link = module.imports.get(base.value.id)
                if link and link.inside and not link.name:
                    yield self.project.followed(link.target, base.attr)

    def function(self, named: str) -> tuple[Function, Module] | None:
        """A function; of a class its `__init__`."""
        found = self.definition(named)
        if found is not None and isinstance(found[0], ast.ClassDef):
            found = self.definition(f"{named}.__init__")
        return (found[0], found[1]) if found is not None and isinstance(found[0], Function) else None

    def method(self, named: str) -> tuple[Function, Module] | None:
        """A function or method of this very name."""
        found = self.definition(named)
        return (found[0], found[1]) if found is not None and isinstance(found[0], Function) else None

    def class_of(self, named: str) -> tuple[ast.ClassDef, Module] | None:
        found = self.definition(named)
        return (found[0], found[1]) if found is not None and isinstance(found[0], ast.ClassDef) else None

    def earlier(self, named: str) -> ast.stmt | None:
        """The same definition in the base, where the change shows its file."""
        path, _, name = named.partition("::")
        tree = self.before.get(path)
        return _by_name(tree).get(name) if tree is not None else None

    @property
    def changed(self) -> frozenset[str]:
        """`path::name` of functions and classes that are new or not what they were."""
        if self._changed is None:
            found: set[str] = set()
            for path, tree in self.before.items():
                module = self.project.module(path)
                if module is None:
                    continue
                old = _by_name(tree)
                found |= {f"{path}::{name}" for name, node in module.definitions.items()
                          if name not in old or ast.dump(old[name]) != ast.dump(node)}  # fmt: skip
            self._changed = frozenset(found)
        return self._changed

    def new_words(self) -> frozenset[str]:
        """Names of definitions, parameters, attributes and files that the base does not have."""
        found: set[str] = set()
        for path, tree in self.before.items():
            module = self.project.module(path)
            if module is not None:
                found |= _words(module.tree) - _words(tree)
                if not tree.body:
                    found |= {path.rpartition("/")[2].partition(".")[0]}
        return frozenset(found)

    def has_method(self, cls: str, names: tuple[str, ...]) -> bool:
        return any(self.definition(f"{cls}.{name}") is not None for name in names)


def _words(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
    return found


def _by_name(tree: ast.Module) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    waiting: list[tuple[str, ast.stmt]] = [("", node) for node in tree.body]
    while waiting:
        prefix, node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[prefix + node.name] = node
            if isinstance(node, ast.ClassDef):
                waiting += [(f"{prefix}{node.name}.", inner) for inner in node.body]
    return found


def parameters(node: Function | ast.Lambda) -> list[str]:
    """Names of the parameters that can be given by place."""
    return [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]


def raises(node: Function) -> bool:
    return any(isinstance(inner, ast.Raise) for inner in ast.walk(node))


def gives_value(node: Function) -> bool:
    """Whether some return or yield gives something."""
    return any(
        isinstance(inner, ast.Yield | ast.YieldFrom)
        or (isinstance(inner, ast.Return) and inner.value is not None
            and not (isinstance(inner.value, ast.Constant) and inner.value.value is None))
        for inner in own_nodes(node)
    )  # fmt: skip


def own_nodes(node: Function | ast.Lambda) -> Iterator[ast.AST]:
    """Nodes of a function without those of functions in it."""
    waiting: list[ast.AST] = list(node.body) if isinstance(node.body, list) else [node.body]
    while waiting:
        inner = waiting.pop()
        yield inner
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(inner)


def misfit(node: Function, call: ast.Call, method: bool) -> bool:
    """Whether the arguments of a call can never be bound to the parameters."""
    if any(isinstance(arg, ast.Starred) for arg in call.args) or any(word.arg is None for word in call.keywords):
        return False
    args = node.args
    names = [arg.arg for arg in (*args.posonlyargs, *args.args)][int(method) :]
    if len(call.args) > len(names) and args.vararg is None:
        return True
    words = {word.arg for word in call.keywords if word.arg}
    only = {arg.arg for arg in args.kwonlyargs}
    if args.kwarg is None and words - set(names) - only:
        return True
    needed = names[len(call.args) : len(names) - len(args.defaults)] if len(args.defaults) < len(names) else []
    forced = {arg.arg for arg, given in zip(args.kwonlyargs, args.kw_defaults, strict=True) if given is None}
    return bool((set(needed) | forced) - words)


@cache
def hold_on(node: Function) -> tuple[frozenset[str], frozenset[str]]:
    """Parameters whose objects a call may change, and those it may keep beyond the call; `self` among them."""
    changed: set[str] = set()
    kept: set[str] = set()
    names = {*parameters(node), *(arg.arg for arg in node.args.kwonlyargs)}
    alias = {name: name for name in names}
    for inner in ast.walk(node):
        if isinstance(inner, ast.For | ast.comprehension):
            origin = alias.get(_root(inner.iter))
            if origin:
                alias |= {part.id: origin for part in ast.walk(inner.target) if isinstance(part, ast.Name)}
        elif isinstance(inner, ast.stmt):
            for target, value in assignments(inner):
                origin = alias.get(_root(value)) if not isinstance(value, ast.Call) else None
                if isinstance(target, ast.Name) and origin:
                    alias.setdefault(target.id, origin)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute | ast.Subscript) and not isinstance(inner.ctx, ast.Load):
            changed |= _origins(alias, _root(inner))
        if isinstance(inner, ast.stmt):
            for target, value in assignments(inner):
                if isinstance(target, ast.Attribute | ast.Subscript):
                    kept |= _origins(alias, _root(value)) - {alias.get(_root(target), "")}
        if isinstance(inner, ast.AugAssign):
            changed |= _origins(alias, _root(inner.target))
        if isinstance(inner, ast.Call):
            _called(inner, alias, changed, kept)
    return frozenset(changed & names), frozenset(kept & names)


def _called(call: ast.Call, alias: dict[str, str], changed: set[str], kept: set[str]) -> None:
    func = call.func
    if isinstance(func, ast.Attribute):
        if func.attr in CHANGERS or _root(func.value) == "self":
            changed |= _origins(alias, _root(func.value))
        return
    if isinstance(func, ast.Name) and func.id not in _PURE and func.id not in _COPIES:
        for arg in (*call.args, *(word.value for word in call.keywords)):
            changed |= _origins(alias, _root(arg))
            kept |= _origins(alias, _root(arg))


def _origins(alias: dict[str, str], name: str) -> set[str]:
    return {alias[name]} if name in alias else set()


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Await):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
