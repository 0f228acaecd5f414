"""What stands round statements of a test: contexts that expect or replace something, and what swallows failures."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autopack.testcode import asserting, calling, doubles, evaluation, instances
from autopack.testcode.modules import Function
from autopack.testcode.product import own_nodes
from autopack.testcode.syntax import BROAD, CATCHES, CAUGHT, FLOATING, NO_THROW, leaf, names_of, swallower
from autopack.testcode.values import Source, Value

if TYPE_CHECKING:
    from autopack.testcode.running import Run

_EXPECT = frozenset({"raises", "warns", "deprecated_call", "assertRaises", "assertRaisesRegex", "assertWarns",
                     "assertWarnsRegex", "assertLogs", "assertNoLogs"})  # fmt: skip


def with_block(run: Run, node: ast.With | ast.AsyncWith) -> None:
    """A `with`, its contexts from the first on."""
    _enter(run, list(node.items), node)


def _enter(run: Run, items: Sequence[ast.withitem], node: ast.With | ast.AsyncWith) -> None:
    if not items:
        run.block(node.body)
        return
    item, rest = items[0], items[1:]
    context = item.context_expr
    line, path = node.lineno, run.frame.module.path
    if isinstance(context, ast.Call) and leaf(context.func) in _EXPECT:
        _expecting(run, context, item, rest, node)
        return
    if isinstance(context, ast.Name) and context.id == FLOATING:
        with run.swallowing((line, path, "nobody waits for the promise, so the test is over before it can fail")):
            _enter(run, rest, node)
        return
    if isinstance(context, ast.Name) and context.id == CAUGHT:
        with run.swallowing((line, path, "its `.catch` swallows the failed assertion")):
            _enter(run, rest, node)
        return
    if isinstance(context, ast.Name) and context.id == NO_THROW:
        life = run.life
        _enter(run, rest, node)
        asserting.met(run, line, "" if run.life > life else "constant_assertion", "the product is not called in it")
        return
    value = run.value(context)
    if value.of == "patch":
        replaced, attributes = dict(run.replaced), dict(run.attributes)
        double = doubles.apply(run, value)
        if item.optional_vars is not None:
            run.assign(item.optional_vars, double)
        _enter(run, rest, node)
        run.replaced, run.attributes = replaced, attributes
        return
    by = _suppressing(run, context, value)
    with run.swallowing((line, path, by) if by else None):
        entered = _called(run, value, "__enter__", "__aenter__")
        if item.optional_vars is not None:
            run.assign(item.optional_vars, entered if entered is not None else value.each or value)
        _enter(run, rest, node)
    _called(run, value, "__exit__", "__aexit__")


def _called(run: Run, value: Value, *names: str) -> Value | None:
    """What a method of the test's own context gives."""
    if not run.is_test_class(value.of):
        return None
    for name in names:
        method = instances.method_of(run, value, name)
        if method is not None and method.closure is not None:
            run.awaiting = True
            found = calling.own_call(
                run, method, [Value(("trace",), Source.UNKNOWN)] * (3 if "exit" in name else 0), {}
            )
            run.awaiting = False
            return found
    return None


def _expecting(
    run: Run, context: ast.Call, item: ast.withitem, rest: Sequence[ast.withitem], node: ast.With | ast.AsyncWith
) -> None:
    """`with raises(...)`: the block must fail in this way, by what the product does."""
    name, line = leaf(context.func), node.lineno
    expected = _expected(context)
    life, undefined, misfits, met = run.life, len(run.undefined), len(run.misfits), len(run.found)
    if item.optional_vars is not None:
        run.assign(item.optional_vars, Value(("caught", line), Source.UNKNOWN))
    with run.swallowing((line, run.frame.module.path, f"`{name}` takes the failed assertion for the expected error")
                        if name in ("raises", "assertRaises") and expected & CATCHES else None):  # fmt: skip
        from autopack.testcode.values import Stop

        try:
            _enter(run, rest, node)
        except Stop:
            pass
    broad = bool(expected & BROAD) or not expected
    kind, why = "", ""
    if name in ("raises", "assertRaises", "assertRaisesRegex"):
        if len(run.undefined) > undefined and (broad or "NameError" in expected):
            kind, why = (
                "swallowed_exception",
                f"the error is that `{run.undefined[undefined]}` does not exist in the test",
            )
        elif len(run.misfits) > misfits and broad:
            kind, why = "swallowed_exception", f"the error is the test's own: {run.misfits[misfits]}"
        elif any(isinstance(part, ast.Raise) for part in node.body) and not rest and not _raises_by_product(run, node):
            kind, why = "constant_assertion", "the test raises the expected error itself"
        elif expected & CATCHES and len(run.found) > met:
            kind, why = "swallowed_exception", "a failed assertion in it is taken for the expected error"
    if not kind and run.life == life:
        kind, why = "constant_assertion", "nothing in it calls the product"
    asserting.met(run, line, kind, why)


def _raises_by_product(run: Run, node: ast.With | ast.AsyncWith) -> bool:
    return any(isinstance(part, ast.With | ast.AsyncWith | ast.If | ast.For | ast.Try) for part in node.body)


def _expected(context: ast.Call) -> set[str]:
    """Names of the errors that a `raises` accepts."""
    given = (
        context.args[0]
        if context.args
        else next((w.value for w in context.keywords if w.arg == "expected_exception"), None)
    )
    return names_of(given)


def _suppressing(run: Run, context: ast.expr, value: Value) -> str:
    """How a context swallows failures; "" when it does not."""
    if isinstance(context, ast.Call):
        named = evaluation.evaluate(run, context.func).named
        if named == "contextlib.suppress":
            if {name for arg in context.args for name in names_of(arg)} & CATCHES:
                return "`contextlib.suppress` swallows the failed assertion"
            return ""
        if named in ("concurrent.futures.ThreadPoolExecutor",):
            return ""
        function = evaluation.evaluate(run, context.func).closure
        if function is not None and isinstance(function.node, Function):
            for part in own_nodes(function.node):
                if isinstance(part, ast.Try) and any(
                    isinstance(inner, ast.Yield) for stmt in part.body for inner in ast.walk(stmt)
                ):
                    by = swallower(part, function.module.path)
                    if by is not None:
                        return f"`{function.node.name}` swallows the failed assertion"
            return ""
    if value.of and run.is_test_class(value.of):
        found = run.product.definition(f"{value.of}.__exit__")
        if found is not None and isinstance(found[0], Function) and not found[1].product and _swallows(found[0]):
            return (
                f"`{value.of.rpartition('::')[2]}` swallows the failed assertion: its `__exit__` returns a true value"
            )
    return ""


def _swallows(leave: Function) -> bool:
    """Whether an `__exit__` says that every error is dealt with."""
    for part in own_nodes(leave):
        if isinstance(part, ast.Return) and part.value is not None:
            if isinstance(part.value, ast.Constant):
                if part.value.value:
                    return True
            elif {node.id for node in ast.walk(part.value) if isinstance(node, ast.Name)} & CATCHES:
                return True
    return False
