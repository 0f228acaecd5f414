"""The candidate's tests beside those of its base: what was run, what it came to, what is found by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from autopack.engine import baselines
from autopack.engine.aside import aside, reader
from autopack.engine.bench import PhaseBench, remember
from autopack.engine.first_run import First, explained, first_run
from autopack.engine.overlays import Crossed, confirm, cross
from autopack.engine.trying import run_on, wants_lines
from autopack.engine.work import Work
from autopack.model.attempt import Attempt
from autopack.model.evidence import Delta, FirstRun
from autopack.model.findings import Finding
from autopack.model.test_report import TestReport
from autopack.testing import Licence, Sources, compare, delta_findings, meddling_findings, settled, try_again


@dataclass(frozen=True, slots=True)
class Ran:
    """`report` None: no tests were run. Where `first` stopped, everything here speaks of the tests it ran alone."""

    baseline: TestReport | None = None
    report: TestReport | None = None
    delta: Delta = field(default_factory=Delta)
    crossed: Crossed = field(default_factory=Crossed)
    findings: tuple[Finding, ...] = ()
    first: FirstRun | None = None

    @property
    def whole(self) -> bool:
        return self.first is None or not self.first.stopped


async def run_candidate(work: Work, attempt: Attempt, baseline: TestReport | None) -> Ran:
    """A selection first where that may save the rest, then everything that the phase asks for."""
    if baseline is None:
        return Ran()
    first = await first_run(work, attempt, baseline)
    if first.told is not None and first.told.stopped:
        return await _settled_early(work, attempt, first, first.told)
    assert attempt.changes is not None and attempt.candidate is not None
    tests, lines = work.phase.tests, wants_lines(work, work.phase)
    changed = tuple(attempt.changes.paths) if lines else ()
    report = await run_on(work, tests, attempt.candidate.commit, lines=lines, changed=changed)
    seconds = work.doors.settings.tests.rerun_seconds - first.repeated
    delta = await _told_apart(work, attempt, baseline, report, seconds)
    crossed = await cross(work, attempt, baseline, report, delta)
    found = (*await _told(work, attempt, baseline, report, delta, crossed), *await confirm(work, attempt))
    baselines.keep(work, settled(report, delta))
    return Ran(baseline, report, delta, crossed, found, first.told)


async def _settled_early(work: Work, attempt: Attempt, first: First, stopped: FirstRun) -> Ran:
    """The findings that the run of everything would bring as well; its report is nobody's baseline."""
    baseline, report, delta = first.baseline, first.report, first.delta
    assert baseline is not None and report is not None
    crossed = await cross(work, attempt, baseline, report, delta)
    found = await _told(work, attempt, baseline, report, delta, crossed, asked=first.must_pass)
    return Ran(baseline, report, delta, crossed, explained(found, stopped), stopped)


async def _told(
    work: Work,
    attempt: Attempt,
    baseline: TestReport,
    report: TestReport,
    delta: Delta,
    crossed: Crossed,
    *,
    asked: Sequence[str] | None = None,
) -> tuple[Finding, ...]:
    """What is found by two reports and their delta, each at its place in the trees."""
    assert attempt.changes is not None
    tests = work.phase.tests
    sources = Sources(attempt.changes, reader(work, attempt.base_tree), reader(work, attempt.tree))
    tell = partial(
        delta_findings, delta, report, tests.must_pass, accepted_files=_to_rewrite(work, attempt), told=crossed.tests,
        may_go=Licence.of(work.phase).removes_subject_of,
        asked=asked, paths=tests.paths, sources=sources,
    )  # fmt: skip
    meddled = partial(meddling_findings, baseline, report, sources)
    return (*await aside(tell), *crossed.findings, *await aside(meddled))


async def _told_apart(work: Work, attempt: Attempt, baseline: TestReport, report: TestReport, seconds: float) -> Delta:
    """The delta within `seconds`, the tests that are unsteady of themselves told from those that the change breaks."""
    assert attempt.candidate is not None
    bench = PhaseBench(work, attempt.candidate.commit, attempt.base, report, seconds)
    delta = await try_again(compare(baseline, report, attempt.changes), baseline, report, bench)
    remember(work, report, delta)
    return delta


def _to_rewrite(work: Work, attempt: Attempt) -> frozenset[str]:
    """Test files the plan itself asks to rewrite: its literal deliverables that this change touches."""
    assert attempt.changes is not None
    return frozenset(work.phase.deliverables) & frozenset(attempt.changes.paths)
