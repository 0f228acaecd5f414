"""What went wrong before, said so that a model can repair it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autopack.builder.parts import Part
from autopack.changes import Whole
from autopack.context import boundary, fill, framed, plain
from autopack.model.approvals import WIDENED
from autopack.model.audit import AuditIssue
from autopack.model.findings import Finding, Related, Severity, Tree

_MOST_FINDINGS = 40
_MOST_CHARS = 2_500
_MOST_PATCH = 24_000
_MOST_KEPT = 60_000
_MOST_SUGGESTED = 16_000
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFORMATION: 2, Severity.HINT: 3}
_TREE = {Tree.CANDIDATE: "", Tree.BASE: " (as shown above)", Tree.PLAN: " (in the plan)", Tree.USER: ""}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a person did with the change of an attempt that they took in part: both sides as patches, and their words on
    the rest ("" = none)."""

    attempt: int
    accepted: str
    refused: str
    said: str = ""


def render_feedback(
    findings: Sequence[Finding],
    attempt: int,
    previous_patch: str = "",
    complete: Sequence[Whole] = (),
    suggested: Sequence[AuditIssue] = (),
) -> str:
    """The findings of the attempt before `attempt`, worst first, in one frame, and what it proposed: as a patch, or the
    file objects that came `complete` before it was cut off, and what its auditor `suggested`; before them what came of a
    request. "" without findings."""
    asked = [each for each in findings if each.code == WIDENED and not each.blocking]
    findings = [each for each in findings if each not in asked]
    parts = (_asked(asked), _failed(findings, attempt, previous_patch, complete), _suggested(findings, suggested))
    return "\n".join(part for part in parts if part)


def _asked(findings: Sequence[Finding]) -> str:
    report = _report(findings)
    return fill("builder_asked", report=framed("answer", report, boundary((report,)))).strip() if report else ""


def _suggested(findings: Sequence[Finding], issues: Sequence[AuditIssue]) -> str:
    """What the auditor would write instead: another model's text, so in a frame of its own."""
    if not findings or not issues:
        return ""
    texts = [
        f"For: {' '.join(plain(issue.description).split())}\n{_shortened(plain(issue.patch), _MOST_SUGGESTED)}"
        for issue in issues
    ]
    shown = _shortened("\n\n".join(texts), _MOST_PATCH)
    return fill("builder_suggested", patches=framed("suggested by the reviewer", shown, boundary((shown,)))).rstrip()


def _failed(findings: Sequence[Finding], attempt: int, previous_patch: str, complete: Sequence[Whole]) -> str:
    if not findings:
        return ""
    report = _report(findings)
    patch = _shortened(plain(previous_patch), _MOST_PATCH)
    whole = _shortened(_file_objects(complete), _MOST_PATCH)
    mark = boundary((report, patch, whole))
    parts = ["The findings:", framed("findings", report, mark)]
    if patch.strip():
        parts += ["The change it proposed:", framed("previous change", patch, mark)]
    if whole:
        told = "These file objects of it were complete. They were not applied either; give those that are right again:"
        parts += [told, framed("complete before the cut", whole, mark)]
    previous = max((each.attempt for each in findings), default=0) or max(1, attempt - 1)
    return fill("builder_feedback", previous=str(previous), report="\n".join(parts))


def render_taken(taken: Taken) -> str:
    """What was accepted, what was refused, and the person's words."""
    accepted, refused = (_shortened(plain(patch), _MOST_PATCH) for patch in (taken.accepted, taken.refused))
    mark = boundary((accepted, refused))
    said = f"They say of it:\n{plain(taken.said).strip()}" if taken.said.strip() else ""
    return fill(
        "builder_taken", attempt=str(taken.attempt), accepted=framed("accepted", accepted, mark),
        refused=framed("refused", refused, mark), said=said,
    ).rstrip()  # fmt: skip


def render_part(part: Part) -> str:
    """What this call asks for, what the attempt has already, and what was wrong with the answer before."""
    report, whole = _report(part.trouble), _shortened(_file_objects(part.kept), _MOST_KEPT)
    mark = boundary((report, whole))
    asked = "Give these deliverables now, with the changes to other files that belong to them:\n" + _bullets(
        part.deliverables
    )
    if not part.deliverables:
        asked = (
            "Every deliverable was given. Give the other file objects that the goal still needs, or none (`total` 0)."
        )
    elif not part.later:
        asked += "\nThey are the last: give everything else that the goal still needs, too."
    later = f"Leave these out, they are asked for next:\n{_bullets(part.later)}\n" if part.later else ""
    kept = trouble = ""
    if whole:
        told = "These file objects are kept from the parts before. Build on them, and name none of their paths again:"
        kept = f"{told}\n{framed('kept', whole, mark)}\n"
    if report:
        told = "Of the answer to the part before, only what is kept above counts. What was wrong with it:"
        trouble = f"{told}\n{framed('findings', report, mark)}\n"
    return fill("builder_part", number=str(part.number), asked=asked, later=later, kept=kept, trouble=trouble)


def _bullets(paths: Sequence[str]) -> str:
    return "\n".join(f"- `{' '.join(plain(path).split())}`" for path in paths)


def _file_objects(files: Sequence[Whole]) -> str:
    return plain("\n".join(each.text for each in files))


def _report(findings: Sequence[Finding]) -> str:
    ordered = sorted(findings, key=lambda f: (not f.blocking, _ORDER[f.severity]))
    items = [_item(number, f) for number, f in enumerate(ordered[:_MOST_FINDINGS], 1)]
    if len(ordered) > _MOST_FINDINGS:
        items.append(f"... and {len(ordered) - _MOST_FINDINGS} more findings.")
    return "\n".join(items)


def _item(number: int, finding: Finding) -> str:
    where = ""
    if finding.path:
        line = f":{finding.range.start.line}" if finding.range else ""
        where = f" at {' '.join(plain(finding.path).split())}{line}{_TREE[finding.tree]}"
    elif finding.entry:
        where = f" (`{finding.entry}` of the phase)"
    level = "" if finding.blocking else f" [{finding.severity.value}]"
    message = _shortened(plain(finding.message).strip(), _MOST_CHARS).replace("\n", "\n   ")
    related = "".join(f"\n   See {_related(each)}" for each in finding.related)
    return f"{number}. {finding.code} {finding.name}{level}{where}: {message}{related}"


def _related(related: Related) -> str:
    return f"{' '.join(plain(related.where()).split())}{_TREE[related.tree]}: {plain(related.message)}"


def _shortened(text: str, limit: int) -> str:
    """Beginning and end of a text too long, with what was left out said between them."""
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail]}\n[... {len(text) - limit} characters left out ...]\n{text[-tail:]}"
