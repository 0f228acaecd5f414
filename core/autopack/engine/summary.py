"""The last line of a run: its state, branch, phases with their findings, and usage, as the journal knows them."""

from __future__ import annotations

from typing import Any

from autopack.model import codec
from autopack.store import PhaseRow, Store


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


def _phase(store: Store, run: str, phase: PhaseRow) -> dict[str, Any]:
    attempts = store.attempts(run, phase.phase)
    last = next((a.outcome for a in reversed(attempts) if a.outcome is not None), None)
    found = [codec.dump(f) for f in last.findings] if last is not None else []
    capped = store.get(run, f"capped:{phase.phase}")
    return {
        "id": phase.phase,
        "state": phase.state.value,
        "attempts": len(attempts),
        "findings": [*found, capped] if capped else found,
    }
