"""What has been spent, summed from the journal's calls: reported usage where there is one, an estimate only where a
call was surely or possibly paid and nobody reported what it took."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class CallState(StrEnum):
    RESERVED = "reserved"
    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CallFact:
    """One call of the journal. `tokens` and `cost_usd` as reported (None = not); `likely_tokens` the estimate made when
    it was reserved (0 for a replay, which nobody pays)."""

    phase: str
    state: CallState
    tokens: int | None = None
    cost_usd: float | None = None
    likely_tokens: int = 0

    @property
    def charged(self) -> int:
        """An answer without usage, or a call killed before its answer was stored, counts its estimate; a call that
        failed counts only what was reported before it broke off."""
        if self.tokens is not None:
            return self.tokens
        return 0 if self.state is CallState.FAILED else self.likely_tokens


@dataclass(frozen=True, slots=True)
class Spent:
    """Lifetime totals of a run."""

    tokens: int = 0
    phases: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    cost_usd: float = 0.0

    def plus(self, phase: str, tokens: int, cost_usd: float | None) -> Spent:
        phases = {**self.phases, phase: self.phases.get(phase, 0) + tokens}
        return Spent(self.tokens + tokens, MappingProxyType(phases), self.cost_usd + (cost_usd or 0.0))


def spent_of(calls: Iterable[CallFact]) -> Spent:
    spent = Spent()
    for call in calls:
        spent = spent.plus(call.phase, call.charged, call.cost_usd)
    return spent
