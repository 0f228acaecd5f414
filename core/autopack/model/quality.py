"""Quality of a change: what its evidence, its audit and its risk add up to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

OF_TESTS = ("tree equality", "provenance", "collection", "regression", "missing", "tampering", "must_pass", "new tests",
            "evidence", "checks", "coverage")  # fmt: skip
"""Gates whose word is about tests: that a person lifted one is said by its name."""
_SHOWN = 5


class QualityLevel(StrEnum):
    """PASSED: nothing speaks against it. NEEDS_REVIEW: it may complete, and a person should look at it. BLOCKED: something
    stands in its way."""

    PASSED = "passed"
    NEEDS_REVIEW = "needs_review"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class QualityReport:
    """`issues` stand in the way and `warnings` are worth a look, one clause each that begins with a code where it has one.
    `tests_passed`: the run finished and no gate of the tests is against it; `coverage_fell`: the tests execute less of the
    product than before."""

    level: QualityLevel
    issues: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    tests_passed: bool = False
    major_issues: bool = False
    coverage_fell: bool = False

    def told(self) -> str:
        """Level and grounds in one line."""
        grounds = "; ".join((*self.issues, *self.warnings)[:_SHOWN])
        more = len(self.issues) + len(self.warnings) - _SHOWN
        words = self.level.value.replace("_", " ")
        return f"{words}: {grounds}{f' and {more} more' if more > 0 else ''}" if grounds else words
