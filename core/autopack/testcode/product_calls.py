"""Calls of the product in thought: what they give, and what they may do to what they are given."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.testcode import calling, doubles, instances
from autopack.testcode.modules import Function
from autopack.testcode.product import gives_value, hold_on, misfit, own_nodes, parameters
from autopack.testcode.values import Source, Value, joined

if TYPE_CHECKING:
    from autopack.testcode.running import Run


def product_call(run: Run, node: ast.Call, func: Value, args: Sequence[Value], words: dict[str, Value]) -> Value:
    every = [*args, *words.values()]
    owner = func.items[0] if func.key[0] == "method" and func.items else None
    found = run.product.function(func.named)
    is_class = isinstance((run.product.definition(func.named) or (None,))[0], ast.ClassDef)
    run.ran.append((func.named, node.lineno, run.frame.module.path))
    if found is not None and not found[1].is_script and misfit(found[0], node, is_class or owner is not None):
        run.misfits.append(f"the call does not fit the parameters of `{func.named.partition('::')[2]}`")
    if owner is None and args and not is_class and _is_method(run, func.named):
        owner, args = args[0], args[1:]
        every = [*args, *words.values()]
    _affect(run, found[0] if found else None, owner, args, words, is_class)
    key = ("call", func.named, *((owner.key,) if owner else ()), *(arg.key for arg in every))
    value = joined(key, *every, *((owner,) if owner else ()), source=Source.PRODUCT)
    value = replace(value, calls=value.calls | {func.named}, roots=value.roots if is_class or owner else frozenset())
    if is_class:
        return replace(value, of=func.named, truth=_always_true(run, func.named))
    passed = doubles.passed_through(run, found) if found is not None else None
    if passed is not None:
        return replace(value, source=passed.source)
    return replace(value, of=_returned_class(run, func.named))


def _is_method(run: Run, named: str) -> bool:
    """Whether a function is one of a class that takes its instance first."""
    found = run.product.method(named)
    if found is None or run.product.class_of(named.rpartition(".")[0]) is None:
        return False
    return not instances.decorated(found[0], ("staticmethod", "classmethod"))


def _always_true(run: Run, named: str) -> bool | None:
    return None if run.product.has_method(named, ("__bool__", "__len__")) else True


def _returned_class(run: Run, named: str) -> str:
    """The class of the repository that a function says, or is seen, to return."""
    found = run.product.function(named)
    if found is None:
        return ""
    function, module = found
    names = [function.returns] if function.returns is not None else [
        inner.value.func for inner in own_nodes(function) if isinstance(inner, ast.Return) and isinstance(inner.value,
        ast.Call)
    ]  # fmt: skip
    for name in names[:1]:
        if isinstance(name, ast.Name):
            place = run.project.followed(module.path, name.id)
            known = run.product.definition(place)
            if known is not None and isinstance(known[0], ast.ClassDef):
                return place
    return ""


def _affect(
    run: Run,
    function: Function | None,
    owner: Value | None,
    args: Sequence[Value],
    words: dict[str, Value],
    is_class: bool,
) -> None:
    """What a call of the product may do to the objects it is given."""
    calling.disturb(run, Source.PRODUCT)
    if function is None:
        calling.escape(run, [*args, *words.values(), *((owner,) if owner else ())], Source.PRODUCT)
        return
    changed, kept = hold_on(function)
    names = parameters(function)
    given = dict(zip(names[int(is_class or owner is not None) :], args, strict=False))
    given |= {name: value for name, value in words.items() if name not in given}
    bound = {id(value) for value in given.values()}
    rest = [value for value in args if id(value) not in bound]
    if owner is not None and names:
        given[names[0]] = owner
    for name, value in given.items():
        known = name in names or any(arg.arg == name for arg in function.args.kwonlyargs)
        moved = not known or name in changed
        if value.plain and not moved:
            run.handed |= value.roots
            if name not in kept:
                continue
        if value is owner and not moved:
            continue
        calling.escape(run, [value], Source.PRODUCT, moved=moved or not value.plain)
    calling.escape(run, rest, Source.PRODUCT)


def takes_nothing(run: Run, named: str) -> bool:
    """Whether a call of the function can only be meant for what it does, not for what it gives."""
    found = run.product.function(named)
    return found is not None and (named.endswith(".__init__") or not gives_value(found[0]))
