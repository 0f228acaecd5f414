"""The statements of a Python test in their order: which checks they make, and what keeps them from being made."""

from __future__ import annotations

import ast
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from autopack.tampering.assertions import (
    Condition,
    as_number,
    conditions,
    is_computed,
    is_read_from_subject,
    near,
    peeled,
    unless_state,
)
from autopack.tampering.checks import Block, Check, Place
from autopack.tampering.conditions import constant_truth
from autopack.tampering.filling import forget_filled
from autopack.tampering.origins import is_of_mock, with_origins
from autopack.tampering.statements import FAILS, caught_by, checking, done_in, fails, tolerance_of
from autopack.tampering.tables import rows_of
from autopack.tampering.terms import (
    LOCAL,
    Scope,
    as_function,
    assign,
    bound_arguments,
    forget,
    function_called,
    store,
    term,
    text_of,
)
from autopack.tampering.unrolling import unrolled
from autopack.testcode.modules import assignments
from autopack.testcode.syntax import dotted, leaf

MOST_CHECKS = 2000
_MOST_STATEMENTS = 20_000
_MOST_CALLS = 5
_STOPS = frozenset({"skip", "xfail", "skipTest", "importorskip"})
_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_WARNS = frozenset({"warns", "deprecated_call", "assertWarns", "assertWarnsRegex", "assertLogs"})
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
_CATCHES = frozenset({"AssertionError", "Exception", "BaseException"})


@dataclass
class Walk:
    """One round through a test. `places`: the case and the calls that lead to the function at hand."""

    checks: list[Check] = field(default_factory=list[Check])
    blocks: list[Block] = field(default_factory=list[Block])
    loops: list[tuple[Place, int]] = field(default_factory=list[tuple[Place, int]])
    places: tuple[Place, ...] = ()
    guards: tuple[tuple[str, Place], ...] = ()
    cased: bool = False
    statements: int = 0
    depth: int = 0

    # blocks of statements

    def block(self, body: Sequence[ast.stmt], scope: Scope) -> bool:
        """Whether what stands behind it runs as well."""
        guards = self.guards
        for number, node in enumerate(body):
            self.statements += 1
            if self.statements > _MOST_STATEMENTS or len(self.checks) > MOST_CHECKS:
                return False
            if not self.statement(node, body[number + 1 :], scope):
                self.guards = guards
                return False
        self.guards = guards
        return True

    def statement(self, node: ast.stmt, rest: Sequence[ast.stmt], scope: Scope) -> bool:
        forget_filled(node, scope)
        match node:
            case ast.Assert():
                self.asserted(node.test, node, scope)
            case ast.Expr():
                return self.expression(node, scope)
            case ast.Assign() | ast.AnnAssign():
                for target, value in assignments(node):
                    assign(target, unrolled(value, scope), scope)
                    if isinstance(value, ast.Lambda) and isinstance(target, ast.Name):
                        scope.functions[target.id] = (as_function(target.id, value), scope)
                        scope.env.pop(target.id, None)
            case ast.AugAssign():
                forget(node.target, scope)
            case ast.Return():
                if self.depth == 0 and any(True for _ in checking(rest)):
                    self.stopped("skipped", node, "returns before it asserts", scope)
                return False
            case ast.Raise():
                return self._raise(node, scope)
            case ast.If():
                return self._if(node, rest, scope)
            case ast.For() | ast.AsyncFor():
                self._loop(node, scope)
            case ast.While():
                if constant_truth(node.test) is not False:
                    self.block(node.body, scope)
            case ast.Try():
                return self._try(node, scope)
            case ast.With() | ast.AsyncWith():
                return self._with(node, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                scope.functions[node.name] = (node, scope)
                scope.env.pop(node.name, None)
            case ast.Match():
                for case in node.cases:
                    self.block(case.body, scope)
            case ast.Continue() | ast.Break():
                return False
            case _:
                pass
        return True

    def _if(self, node: ast.If, rest: Sequence[ast.stmt], scope: Scope) -> bool:
        truth = constant_truth(term(node.test, scope))
        if truth is not None:
            return self.block(node.body if truth else node.orelse, scope)
        last = node.body[-1]
        if fails(last) and not node.orelse:
            self.met(conditions(term(node.test, scope), negated=True), node, scope, ast.unparse(node.test))
            return True
        text = text_of(term(node.test, scope))
        ends = isinstance(last, ast.Return | ast.Continue | ast.Break)
        with self.guarded(f"if {text}", Place(scope.module.path, node.lineno)):
            self.block(node.body, scope)
        with self.guarded(f"unless {text}", Place(scope.module.path, node.lineno)):
            self.block(node.orelse, scope)
        if ends and any(True for _ in checking(rest)):
            self.guards = (*self.guards, (f"unless {text}", Place(scope.module.path, last.lineno)))
        return True

    def _loop(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        rows = rows_of(node.iter, scope)
        holds = any(True for _ in checking(node.body))
        if holds and rows is not None:
            self.loops.append((Place(scope.module.path, node.lineno), len(rows)))
        if rows is None or not holds or len(rows) * max(1, len(self.checks)) > MOST_CHECKS * 20:
            forget(node.target, scope)
            self.block(node.body, scope)
        else:
            for row in rows:
                places, cased = self.places, self.cased
                self.places, self.cased = (row.place, *places), True
                store(node.target, row.value, scope)
                self.block(node.body, scope)
                self.places, self.cased = places, cased
        self.block(node.orelse, scope)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> bool:
        guards = self.guards
        for item in node.items:
            context = item.context_expr
            name = leaf(context.func) if isinstance(context, ast.Call) else ""
            if isinstance(context, ast.Call) and (name in _RAISES or name in _WARNS or name == "suppress"):
                self._expecting(name, context, node, scope)
                if name == "suppress" and _CATCHES & {leaf(a) for a in context.args}:
                    self.guards = (*self.guards, ("swallowed", Place(scope.module.path, node.lineno)))
            elif isinstance(context, ast.Call):
                self._helper(context, node, scope, quiet=True)
            if item.optional_vars is not None:
                forget(item.optional_vars, scope)
        goes_on = self.block(node.body, scope)
        self.guards = guards
        return goes_on

    def _expecting(self, name: str, context: ast.Call, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        body = node.body
        if len(body) == 1 and isinstance(body[0], ast.With):
            body = body[0].body
        op = "suppress" if name == "suppress" else "warns" if name in _WARNS else "raises"
        self.raised(op, context, context.args[:1] if op != "suppress" else context.args,
            context.args[1:2] if name.endswith("Regex") else [],
                    done_in(body, scope), node, scope)  # fmt: skip

    def raised(self, op: str, context: ast.Call, kinds: Sequence[ast.expr], match: Sequence[ast.expr], done: str,
        node: ast.stmt,
               scope: Scope) -> None:  # fmt: skip
        words = {w.arg: w.value for w in context.keywords}
        named = [*kinds, *(v for k, v in words.items() if k in ("expected_exception", "expected_warning", "exception"))]
        text = [*match, *(v for k, v in words.items() if k in ("match", "expected_regex"))]
        worth = [_named_here(term(kind, scope), scope) for kind in named]
        each = (e for kind in worth for e in (kind.elts if isinstance(kind, ast.Tuple) else [kind]))
        errors = ",".join(sorted({leaf(e).removeprefix(LOCAL) for e in each}))
        said = f" match {text_of(term(text[0], scope))}" if text else ""
        self.add(Check(op, done, errors + said, (), ast.unparse(context)), node, scope)

    def _try(self, node: ast.Try, scope: Scope) -> bool:
        ends = [*node.body[-1:], *node.orelse[-1:]]
        caught = {leaf(e) for h in node.handlers for e in caught_by(h)} or (
            {"BaseException"} if node.handlers else set[str]()
        )
        if any(fails(end) for end in ends):
            done = [s for s in node.body if not fails(s)]
            self.add(Check("raises", done_in(done, scope), ",".join(sorted(caught)), (),
                "except " + ", ".join(sorted(caught))),
                     node.handlers[0] if node.handlers else node, scope)  # fmt: skip
            for handler in node.handlers:
                self.block(handler.body, scope)
            return True
        leaves = all(not fails(h.body[-1]) and not isinstance(h.body[-1], ast.Raise) for h in node.handlers)
        swallows = bool(caught & _CATCHES) and leaves
        guards = self.guards
        if swallows:
            self.guards = (*guards, ("swallowed", Place(scope.module.path, node.handlers[0].lineno)))
        elif leaves and node.handlers and not any(True for _ in checking(node.body)):
            errors = ",".join(sorted(caught))
            self.add(
                Check("suppress", done_in(node.body, scope), errors, (), f"except {errors}"), node.handlers[0], scope
            )
        goes_on = self.block([*node.body, *node.orelse], scope)
        self.guards = guards
        for handler in node.handlers:
            with self.guarded(f"except {','.join(sorted(caught))}", Place(scope.module.path, handler.lineno)):
                self.block(handler.body, scope)
        return (self.block(node.finalbody, scope) and goes_on) or bool(node.handlers)

    def _raise(self, node: ast.Raise, scope: Scope) -> bool:
        name = leaf(node.exc) if node.exc is not None else ""
        if name in ("SkipTest", "Skipped"):
            self.stopped("skipped", node, f"raises {name}", scope)
        elif name == "AssertionError" or (self.depth == 0 and self.guards == ()):
            self.add(Check("fail", ast.unparse(node), "", (), ast.unparse(node)), node, scope)
        return False

    # single statements

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
                near(term(args[0], scope), term(args[1], scope), tolerance_of(name, call)),
                node,
                scope,
                ast.unparse(call),
            )
        elif name in _RAISES | _WARNS and len(args) >= 2:
            regex = name.endswith("Regex")
            done = ast.Call(args[2 if regex else 1], list(args[3 if regex else 2 :]), [])
            op = "warns" if name in _WARNS else "raises"
            self.raised(op, call, args[:1], args[1:2] if regex else [], text_of(term(done, scope)), node, scope)
        elif not self._helper(call, node, scope):
            self.add(Check("ran", text_of(term(call, scope)), "", (), ast.unparse(call)), node, scope)
        return True

    def _helper(self, call: ast.Call, node: ast.stmt, scope: Scope, *, quiet: bool = False) -> bool:
        """The checks of a function of the tests' side that is called; False where there are none."""
        found = function_called(call, scope) if self.depth < _MOST_CALLS else None
        name = leaf(call.func)
        if found is None:
            if not quiet and name.lstrip("_").startswith(("assert", "check", "verify", "expect", "ensure")):
                given = ", ".join(text_of(term(a, scope)) for a in [*call.args, *(w.value for w in call.keywords)])
                self.add(Check("helper", given, name, (), ast.unparse(call)), node, scope)
                return True
            return False
        function, made_in, is_method = found
        if not any(True for _ in checking(function.body)):
            return False
        env = {**made_in.env, **bound_arguments(function, call, scope, is_method=is_method)}
        inner = scope.inner(made_in.module, env, made_in.owner, dict(made_in.functions))
        places = self.places
        self.places = (*places, Place(scope.module.path, node.lineno))
        self.depth += 1
        self.block(function.body, inner)
        self.depth -= 1
        self.places = places
        return True

    def asserted(self, test: ast.expr, node: ast.stmt, scope: Scope, text: str = "", *, negated: bool = False) -> None:
        del scope.used[:]
        said = text or f"assert {ast.unparse(test)}"
        if isinstance(test, ast.Call) and self._helper(test, node, scope, quiet=True):
            return
        found = conditions(term(unrolled(test, scope), scope), negated=negated)
        self.met((c if c.op != "tautology" else unless_state(c, test) for c in found), node, scope, said)

    def met(self, found: Iterator[Condition], node: ast.stmt, scope: Scope, text: str) -> None:
        for condition in found:
            self.add(self.made(condition, text, scope), node, scope)

    def made(self, c: Condition, text: str, scope: Scope) -> Check:
        core, losses = peeled(c.subject)
        if c.op == "truth" and "Snapshot" in leaf(c.subject):
            return Check("snapshot", text_of(c.subject), "", (), text)
        expected = text_of(c.expected) if c.expected is not None else ""
        return Check(
            c.op, text_of(c.subject), expected, (), text, tolerance=c.tolerance, core=text_of(core), losses=losses,
            number=as_number(c.expected) if c.expected is not None else None,
            computed=is_computed(c.expected, c.subject) or is_read_from_subject(c.expected, c.subject, text),
            whole=text_of(with_origins(c.subject, scope)), of_mock=is_of_mock(core, scope),
        )  # fmt: skip

    def add(self, check: Check, node: ast.stmt | ast.ExceptHandler, scope: Scope) -> None:
        put_in = [Place(path, line) for path, line in scope.used]
        del scope.used[:]
        places = (*put_in, *self.places, Place(scope.module.path, node.lineno))
        guards = frozenset(text for text, _ in self.guards)
        self.checks.append(replace(check, places=places, guards=guards, cased=self.cased,
                                   guard_place=self.guards[-1][1] if self.guards else None))  # fmt: skip

    def stopped(self, kind: str, node: ast.stmt, text: str, scope: Scope) -> None:
        key = " ".join((*(guard for guard, _ in self.guards), ast.unparse(node)))
        self.blocks.append(Block(kind, Place(scope.module.path, node.lineno), key, text))

    @contextmanager
    def guarded(self, text: str, place: Place) -> Generator[None]:
        guards = self.guards
        self.guards = (*guards, (text, place))
        yield
        self.guards = guards


def _named_here(kind: ast.expr, scope: Scope) -> ast.expr:
    """What errors a constant of the module stands for, where it is one."""
    values = scope.module.assigned.get(kind.id, []) if isinstance(kind, ast.Name) else []
    return values[0] if len(values) == 1 and isinstance(values[0], ast.Tuple | ast.Name | ast.Attribute) else kind
