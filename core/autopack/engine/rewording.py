"""Tests that the change puts in other words: do those of the base and those in their place notice the same errors?

Small errors are put into the product's code. One that a test of the base notices and none of those that the change brings
or alters is something that is no longer asked; where there is none, nothing is lost by the other words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from autopack.engine.aside import aside, reader
from autopack.engine.mutants import mutated, noticed, patience_of
from autopack.engine.overlays import commit_of, sides
from autopack.engine.running import Ran
from autopack.engine.suspecting import Suspected
from autopack.engine.trying import is_strict
from autopack.engine.work import Work
from autopack.model.attempt import Attempt
from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.model.findings import Finding, Tree
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.mutation import Depending, Mutant, MutantOutcome, Rewording, mutants_of, reworded_findings
from autopack.policy import is_test
from autopack.tampering import told_of
from autopack.testing import (
    GOOD,
    called_fixtures,
    file_part,
    fresh_tests,
    function_of,
    functions,
    imported,
    names_with_helpers,
    parsed,
    special_methods,
)

_MUTANTS = 24
_EACH = 4
_MOST_MUTANTS = 100
"""At least 24 errors, for many tests 4 for each, at most 100."""
_FILES = 20
Read = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether `new`, ids of tests of the candidate, ask what `old`, ids of tests of the base, asked; `findings` depend on
    it, each with what it says was done and the functions of the old tests that it is about."""

    findings: Mapping[Finding, Depending]
    old: tuple[str, ...]
    new: tuple[str, ...]


async def reworded(work: Work, attempt: Attempt, ran: Ran, suspected: Suspected) -> tuple[Finding, ...]:
    """All findings of both. Those against tests that are gone, or ask it in other words, stop the phase only where no trial
    shows that as much is noticed as was; none is looked into where something else stops it as well."""
    found = (*(suspected.reformed.get(f, f) for f in ran.findings), *suspected.findings)
    seconds = work.doors.settings.tests.rewording_seconds
    if is_strict(work):
        return found
    question = _question(attempt, ran, suspected) if seconds else None
    if question is None:
        return reworded_findings(found, _about(suspected), Rewording())
    if any(f.blocking and f not in question.findings for f in found):
        return found
    assert ran.baseline is not None and ran.report is not None
    verdict = await _compared(work, attempt, question, ran.baseline, ran.report, seconds)
    return reworded_findings(found, question.findings, verdict)


def _question(attempt: Attempt, ran: Ran, suspected: Suspected) -> _Question | None:
    """None where there is nothing to ask, or where tests of the base have not passed on the proposed code: what they say
    of it goes before."""
    report, baseline, changes = ran.report, ran.baseline, attempt.changes
    if report is None or baseline is None or changes is None or not ran.whole or report.end is not RunnerEnd.FINISHED:
        return None
    here = report.by_id
    lost = {test for test in ran.delta.missing if test not in here}
    places = {function_of(test).partition("::")[0] for test in lost} & set(changes.paths)
    gone = [f for f in ran.findings if f.blocking and f.code == "AP403" and f.tree is Tree.BASE and f.path in places]
    findings = _about(suspected)
    findings |= {f: Depending(f.message, frozenset(map(function_of, lost))) for f in gone}
    old = {name for depending in findings.values() for name in depending.tests}
    about = (*suspected.reworded.values(), *suspected.proven.values())
    new = {s.test for s in about} | {function_of(t) for t in fresh_tests(changes, report, ran.delta)}
    asked = tuple(r.id for r in baseline.results if function_of(r.id) in old)
    proven = not sides(attempt).product.changes or old <= ran.crossed.proven
    steady = all(r.outcome in GOOD for r in baseline.results if r.id in set(asked))
    if not findings or not asked or not proven or not steady:
        return None
    return _Question(findings, asked, tuple(r.id for r in report.results if function_of(r.id) in new))


def _about(suspected: Suspected) -> dict[Finding, Depending]:
    about = {**suspected.reworded, **suspected.proven}
    return {f: Depending(told_of(s), frozenset({s.was or s.test}), s.is_less) for f, s in about.items()}


async def _compared(
    work: Work, attempt: Attempt, question: _Question, baseline: TestReport, report: TestReport, seconds: float
) -> Rewording:
    """Mutant by mutant, until one is lost, the time is over, or there are no more."""
    assert attempt.changes is not None
    begun, known, alarmed, doubtful = work.monotonic(), 0, set[str](), False
    read = reader(work, attempt.base_tree), reader(work, attempt.tree)
    files = await aside(partial(_product, question, *read, _modes(work, attempt)))
    trial = (question.old, sides(attempt).product, baseline), (question.new, attempt.changes, report)
    for tests, changes, before in trial if question.new else ():
        left = seconds - (work.monotonic() - begun)
        outcome, _ = await noticed(work, commit_of(work, attempt, changes), tests, patience_of(before, tests), left)
        if outcome is not MutantOutcome.SURVIVED:
            return Rewording()
    for mutant in await aside(partial(_mutants, files, question)) if question.new else ():
        noticing = set[str]()
        for tests, changes, before in trial:
            left = seconds - (work.monotonic() - begun)
            if left < 1:
                return Rewording()
            commit = commit_of(work, attempt, mutated(changes, mutant, files.changes[mutant.path]))
            outcome, failed = await noticed(work, commit, tests, patience_of(before, tests), left)
            if outcome is MutantOutcome.ERROR:
                return Rewording()
            if outcome is MutantOutcome.SURVIVED and tests is question.new:
                if mutant.function.rpartition(".")[2] in files.names:
                    return Rewording(known, mutant, frozenset(noticing))
                doubtful = True
            if outcome is MutantOutcome.SURVIVED:
                break
            noticing = {function_of(test) for test in failed} if tests is question.old else noticing
            alarmed |= noticing
        else:
            known += 1
    return Rewording() if doubtful else Rewording(known, None, frozenset(alarmed))


class _Files(NamedTuple):
    """Product code that the tests load; `names` are those that the old tests use, fixtures aside, `words` all of the new
    ones' files."""

    changes: dict[str, FileChange]
    names: frozenset[str]
    words: frozenset[str]


def _modes(work: Work, attempt: Attempt) -> dict[str, int]:
    return {entry.path: entry.mode for entry in work.doors.private.list(attempt.tree)}


def _product(question: _Question, base: Read, candidate: Read, modes: Mapping[str, int]) -> _Files:
    """The nearest of the Python files that the tests of the candidate import, as they are."""
    tests = {file_part(test) for test in question.new}
    steps = imported(modes.keys(), candidate, tests)
    near = sorted((p for p in steps if p.endswith(".py") and not is_test(p)), key=lambda path: (steps[path], path))
    found: dict[str, FileChange] = {}
    for path in near[:_FILES]:
        data = candidate(path)
        if data is not None:
            found[path] = FileChange(path, ChangeKind.MODIFIED, data, data, modes[path], modes[path])
    names: set[str] = set()
    for place in set(map(function_of, question.old)):
        data = base(file_part(place)) or b""
        node, tree = functions(data).get(place.partition("::")[2]), parsed(data)
        if node is not None and tree is not None:
            names |= names_with_helpers(node, tree, fixtures=False) | special_methods(node)
            names |= called_fixtures(node, [tree, *_conftests(place, base)])
    words = (word for path in tests for word in re.findall(rb"\w+", candidate(path) or b""))
    return _Files(found, frozenset(names), frozenset(word.decode("utf-8", "replace") for word in words))


def _conftests(place: str, read: Read) -> Iterator[ast.Module]:
    folders = file_part(place).split("/")[:-1]
    for n in range(len(folders) + 1):
        tree = parsed(read("/".join((*folders[:n], "conftest.py"))) or b"")
        if tree is not None:
            yield tree


def _mutants(files: _Files, question: _Question) -> tuple[Mutant, ...]:
    """Errors anywhere in these files, those first that are in functions which the old tests name, then those that stand
    in the new ones' files."""
    whole = (replace(c, kind=ChangeKind.CREATED, before=None, mode_before=None) for c in files.changes.values())
    most = max(_MUTANTS, min(_MOST_MUTANTS, _EACH * len(set(map(function_of, question.old)))))
    near = files.names, files.words
    return mutants_of(ChangeSet("", tuple(whole)), None, most, is_test=is_test, near=near, fine=True)
