"""How strictly a phase is judged: high-risk work needs more evidence than the rest."""

from __future__ import annotations

from typing import Literal, Protocol

from autopack.model.plan import HIGH_RISK, Category, Phase

TestProfile = Literal["normal", "strict"]


class Strictness(Protocol):
    """`settings.tests` fits."""

    @property
    def profile(self) -> Literal["auto", "strict"]: ...
    @property
    def strict_categories(self) -> list[Category]: ...


class Judged(Protocol):
    """`settings` fits."""

    @property
    def tests(self) -> Strictness: ...


def profile_of(phase: Phase, settings: Judged) -> TestProfile:
    """Strict for the high-risk categories, for phases of high complexity, and for what the settings make strict."""
    tests = settings.tests
    strict = tests.profile == "strict" or phase.complexity == "high"
    return "strict" if strict or phase.category in {*HIGH_RISK, *tests.strict_categories} else "normal"
