"""Tests run on a tree that is wrong at one place: do they notice?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from autopack.engine.trying import run_on
from autopack.engine.work import Work
from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.mutation import Mutant, MutantOutcome
from autopack.testing import FAILING

_TIMES = 5
_START_SECONDS = 10


def patience_of(report: TestReport, tests: Sequence[str]) -> float:
    """Seconds after which a mutant's tests are taken never to end: a multiple of what they and the run's own start and end
    took without it (mutation tools take two to ten times), and never less than a slow machine needs to start."""
    asked = set(tests)
    others = sum(r.duration for r in report.results if r.id not in asked)
    return _START_SECONDS + _TIMES * max(0.0, report.duration - others)


class Noticed(NamedTuple):
    """What became of a mutant, and the ids of the tests that failed of it."""

    outcome: MutantOutcome
    failed: frozenset[str] = frozenset()


async def noticed(work: Work, commit: str, tests: Sequence[str], patience: float, left: float) -> Noticed:
    """What becomes of the mutant in the tree of `commit` under these tests, within `left` seconds."""
    seconds = max(1, min(work.phase.tests.timeout_seconds, int(min(patience, left))))
    bounded = work.phase.tests.model_copy(update={"timeout_seconds": seconds})
    report = await run_on(work, bounded, commit, only=tests)
    if report.end is RunnerEnd.TIMED_OUT:
        return Noticed(MutantOutcome.TIMEOUT if seconds >= int(patience) else MutantOutcome.ERROR)
    if report.end in (RunnerEnd.NO_RUNNER, RunnerEnd.NOT_STARTED):
        return Noticed(MutantOutcome.ERROR)
    failed = frozenset(r.id for r in report.results if r.outcome in FAILING)
    survived = report.end is RunnerEnd.FINISHED and not failed and not report.collection_errors
    return Noticed(MutantOutcome.SURVIVED if survived else MutantOutcome.KILLED, failed)


def mutated(changes: ChangeSet, mutant: Mutant, original: FileChange | None = None) -> ChangeSet:
    """The change with the mutant in place of one of its files, or of `original`, a file it does not touch; a mutant that
    takes the change of the file back leaves the file out."""
    held = changes.changes
    if original is not None and all(c.path != mutant.path for c in held):
        held = (*held, replace(original, kind=ChangeKind.MODIFIED))
    wrong = (replace(c, after=mutant.content) if c.path == mutant.path else c for c in held)
    return replace(changes, changes=tuple(c for c in wrong if not _is_nothing(c)))


def _is_nothing(change: FileChange) -> bool:
    return change.old_path is None and (change.before, change.mode_before) == (change.after, change.mode_after)
