"""Promotion: a person brings a run's result to their own branch or files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopack.errors import ConflictError, UsageError
from autopack.events import Event, EventName
from autopack.model.states import RunState
from autopack.repo import Promotion, promote

if TYPE_CHECKING:
    from autopack.service.house import House

MODES = ("ff", "merge", "squash")


def promote_run(house: House, mode: str, dry_run: bool) -> Promotion:
    """The user's branch (or, for a working-tree run, files) with the run's completed phases. Raises UsageError for an
    unknown mode, ConflictError when nothing is complete or the user's side moved so that the mode cannot serve."""
    if mode not in MODES:
        raise UsageError(f"no mode {mode!r}", hint=f"One of: {', '.join(MODES)}")
    if house.store.run(house.run).state is RunState.DISCARDED:
        raise ConflictError(f"run {house.run} is discarded, nothing of it is left to promote")
    base, tip = house.config.base, str(house.store.get(house.run, "tip"))
    if tip == base:
        raise ConflictError(f"run {house.run} has no completed phase to promote")
    result = promote(
        house.service.user, house.private, run=house.run, base=base, tip=tip, mode=mode,
        snapshot=house.config.snapshot or None, dry_run=dry_run,
    )  # fmt: skip
    if result.applied:
        with house.store.write(house.own) as tx:
            tx.put(house.run, "promoted", {"mode": mode, "tip": tip})
            tx.event(Event(EventName.LOG, house.run, data={"message": f"Promoted ({mode}): {result.summary}"}))
    return result
