"""The events every surface is made of: appended to the journal, printed by `--json`, followed by the editor.

`seq` counts from 1 without a gap within a run, and is the order; `time` (seconds since the epoch, UTC) is for display.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

VERSION = 1


class EventName(StrEnum):
    RUN_STARTED = "run.started"
    RUN_RESUMED = "run.resumed"
    RUN_STOPPED = "run.stopped"
    RUN_FINISHED = "run.finished"
    PHASE_STARTED = "phase.started"
    PHASE_FINISHED = "phase.finished"
    ATTEMPT_STARTED = "attempt.started"
    ATTEMPT_FINISHED = "attempt.finished"
    STEP_STARTED = "step.started"
    STEP_FINISHED = "step.finished"
    FINDING_ADDED = "finding.added"
    FINDING_CLEARED = "finding.cleared"
    APPROVAL_REQUESTED = "approval.requested"
    APPROVAL_DECIDED = "approval.decided"
    MODEL_CALLED = "model.called"
    USAGE_UPDATED = "usage.updated"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Event:
    """`data` holds the event's own fields, JSON types only."""

    event: EventName
    run: str
    seq: int = 0
    time: float = 0.0
    phase: str = ""
    attempt: int = 0
    data: dict[str, Any] = field(default_factory=dict[str, Any])

    def to_json(self) -> dict[str, Any]:
        """The line `--json` prints: version, seq, time, event, run, phase and attempt where they apply, then `data`."""
        line: dict[str, Any] = {
            "v": VERSION, "seq": self.seq, "time": round(self.time, 3), "event": self.event.value, "run": self.run,
        }  # fmt: skip
        if self.phase:
            line["phase"] = self.phase
        if self.attempt:
            line["attempt"] = self.attempt
        return line | self.data
