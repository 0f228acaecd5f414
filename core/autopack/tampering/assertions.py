"""Conditions that a Python test asserts, as checks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from autopack.tampering.amounts import number_of
from autopack.tampering.checks import Tolerance
from autopack.tampering.conditions import constant_truth
from autopack.tampering.literals import is_literal
from autopack.tampering.terms import LOCAL
from autopack.testcode.syntax import leaf

_OPS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "is": "is not", "is not": "is",
             "in": "not in", "not in": "in", "truth": "not", "not": "truth", "is not None": "is"}  # fmt: skip
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_LOSSY = frozenset({"len", "set", "frozenset", "sorted", "bool", "type", "any", "all", "int", "round", "abs", "sum", "min",
                    "max", "Counter"})  # fmt: skip
_NEUTRAL = frozenset({"list", "tuple", "str", "float", "repr", "dict", "Decimal", "loads"})
_LOSSY_METHODS = frozenset({"lower", "upper", "casefold", "strip", "rstrip", "lstrip", "keys", "split", "splitlines"})
_ASKS = frozenset({"all", "any", "bool", "callable", "isinstance", "issubclass"})
_APPROX = Tolerance(1e-6, 1e-12)


@dataclass(frozen=True)
class Condition:
    op: str
    subject: ast.expr
    expected: ast.expr | None = None
    tolerance: Tolerance | None = None


def conditions(node: ast.expr, *, negated: bool = False) -> Iterator[Condition]:
    """What holds when the expression, a term, is true (`negated`: false); parts of an `and` one by one."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield from conditions(node.operand, negated=not negated)
    elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or if negated else ast.And):
        for value in node.values:
            yield from conditions(value, negated=negated)
    elif isinstance(node, ast.Compare):
        for op, left, right in _links(node):
            yield from _compared(op, left, right, negated=negated)
    else:
        yield from _of_truth(node, negated=negated)


def _links(node: ast.Compare) -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """The comparisons of a chain. Where all of it is one value that one part states, each other is compared with it."""
    parts = [node.left, *node.comparators]
    ops = [_OPS[type(op)] for op in node.ops]
    known = next((part for part in parts if is_literal(part)), None)
    if known is not None and set(ops) == {"=="}:
        yield from (("==", part, known) for part in parts if part is not known)
    else:
        yield from zip(ops, parts, parts[1:], strict=False)


def _of_truth(node: ast.expr, *, negated: bool) -> Iterator[Condition]:
    if constant_truth(node) is (not negated) or _always(node):
        yield Condition("tautology", node)
        return
    if isinstance(node, ast.Call):
        name, args = leaf(node.func), node.args
        words = {w.arg: w.value for w in node.keywords}
        if name == "isclose" and len(args) >= 2 and not negated:
            relative = number_of(words.get("rel_tol") or words.get("rtol"), 1e-9)
            yield from near(
                args[0], args[1], Tolerance(relative, number_of(words.get("abs_tol") or words.get("atol"), 0.0))
            )
            return
        if (
            name in ("startswith", "endswith", "issubset")
            and isinstance(node.func, ast.Attribute)
            and args
            and not negated
        ):
            yield Condition(name, node.func.value, args[0])
            return
        if name == "isinstance" and len(args) == 2 and not negated:
            yield Condition("tautology" if leaf(args[1]) == "object" else "isinstance", args[0], args[1])
            return
        if name in ("search", "match", "fullmatch") and len(args) >= 2 and not negated:
            yield Condition("matches", args[1], args[0])
            return
        if name == "bool" and len(args) == 1:
            yield from conditions(args[0], negated=negated)
            return
    yield Condition("not" if negated else "truth", node)


def unless_state(found: Condition, test: ast.expr) -> Condition:
    """A comparison of what an object says now with what it said before, kept under a name, is none with itself."""
    sides = (test.left, *test.comparators) if isinstance(test, ast.Compare) else ()
    kept = len({ast.unparse(side) for side in sides}) > 1
    asked = kept and any(isinstance(n, ast.Attribute) and _is_local(n.value) for n in ast.walk(found.subject))
    return replace(found, op="==") if asked and found.expected is not None else found


def _is_local(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id.startswith(LOCAL)


def _always(node: ast.expr) -> bool:
    """Something that is never false: a tuple with parts, `x or True`."""
    if isinstance(node, ast.Tuple | ast.List):
        return bool(node.elts)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return any(constant_truth(value) is True or _always(value) for value in node.values)
    return isinstance(node, ast.Lambda)


def _compared(op: str, left: ast.expr, right: ast.expr, *, negated: bool) -> Iterator[Condition]:
    if negated:
        op = _OPPOSITE[op]
    for a, b in ((left, right), (right, left)):
        if op == "==" and isinstance(b, ast.Call) and leaf(b.func) == "approx" and b.args:
            yield from near(a, b.args[0], approximation(b))
            return
    if is_literal(left) and not is_literal(right) and op not in ("in", "not in"):
        left, right, op = right, left, _MIRRORED.get(op, op)
    if op in ("==", "is") and _same(left, right):
        yield Condition("tautology", left, right)
        return
    if op in ("==", "is") and isinstance(right, ast.Constant) and isinstance(right.value, bool) and _is_truth(left):
        yield from conditions(left, negated=not right.value)
        return
    if is_literal(left) and is_literal(right) and op not in ("in", "not in"):
        yield Condition("tautology", left, right)
        return
    if op in ("==", "!=") and isinstance(left, ast.Tuple | ast.List) and isinstance(right, ast.Tuple | ast.List) and (
        op == "==" and len(left.elts) == len(right.elts) and left.elts and not is_literal(left)):  # fmt: skip
        for one, other in zip(left.elts, right.elts, strict=True):
            yield from _compared("==", one, other, negated=False)
        return
    if op in ("<", "<="):
        gap = _difference(left)
        if gap is not None:
            yield Condition("approx", gap[0], gap[1], Tolerance(0.0, number_of(right, 0.0)))
            return
    if op == "in" and not is_literal(right) and is_literal(left):
        yield Condition("in", right, left)
        return
    if op == "not in" and not is_literal(right):
        yield Condition("not in", right, left)
        return
    if op == "in" and is_literal(right):
        parts = right.elts if isinstance(right, ast.Tuple | ast.List | ast.Set) else []
        if len(parts) == 1:
            yield from _compared("==", left, parts[0], negated=False)
            return
        truths = {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, bool)}
        yield Condition("tautology" if len(truths) == 2 else "any", left, right)
        return
    if op == ">=" and number_of(right, 1.0) == 0 and isinstance(left, ast.Call) and leaf(left.func) == "len":
        yield Condition("tautology", left, right)
        return
    if op in ("is not", "!=") and isinstance(right, ast.Constant) and right.value is None:
        op = "is not None"
    yield Condition(op, left, right)


def _is_truth(node: ast.expr) -> bool:
    """Whether its value is True or False and nothing else."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _ASKS
    return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def _same(one: ast.expr, other: ast.expr) -> bool:
    """Whether both are one term: two locals are not, which are alike in any text."""
    return ast.dump(one) == ast.dump(other)


def near(subject: ast.expr, expected: ast.expr, tolerance: Tolerance) -> Iterator[Condition]:
    """`subject` is `expected` within a tolerance."""
    if is_literal(subject) and not is_literal(expected):
        subject, expected = expected, subject
    same = _same(subject, expected)
    yield Condition("tautology", subject, expected) if same else Condition("approx", subject, expected, tolerance)


def approximation(call: ast.Call) -> Tolerance:
    words = {w.arg: w.value for w in call.keywords}
    relative = words.get("rel") or (call.args[1] if len(call.args) > 1 else None)
    least = words.get("abs") or (call.args[2] if len(call.args) > 2 else None)
    if relative is None and least is None:
        return _APPROX
    return Tolerance(number_of(relative, 0.0), number_of(least, _APPROX.least))


def _difference(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """`a` and `b` of `abs(a - b)`."""
    if isinstance(node, ast.Call) and leaf(node.func) in ("abs", "fabs") and len(node.args) == 1:
        inner = node.args[0]
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Sub):
            swap = is_literal(inner.left) and not is_literal(inner.right)
            return (inner.right, inner.left) if swap else (inner.left, inner.right)
    return None


def peeled(node: ast.expr) -> tuple[ast.expr, tuple[str, ...]]:
    """What is compared without the calls put round it, and those of these calls that drop something."""
    losses: list[str] = []
    while True:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) >= 1 and (
            node.func.id in _LOSSY or node.func.id in _NEUTRAL):  # fmt: skip
            if node.func.id in _LOSSY:
                losses.append(node.func.id)
            node = node.args[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LOSSY_METHODS:
            losses.append(node.func.attr)
            node = node.func.value
        else:
            return node, tuple(losses)


def _root(node: ast.expr) -> str:
    """The name that a chain of attributes, calls and items begins with, "" where it begins with none."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def is_computed(expected: ast.expr | None, subject: ast.expr) -> bool:
    """Whether the expected value is made by a function that makes the subject as well."""
    if expected is None:
        return False
    called = {leaf(n.func) for n in ast.walk(subject) if isinstance(n, ast.Call)}
    made = {leaf(n.func) for n in ast.walk(expected) if isinstance(n, ast.Call)}
    plain = _LOSSY | _NEUTRAL | {"approx"}
    return bool((called & made) - plain - {name for name in called if name.startswith(LOCAL)})


def is_read_from_subject(expected: ast.expr | None, subject: ast.expr, text: str) -> bool:
    """Whether the assertion `text` reads the expected value from the object that it looks at, as it is at that moment."""
    root = _root(subject)
    if expected is None or not root.startswith(LOCAL) or isinstance(subject, ast.Name):
        return False
    reads = any(isinstance(n, ast.Attribute) and _root(n) == root for n in ast.walk(expected))
    return reads and len(re.findall(rf"\b{re.escape(root.removeprefix(LOCAL))}\b", text)) > 1
