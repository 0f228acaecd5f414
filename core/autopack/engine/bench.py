"""The bench of a phase: its tests run again on the candidate and on its base, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from autopack.engine.trying import run_on
from autopack.engine.work import Work
from autopack.model.evidence import Delta
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.testing import GOOD, Remembered, comparable


@dataclass
class PhaseBench:
    """Runs of the phase in hand on two commits. `seconds` is what they may take together; when it is used up, or the
    run has no more time, nothing is run again. `first` is the candidate's first report, whose time a whole run is
    expected to take."""

    work: Work
    candidate_commit: str
    base_commit: str
    first: TestReport
    seconds: float
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self.work.monotonic()

    async def candidate(self, ids: tuple[str, ...]) -> TestReport | None:
        return await self._run(self.candidate_commit, ids)

    async def base(self, ids: tuple[str, ...]) -> TestReport | None:
        return await self._run(self.base_commit, ids)

    async def whole(self) -> TestReport | None:
        """None for a command as well: it runs whole every time."""
        if self.first.runner == "command":
            return None
        return await self._run(self.candidate_commit, None)

    def remembered(self, ids: Collection[str]) -> Mapping[str, Remembered]:
        names = comparable(ids)
        known = self.work.doors.store.unsteady(names.values(), self.work.doors.wall())
        return {i: Remembered(known[n].ran, known[n].failed) for i, n in names.items() if n in known}

    async def _run(self, commit: str, ids: tuple[str, ...] | None) -> TestReport | None:
        spent = self.work.monotonic() - self.begun
        expected = self.first.duration if ids is None or self.first.runner == "command" else 0.0
        if spent + expected > self.seconds or expected > self.work.remaining_seconds():
            return None
        return await run_on(self.work, self.work.phase.tests, commit, only=ids)


def remember(work: Work, report: TestReport, delta: Delta) -> None:
    """Keep the runs of tests that turned out to be unsteady, and of those known for it the one that passed."""
    seen = {
        test: (trial.ran + trial.base_ran, trial.failed + trial.base_failed)
        for test, trial in delta.trials.items()
        if (trial.base_failed or trial.failed < trial.ran) and test not in delta.newly_failing
    }
    names = comparable(r.id for r in report.results)
    if report.end is RunnerEnd.FINISHED:
        known = work.doors.store.unsteady(names.values(), work.doors.wall())
        passed = (r.id for r in report.results if r.outcome in GOOD and names[r.id] in known)
        seen = dict.fromkeys(passed, (1, 0)) | seen
    for test, (ran, failed) in seen.items():
        name = names[test]
        work.journal.add(lambda tx, name=name, ran=ran, failed=failed: tx.observe(name, ran, failed))
