"""What went wrong before, said so that a model can repair it."""

from __future__ import annotations

from collections.abc import Sequence

from autopack.context import boundary, fill, framed, plain
from autopack.model.findings import Finding, Severity, Tree

_MOST_FINDINGS = 40
_MOST_CHARS = 2_500
_MOST_PATCH = 24_000
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFORMATION: 2, Severity.HINT: 3}
_TREE = {Tree.CANDIDATE: "", Tree.BASE: " (as shown above)", Tree.PLAN: " (in the plan)", Tree.USER: ""}


def render_feedback(findings: Sequence[Finding], attempt: int, previous_patch: str = "") -> str:
    """The findings of the attempt before `attempt`, worst first, in one frame; "" without any."""
    if not findings:
        return ""
    ordered = sorted(findings, key=lambda f: (not f.blocking, _ORDER[f.severity]))
    items = [_item(number, f) for number, f in enumerate(ordered[:_MOST_FINDINGS], 1)]
    if len(ordered) > _MOST_FINDINGS:
        items.append(f"... and {len(ordered) - _MOST_FINDINGS} more findings.")
    report = "\n".join(items)
    patch = _shortened(plain(previous_patch), _MOST_PATCH)
    mark = boundary((report, patch))
    parts = ["The findings:", framed("findings", report, mark)]
    if patch.strip():
        parts += ["The change it proposed:", framed("previous change", patch, mark)]
    return fill("builder_feedback", previous=str(max(1, attempt - 1)), report="\n".join(parts))


def _item(number: int, finding: Finding) -> str:
    where = ""
    if finding.path:
        line = f":{finding.range.start.line}" if finding.range else ""
        where = f" at {' '.join(plain(finding.path).split())}{line}{_TREE[finding.tree]}"
    level = "" if finding.blocking else f" [{finding.severity.value}]"
    message = _shortened(plain(finding.message).strip(), _MOST_CHARS).replace("\n", "\n   ")
    return f"{number}. {finding.code} {finding.name}{level}{where}: {message}"


def _shortened(text: str, limit: int) -> str:
    """Beginning and end of a text too long, with what was left out said between them."""
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail]}\n[... {len(text) - limit} characters left out ...]\n{text[-tail:]}"
