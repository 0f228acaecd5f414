"""The statements of a Python test in their order: which checks they make, and what keeps them from being made."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from autopack.tampering.assertions import conditions
from autopack.tampering.calling import Calls
from autopack.tampering.checks import Check, Place
from autopack.tampering.conditions import constant_truth
from autopack.tampering.expecting import RAISES, WARNS
from autopack.tampering.filling import forget_filled
from autopack.tampering.scopes import Scope, as_function
from autopack.tampering.statements import caught_by, checking, done_in, ends_in_failure, fails
from autopack.tampering.tables import rows_of
from autopack.tampering.terms import assign, forget, local, store, term, text_of
from autopack.testcode.modules import assignments
from autopack.testcode.syntax import leaf

MOST_CHECKS = 2000
_MOST_STATEMENTS = 20_000
_FILLED_BEHIND = (ast.Assert, ast.Expr, ast.Assign, ast.AnnAssign, ast.With, ast.AsyncWith, ast.Try, ast.If)
_CATCHES = frozenset({"AssertionError", "Exception", "BaseException"})


class Walk(Calls):
    """One round through a test."""

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
        """As `block`. What a round of a loop fills is filled in the next one; what a single statement fills, behind it."""
        simple = isinstance(node, ast.Assert | ast.Expr | ast.Assign | ast.AnnAssign)
        if simple or not isinstance(node, _FILLED_BEHIND):
            forget_filled(node, scope, read=simple)
        goes_on = self._single(node, rest, scope)
        if isinstance(node, _FILLED_BEHIND):
            forget_filled(node, scope)
        return goes_on

    def _single(self, node: ast.stmt, rest: Sequence[ast.stmt], scope: Scope) -> bool:
        match node:
            case ast.Assert():
                self.asserted(node.test, node, scope)
            case ast.Expr():
                return self.expression(node, scope)
            case ast.Assign() | ast.AnnAssign():
                for target, value in assignments(node):
                    assign(target, self.put_in(value, node, scope), scope)
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
                for inner in (n for n in ast.walk(node) if isinstance(n, ast.Nonlocal)):
                    scope.env.update((name, local(name)) for name in inner.names)
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
            if isinstance(context, ast.Call) and (name in RAISES or name in WARNS or name == "suppress"):
                self._expecting(name, context, node, scope)
                self.named_error(item)
                if name == "suppress" and _CATCHES & {leaf(a) for a in context.args}:
                    self.guards = (*self.guards, ("swallowed", Place(scope.module.path, node.lineno)))
            elif isinstance(context, ast.Call) and not self.managed(context, node, scope):
                self.helper(context, node, scope, quiet=True)
            if item.optional_vars is not None:
                forget(item.optional_vars, scope)
        goes_on = self.block(node.body, scope)
        self.guards = guards
        return goes_on

    def _expecting(self, name: str, context: ast.Call, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        body = node.body
        if len(body) == 1 and isinstance(body[0], ast.With):
            body = body[0].body
        op = "suppress" if name == "suppress" else "warns" if name in WARNS else "raises"
        self.raised(op, context, context.args[:1] if op != "suppress" else context.args,
            context.args[1:2] if op == "raises" or name.endswith("Regex") else [],
                    done_in(body, scope), node, scope)  # fmt: skip

    def _try(self, node: ast.Try, scope: Scope) -> bool:
        if ends_in_failure(node):
            self.failed_unless_raised(node, done_in([s for s in node.body if not fails(s)], scope), scope)
            return True
        caught = {leaf(e) for h in node.handlers for e in caught_by(h)} or (
            {"BaseException"} if node.handlers else set[str]()
        )
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
