"""Timeline: what a run's events add up to: attempts, steps, findings that stand, what is in hand. A pure fold.

    timeline = Timeline()
    for event in store.events(run, after=timeline.seq):
        timeline.take(event)

Events come in order and each once; those of another version of Autopack that are not known here are passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autopack.events import Event, EventName
from autopack.model import codec
from autopack.model.findings import Finding
from autopack.model.states import PhaseState


@dataclass(slots=True)
class StepLine:
    """One step, or the baseline of a run: `seconds` None and `outcome` "" while it goes on since `began_at` (epoch)."""

    name: str
    began_at: float
    seconds: float | None = None
    outcome: str = ""


@dataclass(slots=True)
class AttemptLine:
    """One attempt; `outcome` "" while it goes on. `base` is the commit it stands on."""

    number: int
    base: str = ""
    outcome: str = ""
    detail: str = ""
    steps: list[StepLine] = field(default_factory=list[StepLine])


@dataclass(slots=True)
class PhaseLine:
    """One phase; phase "" holds what concerns the whole run. `findings` by fingerprint, in the order they came."""

    goal: str = ""
    attempts: dict[int, AttemptLine] = field(default_factory=dict[int, AttemptLine])
    findings: dict[str, Finding] = field(default_factory=dict[str, Finding])
    handoff: str = ""

    def attempt(self, number: int) -> AttemptLine:
        return self.attempts.setdefault(number, AttemptLine(number))


@dataclass(frozen=True, slots=True)
class InHand:
    """What the run is doing now; all "" and 0 when it does nothing."""

    phase: str = ""
    attempt: int = 0
    step: str = ""
    since: float = 0.0


@dataclass(slots=True)
class Timeline:
    """`seq` is the last event taken; `reason` why the run stopped or ended last ("" while it goes on)."""

    seq: int = 0
    phases: dict[str, PhaseLine] = field(default_factory=dict[str, PhaseLine])
    in_hand: InHand = InHand()
    reason: str = ""
    last_log: str = ""

    def phase(self, phase: str) -> PhaseLine:
        return self.phases.setdefault(phase, PhaseLine())

    def take(self, event: Event) -> None:
        """Add one event; one already taken is passed over."""
        if event.seq and event.seq <= self.seq:
            return
        self.seq = max(self.seq, event.seq)
        fold = _FOLDS.get(event.event)
        if fold is not None:
            fold(self, event)


def _phase_started(line: Timeline, event: Event) -> None:
    line.phase(event.phase).goal = str(event.data.get("goal", ""))


def _phase_finished(line: Timeline, event: Event) -> None:
    """A phase that completed has nothing against it any more."""
    if event.data.get("state") in (PhaseState.COMPLETE.value, PhaseState.SKIPPED.value):
        line.phase(event.phase).findings.clear()
    line.in_hand = InHand()


def _attempt_started(line: Timeline, event: Event) -> None:
    phase = line.phase(event.phase)
    phase.attempt(event.attempt).base = str(event.data.get("base", ""))
    phase.findings = {k: f for k, f in phase.findings.items() if f.attempt >= event.attempt}
    line.in_hand, line.reason = InHand(event.phase, event.attempt, "", event.time), ""


def _attempt_finished(line: Timeline, event: Event) -> None:
    attempt = line.phase(event.phase).attempt(event.attempt)
    attempt.outcome, attempt.detail = str(event.data.get("outcome", "")), str(event.data.get("detail", ""))
    line.in_hand = InHand()


def _step_started(line: Timeline, event: Event) -> None:
    name = str(event.data.get("step", ""))
    steps = line.phase(event.phase).attempt(event.attempt).steps
    if steps and steps[-1].name == name and not steps[-1].outcome:
        steps[-1].began_at = event.time
    else:
        steps.append(StepLine(name, event.time))
    line.in_hand, line.reason = InHand(event.phase, event.attempt, name, event.time), ""


def _step_finished(line: Timeline, event: Event) -> None:
    name = str(event.data.get("step", ""))
    steps = line.phase(event.phase).attempt(event.attempt).steps
    if not steps or steps[-1].name != name:
        steps.append(StepLine(name, event.time))
    steps[-1].seconds, steps[-1].outcome = event.data.get("seconds"), str(event.data.get("outcome") or "ok")
    line.in_hand = InHand(event.phase, event.attempt, "", event.time)


def _finding_added(line: Timeline, event: Event) -> None:
    finding = codec.load(Finding, event.data["finding"])
    line.phase(event.phase).findings[finding.fingerprint] = finding


def _finding_cleared(line: Timeline, event: Event) -> None:
    line.phase(event.phase).findings.pop(str(event.data.get("fingerprint", "")), None)


def _stopped(line: Timeline, event: Event) -> None:
    line.in_hand, line.reason = InHand(), str(event.data.get("reason", ""))


def _started(line: Timeline, event: Event) -> None:
    """A drive goes on at the first step without outcome, whose start was told in an earlier one."""
    line.reason = ""
    for name, phase in line.phases.items():
        for attempt in phase.attempts.values():
            if not attempt.outcome and attempt.steps and not attempt.steps[-1].outcome:
                line.in_hand = InHand(name, attempt.number, attempt.steps[-1].name, event.time)


def _log(line: Timeline, event: Event) -> None:
    line.last_log = str(event.data.get("message", ""))
    handoff: Any = event.data.get("handoff")
    if isinstance(handoff, str):
        line.phase(event.phase).handoff = handoff


_FOLDS: dict[EventName, Callable[[Timeline, Event], None]] = {
    EventName.RUN_STARTED: _started,
    EventName.RUN_RESUMED: _started,
    EventName.RUN_STOPPED: _stopped,
    EventName.RUN_FINISHED: _stopped,
    EventName.PHASE_STARTED: _phase_started,
    EventName.PHASE_FINISHED: _phase_finished,
    EventName.ATTEMPT_STARTED: _attempt_started,
    EventName.ATTEMPT_FINISHED: _attempt_finished,
    EventName.STEP_STARTED: _step_started,
    EventName.STEP_FINISHED: _step_finished,
    EventName.FINDING_ADDED: _finding_added,
    EventName.FINDING_CLEARED: _finding_cleared,
    EventName.LOG: _log,
}
