"""Classes of the test's side, their instances and what those hold."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.testcode import calling, evaluation, libraries
from autopack.testcode.modules import Function, Module, assignments
from autopack.testcode.values import Closure, Source, Value, joined

if TYPE_CHECKING:
    from autopack.testcode.running import Run


_PROPERTIES = ("property", "cached_property")


def own_instance(run: Run, func: Value, args: Sequence[Value], words: dict[str, Value]) -> Value:
    every = [*args, *words.values()]
    source = run.flow_source() | (Source.UNKNOWN if reaches_out(run, func.named) else Source.NONE)
    found = joined(("call", func.key, *(arg.key for arg in every)), func, *every, source=source)
    found = replace(found, of=func.named, truth=None)
    definition = run.product.definition(f"{func.named}.__init__")
    if definition is not None and isinstance(definition[0], Function) and not definition[1].product:
        closure = Closure(definition[0], definition[1], None, bound=found)
        run.enter(closure, calling.bind(run, closure, args, words))
    elif any(not run.is_test_class(base) for base in bases_of(run, func.named)):
        calling.escape(run, every, Source.PRODUCT)
        run.ran.append((next(base for base in bases_of(run, func.named) if not run.is_test_class(base)), 0, ""))
        found = replace(found, source=found.source | Source.PRODUCT)
    return found


def bases_of(run: Run, named: str) -> list[str]:
    found = run.product.definition(named)
    if found is None or not isinstance(found[0], ast.ClassDef):
        return []
    return list(run.product.bases(found[0], found[1]))


def method_of(run: Run, owner: Value, name: str) -> Value | None:
    """A method that the class of an instance has."""
    place = f"{owner.of}.{name}"
    if place in run.replaced:
        return run.replaced[place]
    found = run.product.method(place)
    if found is None:
        return None
    definition, module = found
    if module.product:
        real = f"{module.path}::{_qualified(module.definitions, definition)}"
        if real in run.replaced:
            return run.replaced[real]
        if decorated(definition, _PROPERTIES):
            run.ran.append((real, 0, ""))
            return Value(
                ("call", real, owner.key),
                owner.source | Source.PRODUCT,
                owner.roots,
                owner.calls | {real},
                weight=owner.weight + 1,
            )
        return Value(("method", real, owner.key), owner.source | Source.PRODUCT, owner.roots, named=real, truth=True,
                     items=(owner,), weight=owner.weight + 1)  # fmt: skip
    bound = None if decorated(definition, ("staticmethod",)) else owner
    closure = Closure(definition, module, None, bound=bound, copy_of=run.copies.get(id(definition), ""))
    if decorated(definition, _PROPERTIES):
        return reached(run, closure, run.enter(closure, calling.bind(run, closure, [], {})))
    source = Source.FAKE if _overrides(run, owner.of, name, definition) else owner.source
    key = ("method", place, owner.key)
    return Value(key, source, owner.roots, closure=closure, truth=True, weight=owner.weight + 1)


def _overrides(run: Run, named: str, name: str, method: Function) -> bool:
    """Whether a method of the test's side hides one of the product, and does not call it."""
    if any(isinstance(node, ast.Name) and node.id == "super" for node in ast.walk(method)):
        return False
    for base in bases_of(run, named):
        found = run.product.method(f"{base}.{name}")
        if found is not None and found[1].product:
            return True
    return False


def lacks(run: Run, named: str, name: str) -> bool:
    """Whether instances of a class of the product can be seen to have no such member."""
    found = run.product.class_of(named)
    if found is None or not found[1].product or name.startswith("__"):
        return False
    node, module = found
    bases = list(run.product.bases(node, module))
    if node.decorator_list or node.keywords or len(bases) < len(node.bases):
        return False
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and inner.attr == name:
            return False
        if isinstance(inner, ast.Name) and inner.id in (name, "setattr", "vars", "__dict__"):
            return False
        if isinstance(inner, Function) and inner.name in (name, "__getattr__", "__getattribute__"):
            return False
    return all(lacks(run, base, name) for base in bases)


def decorated(node: Function, names: Sequence[str]) -> bool:
    return any(isinstance(inner, ast.Name | ast.Attribute) and ast.unparse(inner).rpartition(".")[2] in names
               for inner in node.decorator_list)  # fmt: skip


def reached(run: Run, closure: Closure, value: Value) -> Value:
    """What a helper in another file gives may depend on anything: that file may be what is tested."""
    if closure.module.path == run.module.path or closure.copy_of:
        return value
    return replace(value, source=value.source | Source.UNKNOWN, truth=None, constant=...)


def reaches_out(run: Run, named: str) -> bool:
    """Whether a class of the test's side names the product or the world in its text: what its instances give is unknown."""
    if named not in run.reaching:
        run.reaching[named] = False
        found = run.product.class_of(named)
        if found is not None:
            node, module = found
            names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            links = [module.imports[name] for name in names if name in module.imports]
            run.reaching[named] = (
                module.path != run.module.path
                or any(
                    (link.inside and not run.project.is_test(link.target))
                    or link.target.split(".")[0] in libraries.OUTSIDE
                    or (not link.inside and link.target.split(".")[0] not in sys.stdlib_module_names)
                    for link in links
                )
                or any(run.is_test_class(base) and reaches_out(run, base) for base in run.product.bases(node, module))
            )
    return run.reaching[named]


def class_attribute(run: Run, named: str, name: str) -> Value | None:
    """What the body of a class of the test's side assigns to a name."""
    found = run.product.definition(named)
    if found is None or not isinstance(found[0], ast.ClassDef):
        return None
    for statement in found[0].body:
        for target, value in assignments(statement):
            if isinstance(target, ast.Name) and target.id == name:
                return evaluation.evaluate(run, value)
    return None


def call_methods(run: Run, node: ast.ClassDef, module: Module) -> None:
    """Methods of a class in hands that may call them."""
    for method in node.body:
        if isinstance(method, Function) and id(method) not in run.called:
            run.called.add(id(method))
            calling.call_back(run, Closure(method, module, run.frame))


def _qualified(definitions: dict[str, ast.stmt], node: ast.stmt) -> str:
    return next((name for name, known in definitions.items() if known is node), "")


def class_member(run: Run, owner: Value, name: str) -> Value:
    """What a class of the test's side holds."""
    found = run.product.definition(owner.named)
    if found is None or not isinstance(found[0], ast.ClassDef):
        return joined(("attr", owner.key, name), owner, source=Source.UNKNOWN)
    held = class_attribute(run, owner.named, name)
    if held is not None:
        return joined(("attr", owner.key, held.key), held, owner) if owner.alive else held
    method = run.product.definition(f"{owner.named}.{name}")
    if method is not None and isinstance(method[0], Function) and not method[1].product:
        bound = owner if decorated(method[0], ("classmethod",)) else None
        closure = Closure(method[0], method[1], None, bound=bound)
        return Value(("method", owner.named, name), owner.source, owner.roots, closure=closure, truth=True)
    return joined(("attr", owner.key, name), owner, source=Source.PRODUCT if method is not None else Source.NONE)
