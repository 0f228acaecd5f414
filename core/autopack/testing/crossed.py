"""The base's own tests on the candidate's product code: what a change of the tests hides.

A test that passed on the base and fails here fails because of the product code. Where the candidate's run does not say so,
the change of the tests (or of their configuration) is why.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from autopack.model.changes import ChangeSet, FileChange
from autopack.model.evidence import Delta, Failure, RunnerEnd, TestOutcome, TestReport
from autopack.model.findings import Finding, Range, Related, Severity, Tree
from autopack.model.rules import finding
from autopack.testing.delta import GOOD
from autopack.testing.functions import functions, names_with_helpers, parsed, span, used_names
from autopack.testing.ids import function_of
from autopack.testing.invocation import file_part
from autopack.testing.licence import Licence
from autopack.testing.lines import added_lines, is_python
from autopack.testing.moved import successors
from autopack.testing.report import EXIT_STATUS_ID, FAILING
from autopack.testing.sides import Sides, names_of
from autopack.text import shorten

_ADDS = "The goal only adds: keep what is expected of what was there, or let the goal say that it changes."


@dataclass(frozen=True, slots=True)
class Masked:
    """A test of the base that fails on the candidate's product code while the candidate's run is silent about it: `test`
    is its id in the base, `now` its id in the candidate; `outcome` what it did there, None for a test that is gone;
    `successor` is a new test about the same things that passes, "" when there is none."""

    test: str
    now: str
    outcome: TestOutcome | None
    failure: Failure | None
    successor: str = ""

    @property
    def hidden(self) -> bool:
        """Not run, or not counted: skipped, expected to fail, gone."""
        return self.outcome not in GOOD


def worth_crossing(sides: Sides, baseline: TestReport) -> tuple[str, ...] | None:
    """Which tests of the base are worth running on the candidate's product code: those that passed and whose files the
    change touches, all that passed where it touches what decides which tests run; () where there is nothing to ask,
    None for all in one go."""
    if not sides.product.changes or not sides.tests.changes:
        return ()
    passed = [r.id for r in baseline.results if r.outcome in GOOD and r.id != EXIT_STATUS_ID]
    if baseline.runner == "command":
        return None if passed and _touches_base(sides) else ()
    if sides.configuration or _helpers(sides, passed):
        return None if passed else ()
    touched = {path for c in sides.tests.changes if c.before is not None for path in names_of(c)}
    return tuple(sorted(t for t in passed if file_part(t) in touched))


def _touches_base(sides: Sides) -> bool:
    return bool(sides.configuration) or any(c.before is not None for c in sides.tests.changes)


def _helpers(sides: Sides, passed: Collection[str]) -> bool:
    """Whether the change touches files on the tests' side that hold no test themselves: any test may use them."""
    holders = {file_part(t) for t in passed}
    return any(c.before is not None and holders.isdisjoint(names_of(c)) for c in sides.tests.changes)


def passing_functions(report: TestReport) -> frozenset[str]:
    """Places of the test functions all of whose cases passed in a run that came to its end."""
    if report.end is not RunnerEnd.FINISHED:
        return frozenset()
    bad = {function_of(r.id) for r in report.results if r.outcome not in GOOD}
    return frozenset(function_of(r.id) for r in report.results) - bad


_WORDED = re.compile(r"[^\W\d_]{3}")
"""A text with a word in it is a subject of the plan where the plan has one of its words."""


_ASKS = re.compile(r"assert\b|AssertionError|Failed\b|DID NOT|Regex")
"""How the message of a failed assertion begins; an error's begins with its class."""
_NOT_RAISED = re.compile(r"DID NOT RAISE|\w not raised\b")


def masked(
    baseline: TestReport, crossed: TestReport, report: TestReport, delta: Delta, changes: ChangeSet
) -> tuple[Masked, ...]:
    """The tests that passed on the base, fail in `crossed`, and do not fail in the candidate's `report`."""
    passed = [r.id for r in baseline.results if r.outcome in GOOD and r.id != EXIT_STATUS_ID]
    here = crossed.by_id
    uncollected = {file_part(e.id): e.failure for e in crossed.collection_errors}
    now_called, now = dict(delta.renamed), {r.id: r.outcome for r in report.results}
    unread = {file_part(e.id) for e in report.collection_errors}
    found: list[Masked] = []
    for test in passed:
        result = here.get(test)
        failed = result is not None and result.outcome in FAILING
        lost = result is None and file_part(test) in uncollected
        name = now_called.get(test, test)
        if not failed and not lost:
            continue
        if now.get(name) in FAILING or (name not in now and file_part(name) in unread):
            continue
        failure = result.failure if result is not None else uncollected[file_part(test)]
        found.append(Masked(test, name, now.get(name), failure))
    return _succeeded(found, delta, changes)


def _succeeded(found: list[Masked], delta: Delta, changes: ChangeSet) -> tuple[Masked, ...]:
    """With the new tests that stand in for those that are gone: cases of the same function with other values, while there
    are as many, or new tests about the same names."""
    fresh = Counter(function_of(t) for t in delta.new_passing)
    gone = Counter(function_of(m.test) for m in found if m.outcome is None)
    lost = {function_of(t) for t in delta.missing}
    about = successors(lost, set(fresh), changes)
    told: list[Masked] = []
    for m in found:
        function = function_of(m.test)
        if m.outcome is None and fresh[function] >= gone[function]:
            m = replace(m, outcome=TestOutcome.PASSED)
        elif m.outcome is None:
            m = replace(m, successor=about.get(function, ""))
        told.append(m)
    return tuple(told)


def cross_findings(
    found: Iterable[Masked], crossed: TestReport, sides: Sides, licence: Licence, removed: Collection[str]
) -> list[Finding]:
    """AP405 per test: an error, or information where the plan asks for what was done to it. `removed` are names and texts
    that the change takes out of the product."""
    if crossed.end is not RunnerEnd.FINISHED:
        text = f"The base's own tests came to no end on the proposed code ({crossed.detail or crossed.end.value})."
        return [finding("AP405", text, entry="tests")]
    by_path = {path: c for c in sides.tests.changes for path in names_of(c)}
    return [
        replace(_finding(m, by_path.get(file_part(m.test)), sides, licence, removed), related=_failing_place(m, sides))
        for m in found
    ]


def rests_on_the_file(m: Masked, sides: Sides, licence: Licence, removed: Collection[str]) -> bool:
    """Whether all that the plan says for what was done to a test is that its file is asked for."""
    change = next((c for c in sides.tests.changes if file_part(m.test) in names_of(c)), None)
    if change is None or not licence.names(change) or (m.outcome is not None and m.hidden):
        return False
    said = licence.removes_subject_of(m.test) or bool(removed_subjects(change, m.test, removed))
    return not said and not licence.spells_out(_text(change.before, m.test), _text(change.after, m.now))


def _failing_place(m: Masked, sides: Sides) -> tuple[Related, ...]:
    """Where the base's test fails on the proposed code: in its own file as the base has it, or in the product's."""
    if m.failure is None or not m.failure.path or not m.failure.line:
        return ()
    ours = any(m.failure.path in names_of(c) for c in sides.tests.changes)
    told = "the test as it stands in the base fails here on the proposed code"
    where = Range.of_line(m.failure.line)
    return (Related(m.failure.path, told, where, Tree.BASE if ours else Tree.CANDIDATE),)


def _finding(m: Masked, change: FileChange | None, sides: Sides, licence: Licence, removed: Collection[str]) -> Finding:
    said = shorten(m.failure.message, 300) if m.failure else "no reason was given"
    base = f"{m.test} as it stands in the base fails on the proposed code ({said})"
    stored = _stored(m, change, sides, licence)
    if stored is not None:
        how = Severity.INFORMATION if licence.speaks_of(stored, (), ()) else Severity.WARNING
        return _at_change(
            f"{base}. What it compares with is in {stored.path}, which the plan asks for.", stored, None, how
        )
    if change is None:
        first = next(iter(sides.configuration or sides.tests.changes))
        text = (
            f"{base}, and passes or is not run now: {first.path} hides it. Leave what decides on the tests as it was."
        )
        return _at_change(text, first, None)
    subjects, named = removed_subjects(change, m.test, removed), licence.names(change)
    subjects = [s for s in subjects if named or _says_why(s, m, licence)]
    said_gone = next(filter(licence.removes, subjects), "")
    gone = said_gone or next(iter(subjects), "")
    if m.outcome is not None and m.hidden:
        return _at_test(f"{base}, and is {m.outcome.value} now. Make the test pass.", m, change, None)
    if m.outcome is None:
        by_name = "the plan removes what it is called after" if named and licence.removes_subject_of(m.test) else ""
        if said_gone or (named and (gone or m.successor or by_name)):
            why = (
                f"it is about {gone}, which the change removes" if gone else by_name or f"{m.successor} takes its place"
            )
            return _at_test(f"{m.test} is gone; {why}.", m, change, Severity.INFORMATION)
        return _at_test(f"{base}, and is gone. Make the test pass, do not take it away.", m, change, None)
    text = f"{base} and was rewritten so that it passes."
    before, after = _text(change.before, m.test), _text(change.after, m.now)
    if named:
        said = licence.speaks_of(change, before, after)
        why = f"The plan asks for {change.path}{'' if said else ', but has no word of what is new in it'}."
        if not said and licence.adds and not _raised(m):
            # A person may accept it: words are all that tells what an addition changes on purpose.
            at = _at_test(f"{text} {why} {_ADDS}", m, change, Severity.WARNING)
            return replace(at, blocking=True, fingerprint="")
        return _at_test(f"{text} {why}", m, change, Severity.INFORMATION if said else Severity.WARNING)
    if gone or licence.spells_out(before, after, _bound(change.after, m.now)):
        why = f"It is about {gone}, which the change removes." if gone else "The plan's words say what it expects now."
        return _at_test(f"{text} {why}", m, change, Severity.INFORMATION)
    advice = f"Keep what it expects; if the goal asks for the new behaviour, name {change.path} in deliverables."
    return _at_test(f"{text} {advice}", m, change, None)


def _raised(m: Masked) -> bool:
    """Whether the test expects an error that the code raises no more: what is allowed in addition was one before."""
    return m.failure is not None and _NOT_RAISED.search(m.failure.message) is not None


def _says_why(removed: str, m: Masked, licence: Licence) -> bool:
    """Whether the test may fail because the product has this name or text no more. A text that is gone makes no code
    raise, and where it has words the plan has one of them."""
    if removed.isidentifier():
        return True
    asked = m.failure is None or _ASKS.match(m.failure.message) is not None
    return asked and (licence.mentions(removed) or not _WORDED.search(removed))


def _stored(m: Masked, change: FileChange | None, sides: Sides, licence: Licence) -> FileChange | None:
    """The data that a test compares with which passes and stays as it was, like helpers, fixtures and settings that may
    hide what fails. None where the plan does not ask for that data."""
    if (
        m.outcome not in GOOD
        or sides.configuration
        or any(_may_hide(c) for c in sides.tests.changes if c is not change)
    ):
        return None
    if change is not None and (
        _text(change.before, m.test) != _text(change.after, m.now) or _frame(change.before) != _frame(change.after)
    ):
        return None
    said = b"" if change is None else change.before or b""
    data = (c for c in sides.tests.changes if not is_python(c.path, c.after or b""))
    return next((c for c in data if licence.asks_for_stored(c) and _is_said(c, said)), None)


def _may_hide(change: FileChange) -> bool:
    """Whether a file of the tests' side may have a say in tests of other files: one of Python that holds none itself."""
    name = change.path.rpartition("/")[2]
    return is_python(change.path, change.after or b"") and not (name.startswith("test") or name.endswith("_test.py"))


def _frame(data: bytes | None) -> str:
    """What stands in a test file beside its tests."""
    tree = parsed(data or b"")
    return ast.dump(_WithoutTests().visit(tree)) if tree is not None else ""


class _WithoutTests(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return None if node.name.startswith("test") else node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST | None:
        return None if node.name.startswith("test") else node


def _is_said(stored: FileChange, said: bytes) -> bool:
    """Whether a test's file names it, with or without its ending; of a file that is as it was nobody has looked."""
    name = stored.path.rpartition("/")[2]
    quoted = rb"['\"]%b['\"]" % re.escape(name.partition(".")[0].encode())
    return not said or name.encode() in said or re.search(quoted, said) is not None


def _text(data: bytes | None, test: str) -> list[str]:
    """The lines of a test, decorators included; of the whole file where the test cannot be found in it."""
    lines = (data or b"").decode("utf-8", "replace").splitlines()
    node = functions(data or b"").get(function_of(test).partition("::")[2])
    if node is None:
        return lines
    first, last = span(node)
    return lines[first - 1 : last]


def _bound(data: bytes | None, test: str) -> set[str]:
    """Names that a Python test gives values itself: parameters, variables, keywords of its calls."""
    node = functions(data or b"").get(function_of(test).partition("::")[2])
    parts = list(ast.walk(node)) if node is not None else []
    stored = {n.id for n in parts if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.arg for n in parts if isinstance(n, ast.arg | ast.keyword) and n.arg}


def removed_subjects(change: FileChange, test: str, removed: Collection[str]) -> list[str]:
    """Names in the test's base version that the change removes from the product, sorted; of a file whose imports name
    some, those. Of other languages than Python the words of the whole file count."""
    if change.before is None or not removed:
        return []
    path = change.old_path or change.path
    if not is_python(path, change.before):
        words = set(change.before.decode("utf-8", "replace").replace(".", " ").split())
        return sorted(words.intersection(removed))
    tree = parsed(change.before)
    node = functions(change.before).get(function_of(test).partition("::")[2])
    if tree is None:
        return []
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    used = names_with_helpers(node, tree) if node is not None else {name for n in imports for name in used_names(n)}
    used |= {alias.name for n in imports for alias in n.names if alias.asname in used}
    said = _texts_in(node) if node is not None else []
    return sorted(r for r in removed if r in used or r in said or (not r.isidentifier() and r in "\n".join(said)))


def _texts_in(node: ast.AST) -> list[str]:
    """The string constants of a test; a text that the product no longer has may stand in a longer one."""
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def _at_test(message: str, m: Masked, change: FileChange, severity: Severity | None) -> Finding:
    """At the first changed line of the test as it is now; of a test that is gone, at its place in the base."""
    now = function_of(m.now).partition("::")[2] if m.outcome is not None else ""
    if change.after is not None and now:
        node = functions(change.after).get(now) if is_python(change.path, change.after) else None
        return _at_change(message, change, span(node) if node is not None else None, severity)
    path = change.old_path or change.path
    before = functions(change.before or b"").get(function_of(m.test).partition("::")[2])
    where = Range.of_line(before.lineno) if before is not None else None
    return finding("AP405", message, path=path, range=where, tree=Tree.BASE, severity=severity)


def _at_change(
    message: str, change: FileChange, within: tuple[int, int] | None, severity: Severity | None = None
) -> Finding:
    """At the first line the change added, within these lines where they hold one, else at the first of them."""
    if change.after is None:
        return finding("AP405", message, path=change.path, tree=Tree.BASE, severity=severity)
    first, last = within or (1, len(change.after.splitlines()) or 1)
    line = next((n for n in added_lines(change) if first <= n <= last), first)
    return finding("AP405", message, path=change.path, range=Range.of_line(line), severity=severity)
