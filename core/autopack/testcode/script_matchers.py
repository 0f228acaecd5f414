"""Assertions of `node:assert`, vitest, jest and chai, told as Python's."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autopack.languages import Node
from autopack.testcode.script_places import at as _at
from autopack.testcode.script_places import name as _name
from autopack.testcode.syntax import ANY_ERROR, FLOATING, MODULE, NO_THROW

if TYPE_CHECKING:
    from autopack.testcode.script_syntax import Teller

_COMPARING: dict[str, tuple[type[ast.cmpop], type[ast.cmpop]]] = {
    "toBe": (ast.Is, ast.IsNot), "toEqual": (ast.Eq, ast.NotEq), "toStrictEqual": (ast.Eq, ast.NotEq),
    "toMatchObject": (ast.Eq, ast.NotEq), "toBeCloseTo": (ast.Eq, ast.NotEq), "toMatchInlineSnapshot": (ast.Eq, ast.NotEq),
    "toBeGreaterThan": (ast.Gt, ast.LtE), "toBeGreaterThanOrEqual": (ast.GtE, ast.Lt), "toBeLessThan": (ast.Lt, ast.GtE),
    "toBeLessThanOrEqual": (ast.LtE, ast.Gt), "equal": (ast.Eq, ast.NotEq), "eql": (ast.Eq, ast.NotEq),
    "deepEqual": (ast.Eq, ast.NotEq), "strictEqual": (ast.Is, ast.IsNot), "deepStrictEqual": (ast.Eq, ast.NotEq),
    "above": (ast.Gt, ast.LtE), "below": (ast.Lt, ast.GtE),
}  # fmt: skip
_ASSERTING: dict[str, type[ast.cmpop]] = {
    "equal": ast.Eq, "strictEqual": ast.Is, "deepEqual": ast.Eq, "deepStrictEqual": ast.Eq, "notEqual": ast.NotEq,
    "notStrictEqual": ast.IsNot, "notDeepEqual": ast.NotEq, "notDeepStrictEqual": ast.NotEq,
    "partialDeepStrictEqual": ast.Eq,
    "isAbove": ast.Gt, "isBelow": ast.Lt, "isAtLeast": ast.GtE, "isAtMost": ast.LtE,
}  # fmt: skip
_TYPES = {"Array": "list", "String": "str", "Object": "dict", "Function": "function", "string": "str", "array": "list",
          "object": "dict", "boolean": "bool"}  # fmt: skip
_MOCK_PREFIX = "toHaveBeen"


def matched(tell: Teller, node: Node, *, awaited: bool) -> list[ast.stmt] | None:
    """The statements that a call which asserts stands for; None for every other expression."""
    if node.type not in ("call_expression", "member_expression"):
        return None
    words, subject, args = _expectation(node)
    if subject is not None:
        return _floating(
            node, _expected(tell, node, words, subject, args), {"resolves", "rejects"} & set(words) and not awaited
        )
    if node.type != "call_expression":
        return None
    owner, called, given = _assert_call(node)
    if not owner:
        return None
    told = _assert(tell, node, called, given)
    return _floating(node, told, called in ("rejects", "doesNotReject") and not awaited) if told is not None else None


def _floating(node: Node, told: list[ast.stmt], alone: object) -> list[ast.stmt]:
    if not alone:
        return told
    return [_at(node, ast.With([ast.withitem(_name(node, FLOATING))], told))]


def _expectation(node: Node) -> tuple[list[str], Node | None, list[Node] | None]:
    """Words behind `expect(subject)` in their order, the subject, and the arguments of the last word."""
    words: list[str] = []
    args: list[Node] | None = None
    while node.type in ("call_expression", "member_expression", "await_expression"):
        if node.type == "member_expression":
            prop, below = node.get("property"), node.get("object")
            words.append(prop.text if prop else "")
        else:
            function, given = node.get("function"), node.get("arguments")
            if function is not None and function.type == "identifier" and function.text == "expect":
                return words[::-1], given.children[0] if given is not None and given.children else node, args
            if args is None:
                args = given.children if given is not None else []
            below = function
        if below is None:
            break
        node = below
    return words, None, None


def _expected(tell: Teller, node: Node, words: list[str], subject: Node, args: list[Node] | None) -> list[ast.stmt]:
    if not words or (args is None and words[-1].startswith(("to", "resolves")) and words[-1] != "to"):
        return [_at(node, ast.Expr(_at(node, ast.Attribute(tell.expression(subject), "assert_nothing", ast.Load()))))]
    negated, matcher, given = "not" in words, words[-1], args or []
    if matcher in ("toThrow", "toThrowError", "throw", "toThrowErrorMatchingInlineSnapshot") or "rejects" in words:
        if negated:
            return [_block(tell, node, subject, _name(node, NO_THROW))]
        kind = _expected_error(tell, node, given)
        return [_block(tell, node, subject, _call(node, "raises", [kind]))]
    value = tell.expression(subject)
    values = [tell.expression(arg) for arg in given]
    if matcher.startswith(_MOCK_PREFIX) or matcher in ("toBeCalled", "toBeCalledWith", "toBeCalledTimes"):
        mocked = ast.Call(_at(node, ast.Attribute(value, "assert_called", ast.Load())), values, [])
        return [_at(node, ast.Expr(_at(node, mocked)))]
    return [_at(node, ast.Assert(_at(node, _test(node, value, matcher, values, negated=negated))))]


def _expected_error(tell: Teller, node: Node, given: Sequence[Node]) -> ast.expr:
    """The class of the error that is expected; any error where nothing is said of it."""
    if given and given[0].type == "identifier":
        return tell.expression(given[0])
    return _name(node, "ErrorThatSays" if given else ANY_ERROR)


def _test(node: Node, value: ast.expr, matcher: str, values: list[ast.expr], *, negated: bool) -> ast.expr:
    """What an expectation says, as an expression."""
    if matcher in _COMPARING and values:
        return ast.Compare(value, [_COMPARING[matcher][negated]()], [values[0]])
    if matcher in ("toMatchInlineSnapshot",):
        return ast.Compare(value, [ast.Eq()], [value])
    if matcher in ("toBeNull", "toBeUndefined", "null", "undefined"):
        return ast.Compare(value, [ast.IsNot() if negated else ast.Is()], [_at(node, ast.Constant(None))])
    if matcher in ("toBeDefined", "exist"):
        return ast.Compare(value, [ast.Is() if negated else ast.IsNot()], [_at(node, ast.Constant(None))])
    if matcher in ("toBeInstanceOf", "toBeTypeOf", "instanceOf", "instanceof", "a", "an") and values:
        test: ast.expr = ast.Call(_name(node, "isinstance"), [value, _type(node, values[0])], [])
    elif matcher in ("toContain", "toContainEqual", "include", "contain", "oneOf") and values:
        pair = (value, values[0]) if matcher == "oneOf" else (values[0], value)
        return ast.Compare(pair[0], [ast.NotIn() if negated else ast.In()], [pair[1]])
    elif matcher in ("toHaveLength", "lengthOf", "length") and values:
        size = _call(node, "len", [value])
        return ast.Compare(size, [ast.NotEq() if negated else ast.Eq()], [values[0]])
    elif matcher in ("toBeTruthy", "ok", "true"):
        test = value
    elif matcher in ("toBeFalsy", "false"):
        test = ast.UnaryOp(ast.Not(), value)
    else:
        test = ast.Call(_name(node, f"__{matcher}__"), [value, *values], [])
    return ast.UnaryOp(ast.Not(), _at(node, test)) if negated else test


def _assert_call(node: Node) -> tuple[str, str, list[Node]]:
    """`assert.equal(...)`, `t.assert.equal(...)`, `assert(...)`: owner, word, arguments; "" for no assertion."""
    function, given = node.get("function"), node.get("arguments")
    args = given.children if given is not None else []
    if function is None:
        return "", "", args
    if function.type == "identifier":
        return ("assert", "ok", args) if function.text == "assert" else ("", "", args)
    prop, owner = function.get("property"), function.get("object")
    if prop is None or owner is None:
        return "", "", args
    while owner.type == "member_expression" and owner.get("property") is not None:
        inner = owner.get("property")
        if inner is not None and inner.text == "strict":
            owner = owner.get("object") or owner
            continue
        return ("assert", prop.text, args) if inner is not None and inner.text == "assert" else ("", "", args)
    return ("assert", prop.text, args) if owner.text in ("assert", "chai") else ("", "", args)


def _assert(tell: Teller, node: Node, called: str, given: list[Node]) -> list[ast.stmt] | None:
    if called == "fail":
        return [
            _at(
                node,
                ast.Expr(
                    _at(node, ast.Call(_at(node, ast.Attribute(_name(node, "self"), "fail", ast.Load())), [], []))
                ),
            )
        ]
    if called in ("throws", "rejects") and given:
        kind = _expected_error(tell, node, given[1:])
        return [_block(tell, node, given[0], _call(node, "raises", [kind]))]
    if called in ("doesNotThrow", "doesNotReject") and given:
        return [_block(tell, node, given[0], _name(node, NO_THROW))]
    values = [tell.expression(arg) for arg in given]
    if called in _ASSERTING and len(values) > 1:
        test: ast.expr = ast.Compare(values[0], [_ASSERTING[called]()], [values[1]])
    elif called in ("ok", "isTrue", "isOk", "exists", "isDefined") and values:
        test = values[0]
    elif called in (
        "match",
        "doesNotMatch",
        "include",
        "isArray",
        "isString",
        "lengthOf",
        "ifError",
        "throws",
        "property",
    ):
        test = ast.Call(_name(node, f"__{called}__"), values, [])
    else:
        return None
    return [_at(node, ast.Assert(_at(node, test)))]


def _block(tell: Teller, node: Node, function: Node, context: ast.expr) -> ast.stmt:
    """`context` round the body of a function that is handed over to be called."""
    inner: list[ast.stmt]
    if function.type in ("arrow_function", "function_expression"):
        body = function.get("body")
        if body is not None and body.type == "statement_block":
            inner = tell.block(body)
        else:
            only = [Node("expression_statement", "", node.line, node.end_line, "", [body])] if body else []
            inner = [_waited(part) for part in tell.statements(only)]
    elif function.type == "call_expression":
        value = tell.expression(function)
        inner = [_at(node, ast.Expr(_at(node, ast.Await(value))))]
    else:
        inner = [_at(node, ast.Expr(_at(node, ast.Call(tell.expression(function), [], []))))]
    return _at(node, ast.With([ast.withitem(context)], inner or [_at(node, ast.Pass())]))


def _waited(node: ast.stmt) -> ast.stmt:
    """A promise that is handed over is waited for by whoever takes it."""
    if isinstance(node, ast.With):
        context = node.items[0].context_expr
        if isinstance(context, ast.Name) and context.id == FLOATING:
            return node.body[0]
    return node


def special(tell: Teller, node: Node, function: Node | None, args: Sequence[ast.expr]) -> ast.expr | None:
    """Calls of the runners' own tools that mean something in Python."""
    if function is None or function.type != "member_expression":
        return None
    owner, prop = function.get("object"), function.get("property")
    if owner is None or prop is None:
        return None
    if owner.text in ("vi", "jest") and prop.text in ("mock", "doMock", "unstable_mockModule") and args:
        return ast.Call(_name(node, MODULE), [args[0], *_factory(tell, node)], [])
    if owner.text == "Array" and prop.text == "isArray" and args:
        return ast.Call(_name(node, "isinstance"), [args[0], _name(node, "list")], [])
    if owner.text == "Object" and prop.text in ("keys", "values", "entries") and args:
        return ast.Call(
            _at(node, ast.Attribute(args[0], "items" if prop.text == "entries" else prop.text, ast.Load())), [], []
        )
    return None


def _factory(tell: Teller, node: Node) -> list[ast.expr]:
    """What a mock's factory returns: the names it replaces; nothing where it hands the real ones on."""
    given = node.get("arguments")
    factory = given.children[1] if given is not None and len(given.children) > 1 else None
    if factory is None:
        return []
    for part in factory.walk():
        if part.type == "object":
            kept = Node(
                "object", "", part.line, part.end_line, "", [c for c in part.children if c.type != "spread_element"]
            )
            return [tell.expression(kept)]
    return []


def _type(node: Node, value: ast.expr) -> ast.expr:
    known = value.id if isinstance(value, ast.Name) else value.value if isinstance(value, ast.Constant) else ""
    return _name(node, _TYPES[str(known)]) if str(known) in _TYPES else value


def _call(node: Node, called: str, args: list[ast.expr]) -> ast.expr:
    return _at(node, ast.Call(_name(node, called), args, []))
