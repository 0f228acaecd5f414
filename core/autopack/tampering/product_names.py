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


def own_function(func: ast.expr, home: Module) -> Function | None:
    """The function of the tests' side that a call by a name runs, in the file or imported from another."""
    if not isinstance(func, ast.Name):
        return None
    link = home.imports.get(func.id)
    if link is None or not link.inside or not link.name:
        found = home.definitions.get(func.id)
    else:
        at, _, name = home.project.followed(link.target, link.name).partition("::")
        module = home.project.module(at)
        found = module.definitions.get(name) if module is not None and not module.product else None
    return found if isinstance(found, Function) else None


def made_by(expected: ast.expr, home: Module) -> str:
    """As `Check.ours`; what a function of the tests' side gives is made by what it is made with."""
    calls = [n for n in ast.walk(expected) if isinstance(n, ast.Call)]
    if any(isinstance(call.func, Name) and call.func.is_function for call in calls):
        return "computes"
    held = any(isinstance(n, Name) and not n.is_function for n in ast.walk(expected))
    helpers = filter(None, (own_function(call.func, home) for call in calls))
    return "holds" if held or any(_reads_product(node, home) for node in helpers) else ""


def _reads_product(node: Function, home: Module) -> bool:
    """Whether a function of this file reads a value that the product's code defines."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    links = ((name, home.imports[name]) for name in names if name in home.imports)
    found = (named(link.name or name, home, link.target if link.inside else "") for name, link in links)
    return any(isinstance(name, Name) and not name.is_function for name in found)
