"""Values that stand in the text, though not as one literal: `[0] * 3`, `"\n".join([...])`, `list((1, 2))`, `dedent(...)`,
`dict(a=1)`, `len(range(9))`."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable

from autopack.testcode.syntax import leaf

_MOST = 400
"""Characters and elements of what is worked out."""
_TEXTS = frozenset(
    {"join", "strip", "lstrip", "rstrip", "lower", "upper", "encode", "decode", "split", "splitlines", "replace",
     "removesuffix", "removeprefix", "title", "capitalize"}
)  # fmt: skip
_LISTS: dict[str, Callable[..., object]] = {"list": list, "tuple": tuple}


def folded(node: ast.expr) -> ast.expr | None:
    """The literal that an expression of literals is; None where it is none, or grows large."""
    try:
        if isinstance(node, ast.BinOp):
            return _of_operator(node)
        if isinstance(node, ast.Dict):
            return _in_order(node)
        if isinstance(node, ast.Call) and node.keywords:
            return _of_words(node) or _without_encoding(node)
        if isinstance(node, ast.Call):
            return _of_call(node)
    except (ValueError, TypeError, SyntaxError, LookupError, RecursionError, MemoryError, OverflowError):
        return None
    return None


def _of_operator(node: ast.BinOp) -> ast.expr | None:
    left, right = node.left, node.right
    if isinstance(node.op, ast.Mult):
        held, count = (right, left) if isinstance(left, ast.Constant) and type(left.value) is int else (left, right)
        times = count.value if isinstance(count, ast.Constant) and type(count.value) is int else -1
        if not 0 <= times <= _MOST:
            return None
        if isinstance(held, ast.List | ast.Tuple) and len(held.elts) * times <= _MOST:
            return type(held)(list(held.elts) * times, ast.Load())
        if isinstance(held, ast.Constant) and isinstance(held.value, str | bytes) and len(held.value) * times <= _MOST:
            return ast.Constant(held.value * times)
    elif isinstance(node.op, ast.Add) and isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        one, other = left.value, right.value
        if isinstance(one, str) and isinstance(other, str):
            return ast.Constant(one + other)
        if isinstance(one, bytes) and isinstance(other, bytes):
            return ast.Constant(one + other)
    elif isinstance(node.op, ast.Add) and type(left) is type(right) and isinstance(left, ast.List | ast.Tuple):
        return type(left)([*left.elts, *(right.elts if isinstance(right, ast.List | ast.Tuple) else [])], ast.Load())
    return None


def _of_call(node: ast.Call) -> ast.expr | None:
    func, args = node.func, node.args
    if isinstance(func, ast.Attribute) and func.attr == "joinpath" and args:
        return _joined([func.value, *args])
    if isinstance(func, ast.Attribute) and func.attr == "join" and leaf(func.value) == "path" and len(args) > 1:
        return _joined(args)
    if (
        isinstance(func, ast.Name)
        and func.id in _LISTS
        and len(args) == 1
        and isinstance(args[0], ast.List | ast.Tuple)
    ):
        return (ast.List if func.id == "list" else ast.Tuple)(list(args[0].elts), ast.Load())
    if isinstance(func, ast.Name) and func.id == "len" and len(args) == 1:
        return _length(args[0])
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    if name == "dedent" and len(args) == 1 and isinstance(args[0], ast.Constant) and isinstance(args[0].value, str):
        return ast.Constant(textwrap.dedent(args[0].value))
    held = func.value if isinstance(func, ast.Attribute) and name in _TEXTS else None
    if not isinstance(held, ast.Constant) or not isinstance(held.value, str | bytes):
        return None
    given = [ast.literal_eval(ast.fix_missing_locations(ast.Expression(a)).body) for a in args]
    value: object = getattr(held.value, name)(*given)
    return ast.parse(repr(value), mode="eval").body if len(repr(value)) <= 10 * _MOST else None


def _length(node: ast.expr) -> ast.expr | None:
    """Of a literal without anything unpacked in it, or of a range of numbers."""
    if isinstance(node, ast.List | ast.Tuple) and not any(isinstance(e, ast.Starred) for e in node.elts):
        return ast.Constant(len(node.elts))
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return ast.Constant(len(node.value))
    numbers = [n.value for n in node.args if isinstance(n, ast.Constant)] if isinstance(node, ast.Call) else []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        whole = [n for n in numbers if type(n) is int]
        return ast.Constant(len(range(*whole))) if len(whole) == len(node.args) and not node.keywords else None
    return None


def _of_words(node: ast.Call) -> ast.expr | None:
    """`dict(a=1)`."""
    if not isinstance(node.func, ast.Name) or node.func.id != "dict" or node.args:
        return None
    keys: list[ast.expr | None] = [None if w.arg is None else ast.Constant(w.arg) for w in node.keywords]
    made = ast.Dict(keys, [w.value for w in node.keywords])
    return _in_order(made) or made


def _in_order(node: ast.Dict) -> ast.expr | None:
    """A dict with the entries of dicts that are put into it, in the order of its keys; the last value of each."""
    entries: dict[str, tuple[ast.expr, ast.expr]] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            entries[ast.unparse(key)] = (key, value)
            continue
        if not isinstance(value, ast.Dict) or None in value.keys:
            return None
        inner = zip(value.keys, value.values, strict=True)
        entries.update((ast.unparse(k), (k, v)) for k, v in inner if k is not None)
    ordered = [entries[text] for text in sorted(entries)]
    return ast.Dict([k for k, _ in ordered], [v for _, v in ordered])


def _joined(parts: list[ast.expr]) -> ast.expr:
    """A path as `pathlib` writes it."""
    path = parts[0]
    for part in parts[1:]:
        path = ast.BinOp(path, ast.Div(), part)
    return path


def _without_encoding(node: ast.Call) -> ast.expr | None:
    """How a file is read or written, where only the encoding is said."""
    words = [w for w in node.keywords if w.arg not in ("encoding", "newline", "errors")]
    name = leaf(node.func)
    if name not in ("read_text", "write_text", "open", "read_bytes") or len(words) == len(node.keywords):
        return None
    return ast.Call(node.func, node.args, words)
