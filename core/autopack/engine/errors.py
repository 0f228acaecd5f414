"""What ends a run's drive without ending the run: control flow of the engine, never shown as an error."""

from __future__ import annotations

from autopack.model.findings import Finding
from autopack.model.states import RunState


class Stopped(Exception):
    """A stop was asked for; the run is checkpointed and can be resumed."""


class PhaseInterrupted(Exception):
    """A person's word (skip) took the phase away from under its attempt."""


class RunEnds(Exception):
    """The run cannot go on: the end state it takes and the sentence that says why, `at` a finding's place."""

    def __init__(
        self, state: RunState, reason: str, *, code: str = "", hint: str = "", at: Finding | None = None
    ) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason
        self.code = code
        self.hint = hint
        self.at = at
