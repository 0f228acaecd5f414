"""Audit issues as findings, located in the files of the change; a location no file of the change has is only told."""

from __future__ import annotations

import re
from dataclasses import replace

from autopack.model.audit import AuditIssue, AuditReport
from autopack.model.changes import ChangeSet
from autopack.model.findings import Finding, Range, Severity, Tree
from autopack.model.rules import finding
from autopack.text import split_lines

_ABSOLUTE = re.compile(r"/|[A-Za-z]:/|[A-Za-z][A-Za-z0-9+.-]*://")

ROLE_NAMES = {"auditor": "the first auditor", "second_auditor": "the second auditor"}


def audit_findings(report: AuditReport, changes: ChangeSet) -> list[Finding]:
    """AP504 for an audit that did not happen, or for the second one where two are asked for; AP501 per major issue or for
    a refusal without one; AP502 else; AP503 beside each that two auditors did not agree on."""
    if not report.available:
        detail = report.detail or "no auditor answered"
        others = [_finding(located(issue, changes), changes) for issue in report.issues]
        return [finding("AP504", f"There is no usable audit of this change: {detail.rstrip('.')}."), *others]
    issues = [located(issue, changes) for issue in report.issues]
    found = [_finding(issue, changes) for issue in issues]
    found += [_disagreement(issue, report, changes) for issue in issues if issue.ruling]
    if report.lacking:
        message = f"Two models must review a change like this one, and one did: {report.lacking}."
        found.insert(0, finding("AP504", message, blocking=True, entry="category"))
    elif not report.approved and not any(f.blocking for f in found):
        found.insert(0, finding("AP501", "The auditor did not approve the change and named no major issue."))
    return found


def located(issue: AuditIssue, changes: ChangeSet) -> AuditIssue:
    """The issue with the path that the change has for it; as it is where no path, or more than one, can be meant."""
    path = _changed_path(issue.path, changes)
    return replace(issue, path=path) if path else issue


def _finding(issue: AuditIssue, changes: ChangeSet) -> Finding:
    code = "AP501" if issue.major else "AP502"
    category = f"[{issue.category}] " if issue.category else ""
    advice = f" Suggestion: {issue.suggestion}" if issue.suggestion else ""
    ruled = f" ({issue.ruling} by the judge: {issue.reason})" if issue.ruling in ("upheld", "dismissed") else ""
    return _placed(code, f"{category}{issue.description}{_elsewhere(issue, changes)}{ruled}{advice}", issue, changes)


def _disagreement(issue: AuditIssue, report: AuditReport, changes: ChangeSet) -> Finding:
    models = {opinion.role: f"{ROLE_NAMES[opinion.role]} ({opinion.model})" for opinion in report.opinions}
    said = [f"{models.pop(role, role)} calls it {severity}" for role, severity in issue.sources]
    said += [f"{name} does not name it" for name in models.values()]
    if issue.ruling == "open":
        what = f"No judge decided ({report.judge_detail or 'none was asked'}), so the stricter word counts"
    else:
        what = f"The judge ({report.judge}) {issue.ruling} it: {issue.reason}"
    message = f"The auditors disagree on `{issue.description}`: {', '.join(said)}. {what}."
    severity = Severity.WARNING if issue.ruling == "open" else Severity.INFORMATION
    return _placed("AP503", message, issue, changes, severity)


def _elsewhere(issue: AuditIssue, changes: ChangeSet) -> str:
    """The place an issue names outside the files of the change."""
    if not issue.path or issue.path in changes.paths:
        return ""
    last = f"-{issue.end_line}" if issue.end_line > issue.line else ""
    return f" (at {issue.path}{f':{issue.line}{last}' if issue.line else ''})"


def _placed(
    code: str, message: str, issue: AuditIssue, changes: ChangeSet, severity: Severity | None = None
) -> Finding:
    if issue.path not in changes.paths:
        return finding(code, message, severity=severity)
    tree, where = _place(issue, changes)
    return finding(code, message, path=issue.path, range=where, tree=tree, severity=severity)


def _changed_path(said: str, changes: ChangeSet) -> str:
    """The path of the change that `said` names: exactly, with a patch prefix, by an ending only one path has, or as the end
    of an absolute path or address, however its parts are divided."""
    paths = changes.paths
    said = said.replace("\\", "/") if said not in paths else said
    for candidate in (said, said.removeprefix("a/"), said.removeprefix("b/")):
        if candidate in paths:
            return candidate
    ends = [path for path in paths if said and path.endswith(f"/{said}")]
    if not ends and _ABSOLUTE.match(said):
        longest = max((path for path in paths if said.endswith(f"/{path}")), key=len, default="")
        ends = [longest] if longest else []
    return ends[0] if len(ends) == 1 else ""


def _place(issue: AuditIssue, changes: ChangeSet) -> tuple[Tree, Range | None]:
    after = next((c.after for c in changes.changes if c.path == issue.path), None)
    if after is None:
        return Tree.BASE, None
    lines = split_lines(after)
    if not 1 <= issue.line <= len(lines):
        return Tree.CANDIDATE, None
    last = min(max(issue.line, issue.end_line), len(lines))
    if last > issue.line:
        return Tree.CANDIDATE, Range.of_lines(issue.line, last)
    text = lines[issue.line - 1].rstrip(b"\r\n").decode("utf-8", "replace")
    return Tree.CANDIDATE, Range.of_line(issue.line, len(text))
