"""The middle of an attempt: the change becomes a candidate commit and is tested against its baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autopack import fault
from autopack.engine import baselines
from autopack.engine.covered import covered
from autopack.engine.probing import probe
from autopack.engine.promises import promises
from autopack.engine.rewording import reworded
from autopack.engine.ruling import points_of
from autopack.engine.running import Ran, run_candidate
from autopack.engine.suspecting import suspected
from autopack.engine.trying import check_on, is_strict
from autopack.engine.work import Work
from autopack.errors import StaleState
from autopack.model.attempt import Attempt, Candidate, Outcome
from autopack.model.evidence import CheckResult, Evidence
from autopack.model.findings import Finding, Severity
from autopack.model.rules import finding
from autopack.model.states import PhaseState
from autopack.policy import is_test
from autopack.redaction import Redactor
from autopack.testing import Positive, check_findings, compare_checks, positive_evidence
from autopack.text import shorten

_SHAPES = Redactor()

fault.register("apply.before_commit", "the apply is intended, nothing is written")
fault.register("apply.committed", "the candidate is committed and packed, no ref names it")
fault.register("apply.ref_moved", "the candidate's ref is set, the journal does not say so")


def candidate_ref(run: str, phase: str, attempt: int) -> str:
    return f"refs/autopack/{run}/candidate/{phase}/{attempt}"


async def apply(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """Commit the change on its private candidate ref. Repeating it makes the same commit: the date is the intent's."""
    assert attempt.changes is not None
    private = work.doors.private
    work.journal.flush()
    effect = work.effect("apply")
    assert effect is not None
    fault.point("apply.before_commit")
    ref = candidate_ref(work.run, work.phase.id, attempt.number)
    commit = private.commit(
        attempt.tree, attempt.base, _message(work, attempt), effect.intent_at, author=work.config.author
    )
    private.pack(commit, attempt.base)
    fault.point("apply.committed")
    if private.ref(ref) not in (None, commit):
        raise StaleState(f"{ref} holds a commit that the journal does not know")
    private.move_ref(ref, commit, None)
    fault.point("apply.ref_moved")
    return replace(attempt, candidate=Candidate(
        commit, attempt.tree, attempt.base, ref, attempt.changes.digest, attempt.changes.summary,
    ))  # fmt: skip


def _message(work: Work, attempt: Attempt) -> str:
    """Without what has the shape of a credential: the message is published. By the shapes alone, for a resume that knows
    other secrets must make the same commit."""
    assert attempt.changes is not None
    goal = _SHAPES.text(work.phase.goal.strip())
    subject = shorten(_SHAPES.text(attempt.changes.summary) or goal, 60)
    return (
        f"{work.phase.id}: {subject}\n\n{goal}\n\n"
        f"Autopack-Run: {work.run}\nAutopack-Phase: {work.phase.id}\nAutopack-Attempt: {attempt.number}\n"
    )


async def test(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """Run the phase's tests and checks on exactly the candidate's tree, beside the baseline of its base."""
    assert attempt.changes is not None and attempt.candidate is not None
    phase, candidate = work.phase, attempt.candidate
    work.journal.enter(phase.id, PhaseState.CI_RUNNING)
    work.journal.flush()
    baseline = await baselines.at_tip(work, attempt.base, attempt.base_tree)
    checks = await _checks(work, attempt.base, candidate.commit)
    ran = await run_candidate(work, attempt, baseline)
    suspicions = await suspected(work, attempt, ran)
    found = await reworded(work, attempt, ran, suspicions)
    probed = await probe(work, attempt, ran.report if ran.whole else None, ran.delta)
    shown = _shown(work, attempt, ran)
    coverage, uncovered = await covered(work, attempt, ran.baseline, ran.report) if ran.whole else (None, [])
    told = _redacted(work, (*found, *probed.findings))
    evidence = Evidence(
        tree=work.doors.private.tree(candidate.commit),
        report=ran.report,
        delta=ran.delta,
        checks=tuple(checks),
        positive=shown.positive,
        needs_only_baseline=shown.needs_only_baseline,
        baseline_accepted=work.config.accept_baseline,
        findings=(
            *told,
            *check_findings(checks, attempt.changes.paths),
            *uncovered,
            *shown.findings,
            *await promises(work, attempt),
        ),
        mutants=(probed.mutants.killed + probed.mutants.timeout, probed.mutants.asked),
        coverage=coverage,
        first=ran.first,
        points=points_of(work, attempt, ran, suspicions, told),
    )
    return replace(attempt, evidence=evidence)


def _shown(work: Work, attempt: Attempt, ran: Ran) -> Positive:
    """The positive evidence; a selection of the tests that failed is asked for none."""
    assert attempt.changes is not None
    if ran.first is not None and not ran.whole:
        text = f"{ran.first.ran} of {ran.first.of} tests failed the attempt, so nobody asked what the others show."
        return Positive("", False, (finding("AP410", text, severity=Severity.INFORMATION),))
    phase, report = work.phase, ran.report
    return positive_evidence(
        attempt.changes, report, ran.delta, phase.tests.must_pass, phase.category, report.runner if report else "none",
        is_test, strict=is_strict(work),
    )  # fmt: skip


async def _checks(work: Work, base: str, candidate: str) -> tuple[CheckResult, ...]:
    wanted = work.phase.checks
    before = await check_on(work, wanted, base)
    return compare_checks(before, await check_on(work, wanted, candidate))


def _redacted(work: Work, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(replace(f, message=work.doors.redactor.text(f.message), fingerprint="") for f in findings)
