"""What the delta of a candidate's tests means, as findings located at the failing assertion."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from autopack.model.evidence import Delta, Failure, RunnerEnd, TestOutcome, TestReport, Trial
from autopack.model.findings import Finding, Range, Severity
from autopack.model.rules import finding
from autopack.testing.ids import function_of
from autopack.testing.invocation import file_part
from autopack.testing.report import belongs
from autopack.text import plural, shorten

_GOOD = (TestOutcome.PASSED, TestOutcome.XPASSED)
_MOST_LINES = 12
_ADVICE = re.compile(r"\s*(?:\.\.\.)?\s*(?:Full output truncated|Use -v)")


def delta_findings(
    delta: Delta,
    report: TestReport,
    must_pass: Sequence[str] = (),
    *,
    accepted_files: Collection[str] = (),
    told: Collection[str] = (),
) -> list[Finding]:
    """AP401, AP402, AP403, AP404, AP408, AP409 and AP414, in the order a reader needs them.

    Tests missing from a file in `accepted_files` (test files the plan asks to rewrite) are warnings; missing ones that are
    `told` otherwise are left out. One warning stands
    for the cases of a test that has as many new cases that pass: an id holds the values of its case.
    """
    by_id = report.by_id
    found = [*_end_findings(report), *_provenance_findings(report)]
    errors = {e.id: e.failure for e in report.collection_errors}
    for test_id, failure in sorted(errors.items()):
        new = test_id in delta.collection_errors
        when = "" if new else " (nor could it be in the base)"
        found.append(_located("AP402", f"{test_id} cannot be collected{when}: {_said(failure)}", failure,
                              severity=None if new else Severity.INFORMATION))  # fmt: skip
    for test_id in delta.newly_failing:
        failure = by_id[test_id].failure
        found.append(
            _located("AP401", f"{test_id} fails: {_said(failure)}{_tried(delta.trials.get(test_id))}", failure)
        )
    if report.runner == "command":
        for test_id in delta.still_failing:
            failure = by_id[test_id].failure
            text = f"{test_id} fails as it did in the base: {_said(failure)}"
            found.append(_located("AP401", text, failure))
    for test_id in delta.flaky:
        failure = by_id[test_id].failure
        how = _unsteady(delta.trials.get(test_id, Trial()))
        found.append(_located("AP404", f"{test_id} failed, {how}, so it is unsteady: {_said(failure)}", failure))
    gone = tuple(t for t in delta.missing if t not in told)
    found += _missing_findings(replace(delta, missing=gone), report, errors, accepted_files)
    for path in delta.absent_paths:
        found.append(finding("AP403", f"{path} of tests.paths exists neither in the base nor in the proposed tree. "
                                      "Create it, or correct the plan.", path=path.split("::")[0]))  # fmt: skip
    found += _must_pass_findings(report, [w for w in must_pass if w not in delta.newly_failing])
    for path in report.changed_files:
        found.append(finding("AP414", f"The tests changed {path}, a tracked file; it was reset.", path=path))
    return found


def _tried(trial: Trial | None) -> str:
    """A line on how often it was tried, where that says more than that it was run once more."""
    if trial is None or trial.ran < 2:
        return ""
    if trial.failed < trial.ran:
        return (
            f"\n(It passes alone and failed in {trial.whole_failed} of {trial.whole_ran} runs of all tests, so it stumbles "
            "over what the others leave behind.)"
        )
    base = f", {trial.base_failed} of {trial.base_ran} on the base" if trial.base_ran else ""
    remembered = _remembered(trial)
    return f"\n({trial.failed} of {trial.ran} runs failed{base}{remembered}.)" if base or remembered else ""


def _unsteady(trial: Trial) -> str:
    passed = trial.ran - trial.failed + trial.whole_ran - trial.whole_failed
    runs = trial.ran + trial.whole_ran - 1
    base = f", on the base in {trial.base_failed} of {trial.base_ran}" if trial.base_failed else ""
    return f"and passed in {passed} of {runs} runs of the same tree{base}{_remembered(trial)}"


def _remembered(trial: Trial) -> str:
    if not trial.remembered_failed:
        return ""
    return f", before this run in about {trial.remembered_failed:.0f} of {trial.remembered_ran:.0f}"


def _said(failure: Failure | None) -> str:
    """The failure's own lines, without pytest's advice on its options; the first one stands behind the test's name."""
    if failure is None:
        return "no reason was given"
    lines = [line.rstrip() for line in failure.message.splitlines() if line.strip()]
    kept = [shorten(line, 300) if i == 0 else line[:300] for i, line in enumerate(lines) if not _ADVICE.match(line)]
    left_out = [f"  ... {len(kept) - _MOST_LINES} more lines"] if len(kept) > _MOST_LINES else []
    return "\n".join(kept[:_MOST_LINES] + left_out) or "no reason was given"


def _located(code: str, message: str, failure: Failure | None, *, severity: Severity | None = None) -> Finding:
    path, line = (failure.path, failure.line) if failure else ("", 0)
    return finding(code, message, path=path, range=Range.of_line(line) if path and line else None, severity=severity)


def _end_findings(report: TestReport) -> list[Finding]:
    if report.end is RunnerEnd.FINISHED or report.runner == "none":
        return []
    text = report.detail or f"the test run ended as {report.end.value}"
    return [finding("AP408", f"The tests gave no result: {text}." + (f" {report.hint}" if report.hint else ""))]


def _provenance_findings(report: TestReport) -> list[Finding]:
    outside = report.provenance.outside
    if not outside:
        return []
    shown = "; ".join(f"{module} from {file}" for module, file in outside[:3])
    more = f" and {len(outside) - 3} more" if len(outside) > 3 else ""
    text = (
        f"The tests imported {plural(len(outside), 'module')} from outside the worktree, so they did not test the "
        f"proposed code: {shown}{more}. If git does not hold the file, name it in workspace.copy or make it in "
        "workspace.setup."
    )
    return [finding("AP409", text)]


def _missing_findings(
    delta: Delta, report: TestReport, errors: Collection[str], accepted_files: Collection[str]
) -> list[Finding]:
    by_id = report.by_id
    uncollected = {file_part(error) for error in errors}
    gone = Counter(function_of(test_id) for test_id in delta.missing if test_id not in by_id)
    fresh = Counter(function_of(test_id) for test_id in delta.new_passing)
    replaced: dict[str, str] = {}
    found: list[Finding] = []
    for test_id in delta.missing:
        path = file_part(test_id)
        if any(path == lost or path.startswith(f"{lost}/") for lost in uncollected):
            continue
        known = by_id.get(test_id)
        name = function_of(test_id)
        if known is None and fresh[name] >= gone[name]:
            replaced[name] = path
            continue
        how = f"is {known.outcome.value} now" if known else "is gone"
        accepted = path in accepted_files
        found.append(finding(
            "AP403", f"{test_id} passed on the base and {how}." if known else f"{test_id} ran on the base and {how}.",
            path=path if "::" in test_id else "", severity=Severity.WARNING if accepted else None,
        ))  # fmt: skip
    for name, path in replaced.items():
        text = f"{plural(gone[name], 'case')} of {name} ran on the base and are gone; {fresh[name]} new ones pass."
        found.append(finding("AP403", text, path=path, severity=Severity.WARNING))
    return found


def _must_pass_findings(report: TestReport, must_pass: Sequence[str]) -> list[Finding]:
    found: list[Finding] = []
    for wanted in must_pass:
        results = [r for r in report.results if belongs(r.id, wanted)]
        bad = next((r for r in results if r.outcome not in _GOOD), None)
        if not results:
            found.append(finding("AP403", f"{wanted} of must_pass was not run: there is no such test. Add it.",
                                 path=file_part(wanted)))  # fmt: skip
        elif bad is not None:
            text = f"{bad.id} of must_pass did not pass ({bad.outcome.value})"
            found.append(_located("AP403", f"{text}: {_said(bad.failure)}" if bad.failure else f"{text}.", bad.failure))
    return found
