"""The evidence in words: what an auditor is told of tests, delta and checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from autopack.context import plain
from autopack.model.evidence import Delta, Evidence, TestReport
from autopack.model.findings import Finding
from autopack.text import plural, shorten

_MOST_IDS = 20
_MOST_FINDINGS = 30
_MOST_CHARS = 600

_DELTA = (
    ("newly_failing", "passed before, fails now"),
    ("collection_errors", "cannot be collected"),
    ("missing", "ran before, does not run now"),
    ("still_failing", "failed before, still fails"),
    ("flaky", "failed once, passed when repeated"),
    ("fixed", "failed before, passes now"),
    ("new_passing", "new, passes"),
)


def evidence_lines(evidence: Evidence, must_pass: Sequence[str] = ()) -> list[str]:
    """One fact a line; names of tests come from the repository and are stripped, not trusted."""
    lines = [] if evidence.report is None else _report(evidence.report, must_pass)
    lines = lines or ["- Tests: none were run."]
    lines += _delta(evidence.delta)
    for check in evidence.checks:
        state = "begins to fail" if check.newly_red else "passes" if check.exit == 0 else "failed before and fails now"
        lines.append(f"- Check `{_one(' '.join(check.argv))}`: {state}.")
    if evidence.needs_only_baseline:
        lines.append("- The change adds no executable line.")
    lines.append(
        f"- Positive evidence: {_one(evidence.positive)}" if evidence.positive else "- Positive evidence: none."
    )
    if evidence.baseline_accepted:
        lines.append("- The state before the change could not be tested reliably; a person accepted that.")
    return lines


def notice_lines(findings: Iterable[Finding]) -> list[str]:
    """Findings of tests and policy, one a line."""
    listed = list(findings)
    lines = [
        f"- {f.code} {f.name}{_where(f)}: {shorten(plain(f.message), _MOST_CHARS)}" for f in listed[:_MOST_FINDINGS]
    ]
    if len(listed) > _MOST_FINDINGS:
        lines.append(f"- and {len(listed) - _MOST_FINDINGS} more")
    return lines


def _report(report: TestReport, must_pass: Sequence[str]) -> list[str]:
    counts = Counter(r.outcome.value for r in report.results)
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "no test ran"
    lines = [f"- Tests ({report.runner}): {told}; how the runner ended: {report.end.value.replace('_', ' ')}."]
    if must_pass:
        results = report.by_id
        passed = sum(1 for test in must_pass if test in results and results[test].outcome == "passed")
        lines.append(f"- Of {plural(len(must_pass), 'test')} that must pass, {passed} passed.")
    return lines


def _delta(delta: Delta) -> list[str]:
    lines: list[str] = []
    for name, meaning in _DELTA:
        ids: tuple[str, ...] = getattr(delta, name)
        if ids:
            more = f" and {len(ids) - _MOST_IDS} more" if len(ids) > _MOST_IDS else ""
            lines.append(f"- {meaning} ({len(ids)}): {', '.join(_one(i) for i in ids[:_MOST_IDS])}{more}")
    return lines or ["- Every test ends as it did before the change."]


def _where(finding: Finding) -> str:
    if not finding.path:
        return ""
    line = f":{finding.range.start.line}" if finding.range else ""
    return f" at {_one(finding.path)}{line}"


def _one(text: str) -> str:
    return shorten(plain(text), 200)
