"""Tests without an assertion: those whose point is that the call does not fail, and those that have none."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from autopack.testcode import base_runs, product_calls
from autopack.testcode.product import raises
from autopack.testcode.python_tests import Form, TestFunction
from autopack.testcode.syntax import leaf

if TYPE_CHECKING:
    from autopack.testcode.running import Run
    from autopack.testcode.vacuity import Doubt, Facts

_SMOKE = re.compile(
    r"crash|rais|throw|smoke|hang|deadlock|surviv|without_?\s*(?:an?\s+)?error|no_?\s*error|not_?\s*fail|accept|allow|tolerat|import",
    re.IGNORECASE,
)
"""Words by which a test or a goal says that the call coming back is the point."""


def never_runs(test: TestFunction) -> str:
    """Why the runner does not run the body of a test that it counts as passed; "" when it does."""
    if test.is_generator:
        return "it is a generator, which the runner makes and never runs"
    if test.is_async and test.unittest and test.owner is not None:
        bases = {leaf(base) for base in test.owner.bases}
        if bases == {"TestCase"}:
            return "it is `async` in a plain TestCase, so nobody awaits it"
    return ""


def silent(run: Run, facts: Facts, test: TestFunction) -> Doubt | None:
    """The doubt about a test in which no assertion was met, or none that always runs."""
    from autopack.testcode.vacuity import Doubt, Kind

    guarded = next((found for found in run.found if found.guarded), None)
    if guarded is not None:
        line = guarded.line if guarded.path == test.path else test.node.lineno
        why = "it asserts only where the result already is what it should be, and passes otherwise"
        return Doubt(test.place, test.path, line, Kind.NO_ASSERTION, why, sure=False)
    loose = next((found for found in run.loose if found[1] == test.path), None)
    if loose is not None:
        return Doubt(test.place, test.path, loose[0], Kind.NO_ASSERTION, f"it asserts nothing: {loose[2]}")
    if test.mark("xfail") is not None:
        return None
    own = [a for a in test.assertions if test.line <= a.line <= test.end_line]
    written = [a for a in own if a.form is not Form.HELPER]
    uncalled = next((a for a in written if not a.called), None)
    if uncalled is not None:
        why = (
            "its assertions stand in a function that nobody calls"
            if not run.unawaited
            else "nobody awaits what asserts"
        )
        return Doubt(test.place, test.path, _holder(test, uncalled.line), Kind.NO_ASSERTION, why)
    if run.unawaited:
        return Doubt(test.place, test.path, run.unawaited[0], Kind.NO_ASSERTION, "nobody awaits what asserts")
    if written:
        return Doubt(test.place, test.path, written[0].line, Kind.NO_ASSERTION, "its assertions are never reached")
    if not run.dropped and not run.ran:
        if run.life:
            return None
        return Doubt(
            test.place,
            test.path,
            test.node.lineno,
            Kind.NO_ASSERTION,
            "it neither calls the product nor asserts anything",
        )
    if run.swallowed_calls:
        at, path, by = run.swallowed_calls[0]
        line = at if path == test.path else test.node.lineno
        return Doubt(
            test.place, test.path, line, Kind.SWALLOWED_EXCEPTION, by.replace("the failed assertion", "every failure")
        )
    known = base_runs.outcome(facts.passes_on_base, test.place) is not None
    if not known and _is_smoke(run, facts, test):
        return None
    call = run.dropped[0][1] if run.dropped else None
    line = call.lineno if call is not None and run.dropped[0][2] == test.path else test.node.lineno
    why = "it asserts nothing: the result of the call is thrown away" if call is not None else "it asserts nothing"
    return Doubt(
        test.place,
        test.path,
        line,
        Kind.NO_ASSERTION,
        why,
        sure=known and base_runs.outcome(facts.passes_on_base, test.place) is True,
    )


def _is_smoke(run: Run, facts: Facts, test: TestFunction) -> bool:
    """Whether coming back is what the call is for: the test or the goal says so, or what is called gives nothing and
    refuses what is wrong by raising."""
    told = " ".join((test.name, ast.get_docstring(test.node) or "", facts.goal))
    if _SMOKE.search(told):
        return True
    if any(not named for named, _, _ in run.ran):
        return True
    refuses = False
    for named, _, _ in run.dropped:
        found = run.product.function(named) if named else None
        if found is None:
            return True
        if not product_calls.takes_nothing(run, named):
            return False
        refuses = refuses or raises(found[0])
    return refuses


def _holder(test: TestFunction, line: int) -> int:
    """The line of the inner function that holds a line."""
    found = [node.lineno for node in ast.walk(test.node) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
             and node is not test.node and node.lineno <= line <= (node.end_lineno or line)]  # fmt: skip
    return found[0] if found else test.node.lineno
