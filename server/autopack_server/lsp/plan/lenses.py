"""Lenses: what can be done with a plan and each of its phases, above the lines they stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import attrs

from autopack.model.findings import Range
from autopack.text import plural
from autopack_server.lsp.contract import PhaseRef, RequestRef, RetryPhase, StartRun
from autopack_server.lsp.plan.reading import Named, Reading

BUSY = frozenset({"EXECUTING", "GATE", "CI_RUNNING"})
WORDS = {
    "QUEUED": "queued",
    "EXECUTING": "at work",
    "GATE": "at the gates",
    "CI_RUNNING": "testing",
    "AWAITING_APPROVAL": "waits for your approval",
    "BLOCKED": "waits for your decision",
    "COMPLETE": "complete",
    "FAILED": "failed",
    "SKIPPED": "skipped",
}


@dataclass(frozen=True, slots=True)
class PhaseLens:
    """What the latest run of a plan made of a phase: `state` is its phase state, `request` the id of a pending
    request or "", `findings` how many stand against it."""

    run_id: str
    state: str
    attempts: int = 0
    findings: int = 0
    request: str = ""
    folder_uri: str = ""


PhaseState = Callable[[str, str], PhaseLens | None]
"""Of a plan's URI and a phase's id; None where no run knows the phase."""


@dataclass(frozen=True, slots=True)
class Lens:
    """`argument` is a contract value; None with `command` "" for a lens that only tells."""

    range: Range
    title: str
    command: str = ""
    argument: object | None = None


def lenses(reading: Reading, uri: str, phase_state: PhaseState) -> list[Lens]:
    """For the whole plan above `phases`, and for each phase above it."""
    root = reading.tree.root
    holder = root.named("phases")
    if holder is None or not reading.phases:
        return []
    found = [Lens(reading.range(holder.start, holder.end), "Start run", "autopack.run.start", StartRun(uri))]
    told: set[str] = set()
    for phase in reading.phases:
        if phase.id not in told:
            told.add(phase.id)
            found += _of_phase(reading, phase, uri, phase_state(uri, phase.id))
    return found


def _of_phase(reading: Reading, phase: Named, uri: str, known: PhaseLens | None) -> Iterator[Lens]:
    where = reading.range(phase.entry.start, phase.name.end)
    if where.start.line != where.end.line:
        where = reading.range(phase.name.start, phase.name.end)
    yield Lens(where, "Run this phase", "autopack.run.start", StartRun(uri, [phase.id]))
    if known is None:
        return
    attempt = f", {plural(known.attempts, 'attempt')}" if known.attempts else ""
    against = f", {plural(known.findings, 'finding')}" if known.findings else ""
    yield Lens(where, f"{known.run_id}: {WORDS.get(known.state, known.state.lower())}{attempt}{against}")
    ref = PhaseRef(known.run_id, phase.id, folder_uri=known.folder_uri)
    if known.request:
        yield Lens(where, "Review", "autopack.approval.show", RequestRef(known.request, known.folder_uri))
    if known.state in ("FAILED", "BLOCKED", "SKIPPED"):
        retry = RetryPhase(known.run_id, phase.id, folder_uri=known.folder_uri)
        yield Lens(where, "Retry", "autopack.phase.retry", retry)
    if known.attempts and known.state not in BUSY:
        yield Lens(where, "Show patch", "autopack.phase.showPatch", ref)
        yield Lens(where, "Show evidence", "autopack.phase.showEvidence", ref)


def wire(argument: object) -> dict[str, object]:
    """A contract value as the command takes it: camelCase, without what is left at its default."""
    fields = {field.name: field.default for field in attrs.fields(type(argument))}
    kept = {
        name: value
        for name, value in attrs.asdict(argument).items()  # pyright: ignore[reportArgumentType]
        if fields[name] is attrs.NOTHING or (value and value != fields[name])
    }
    return {_camel(name): value for name, value in kept.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
