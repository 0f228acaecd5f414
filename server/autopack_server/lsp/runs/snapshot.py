"""From what the journal knows of a run to the snapshot a client gets. Pure; called off the event loop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_server.lsp.contract import (
    AttemptSnapshot,
    ChoosablePart,
    PhaseSnapshot,
    RequestSnapshot,
    RunSnapshot,
    StepSnapshot,
    UsageSnapshot,
)

if TYPE_CHECKING:
    from autopack.model.approvals import ApprovalRequest, ChangePart
    from autopack.model.findings import Finding
    from autopack.service import RunNow, Timeline
    from autopack.store import PhaseRow, RunRow

_GRAVITY = ("error", "warning", "information", "hint")


def snapshot_of(now: RunNow, folder_uri: str, version: int, *, here: bool) -> RunSnapshot:
    """`version` orders the snapshots of one run; `here`: a worker of this server drives it."""
    from autopack.model.states import RunState

    row, hand = now.row, now.timeline.in_hand if now.at_work else None
    return RunSnapshot(
        run=row.id,
        folder_uri=folder_uri,
        version=version,
        state=row.state.value,
        shown=now.shown if now.at_work or now.ended or now.requests else RunState.STOPPED.value,
        project=row.project,
        plan_uri=plan_uri(row),
        reason=row.reason or now.timeline.reason,
        branch=row.branch,
        base=row.base,
        head=now.head,
        published=now.published,
        promoted=str(row.data.get("promoted", "")),
        at_work=now.at_work,
        here=here,
        ended=now.ended,
        created_at=row.created_at,
        active_seconds=now.active_seconds,
        phase=hand.phase if hand else "",
        attempt=hand.attempt if hand else 0,
        step=hand.step if hand else "",
        phases=[_phase(p, now.timeline, now.commits.get(p.phase, "")) for p in now.phases],
        requests=[request_snapshot(r, now.parts.get(r.id, ())) for r in now.requests],
        usage=UsageSnapshot(now.usage.calls, now.usage.input_tokens, now.usage.output_tokens, now.usage.cost_usd),
    )


def plan_uri(row: RunRow) -> str:
    """The plan's file as it was named at the start; "" for a run that does not say."""
    path = str(row.data.get("config", {}).get("plan_path") or row.plan_path)
    return Path(path).as_uri() if path.startswith("/") else ""


def _phase(row: PhaseRow, timeline: Timeline, commit: str) -> PhaseSnapshot:
    line = timeline.phases.get(row.phase)
    findings = list(line.findings.values()) if line else []
    return PhaseSnapshot(
        id=row.phase,
        state=row.state.value,
        tier=row.tier,
        goal=line.goal if line else "",
        detail=row.detail,
        commit=commit,
        findings=len(findings),
        worst=worst_code(findings),
        attempts=[
            AttemptSnapshot(
                a.number, a.outcome, a.detail, [StepSnapshot(s.name, s.outcome, s.seconds, s.began_at) for s in a.steps]
            )
            for a in (sorted(line.attempts.values(), key=lambda a: a.number) if line else ())
        ],
    )


def worst_code(findings: list[Finding]) -> str:
    """The code of the gravest finding, blocking ones first; "" when there is none."""
    ordered = sorted(findings, key=lambda f: (not f.blocking, _GRAVITY.index(f.severity.value)))
    return ordered[0].code if ordered else ""


def request_snapshot(request: ApprovalRequest, parts: Sequence[ChangePart]) -> RequestSnapshot:
    from autopack.approvals import describe, visible

    return RequestSnapshot(
        id=request.id,
        phase=request.phase,
        attempt=request.attempt,
        stage=request.stage.value,
        codes=list(request.codes),
        reasons=[visible(reason) for reason in request.reasons],
        paths=list(request.paths),
        digest=request.digest,
        lines=describe(request),
        created_at=request.created_at,
        parts=[part for each in parts for part in choosable(each)],
    )


def choosable(part: ChangePart, texts: Sequence[bytes] = ()) -> list[ChoosablePart]:
    """What of the part can be chosen by itself, with the bytes of its patch where they are at hand."""
    from autopack.approvals import visible

    hunks = part.hunks or (None,)
    found: list[ChoosablePart] = []
    for id, hunk, raw in zip(part.ids, hunks, texts or [b""] * len(hunks), strict=True):
        lines = raw.decode("utf-8", "replace").removesuffix("\n").split("\n") if raw else []
        found.append(
            ChoosablePart(
                id=id,
                path=part.path,
                names=list(part.names),
                status=part.status,  # type: ignore[arg-type]
                before=[hunk.old_start, hunk.old_count] if hunk else [],
                after=[hunk.new_start, hunk.new_count] if hunk else [],
                heading=visible(hunk.heading) if hunk else "",
                lines=[visible(line.expandtabs(4)) for line in lines],
            )
        )
    return found
