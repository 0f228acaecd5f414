"""Work: one run in progress, as the steps see it: its doors, plan, journal, worktree, clock and the phase in hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autopack.budgets import Reservation, check_time
from autopack.changes import form_for
from autopack.engine.doors import Doors, RunConfig
from autopack.engine.journal import Journal
from autopack.model.plan import Phase, Plan, RunnerName
from autopack.repo import Worktree
from autopack.store import CallKey, Effect
from autopack.testing import detect_runner


@dataclass
class Work:
    """Lives as long as one drive of a run. `phase_in_hand` and `attempt_number` say what is in hand; `stop_requested`
    is set by a signal or a command, `interrupt` by a command that takes the phase away; `active_before` are the seconds
    earlier drives of the run took, waiting not counted; `in_flight` are the model calls under way, `ahead` those of an
    audit beside the tests."""

    run: str
    doors: Doors
    config: RunConfig
    plan: Plan
    journal: Journal
    worktree: Worktree
    stop_requested: asyncio.Event
    active_before: float = 0.0
    started: float = 0.0
    waited: float = 0.0
    phase_in_hand: Phase | None = None
    attempt_number: int = 0
    interrupt: asyncio.Event = field(default_factory=asyncio.Event)
    in_flight: dict[CallKey, Reservation] = field(default_factory=dict[CallKey, Reservation])
    ahead: asyncio.Task[Any] | None = None

    @property
    def phase(self) -> Phase:
        """The phase in hand; steps run only while there is one."""
        assert self.phase_in_hand is not None
        return self.phase_in_hand

    @cached_property
    def base_paths(self) -> frozenset[str]:
        """Every path of the run's base, which stays the same as long as the run lives."""
        return frozenset(entry.path for entry in self.doors.private.list(self.config.base))

    @cached_property
    def detected_runner(self) -> RunnerName:
        """The runner that file names and configuration of the base speak for."""
        private, base = self.doors.private, self.config.base

        def read(path: str) -> str | None:
            blob = private.read(base, path)
            return blob.data.decode("utf-8", "replace") if blob is not None else None

        return detect_runner(self.base_paths, read)

    def monotonic(self) -> float:
        return self.doors.monotonic()

    def active_seconds(self) -> float:
        """Seconds this run has been at work over all its drives."""
        return self.active_before + (self.monotonic() - self.started) - self.waited

    def remaining_seconds(self) -> float:
        return self.config.max_duration_minutes * 60 - self.active_seconds()

    def check_time(self) -> None:
        """Raises BudgetExhausted AP703 when the run has been at work longer than its cap."""
        check_time(self.active_seconds(), self.config.max_duration_minutes * 60)

    def effect(self, key: str) -> Effect | None:
        """What the journal knows of a step of the attempt in hand."""
        return self.doors.store.effect(self.run, self.phase.id, self.attempt_number, key)

    def forms(self, lines: dict[str, int], step_down: int) -> dict[str, str]:
        """The answer form to ask for, per writable file of so many lines."""
        mode = self.phase.builder_mode
        return {path: form_for(path, count, len(lines), mode, step_down) for path, count in lines.items()}
