"""Baselines: the report of each test command on the tree a phase starts from, taken before a model is paid.

A report that can be used is kept under tree, command, interpreter and environment, so a candidate's own report is the
baseline of the phase after it, and a second run from the same base runs no test twice.
"""

from __future__ import annotations

from dataclasses import replace

from autopack import fault
from autopack.engine.errors import RunEnds
from autopack.engine.trying import job_for, run_on, wants_lines
from autopack.engine.work import Work
from autopack.errors import BudgetExhausted
from autopack.events import EventName
from autopack.model import codec
from autopack.model.evidence import BaselineState
from autopack.model.findings import Severity
from autopack.model.plan import Phase, Tests
from autopack.model.states import PhaseState, RunState
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.testing import (
    EXIT_STATUS_ID,
    FAILING,
    GOOD,
    MOST_TRIED,
    baseline_findings,
    baseline_state,
    comparable,
    test_key,
    with_passed,
)
from autopack.text import duration

fault.register("baseline.before", "a baseline is about to be measured")
fault.register("baseline.after", "a baseline is measured, not stored")


async def before_first_call(work: Work) -> None:
    """A usable baseline on the run's base for every distinct test command of the plan, phases left out aside, measured
    with lines where a phase wants them. Raises RunEnds (AP407)."""
    seen: set[str] = set()
    tree = work.doors.private.tree(work.config.base)
    for phase in sorted(work.plan.phases, key=lambda p: not wants_lines(work, p)):
        key = test_key(job_for(work, phase.tests, tree))
        left_out = work.journal.phase_state(phase.id) is PhaseState.SKIPPED
        if left_out or key in seen or not _runs(work, phase.tests):
            continue
        seen.add(key)
        report = await _report(work, phase, work.config.base, tree)
        _require_usable(work, report, phase.tests)


async def at_tip(work: Work, commit: str, tree: str) -> TestReport | None:
    """The baseline of the phase in hand on the tip it starts from; None when the phase runs no tests. Raises RunEnds
    (AP407) when the run of the tests did not come to its end, BudgetExhausted when the run's time is too short for it."""
    tests = work.phase.tests
    if not _runs(work, tests):
        return None
    report = await _report(work, work.phase, commit, tree)
    if report.end is not RunnerEnd.FINISHED:
        _require_usable(work, report, tests)
    _require_time(work, report)
    return report


def _require_time(work: Work, report: TestReport) -> None:
    """What the tests would prove must be proven within the run's time, so nothing more is paid for where it cannot. Raises
    BudgetExhausted (AP703)."""
    left = work.remaining_seconds()
    if report.duration > left:
        raise BudgetExhausted(
            f"the tests of phase {work.phase.id} take {duration(report.duration)}, and {duration(max(0.0, left))} "
            "of the run's time are left",
            code="AP703",
            scope="run",
            hint="allow more: `autopack resume RUN --max-minutes MINUTES`",
        )


def keep(work: Work, report: TestReport) -> None:
    """Let a candidate's complete report serve as the baseline of its own tree."""
    if report.end is RunnerEnd.FINISHED:
        work.journal.add(lambda tx: tx.baseline(report.key, codec.dump(report)))


def _runs(work: Work, tests: Tests) -> bool:
    return not tests.skip and job_for(work, tests, "").runner_name != "none"


def key_of(work: Work, phase: Phase, tree: str) -> str:
    """The key that a baseline of the phase on `tree` is kept under: one with lines serves where none are asked for."""
    with_lines = _key(work, phase, tree, lines=True)
    if wants_lines(work, phase) or work.doors.store.baseline(with_lines) is not None:
        return with_lines
    return _key(work, phase, tree, lines=False)


def _key(work: Work, phase: Phase, tree: str, *, lines: bool) -> str:
    return test_key(job_for(work, phase.tests, tree, lines=lines))


async def _report(work: Work, phase: Phase, commit: str, tree: str) -> TestReport:
    tests, lines = phase.tests, wants_lines(work, phase)
    known = work.doors.store.baseline(key_of(work, phase, tree))
    if known is not None and _serves(work, report := codec.load(TestReport, known)):
        return report
    work.journal.event(EventName.STEP_STARTED, step="baseline", command=_words(tests))
    work.journal.flush()
    fault.point("baseline.before")
    started = work.monotonic()
    measured = await run_on(work, tests, commit, lines=lines, changed=_named(phase) if lines else ())
    report = await _steadied(work, tests, commit, measured)
    fault.point("baseline.after")
    work.journal.event(
        EventName.STEP_FINISHED, step="baseline", seconds=round(work.monotonic() - started, 3),
        outcome=report.end.value, tests=len(report.results),
    )  # fmt: skip
    if report.end is RunnerEnd.FINISHED and _serves(work, report):
        key = _key(work, phase, tree, lines=lines)
        work.journal.add(lambda tx: tx.baseline(key, codec.dump(report), anew=True))
    work.journal.flush()
    return report


def _named(phase: Phase) -> tuple[str, ...]:
    """The files that the phase may change by name: of these it is worth knowing which test executes what."""
    return tuple(path for path in phase.scope.paths if not path.endswith("/"))


async def _steadied(work: Work, tests: Tests, commit: str, report: TestReport) -> TestReport:
    """The report with the tests that pass when they are repeated as passed ones: what fails by chance now must not hide
    what breaks later."""
    failed = tuple(r.id for r in report.results if r.outcome in FAILING and r.id != EXIT_STATUS_ID)
    if report.end is not RunnerEnd.FINISHED or report.runner == "command" or not 0 < len(failed) <= MOST_TRIED:
        return report
    again = await run_on(work, tests, commit, only=failed)
    passed = {r.id for r in again.results if r.outcome in GOOD} & set(failed)
    if again.end is not RunnerEnd.FINISHED or not passed:
        return report
    names = comparable(r.id for r in report.results)
    for test in sorted(passed):
        work.journal.add(lambda tx, name=names[test]: tx.observe(name, 2, 1))
    return with_passed(report, passed)


def _serves(work: Work, report: TestReport) -> bool:
    """An unusable report is kept only where a person accepted it: what was wrong with the machine may be mended by the
    next try."""
    return work.config.accept_baseline or baseline_state(report)[0] is not BaselineState.UNUSABLE


def _require_usable(work: Work, report: TestReport, tests: Tests) -> None:
    state, detail = baseline_state(report)
    findings = tuple(baseline_findings(report))
    if state is BaselineState.UNUSABLE and not work.config.accept_baseline:
        work.journal.findings(tuple(f for f in findings if f.code != "AP407"), "", 0)
        fix = f"{report.hint}, then" if report.hint else "Mend the tests, or accept the base as it is:"
        raise RunEnds(
            RunState.ENVIRONMENT,
            f"no usable baseline for {_words(tests)}: {detail}",
            code="AP407",
            hint=f"{fix} autopack resume {work.run} {'--again' if report.hint else '--accept-baseline'}",
            at=next(f for f in findings if f.code == "AP407"),
        )
    if state is BaselineState.UNUSABLE:
        unusable = next(f for f in findings if f.code == "AP407")
        told = replace(unusable, message=f"Accepted as it is: {detail}", severity=Severity.WARNING, blocking=False,
                       fingerprint="")  # fmt: skip
        findings = (told, *(f for f in findings if f.code != "AP407"))
    told_before = work.doors.store.get(work.run, "baseline_told", [])
    if report.key not in told_before:
        work.journal.findings(findings, "", 0)
        work.journal.put("baseline_told", [*told_before, report.key])


def _words(tests: Tests) -> str:
    if tests.command:
        return " ".join(tests.command)
    return " ".join(["pytest", *tests.paths])
