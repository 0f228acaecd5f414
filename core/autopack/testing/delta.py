"""The candidate's tests against the baseline's: sets of ids, whatever the tests are called on either side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from autopack.model.changes import ChangeSet
from autopack.model.evidence import Delta
from autopack.model.test_report import RunnerEnd, TestOutcome, TestReport
from autopack.testing.ids import case_of, comparable, function_of
from autopack.testing.lines import changed_tests
from autopack.testing.moved import continuations
from autopack.testing.moved_doctests import moved_doctests
from autopack.testing.report import EXIT_STATUS_ID, FAILING, belongs

GOOD = (TestOutcome.PASSED, TestOutcome.XPASSED)
_NOT_RUN = (TestOutcome.SKIPPED, TestOutcome.XFAILED)


def compare(baseline: TestReport | None, report: TestReport, changes: ChangeSet | None = None) -> Delta:
    """What changed from the baseline, with every failure that the base did not have as newly failing.

    A test that goes on under another name (`changes` show where) is neither missing nor new, and what it did in the base
    is what it did under its old name. Without a baseline every failure is new. Of an unfinished report only failures are
    believed: nothing is missing, fixed or moved by it.
    """
    finished = report.end is RunnerEnd.FINISHED
    before = {r.id: r.outcome for r in baseline.results} if baseline is not None else {}
    now = {r.id: r.outcome for r in report.results}
    renamed = _renamed(before, now, changes) if finished else _same_in_other_runs(before, now)
    earlier = {renamed.get(test_id, test_id): outcome for test_id, outcome in before.items()}
    failing, failing_before = _with(now, FAILING), _with(earlier, FAILING)
    good, good_before = _with(now, GOOD), _with(earlier, GOOD)
    lost = (earlier.keys() - now.keys()) | (good_before & _with(now, _NOT_RUN))
    old_errors = {e.id for e in baseline.collection_errors} if baseline is not None else set[str]()
    absent_before = set(baseline.missing_paths) if baseline is not None else set(report.absent_paths)
    return Delta(
        newly_failing=_sorted(failing - failing_before),
        fixed=_sorted(good & failing_before if finished else ()),
        still_failing=_sorted(failing & failing_before),
        missing=_sorted(lost - {EXIT_STATUS_ID} if finished else ()),
        new_passing=_sorted(good - earlier.keys() if finished and baseline is not None else ()),
        collection_errors=_sorted({e.id for e in report.collection_errors} - old_errors),
        absent_paths=_sorted(set(report.absent_paths) & absent_before),
        still_skipped=_sorted(_with(now, _NOT_RUN) & _with(earlier, _NOT_RUN)),
        renamed=tuple(sorted((old, new) for old, new in renamed.items() if function_of(old) != function_of(new))),
    )


def fresh_tests(changes: ChangeSet, report: TestReport, delta: Delta) -> tuple[str, ...]:
    """Ids of the tests that pass on the candidate and are new or not what they were."""
    passed = [r.id for r in report.results if r.outcome in GOOD]
    edited = [f"{change.path}::{name}" for change in changes.changes for name in changed_tests(change)]
    new = set(delta.new_passing)
    return tuple(test for test in passed if test in new or any(belongs(test, place) for place in edited))


def settled(report: TestReport, delta: Delta) -> TestReport:
    """The report as a later phase's baseline: flaky tests count as passed, so that breaking one is not overlooked."""
    return with_passed(report, delta.flaky)


def with_passed(report: TestReport, ids: Collection[str]) -> TestReport:
    """The report with these tests as passed ones."""
    return replace(report, results=tuple(
        replace(r, outcome=TestOutcome.PASSED, failure=None) if r.id in ids else r for r in report.results
    ))  # fmt: skip


def _with(outcomes: Mapping[str, TestOutcome], wanted: Iterable[TestOutcome]) -> set[str]:
    wanted = tuple(wanted)
    return {test_id for test_id, outcome in outcomes.items() if outcome in wanted}


def _sorted(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(ids))


def _same_in_other_runs(before: Collection[str], now: Collection[str]) -> dict[str, str]:
    """Ids of the base whose counterpart differs in nothing but times, addresses and temporary paths."""
    names = {name: test_id for test_id, name in comparable(t for t in now if t not in before).items()}
    gone = comparable(t for t in before if t not in now)
    return {old: names[name] for old, name in gone.items() if name in names}


def _renamed(before: Collection[str], now: Collection[str], changes: ChangeSet | None) -> dict[str, str]:
    """Ids of the base that the candidate has under another one. Cases are paired by their values, and where these changed
    as well, in their order while there are as many new ones."""
    found = _same_in_other_runs(before, now)
    taken = set(found.values())
    gone = [t for t in before if t not in now and t not in found]
    fresh = {t for t in now if t not in before and t not in taken}
    if changes is None or not gone or not fresh:
        return found
    documented = moved_doctests(gone, fresh, changes)
    found |= documented
    gone = [t for t in gone if t not in documented]
    fresh -= set(documented.values())
    functions_now = {function_of(t) for t in now}
    functions_before = {function_of(t) for t in before}
    moved = continuations(
        {f for f in map(function_of, gone) if f not in functions_now},
        {f for f in map(function_of, fresh) if f not in functions_before},
        changes,
    )
    left: dict[str, list[str]] = {}
    for old in gone:
        new = moved.get(function_of(old), "") + case_of(old)
        if new in fresh:
            found[old] = new
            fresh.discard(new)
        elif function_of(old) in moved:
            left.setdefault(function_of(old), []).append(old)
    for function, cases in left.items():
        others = sorted(t for t in fresh if function_of(t) == moved[function])
        if len(others) >= len(cases):
            found.update(zip(sorted(cases), others, strict=False))
    return found
