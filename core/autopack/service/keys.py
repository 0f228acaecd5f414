"""Keys of the models a run will ask: a missing one is told before anything is made or measured."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from autopack.errors import EnvironmentRefused
from autopack.model.approvals import Decision
from autopack.model.plan import Plan
from autopack.model.states import PhaseState
from autopack.plans import execution_order
from autopack.settings import config_file, missing_keys

if TYPE_CHECKING:
    from autopack.service.premises import Premises
    from autopack.store import Store


def require_keys(service: Premises, run: str = "") -> None:
    """Raises EnvironmentRefused (AP707) that says which model lacks which variable and where it was chosen. `run`: the one
    to resume."""
    missing = missing_keys(service.loaded.settings, service.env)
    if not missing:
        return
    origins = service.loaded.origins
    lines = [
        f"{m.role} {m.model}, provider {m.provider}: {m.variable} is not set "
        f"(models.{m.role}: {origins[f'models.{m.role}']})"
        for m in missing
    ]
    otherwise = f"then: autopack resume {run}" if run else "or replay recorded answers: run PLAN --cassette FILE"
    exports = "; ".join(f"export {name}=..." for name in dict.fromkeys(m.variable for m in missing))
    raise EnvironmentRefused(
        "\n".join(["no API key for a model of this run:", *lines]),
        code="AP707",
        hint=f"Set it ({exports}) or choose a model whose key is set under `models` in {config_file(service.env)}, "
        f"{otherwise}",
    )


def asks_a_model(store: Store, run: str, *, again: bool, anew: Collection[str] = ()) -> bool:
    """Whether driving the run on asks a model before it needs a person: some phase is neither ended nor about to be
    accepted. Failed phases are tried anew with `again`, and those of `anew` in any case."""
    moves = [effect for effect in store.open_effects(run) if effect.key == "tip"]
    accepted = {e.phase for e in moves if store.outcomes(run, e.phase)[e.attempt - 1] is None}
    states = {row.phase: row.state for row in store.phases(run)}
    for phase in execution_order(Plan.model_validate_json(store.blob(store.run(run).plan))):
        state = states[phase]
        word = _word(store, run, phase) if state.waits else None
        if state.waits and word is None:
            return False
        if phase in accepted or (state is PhaseState.BLOCKED and word is not None and word.approved):
            continue
        if not state.ended or (state is PhaseState.FAILED and (again or phase in anew)):
            return True
    return False


def _word(store: Store, run: str, phase: str) -> Decision | None:
    """What a person said to the phase's latest request that still stands."""
    asked = [r for r in store.requests(run, phase=phase) if r.state != "expired"]
    return store.decision(asked[-1].id) if asked else None
