"""What an expected error says: patterns as the texts they stand for, and comparisons with the text of a caught error."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import NamedTuple

from autopack.tampering.assertions import Condition
from autopack.tampering.terms import LOCAL
from autopack.testcode.syntax import leaf

_ESCAPED = re.compile(r"\\([^\w\s])")
_SPECIAL = re.compile(r"\\[\w]|[*+?{}\[\]|()]|(?<!\\)[\^$]")


class Caught(NamedTuple):
    """`done` under which errors of these names were expected; `op` is `raises` or `warns`."""

    op: str
    done: str
    errors: str


def said_by(pattern: ast.expr) -> ast.expr:
    """The text that a pattern asks for, without the signs that tie it to its ends; anything else as it is."""
    if isinstance(pattern, ast.Call) and leaf(pattern.func) == "escape" and len(pattern.args) == 1:
        return pattern.args[0]
    if not isinstance(pattern, ast.Constant) or not isinstance(pattern.value, str):
        return pattern
    text = pattern.value.removeprefix("^").removeprefix("\\A").removesuffix("\\Z")
    text = text[:-1] if text.endswith("$") and not text.endswith("\\$") else text
    plain = _ESCAPED.sub("", text)
    return pattern if _SPECIAL.search(plain) else ast.Constant(_ESCAPED.sub(r"\1", text))


def about_its_text(c: Condition, caught: Mapping[str, Caught]) -> tuple[Caught, ast.expr] | None:
    """The error whose text a condition compares, or looks for something in, and that text."""
    if c.op not in ("==", "in", "matches") or c.expected is None:
        return None
    whole, expected = c.subject, c.expected
    if isinstance(expected, ast.Tuple) and len(expected.elts) == 1 and _name(whole) == "args":
        expected = expected.elts[0]
    elif isinstance(whole, ast.Subscript) and _name(whole.value) == "args" and _is_first(whole.slice):
        whole = whole.value
    elif isinstance(whole, ast.Call) and leaf(whole.func) == "str" and len(whole.args) == 1:
        whole = ast.Attribute(_of_first_warning(whole.args[0]), "args", ast.Load())
    else:
        return None
    if not isinstance(whole, ast.Attribute):
        return None
    held = whole.value
    if _name(held) in ("value", "exception") and isinstance(held, ast.Attribute):
        held = held.value
    known = caught.get(held.id.removeprefix(LOCAL)) if isinstance(held, ast.Name) else None
    text = said_by(expected)
    return (
        (known, text) if known is not None and isinstance(text, ast.Constant) and isinstance(text.value, str) else None
    )


def _of_first_warning(node: ast.expr) -> ast.expr:
    """`caught` of `caught[0].message` and `caught.warning`."""
    if _name(node) == "message" and isinstance(node, ast.Attribute) and isinstance(node.value, ast.Subscript):
        return node.value.value if _is_first(node.value.slice) else node
    return node.value if isinstance(node, ast.Attribute) and node.attr == "warning" else node


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""


def _is_first(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0
