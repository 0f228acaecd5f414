"""Statements of a test that can fail it: recognised in every form, judged as they are met."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from autopack.testcode import guarding, judging
from autopack.testcode.syntax import leaf
from autopack.testcode.values import Source

if TYPE_CHECKING:
    from autopack.testcode.running import Run

_TWO = {
    "assertEqual": ast.Eq, "assertEquals": ast.Eq, "assertListEqual": ast.Eq, "assertDictEqual": ast.Eq,
    "assertTupleEqual": ast.Eq, "assertSetEqual": ast.Eq, "assertSequenceEqual": ast.Eq, "assertMultiLineEqual": ast.Eq,
    "assertCountEqual": ast.Eq, "assertAlmostEqual": ast.Eq, "assertNotEqual": ast.NotEq, "assertNotAlmostEqual": ast.NotEq,
    "assertIs": ast.Is, "assertIsNot": ast.IsNot, "assertIn": ast.In, "assertNotIn": ast.NotIn, "assertGreater": ast.Gt,
    "assertGreaterEqual": ast.GtE, "assertLess": ast.Lt, "assertLessEqual": ast.LtE,
}  # fmt: skip
_MOCK = re.compile(
    r"assert_(?:any_call|called|called_once|called_once_with|called_with|has_calls|not_called|any_await|awaited|"
    r"awaited_once|awaited_once_with|awaited_with|has_awaits|not_awaited)"
)
_MISSPELT = frozenset({"called_once", "called_once_with", "called_with", "has_calls", "not_called", "any_call",
                       "assert_called_once_wit", "called_once_With"})  # fmt: skip
_SOUNDS = re.compile(
    r"(?:_*(?:assert|check|verify|expect|ensure|should|must|compare|validate|match|fail))|(?:.*(?:_match|_equal|_allclose))"
)
"""Names by which a function nobody can look into is taken for one that asserts."""
_COUNTS = frozenset({"assertions", "hasAssertions", "plan"})
"""What a script says to have its assertions counted: then one that is not reached fails the test."""
_STOPS = frozenset({"skip", "xfail", "skipTest", "exit", "importorskip"})


def expression(run: Run, node: ast.Expr) -> None:
    """A statement that is an expression: an assertion, a call for its effect, or nothing."""
    inner = node.value
    call = inner.value if isinstance(inner, ast.Await) else inner
    if isinstance(call, ast.Call) and leaf(call.func) == "submit":
        by = "nobody asks the executor for the result, which swallows the failed assertion"
        with run.swallowing((node.lineno, run.frame.module.path, by)):
            _for_effect(run, inner, call)
        return
    if isinstance(call, ast.Call):
        if not _called(run, call, node.lineno):
            _for_effect(run, inner, call)
        return
    if isinstance(inner, ast.Compare | ast.BoolOp | ast.UnaryOp):
        run.loose.append((node.lineno, run.frame.module.path, "a comparison without `assert`"))
    elif isinstance(inner, ast.Attribute) and leaf(inner).startswith(("assert", "to")) and inner.attr != "to":
        run.loose.append((node.lineno, run.frame.module.path, f"`{inner.attr}` is named and not called"))
    run.value(inner)


def _for_effect(run: Run, inner: ast.expr, call: ast.Call) -> None:
    ran, life = len(run.ran), run.life
    value = run.value(inner)
    if value in run.pending and run.frame.module is run.module:
        run.unawaited.append(call.lineno)
    if len(run.ran) > ran:
        named = run.ran[ran:][-1][0]
        run.swallowed_calls += run.swallowed[-1:]
        run.dropped.append((named, call, run.frame.module.path))
    elif run.life > life and _SOUNDS.fullmatch(leaf(call.func)) and value.closure is None:
        met(run, call.lineno)


def _called(run: Run, call: ast.Call, line: int) -> bool:
    """Whether the call is an assertion; it is judged then."""
    name = leaf(call.func)
    args = call.args
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    own = isinstance(owner, ast.Name) and owner.id in ("self", "cls", "tc", "test")
    if name in _STOPS and (isinstance(owner, ast.Name) and owner.id in ("pytest", "self", "unittest", "t", "this")):
        from autopack.testcode.values import Stop

        raise Stop
    if name in _COUNTS and isinstance(owner, ast.Name) and owner.id in ("expect", "t"):
        run.counted = True
        return True
    if name == "fail" and (own or isinstance(owner, ast.Name)):
        failed(run, line)
        from autopack.testcode.values import Stop

        raise Stop
    if own and name in _TWO and len(args) >= 2:
        asserted(run, _at(call, ast.Compare(args[0], [_TWO[name]()], [args[1]])), line)
    elif own and name in ("assertTrue", "assertFalse", "assert_") and args:
        if len(args) > 1 and isinstance(args[1], ast.Constant) and not isinstance(args[1].value, str):
            run.value(args[0])
            met(
                run,
                line,
                "tautology",
                f"the second argument of `{name}` is only a message and is compared with nothing",
                sure=False,
            )
        else:
            asserted(run, _at(call, ast.UnaryOp(ast.Not(), args[0])) if name == "assertFalse" else args[0], line)
    elif own and name in ("assertIsNone", "assertIsNotNone") and args:
        op = ast.Is() if name == "assertIsNone" else ast.IsNot()
        asserted(run, _at(call, ast.Compare(args[0], [op], [ast.Constant(None)])), line)
    elif own and name in ("assertIsInstance", "assertNotIsInstance") and len(args) >= 2:
        test = _at(call, ast.Call(ast.Name("isinstance", ast.Load()), args[:2], []))
        asserted(run, test if name == "assertIsInstance" else _at(call, ast.UnaryOp(ast.Not(), test)), line)
    elif (
        name in ("raises", "warns", "assertRaises", "assertRaisesRegex", "assertWarns", "deprecated_call")
        and len(args) > 1
    ):
        _raising_call(run, call, line)
    elif own and name.startswith("assert"):
        values = [run.value(arg) for arg in args]
        judging.plain(run, values, line)
    elif owner is not None and _MOCK.fullmatch(name):
        _mock_assertion(run, owner, args, line)
    elif owner is not None and name in _MISSPELT and run.value(owner).mock:
        run.loose.append((line, run.frame.module.path, f"`{name}` of a mock asserts nothing; `assert_{name}` would"))
    else:
        return False
    return True


def _mock_assertion(run: Run, owner: ast.expr, args: list[ast.expr], line: int) -> None:
    value = run.value(owner)
    for arg in args:
        run.value(arg)
    if value.alive:
        met(run, line)
    elif value.mock or value.source & Source.FAKE:
        met(run, line, "subject_mocked", "only the test itself calls the double it asserts on")
    else:
        met(run, line, "constant_assertion", "it depends on nothing that the product does")


def _raising_call(run: Run, call: ast.Call, line: int) -> None:
    """`raises(Error, function, *args)`."""
    at = 2 if leaf(call.func) in ("assertRaisesRegex",) else 1
    if at >= len(call.args):
        return
    inner = ast.copy_location(ast.Call(call.args[at], call.args[at + 1 :], call.keywords), call)
    block = ast.With([ast.withitem(ast.copy_location(ast.Call(call.func, call.args[:at], []), call))], [
        ast.copy_location(ast.Expr(inner), call)])  # fmt: skip
    guarding.with_block(run, ast.copy_location(block, call))


def asserted(run: Run, test: ast.expr, line: int) -> None:
    """`assert test`."""
    judging.judged(run, test, line)


def raised(run: Run, node: ast.Raise) -> None:
    """A `raise` by which the test fails itself, under a condition."""
    if node.exc is not None:
        name = leaf(node.exc)
        if name in ("SkipTest", "skip"):
            return
        if run.flow and name == "AssertionError":
            failed(run, node.lineno)


def failed(run: Run, line: int) -> None:
    """A failure that only comes where the product went the wrong way; one that always comes says as much as it runs."""
    source = run.flow_source()
    if run.flow and not source:
        met(run, line, "constant_assertion", "the condition before it does not depend on the product")
        return
    guards, run.guards = run.guards, []
    met(run, line)
    run.guards = guards


def met(run: Run, line: int, kind: str = "", why: str = "", *, sure: bool = True) -> None:
    """Note an assertion. What swallows its failure is said before what else is wrong with it."""
    from autopack.testcode.values import Found

    path = run.frame.module.path
    if run.swallowed:
        at, by_path, by = run.swallowed[-1]
        found = Found(at, by_path, "swallowed_exception", by)
    else:
        guarded = not run.counted and any(guard is None or guard & run.noted for guard in run.guards)
        found = Found(line, path, kind, why, sure, guarded and not kind)
    run.found.append(found)


def _at(place: ast.AST, node: ast.expr) -> ast.expr:
    found = ast.copy_location(node, place)
    return ast.fix_missing_locations(found)
