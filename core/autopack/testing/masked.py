"""Tests of the base that fail on the candidate's product code while the candidate's own run is silent about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

from autopack.model.changes import ChangeSet
from autopack.model.evidence import Delta
from autopack.model.test_report import Failure, RunnerEnd, TestOutcome, TestReport
from autopack.testing.delta import GOOD
from autopack.testing.ids import function_of
from autopack.testing.invocation import file_part
from autopack.testing.moved import case_successors, successors
from autopack.testing.report import EXIT_STATUS_ID, FAILING
from autopack.testing.sides import Sides, names_of


@dataclass(frozen=True, slots=True)
class Masked:
    """A test of the base that fails on the candidate's product code while the candidate's run is silent about it: `test`
    is its id in the base, `now` its id in the candidate; `outcome` what it did there, None for a test that is gone;
    `successor` is a new test about the same things that passes, "" when there is none; `by_others`: it is a case, and as
    many other ones of its test took its place."""

    test: str
    now: str
    outcome: TestOutcome | None
    failure: Failure | None
    successor: str = ""
    by_others: bool = False

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
    are as many, or new tests about the same names, or with the values of the case."""
    fresh = Counter(function_of(t) for t in delta.new_passing)
    gone = Counter(function_of(m.test) for m in found if m.outcome is None)
    lost = {function_of(t) for t in delta.missing}
    about = successors(lost, set(fresh), changes)
    about |= case_successors({m.test for m in found if m.outcome is None}, set(fresh), changes)
    told: list[Masked] = []
    for m in found:
        function = function_of(m.test)
        if m.outcome is None and fresh[function] >= gone[function]:
            m = replace(m, outcome=TestOutcome.PASSED, by_others=True)
        elif m.outcome is None:
            m = replace(m, successor=about.get(function, "") or about.get(m.test, ""))
        told.append(m)
    return tuple(told)
