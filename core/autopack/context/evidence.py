"""The evidence in words, for an auditor and for the reader of a report: tests, delta, checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from autopack.context.framing import plain
from autopack.model.evidence import CheckResult, Delta, Evidence, FirstRun, FirstRuns
from autopack.model.findings import Finding
from autopack.model.test_report import RunnerEnd, TestOutcome, TestReport
from autopack.text import duration, plural, shorten

_MOST_IDS = 20
_MOST_FINDINGS = 30
_MOST_CHARS = 600

_DELTA = (
    ("newly_failing", "fails now and did not before"),
    ("collection_errors", "cannot be collected"),
    ("missing", "ran before, does not run now"),
    ("still_failing", "failed before, still fails"),
    ("flaky", "failed once, passed when repeated"),
    ("fixed", "failed before, passes now"),
    ("new_passing", "new, passes"),
)


def evidence_lines(evidence: Evidence, must_pass: Sequence[str] = ()) -> list[str]:
    """One fact a line; names of tests come from the repository and are stripped, not trusted."""
    if evidence.report is None:
        lines = ["Tests: none were run."]
    else:
        lines = [*_report(evidence.report, must_pass), *_first(evidence.first), *_delta(evidence.delta)]
    lines += [f"Check `{_one(' '.join(check.argv))}`: {_check(check)}." for check in evidence.checks]
    noticed, tried = evidence.mutants
    if tried:
        lines.append(f"Of {plural(tried, 'small error')} put into the changed lines, the tests noticed {noticed}.")
    if evidence.needs_only_baseline:
        lines.append("The change adds nothing that the test runner executes.")
    lines.append(f"Positive evidence: {_one(evidence.positive) or 'none'}.")
    if evidence.baseline_accepted:
        lines.append("The state before the change could not be tested reliably; a person accepted that.")
    return lines


def first_runs_line(runs: FirstRuns) -> str:
    """`3 first runs of a selection, 2 settled it: 3 min 05 s saved, 12 s on top`; "" for none."""
    if not runs.runs:
        return ""
    times = f"{duration(runs.saved_seconds)} saved, {duration(runs.cost_seconds)} on top"
    return f"{plural(runs.runs, 'first run')} of a selection, {runs.stopped} settled it: {times}"


def finding_lines(findings: Iterable[Finding]) -> list[str]:
    """Findings of tests and policy, one a line."""
    listed = list(findings)
    lines = [
        f"{f.code} {f.name}{_where(f)}: {shorten(plain(f.message), _MOST_CHARS)}{_related(f)}"
        for f in listed[:_MOST_FINDINGS]
    ]
    if len(listed) > _MOST_FINDINGS:
        lines.append(f"and {len(listed) - _MOST_FINDINGS} more")
    return lines


def _report(report: TestReport, must_pass: Sequence[str]) -> list[str]:
    counts = Counter(r.outcome.value for r in report.results)
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "no test ran"
    lines = [f"Tests ({report.runner}): {told}{_unfinished(report)}."]
    if must_pass:
        passed = sum(_passed(report, wanted) for wanted in must_pass)
        lines.append(f"Of {plural(len(must_pass), 'test')} that must pass, {passed} passed.")
    return lines


def _first(first: FirstRun | None) -> list[str]:
    if first is None or not first.stopped:
        return []
    return [f"These are {first.ran} of {plural(first.of, 'test')}: they ran first, and the others were not run."]


def _unfinished(report: TestReport) -> str:
    end = report.end.value.replace("_", " ")
    return "" if report.end is RunnerEnd.FINISHED else f"; the runner did not finish ({end})"


def _passed(report: TestReport, wanted: str) -> bool:
    """Every test that `wanted` names (itself, its parameters, what its file or class holds) ran and passed."""
    named = [r for r in report.results if r.id == wanted or r.id.startswith((f"{wanted}[", f"{wanted}::"))]
    return bool(named) and all(r.outcome is TestOutcome.PASSED for r in named)


def _check(check: CheckResult) -> str:
    if check.exit == 0:
        return "passes"
    return "begins to fail" if check.newly_red else "fails, as it did before"


def _delta(delta: Delta) -> list[str]:
    lines: list[str] = []
    for name, meaning in _DELTA:
        ids: tuple[str, ...] = getattr(delta, name)
        if ids:
            more = f" and {len(ids) - _MOST_IDS} more" if len(ids) > _MOST_IDS else ""
            lines.append(f"{meaning} ({len(ids)}): {', '.join(_one(i) for i in ids[:_MOST_IDS])}{more}")
    return lines or ["Every test ends as it did before the change."]


def _related(finding: Finding) -> str:
    seen = "; ".join(f"{_one(each.where())} {_one(each.message)}" for each in finding.related)
    return f" (See {seen}.)" if seen else ""


def _where(finding: Finding) -> str:
    if not finding.path:
        return ""
    line = f":{finding.range.start.line}" if finding.range else ""
    return f" at {_one(finding.path)}{line}"


def _one(text: str) -> str:
    return shorten(plain(text), 200)
