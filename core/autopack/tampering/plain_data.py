"""Objects of plain data that tests make of literal values: what their fields hold."""

from __future__ import annotations

import ast

from autopack.testcode.modules import Function, Module
from autopack.testcode.syntax import leaf


def field_of(made: ast.Call, name: str, module: Module) -> ast.expr | None:
    """What a field holds of an object that a class of plain data on the tests' side made, or `SimpleNamespace`."""
    if any(isinstance(a, ast.Starred) for a in made.args) or any(w.arg is None for w in made.keywords):
        return None
    words = {w.arg: w.value for w in made.keywords}
    if leaf(made.func) == "SimpleNamespace":
        return words.get(name)
    fields = _fields(leaf(made.func), module)
    given = {**fields, **dict(zip(fields, made.args, strict=False)), **words} if fields else {}
    return given.get(name)


def _fields(of: str, module: Module) -> dict[str | None, ast.expr | None]:
    """The fields of a class, with their defaults: one of this module or of those it imports from."""
    homes = [module, *(module.project.module(link.target) for link in module.imports.values() if link.inside)]
    held = next((d for home in homes if home is not None and not home.product
                 and isinstance(d := home.definitions.get(of), ast.ClassDef)), None)  # fmt: skip
    if held is None or not (
        _is_plain(held) and all(isinstance(s, ast.AnnAssign | ast.Expr | Function) for s in held.body)
    ):
        return {}
    return {s.target.id: s.value for s in held.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)}


def _is_plain(node: ast.ClassDef) -> bool:
    named = any(leaf(base) == "NamedTuple" for base in node.bases)
    made = {n.name for n in node.body if isinstance(n, Function)} & {"__init__", "__new__", "__post_init__"}
    return not made and (named or any(leaf(d) == "dataclass" for d in node.decorator_list))
