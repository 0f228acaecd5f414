"""Trees that mix both sides of a change: the base's tests on the candidate's product code, and the other way round.

Their commits hang on no ref: what was found on them is kept, they are not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from autopack.engine.aside import aside, reader
from autopack.engine.reading import reader_of
from autopack.engine.trying import is_strict, run_on
from autopack.engine.work import Work
from autopack.model.attempt import Attempt
from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.model.evidence import Delta
from autopack.model.findings import Finding
from autopack.model.plan import Tests
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.policy import is_test
from autopack.testing import (
    FAILING,
    GOOD,
    Licence,
    Masked,
    Repaired,
    Sides,
    Sources,
    cross_findings,
    file_part,
    masked,
    other_form,
    passing_functions,
    removed_names,
    rests_on_the_file,
    sides_of,
    unconfirmed,
    without_imports,
    worth_crossing,
)

_LEAST_SECONDS = 60
_PATIENCE = 10
"""Times what the tests took on the base."""


class Crossed(NamedTuple):
    """What the base's tests say of the candidate's product code, and the tests it speaks of by their id now; `against` are
    the findings that it holds against the change, each with its test, `proven` the functions of the base's tests all of
    whose cases pass on that code. `reformed` are findings about tests that the product's new form kept from being run as
    they were: they are held against the change only where those in their place ask less. `by_file` are findings that are
    not held against it, each with its test, since the plan asks for the test's file and for no other reason."""

    findings: tuple[Finding, ...] = ()
    tests: frozenset[str] = frozenset()
    against: Mapping[Finding, Masked] = MappingProxyType({})
    proven: frozenset[str] = frozenset()
    reformed: frozenset[Finding] = frozenset()
    by_file: Mapping[Finding, Masked] = MappingProxyType({})


def sides(attempt: Attempt) -> Sides:
    """The change of the attempt, its product code and its tests apart."""
    assert attempt.changes is not None
    return sides_of(attempt.changes, is_test)


def commit_of(work: Work, attempt: Attempt, changes: ChangeSet) -> str:
    """A commit of the attempt's base with some of its changes; the same ones give the same commit."""
    effect = work.effect("apply")
    assert effect is not None
    private = work.doors.private
    tree = private.write_tree(attempt.base_tree, changes)
    return private.commit(tree, attempt.base, "A mix of two trees, for a test run", effect.intent_at)


async def cross(work: Work, attempt: Attempt, baseline: TestReport, report: TestReport, delta: Delta) -> Crossed:
    """AP405 for each test of the base that fails on the candidate's product code and that the change keeps quiet."""
    assert attempt.changes is not None
    apart = sides(attempt)
    wanted = worth_crossing(apart, baseline)
    if wanted == () or report.end is not RunnerEnd.FINISHED:
        return Crossed()
    commit = commit_of(work, attempt, apart.product)
    crossed = await run_on(work, _in_time(work, baseline), commit, only=wanted)
    if _unread(baseline, crossed):
        crossed, commit = await _without_gone_names(work, attempt, apart, baseline, crossed, commit)
    found = masked(baseline, crossed, report, delta, attempt.changes)
    again = tuple(m.test for m in found if m.test in crossed.by_id)
    if again and crossed.end is RunnerEnd.FINISHED:
        second = await run_on(work, work.phase.tests, commit, only=again)
        steady = {r.id for r in second.results if r.outcome in FAILING}
        found = tuple(m for m in found if m.test not in again or m.test in steady)
    removed = await removed_from(work, apart.product) if found else frozenset[str]()
    licence = Licence.of(work.phase)
    told = tuple(cross_findings(found, crossed, apart, licence, removed))
    each = list(zip(told, found, strict=True)) if crossed.end is RunnerEnd.FINISHED else []
    against = {f: m for f, m in each if f.blocking}
    by_file = {f: m for f, m in each if not f.blocking and rests_on_the_file(m, apart, licence, removed)}
    reformed = frozenset(f for f, m in against.items() if other_form(m, licence))
    tests = frozenset(m.now for m in found)
    return Crossed(told, tests, against, passing_functions(crossed), reformed, by_file)


def _in_time(work: Work, baseline: TestReport) -> Tests:
    """The phase's tests, with the patience that their run on the base gives reason for: a test of the base that hangs on
    the proposed code fails there."""
    limit = max(_LEAST_SECONDS, math.ceil(_PATIENCE * baseline.duration))
    return work.phase.tests.model_copy(update={"timeout_seconds": min(work.phase.tests.timeout_seconds, limit)})


def _unread(baseline: TestReport, crossed: TestReport) -> frozenset[str]:
    """Files that could be collected on the base and cannot on the proposed code."""
    here = {file_part(e.id) for e in crossed.collection_errors} - {file_part(e.id) for e in baseline.collection_errors}
    return frozenset(here) if crossed.end is RunnerEnd.FINISHED else frozenset()


async def _without_gone_names(
    work: Work, attempt: Attempt, apart: Sides, baseline: TestReport, crossed: TestReport, commit: str
) -> tuple[TestReport, str]:
    """The crossing once more, test files that cannot be loaded because they import what the change takes away without these
    imports, or with those of the change's tests where a name has moved within the product; as it was where there are none.
    Tests that fail for want of such a name stay what they were: not to be loaded."""
    gone = await removed_from(work, apart.product)
    product = [change.path for change in apart.product.changes if change.after is not None]
    now = [change.after for change in apart.tests.changes if change.after is not None and change.path.endswith(".py")]
    repaired: dict[str, Repaired] = {}
    edits: list[FileChange] = []
    for path in sorted(_unread(baseline, crossed)):
        held = work.doors.private.read(attempt.base_tree, path)
        made = without_imports(held.data, gone, now, product) if held is not None else None
        if held is not None and made is not None:
            repaired[path] = made
            edits.append(FileChange(path, ChangeKind.MODIFIED, held.data, made.data, held.mode, held.mode))
    if not repaired:
        return crossed, commit
    changed = replace(apart.product, changes=(*apart.product.changes, *edits))
    second_commit = commit_of(work, attempt, changed)
    asked = [r.id for r in baseline.results if file_part(r.id) in repaired and r.outcome in GOOD]
    second = await run_on(work, work.phase.tests, second_commit, only=asked)
    if second.end is not RunnerEnd.FINISHED:
        return crossed, commit
    spoken = (
        r for r in second.results if file_part(r.id) in repaired and not repaired[file_part(r.id)].misses(r.failure)
    )
    return replace(crossed, results=(*crossed.results, *spoken)), second_commit


async def removed_from(work: Work, product: ChangeSet) -> frozenset[str]:
    """What a change takes out of the product: names of definitions, modules that are gone, and texts in quotes."""
    read = await reader_of(work, product)
    return removed_names(product, lambda path, data: {s.name.rpartition(".")[2] for s in read(path, data).symbols})


async def confirm(work: Work, attempt: Attempt) -> tuple[Finding, ...]:
    """The tests of must_pass once more, in a process of their own and with the base's configuration, where nobody looks at
    a grave change: AP405 for each that does not pass there."""
    assert attempt.changes is not None
    phase = work.phase
    if work.config.autonomy != "unattended" or not is_strict(work) or not phase.tests.must_pass:
        return ()
    of_base = sides(attempt).configuration
    kept = tuple(c for c in attempt.changes.changes if c not in of_base)
    commit = commit_of(work, attempt, replace(attempt.changes, changes=kept))
    report = await run_on(work, phase.tests, commit, only=phase.tests.must_pass)
    sources = Sources(attempt.changes, reader(work, attempt.base_tree), reader(work, attempt.tree))
    return tuple(await aside(partial(unconfirmed, report, phase.tests.must_pass, sources)))
