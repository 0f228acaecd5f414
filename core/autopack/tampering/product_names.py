"""Names of the product in terms, told apart from those of the tests' side and of libraries."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autopack.testcode.modules import Function, Module


class Name(ast.Name):
    """A function (`is_function`) or a value that the product's code defines."""

    is_function: bool = False


def named(name: str, home: Module, target: str) -> ast.Name:
    """The name as it stands in a term; `target`: the file it is imported from, "" for one outside of the project."""
    at, _, held = home.project.followed(target, name).partition("::") if target else ("", "", "")
    module = home.project.module(at) if at else None
    if module is None or not module.product:
        return ast.Name(name, ast.Load())
    function = isinstance(module.definitions.get(held), Function)
    if not function and held not in module.assigned:
        return ast.Name(name, ast.Load())
    made = Name(name, ast.Load())
    made.is_function = function
    return made


def names_in(node: ast.AST) -> Iterator[Name]:
    return (n for n in ast.walk(node) if isinstance(n, Name))
