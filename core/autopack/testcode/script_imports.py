"""What a script imports and requires, told in Python's syntax tree."""

from __future__ import annotations

import ast

from autopack.languages import Node
from autopack.testcode.script_places import at, string_of, text_of


def told_require(node: Node, target: Node, source: str) -> list[ast.stmt]:
    """`const target = require(source)`."""
    if target.type == "object_pattern":
        pairs = [(text_of(part.get("key") or part), text_of(part.get("value") or part)) for part in target.children
                 if part.type in ("shorthand_property_identifier_pattern", "pair_pattern")]  # fmt: skip
        aliases = [ast.alias(one, other if other != one else None) for one, other in pairs]
        return [at(node, ast.ImportFrom(source, aliases, 0))] if aliases else []
    return [at(node, ast.ImportFrom(source, [ast.alias("*module*", text_of(target))], 0))]


def told_import(node: Node) -> list[ast.stmt]:
    """An import, or an export of what another module has."""
    source = string_of(node.get("source"))
    aliases: list[ast.alias] = []
    for part in node.walk():
        if part.type in ("import_specifier", "export_specifier"):
            one, other = text_of(part.get("name")), text_of(part.get("alias"))
            aliases.append(ast.alias(one, other or None))
        elif part.type == "namespace_import" and part.children:
            aliases.append(ast.alias("*module*", part.children[-1].text))
        elif part.type == "import_clause":
            default = next((child for child in part.children if child.type == "identifier"), None)
            if default is not None:
                aliases.append(ast.alias("default" if source.startswith(".") else "*module*", default.text))
    return [at(node, ast.ImportFrom(source, aliases, 0))] if aliases and source else []
