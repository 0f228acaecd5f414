"""The cases a test is run with, and the rounds of its loops, where their values stand in the text or in a data file."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from itertools import islice, product

from autopack.tampering.checks import Place
from autopack.tampering.scopes import Scope, function_called, single_return
from autopack.tampering.terms import LOCAL, term
from autopack.testcode.modules import Module
from autopack.testcode.python_tests import Mark
from autopack.testcode.syntax import leaf

MOST_ROWS = 200
_MOST_TOGETHER = 400


@dataclass(frozen=True)
class Row:
    """One value (a tuple for several names) and where it stands; `marks` of a `pytest.param`."""

    value: ast.expr
    place: Place
    marks: tuple[ast.expr, ...] = ()


@dataclass(frozen=True)
class Table:
    """`place`: where it is given; `rows` None: nobody can tell how many."""

    names: tuple[str, ...]
    place: Place
    rows: tuple[Row, ...] | None


def rows_of(node: ast.expr, scope: Scope, depth: int = 5) -> tuple[Row, ...] | None:
    """The values that an iterable gives; None where that depends on something, or there are too many."""
    module = scope.module
    found = _rows(node, scope, module, depth) if depth else None
    return found if found is None or len(found) <= MOST_ROWS else None


def _rows(node: ast.expr, scope: Scope, module: Module, depth: int) -> tuple[Row, ...] | None:
    path = module.path
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            found: list[Row] = []
            for part in node.elts:
                if isinstance(part, ast.Starred):
                    more = rows_of(part.value, scope, depth - 1)
                    if more is None:
                        return None
                    found += more
                else:
                    found.append(_row(part, scope, path))
            return tuple(found)
        case ast.Dict():
            return tuple(_row(key, scope, path) for key in node.keys if key is not None)
        case ast.Constant() if isinstance(node.value, str):
            return tuple(Row(ast.Constant(c), Place(path, node.lineno)) for c in node.value)
        case ast.Name():
            return _named(node, scope, depth)
        case ast.Attribute() if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            values = [s.value for s in (scope.owner.body if scope.owner else []) if isinstance(s, ast.Assign)
                      and any(isinstance(t, ast.Name) and t.id == node.attr for t in s.targets)]  # fmt: skip
            return rows_of(values[0], scope, depth - 1) if len(values) == 1 else None
        case ast.Call():
            return _called(node, scope, depth)
        case ast.Subscript() if isinstance(node.slice, ast.Slice):
            whole = rows_of(node.value, scope, depth - 1)
            parts = [node.slice.lower, node.slice.upper, node.slice.step]
            ends = [None if p is None else _integer(p) for p in parts]
            if whole is None or any(p is not None and e is None for p, e in zip(parts, ends, strict=True)):
                return None
            return whole[slice(*ends)] if ends[2] != 0 else None
        case ast.BinOp() if isinstance(node.op, ast.Add):
            one, other = rows_of(node.left, scope, depth - 1), rows_of(node.right, scope, depth - 1)
            return None if one is None or other is None else one + other
        case _:
            return None


def _row(node: ast.expr, scope: Scope, path: str) -> Row:
    place = Place(path, getattr(node, "lineno", 1))
    if isinstance(node, ast.Call) and leaf(node.func) == "param":
        values = [term(a, scope) for a in node.args]
        marks = next((w.value for w in node.keywords if w.arg == "marks"), None)
        each = marks.elts if isinstance(marks, ast.List | ast.Tuple) else [marks] if marks is not None else []
        return Row(values[0] if len(values) == 1 else ast.Tuple(values, ast.Load()), place, tuple(each))
    return Row(term(node, scope), place)


def _named(node: ast.Name, scope: Scope, depth: int) -> tuple[Row, ...] | None:
    if node.id in scope.env:
        value = scope.env[node.id]
        loose = isinstance(value, ast.Name) and value.id.startswith(LOCAL)
        return None if loose else rows_of(value, scope, depth - 1)
    module, name = scope.module, node.id
    if name not in module.assigned:
        link = module.imports.get(name)
        at, _, name = (
            module.project.followed(link.target, link.name).partition("::") if link and link.inside else ("", "", "")
        )
        module = module.project.module(at) if at else None
    values = module.assigned.get(name, []) if module is not None else []
    if module is None or len(values) != 1:
        return None
    return rows_of(values[0], scope.inner(module, {}), depth - 1)


def _called(node: ast.Call, scope: Scope, depth: int) -> tuple[Row, ...] | None:
    name, args = leaf(node.func), node.args
    if isinstance(node.func, ast.Attribute) and name in ("values", "items", "keys") and not args:
        return _of_dict(node.func.value, name, scope, depth)
    if name == "range" and args and all(_integer(a) is not None for a in args):
        ends = [_integer(a) or 0 for a in args]
        if len(ends) == 3 and ends[2] == 0:
            return None
        return tuple(
            Row(ast.Constant(n), Place(scope.module.path, getattr(node, "lineno", 0)))
            for n in islice(range(*ends), MOST_ROWS + 1)
        )
    if name in ("list", "tuple", "sorted", "reversed", "iter", "set") and len(args) == 1:
        return rows_of(args[0], scope, depth - 1)
    if name == "enumerate" and args:
        inner = rows_of(args[0], scope, depth - 1)
        start = _integer(args[1]) or 0 if len(args) > 1 else 0
        return None if inner is None else tuple(
            Row(ast.Tuple([ast.Constant(n), row.value], ast.Load()), row.place) for n, row in enumerate(inner, start)
        )  # fmt: skip
    if name == "zip" and args:
        columns = [rows_of(a, scope, depth - 1) for a in args]
        known = [c for c in columns if c is not None]
        if not known:
            return None
        each = [c if c is not None else _parts_of(a, known[0], scope) for a, c in zip(args, columns, strict=True)]
        return tuple(Row(ast.Tuple([r.value for r in together], ast.Load()), together[0].place)
                     for together in zip(*each, strict=False))  # fmt: skip
    if name == "product" and args and not node.keywords:
        columns = [rows_of(a, scope, depth - 1) for a in args]
        if any(column is None for column in columns):
            return None
        every = islice(product(*(column or () for column in columns)), MOST_ROWS + 1)
        return tuple(Row(ast.Tuple([r.value for r in each], ast.Load()), each[-1].place) for each in every)
    if name in ("loads", "load"):
        return _of_file(node, scope)
    found = function_called(node, scope)
    value = single_return(found[0]) if found is not None else None
    return (
        rows_of(value, scope.inner(found[1].module, {}), depth - 1) if found is not None and value is not None else None
    )


def _parts_of(node: ast.expr, beside: tuple[Row, ...], scope: Scope) -> tuple[Row, ...]:
    """What something nobody can tell the length of holds beside these rows, one after the other."""
    whole = term(node, scope)
    return tuple(Row(ast.Subscript(whole, ast.Constant(n), ast.Load()), row.place) for n, row in enumerate(beside))


def _of_dict(node: ast.expr, part: str, scope: Scope, depth: int) -> tuple[Row, ...] | None:
    module = scope.module
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
        held = [s.value for s in (scope.owner.body if scope.owner else []) if isinstance(s, ast.Assign)
                and any(isinstance(t, ast.Name) and t.id == node.attr for t in s.targets)]  # fmt: skip
        node = held[0] if len(held) == 1 else node
    elif isinstance(node, ast.Name):
        values = [scope.env[node.id]] if node.id in scope.env else module.assigned.get(node.id, [])
        node = values[0] if len(values) == 1 else node
    if not isinstance(node, ast.Dict) or any(key is None for key in node.keys):
        return None
    found: list[Row] = []
    for key, value in zip(node.keys, node.values, strict=True):
        assert key is not None
        place = Place(module.path, getattr(key, "lineno", 1))
        one, other = term(key, scope), term(value, scope)
        found.append(Row({"keys": one, "values": other}.get(part) or ast.Tuple([one, other], ast.Load()), place))
    return tuple(found)


def _of_file(node: ast.Call, scope: Scope) -> tuple[Row, ...] | None:
    """The entries of a JSON list that the call reads, told by the names in it."""
    names = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    end = next((n for n in names if n.endswith(".json")), "")
    folder = scope.module.path.rpartition("/")[0]
    project = scope.module.project
    tail = "/".join(names[names.index(end) - 1 : names.index(end) + 1]) if end and names.index(end) else end
    path = next((p for name in (tail, end) if name for p in sorted(project.paths)
                 if p.endswith(f"/{name}") and (p.startswith(folder) or p.rpartition("/")[0] == folder)), "")  # fmt: skip
    entries = json_entries((project.read(path) or b"").decode("utf-8", "replace")) if path else None
    if entries is None or len(entries) > MOST_ROWS:
        return None
    return tuple(Row(ast.parse(repr(entry), mode="eval").body, Place(path, line)) for entry, line in entries)


def json_entries(text: str) -> list[tuple[object, int]] | None:
    """The entries of a JSON list with the line each begins at; None where it is no list."""
    decoder, at = json.JSONDecoder(), 0
    found: list[tuple[object, int]] = []
    try:
        if not isinstance(json.loads(text), list):
            return None
        at = text.index("[") + 1
        while True:
            while at < len(text) and text[at] in " \t\r\n,":
                at += 1
            if at >= len(text) or text[at] == "]":
                return found
            entry, end = decoder.raw_decode(text, at)
            found.append((entry, text.count("\n", 0, at) + 1))
            at = end
    except (ValueError, RecursionError):
        return None


def _integer(node: ast.expr) -> int | None:
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -1
    return sign * node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else None


def parametrized(marks: tuple[Mark, ...], scope: Scope) -> list[Table]:
    """One table for each `parametrize`."""
    found: list[Table] = []
    for mark in marks:
        given = mark.args[:1] or [v for k, v in mark.words.items() if k == "argnames"]
        values = mark.args[1:2] or [v for k, v in mark.words.items() if k == "argvalues"]
        if mark.name != "parametrize" or not given or not values:
            continue
        names = _names(given[0])
        found.append(Table(names, Place(scope.module.path, mark.line), rows_of(values[0], scope)))
    return found


def _names(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return tuple(part.strip() for part in node.value.split(",") if part.strip())
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(str(e.value) for e in node.elts if isinstance(e, ast.Constant))
    return ()


def together(tables: list[Table]) -> list[list[tuple[tuple[str, ...], Row]]]:
    """Every combination of the rows of tables that are known; one empty one where there is none, [] for an empty table."""
    known = [[(t.names, row) for row in t.rows] for t in tables if t.rows is not None]
    return [list(combination) for combination in islice(product(*known), _MOST_TOGETHER)]
