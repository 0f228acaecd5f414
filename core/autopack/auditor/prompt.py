"""The Auditor's prompt: goal and criteria, the change as a patch, the evidence, and the shape of the answer."""

from __future__ import annotations

from collections.abc import Sequence

from autopack.auditor.answer import AUDIT_SCHEMA
from autopack.auditor.evidence import evidence_lines, notice_lines
from autopack.context import boundary, brief, fill, framed, plain, project
from autopack.model.changes import ChangeSet
from autopack.model.completion import Prompt
from autopack.model.evidence import Evidence
from autopack.model.findings import Finding
from autopack.model.plan import Phase, Plan
from autopack.redaction import Redactor

_MOST_PATCH = 160_000
_OUTPUT_TOKENS = 8192
_PATTERNS_ONLY = Redactor()


def render_audit(
    plan: Plan,
    phase: Phase,
    changes: ChangeSet,
    patch: bytes | str,
    evidence: Evidence,
    *,
    attempt: int = 1,
    notices: Sequence[Finding] = (),
    redactor: Redactor = _PATTERNS_ONLY,
) -> Prompt:
    """`patch` is the git patch of the candidate against its base; `notices` what policy said of it. The Builder's own
    summary is shown as a claim, framed like the patch."""
    text = patch.decode("utf-8", "replace") if isinstance(patch, bytes) else patch
    body = _cut(plain(text), changes)
    claim = plain(changes.summary).strip() or "(no summary)"
    facts = "\n".join((*evidence_lines(evidence, phase.tests.must_pass), *notice_lines((*evidence.findings, *notices))))
    mark = boundary((body, claim, facts))
    varying = fill(
        "auditor_task",
        number=str(attempt),
        mark=mark,
        summary=f"What its author says of it:\n{framed('summary', claim, mark)}",
        patch=framed("patch", body, mark) if body.strip() else "The change is empty.",
        evidence=framed("evidence", facts, mark),
    )
    stable = fill(
        "auditor_stable", phase_id=phase.id, project=project(plan), goal=plain(phase.goal).strip(),
        sections=brief(phase),
    )  # fmt: skip
    return Prompt(
        system=fill("auditor_system"),
        stable=redactor.text(stable),
        prompt=redactor.text(varying),
        max_output_tokens=_OUTPUT_TOKENS,
        schema=AUDIT_SCHEMA,
    )


def _cut(patch: str, changes: ChangeSet) -> str:
    """The patch within its limit; what is left out is said, with every path of the change, so that none goes unseen."""
    if len(patch) <= _MOST_PATCH:
        return patch
    kept = patch[:_MOST_PATCH]
    kept = kept[: kept.rfind("\n") + 1] or kept
    paths = "\n".join(f"  {plain(path)}" for path in changes.paths)
    return (
        f"{kept}[... {len(patch) - len(kept)} more characters of the patch are NOT shown; judge what you saw, and say "
        f"so as a minor issue ...]\nAll paths of the change:\n{paths}\n"
    )
