"""Functions and classes of a script, told in Python's syntax tree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from autopack.languages import Node
from autopack.testcode.script_places import at, name, text_of

if TYPE_CHECKING:
    from autopack.testcode.script_syntax import Teller


def told_class(tell: Teller, node: Node) -> ast.stmt:
    """A class with its methods, getters and fields."""
    body = node.get("body")
    bases = [tell.expression(part) for heritage in node.children if heritage.type == "class_heritage"
             for part in (heritage.children[0].children if heritage.children and heritage.children[0].type ==
                          "extends_clause" else heritage.children) if part.type == "identifier"]  # fmt: skip
    inner: list[ast.stmt] = []
    for part in body.children if body else ():
        if part.type == "method_definition":
            called = text_of(part.get("name"))
            told = told_function(tell, part, "__init__" if called == "constructor" else called, method=True)
            if any(child.type == "get" for child in part.children):
                told.decorator_list = [name(part, "property")]
            inner.append(told)
        elif part.type.endswith("field_definition") and part.get("value") is not None:
            target = ast.Name(text_of(part.get("name") or part.get("property")), ast.Store())
            inner.append(at(part, ast.Assign([at(part, target)], tell.expression(part.get("value")))))
    told = ast.ClassDef(text_of(node.get("name")) or tell.fresh("class"), bases, [], inner or [ast.Pass()], [])
    vars(told).setdefault("type_params", [])
    return at(node, told)


def told_function(
    tell: Teller, node: Node, called: str, *, method: bool = False
) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """A definition by this name; what it assigns and does not declare is not its own."""
    body = node.get("body")
    tell.assigned.append(set())
    tell.declared.append(set())
    args, unpacked = _parameters(tell, node)
    if method:
        args.args.insert(0, ast.arg("self"))
    if body is None or body.type == "statement_block":
        told = [*unpacked, *tell.block(body)]
    else:
        tell.ahead.append([])
        value = tell.expression(body)
        told = [*unpacked, *tell.ahead.pop(), at(body, ast.Return(value))]
    outside = tell.assigned.pop() - tell.declared.pop() - {arg.arg for arg in args.args}
    if outside:
        told.insert(0, at(node, ast.Nonlocal(sorted(outside))))
    kind = ast.AsyncFunctionDef if any(child.type == "async" for child in node.children) else ast.FunctionDef
    found = at(node, kind(called, args, told or [at(node, ast.Pass())], [], None))
    vars(found).setdefault("type_params", [])
    return found


def _parameters(tell: Teller, node: Node) -> tuple[ast.arguments, list[ast.stmt]]:
    """The parameters, and the statements that take patterns among them apart."""
    single = node.get("parameter")
    holder = node.get("parameters")
    args: list[ast.arg] = []
    defaults: list[ast.expr] = []
    unpacked: list[ast.stmt] = []
    rest: ast.arg | None = None
    for part in [single] if single is not None else holder.children if holder is not None else []:
        pattern = part.get("pattern") or part
        default = part.get("value")
        if pattern.type == "assignment_pattern":
            pattern, default = pattern.get("left") or pattern, pattern.get("right")
        if pattern.type == "rest_pattern":
            rest = ast.arg(text_of(pattern.children[0]) if pattern.children else "rest")
            continue
        if pattern.type in ("identifier", "this"):
            args.append(ast.arg(pattern.text))
        elif pattern.type in ("object_pattern", "array_pattern"):
            args.append(ast.arg(tell.fresh("given")))
            taken = name(part, args[-1].arg)
            unpacked += tell.taken_apart(part, pattern, taken) if pattern.type == "object_pattern" else [
                at(part, ast.Assign([tell.target(pattern)], taken))]  # fmt: skip
        else:
            continue
        if default is not None:
            defaults.append(tell.expression(default))
        elif defaults:
            defaults.append(at(part, ast.Constant(None)))
    return ast.arguments([], args, rest, [], [], None, defaults), unpacked


def told_function_value(tell: Teller, node: Node) -> ast.expr:
    """A lambda where it can be one; else a name, whose definition goes ahead of the statement."""
    body = node.get("body")
    is_async = any(child.type == "async" for child in node.children)
    if body is not None and body.type != "statement_block" and not is_async and tell.ahead:
        args, unpacked = _parameters(tell, node)
        if not unpacked:
            return ast.Lambda(args, tell.expression(body))
    called = tell.fresh("function")
    told = told_function(tell, node, called)
    if tell.ahead:
        tell.ahead[-1].append(told)
    return ast.Name(called, ast.Load())
