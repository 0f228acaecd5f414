"""Calls and conditions of a Python test: assertions of every house, and helpers whose checks are the test's own."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from dataclasses import replace

from autopack.tampering.assertions import Condition, conditions, near, unless_state
from autopack.tampering.checks import Check, Place
from autopack.tampering.expecting import RAISES, WARNS, Expecting, expects_round_yield
from autopack.tampering.scopes import Scope, function_called
from autopack.tampering.statements import FAILS, checking, done_in, tolerance_of
from autopack.tampering.terms import bound_arguments, term, text_of
from autopack.tampering.unrolling import unrolled
from autopack.testcode.modules import Function
from autopack.testcode.syntax import dotted, leaf

_MOST_CALLS = 5
_STOPS = frozenset({"skip", "xfail", "skipTest", "importorskip"})
_TWO = {
    "assertEqual": "==", "assertEquals": "==", "assertListEqual": "==", "assertDictEqual": "==", "assertTupleEqual": "==",
    "assertSetEqual": "==", "assertSequenceEqual": "==", "assertMultiLineEqual": "==", "assertNotEqual": "!=",
    "assertIs": "is", "assertIsNot": "is not", "assertIn": "in", "assertNotIn": "not in", "assertGreater": ">",
    "assertGreaterEqual": ">=", "assertLess": "<", "assertLessEqual": "<=", "assert_equal": "==",
    "assert_array_equal": "==",
}  # fmt: skip
_OPS: dict[str, ast.cmpop] = {"==": ast.Eq(), "!=": ast.NotEq(), "is": ast.Is(), "is not": ast.IsNot(), "in": ast.In(),
        "not in": ast.NotIn(), ">": ast.Gt(), ">=": ast.GtE(), "<": ast.Lt(), "<=": ast.LtE()}  # fmt: skip
_MOCKS = {
    "assert_called_once_with": "called with", "assert_called_with": "called with", "assert_any_call": "called with",
    "assert_has_calls": "called with", "assert_awaited_once_with": "called with", "assert_awaited_with": "called with",
    "assert_not_called": "called times", "assert_called_once": "called times", "assert_called": "called",
    "assert_awaited_once": "called times", "assert_awaited": "called", "assert_not_awaited": "called times",
}  # fmt: skip


class Calls(Expecting):
    """As `Record`, for the calls and conditions in its statements."""

    def expression(self, node: ast.Expr, scope: Scope) -> bool:
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(value, ast.Call):
            return self._call(value, node, scope)
        if isinstance(value, ast.Compare | ast.BoolOp | ast.UnaryOp):
            for c in conditions(term(value, scope)):
                self.add(self.made(replace(c, op="nothing"), ast.unparse(value), scope), node, scope)
        elif isinstance(value, ast.Attribute) and value.attr.startswith(("assert", "called", "has_calls")):
            self.add(Check("nothing", text_of(term(value.value, scope)), "", (), ast.unparse(value)), node, scope)
        elif isinstance(value, ast.Name) and value.id.startswith(("assert", "check")):
            self.add(Check("nothing", value.id, "", (), value.id), node, scope)
        return True

    def _call(self, call: ast.Call, node: ast.Expr, scope: Scope) -> bool:
        name, args = leaf(call.func), call.args
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        root = dotted(call).split(".")[0]
        own = root in ("self", "cls") or (
            isinstance(owner, ast.Name) and owner.id.startswith(("np", "numpy", "testing", "case"))
        )
        if name in _STOPS and (root in ("pytest", "self", "unittest") or owner is None) and root != "request":
            kind = "xfailed" if name == "xfail" else "skipped"
            reason = ast.unparse(call)
            self.stopped(kind, node, reason, scope)
            return bool(self.guards) or name == "importorskip"
        if name in ("add_marker", "applymarker") and any(word in ast.unparse(call) for word in ("skip", "xfail")):
            self.stopped("xfailed" if "xfail" in ast.unparse(call) else "skipped", node, ast.unparse(call), scope)
            return True
        if name in FAILS and (own or root in ("pytest", "unittest") or owner is None):
            self.add(Check("fail", ast.unparse(call), "", (), ast.unparse(call)), node, scope)
            return False
        if owner is not None and name in _MOCKS:
            given = ", ".join(text_of(term(v, scope)) for v in [*args, *(w.value for w in call.keywords)])
            expected = given if _MOCKS[name] == "called with" else name
            self.add(Check(_MOCKS[name], text_of(term(owner, scope)), expected, (), ast.unparse(call)), node, scope)
            return True
        if name in _TWO and len(args) >= 2 and (own or name.startswith("assert_")):
            self.asserted(ast.Compare(args[0], [_OPS[_TWO[name]]], [args[1]]), node, scope, ast.unparse(call))
        elif own and name in ("assertTrue", "assert_", "assertFalse") and args:
            self.asserted(args[0], node, scope, ast.unparse(call), negated=name == "assertFalse")
        elif own and name in ("assertIsNone", "assertIsNotNone") and args:
            op = ast.Is() if name == "assertIsNone" else ast.IsNot()
            self.asserted(ast.Compare(args[0], [op], [ast.Constant(None)]), node, scope, ast.unparse(call))
        elif own and name in ("assertIsInstance", "assertNotIsInstance") and len(args) >= 2:
            given = ast.Call(ast.Name("isinstance", ast.Load()), args[:2], [])
            self.asserted(given, node, scope, ast.unparse(call), negated=name == "assertNotIsInstance")
        elif own and name == "assertCountEqual" and len(args) >= 2:
            self.add(
                self.made(Condition("set ==", term(args[0], scope), term(args[1], scope)), ast.unparse(call), scope),
                node,
                scope,
            )
        elif own and name == "assertRegex" and len(args) >= 2:
            self.add(
                self.made(Condition("matches", term(args[0], scope), term(args[1], scope)), ast.unparse(call), scope),
                node,
                scope,
            )
        elif (
            name in ("assertAlmostEqual", "assert_allclose", "assert_almost_equal", "assert_approx_equal")
            and len(args) >= 2
        ):
            self.met(
                near(term(args[0], scope), term(args[1], scope), tolerance_of(name, _worked_out(call, scope))),
                node,
                scope,
                ast.unparse(call),
            )
        elif name in RAISES | WARNS and len(args) >= 2:
            regex = name.endswith("Regex")
            done = ast.Call(args[2 if regex else 1], list(args[3 if regex else 2 :]), [])
            op = "warns" if name in WARNS else "raises"
            self.raised(op, call, args[:1], args[1:2] if regex else [], text_of(term(done, scope)), node, scope)
        elif not self.helper(call, node, scope):
            self.add(Check("ran", text_of(term(call, scope)), "", (), ast.unparse(call)), node, scope)
        return True

    def answered(self, call: ast.Call, node: ast.stmt, scope: Scope) -> ast.expr | None:
        """What a function of the tests' side gives that checks something before its only `return`; its checks are made."""
        found = function_called(call, scope) if self.depth < _MOST_CALLS else None
        *before, last = found[0].body if found is not None else [ast.Pass()]
        if found is None or not isinstance(last, ast.Return) or last.value is None:
            return None
        leaves = (ast.Return, ast.Yield, ast.YieldFrom)
        if not any(True for _ in checking(before)) or any(isinstance(n, leaves) for s in before for n in ast.walk(s)):
            return None
        inner = self._entered(call, node, scope, found, before)
        return term(unrolled(last.value, inner), inner)

    def helper(self, call: ast.Call, node: ast.stmt, scope: Scope, *, quiet: bool = False) -> bool:
        """The checks of a function of the tests' side that is called; False where there are none."""
        found = function_called(call, scope) if self.depth < _MOST_CALLS else None
        name = leaf(call.func)
        if found is None:
            if not quiet and name.lstrip("_").startswith(("assert", "check", "verify", "expect", "ensure")):
                given = ", ".join(text_of(term(a, scope)) for a in [*call.args, *(w.value for w in call.keywords)])
                self.add(Check("helper", given, name, (), ast.unparse(call)), node, scope)
                return True
            return False
        if not any(True for _ in checking(found[0].body)):
            return False
        self._entered(call, node, scope, found, found[0].body)
        return True

    def managed(self, call: ast.Call, node: ast.With | ast.AsyncWith, scope: Scope) -> bool:
        """The checks of a context manager of the tests' side that expects an error of what is done in it; False for any
        other."""
        found = function_called(call, scope) if self.depth < _MOST_CALLS else None
        body = found[0].body if found is not None else []
        at = next((n for n, statement in enumerate(body) if expects_round_yield(statement)), None)
        if found is None or at is None:
            return False
        inner = self._entered(call, node, scope, found, body[:at])
        places = self.places
        self.places = (*places, Place(scope.module.path, node.lineno))
        self.depth += 1
        self.round_yield(body[at], done_in(node.body, scope), inner)
        self.block(body[at + 1 :], inner)
        self.depth -= 1
        self.places = places
        return True

    def _entered(
        self,
        call: ast.Call,
        node: ast.stmt,
        scope: Scope,
        found: tuple[Function, Scope, bool],
        body: Sequence[ast.stmt],
    ) -> Scope:
        """The scope of a function of the tests' side that a call runs, behind these statements of it."""
        function, made_in, is_method = found
        env = {**made_in.env, **bound_arguments(function, call, scope, made_in, is_method=is_method)}
        inner = scope.inner(made_in.module, env, made_in.owner, dict(made_in.functions))
        places = self.places
        self.places = (*places, Place(scope.module.path, node.lineno))
        self.depth += 1
        self.block(body, inner)
        self.depth -= 1
        self.places = places
        return inner

    def asserted(self, test: ast.expr, node: ast.stmt, scope: Scope, text: str = "", *, negated: bool = False) -> None:
        del scope.used[:]
        said = text or f"assert {ast.unparse(test)}"
        if isinstance(test, ast.Call) and self.helper(test, node, scope, quiet=True):
            return
        found = conditions(term(self.put_in(test, node, scope), scope), negated=negated)
        self.met((c if c.op != "tautology" else unless_state(c, test) for c in found), node, scope, said)

    def put_in(self, value: ast.expr, node: ast.stmt, scope: Scope) -> ast.expr:
        """A value with what helpers answer that check something as well, and made in rounds."""
        return unrolled(_Asked(self, node, scope).visit(copy.deepcopy(value)), scope)


def _worked_out(call: ast.Call, scope: Scope) -> ast.Call:
    """The call with what its arguments are worth."""
    words = [ast.keyword(w.arg, term(w.value, scope)) for w in call.keywords]
    return ast.Call(call.func, [term(a, scope) for a in call.args], words)


class _Asked(ast.NodeTransformer):
    """Puts in what helpers answer that check something as well."""

    def __init__(self, walk: Calls, node: ast.stmt, scope: Scope) -> None:
        self.walk, self.node, self.scope = walk, node, scope

    def _as_it_is(self, node: ast.expr) -> ast.expr:
        return node

    visit_Lambda = visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _as_it_is

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        return self.walk.answered(node, self.node, self.scope) or node
