"""Expressions of a script told in Python: members, displays, operators, texts."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autopack.languages import Node
from autopack.testcode.script_functions import told_class, told_function_value
from autopack.testcode.script_places import at, string_of, text_of

if TYPE_CHECKING:
    from autopack.testcode.script_syntax import Teller

BINARY: dict[str, ast.operator] = {
    "+": ast.Add(), "-": ast.Sub(), "*": ast.Mult(), "/": ast.Div(), "%": ast.Mod(), "**": ast.Pow(), "|": ast.BitOr(),
    "&": ast.BitAnd(), "^": ast.BitXor(), "<<": ast.LShift(), ">>": ast.RShift(), ">>>": ast.RShift(),
}  # fmt: skip
_COMPARE: dict[str, ast.cmpop] = {
    "==": ast.Eq(), "===": ast.Eq(), "!=": ast.NotEq(), "!==": ast.NotEq(), "<": ast.Lt(), "<=": ast.LtE(), ">": ast.Gt(),
    ">=": ast.GtE(), "in": ast.In(),
}  # fmt: skip
_LITERALS = frozenset({"number", "regex", "true", "false", "null", "undefined"})


def told_value(tell: Teller, node: Node) -> ast.expr | None:
    """None for what is told elsewhere: names, functions, calls."""
    if node.type in _BY_TYPE:
        return _BY_TYPE[node.type](tell, node)
    return ast.Constant(_literal(node)) if node.type in _LITERALS else None


def _member(tell: Teller, node: Node) -> ast.expr:
    owner = tell.expression(node.get("object"))
    return ast.Attribute(owner, text_of(node.get("property")), ast.Load())


def _subscript(tell: Teller, node: Node) -> ast.expr:
    return ast.Subscript(tell.expression(node.get("object")), tell.expression(node.get("index")), ast.Load())


def _array(tell: Teller, node: Node) -> ast.expr:
    return ast.List([tell.expression(part) for part in node.children], ast.Load())


def _object(tell: Teller, node: Node) -> ast.expr:
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    for part in node.children:
        if part.type == "pair":
            key = part.get("key")
            computed = key is not None and key.type == "computed_property_name"
            keys.append(tell.expression(key.children[0]) if key is not None and computed else at(part, ast.Constant(
                string_of(key) if key is not None and key.type == "string" else text_of(key))))  # fmt: skip
            values.append(tell.expression(part.get("value")))
        elif part.type == "shorthand_property_identifier":
            keys.append(at(part, ast.Constant(part.text)))
            values.append(tell.expression(part))
        elif part.type == "spread_element" and part.children:
            keys.append(None)
            values.append(tell.expression(part.children[0]))
        elif part.type == "method_definition":
            keys.append(at(part, ast.Constant(text_of(part.get("name")))))
            values.append(at(part, told_function_value(tell, part)))
    return ast.Dict(keys, values)


def _binary(tell: Teller, node: Node) -> ast.expr:
    left, right = tell.expression(node.get("left")), tell.expression(node.get("right"))
    sign = text_of(node.get("operator"))
    if sign in ("&&", "||", "??"):
        return ast.BoolOp(ast.And() if sign == "&&" else ast.Or(), [left, right])
    if sign in _COMPARE:
        return ast.Compare(left, [_COMPARE[sign]], [right])
    if sign == "instanceof":
        return ast.Call(ast.Name("isinstance", ast.Load()), [left, right], [])
    return ast.BinOp(left, BINARY.get(sign, ast.MatMult()), right)


def _unary(tell: Teller, node: Node) -> ast.expr:
    sign, inner = text_of(node.get("operator")), tell.expression(node.get("argument"))
    if sign == "!":
        return ast.UnaryOp(ast.Not(), inner)
    if sign == "-":
        return ast.UnaryOp(ast.USub(), inner)
    return ast.Call(ast.Name("typeof" if sign == "typeof" else f"__{sign}__", ast.Load()), [inner], [])


def _ternary(tell: Teller, node: Node) -> ast.expr:
    return ast.IfExp(tell.expression(node.get("condition")), tell.expression(node.get("consequence")),
                     tell.expression(node.get("alternative")))  # fmt: skip


def _await(tell: Teller, node: Node) -> ast.expr:
    return ast.Await(tell.expression(node.children[-1]))


def _spread(tell: Teller, node: Node) -> ast.expr:
    return ast.Starred(tell.expression(node.children[0]), ast.Load())


def _string(tell: Teller, node: Node) -> ast.expr:
    return ast.Constant(string_of(node))


def _template(tell: Teller, node: Node) -> ast.expr:
    parts: list[ast.expr] = []
    for part in node.children:
        if part.type == "template_substitution" and part.children:
            parts.append(at(part, ast.FormattedValue(tell.expression(part.children[0]), -1, None)))
        else:
            parts.append(at(part, ast.Constant(part.text)))
    if all(isinstance(part, ast.Constant) for part in parts):
        return ast.Constant("".join(str(part.value) for part in parts if isinstance(part, ast.Constant)))
    return ast.JoinedStr(parts)


def _assigned_value(tell: Teller, node: Node) -> ast.expr:
    told = tell.assignment(node)
    if tell.ahead:
        tell.ahead[-1] += told
    return tell.expression(node.get("left"))


def _stepped(tell: Teller, node: Node) -> ast.expr:
    told = tell.step(node)
    if tell.ahead:
        tell.ahead[-1].append(told)
    return tell.expression(node.get("argument"))


def _class_value(tell: Teller, node: Node) -> ast.expr:
    told = told_class(tell, node)
    if tell.ahead:
        tell.ahead[-1].append(told)
    return ast.Name(told.name if isinstance(told, ast.ClassDef) else "_", ast.Load())


_BY_TYPE: dict[str, Callable[[Teller, Node], ast.expr]] = {
    "member_expression": _member,
    "subscript_expression": _subscript,
    "array": _array,
    "object": _object,
    "binary_expression": _binary,
    "unary_expression": _unary,
    "ternary_expression": _ternary,
    "await_expression": _await,
    "spread_element": _spread,
    "string": _string,
    "template_string": _template,
    "assignment_expression": _assigned_value,
    "augmented_assignment_expression": _assigned_value,
    "update_expression": _stepped,
    "class": _class_value,
}


def _literal(node: Node) -> Any:
    if node.type in ("true", "false"):
        return node.type == "true"
    if node.type in ("null", "undefined"):
        return None
    if node.type == "number":
        text = node.text.replace("_", "").removesuffix("n")
        try:
            return int(text, 0)
        except ValueError:
            pass
        try:
            return float(text)
        except ValueError:
            return text
    return node.text or "".join(part.text for part in node.children)
