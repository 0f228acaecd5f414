"""What the delta of a candidate's tests means, as findings located at the failing assertion."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from autopack.model.evidence import Delta, Trial
from autopack.model.findings import Finding, Range, Related, Severity, Tree
from autopack.model.rules import finding
from autopack.model.test_report import Failure, RunnerEnd, TestOutcome, TestReport
from autopack.testing.blame import blamed, blamed_for_name
from autopack.testing.chain import chain_of, chain_places
from autopack.testing.ids import function_of
from autopack.testing.invocation import file_part
from autopack.testing.report import EXIT_STATUS_ID, belongs
from autopack.testing.sources import Sources
from autopack.text import plural, shorten

_GOOD = (TestOutcome.PASSED, TestOutcome.XPASSED)
_MOST_LINES = 12
_MOST_RELATED = 8
_ADVICE = re.compile(r"\s*(?:\.\.\.)?\s*(?:Full output truncated|Use -v)")


def delta_findings(
    delta: Delta,
    report: TestReport,
    must_pass: Sequence[str] = (),
    *,
    accepted_files: Collection[str] = (),
    may_go: Callable[[str], bool] = lambda test: False,
    told: Collection[str] = (),
    asked: Collection[str] | None = None,
    paths: Sequence[str] = (),
    sources: Sources | None = None,
) -> list[Finding]:
    """AP401, AP402, AP403, AP404, AP408, AP409 and AP414, in the order a reader needs them.

    `asked` are those of `must_pass` that this run was asked for (None: all); `paths` are the plan's `tests.paths`; with the
    `sources` of both trees findings say where a test stands and which changed lines most likely made it fail.

    Tests missing from a file in `accepted_files` (test files the plan asks to rewrite) are warnings, and so are those that
    `may_go`, by their ids, as the plan removes what they are about; missing ones that are
    `told` otherwise are left out. One warning stands for the cases of a test that has as many new cases that pass: an id
    holds the values of its case.
    """
    by_id, sources = report.by_id, sources or Sources()
    found = [*_end_findings(report, sources), *_provenance_findings(report, sources)]
    errors = {e.id: e.failure for e in report.collection_errors}
    for test_id, failure in sorted(errors.items()):
        new = test_id in delta.collection_errors
        when = "" if new else " (nor could it be in the base)"
        related = (*(blamed_for_name(failure, sources) if new else ()), *chain_places(failure))
        found.append(_located("AP402", f"{test_id} cannot be collected{when}: {chain_of(failure)}{_said(failure)}",
                              failure, severity=None if new else Severity.INFORMATION, related=related))  # fmt: skip
    for test_id in delta.newly_failing:
        failure = by_id[test_id].failure
        text = f"{test_id} fails: {_said(failure)}{_tried(delta.trials.get(test_id))}"
        related = blamed(test_id, failure, report, sources)
        found.append(_failing("AP401", text, test_id, failure, report, sources, related))
    if report.runner == "command":
        for test_id in delta.still_failing:
            failure = by_id[test_id].failure
            text = f"{test_id} fails as it did in the base: {_said(failure)}"
            found.append(_failing("AP401", text, test_id, failure, report, sources))
    for test_id in delta.flaky:
        failure = by_id[test_id].failure
        how = _unsteady(delta.trials.get(test_id, Trial()))
        text = f"{test_id} failed, {how}, so it is unsteady: {_said(failure)}"
        found.append(_failing("AP404", text, test_id, failure, report, sources))
    gone = tuple(t for t in delta.missing if t not in told)
    accepted = {test for test in gone if file_part(test) in accepted_files or (test not in by_id and may_go(test))}
    found += _missing_findings(replace(delta, missing=gone), report, errors, accepted, sources)
    for path in delta.absent_paths:
        place = next((f"[{n}]" for n, wanted in enumerate(paths) if wanted.rstrip("/") == path.rstrip("/")), "")
        found.append(finding("AP403", f"{path} of tests.paths exists neither in the base nor in the proposed tree. "
                                      "Create it, or correct the plan.", path=path.split("::")[0],
                             entry=f"tests.paths{place}"))  # fmt: skip
    known = {*delta.newly_failing}
    wanted = {n: test for n, test in enumerate(must_pass) if test not in known and (asked is None or test in asked)}
    found += _must_pass_findings(report, wanted, sources)
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


def _located(
    code: str,
    message: str,
    failure: Failure | None,
    *,
    severity: Severity | None = None,
    related: Sequence[Related] = (),
    entry: str = "",
) -> Finding:
    path, line = (failure.path, failure.line) if failure else ("", 0)
    where = Range.of_line(line) if path and line else None
    return finding(code, message, path=path, range=where, severity=severity, related=tuple(related[:_MOST_RELATED]),
                   entry=entry)  # fmt: skip


def _failing(
    code: str,
    message: str,
    test: str,
    failure: Failure | None,
    report: TestReport,
    sources: Sources,
    related: Sequence[Related] = (),
) -> Finding:
    """At the failing line; else where the test is defined; else, of a whole command, at the command in the plan."""
    if failure is not None and failure.path and failure.line:
        return _located(code, message, failure, related=related)
    path, where = file_part(test) if "::" in test and test != EXIT_STATUS_ID else "", sources.test_line(test)
    if path and (where is not None or failure is None or failure.path in ("", path)):
        return finding(code, message, path=path, range=where, related=tuple(related))
    entry = "tests.command" if report.runner == "command" else "tests"
    return _located(code, message, failure, related=related, entry=entry)


_ENTRY_OF_END = {RunnerEnd.TIMED_OUT: "tests.timeout_seconds", RunnerEnd.NO_RUNNER: "tests.runner"}


def _end_findings(report: TestReport, sources: Sources) -> list[Finding]:
    """At the test that was running, where the runner's word for it names one; beside it the plan's entry."""
    if report.end is RunnerEnd.FINISHED or report.runner == "none":
        return []
    text = report.detail or f"the test run ended as {report.end.value}"
    entry = "tests.command" if report.runner == "command" else _ENTRY_OF_END.get(report.end, "tests")
    ran = f" {report.running} was running." if report.running and report.running not in text else ""
    told = f"The tests gave no result: {text}.{ran}" + (f" {report.hint}" if report.hint else "")
    where = sources.test_line(report.running) if report.running else None
    path = file_part(report.running) if "::" in report.running else ""
    return [finding("AP408", told, path=path, range=where, entry=entry)]


def _provenance_findings(report: TestReport, sources: Sources) -> list[Finding]:
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
    path = next((sources.module_file(module) for module, _ in outside), "")
    return [finding("AP409", text, path=path, entry="tests")]


def _missing_findings(
    delta: Delta, report: TestReport, errors: Collection[str], accepted: Collection[str], sources: Sources
) -> list[Finding]:
    """Each where the test stands: in the proposed file while it still does, else in the base's."""
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
        tree = Tree.CANDIDATE if known else Tree.BASE
        found.append(finding(
            "AP403", f"{test_id} passed on the base and {how}." if known else f"{test_id} ran on the base and {how}.",
            path=path if "::" in test_id else "", severity=Severity.WARNING if test_id in accepted else None,
            range=sources.test_line(test_id, tree), tree=tree, related=_what_became(path, sources),
            entry="" if "::" in test_id else "tests",
        ))  # fmt: skip
    for name, path in replaced.items():
        text = f"{plural(gone[name], 'case')} of {name} ran on the base and are gone; {fresh[name]} new ones pass."
        where = sources.test_line(name)
        found.append(finding("AP403", text, path=path, range=where, severity=Severity.WARNING))
    return found


def _what_became(path: str, sources: Sources) -> tuple[Related, ...]:
    """What the change does to the test's file."""
    change, where = sources.change(path), sources.first_changed(path)
    if change is None:
        return ()
    if change.after is None:
        return (Related(path, "the change deletes this file", tree=Tree.BASE),)
    return (Related(path, "the change of the test's file begins here", where),)


def _must_pass_findings(report: TestReport, must_pass: Mapping[int, str], sources: Sources) -> list[Finding]:
    """`must_pass` by their place in the plan's list."""
    found: list[Finding] = []
    for place, wanted in must_pass.items():
        entry = f"tests.must_pass[{place}]"
        results = [r for r in report.results if belongs(r.id, wanted)]
        bad = next((r for r in results if r.outcome not in _GOOD), None)
        if not results:
            found.append(finding("AP403", f"{wanted} of must_pass was not run: there is no such test. Add it.",
                                 path=file_part(wanted), entry=entry))  # fmt: skip
        elif bad is not None:
            text = f"{bad.id} of must_pass did not pass ({bad.outcome.value})"
            text = f"{text}: {_said(bad.failure)}" if bad.failure else f"{text}."
            told = _failing("AP403", text, bad.id, bad.failure, report, sources,
                            blamed(bad.id, bad.failure, report, sources))  # fmt: skip
            found.append(replace(told, entry=entry))
    return found
