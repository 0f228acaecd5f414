"""Calls of a test in thought: of its own functions, of the product, of doubles, of libraries."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.testcode import doubles, evaluation, instances, libraries, names, product_calls
from autopack.testcode.product import own_nodes, parameters
from autopack.testcode.values import ALIVE, Closure, Source, Value, joined

if TYPE_CHECKING:
    from autopack.testcode.running import Run


def call(run: Run, node: ast.Call) -> Value:
    awaiting, run.awaiting = run.awaiting, False
    owner = evaluation.evaluate(run, node.func.value) if isinstance(node.func, ast.Attribute) else None
    if isinstance(node.func, ast.Attribute) and owner is not None:
        func = names.attribute(run, owner, node.func.attr)
    else:
        func = evaluation.evaluate(run, node.func)
    args = [evaluation.evaluate(run, arg) for arg in node.args]
    words = {word.arg or f"**{at}": evaluation.evaluate(run, word.value) for at, word in enumerate(node.keywords)}
    run.awaiting = awaiting
    made = doubles.made(run, node, owner, func, args, words)
    if made is not None:
        return made
    if func.closure is not None:
        return own_call(run, func, args, words)
    every = [*args, *words.values()]
    if func.mock or (func.source & Source.FAKE and not func.alive):
        return joined(("call", func.key, *(a.key for a in every)), func, *every, source=func.source) if not func.mock else (
            Value(("call", func.key, *(a.key for a in every)), func.source, func.roots, mock=True,
                  weight=func.weight + sum(a.weight for a in every)))  # fmt: skip
    if func.named and "::" in func.named:
        if run.is_test_class(func.named):
            return instances.own_instance(run, func, args, words)
        return product_calls.product_call(run, node, func, args, words)
    if func.named:
        return libraries.library_call(run, node, func, args, words)
    if isinstance(node.func, ast.Attribute) and owner is not None:
        return libraries.method_call(run, node.func.attr, owner, func, args, words)
    return _unknown_call(run, func, every)


def _unknown_call(run: Run, func: Value, every: Sequence[Value]) -> Value:
    if func.alive:
        escape(run, every, func.source)
        if func.source & Source.PRODUCT:
            run.ran.append(("", 0, ""))
    found = joined(("call", func.key, *(arg.key for arg in every)), func, *every)
    return replace(found, of=names.DECORATED) if func.of == names.DECORATED else found


# the test's own functions and classes


def own_call(run: Run, func: Value, args: Sequence[Value], words: dict[str, Value]) -> Value:
    closure = func.closure
    assert closure is not None
    bound = bind(run, closure, args, words)
    if isinstance(closure.node, ast.AsyncFunctionDef) and not run.awaiting:
        frame = run.new_frame(closure.module, closure.outer)
        frame.names.update(bound)
        waiting = Closure(
            ast.Lambda(ast.arguments([], [], None, [], [], None, []), ast.Constant(None)), closure.module, frame
        )
        coroutine = Value(
            ("coroutine", id(closure.node)), closure=waiting, of="coroutine", items=(func,), roots=func.roots
        )
        run.pending.append(coroutine)
        return coroutine
    if any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in own_nodes(closure.node)):
        every = [*args, *words.values()]
        yielded = len(run.yielded)
        found = run.enter(closure, bound)
        given = run.yielded[yielded:]
        del run.yielded[yielded:]
        value = joined(("call", func.key, *(arg.key for arg in every)), *given, *every, *([] if given else [found]))
        return replace(instances.reached(run, closure, value), each=given[0] if given else None)
    if isinstance(closure.node, ast.AsyncFunctionDef):
        run.awaiting = False
    value = instances.reached(run, closure, run.enter(closure, bound))
    if func.source & Source.FAKE:
        return replace(value, source=value.source | Source.FAKE)
    if closure.copy_of:
        every = [*args, *words.values()]
        key = ("call", closure.copy_of, *(arg.key for arg in every))
        return replace(value, key=key, source=Source.COPY, calls=frozenset({closure.copy_of}))
    return value


def bind(run: Run, closure: Closure, args: Sequence[Value], words: dict[str, Value]) -> dict[str, Value]:
    names, spec = parameters(closure.node), closure.node.args
    given = [closure.bound, *args] if closure.bound is not None else list(args)
    bound: dict[str, Value] = dict(zip(names, given, strict=False))
    if spec.vararg is not None:
        rest = given[len(names) :]
        bound[spec.vararg.arg] = replace(joined(("display", *(v.key for v in rest)), *rest), items=tuple(rest))
    for arg, default in zip(reversed([*spec.posonlyargs, *spec.args]), reversed(spec.defaults), strict=False):
        if arg.arg not in bound and arg.arg not in words:
            bound[arg.arg] = evaluation.evaluate(run, default)
    for arg, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
        if arg.arg not in words and default is not None:
            bound[arg.arg] = evaluation.evaluate(run, default)
    known = {*names, *(arg.arg for arg in spec.kwonlyargs)}
    bound |= {name: value for name, value in words.items() if name in known}
    if spec.kwarg is not None:
        rest = [value for name, value in words.items() if name not in known]
        bound[spec.kwarg.arg] = joined(("words", *(v.key for v in rest)), *rest)
    for name in known - bound.keys():
        bound[name] = Value(("parameter", id(closure.node), name), Source.UNKNOWN)
    return bound


def awaited(run: Run, node: ast.Await) -> Value:
    run.awaiting = True
    value = evaluation.evaluate(run, node.value)
    run.awaiting = False
    return settle(run, value)


def settle(run: Run, value: Value) -> Value:
    """What a coroutine gives when it runs."""
    if value.of != "coroutine" or value.items is None or value.closure is None:
        return value
    if value in run.pending:
        run.pending.remove(value)
    func, frame = value.items[0], value.closure.outer
    assert func.closure is not None and frame is not None
    return run.enter(func.closure, frame.names)


# the product


def escape(run: Run, values: Sequence[Value], source: Source, *, moved: bool = True) -> None:
    """Objects that come into hands which may do anything to them; functions among them may be called."""
    disturb(run, source & ALIVE)
    for value in values:
        settled = settle(run, value)
        run.touch(settled.roots, source & ALIVE or Source.UNKNOWN, settled.calls, moved=moved)
        closure = value.closure
        if (
            closure is not None
            and value.of != "coroutine"
            and not closure.module.product
            and not _is_running(run, closure)
        ):
            call_back(run, closure)
        elif run.is_test_class(value.of) and (found := run.product.definition(value.of)) is not None:
            if isinstance(found[0], ast.ClassDef):
                instances.call_methods(run, found[0], found[1])
        elif value.items or value.pairs:
            inner = [*(value.items or ()), *(held for _, held in value.pairs or ())]
            held = [part for part in inner if part.closure is not None or part.of or part.items or part.pairs]
            escape(run, held, source, moved=moved)


def disturb(run: Run, source: Source) -> None:
    """Doubles in the product's place may be called by whatever runs now."""
    run.touch(run.patched, source, moved=False)
    for double in list(run.replaced.values()):
        if double.closure is not None and not _is_running(run, double.closure):
            call_back(run, double.closure)


def call_back(run: Run, closure: Closure) -> None:
    bound = {name: Value(("given", id(closure.node), name), Source.PRODUCT) for name in parameters(closure.node)}
    if closure.bound is not None and parameters(closure.node):
        bound[parameters(closure.node)[0]] = closure.bound
    run.running.append(id(closure.node))
    with run.under(Value(("callback",), Source.PRODUCT)):
        run.enter(closure, bound)
    run.running.pop()


def _is_running(run: Run, closure: Closure) -> bool:
    return id(closure.node) in run.running


# libraries and everything else
