"""Where an expression of a test stands, and which functions of the tests' side it can call there."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from autopack.testcode.modules import Function, Module
from autopack.testcode.python_tests import class_of


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: its module, what its locals are worth, and functions defined round it."""

    module: Module
    env: dict[str, ast.expr]
    functions: dict[str, tuple[Function, Scope]]
    owner: ast.ClassDef | None = None
    depth: int = 0
    used: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Path and line of the definitions and constants that were put in."""
    mocked: frozenset[str] = frozenset()
    """Locals that are mocks from the start."""
    given: Mapping[str, ast.expr] = field(default_factory=dict[str, ast.expr])
    """What fixtures give, by their names, where it is one term."""

    def inner(self, module: Module, env: dict[str, ast.expr], owner: ast.ClassDef | None = None,
              functions: dict[str, tuple[Function, Scope]] | None = None) -> Scope:  # fmt: skip
        return Scope(module, env, {} if functions is None else functions, owner, self.depth + 1, self.used)


def function_called(call: ast.Call, scope: Scope) -> tuple[Function, Scope, bool] | None:
    """The function of the tests' side that a call runs, the scope it was made in, and whether it is a method."""
    func = call.func
    if isinstance(func, ast.Name):
        held = scope.functions.get(func.id)
        if held is not None:
            return held[0], held[1], False
        return _of_module(scope, func.id)
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
        if func.value.id in ("self", "cls") and scope.owner is not None:
            found = inherited(scope.module, scope.owner, func.attr)
            return (found[0], Scope(found[1], {}, {}, scope.owner), True) if found is not None else None
        link = scope.module.imports.get(func.value.id)
        if link is not None and link.inside and not link.name:
            return _defined(scope, link.target, func.attr)
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call):
        made = class_of(func.value.func, scope.module)
        found = inherited(made[1], made[0], func.attr) if made is not None and not made[1].product else None
        return (found[0], Scope(found[1], {}, {}, made[0]), True) if found is not None and made is not None else None
    return None


def inherited(module: Module, owner: ast.ClassDef, name: str, depth: int = 4) -> tuple[Function, Module] | None:
    """A method of a class, or of those of the tests' side that it derives from, and where it stands."""
    held = next((n for n in reversed(owner.body) if isinstance(n, Function) and n.name == name), None)
    if held is not None:
        return held, module
    for base in owner.bases if depth else ():
        above = class_of(base, module)
        if above is not None and above[0] is not owner and not above[1].product:
            found = inherited(above[1], above[0], name, depth - 1)
            if found is not None:
                return found
    return None


def _of_module(scope: Scope, name: str) -> tuple[Function, Scope, bool] | None:
    return None if name in scope.env else _defined(scope, scope.module.path, name)


def _defined(scope: Scope, path: str, name: str) -> tuple[Function, Scope, bool] | None:
    at, _, name = scope.module.project.followed(path, name).partition("::")
    module = scope.module.project.module(at)
    if module is None or module.product:
        return None
    node = module.definitions.get(name)
    values = module.assigned.get(name, []) if node is None else []
    if len(values) == 1 and isinstance(values[0], ast.Lambda):
        node = as_function(name, values[0])
    return (node, Scope(module, {}, {}), False) if isinstance(node, Function) else None


def single_return(node: Function) -> ast.expr | None:
    """The value of a function whose body is one `return`, behind assignments; its docstring does not count."""
    return given_value(node) if not node.decorator_list and isinstance(node.body[-1], ast.Return) else None


def given_value(node: Function) -> ast.expr | None:
    """As `single_return`, of a fixture too: what it returns or yields."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    *before, last = body or [ast.Pass()]
    if not all(isinstance(s, ast.Assign) for s in before):
        return None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Yield):
        return last.value.value
    return last.value if isinstance(last, ast.Return) else None


def as_function(name: str, node: ast.Lambda) -> Function:
    """A lambda that has a name."""
    body: list[ast.stmt] = [ast.Return(node.body, lineno=node.lineno)]
    return ast.FunctionDef(name=name, args=node.args, body=body, decorator_list=[], lineno=node.lineno)
