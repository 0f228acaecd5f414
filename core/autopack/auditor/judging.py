"""The judge of a dual audit: asked only about what the two auditors do not agree on. Whatever it does not say beyond doubt
leaves the issue standing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from autopack.auditor.answer import Unreadable, only_object
from autopack.auditor.findings import ROLE_NAMES
from autopack.auditor.merging import Merged
from autopack.auditor.prompt import shown_patch, stable_part, told_evidence
from autopack.context import boundary, fill, framed, plain
from autopack.model.audit import AuditIssue, AuditReport
from autopack.model.completion import Prompt
from autopack.model.evidence import Evidence
from autopack.model.findings import Finding
from autopack.model.plan import Phase, Plan
from autopack.redaction import Redactor

_OUTPUT_TOKENS, _TOKENS_A_POINT = 2048, 512
_MOST_REASON = 600
_PATTERNS_ONLY = Redactor()

JUDGE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["rulings"],
    "properties": {
        "rulings": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["issue", "ruling", "reason"],
                "properties": {
                    "issue": {"type": "integer"},
                    "ruling": {"type": "string", "enum": ["upheld", "dismissed"]},
                    "reason": {"type": "string"},
                },
            },
        },
    },
}


@dataclass(frozen=True, slots=True)
class Rulings:
    """By place in the merged issues: ruling and reason. `detail` says why there are none, or not all, "" = all."""

    of: Mapping[int, tuple[str, str]]
    detail: str = ""


def render_judge(
    plan: Plan,
    phase: Phase,
    patch: bytes | str,
    evidence: Evidence,
    notices: Sequence[Finding],
    reviews: Mapping[str, AuditReport],
    merged: Merged,
    *,
    attempt: int,
    redactor: Redactor = _PATTERNS_ONLY,
) -> Prompt:
    """`reviews` are both audits by role."""
    body, facts = shown_patch(patch), told_evidence(phase, evidence, notices)
    told = [_review(role, report) for role, report in reviews.items()]
    points = "\n".join(_point(number, merged.issues[at]) for number, at in enumerate(merged.disputed, 1))
    mark = boundary((body, facts, *told, points))
    shown = "\n".join(framed(f"review {number}", text, mark) for number, text in enumerate(told, 1))
    prompt = fill(
        "auditor_judge", number=f" (attempt {attempt})", mark=mark, patch=framed("patch", body, mark),
        evidence=framed("evidence", facts, mark), reviews=shown, disputed=framed("points", points, mark),
    )  # fmt: skip
    return Prompt(
        system=fill("auditor_judge_system"),
        stable=redactor.text(stable_part(plan, phase)),
        prompt=redactor.text(prompt),
        max_output_tokens=_OUTPUT_TOKENS + _TOKENS_A_POINT * len(merged.disputed),
        schema=JUDGE_SCHEMA,
    )


def parse_rulings(text: str, merged: Merged, *, stop_reason: str = "end") -> Rulings:
    """The judge's rulings on the disputed issues; a point it rules on twice, or without a reason, it does not rule on."""
    if stop_reason != "end":
        return Rulings({}, "the judge's answer was cut off or refused")
    try:
        listed = only_object(text, "rulings")["rulings"]
        if not isinstance(listed, list):
            raise Unreadable("`rulings` is not a list")
        items = [_ruling(item) for item in cast("list[Any]", listed)]
    except Unreadable as why:
        return Rulings({}, f"the judge's answer cannot be read: {why}")
    numbers = [number for number, _, _ in items]
    found = {
        merged.disputed[number - 1]: (ruling, reason)
        for number, ruling, reason in items
        if 1 <= number <= len(merged.disputed) and numbers.count(number) == 1 and reason
    }
    left = len(merged.disputed) - len(found)
    return Rulings(found, f"the judge gave no single ruling with a reason on {left} of them" if left else "")


def settled(merged: Merged, rulings: Rulings) -> tuple[AuditIssue, ...]:
    """The issues with what came of the disputed ones: a dismissed one stays as a minor issue, every other one stands with
    the graver severity."""
    issues = list(merged.issues)
    for at in merged.disputed:
        ruling, reason = rulings.of.get(at, ("open", ""))
        severity = "minor" if ruling == "dismissed" else issues[at].severity
        issues[at] = replace(issues[at], ruling=ruling, reason=reason, severity=severity)
    return tuple(issues)


def _review(role: str, report: AuditReport) -> str:
    word = "approves" if report.approved else "does not approve"
    lines = [f"{ROLE_NAMES[role].capitalize()} {word}.", *(_issue(issue) for issue in report.issues)]
    return "\n".join(lines)


def _issue(issue: AuditIssue) -> str:
    lines = f":{issue.line}" if issue.line else ""
    lines += f"-{issue.end_line}" if issue.end_line > issue.line else ""
    where = f" at {issue.path}{lines}" if issue.path else ""
    return " ".join(plain(f"- {issue.severity} [{issue.category}]{where}: {issue.description}").split())


def _point(number: int, issue: AuditIssue) -> str:
    said = ", ".join(f"{ROLE_NAMES[role]} calls it {severity}" for role, severity in issue.sources)
    others = [name for role, name in ROLE_NAMES.items() if role not in dict(issue.sources)]
    return f"{number}. {_issue(issue)[2:]} ({said}{''.join(f', {name} does not name it' for name in others)})"


def _ruling(item: Any) -> tuple[int, str, str]:
    fields = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    number, ruling, reason = fields.get("issue"), fields.get("ruling"), fields.get("reason")
    if isinstance(number, bool) or not isinstance(number, int) or not isinstance(reason, str):
        raise Unreadable("a ruling names no issue or no reason")
    if ruling not in ("upheld", "dismissed"):
        raise Unreadable("a ruling is neither `upheld` nor `dismissed`")
    return number, ruling, " ".join(plain(reason).split())[:_MOST_REASON]
