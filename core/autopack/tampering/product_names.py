"""Names of the product in terms, told apart from those of the tests' side and of libraries."""

from __future__ import annotations

import ast

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


def made_by(expected: ast.expr) -> str:
    """As `Check.ours`."""
    if any(isinstance(n, ast.Call) and isinstance(n.func, Name) and n.func.is_function for n in ast.walk(expected)):
        return "computes"
    return "holds" if any(isinstance(n, Name) and not n.is_function for n in ast.walk(expected)) else ""
