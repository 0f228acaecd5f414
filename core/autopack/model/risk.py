"""Risk of a change, in points of 100, and what kind of decision the change in hand is. Neither is a gate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RiskLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def height(self) -> int:
        return list(RiskLevel).index(self)


@dataclass(frozen=True, slots=True)
class RiskPart:
    """What adds to the risk; `why` is one clause without a full stop, also where it adds nothing."""

    name: str
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    """`score` is the sum of the parts, at most 100. `net_deletion`: removed less added lines; negative when it grows."""

    score: int = 0
    level: RiskLevel = RiskLevel.LOW
    parts: tuple[RiskPart, ...] = ()
    net_deletion: int = 0

    @property
    def grounds(self) -> tuple[str, ...]:
        """The parts that add something, each with its points."""
        return tuple(f"{part.why} (+{part.points})" for part in self.parts if part.points)

    def told(self) -> str:
        """The whole of it in one line."""
        return f"Risk {self.score} of 100, {self.level}: {', '.join(self.grounds) or 'nothing adds to it'}."


class DecisionKind(StrEnum):
    CLEAR_FIX = "CLEAR_FIX"
    RISKY = "RISKY"
    AMBIGUOUS = "AMBIGUOUS"
    NEED_MORE_EVIDENCE = "NEED_MORE_EVIDENCE"


@dataclass(frozen=True, slots=True)
class ChangeDecision:
    """What one would do about the change in hand, shown beside the verdict and never instead of it. `deliverables` are
    those of the phase that the resulting tree holds; `questions` are for the person who looks at it."""

    kind: DecisionKind
    rationale: str
    level: RiskLevel
    deliverables: tuple[str, ...]
    files: tuple[str, ...]
    net_deletion: int
    questions: tuple[str, ...] = ()

    def told(self) -> str:
        """Kind and grounds in one line."""
        return f"{self.kind}: {self.rationale}."
