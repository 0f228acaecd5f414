"""Journal: the engine's writes, buffered between side effects and made durable together before the next one.

Rows of pure steps wait in the buffer; `flush` writes all of it in one transaction. Whoever causes a side effect flushes
first, so that the intent is durable before the act (DESIGN §5); a commit costs milliseconds, an attempt about ten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from autopack.events import Event, EventName
from autopack.model import codec
from autopack.model.approvals import ApprovalRequest, ChangePart
from autopack.model.attempt import Outcome
from autopack.model.findings import Finding
from autopack.model.states import PhaseState, RunState
from autopack.redaction import Redactor
from autopack.store import Ownership, Store, Transaction

_TRIGGERS: dict[tuple[PhaseState, PhaseState], str] = {
    (PhaseState.QUEUED, PhaseState.EXECUTING): "start",
    (PhaseState.EXECUTING, PhaseState.CI_RUNNING): "test",
    (PhaseState.CI_RUNNING, PhaseState.GATE): "judge",
    (PhaseState.EXECUTING, PhaseState.AWAITING_APPROVAL): "ask",
    (PhaseState.AWAITING_APPROVAL, PhaseState.EXECUTING): "decided",
    (PhaseState.GATE, PhaseState.BLOCKED): "ask",
    (PhaseState.BLOCKED, PhaseState.GATE): "decided",
}
_ORDER = (PhaseState.EXECUTING, PhaseState.CI_RUNNING, PhaseState.GATE)


class Journal:
    """One run's journal in the hands of its owner."""

    def __init__(self, store: Store, own: Ownership, redactor: Redactor) -> None:
        self.store = store
        self.own = own
        self.run = own.run
        self._redactor = redactor
        self._buffer: list[Callable[[Transaction], object]] = []
        self._run_state = store.run(own.run).state
        self._phases = {row.phase: row.state for row in store.phases(own.run)}
        self.commits = 0

    def add(self, write: Callable[[Transaction], object]) -> None:
        """Buffer any write."""
        self._buffer.append(write)

    def flush(self) -> None:
        """Make everything buffered durable in one transaction; what cannot be written now stays in the buffer. Raises
        StaleState when the run was taken over."""
        if not self._buffer:
            return
        with self.store.write(self.own) as tx:
            for write in self._buffer:
                write(tx)
        self._buffer.clear()
        self.commits += 1

    def reload(self) -> None:
        """Read the states again after somebody else's transaction (a person's action) under the same ownership."""
        self.flush()
        self._run_state = self.store.run(self.run).state
        self._phases = {row.phase: row.state for row in self.store.phases(self.run)}

    def event(self, name: EventName, phase: str = "", attempt: int = 0, **data: Any) -> None:
        clean = self._redactor.value(data)
        self.add(lambda tx: tx.event(Event(name, self.run, phase=phase, attempt=attempt, data=clean)))

    def log(self, message: str, phase: str = "", attempt: int = 0) -> None:
        self.event(EventName.LOG, phase, attempt, message=message)

    def findings(self, findings: tuple[Finding, ...], phase: str, attempt: int) -> None:
        """One finding.added per finding, keyed to the attempt."""
        for found in findings:
            placed = found.placed(run=self.run, phase=phase, attempt=attempt)
            self.event(EventName.FINDING_ADDED, phase, attempt, finding=codec.dump(placed))

    def run_findings(self, name: str, findings: tuple[Finding, ...]) -> None:
        """Let exactly these stand under `name` about the run as a whole: what stood and does so no more is cleared, what
        stands already is not told again."""
        placed = {f.fingerprint: f for f in (f.placed(run=self.run, phase="", attempt=0) for f in findings)}
        before: list[str] = self.store.get(self.run, name) or []
        for gone in (f for f in before if f not in placed):
            self.event(EventName.FINDING_CLEARED, fingerprint=gone)
        for new in (f for f in placed if f not in before):
            self.event(EventName.FINDING_ADDED, finding=codec.dump(placed[new]))
        if before != [*placed]:
            self.put(name, [*placed])

    def intent(self, phase: str, attempt: int, key: str, inputs: dict[str, Any]) -> None:
        self.add(lambda tx: tx.intent(self.run, phase, attempt, key, inputs))

    def outcome(self, phase: str, attempt: int, key: str, result: dict[str, Any]) -> None:
        self.add(lambda tx: tx.outcome(self.run, phase, attempt, key, result))

    def put(self, name: str, value: Any) -> None:
        self.add(lambda tx: tx.put(self.run, name, value))

    @property
    def run_state(self) -> RunState:
        """The run's state with everything buffered applied."""
        return self._run_state

    def phase_state(self, phase: str) -> PhaseState:
        """The phase's state with everything buffered applied."""
        return self._phases[phase]

    def move_run(self, target: RunState, trigger: str, reason: str = "") -> None:
        source = self._run_state
        self.add(lambda tx: tx.run_state(self.run, source, target, trigger, reason))
        self._run_state = target

    def move_phase(self, phase: str, target: PhaseState, trigger: str, detail: str = "") -> None:
        source = self._phases[phase]
        self.add(lambda tx: tx.phase_state(self.run, phase, source, target, trigger, detail))
        self._phases[phase] = target

    def enter(self, phase: str, target: PhaseState) -> None:
        """Move the phase forward to `target`, through the states between; a phase already there or past it stays."""
        while (source := self._phases[phase]) is not target:
            step = target if (source, target) in _TRIGGERS else _next_state(source, target)
            if step is None:
                return
            self.move_phase(phase, step, _TRIGGERS[(source, step)])

    def attempt_started(
        self, phase: str, number: int, base: str, base_tree: str, hint: str, data: dict[str, Any] | None = None
    ) -> None:
        self.add(lambda tx: tx.attempt(self.run, phase, number, base, base_tree, hint, data))
        self.event(EventName.ATTEMPT_STARTED, phase, number, base=base, **(data or {}))

    def attempt_ended(self, phase: str, number: int, outcome: Outcome) -> None:
        placed = tuple(f.placed(run=self.run, phase=phase, attempt=number) for f in outcome.findings)
        stored = replace(outcome, findings=placed)
        self.add(lambda tx: tx.attempt_outcome(self.run, phase, number, stored))
        self.findings(outcome.findings, phase, number)
        self.event(EventName.ATTEMPT_FINISHED, phase, number, outcome=outcome.kind.value, detail=outcome.detail)

    def phase_ended(
        self, phase: str, target: PhaseState, trigger: str, *, attempts: int, detail: str = "", **data: Any
    ) -> None:
        self.move_phase(phase, target, trigger, detail)
        self.event(
            EventName.PHASE_FINISHED, phase, attempts, state=target.value, attempts=attempts, detail=detail, **data
        )

    def request(self, request: ApprovalRequest, parts: Sequence[ChangePart]) -> None:
        self.add(lambda tx: tx.request(request, parts))


def _next_state(source: PhaseState, target: PhaseState) -> PhaseState | None:
    """The next state on the way from one state at work to a later one; None when `source` is past `target`."""
    if source in (PhaseState.AWAITING_APPROVAL, PhaseState.QUEUED):
        return PhaseState.EXECUTING
    if source is PhaseState.BLOCKED:
        return PhaseState.GATE
    if target is PhaseState.BLOCKED:
        target = PhaseState.GATE
    if source not in _ORDER or target not in _ORDER:
        return None
    here, there = _ORDER.index(source), _ORDER.index(target)
    return _ORDER[here + 1] if here < there else None
