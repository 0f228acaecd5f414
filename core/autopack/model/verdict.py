"""Verdict: what the gates say about the evidence of one attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from autopack.model.findings import Finding
from autopack.model.quality import QualityReport


class GateStatus(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate's word. `liftable`: a person may accept the change in spite of it (only for FAILED)."""

    gate: str
    status: GateStatus
    findings: tuple[Finding, ...] = ()
    liftable: bool = False
    detail: str = ""


class VerdictKind(StrEnum):
    COMPLETE = "complete"
    BLOCKED = "blocked"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """BLOCKED: only liftable gates (or size rules) stand in the way; FAILED: at least one gate that no one can lift.
    `quality` None: it was not judged."""

    kind: VerdictKind
    gates: tuple[GateResult, ...] = ()
    reasons: tuple[Finding, ...] = field(default=())
    quality: QualityReport | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(f for g in self.gates for f in g.findings) + self.reasons
