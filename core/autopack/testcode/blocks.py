"""Branches, loops, attempts and classes in the body of a test: what of them runs, and what is known behind them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.testcode import evaluation, names
from autopack.testcode.syntax import fails, swallower
from autopack.testcode.values import Source, Stop, Value, joined

if TYPE_CHECKING:
    from autopack.testcode.running import Run


def local_class(run: Run, node: ast.ClassDef) -> None:
    """A class inside of a function: what stands in its body runs at once."""
    found = names.class_value(run, node, run.frame.module, local=True)
    outer, run.frame = run.frame, run.new_frame(run.frame.module, run.frame)
    for part in node.body:
        if isinstance(part, ast.Assign | ast.AnnAssign | ast.Expr):
            run.statement(part)
    run.frame = outer
    for base in node.bases:
        run.life += run.value(base).alive
    run.frame.names[node.name] = found


def condition(run: Run, node: ast.If) -> None:
    test = run.value(node.test)
    if test.truth is not None and not test.alive:
        run.block(node.body if test.truth else node.orelse)
        return
    before = dict(run.frame.names)
    guards = [test.calls] if test.source & Source.PRODUCT and not fails(node.orelse) else []
    with run.under(test):
        run.guards += guards
        ended = not run.branch(node.body)
        del run.guards[len(run.guards) - len(guards) :]
        one, run.frame.names = run.frame.names, dict(before)
        also = not run.branch(node.orelse)
    if ended and also and node.orelse:
        raise Stop
    other = run.frame.names
    run.frame.names = other if ended else one if also else _merged(one, other)
    if ended != also:
        run.flow.append(replace(test, roots=frozenset()))
        if ended and not fails(node.body):
            run.guards += guards


def _merged(one: dict[str, Value], other: dict[str, Value]) -> dict[str, Value]:
    found = {**one, **other}
    for name in one.keys() & other.keys():
        if one[name] is not other[name] and one[name].key != other[name].key:
            found[name] = joined(("either", one[name].key, other[name].key), one[name], other[name])
    return found


def loop(run: Run, node: ast.For | ast.AsyncFor | ast.While) -> None:
    over = run.value(node.iter if isinstance(node, ast.For | ast.AsyncFor) else node.test)
    if over.truth is False and not over.alive:
        run.block(node.orelse)
        return
    for name in _stored(node.body):
        known = run.frame.names.get(name)
        if known is not None:
            run.frame.names[name] = replace(known, key=("loop", name, id(node)), truth=None, constant=..., items=None)
    flow, guards = len(run.flow), list(run.guards)
    with run.under(over):
        if isinstance(node, ast.For | ast.AsyncFor):
            run.assign(node.target, evaluation.element_of(over))
        run.branch(node.body)
        del run.flow[flow + 1 :]
    run.guards = guards
    run.block(node.orelse)


def attempt(run: Run, node: ast.Try) -> None:
    before, ran = dict(run.frame.names), len(run.ran)
    with run.swallowing(swallower(node, run.frame.module.path)):
        ended = not run.branch(node.body)
        if not ended:
            ended = not run.branch(node.orelse)
    one = run.frame.names
    broken = joined(("broken", id(node)), source=Source.PRODUCT if len(run.ran) > ran else Source.UNKNOWN)
    all_end = bool(node.handlers)
    guards: list[frozenset[str] | None] = []
    if len(run.ran) > ran and not fails([*node.body, *node.orelse]):
        guards.append(None)
    merged = one
    for handler in node.handlers:
        run.frame.names = _merged(one, before) | before
        if handler.name:
            run.frame.names[handler.name] = broken
        with run.under(broken):
            run.guards += guards
            handled = run.branch(handler.body)
            del run.guards[len(run.guards) - len(guards) :]
        all_end = all_end and not handled
        merged = _merged(merged, run.frame.names)
    run.frame.names = merged
    run.block(node.finalbody)
    if ended and (all_end or not node.handlers):
        raise Stop
    if all_end and node.handlers and not any(fails(handler.body) for handler in node.handlers):
        run.guards += guards


def _stored(body: Sequence[ast.stmt]) -> set[str]:
    return {node.id for part in body for node in ast.walk(part) if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)}  # fmt: skip
