"""How many mutants the tests noticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class MutantOutcome(StrEnum):
    """`TIMEOUT`: the tests did not end, which is a way to notice; `ERROR`: the runner could not be asked."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMEOUT = "timeout"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class MutationScore:
    killed: int = 0
    survived: int = 0
    timeout: int = 0
    error: int = 0

    @property
    def asked(self) -> int:
        """Mutants about which the tests said something."""
        return self.killed + self.survived + self.timeout

    @property
    def ratio(self) -> float | None:
        """Share of the asked that was noticed; None where none was asked."""
        return (self.killed + self.timeout) / self.asked if self.asked else None

    def told(self) -> str:
        """`7 of 9 mutants of the changed lines were noticed by a test`."""
        if not self.asked:
            return "no mutant of the changed lines was tried"
        return f"{self.killed + self.timeout} of {self.asked} mutants of the changed lines were noticed by a test"


def score(results: Mapping[str, MutantOutcome]) -> MutationScore:
    """By the mutants' ids."""
    counts = Counter(results.values())
    return MutationScore(*(counts[outcome] for outcome in MutantOutcome))
