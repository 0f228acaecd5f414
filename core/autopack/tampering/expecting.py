"""Errors and warnings that a Python test expects, in all the ways of saying so."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Sequence

from autopack.tampering.checks import Check
from autopack.tampering.error_texts import Caught, said_by
from autopack.tampering.recording import Record
from autopack.tampering.scopes import Scope
from autopack.tampering.statements import caught_by, ends_in_failure
from autopack.tampering.terms import LOCAL, term, text_of
from autopack.testcode.syntax import leaf

RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
WARNS = frozenset({"warns", "deprecated_call", "assertWarns", "assertWarnsRegex", "assertLogs"})
_OF_CALLS = {"deprecated_call": "DeprecationWarning"}


class Expecting(Record, ABC):
    """As `Record`, for the errors that its statements expect."""

    @abstractmethod
    def block(self, body: Sequence[ast.stmt], scope: Scope) -> bool:
        """Whether what stands behind these statements runs as well."""

    def raised(self, op: str, context: ast.Call, kinds: Sequence[ast.expr], match: Sequence[ast.expr], done: str,
        node: ast.stmt,
               scope: Scope) -> None:  # fmt: skip
        words = {w.arg: w.value for w in context.keywords}
        named = [*kinds, *(v for k, v in words.items() if k in ("expected_exception", "expected_warning", "exception"))]
        text = [*match, *(v for k, v in words.items() if k in ("match", "expected_regex"))]
        worth = [_named_here(term(kind, scope), scope) for kind in named]
        each = (e for kind in worth for e in (kind.elts if isinstance(kind, ast.Tuple) else [kind]))
        errors = ",".join(sorted({leaf(e).removeprefix(LOCAL) for e in each})) or _OF_CALLS.get(leaf(context.func), "")
        said = f" match {text_of(said_by(term(text[0], scope)))}" if text else ""
        self.add(Check(op, done, errors + said, (), ast.unparse(context)), node, scope)

    def round_yield(self, node: ast.stmt, done: str, scope: Scope) -> None:
        """What a `with` or a `try` of a context manager asks of what is done where it yields."""
        if isinstance(node, ast.Try):
            self.failed_unless_raised(node, done, scope)
        for item in node.items if isinstance(node, ast.With) else ():
            context = item.context_expr
            if not isinstance(context, ast.Call) or not is_expecting(context):
                continue
            op = "warns" if leaf(context.func) in WARNS else "raises"
            text = context.args[1:2] if op == "raises" or leaf(context.func).endswith("Regex") else []
            self.raised(op, context, context.args[:1], text, done, node, scope)
            self.named_error(item)

    def named_error(self, item: ast.withitem) -> None:
        """What a `with` that expects an error, as said just now, calls it."""
        if isinstance(item.optional_vars, ast.Name) and self.checks:
            expecting = self.checks[-1]
            names = expecting.expected.partition(" match ")[0]
            self.caught[item.optional_vars.id] = Caught(expecting.op, expecting.subject, names)

    def failed_unless_raised(self, node: ast.Try, done: str, scope: Scope) -> None:
        """A `try` that fails where nothing is raised expects what it catches."""
        caught = ",".join(sorted({leaf(e) for h in node.handlers for e in caught_by(h)}))
        first = node.handlers[0] if node.handlers else node
        self.add(Check("raises", done, caught, (), "except " + caught.replace(",", ", ")), first, scope)
        for handler in node.handlers:
            if handler.name:
                self.caught[handler.name] = Caught("raises", done, caught)
            self.block(handler.body, scope)


def is_expecting(context: ast.expr) -> bool:
    return isinstance(context, ast.Call) and leaf(context.func) in RAISES | WARNS


def expects_round_yield(node: ast.stmt) -> bool:
    if not isinstance(node, ast.With | ast.Try):
        return False
    yields = any(isinstance(n, ast.Yield) for statement in node.body for n in ast.walk(statement))
    expects = (
        ends_in_failure(node) if isinstance(node, ast.Try) else any(is_expecting(i.context_expr) for i in node.items)
    )
    return yields and expects


def _named_here(kind: ast.expr, scope: Scope) -> ast.expr:
    """What errors a constant of the module stands for, where it is one."""
    values = scope.module.assigned.get(kind.id, []) if isinstance(kind, ast.Name) else []
    return values[0] if len(values) == 1 and isinstance(values[0], ast.Tuple | ast.Name | ast.Attribute) else kind
