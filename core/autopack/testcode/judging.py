"""What an assertion could notice, judged by the values it compares."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from autopack.testcode import asserting, oracles, returns
from autopack.testcode.names import DECORATED, bare
from autopack.testcode.values import Source, Value, joined

if TYPE_CHECKING:
    from autopack.testcode.running import Run

_REFLEXIVE: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Eq: ("__eq__",),
    ast.Is: (),
    ast.LtE: ("__le__", "__lt__"),
    ast.GtE: ("__ge__", "__gt__"),
}
_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_ANYTHING = frozenset({"unittest.mock.ANY", "mock.ANY", "vitest.expect.anything", "@jest/globals.expect.anything"})


_UNTOUCHED = re.compile(
    r"mutat|modif|chang|alter|untouched|in_?place|argument|input|original|side.?effect|copy|copies|preserv", re.I
)
"""Words of a test whose point is what the product leaves as it was."""


_SCRIPT_TYPES = {"object": {"list", "dict", "None"}, "string": {"str"}, "number": {"int", "float"}, "boolean": {"bool"}}


class Verdict(NamedTuple):
    """`kind` "" = the assertion can notice something."""

    kind: str = ""
    why: str = ""
    sure: bool = True


GOOD = Verdict()


def judged(run: Run, test: ast.expr, line: int) -> None:
    """Judge `assert test` and note it."""
    run.noted = frozenset()
    verdict = _verdict(run, test, False)
    asserting.met(run, line, verdict.kind, verdict.why, sure=verdict.sure)


def plain(run: Run, values: Sequence[Value], line: int) -> None:
    """Judge an assertion of which only the arguments are known."""
    verdict = _dead(run, values)
    asserting.met(run, line, verdict.kind, verdict.why)


def _alive(value: Value) -> bool:
    """Whether the product has a part in the value: not in what a double answers to the test itself."""
    return value.alive and not (value.mock and bare(value.key)[:1] == ("call",))


def _dead(run: Run, values: Sequence[Value]) -> Verdict:
    """The verdict on values that are compared in some way."""
    source = joined((), *values).source
    if any(_alive(value) for value in values):
        return GOOD
    if source & Source.COPY:
        return Verdict("copied_implementation", "only a copy of the product's code is run")
    if source & Source.FAKE:
        return Verdict("subject_mocked", "it sees only what the test itself put in the place of the product")
    if any(value.roots & run.handed for value in values) and _UNTOUCHED.search(run.says):
        return GOOD
    return Verdict("constant_assertion", "it depends on nothing that the product does")


def _verdict(run: Run, test: ast.expr, negated: bool) -> Verdict:
    match test:
        case ast.UnaryOp(op=ast.Not()):
            return _verdict(run, test.operand, not negated)
        case ast.BoolOp():
            return _combined(run, test, negated)
        case ast.Compare() if len(test.ops) == 1:
            return _compared(run, test, negated)
        case ast.Call(func=ast.Name(id="isinstance")) if len(test.args) == 2:
            return _typed(run, run.value(test.args[0]), test.args[1], negated)
        case ast.Call(func=ast.Name(id="hasattr" | "callable")) if test.args and not negated:
            return _existing(run, test)
        case ast.Constant():
            return Verdict("tautology", "it is always true")
        case ast.Tuple() if test.elts:
            return Verdict("tautology", "a tuple that is not empty is always true")
        case ast.GeneratorExp() | ast.Lambda() | ast.JoinedStr() if not negated:
            return Verdict("tautology", "it is always true")
        case _:
            return _truth(run, run.value(test), negated)


def _truth(run: Run, value: Value, negated: bool) -> Verdict:
    if (
        value.mock
        and value.source & Source.FAKE
        and not negated
        and value.key[:1] in (("call",), ("attr",))
        and value.alive
    ):
        return Verdict("subject_mocked", "a mock is always true")
    if not _alive(value):
        return _dead(run, [value])
    if not negated and value.truth is True and not value.items:
        what = "what is imported" if value.named else "an object that was just made"
        return Verdict("constant_assertion", f"{what} is always true")
    return GOOD


def _combined(run: Run, test: ast.BoolOp, negated: bool) -> Verdict:
    any_of = isinstance(test.op, ast.Or) != negated
    if any_of:
        for part in test.values:
            if not isinstance(part, ast.Compare | ast.BoolOp | ast.Call):
                value = run.value(part)
                if value.truth is (not negated) and not value.alive:
                    return Verdict("tautology", f"`{ast.unparse(part)}` makes the whole condition true")
        if _excludes_nothing(test.values):
            return Verdict("tautology", "one of the alternatives always holds")
    verdicts = [_verdict(run, part, negated) for part in test.values]
    if any_of:
        always = next((v for v in verdicts if v.kind in ("tautology", "constant_assertion") and v.sure), None)
        if always is not None and all(v.kind for v in verdicts):
            return always
        if any(v.kind == "tautology" for v in verdicts):
            return next(v for v in verdicts if v.kind == "tautology")
    return next((v for v in verdicts if not v.kind), verdicts[0])


def _excludes_nothing(parts: Sequence[ast.expr]) -> bool:
    """Whether one alternative is the negation of another."""
    known = {ast.dump(part) for part in parts}
    for part in parts:
        if isinstance(part, ast.Compare) and len(part.ops) == 1 and type(part.ops[0]) in _OPPOSITE:
            turned = ast.Compare(part.left, [_OPPOSITE[type(part.ops[0])]()], part.comparators)
            if ast.dump(turned) in known:
                return True
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not) and ast.dump(part.operand) in known:
            return True
    return _covers_the_line(parts)


def _covers_the_line(parts: Sequence[ast.expr]) -> bool:
    """`x < 5 or x >= 3` and the like: bounds on one expression that leave nothing out."""
    below: dict[str, float] = {}
    above: dict[str, float] = {}
    for part in parts:
        if isinstance(part, ast.Compare) and len(part.ops) == 1 and isinstance(part.comparators[0], ast.Constant):
            value, name = part.comparators[0].value, ast.dump(part.left)
            if isinstance(value, int | float) and isinstance(part.ops[0], ast.Lt | ast.LtE):
                below[name] = max(value, below.get(name, value))
            elif isinstance(value, int | float) and isinstance(part.ops[0], ast.Gt | ast.GtE):
                above[name] = min(value, above.get(name, value))
    return any(name in above and above[name] < limit for name, limit in below.items())


def _compared(run: Run, test: ast.Compare, negated: bool) -> Verdict:
    op = type(test.ops[0])
    said = test.comparators[0]
    if op in (ast.Eq, ast.Is, ast.NotEq, ast.IsNot) and isinstance(said, ast.Constant) and isinstance(said.value, bool):
        return _verdict(run, test.left, negated != (said.value != (op in (ast.Eq, ast.Is))))
    if negated:
        op = _OPPOSITE.get(op, op)
    left, right = run.value(test.left), run.value(test.comparators[0])
    if op is ast.Eq and (
        left.named in _ANYTHING or right.named in _ANYTHING or right.key[:2] == ("call", "vitest.expect.anything")
    ):
        return Verdict("tautology", "`ANY` equals everything")
    alike = ast.dump(test.left) == ast.dump(test.comparators[0])
    if left.key == right.key and op in _REFLEXIVE and (left.alive or alike):
        return _same(run, test, op, left, alike=alike)
    if op is ast.In and _holds_itself(left, right):
        return Verdict("tautology", "the value is looked for among itself")
    if op in (ast.GtE, ast.Gt) and _is_size(left) and _at_most(right, 0 if op is ast.GtE else -1):
        return Verdict("tautology", "a length is never negative")
    if op in (ast.LtE, ast.Lt) and _is_size(right) and _at_most(left, 0 if op is ast.LtE else -1):
        return Verdict("tautology", "a length is never negative")
    copied = oracles.copied(run, left, right) if op in (ast.Eq, ast.Is, ast.In) else ""
    if copied:
        return Verdict("copied_implementation", copied, sure=False)
    if not _alive(left) and not _alive(right):
        return _dead(run, [left, right])
    for one, other in ((left, right), (right, left)):
        if op in (ast.IsNot, ast.NotEq) and other.constant is None and one.alive:
            return _not_none(run, one)
        if (
            op in (ast.Is, ast.Eq)
            and one.key[:2] in (("call", "type"), ("call", "typeof"))
            and len(one.key) > 2
            and one.alive
        ):
            made = run.value(test.left if one is left else test.comparators[0])
            told = other.named or str(other.constant)
            return _of_type(run, made, _SCRIPT_TYPES.get(told, {told}) if one.key[1] == "typeof" else {told})
    return GOOD


def _same(run: Run, test: ast.Compare, op: type[ast.cmpop], value: Value, *, alike: bool) -> Verdict:
    """Both sides have one spelling; `alike`: in the text too."""
    if value.alive:
        methods = _REFLEXIVE.get(op, ())
        if value.of == DECORATED or (not alike and value.source == Source.UNKNOWN):
            return GOOD
        if value.of and methods and run.product.has_method(value.of, methods):
            return GOOD
        calls = any(isinstance(node, ast.Call) for node in ast.walk(test.left)) or not alike
        if bare(value.key)[:2] == ("call", "hash"):
            return GOOD
        if calls and any(oracles.remembers(run, named) for named in value.calls):
            return GOOD
        if calls and op is ast.Is and not run.module.is_script:
            return GOOD
        if not value.source & Source.PRODUCT:
            return GOOD if calls else Verdict("tautology", "the value is compared with itself")
        if not alike:
            return Verdict("copied_implementation", "the expected value is made by the very code that is tested")
    return Verdict("tautology", "the value is compared with itself")


def _holds_itself(left: Value, right: Value) -> bool:
    if right.items is None:
        return False
    keys = [item.key for item in right.items]
    both = {item.constant for item in right.items if isinstance(item.constant, bool)} == {True, False}
    return left.key in keys or (both and left.alive)


def _is_size(value: Value) -> bool:
    return value.key[:2] in (("call", "len"), ("call", "abs")) or (
        value.key[:1] == ("attr",) and value.key[-1] == "length"
    )


def _at_most(value: Value, limit: int) -> bool:
    return isinstance(value.constant, int | float) and value.constant <= limit


def _not_none(run: Run, value: Value) -> Verdict:
    if value.mock:
        return Verdict("subject_mocked", "a mock is never None")
    if value.named and value.truth:
        return Verdict("constant_assertion", "what is imported is never None")
    if value.of and value.key[:1] == ("call",) and value.of == value.key[1]:
        return Verdict("constant_assertion", "an object that was just made is never None")
    types = returns.types_of(run.product, value)
    if types is not None and "None" not in types and not returns.differed(run.product, value, "None"):
        return Verdict("constant_assertion", "what the function gives is never None")
    return GOOD


def _typed(run: Run, value: Value, wanted: ast.expr, negated: bool) -> Verdict:
    if not _alive(value):
        return _dead(run, [value])
    if negated:
        return GOOD
    kinds = wanted.elts if isinstance(wanted, ast.Tuple) else [wanted]
    return _of_type(run, value, {run.value(kind).named for kind in kinds})


def _of_type(run: Run, value: Value, wanted: set[str]) -> Verdict:
    if "object" in wanted:
        return Verdict("tautology", "everything is an object")
    if value.key[:1] == ("broken",) and wanted & {"Exception", "BaseException"}:
        return Verdict("tautology", "what was caught is always an exception")
    if value.of and value.of in wanted:
        return Verdict("constant_assertion", "an object is always of the class it was made from")
    types = returns.types_of(run.product, value)
    if types is not None and types <= wanted and not returns.differed(run.product, value, *wanted):
        return Verdict(
            "constant_assertion", "only the type of the result is asserted, and that is the same whatever it holds"
        )
    return GOOD


def _existing(run: Run, test: ast.Call) -> Verdict:
    name = test.func.id if isinstance(test.func, ast.Name) else ""
    value = run.value(test.args[0])
    if name == "callable":
        if value.named and value.truth:
            return Verdict("constant_assertion", "it only asks whether what is imported can be called")
        return GOOD if _alive(value) else _dead(run, [value])
    word = test.args[1].value if len(test.args) > 1 and isinstance(test.args[1], ast.Constant) else ""
    if not _alive(value):
        return _dead(run, [value])
    if value.mock:
        return Verdict("subject_mocked", "a mock has every attribute")
    owner = value.of or value.named
    if owner and "::" in owner and word not in run.product.new_words() and _has(run, owner, str(word)):
        return Verdict("constant_assertion", f"`{word}` existed before the change and is not used")
    return GOOD


def _has(run: Run, owner: str, word: str) -> bool:
    place = f"{owner}{word}" if owner.endswith("::") else f"{owner}.{word}"
    return run.product.definition(place) is not None
