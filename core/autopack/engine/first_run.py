"""The tests that a change is likeliest to break, run before all of them: their sure failure settles the attempt.

Nothing else is settled here. A pass, a doubt, or a run that came to no end is followed by the run of everything, which
knows nothing of this one; and the finalizer completes no phase on what was gathered here.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from autopack.engine.aside import aside, reader
from autopack.engine.bench import PhaseBench
from autopack.engine.overlays import sides
from autopack.engine.summary import FIRST_RUNS
from autopack.engine.trying import run_on
from autopack.engine.work import Work
from autopack.model import codec
from autopack.model.attempt import Attempt
from autopack.model.evidence import Delta, FirstRun
from autopack.model.findings import Finding
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.testing import (
    EXIT_STATUS_ID,
    FAILING,
    GOOD,
    MOST_TRIED,
    SELECTING,
    Selection,
    belongs,
    compare,
    delta_findings,
    file_part,
    importers,
    select_tests,
    try_again,
    worth_crossing,
)
from autopack.text import plural

_LEAST_SECONDS = 60
_PATIENCE = 4
"""Times as long as the tests took on the base a first run may take; what takes longer is not sure of anything."""
_CODES = ("AP401", "AP402", "AP403")


@dataclass(frozen=True, slots=True)
class First:
    """What became of a first run. Where it stopped, `baseline`, `report`, `delta` and `must_pass` speak of the
    tests that it ran. `repeated` are the seconds of `tests.rerun_seconds` that it used."""

    told: FirstRun | None = None
    baseline: TestReport | None = None
    report: TestReport | None = None
    delta: Delta = field(default_factory=Delta)
    must_pass: tuple[str, ...] = ()
    repeated: float = 0.0


class _Alone(PhaseBench):
    """Runs nothing whole: whether a test stumbles over the others is for the run of all of them to say."""

    async def whole(self) -> TestReport | None:
        return None


async def first_run(work: Work, attempt: Attempt, baseline: TestReport) -> First:
    """Run the affected tests where that may save time, and tell whether they settle the attempt."""
    assert attempt.candidate is not None
    begun = work.monotonic()
    chosen = await _chosen(work, attempt, baseline)
    if chosen is None:
        return First()
    expected = chosen.share * baseline.duration
    limit = min(work.phase.tests.timeout_seconds, max(_LEAST_SECONDS, math.ceil(_PATIENCE * expected)))
    tests = work.phase.tests.model_copy(update={"timeout_seconds": limit})
    report = await run_on(work, tests, attempt.candidate.commit, only=chosen.entries)
    report = replace(report, missing_paths=(), absent_paths=())
    part, ended = chosen.of(baseline), work.monotonic()
    delta = await _sure(work, attempt, part, report, chosen.must_pass)
    stopped = delta is not None and _blocks(work, delta, report, chosen.must_pass)
    told = told_of(baseline, report, work.monotonic() - begun, stopped=stopped)
    _keep(work, attempt, told)
    repeated = work.monotonic() - ended
    follow = "they settle it" if stopped else "all of them follow"
    work.journal.log(f"Ran {told.ran} of {plural(told.of, 'test')} first; {follow}.", work.phase.id, attempt.number)
    if delta is None or not stopped:
        return First(told, repeated=repeated)
    return First(told, part, report, delta, chosen.must_pass, repeated)


def told_of(baseline: TestReport, report: TestReport, seconds: float, *, stopped: bool) -> FirstRun:
    """The figures of a first run: against the base's own run of everything, which the candidate's would take as long as."""
    saved = max(0.0, baseline.duration - report.duration) if stopped else 0.0
    return FirstRun(len(report.results), len(baseline.results), round(seconds, 3), stopped, round(saved, 3))


def explained(findings: Sequence[Finding], told: FirstRun) -> tuple[Finding, ...]:
    """The findings, the first one that a test's failure is about saying that the others were not run."""
    said = f"\n(Run before the others: {told.ran} of {plural(told.of, 'test')}. The rest was not run.)"
    at = next((n for n, f in enumerate(findings) if f.blocking and f.code in _CODES), -1)
    return tuple(replace(f, message=f.message + said, fingerprint="") if n == at else f for n, f in enumerate(findings))


def _keep(work: Work, attempt: Attempt, told: FirstRun) -> None:
    """By attempt, so that a test step done again after a crash counts once."""
    known = work.doors.store.get(work.run, FIRST_RUNS, {})
    work.journal.put(FIRST_RUNS, {**known, f"{attempt.phase}/{attempt.number}": codec.dump(told)})


async def _chosen(work: Work, attempt: Attempt, baseline: TestReport) -> Selection | None:
    """None where a first run could save nothing or say nothing: the settings want none, the base's tests are short or came
    to no end, the runner takes no single files, the change touches what any test may use, or there is no time for both."""
    assert attempt.changes is not None
    settings = work.doors.settings.tests
    apart = sides(attempt)
    if (
        settings.selection == "never"
        or baseline.end is not RunnerEnd.FINISHED
        or baseline.runner not in SELECTING
        or baseline.duration < settings.selection_seconds
        or work.remaining_seconds() < 2 * baseline.duration
        or apart.configuration
        or worth_crossing(apart, baseline) is None
    ):
        return None
    tests, private = work.phase.tests, work.doors.private
    here = frozenset(entry.path for entry in private.list(attempt.tree))
    now, before = reader(work, attempt.tree), reader(work, attempt.base_tree)

    def read(path: str) -> bytes | None:
        return now(path) if path in here else before(path)

    def distances(changed: Collection[str]) -> dict[str, int]:
        return importers(here.union(changed), read, changed)

    return await aside(partial(select_tests, attempt.changes, baseline, tests.must_pass, tests.paths, here, distances))


async def _sure(
    work: Work, attempt: Attempt, part: TestReport, report: TestReport, must_pass: Sequence[str]
) -> Delta | None:
    """The delta of these tests with nothing in it that further runs leave in doubt; None where nothing is left."""
    if report.end is not RunnerEnd.FINISHED:
        return None
    assert attempt.candidate is not None
    delta = compare(part, report, attempt.changes)
    broken = _still_broken(delta, report, must_pass)
    unwritten = _unwritten(report, must_pass)
    if not (delta.newly_failing or delta.collection_errors or broken or unwritten):
        return None
    bench = _Alone(work, attempt.candidate.commit, attempt.base, report, work.doors.settings.tests.rerun_seconds)
    delta = await try_again(delta, part, report, bench)
    failing = tuple(t for t in delta.newly_failing if _failed_surely(t, delta, part))
    errors = await _surely_uncollected(delta, part, bench)
    if broken and not (failing or errors or unwritten):
        again = await bench.candidate(broken)
        steady = again is not None and again.end is RunnerEnd.FINISHED
        broken = tuple(r.id for r in again.results if r.outcome in FAILING) if again is not None and steady else ()
    if not (failing or errors or broken or unwritten):
        return None
    gone = tuple(test for test in delta.missing if test not in report.by_id)
    return replace(delta, newly_failing=failing, collection_errors=errors, missing=gone)


def _still_broken(delta: Delta, report: TestReport, must_pass: Sequence[str]) -> tuple[str, ...]:
    """Tests of `must_pass` that failed on the base and fail still."""
    return tuple(
        t for t in delta.still_failing if any(belongs(t, wanted) for wanted in must_pass) and t in report.by_id
    )


def _unwritten(report: TestReport, must_pass: Sequence[str]) -> tuple[str, ...]:
    """Tests of `must_pass` that their file, which was run, does not hold."""
    files = {file_part(r.id) for r in report.results} - {file_part(e.id) for e in report.collection_errors}
    return tuple(
        wanted
        for wanted in must_pass
        if file_part(wanted) in files and not any(belongs(r.id, wanted) for r in report.results)
    )


def _failed_surely(test: str, delta: Delta, part: TestReport) -> bool:
    """It failed each time it was run here, and passed each time on the base, where it was run alone too: a test that needs
    others before it fails alone on both. So many tests that none was run again are the change's doing."""
    if test == EXIT_STATUS_ID:
        return False
    trial = delta.trials.get(test)
    if trial is None:
        return len(delta.newly_failing) > MOST_TRIED
    old = {new: name for name, new in delta.renamed}.get(test, test)
    in_base = any(r.id == old and r.outcome in GOOD for r in part.results)
    return trial.ran == trial.failed >= 2 and not trial.base_failed and (trial.base_ran >= 2 or not in_base)


async def _surely_uncollected(delta: Delta, part: TestReport, bench: PhaseBench) -> tuple[str, ...]:
    """New collection errors of files that the base collects alone, or does not have."""
    known = {file_part(r.id) for r in part.results}
    files = tuple(sorted({file_part(error) for error in delta.collection_errors} & known))
    alone = await bench.base(files) if files else None
    fine: set[str] = set()
    if alone is not None and alone.end is RunnerEnd.FINISHED:
        fine = {file_part(r.id) for r in alone.results} - {file_part(e.id) for e in alone.collection_errors}
    return tuple(e for e in delta.collection_errors if file_part(e) not in known or file_part(e) in fine)


def _blocks(work: Work, delta: Delta, report: TestReport, must_pass: Sequence[str]) -> bool:
    """Whether what is found stands in the way by the user's severities."""
    found = delta_findings(delta, report, must_pass)
    return any(work.doors.settings.graded(f).blocking for f in found if f.code in _CODES)
