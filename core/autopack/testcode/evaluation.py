"""Expressions of a test in thought: what they depend on and how their values are spelled."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autopack.testcode import calling, names
from autopack.testcode.values import Closure, Source, Value, constant, joined

if TYPE_CHECKING:
    from autopack.testcode.running import Run

_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.eq, ast.IsNot: operator.ne,
}  # fmt: skip
_HEAVIEST = 300
"""Parts of a spelling; longer ones are told apart by their place alone."""


def evaluate(run: Run, node: ast.expr) -> Value:
    run.step()
    found = _evaluate(run, node)
    if found.weight > _HEAVIEST:
        found = replace(found, key=("large", node.lineno, node.col_offset), weight=1, items=None, pairs=None, each=None)
    if isinstance(node, ast.Name):
        found = run.present(found)
    run.life += found.alive
    run.noted |= found.calls
    return found


def _evaluate(run: Run, node: ast.expr) -> Value:
    match node:
        case ast.Constant():
            return constant(node.value)
        case ast.Name():
            return names.name_value(run, node.id)
        case ast.Attribute():
            return names.attribute(run, evaluate(run, node.value), node.attr)
        case ast.Call():
            return calling.call(run, node)
        case ast.Await():
            return calling.awaited(run, node)
        case ast.Tuple() | ast.List() | ast.Set():
            return _display(run, node)
        case ast.Dict():
            return _dictionary(run, node)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return _comprehension(run, node)
        case ast.Lambda():
            return Value(("lambda", ast.dump(node)), closure=Closure(node, run.frame.module, run.frame), truth=True,
                         roots=names.free_roots(run, node))  # fmt: skip
        case ast.Compare():
            return _compare(run, node)
        case ast.BoolOp():
            values = [evaluate(run, part) for part in node.values]
            truth = None
            if all(value.truth is not None and not value.alive for value in values):
                truth = (all if isinstance(node.op, ast.And) else any)(value.truth for value in values)
            elif isinstance(node.op, ast.And) and any(value.truth is False for value in values):
                truth = False
            elif isinstance(node.op, ast.Or) and any(value.truth is True for value in values):
                truth = True
            return replace(joined(("boolop", type(node.op).__name__, *(v.key for v in values)), *values), truth=truth)
        case ast.UnaryOp():
            value = evaluate(run, node.operand)
            if isinstance(node.op, ast.USub) and isinstance(value.constant, int | float):
                return constant(-value.constant)
            found = joined(("unary", type(node.op).__name__, value.key), value)
            return (
                replace(found, truth=not value.truth)
                if isinstance(node.op, ast.Not) and value.truth is not None
                else found
            )
        case ast.IfExp():
            test, one, other = (evaluate(run, part) for part in (node.test, node.body, node.orelse))
            if test.truth is not None and not test.alive:
                return one if test.truth else other
            return joined(("if", test.key, one.key, other.key), test, one, other)
        case ast.NamedExpr():
            value = evaluate(run, node.value)
            run.assign(node.target, value)
            return value
        case ast.Subscript():
            return subscript(evaluate(run, node.value), evaluate(run, node.slice))
        case ast.JoinedStr():
            return _text(run, node)
        case ast.FormattedValue():
            value = evaluate(run, node.value)
            return value if isinstance(value.constant, str) else joined(("format", value.key), value)
        case ast.BinOp():
            left, right = evaluate(run, node.left), evaluate(run, node.right)
            if left.items is not None and right.items is not None and isinstance(node.op, ast.Add):
                return replace(
                    joined(("binop", "Add", left.key, right.key), left, right), items=left.items + right.items
                )
            return joined(("binop", type(node.op).__name__, left.key, right.key), left, right)
        case ast.Starred():
            return evaluate(run, node.value)
        case ast.Yield():
            run.yielded.append(evaluate(run, node.value) if node.value else constant(None))
            return Value(("sent", node.lineno), Source.UNKNOWN)
        case _:
            parts = [evaluate(run, part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
            return joined((type(node).__name__, *(part.key for part in parts)), *parts)


# names


# members


# displays and what is in them


def _display(run: Run, node: ast.Tuple | ast.List | ast.Set) -> Value:
    parts = [evaluate(run, part) for part in node.elts]
    starred = any(isinstance(part, ast.Starred) for part in node.elts)
    found = joined(("display", *(part.key for part in parts)), *parts, plain=all(part.plain for part in parts))
    items = None if starred or isinstance(node, ast.Set) else tuple(parts)
    return replace(found, items=items, each=parts[0] if starred and len(parts) == 1 else None,
                   truth=None if starred else bool(parts))  # fmt: skip


def _dictionary(run: Run, node: ast.Dict) -> Value:
    keys = [evaluate(run, key) if key is not None else constant(None) for key in node.keys]
    values = [evaluate(run, value) for value in node.values]
    parts = [*keys, *values]
    found = joined(("dict", *(part.key for part in parts)), *parts, plain=all(part.plain for part in parts))
    whole = all(key is not None for key in node.keys)
    return replace(
        found, pairs=tuple(zip(keys, values, strict=True)) if whole else None, truth=bool(keys) if whole else None
    )


def _comprehension(run: Run, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    outer, run.frame = run.frame, run.new_frame(run.frame.module, run.frame)
    try:
        sources: list[Value] = []
        for part in node.generators:
            over = evaluate(run, part.iter)
            run.assign(part.target, element_of(over))
            sources += [over, *(evaluate(run, test) for test in part.ifs)]
        if isinstance(node, ast.DictComp):
            key, value = evaluate(run, node.key), evaluate(run, node.value)
            each = replace(joined(("display", key.key, value.key), key, value), items=(key, value))
        else:
            each = evaluate(run, node.elt)
    finally:
        run.frame = outer
    kind = "dictcomp" if isinstance(node, ast.DictComp) else "comp"
    found = joined((kind, each.key, *(source.key for source in sources)), each, *sources)
    always = isinstance(node, ast.GeneratorExp)
    empty = any(source.truth is False and not source.alive for source in sources[:1])
    return replace(found, each=each, truth=True if always else False if empty else None)


def element_of(over: Value) -> Value:
    """What a loop gets of it, the first of several that are written out."""
    if over.key and over.key[0] == "dictcomp" and over.each is not None and over.each.items:
        return over.each.items[0]
    if over.each is not None:
        return over.each
    if over.items:
        return (
            replace(over.items[0], source=over.source)
            if len({item.source for item in over.items}) > 1
            else over.items[0]
        )
    if over.pairs:
        return over.pairs[0][0]
    return joined(("each", over.key), over, plain=over.plain)


def part_of(value: Value, at: int) -> Value:
    if value.items is not None and at < len(value.items):
        return value.items[at]
    return joined(("part", value.key, at), value)


def subscript(owner: Value, at: Value) -> Value:
    if owner.items is not None and isinstance(at.constant, int) and -len(owner.items) <= at.constant < len(owner.items):
        return owner.items[at.constant]
    if owner.pairs is not None:
        hits = [value for key, value in owner.pairs if key.key == at.key]
        if hits:
            return hits[-1]
    if at.key and at.key[0] == "Slice" and not at.alive and len(at.key) == 1:
        return owner
    found = joined(("subscript", owner.key, at.key), owner, at)
    return replace(found, mock=owner.mock)


def _text(run: Run, node: ast.JoinedStr) -> Value:
    parts = [evaluate(run, part) for part in node.values]
    if all(isinstance(part.constant, str) for part in parts):
        return constant("".join(str(part.constant) for part in parts))
    return joined(("format", *(part.key for part in parts)), *parts)


def _compare(run: Run, node: ast.Compare) -> Value:
    values = [evaluate(run, part) for part in (node.left, *node.comparators)]
    words = [type(op).__name__ for op in node.ops]
    found = joined(("compare", *words, *(value.key for value in values)), *values)
    if (
        len(values) == 2
        and values[0].constant is not ...
        and values[1].constant is not ...
        and type(node.ops[0]) in _COMPARE
    ):
        try:
            truth = bool(_COMPARE[type(node.ops[0])](values[0].constant, values[1].constant))
        except TypeError:
            truth = None
        return replace(found, truth=truth)
    return found
