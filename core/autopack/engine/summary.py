"""The last line of a run: its state, branch, phases with their findings, and usage, as the journal knows them."""

from __future__ import annotations

from typing import Any

from autopack.model import codec
from autopack.model.evidence import FirstRun, FirstRuns
from autopack.store import PhaseRow, Store

WAITS = "unpublished"
"""Where the journal keeps the finding (AP904) that the branch is behind the tip; null when it is not."""
FIRST_RUNS = "first_runs"
"""Where the journal keeps the first run of each attempt, by `phase/attempt`."""


def run_summary(store: Store, run: str, *, base: str) -> dict[str, Any]:
    """The fields of `run.finished` and `run.stopped`. `base` and `head` are reachable in the user's repository once
    `published` is true; without a completed phase head is base."""
    row = store.run(run)
    tip = str(store.get(run, "tip", base))
    published = store.get(run, "published")
    usage = store.usage(run)
    return {
        "state": row.state.value,
        "reason": row.reason,
        "branch": row.branch,
        "base": base,
        "head": tip,
        "published": tip in (published, base),
        "phases": [_phase(store, run, phase) for phase in store.phases(run)],
        "usage": {
            "calls": usage.calls,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cost_usd": usage.cost_usd,
        },
    }


def first_runs(store: Store, run: str) -> FirstRuns:
    """What running a selection of the tests first has saved and cost in all attempts of the run."""
    return FirstRuns.of(codec.load(FirstRun, row) for row in store.get(run, FIRST_RUNS, {}).values())


def _phase(store: Store, run: str, phase: PhaseRow) -> dict[str, Any]:
    outcomes = store.outcomes(run, phase.phase)
    last = next((o for o in reversed(outcomes) if o is not None), None)
    found = list(last["findings"]) if last is not None else []
    found += [kept for name in ("capped", "unaudited") if (kept := store.get(run, f"{name}:{phase.phase}"))]
    return {
        "id": phase.phase,
        "state": phase.state.value,
        "attempts": len(outcomes),
        "findings": found,
    }


def branch_waits(store: Store, run: str) -> str:
    """Why the branch is behind the tip (AP904), "" when it is not."""
    found: dict[str, Any] | None = store.get(run, WAITS)
    return str(found["message"]) if found else ""
