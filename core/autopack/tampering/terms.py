"""Expressions of tests in one spelling: names of locals do not count, helpers and literal values are put in."""

from __future__ import annotations

import ast
import builtins
import copy
import re

from autopack.tampering.folding import folded
from autopack.tampering.holders import fills_its_own
from autopack.tampering.literals import is_literal, item, may_be_filled, of_class, spread
from autopack.tampering.plain_data import field_of
from autopack.tampering.product_names import named
from autopack.tampering.scopes import Scope, function_called, single_return
from autopack.testcode.modules import Function, Module
from autopack.testcode.syntax import leaf

LOCAL = "__local_"
"""Begins the names of locals: what they are called says nothing."""
_LOCALS = re.compile(rf"{LOCAL}\w*")
_BUILTINS = frozenset((*dir(builtins), "__file__"))
_MOST_DEPTH = 6
MOST_NODES = 400
_READS = frozenset({"read_text", "read_bytes", "loads", "load", "splitlines", "encode", "decode", "dedent"})


def term(node: ast.expr, scope: Scope) -> ast.expr:
    """The expression with what is known put in for names."""
    return _Putter(scope).visit(copy.deepcopy(node))


def text_of(node: ast.AST) -> str:
    """One line, locals numbered in the order they appear."""
    try:
        text = " ".join(ast.unparse(node).split())
    except (RecursionError, ValueError):
        return ""
    numbers: dict[str, str] = {}
    return _LOCALS.sub(lambda m: numbers.setdefault(m[0], f"v{len(numbers)}"), text)


def local(name: str) -> ast.expr:
    return ast.Name(LOCAL + name, ast.Load())


def bound_arguments(
    node: Function, call: ast.Call, scope: Scope, home: Scope, *, is_method: bool
) -> dict[str, ast.expr]:
    """What each parameter of a function, made in the scope `home`, is worth in this call; a local where nobody can tell."""
    args = node.args
    names = [a.arg for a in (*args.posonlyargs, *args.args)]
    found: dict[str, ast.expr] = {name: local(name) for name in (*names, *(a.arg for a in args.kwonlyargs))}
    for name, value in zip(reversed(names), reversed(args.defaults), strict=False):
        found[name] = term(value, home)
    for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if value is not None:
            found[arg.arg] = term(value, home)
    given = names[1:] if is_method and names else names
    if args.vararg is not None and not any(isinstance(a, ast.Starred) for a in call.args):
        found[args.vararg.arg] = ast.Tuple([term(a, scope) for a in call.args[len(given) :]], ast.Load())
    for name, value in zip(given, call.args, strict=False):
        if not isinstance(value, ast.Starred):
            found[name] = term(value, scope)
    for word in call.keywords:
        if word.arg in found:
            found[word.arg] = term(word.value, scope)
    return found


class _Putter(ast.NodeTransformer):
    """Puts in what names stand for. A receiver of a call or an attribute stays a name: how it was made is no matter of
    what is checked."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.bound: set[str] = set()

    def receiver(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Name):
            put = self.visit_Name(node)
            if isinstance(put, ast.Name) or is_literal(put) or _is_beside(put):
                return put
            held = node.id in self.scope.env or node.id.startswith(LOCAL)
            return local(node.id) if held else ast.Name(node.id, ast.Load())
        return self.visit(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        scope, name = self.scope, node.id
        if name.startswith(LOCAL):
            return node
        if name in self.bound:
            return local(name)
        if name in scope.env:
            return scope.env[name]
        if name in scope.functions:
            return local(name)
        link = scope.module.imports.get(name)
        if link is not None:
            known = self._constant(link.target, link.name) if link.inside and link.name else None
            return known or named(link.name or name, scope.module, link.target if link.inside and link.name else "")
        if name in scope.module.definitions:
            return node
        if name in scope.module.assigned:
            return self._constant(scope.module.path, name) or node
        return node if name in _BUILTINS else local(name)

    def _constant(self, path: str, name: str) -> ast.expr | None:
        """A literal that a module of the tests' side gives a name."""
        module = self.scope.module.project.module(path)
        values = module.assigned.get(name, []) if module is not None and not module.product else []
        if (
            len(values) == 1
            and is_literal(values[0])
            and not may_be_filled(values[0])
            and sum(1 for _ in ast.walk(values[0])) <= MOST_NODES
        ):
            self.scope.used.append((path, values[0].lineno))
            return values[0]
        return self._made(module, values[0]) if module is not None and len(values) == 1 else None

    def _made(self, module: Module, value: ast.expr) -> ast.expr | None:
        """What a module of the tests' side reads once, by calls or by a helper, and paths beside it; not what may be
        filled; objects in a list are made there."""
        if self.scope.depth >= _MOST_DEPTH or sum(1 for _ in ast.walk(value)) > MOST_NODES:
            return None
        if _is_beside(value):
            return term(value, self.scope.inner(module, {}))
        if isinstance(value, ast.List | ast.Tuple) and value.elts and all(isinstance(e, ast.Call) for e in value.elts):
            return term(value, self.scope.inner(module, {}))
        if not isinstance(value, ast.Call):
            return None
        made = term(value, self.scope.inner(module, {}))
        reads = isinstance(made, ast.Call) and leaf(made.func) in _READS
        return None if not reads or may_be_filled(made) else made

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name):
            name = node.value.id
            if name in ("self", "cls") and self.scope.owner is not None:
                return of_class(self.scope.owner, node.attr) or local(node.attr)
            link = self.scope.module.imports.get(name)
            if link is not None and name not in self.scope.env and (not link.name or not link.inside):
                return named(node.attr, self.scope.module, link.target if link.inside else "")
            made = self.scope.env.get(name)
            held = field_of(made, node.attr, self.scope.module) if isinstance(made, ast.Call) else None
            if held is not None:
                return held
        return ast.Attribute(self.receiver(node.value), node.attr, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        found = function_called(node, self.scope) if self.scope.depth < _MOST_DEPTH else None
        if found is not None:
            put = self._inlined(node, *found)
            if put is not None:
                return put
        func = self.receiver(node.func)
        words = [ast.keyword(w.arg, self.visit(w.value)) for w in node.keywords]
        args = [part for a in node.args for part in spread(self.visit(a))]
        call = ast.Call(func, args, sorted(words, key=lambda w: w.arg or ""))
        return folded(call) or call

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        made = ast.Dict([k if k is None else self.visit(k) for k in node.keys], [self.visit(v) for v in node.values])
        return folded(made) or made

    def visit_Set(self, node: ast.Set) -> ast.expr:
        return ast.Set(sorted((self.visit(e) for e in node.elts), key=ast.unparse))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        made = ast.BinOp(self.visit(node.left), node.op, self.visit(node.right))
        return folded(made) or made

    def _inlined(self, node: ast.Call, function: Function, made_in: Scope, is_method: bool) -> ast.expr | None:
        value = single_return(function)
        if value is None or any(isinstance(a, ast.Starred) for a in node.args) or fills_its_own(function.body):
            return None
        env = {**made_in.env, **bound_arguments(function, node, self.scope, made_in, is_method=is_method)}
        inner = self.scope.inner(made_in.module, env, made_in.owner, made_in.functions)
        for statement in function.body:
            if isinstance(statement, ast.Assign):
                assign(statement.targets[0], statement.value, inner)
        self.scope.used.append((made_in.module.path, value.lineno))
        return term(value, inner)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        value, at = self.visit(node.value), self.visit(node.slice)
        return item(value, at) or ast.Subscript(value, at, ast.Load())

    def visit_Await(self, node: ast.Await) -> ast.expr:
        return self.visit(node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        value = self.visit(node.value)
        self.scope.env[node.target.id] = value
        return value

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        return self._binding({a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}, node)

    def _comprehension(self, node: ast.expr) -> ast.expr:
        stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        return self._binding(stored, node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _binding(self, names: set[str], node: ast.expr) -> ast.expr:
        outer, self.bound = self.bound, self.bound | names
        try:
            for part in ast.walk(node):
                if isinstance(part, ast.arg) and not part.arg.startswith(LOCAL):
                    part.arg = LOCAL + part.arg
            found = self.generic_visit(node)
            return found if isinstance(found, ast.expr) else node
        finally:
            self.bound = outer


def _is_beside(value: ast.expr) -> bool:
    """A path that is told from where the file itself lies."""
    names = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
    return "__file__" in names and names <= {"__file__", "Path", "pathlib", "os"}


def assign(target: ast.expr, value: ast.expr, scope: Scope) -> None:
    """From now on the target is worth this."""
    store(target, term(value, scope), scope)


def store(target: ast.expr, value: ast.expr, scope: Scope) -> None:
    """As `assign`, of a value that is a term already."""
    if isinstance(target, ast.Name):
        small = sum(1 for _ in ast.walk(value)) <= MOST_NODES
        scope.env[target.id] = value if small else local(target.id)
        scope.functions.pop(target.id, None)
    elif isinstance(target, ast.Tuple | ast.List):
        for number, part in enumerate(target.elts):
            if isinstance(part, ast.Starred):
                forget(part.value, scope)
            else:
                at = ast.Constant(number)
                store(part, item(value, at) or ast.Subscript(value, at, ast.Load()), scope)


def forget(target: ast.AST, scope: Scope) -> None:
    """Nobody knows any more what these names are worth."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            scope.env[node.id] = local(node.id)
