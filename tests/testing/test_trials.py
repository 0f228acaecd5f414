"""Broken or unsteady: what further runs say, and how often that is wrong for tests that fail by chance."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from autopack.model.evidence import Delta
from autopack.model.test_report import Failure, RunnerEnd, TestOutcome, TestReport, TestResult
from autopack.testing import Remembered, compare, delta_findings, try_again

ID = "t.py::test_a"


def report(*failing: str, ids: tuple[str, ...] = (ID,), end: RunnerEnd = RunnerEnd.FINISHED) -> TestReport:
    results = tuple(
        TestResult(i, TestOutcome.FAILED if i in failing else TestOutcome.PASSED, 0.1,
                   Failure("t.py", 3, "it broke") if i in failing else None)
        for i in ids
    )  # fmt: skip
    return TestReport("k", "t", "pytest", ("py",), end, 0, results)


@dataclass
class Bench:
    """Each run takes the next mark of its list: f fails, p passes, ! does not finish; no mark left: no time."""

    here: str = ""
    there: str = ""
    among: str = ""
    known: Remembered | None = None
    asked: list[str] = field(default_factory=list)

    def _next(self, marks: str, name: str) -> TestReport | None:
        self.asked.append(name)
        taken = sum(1 for a in self.asked if a == name)
        if taken > len(marks):
            return None
        mark = marks[taken - 1]
        return report(ID if mark == "f" else "", end=RunnerEnd.CRASHED if mark == "!" else RunnerEnd.FINISHED)

    async def candidate(self, ids):
        assert ids == (ID,)
        return self._next(self.here, "here")

    async def base(self, ids):
        assert ids == (ID,)
        return self._next(self.there, "there")

    async def whole(self):
        return self._next(self.among, "among")

    def remembered(self, ids):
        return {ID: self.known} if self.known else {}


def told(bench, base: TestReport | None = None) -> tuple[str, Delta]:
    baseline, now = base or report(), report(ID)
    delta = asyncio.run(try_again(compare(baseline, now), baseline, now, bench))
    kinds = [k for k in ("newly_failing", "flaky", "still_failing") if ID in getattr(delta, k)]
    assert len(kinds) == 1
    return kinds[0], delta


CASES = {
    "fails every time here and never there": (Bench("ffff", "pp"), "newly_failing"),
    "passes when repeated, alone and among the others": (Bench("p", "", "p"), "flaky"),
    "passes alone, fails among the others every time": (Bench("ppp", "", "fff"), "newly_failing"),
    "passes alone, and among the others at last": (Bench("ppp", "", "ffp"), "flaky"),
    "passes here at the fifth time": (Bench("fffp", "pp", "p"), "flaky"),
    "fails there at the third time, passes here": (Bench("ffp", "pfpppp"), "flaky"),
    "passes alone, fails among the others, no time for more": (Bench("p", "", "f"), "flaky"),
    "passes alone and fails alone": (Bench("pf", "", "ff"), "flaky"),
    "passes alone, no time for all": (Bench("p"), "flaky"),
    "no time for anything": (Bench(), "newly_failing"),
    "a run that crashes excuses nothing": (Bench("!!!", "!"), "newly_failing"),
    "fails in the base as well, more often than not": (Bench("fff", "ffffff"), "still_failing"),
    "fails in the base now and then, passes here once": (Bench("ffp", "fppppp"), "flaky"),
    "fails in the base now and then, never passes here": (Bench("ffffff", "fppppp"), "newly_failing"),
    "known to be unsteady, passes here once": (Bench("fp", "pppppp", known=Remembered(10, 2)), "flaky"),
    "known to be unsteady, never passes here": (Bench("ffffff", "pppppp", known=Remembered(10, 2)), "newly_failing"),
    "remembered as failing mostly": (Bench("ffffff", "pppppp", known=Remembered(40, 35)), "still_failing"),
}


@pytest.mark.parametrize("name", CASES)
def test_told_apart(name):
    bench, expected = CASES[name]
    assert told(bench)[0] == expected


def test_a_plain_regression_costs_six_short_runs():
    bench = Bench("fffffff", "ppppppp", "p")
    assert told(bench)[0] == "newly_failing"
    assert bench.asked == ["here", "there", "here", "there", "here", "here"]


def test_a_new_test_is_repeated_once_and_not_asked_of_the_base():
    bench = Bench("ffffff", "ppp")
    base = report(ids=("t.py::test_other",))
    assert told(bench, base)[0] == "newly_failing"
    assert bench.asked == ["here"]


def test_nothing_is_run_again_for_what_the_change_breaks_by_hundreds():
    ids = tuple(f"t.py::test_{i}" for i in range(501))
    before, now = report(ids=ids), report(*ids, ids=ids)
    bench = Bench("p")
    delta = asyncio.run(try_again(compare(before, now), before, now, bench))
    assert len(delta.newly_failing) == 501
    assert bench.asked == []


def test_findings_say_how_it_was_told():
    _, broken = told(Bench("ffff", "pp"))
    (found,) = delta_findings(broken, report(ID))
    assert (found.code, found.message) == ("AP401", f"{ID} fails: it broke\n(5 of 5 runs failed, 0 of 3 on the base.)")
    _, flaky = told(Bench("fp", "pppppp", known=Remembered(10, 2)))
    (found,) = delta_findings(flaky, report(ID))
    assert found.code == "AP404"
    assert "passed in 1 of 3 runs of the same tree, before this run in about 2 of 10" in found.message
    _, order = told(Bench("ppp", "", "fff"))
    (found,) = delta_findings(order, report(ID))
    assert (found.code, found.blocking) == ("AP401", True)
    assert "passes alone and failed in 4 of 4 runs of all tests" in found.message


class Chance(Bench):
    """A test that fails with probability `p` wherever it is run; `broken`: always here."""

    def __init__(self, p: float, source: random.Random, *, broken: bool = False) -> None:
        super().__init__()
        self.p, self.source, self.broken = p, source, broken

    def run(self, always: bool) -> TestReport:
        return report(ID if always or self.source.random() < self.p else "")

    async def candidate(self, ids):
        return self.run(self.broken)

    async def base(self, ids):
        return self.run(False)

    async def whole(self):
        return self.run(self.broken)


@pytest.mark.parametrize("p", [0.05, 0.2, 0.4, 0.6, 0.8])
def test_how_often_chance_is_taken_for_a_regression_and_a_regression_for_chance(p):
    """Of the cases where the base passed by its first run and the candidate failed."""
    source = random.Random(round(p * 100))
    blamed = sum(told(Chance(p, source))[0] == "newly_failing" for _ in range(2000)) / 2000
    missed = sum(told(Chance(p, source, broken=True))[0] != "newly_failing" for _ in range(2000)) / 2000
    assert blamed * p * (1 - p) < (0.005 if p < 0.3 else 0.03), "of all attempts in which the test takes part"
    assert missed < (0.08 if p < 0.3 else 1.0), "what fails of itself every other time says little"
