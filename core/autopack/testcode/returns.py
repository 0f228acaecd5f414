"""Which types a function of the product can give, as far as its text says so."""

from __future__ import annotations

import ast

from autopack.testcode.modules import Function, assignments
from autopack.testcode.product import Product, own_nodes
from autopack.testcode.values import Value, as_key

_ANNOTATED = frozenset({"list", "dict", "str", "int", "float", "bool", "tuple", "set", "bytes", "frozenset"})
_CALLS = {
    "list": "list", "sorted": "list", "dict": "dict", "str": "str", "int": "int", "len": "int", "float": "float",
    "bool": "bool", "tuple": "tuple", "set": "set", "frozenset": "frozenset", "any": "bool", "all": "bool",
    "isinstance": "bool", "repr": "str", "bytes": "bytes", "round": "float|int", "sum": "float|int", "abs": "float|int",
}  # fmt: skip
_METHODS = {
    "join": "str", "format": "str", "strip": "str", "lower": "str", "upper": "str", "replace": "str", "title": "str",
    "casefold": "str", "rstrip": "str", "lstrip": "str", "split": "list", "splitlines": "list", "startswith": "bool",
    "endswith": "bool", "encode": "bytes", "decode": "str",
}  # fmt: skip
_SCRIPT_METHODS = {"map": "list", "filter": "list", "sort": "list", "concat": "list", "flat": "list", "flatMap": "list",
                   "toString": "str", "trim": "str", "toLowerCase": "str", "toUpperCase": "str", "toFixed": "str",
                   "padStart": "str", "padEnd": "str", "replaceAll": "str", "includes": "bool"}  # fmt: skip


def types_of(product: Product, value: Value) -> set[str] | None:
    """Types of what a call of the product gives, "None" among them; None where the text does not say."""
    named = _called(value)
    found = product.function(named) if named else None
    if found is None or isinstance(found[0], ast.AsyncFunctionDef):
        return None
    return _types(found[0], found[1].is_script)


def differed(product: Product, value: Value, *wanted: str) -> bool:
    """Whether the same function gave, or may have given, something else in the base: then the type is news."""
    named = _called(value)
    earlier = product.earlier(named) if named else None
    if not isinstance(earlier, Function):
        return False
    types = _types(earlier, False)
    if wanted == ("None",):
        return types is None or "None" in types
    return types is not None and not types <= set(wanted)


def _called(value: Value) -> str:
    key = value.key
    while len(key) > 2 and key[:2] in (("call", "type"), ("call", "typeof")) and (inner := as_key(key[2])) is not None:
        key = inner
    return str(key[1]) if len(key) > 1 and key[0] == "call" and "::" in str(key[1]) and isinstance(key[1], str) else ""


def _types(function: Function, script: bool) -> set[str] | None:
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function)):
        return None
    if function.returns is not None:
        return _annotated(function.returns)
    local: dict[str, set[str] | None] = {}
    for node in own_nodes(function):
        if isinstance(node, ast.stmt):
            for target, assigned in assignments(node):
                if isinstance(target, ast.Name):
                    kind = _type(assigned, {}, script)
                    known = local.get(target.id, set())
                    local[target.id] = None if kind is None or known is None else known | {kind}
    found: set[str] = set()
    for node in own_nodes(function):
        if isinstance(node, ast.Return):
            kind = _type(node.value, local, script)
            if kind is None:
                return None
            found |= set(kind.split("|"))
    return found or None


def _annotated(node: ast.expr) -> set[str] | None:
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return _annotated(ast.parse(node.value, mode="eval").body)
        except (SyntaxError, ValueError):
            return None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left, right = _annotated(node.left), _annotated(node.right)
        return left | right if left is not None and right is not None else None
    if isinstance(node, ast.Constant) and node.value is None:
        return {"None"}
    return {node.id} if isinstance(node, ast.Name) and node.id in _ANNOTATED else None


def _type(node: ast.expr | None, local: dict[str, set[str] | None], script: bool) -> str | None:
    match node:
        case None:
            return "None"
        case ast.List() | ast.ListComp():
            return "list"
        case ast.Dict() | ast.DictComp():
            return "dict"
        case ast.Set() | ast.SetComp():
            return "set"
        case ast.Tuple():
            return "tuple"
        case ast.JoinedStr():
            return "str"
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return "bool"
        case ast.Constant():
            return "None" if node.value is None else type(node.value).__name__
        case ast.Name():
            known = local.get(node.id)
            return "|".join(sorted(known)) if known else None
        case ast.IfExp():
            one, other = _type(node.body, local, script), _type(node.orelse, local, script)
            return f"{one}|{other}" if one and other else None
        case ast.Call(func=ast.Name(id=name)):
            return _CALLS.get(name)
        case ast.Call(func=ast.Attribute(attr=name)):
            return {**_METHODS, **(_SCRIPT_METHODS if script else {})}.get(name)
        case ast.BinOp():
            one, other = _type(node.left, local, script), _type(node.right, local, script)
            return one if one == other else None
        case _:
            return None
