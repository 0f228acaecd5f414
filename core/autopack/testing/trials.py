"""Whether a test that fails on the candidate is broken by it or unsteady: decided by running it again on both trees.

A test that fails is broken unless something shows otherwise. It passes on the candidate when repeated: it is flaky, unless
it fails in every one of four runs of all tests and passes alone between them (then it is broken by what the change does to
the others).
It fails in the base too: then its failures there, and what is remembered of it, give the rate at which it fails of itself,
and it counts as broken when so many failures in a row have a chance of at most `_DOUBT` at that rate. A test that fails of
itself more often than not says nothing about a change, and is counted with those that failed before.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from autopack.model.evidence import Delta, Trial
from autopack.model.test_report import RunnerEnd, TestOutcome, TestReport
from autopack.testing.delta import GOOD
from autopack.testing.report import EXIT_STATUS_ID, FAILING

MOST_TRIED = 500
"""Tests run again; with more of them failing it is the change."""
_DOUBT = 0.01
_ROUNDS = 7
"""Most runs on the candidate: a test that fails of itself every second time fails as often with a chance of 0.8 %."""
_USUAL = 5
"""Runs on the candidate, the first one counted, of a test that nothing speaks of as unsteady."""
_NEW = 2
"""The same of a test that the base does not have."""
_BASE_USUAL = 3
"""Runs on the base, its first one counted, of such a test. One that fails of itself every other time is so taken for broken
in 1.5 % of all attempts (simulated); with three and two runs it would be 5 %."""
_WHOLE = 4
"""Runs of all tests, the first one counted, after which a test that passes alone is broken by the others."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """Runs and failures of a test on trees where it both passed and failed, older ones counting less."""

    ran: float
    failed: float


class Bench(Protocol):
    """Where tests are run again. Each gives the report of exactly these tests in a cleaned worktree; None when no time is
    left for it. `whole` runs all tests of the phase."""

    def candidate(self, ids: tuple[str, ...]) -> Awaitable[TestReport | None]: ...
    def base(self, ids: tuple[str, ...]) -> Awaitable[TestReport | None]: ...
    def whole(self) -> Awaitable[TestReport | None]: ...
    def remembered(self, ids: Collection[str]) -> Mapping[str, Remembered]: ...


async def try_again(delta: Delta, baseline: TestReport | None, report: TestReport, bench: Bench) -> Delta:
    """The delta with its newly failing tests told apart; unchanged for an unfinished report."""
    tests = tuple(t for t in delta.newly_failing if t != EXIT_STATUS_ID)
    if report.end is not RunnerEnd.FINISHED or not 0 < len(tests) <= MOST_TRIED:
        return delta
    known = bench.remembered(tests)
    old_name = {new: old for old, new in delta.renamed}
    had = {r.id for r in baseline.results if r.outcome in GOOD} if baseline is not None else set[str]()
    in_base = {t: old_name.get(t, t) for t in tests if old_name.get(t, t) in had}
    trials = {t: _first(t in in_base, known.get(t)) for t in tests}
    await _repeat(trials, in_base, bench)
    passed_alone = [t for t in tests if _passes(trials[t]) and not _unsteady_in_base(trials[t])]
    if passed_alone:
        await _among_the_others(trials, passed_alone, bench)
    flaky = {t for t in tests if _flaky(trials[t])}
    hopeless = {t for t in tests if t not in flaky and _rate(trials[t]) > 0.5}
    return replace(
        delta,
        newly_failing=tuple(t for t in delta.newly_failing if t not in flaky | hopeless),
        flaky=tuple(sorted(flaky)),
        still_failing=tuple(sorted({*delta.still_failing, *hopeless})),
        trials=trials,
    )


def _first(in_base: bool, known: Remembered | None) -> Trial:
    ran, failed = (known.ran, known.failed) if known else (0.0, 0.0)
    return Trial(1, 1, int(in_base), 0, ran, failed, 1, 1)


async def _repeat(trials: dict[str, Trial], in_base: dict[str, str], bench: Bench) -> None:
    """Run the tests again on both trees until each is told, in at most `_ROUNDS` runs on the candidate."""
    while True:
        here = tuple(t for t in trials if _needs_candidate(trials[t]))
        said = bool(here) and _count(trials, here, {t: t for t in here}, await bench.candidate(here), base=False)
        there = tuple(t for t in trials if t in in_base and _needs_base(trials[t]))
        names = tuple(in_base[t] for t in there)
        if there and _count(trials, there, in_base, await bench.base(names), base=True):
            said = True
        if not said:
            return


def _count(
    trials: dict[str, Trial], tests: Collection[str], names: Mapping[str, str], report: TestReport | None, *, base: bool
) -> bool:
    """Add what a finished report says of the tests; whether it said anything."""
    if report is None or report.end is not RunnerEnd.FINISHED:
        return False
    outcomes = {r.id: r.outcome for r in report.results}
    said = False
    for test in tests:
        outcome = outcomes.get(names[test])
        if outcome not in (*GOOD, *FAILING):
            continue
        said = True
        failed = outcome in FAILING
        trial = trials[test]
        trials[test] = (
            replace(trial, base_ran=trial.base_ran + 1, base_failed=trial.base_failed + failed)
            if base
            else replace(trial, ran=trial.ran + 1, failed=trial.failed + failed)
        )
    return said


async def _among_the_others(trials: dict[str, Trial], tests: Collection[str], bench: Bench) -> None:
    for again in range(_WHOLE - 1):
        open_ = tuple(t for t in tests if _always_among(trials[t]))
        if again and open_:
            _count(trials, open_, {t: t for t in open_}, await bench.candidate(open_), base=False)
            open_ = tuple(t for t in open_ if trials[t].failed == 1)
        report = await bench.whole() if open_ else None
        if report is None or report.end is not RunnerEnd.FINISHED:
            return
        outcomes = {r.id: r.outcome for r in report.results}
        for test in open_:
            failed = outcomes.get(test, TestOutcome.FAILED) in FAILING
            trial = trials[test]
            trials[test] = replace(trial, whole_ran=trial.whole_ran + 1, whole_failed=trial.whole_failed + failed)


def _always_among(trial: Trial) -> bool:
    return trial.whole_failed == trial.whole_ran


def _passes(trial: Trial) -> bool:
    return trial.failed < trial.ran


def _unsteady_in_base(trial: Trial) -> bool:
    return trial.base_failed > 0 or trial.remembered_failed > 0


def _rate(trial: Trial) -> float:
    """How often the test fails of itself: in the base and by memory; half a failure is never ruled out."""
    failed, ran = trial.base_failed + trial.remembered_failed, trial.base_ran + trial.remembered_ran
    return (failed + 0.5) / (ran + 1) if failed else 0.0


def _needed(trial: Trial) -> int:
    """Runs on the candidate, all of them failures, that show that it is broken."""
    rate = _rate(trial)
    if not rate:
        return _USUAL if trial.base_ran else _NEW
    return min(_ROUNDS, math.ceil(math.log(_DOUBT) / math.log(min(rate, 0.5))))


def _needs_candidate(trial: Trial) -> bool:
    return not _passes(trial) and trial.ran < _needed(trial) and _rate(trial) <= 0.5


def _needs_base(trial: Trial) -> bool:
    """Only what fails on the candidate again and again is worth asking about the base."""
    wanted = _ROUNDS if _unsteady_in_base(trial) else _BASE_USUAL
    return not _passes(trial) and trial.base_ran < wanted


def _flaky(trial: Trial) -> bool:
    if _passes(trial):
        return _unsteady_in_base(trial) or trial.whole_ran < _WHOLE or not _always_among(trial)
    return False
