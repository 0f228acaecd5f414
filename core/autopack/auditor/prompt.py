"""The Auditor's prompt: goal and criteria, the change as a patch, the evidence, and the shape of the answer."""

from __future__ import annotations

from collections.abc import Sequence

from autopack.auditor.answer import AUDIT_SCHEMA
from autopack.auditor.profiles import GENERAL, always, focus
from autopack.context import boundary, brief, evidence_lines, fill, finding_lines, framed, plain, project
from autopack.model.completion import Prompt
from autopack.model.evidence import Evidence
from autopack.model.findings import Finding
from autopack.model.plan import Phase, Plan
from autopack.redaction import Redactor

_MOST_PATCH = 160_000
_MOST_FILES = 500
_LEAST_TOKENS, _CHARS_A_TOKEN = 4096, 12
"""An audit's answer: what a verdict with a few issues takes, and one token more for so many characters of the patch."""

_ENDED = "Gathered by the program for exactly this change:"
_RUNNING = "The tests are still running. What else the program knows of exactly this change:"
_PATTERNS_ONLY = Redactor()


def render_audit(
    plan: Plan,
    phase: Phase,
    patch: bytes | str,
    evidence: Evidence | None,
    notices: Sequence[Finding] = (),
    *,
    summary: str = "",
    attempt: int | None = None,
    profile: str = GENERAL,
    max_output_tokens: int = 16384,
    redactor: Redactor = _PATTERNS_ONLY,
) -> Prompt:
    """`patch` is the git patch of the candidate against its base; `evidence` None while the tests are still running;
    `notices` what policy said of it; `summary` the Builder's own word, shown as a claim; the answer's limit grows with the
    patch up to `max_output_tokens`."""
    body = shown_patch(patch)
    claim = plain(summary).strip()
    facts = told_evidence(phase, evidence, notices)
    mark = boundary((body, claim, facts))
    varying = fill(
        "auditor_task",
        number="" if attempt is None else f" (attempt {attempt})",
        mark=mark,
        summary=f"What its author says of it:\n{framed('summary', claim, mark)}\n" if claim else "",
        patch=framed("patch", body, mark) if body.strip() else "The change is empty.",
        gathered=_RUNNING if evidence is None else _ENDED,
        evidence=framed("evidence", facts, mark),
    )
    return Prompt(
        system=fill("auditor_system", always=always(), focus=focus(profile)),
        stable=redactor.text(stable_part(plan, phase)),
        prompt=redactor.text(varying),
        max_output_tokens=min(max_output_tokens, _LEAST_TOKENS + len(body) // _CHARS_A_TOKEN),
        schema=AUDIT_SCHEMA,
    )


def stable_part(plan: Plan, phase: Phase) -> str:
    """Phase, goal and criteria: the same in every attempt and for every reviewer."""
    return fill(
        "auditor_stable", phase_id=phase.id, project=project(plan), goal=plain(phase.goal).strip(),
        sections=brief(phase),
    )  # fmt: skip


def shown_patch(patch: bytes | str) -> str:
    """The patch as a reviewer sees it, within its limit."""
    return _cut(plain(patch.decode("utf-8", "replace") if isinstance(patch, bytes) else patch))


def told_evidence(phase: Phase, evidence: Evidence | None, notices: Sequence[Finding]) -> str:
    """What the program knows, one fact a line."""
    if evidence is None:
        told = ["Tests: their result is not known yet; judge the change without it.", *finding_lines(notices)]
    else:
        told = [*evidence_lines(evidence, phase.tests.must_pass), *finding_lines((*evidence.findings, *notices))]
    return "\n".join(f"- {line}" for line in told)


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
