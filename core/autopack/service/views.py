"""What surfaces show of a run: plain values, made from the journal alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from autopack.approvals import describe
from autopack.engine.promotions import PROMOTED
from autopack.engine.reapplying import waiting
from autopack.engine.save_points import SavePoint, save_points
from autopack.engine.summary import branch_waits, first_runs, run_summary
from autopack.model.approvals import ApprovalRequest, ChangePart
from autopack.model.evidence import FirstRuns
from autopack.model.states import PhaseState, RunState, tier_state
from autopack.store import RunRow, Store


@dataclass(frozen=True, slots=True)
class PhaseView:
    """`findings` are those of the latest ended attempt, `risk`, `decision` and `quality` those of the latest attempt's
    change, as JSON types; None = it got no further than its answer, or was not judged."""

    id: str
    tier: str
    state: str
    attempts: int
    detail: str
    commit: str
    findings: tuple[dict[str, Any], ...]
    risk: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None
    quality: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RunView:
    """`shown` is the state people see: GATE or CI_RUNNING while the current phase is there. `owned`: a living process
    drives it. `requests` are pending, `parts` what can be chosen of each by its id. `branch_waits` says why the branch does
    not stand at `head` yet (AP904), or is "". `promoted` says into what it was promoted last, "" when nowhere or taken
    back; `save_points` are states `rollback` can go back to, the base first; `reapply` are phases whose earlier changes
    wait to be applied and proven again; `first_runs` what running a selection of the tests first saved and cost."""

    id: str
    state: str
    shown: str
    reason: str
    project: str
    plan_path: str
    branch: str
    base: str
    head: str
    published: bool
    owned: bool
    created_at: float
    active_seconds: float
    phases: tuple[PhaseView, ...]
    tiers: tuple[tuple[str, str], ...]
    requests: tuple[ApprovalRequest, ...]
    usage: dict[str, Any]
    branch_waits: str = ""
    promoted: str = ""
    save_points: tuple[SavePoint, ...] = ()
    reapply: tuple[str, ...] = ()
    first_runs: FirstRuns = field(default_factory=FirstRuns)
    parts: Mapping[str, tuple[ChangePart, ...]] = field(default_factory=dict[str, tuple[ChangePart, ...]])

    def to_json(self) -> dict[str, Any]:
        """JSON types; each request with the lines that describe it."""
        data: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        parts = data.pop("parts")
        for asked, request in zip(data["requests"], self.requests, strict=True):
            asked["shown"] = describe(request, self.parts.get(request.id, ()))
            asked["parts"] = parts.get(request.id, [])
        return data


def run_view(store: Store, run: str) -> RunView:
    """The run as the journal knows it now. Raises UsageError for an unknown run."""
    row = store.run(run)
    summary = run_summary(store, run, base=row.base)
    details = {p["id"]: p for p in summary["phases"]}
    rows = store.phases(run)
    phases = tuple(
        PhaseView(
            id=p.phase, tier=p.tier, state=p.state.value, attempts=details[p.phase]["attempts"], detail=p.detail,
            commit=str(store.get(run, f"commit:{p.phase}", "")), findings=tuple(details[p.phase]["findings"]),
            risk=store.get(run, f"risk:{p.phase}:{details[p.phase]['attempts']}"),
            decision=store.get(run, f"decision:{p.phase}:{details[p.phase]['attempts']}"),
            quality=store.get(run, f"quality:{p.phase}:{details[p.phase]['attempts']}"),
        )
        for p in rows
    )  # fmt: skip
    requests = tuple(store.requests(run, state="pending"))
    tiers = dict.fromkeys(p.tier for p in rows)
    return RunView(
        id=run,
        state=row.state.value,
        shown=shown_state(row, [p.state for p in rows]),
        reason=row.reason,
        project=row.project,
        plan_path=row.plan_path,
        branch=row.branch,
        base=row.base,
        head=summary["head"],
        published=summary["published"],
        owned=store.owned(run),
        created_at=row.created_at,
        active_seconds=float(store.get(run, "active_seconds", 0.0)),
        phases=phases,
        tiers=tuple((t, tier_state(tuple(p.state for p in rows if p.tier == t)).value) for t in tiers if t),
        requests=requests,
        usage=summary["usage"],
        branch_waits=branch_waits(store, run),
        promoted=str(row.data.get(PROMOTED, "")),
        save_points=tuple(save_points(store, run)),
        reapply=tuple(phase for phase, _ in waiting(store, run)),
        first_runs=first_runs(store, run),
        parts={request.id: store.parts(request) for request in requests},
    )


def shown_state(row: RunRow, phases: list[PhaseState]) -> str:
    if row.state is RunState.PHASE_EXECUTION:
        for state in (PhaseState.GATE, PhaseState.CI_RUNNING, PhaseState.AWAITING_APPROVAL, PhaseState.BLOCKED):
            if state in phases:
                return state.value
    return row.state.value
