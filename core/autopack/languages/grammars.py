"""Many languages by their tree-sitter grammars: definitions, and the nodes that stand for what does not parse."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from autopack.languages.reading import Fault, Reading, Symbol
from autopack.languages.trees import MOST_DEPTH, MOST_NODES, Row

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MOST_SECONDS = 2.0
"""A text that takes a parser longer is taken for one that says nothing: recovery from errors can be slow."""
MOST_FAULTS = 1000
_MARK = b"\xef\xbb\xbf"
_PIECE = 65536
_WORDS = frozenset({"async", "static", "get", "set", "in", "of", "await", "default", "*"})

_GRAMMARS: Mapping[str, tuple[str, str]] = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "java": ("tree_sitter_java", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "bash": ("tree_sitter_bash", "language"),
    "css": ("tree_sitter_css", "language"),
    "html": ("tree_sitter_html", "language"),
}
"""The package of each grammar and the name of its function."""

_SCRIPT = frozenset(
    {
        "function_declaration", "generator_function_declaration", "class_declaration", "abstract_class_declaration",
        "interface_declaration", "type_alias_declaration", "enum_declaration", "method_definition",
        "variable_declarator", "internal_module",
    }
)  # fmt: skip
_NATIVE = frozenset(
    {"function_definition", "struct_specifier", "class_specifier", "enum_specifier", "union_specifier",
     "type_definition", "namespace_definition"}
)  # fmt: skip
_MANAGED = frozenset(
    {
        "class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "struct_declaration",
        "annotation_type_declaration", "trait_declaration", "method_declaration", "constructor_declaration",
        "property_declaration", "delegate_declaration", "function_definition",
    }
)  # fmt: skip
DEFINITIONS: Mapping[str, frozenset[str]] = {
    "python": frozenset({"function_definition", "class_definition"}),
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "go": frozenset({"function_declaration", "method_declaration", "type_spec", "const_spec", "var_spec"}),
    "rust": frozenset(
        {"function_item", "struct_item", "enum_item", "union_item", "trait_item", "mod_item", "const_item",
         "static_item", "type_item", "macro_definition", "impl_item"}
    ),
    "java": _MANAGED,
    "c": _NATIVE,
    "cpp": _NATIVE,
    "csharp": _MANAGED,
    "ruby": frozenset({"method", "singleton_method", "class", "module"}),
    "php": _MANAGED,
    "bash": frozenset({"function_definition"}),
}  # fmt: skip
"""Kinds of nodes that define a name."""

_HOLDS = frozenset(
    {
        "class_definition", "class_declaration", "abstract_class_declaration", "interface_declaration", "internal_module",
        "enum_declaration", "record_declaration", "struct_declaration", "trait_declaration", "trait_item", "mod_item",
        "impl_item", "class_specifier", "struct_specifier", "namespace_definition", "class", "module",
    }
)  # fmt: skip
"""Definitions whose own parts are members; those of a function are its own affair."""
_BODIES = frozenset(
    {"statement_block", "block", "compound_statement", "function_body", "arguments", "do_block", "arrow_function",
     "function_expression", "lambda_expression"}
)  # fmt: skip


def grammar_reading(language: str, data: bytes) -> Reading:
    """Definitions (of a language of `DEFINITIONS`), and where the parser had to skip or to add something, at most
    `MOST_FAULTS`."""
    data = data.removeprefix(_MARK)
    root = _root(language, data)
    if root is None:
        return Reading(faults=(Fault(1, "takes too long to parse", doubtful=True),))
    kinds = DEFINITIONS.get(language, frozenset())
    return Reading(tuple(_definitions(root, kinds, data)) if kinds else (), tuple(_faults(root)))


def has_grammar(language: str) -> bool:
    return language in _GRAMMARS


def grammar_rows(language: str, data: bytes) -> list[Row]:
    """Named nodes and signs of operators from the root on; none where the tree is too large, too deep or takes too long."""
    data = data.removeprefix(_MARK)
    root = _root(language, data)
    rows: list[Row] = []
    waiting = [(root, -1, "", 0)] if root is not None else []
    while waiting:
        node, parent, name, depth = waiting.pop()
        if len(rows) >= MOST_NODES or depth > MOST_DEPTH:
            return []
        number = len(rows)
        text = "" if node.named_child_count else _text(node, data)
        rows.append((parent, name, node.type, node.start_point[0] + 1, node.end_point[0] + 1, text))
        fields = [node.field_name_for_child(at) or "" for at in range(node.child_count)]
        below = [(child, number, field, depth + 1) for child, field in zip(node.children, fields, strict=True)
                 if child.is_named or field == "operator" or child.type in _WORDS]  # fmt: skip
        waiting += reversed(below)
    return rows


def _faults(root: Node) -> Iterator[Fault]:
    waiting = [root] if root.has_error else []
    found = 0
    while waiting and found < MOST_FAULTS:
        node = waiting.pop()
        if node.is_missing or node.is_error:
            found += 1
            yield Fault(node.start_point[0] + 1, f"{node.type} is missing" if node.is_missing else "cannot be parsed")
        waiting += [child for child in reversed(node.children) if child.has_error or child.is_missing]


def _root(language: str, data: bytes) -> Node | None:
    """The whole tree; None when the time is over."""
    until = time.monotonic() + MOST_SECONDS

    def is_over(*_: object) -> bool:
        return time.monotonic() > until

    try:
        tree = _parser(language).parse(lambda start, _: data[start : start + _PIECE], progress_callback=is_over)
    except ValueError:
        return None
    return tree.root_node


@cache
def _parser(language: str) -> Parser:
    from tree_sitter import Language, Parser

    package, function = _GRAMMARS[language]
    make: Any = getattr(importlib.import_module(package), function)
    return Parser(Language(make()))  # pyright: ignore[reportDeprecated]


def _definitions(root: Node, kinds: frozenset[str], data: bytes) -> Iterator[Symbol]:
    waiting = [(root, "", True)]
    while waiting:
        node, prefix, public = waiting.pop()
        inner = prefix
        if node.type in kinds:
            name = _name(node, data)
            if name and not (node.type.endswith("_specifier") and node.child_by_field_name("body") is None):
                public = public and not name.startswith(("_", "#"))
                if node.type != "impl_item":
                    yield Symbol(prefix + name, node.start_point[0] + 1, public)
                inner = f"{prefix}{name}."
            if node.type not in _HOLDS:
                continue
        waiting += [(child, inner, public) for child in reversed(node.named_children) if child.type not in _BODIES
                    or (node.type in _HOLDS and child == node.child_by_field_name("body"))]  # fmt: skip


def _name(node: Node, data: bytes) -> str:
    """What a definition defines; "" where nothing has a name (a pattern, an anonymous class)."""
    if node.type in ("function_definition", "type_definition"):
        chosen = node.child_by_field_name("declarator") or node.child_by_field_name("name")
    elif node.type == "impl_item":
        chosen = node.child_by_field_name("type")
    else:
        chosen = node.child_by_field_name("name")
    while chosen is not None and (deeper := chosen.child_by_field_name("declarator")) is not None:
        chosen = deeper
    if chosen is None or chosen.type in ("object_pattern", "array_pattern"):
        return ""
    name = _text(chosen, data).split("<", 1)[0].split("(", 1)[0].strip()
    receiver = node.child_by_field_name("receiver")
    if receiver is None:
        return name
    words = _text(receiver, data).strip("()").split("[", 1)[0].split()
    return f"{words[-1].lstrip('*')}.{name}" if words else name


def _text(node: Node, data: bytes) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")
