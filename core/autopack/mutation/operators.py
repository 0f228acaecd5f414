"""Which small errors are tried at a place.

The set is that of selective mutation: relational, logical and arithmetic operators tell almost as much as all that were
ever thought of, with a quarter of the runs or fewer (Offutt, Lee, Rothermel, Untch, Zapf: An Experimental Determination
of Sufficient Mutation Operators, TOSEM 5/2, 1996). Of the replacements of a relational operator one that moves the
boundary and one that turns the condition round stand for the rest (Just, Kapfhammer, Schweiggert: Do Redundant Mutants
Affect the Effectiveness and Efficiency of Mutation Analysis?, ICST Workshops 2012). Leaving a statement out is a cheap
operator that alone makes very good tests (Deng, Offutt, Li: Empirical Evaluation of the Statement Deletion Mutation
Operator, ICST 2013). Left out is what mostly changes nothing that can be seen, or only makes the program crash at once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from autopack.mutation.mutant import Operator

_BOUNDARY: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
}
_COMPARISON: dict[type[ast.AST], tuple[str, str]] = {
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"),
}  # fmt: skip
_ARITHMETIC: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "*"), ast.Pow: ("**", "*"),
}  # fmt: skip
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "startswith": "endswith", "endswith": "startswith",
          "lower": "upper", "upper": "lower"}  # fmt: skip

_NUMBERS = frozenset({"sum", "fsum", "sqrt", "hypot", "float", "round", "abs", "degrees", "radians", "mean", "dist"})


class Edit(NamedTuple):
    """The first node up to the end of the second (mostly the same) is replaced by `text`; `word`: of the text between the
    two only this word is."""

    operator: Operator
    first: ast.AST
    last: ast.AST
    text: str
    word: str = ""


def edits(node: ast.AST, above: list[ast.AST]) -> Iterator[Edit]:
    """Errors at a node; `above` are the nodes it stands in, the nearest last."""
    match node:
        case ast.Compare():
            yield from _compared(node, above)
        case ast.BoolOp():
            word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield Edit(Operator.LOGIC, left, right, other, word)
        case ast.BinOp() if type(node.op) in _ARITHMETIC and not _is_text(node):
            word, other = _ARITHMETIC[type(node.op)]
            yield Edit(Operator.ARITHMETIC, node.left, node.right, other, word)
        case ast.If() | ast.IfExp():
            yield from _turned(node.test)
        case ast.comprehension():
            for test in node.ifs:
                yield from _turned(test)
        case ast.Return() if node.value is not None and not _is_none(node.value) and not _is_truth(node.value):
            yield Edit(Operator.RETURN, node.value, node.value, "None")
        case ast.Expr() if isinstance(node.value, ast.Call | ast.Await):
            yield Edit(Operator.STATEMENT, node, node, "pass")
        case ast.AugAssign():
            if not _drives_a_loop(node, above):
                yield Edit(Operator.STATEMENT, node, node, "pass")
        case ast.Assign() if all(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
            if not _is_first_of_init(node, above):
                yield Edit(Operator.STATEMENT, node, node, "pass")
        case ast.Raise() | ast.Continue():
            yield Edit(Operator.STATEMENT, node, node, "pass")
        case ast.ExceptHandler() if node.type is not None:
            yield Edit(Operator.HANDLER, node.type, node.type, "()")
        case ast.Call():
            yield from _called(node)
        case ast.Constant():
            yield from _constant(node, above)
        case ast.UnaryOp(op=ast.USub()) if not isinstance(node.operand, ast.Constant):
            yield Edit(Operator.ARITHMETIC, node, node.operand, "", "-")
        case _:
            pass


def fine_edits(node: ast.AST) -> Iterator[Edit]:
    """Errors that only a test notices which looks closely: another class of error, other words of it (given to it, or
    made by its own class), one without its cause, a number that is a thousandth too large."""
    if isinstance(node, ast.Raise) and node.cause is not None and not _is_none(node.cause):
        yield Edit(Operator.ERROR, node.cause, node.cause, "None")
    match node:
        case ast.Raise(exc=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) as made):
            other = "RuntimeError" if name != "RuntimeError" else "LookupError"
            yield Edit(Operator.ERROR, made.func, made.func, other)
            if args and isinstance(args[0], ast.JoinedStr | ast.Constant) and not _is_number(args[0]):
                yield Edit(Operator.ERROR, args[0], args[0], '"?"')
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"), args=[said, *_]):
            if isinstance(said, ast.JoinedStr) or (isinstance(said, ast.Constant) and isinstance(said.value, str)):
                yield Edit(Operator.ERROR, said, said, '"?"')
        case ast.Return(value=ast.BinOp() as value) if type(value.op) in _ARITHMETIC and not _is_text(value):
            yield Edit(Operator.NUDGE, value, value, "({}) * 1.001")
        case ast.Return(value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) as value) if name in _NUMBERS:
            yield Edit(Operator.NUDGE, value, value, "({}) * 1.001")
        case _:
            pass


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, str)


def _compared(node: ast.Compare, above: list[ast.AST]) -> Iterator[Edit]:
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        if type(op) in _BOUNDARY and not _only_chooses(node, above):
            word, other = _BOUNDARY[type(op)]
            yield Edit(Operator.BOUNDARY, left, right, other, word)
        elif type(op) in _COMPARISON:
            word, other = _COMPARISON[type(op)]
            yield Edit(Operator.COMPARISON, left, right, other, word)
        left = right


def _turned(test: ast.expr) -> Iterator[Edit]:
    """The condition's opposite; that of a single comparison is the comparison's own."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield Edit(Operator.CONDITION, test, test.operand, "", "not")
    elif not (isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _COMPARISON):
        yield Edit(Operator.CONDITION, test, test, "not ({})")


def _called(node: ast.Call) -> Iterator[Edit]:
    func = node.func
    name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    if name in _CALLS and (isinstance(func, ast.Name) == (name in ("min", "max", "any", "all"))):
        yield Edit(Operator.CALL, func, func, _CALLS[name], name)


def _constant(node: ast.Constant, above: list[ast.AST]) -> Iterator[Edit]:
    value, parent = node.value, above[-1] if above else None
    if isinstance(value, bool):
        yield Edit(Operator.CONSTANT, node, node, str(not value))
    elif isinstance(value, int | float) and not isinstance(parent, ast.Slice):
        yield Edit(Operator.CONSTANT, node, node, str(value + 1))
    elif (
        isinstance(value, str)
        and value
        and isinstance(parent, ast.Return | ast.Dict | ast.Assign | ast.IfExp | ast.Tuple)
    ):
        yield Edit(Operator.CONSTANT, node, node, '""')


def _is_text(node: ast.BinOp) -> bool:
    """Texts and lists are joined by `+` and filled by `%`: any other operator only crashes."""
    parts = [node.left, node.right]
    while parts:
        part = parts.pop()
        if isinstance(part, ast.JoinedStr | ast.List | ast.Tuple | ast.ListComp | ast.Dict) or (
            isinstance(part, ast.Constant) and isinstance(part.value, str | bytes)
        ):
            return True
        if isinstance(part, ast.BinOp):
            parts += [part.left, part.right]
    return False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_truth(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def _only_chooses(node: ast.Compare, above: list[ast.AST]) -> bool:
    """`a if a < b else b`, `if x > best: best = x`: which of two equal values is taken cannot be seen."""
    parent = above[-1] if above else None
    sides = {ast.dump(node.left), *(ast.dump(part) for part in node.comparators)}
    if isinstance(parent, ast.IfExp) and parent.test is node:
        return {ast.dump(parent.body), ast.dump(parent.orelse)} == sides
    if isinstance(parent, ast.If) and parent.test is node and len(parent.body) == 1 and not parent.orelse:
        only = parent.body[0]
        if isinstance(only, ast.Assign) and len(only.targets) == 1:
            target = ast.dump(only.targets[0]).replace("Store()", "Load()")
            return {target, ast.dump(only.value)} == sides
    return False


def _drives_a_loop(node: ast.AugAssign, above: list[ast.AST]) -> bool:
    """Without the step the loop never ends."""
    loop = next((part for part in reversed(above) if isinstance(part, ast.While)), None)
    if loop is None:
        return False
    names = {part.id for part in ast.walk(loop.test) if isinstance(part, ast.Name)}
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node.target))


def _is_first_of_init(node: ast.Assign, above: list[ast.AST]) -> bool:
    """Without it every use of the object crashes, which any test notices."""
    return any(isinstance(part, ast.FunctionDef) and part.name in ("__init__", "__post_init__") for part in above)
