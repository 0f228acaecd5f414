"""Whether the tests that a change brings can fail: on the base's product code, on small errors in changed lines, at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from autopack.engine.aside import aside, reader
from autopack.engine.mutants import mutated, noticed, patience_of
from autopack.engine.overlays import commit_of, sides
from autopack.engine.reading import trees_of
from autopack.engine.trying import is_strict, run_on
from autopack.engine.work import Work
from autopack.languages import Trees
from autopack.model.attempt import Attempt
from autopack.model.evidence import Delta
from autopack.model.findings import Finding, Severity
from autopack.model.rules import finding
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.mutation import MutantOutcome, MutationScore, asked_tests, mutants_of, score, survivor_findings
from autopack.policy import is_test
from autopack.testcode import Facts, doubt_findings, vacuous_tests
from autopack.testing import GOOD, belongs, fresh_tests


@dataclass(frozen=True, slots=True)
class Probed:
    """What was found, and how many of the mutants were noticed."""

    findings: tuple[Finding, ...] = ()
    mutants: MutationScore = field(default_factory=MutationScore)


async def probe(work: Work, attempt: Attempt, report: TestReport | None, delta: Delta) -> Probed:
    """AP406 for new tests that cannot fail, AP412 for mutants that no test notices. Nothing of a run whose tests failed: it
    goes back to the Builder anyhow."""
    assert attempt.changes is not None
    fresh = fresh_tests(attempt.changes, report, delta) if report is not None else ()
    passing = (
        report is not None and report.end is RunnerEnd.FINISHED and not (delta.newly_failing or delta.collection_errors)
    )
    passes = await _on_base(work, attempt, fresh) if fresh and passing else None
    strict = is_strict(work)
    must_pass = work.phase.tests.must_pass
    facts = _facts(work, attempt, passes, await trees_of(work, attempt.changes))
    found = await aside(partial(_doubts, facts, must_pass, strict=strict))
    if report is None or not passing or any(f.blocking for f in found):
        return Probed(found)
    survivors, result = await _mutants(work, attempt, report, fresh, strict=strict)
    return Probed((*found, *survivors), result)


def _doubts(facts: Facts, must_pass: Sequence[str], *, strict: bool) -> tuple[Finding, ...]:
    try:
        return doubt_findings(vacuous_tests(facts), must_pass, strict=strict)
    except Exception as error:
        text = f"Whether the new tests can fail could not be told ({type(error).__name__}: {error})."
        return (finding("AP406", text, severity=Severity.ERROR if strict else None),)


def _facts(work: Work, attempt: Attempt, passes: dict[str, bool] | None, trees: Trees) -> Facts:
    assert attempt.changes is not None
    private, phase = work.doors.private, work.phase

    return Facts(
        changes=attempt.changes,
        is_test=is_test,
        read=reader(work, attempt.tree),
        paths=frozenset(entry.path for entry in private.list(attempt.tree)),
        trees=trees,
        passes_on_base=passes,
        goal=f"{phase.goal}\n{phase.notes}",
        category=phase.category,
    )


async def _on_base(work: Work, attempt: Attempt, fresh: Sequence[str]) -> dict[str, bool] | None:
    """Whether each of the tests passes with the base's product code; what cannot be collected there does not. None where
    the change has no product code, or the run came to no end."""
    apart = sides(attempt)
    if not apart.product.changes or not apart.tests.changes:
        return None
    report = await run_on(work, work.phase.tests, commit_of(work, attempt, apart.tests), only=fresh)
    if report.end is not RunnerEnd.FINISHED:
        return None
    passed = {r.id for r in report.results if r.outcome in GOOD}
    return {test: test in passed for test in fresh}


async def _mutants(
    work: Work, attempt: Attempt, report: TestReport, fresh: Sequence[str], *, strict: bool
) -> tuple[tuple[Finding, ...], MutationScore]:
    assert attempt.changes is not None
    limits = work.doors.settings.tests
    passed = [r.id for r in report.results if r.outcome in GOOD]
    wanted = [test for test in passed if any(belongs(test, entry) for entry in work.phase.tests.must_pass)]
    executed = _executed(report, passed)
    if not (fresh or wanted or executed) or not limits.mutants:
        return (), score({})
    choose = partial(mutants_of, attempt.changes, report.executed_lines, limits.mutants, is_test=is_test)
    chosen = await aside(choose)
    results: dict[str, MutantOutcome] = {}
    asked: dict[str, tuple[str, ...]] = {}
    begun = work.monotonic()
    for mutant in chosen:
        left = limits.mutant_seconds - (work.monotonic() - begun)
        if left < 1:
            break
        tests = asked_tests(mutant, fresh, wanted, executed=executed)
        if not tests:
            continue
        asked[mutant.id] = tests
        commit = commit_of(work, attempt, mutated(attempt.changes, mutant))
        results[mutant.id] = (await noticed(work, commit, tests, patience_of(report, tests), left)).outcome
    return survivor_findings(chosen, results, asked, strict=strict), score(results)


def _executed(report: TestReport, passed: Sequence[str]) -> dict[str, dict[str, list[int]]] | None:
    """For each passing test the lines of changed files that it ran; None where lines were not measured."""
    if report.executed_lines is None:
        return None
    found: dict[str, dict[str, list[int]]] = {test: {} for test in passed}
    for path, lines in report.covering.items():
        for line, tests in lines.items():
            for test in found.keys() & tests:
                found[test].setdefault(path, []).append(line)
    return found
