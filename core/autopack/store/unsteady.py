"""What is remembered of tests that passed and failed on one tree: one row a test, in which older runs count less."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from autopack.store.access import Reading, Writing, plain

HALF_LIFE_DAYS = 30.0
_DAY = 86400.0
_LEAST = 0.05
"""Failures below which a test is forgotten: one failure after 130 days."""
_MOST_ASKED = 500


@dataclass(frozen=True, slots=True)
class UnsteadyTest:
    """Runs and failures as they weigh now, by the half-life since they were seen."""

    test: str
    ran: float
    failed: float


def _weight(seconds: float) -> float:
    return 0.5 ** (max(0.0, seconds) / (HALF_LIFE_DAYS * _DAY))


class UnsteadyReads(Reading):
    def unsteady(self, tests: Collection[str], now: float) -> dict[str, UnsteadyTest]:
        """Those of the tests that are remembered, by name; `now` in seconds since 1970."""
        names = sorted({plain(test) for test in tests})
        found: dict[str, UnsteadyTest] = {}
        for at in range(0, len(names), _MOST_ASKED):
            part = names[at : at + _MOST_ASKED]
            marks = ",".join("?" * len(part))
            for row in self._select(f"SELECT * FROM unsteady WHERE test IN ({marks})", part):  # noqa: S608
                weight = _weight(now - row["at"])
                if row["failed"] * weight >= _LEAST:
                    found[row["test"]] = UnsteadyTest(row["test"], row["ran"] * weight, row["failed"] * weight)
        return found


class UnsteadyWrites(Writing):
    def observe(self, test: str, ran: int, failed: int) -> None:
        """Add runs of a test to what is remembered of it; a test that never failed is not taken in."""
        now, name = self._clock.wall(), plain(test)
        row = self._one("SELECT * FROM unsteady WHERE test = ?", name)
        if row is None and not failed:
            return
        weight = _weight(now - row["at"]) if row else 0.0
        before = (row["ran"], row["failed"]) if row else (0.0, 0.0)
        self._execute(
            "INSERT OR REPLACE INTO unsteady VALUES (?,?,?,?)",
            name, before[0] * weight + ran, before[1] * weight + failed, now,
        )  # fmt: skip
