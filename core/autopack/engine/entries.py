"""The plan's entries behind a verdict's findings: what a phase promises stands in its `deliverables`."""

from __future__ import annotations

from dataclasses import replace

from autopack.model.findings import Finding
from autopack.model.plan import Phase
from autopack.model.verdict import Verdict

_PROMISED = ("AP601", "AP602")


def with_entries(verdict: Verdict, phase: Phase) -> Verdict:
    """The verdict whose findings about deliverables say which entry of the plan they are about."""
    places = {path: f"deliverables[{number}]" for number, path in enumerate(phase.deliverables)}

    def named(found: Finding) -> Finding:
        entry = places.get(found.path, "") if found.code in _PROMISED else ""
        return replace(found, entry=entry) if entry and not found.entry else found

    gates = tuple(replace(gate, findings=tuple(map(named, gate.findings))) for gate in verdict.gates)
    return replace(verdict, gates=gates, reasons=tuple(map(named, verdict.reasons)))
