"""The Auditor's prompt: goal and criteria, the change as a patch, the evidence, and the shape of the answer."""

from __future__ import annotations

from collections.abc import Sequence

from autopack.auditor.answer import AUDIT_SCHEMA
from autopack.context import boundary, brief, evidence_lines, fill, finding_lines, framed, plain, project
from autopack.model.completion import Prompt
from autopack.model.evidence import Evidence
from autopack.model.findings import Finding
from autopack.model.plan import Phase, Plan
from autopack.redaction import Redactor

_MOST_PATCH = 160_000
_MOST_FILES = 500
_OUTPUT_TOKENS = 8192
_PATTERNS_ONLY = Redactor()


def render_audit(
    plan: Plan,
    phase: Phase,
    patch: bytes | str,
    evidence: Evidence,
    notices: Sequence[Finding] = (),
    *,
    summary: str = "",
    attempt: int | None = None,
    redactor: Redactor = _PATTERNS_ONLY,
) -> Prompt:
    """`patch` is the git patch of the candidate against its base; `notices` what policy said of it; `summary` the
    Builder's own word, shown as a claim."""
    text = patch.decode("utf-8", "replace") if isinstance(patch, bytes) else patch
    body = _cut(plain(text))
    claim = plain(summary).strip()
    told = (*evidence_lines(evidence, phase.tests.must_pass), *finding_lines((*evidence.findings, *notices)))
    facts = "\n".join(f"- {line}" for line in told)
    mark = boundary((body, claim, facts))
    varying = fill(
        "auditor_task",
        number="" if attempt is None else f" (attempt {attempt})",
        mark=mark,
        summary=f"What its author says of it:\n{framed('summary', claim, mark)}\n" if claim else "",
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


def _cut(patch: str) -> str:
    """The patch within its limit; what is left out is said, with every file of the change, so that none goes unseen."""
    if len(patch) <= _MOST_PATCH:
        return patch
    kept = patch[:_MOST_PATCH]
    kept = kept[: kept.rfind("\n") + 1] or kept
    files = [line.removeprefix("diff --git ") for line in patch.split("\n") if line.startswith("diff --git ")]
    listed = "\n".join(f"  {file}" for file in files[:_MOST_FILES])
    more = f"\n  and {len(files) - _MOST_FILES} more" if len(files) > _MOST_FILES else ""
    return (
        f"{kept}[... {len(patch) - len(kept)} more characters of the patch are NOT shown; judge what you saw, and say "
        f"so as a minor issue ...]\nAll files of the change:\n{listed}{more}\n"
    )
