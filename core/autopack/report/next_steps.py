"""What a person can do with a run as it stands, most useful first."""

from __future__ import annotations

from autopack.context import code
from autopack.model.quality import QualityLevel
from autopack.model.states import PhaseState, RunState
from autopack.report.facts import PhaseFacts, RunFacts


def next_steps(facts: RunFacts) -> list[str]:
    """Sentences in Markdown; none for a discarded run."""
    if facts.state is RunState.DISCARDED:
        return []
    return [*_waiting(facts), *_failed(facts), *_promote(facts)]


def _waiting(facts: RunFacts) -> list[str]:
    steps: list[str] = []
    if any(p.state.waits for p in facts.phases):
        steps.append(
            f"Answer the open request: {code(f'autopack approve {facts.id}')} or "
            f"{code(f'autopack reject {facts.id} --reason TEXT')}, then {code(f'autopack resume {facts.id}')}."
        )
    elif facts.state is RunState.STOPPED:
        steps.append(f"Go on where it stopped: {code(f'autopack resume {facts.id}')}.")
    return steps


def _failed(facts: RunFacts) -> list[str]:
    steps: list[str] = []
    for phase in facts.phases:
        if phase.state is not PhaseState.FAILED:
            continue
        bundle = f" Read its handoff bundle first: {code(phase.handoff)}." if phase.handoff else ""
        steps.append(
            f"Phase {code(phase.id)} failed.{bundle} Then {_anew(facts.id, phase)}, or go on without it, "
            f"{code(f'autopack skip {facts.id} {phase.id}')}."
        )
    if facts.state.failed and not steps:
        if facts.state is RunState.BUDGET_EXHAUSTED:
            more = code(f"autopack resume {facts.id} --token-cap N")
            steps.append(f"Allow more and go on: {more} (or `--money-cap-usd N`, `--max-minutes N`).")
        else:
            steps.append(f"Repair what is named above, then go on: {code(f'autopack resume {facts.id} --again')}.")
    elif steps:
        steps.append(f"After either, go on: {code(f'autopack resume {facts.id}')}.")
    return steps


def _anew(run: str, phase: PhaseFacts) -> str:
    last = phase.attempts[-1].outcome if phase.attempts else None
    if last is not None and any(found.code == "AP701" for found in last.findings):
        return f"allow it more tokens, {code(f'autopack resume {run} --phase-token-cap {phase.id}=N')}"
    return f"try again with a hint, {code(f'autopack retry {run} {phase.id} --hint TEXT')}"


def _needs_review(phase: PhaseFacts) -> bool:
    """Its last change completed it with warnings, or because a person took a gate out of its way."""
    last = next((a for a in reversed(phase.attempts) if a.outcome is not None), None)
    if last is None or last.outcome is None:
        return False
    return bool(last.outcome.lifted) or (last.quality is not None and last.quality.level is not QualityLevel.PASSED)


def _promote(facts: RunFacts) -> list[str]:
    if not any(p.state is PhaseState.COMPLETE for p in facts.phases):
        return [f"Nothing was completed; to remove the run: {code(f'autopack discard {facts.id}')}."]
    whole = facts.state is RunState.DONE_SUCCESS
    look = [code(p.id) for p in facts.phases if p.state is PhaseState.COMPLETE and _needs_review(p)]
    steps = [f"Review first: {', '.join(look)} (the quality of the change says why)."] if look else []
    steps += [f"Look at {'the result' if whole else 'what was completed'}: "
             f"{code(f'git diff {facts.base[:12]} {facts.branch}')}."]  # fmt: skip
    if facts.base_kind == "working-tree":
        steps.append(
            f"Take it into your files: {code(f'autopack promote {facts.id} --dry-run')}, then without "
            f"{code('--dry-run')}. The branch holds a snapshot of your working tree: pushing {code(facts.branch)} "
            "pushes that snapshot too."
        )
    else:
        steps.append(
            f"Take it over: {code(f'autopack promote {facts.id} --dry-run')}, then without {code('--dry-run')} "
            f"({code('--mode ff')}, {code('merge')} or {code('squash')})."
        )
    return steps
