"""Two audits of one change as one: the same issue once, different issues apart, and where the two do not agree.

Two issues are the same when they are of different auditors, in one file, of one class of category, and their lines overlap
or lie close together. One that names no line is the same only as one in the same words. Each issue is merged with at most
one of the other auditor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from autopack.model.audit import AuditIssue, AuditReport, Opinion

FIRST, SECOND, JUDGE = "auditor", "second_auditor", "judge"
"""Roles of the calls."""

NEAR_LINES = 3
_MOST_CHARS = 2000
_WORDS = re.compile(r"\W+")

_CLASSES: tuple[tuple[str, frozenset[str]], ...] = (
    ("tests", frozenset({"test", "tests", "testing", "coverage", "tampering", "assertion", "assertions"})),
    ("security", frozenset({"security", "vulnerability", "injection", "auth", "authentication", "authorization",
                            "authorisation", "secret", "secrets", "safety", "privacy", "crypto", "xss"})),
    ("performance", frozenset({"performance", "efficiency", "speed", "memory", "scalability"})),
    ("scope", frozenset({"scope"})),
    ("maintainability", frozenset({"maintainability", "style", "readability", "naming", "documentation", "docs", "typing",
                                   "design", "structure", "duplication", "formatting", "comment", "comments"})),
    ("correctness", frozenset({"correctness", "logic", "bug", "goal", "criteria", "criterion", "acceptance", "edge",
                               "behavior", "behaviour", "functionality", "error", "errors", "concurrency", "race",
                               "robustness", "regression", "compatibility", "data", "requirement", "requirements"})),
)  # fmt: skip
"""Words of categories that mean the same to different models; the first class that has one wins."""


@dataclass(frozen=True, slots=True)
class Merged:
    """`issues` with their sources; `disputed` are places in it on which the two do not agree."""

    issues: tuple[AuditIssue, ...]
    disputed: tuple[int, ...]


def category_class(category: str) -> str:
    """The class of a category in a model's own words; one that is none of the known is itself."""
    words = {word for word in _WORDS.split(category.casefold()) if word}
    return next((name for name, known in _CLASSES if words & known), " ".join(sorted(words)))


def merge(first: AuditReport, second: AuditReport) -> Merged:
    """Both are available. A refusal without a major issue is one more issue, with no place."""
    ours = [replace(issue, sources=((FIRST, issue.severity),)) for issue in _issues(first)]
    theirs = [replace(issue, sources=((SECOND, issue.severity),)) for issue in _issues(second)]
    pairs = sorted(
        (gap, at, beside)
        for at, mine in enumerate(ours)
        for beside, other in enumerate(theirs)
        if (gap := _apart(mine, other)) is not None
    )
    with_other: dict[int, int] = {}
    for _, at, beside in pairs:
        if at not in with_other and beside not in with_other.values():
            with_other[at] = beside
    issues = [_one(mine, theirs[with_other[at]]) if at in with_other else mine for at, mine in enumerate(ours)]
    issues += [other for beside, other in enumerate(theirs) if beside not in with_other.values()]
    agreed = any(each.major for each in ours) and any(each.major for each in theirs)
    return Merged(tuple(issues), tuple(at for at, issue in enumerate(issues) if _disputed(issue, agreed)))


def opinion(role: str, report: AuditReport) -> Opinion:
    """One auditor's word in numbers."""
    majors = sum(issue.major for issue in report.issues)
    return Opinion(role, report.model, report.approved, majors, len(report.issues) - majors)


def _issues(report: AuditReport) -> tuple[AuditIssue, ...]:
    if report.approved or any(issue.major for issue in report.issues):
        return report.issues
    why = report.detail or "it did not approve, and named no major issue"
    return (*report.issues, AuditIssue("major", "", f"The auditor refused the change: {why}."))


def _disputed(issue: AuditIssue, agreed: bool) -> bool:
    """`agreed`: both auditors refuse the change, so a major issue that only one of them names is no dispute."""
    severities = {severity for _, severity in issue.sources}
    return len(severities) > 1 or (issue.major and len(issue.sources) == 1 and not agreed)


def _apart(mine: AuditIssue, other: AuditIssue) -> int | None:
    """How far apart the same issue stands in the words of the two, in lines; None when it is not the same."""
    if category_class(mine.category) != category_class(other.category):
        return None
    if not (mine.path and mine.line and other.path and other.line):
        somewhere = not mine.path or not other.path or mine.path == other.path
        return 0 if somewhere and _said(mine) == _said(other) else None
    gap = max(other.line - max(mine.line, mine.end_line), mine.line - max(other.line, other.end_line), 0)
    return gap if mine.path == other.path and gap <= NEAR_LINES else None


def _said(issue: AuditIssue) -> str:
    return " ".join(word for word in _WORDS.split(issue.description.casefold()) if word)


def _one(mine: AuditIssue, other: AuditIssue) -> AuditIssue:
    """The graver word, with what the other adds."""
    graver, milder = (other, mine) if other.major and not mine.major else (mine, other)
    return replace(
        graver,
        description=_joined(graver.description, milder.description),
        suggestion=_joined(graver.suggestion, milder.suggestion),
        path=mine.path or other.path,
        line=min((line for line in (mine.line, other.line) if line), default=0),
        end_line=max(mine.end_line, other.end_line),
        patch=graver.patch or milder.patch,
        sources=mine.sources + other.sources,
    )


def _joined(one: str, more: str) -> str:
    if not more or more.casefold() in one.casefold():
        return one
    return f"{one} / {more}"[:_MOST_CHARS] if one else more
