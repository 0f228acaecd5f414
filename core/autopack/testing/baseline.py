"""Whether the base's own tests can serve as a measure (DESIGN §11, Baseline)."""

from __future__ import annotations

import shlex
from dataclasses import replace

from autopack.model.evidence import BaselineState
from autopack.model.findings import Finding, Range, Severity, Tree
from autopack.model.rules import finding
from autopack.model.test_report import Failure, RunnerEnd, TestOutcome, TestReport
from autopack.testing.chain import chain_of, chain_places
from autopack.testing.report import FAILING
from autopack.text import plural, shorten

_DID_NOT_RUN = (TestOutcome.SKIPPED, TestOutcome.XFAILED)
_GOOD = (TestOutcome.PASSED, TestOutcome.XPASSED)


def baseline_state(report: TestReport) -> tuple[BaselineState, str]:
    """The state and, unless usable, why: one sentence that holds the first distinct error."""
    if report.end is not RunnerEnd.FINISHED:
        return BaselineState.UNUSABLE, f"the test run on the base {_ENDS[report.end]}: {report.detail}"
    if report.runner == "command" and _one_command(report):
        return BaselineState.USABLE, ""
    if not report.results and not report.collection_errors:
        return BaselineState.EMPTY, "the base has no test yet"
    silent = [path for path in report.missing_paths if path not in report.absent_paths]
    if silent:
        return BaselineState.UNUSABLE, f"{', '.join(silent)} exists in the base but no test was collected from it"
    ran = [r for r in report.results if r.outcome not in _DID_NOT_RUN]
    passed = [r for r in ran if r.outcome in _GOOD]
    if not ran:
        return BaselineState.UNUSABLE, f"none of {plural(len(report.results), 'test')} ran{_first_error(report)}"
    if not passed or 2 * len(passed) < len(ran):
        return BaselineState.UNUSABLE, f"only {len(passed)} of {plural(len(ran), 'test')} passed{_first_error(report)}"
    return BaselineState.USABLE, ""


_ENDS = {
    RunnerEnd.TIMED_OUT: "timed out",
    RunnerEnd.CRASHED: "crashed",
    RunnerEnd.KILLED: "was killed",
    RunnerEnd.NO_RUNNER: "found no runner",
    RunnerEnd.NOT_STARTED: "did not start",
}


def _one_command(report: TestReport) -> bool:
    """The report is the exit code of the command itself, not what a JUnit file said."""
    return len(report.results) == 1 and report.results[0].id.endswith(shlex.join(report.command[1:]))


def _first_failure(report: TestReport) -> Failure | None:
    failures = [e.failure for e in report.collection_errors]
    failures += [r.failure for r in report.results if r.outcome in FAILING and r.failure]
    return failures[0] if failures else None


def _first_error(report: TestReport) -> str:
    first = _first_failure(report)
    if first is None:
        return ""
    place = f"{first.path}:{first.line}: " if first.path else ""
    return f"; first error: {place}{shorten(first.message, 300)}"


def baseline_findings(report: TestReport) -> tuple[Finding, ...]:
    """AP407 for an unusable baseline (with AP408 and the install command when pytest is absent), AP407 as information
    for an empty one, AP402 as information for what the base itself cannot collect."""
    state, why = baseline_state(report)
    found: list[Finding] = []
    if state is BaselineState.EMPTY:
        found.append(finding("AP407", "The base has no test yet, so new tests alone can show progress.", tree=Tree.BASE,
                             severity=Severity.INFORMATION))  # fmt: skip
    elif state is BaselineState.UNUSABLE:
        fix = report.hint or "Make the tests of the base pass, or accept this baseline: resume with --accept-baseline."
        first = _first_failure(report)
        where = Range.of_line(first.line) if first is not None and first.path and first.line else None
        found.append(finding("AP407", f"The baseline cannot be used: {why}. {fix}", tree=Tree.BASE,
                             path=first.path if first is not None else "", range=where))  # fmt: skip
        if report.end is RunnerEnd.NO_RUNNER:
            found.append(finding("AP408", f"{report.detail}. {report.hint}", tree=Tree.BASE))
    for error in report.collection_errors:
        line = error.failure.line
        found.append(finding(
            "AP402",
            f"{error.id} cannot be collected in the base: {chain_of(error.failure)}{shorten(error.failure.message, 300)}",
            path=error.failure.path, range=Range.of_line(line) if line else None, tree=Tree.BASE,
            severity=Severity.INFORMATION,
            related=tuple(replace(link, tree=Tree.BASE) for link in chain_places(error.failure)),
        ))  # fmt: skip
    return tuple(found)
