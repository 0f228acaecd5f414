"""The special methods that Python calls for what a test writes as signs and built-in functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_COMPARED: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Eq: ("__eq__",), ast.NotEq: ("__ne__", "__eq__"), ast.Lt: ("__lt__", "__gt__"), ast.Gt: ("__gt__", "__lt__"),
    ast.LtE: ("__le__", "__ge__"), ast.GtE: ("__ge__", "__le__"), ast.In: ("__contains__",), ast.NotIn: ("__contains__",),
}  # fmt: skip
_COMBINED: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.MatMult: "matmul", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.LShift: "lshift",
    ast.RShift: "rshift",
}  # fmt: skip
_SIGNS: dict[type[ast.unaryop], str] = {ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__"}
_CALLED = frozenset({"str", "repr", "len", "iter", "next", "hash", "bool", "int", "float", "abs", "round", "reversed",
                     "format", "bytes"})  # fmt: skip
_ORDERING = frozenset({"sorted", "min", "max"})
_ASSERTED = {
    "assertEqual": ("__eq__",), "assertNotEqual": ("__ne__", "__eq__"), "assertLess": ("__lt__", "__gt__"),
    "assertGreater": ("__gt__", "__lt__"), "assertLessEqual": ("__le__", "__ge__"), "assertIn": ("__contains__",),
    "assertGreaterEqual": ("__ge__", "__le__"), "assertNotIn": ("__contains__",), "assertTrue": ("__bool__",),
}  # fmt: skip
_GOING_THROUGH = frozenset({"list", "tuple", "set", "dict", "sum", "any", "all", "enumerate", "zip", "map", "filter"})


def special_methods(node: ast.AST) -> frozenset[str]:
    """`__lt__` for `a < b`, `__str__` for `str(a)`, `__enter__` for `with a`."""
    return frozenset(name for part in ast.walk(node) for name in _methods(part))


def _methods(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare():
            for op in node.ops:
                yield from _COMPARED.get(type(op), ())
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _COMBINED:
            name = _COMBINED[type(node.op)]
            yield from (f"__{name}__", f"__r{name}__", f"__i{name}__")
        case ast.UnaryOp() if type(node.op) in _SIGNS:
            yield _SIGNS[type(node.op)]
        case ast.Subscript():
            yield from ("__getitem__", "__setitem__", "__delitem__")
        case ast.With():
            yield from ("__enter__", "__exit__")
        case ast.AsyncWith():
            yield from ("__aenter__", "__aexit__")
        case ast.For() | ast.comprehension() | ast.Starred():
            yield from ("__iter__", "__next__")
        case ast.FormattedValue():
            yield from ("__format__", "__str__", "__repr__")
        case ast.Call() if isinstance(node.func, ast.Name):
            yield from _of_call(node.func.id)
        case ast.Call() if isinstance(node.func, ast.Attribute):
            yield from _ASSERTED.get(node.func.attr, ())
        case _:
            pass


def _of_call(name: str) -> Iterator[str]:
    if name in _CALLED:
        yield f"__{name}__"
    if name in _ORDERING:
        yield from ("__lt__", "__gt__", "__iter__")
    if name in _GOING_THROUGH:
        yield from ("__iter__", "__next__")
