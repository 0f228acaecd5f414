"""Audit issues as findings, located in the files of the change; a location no file of the change has is only told."""

from __future__ import annotations

from autopack.model.changes import ChangeSet
from autopack.model.evidence import AuditIssue, AuditReport
from autopack.model.findings import Finding, Range, Tree
from autopack.model.rules import finding
from autopack.text import split_lines


def audit_findings(report: AuditReport, changes: ChangeSet) -> list[Finding]:
    """AP504 for an audit that did not happen; AP501 per major issue or for a refusal without one; AP502 else."""
    if not report.available:
        detail = report.detail or "no auditor answered"
        return [finding("AP504", f"There is no usable audit of this change: {detail}.")]
    found = [_finding(issue, changes) for issue in report.issues]
    if not report.approved and not any(f.blocking for f in found):
        found.insert(0, finding("AP501", "The auditor did not approve the change and named no major issue."))
    return found


def _finding(issue: AuditIssue, changes: ChangeSet) -> Finding:
    code = "AP501" if issue.severity == "major" else "AP502"
    path = _changed_path(issue.path, changes)
    said = f" (at {issue.path}{f':{issue.line}' if issue.line else ''})" if issue.path and not path else ""
    category = f"[{issue.category}] " if issue.category else ""
    advice = f" Suggestion: {issue.suggestion}" if issue.suggestion else ""
    message = f"{category}{issue.description}{said}{advice}"
    if not path:
        return finding(code, message)
    tree, where = _place(path, issue.line, changes)
    return finding(code, message, path=path, range=where, tree=tree)


def _changed_path(said: str, changes: ChangeSet) -> str:
    """The path of the change that `said` names: exactly, with a patch prefix, or by an ending only one path has."""
    paths = changes.paths
    for candidate in (said, said.removeprefix("a/"), said.removeprefix("b/")):
        if candidate in paths:
            return candidate
    ends = [path for path in paths if said and path.endswith(f"/{said}")]
    return ends[0] if len(ends) == 1 else ""


def _place(path: str, line: int, changes: ChangeSet) -> tuple[Tree, Range | None]:
    after = next((c.after for c in changes.changes if c.path == path), None)
    if after is None:
        return Tree.BASE, None
    lines = split_lines(after)
    if not 1 <= line <= len(lines):
        return Tree.CANDIDATE, None
    text = lines[line - 1].rstrip(b"\r\n").decode("utf-8", "replace")
    return Tree.CANDIDATE, Range.of_line(line, len(text))
