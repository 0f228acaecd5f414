"""Where a script's nodes stand and what their leaves say."""

from __future__ import annotations

import ast
from typing import TypeVar

from autopack.languages import Node

_Located = TypeVar("_Located", bound=ast.AST)


def at(node: Node, told: _Located) -> _Located:
    """The same, standing where the script's node stands."""
    for name_, value in (
        ("lineno", node.line),
        ("end_lineno", node.end_line),
        ("col_offset", 0),
        ("end_col_offset", 0),
    ):
        if not hasattr(told, name_) or getattr(told, name_) is None:
            setattr(told, name_, value)
    return told


def name(node: Node, text: str) -> ast.expr:
    return at(node, ast.Name(text, ast.Load()))


def unknown(node: Node) -> ast.expr:
    return at(node, ast.Call(name(node, f"__{node.type}__"), [], []))


def text_of(node: Node | None) -> str:
    return node.text if node is not None else ""


def string_of(node: Node | None) -> str:
    """The text in a string, without its quotes."""
    if node is None:
        return ""
    if node.type == "string" and not node.children:
        return node.text[1:-1]
    return "".join(part.text for part in node.children)


def required(node: Node) -> str:
    """The source in `require('source')`."""
    function, given = node.get("function"), node.get("arguments")
    if node.type == "call_expression" and text_of(function) == "require" and given is not None and given.children:
        return string_of(given.children[0])
    return ""
