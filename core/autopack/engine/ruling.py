"""What a change does to tests, before a judge: which findings a reader may settle, and its word on them.

Asked where the rules leave anything to be read, before the auditors, and only where the word can change how the attempt
ends. Where a phase is judged strictly nobody is asked: there the rules stand, and a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from autopack.auditor import JUDGE, parse_tests, render_tests
from autopack.builder import request_for
from autopack.engine.calls import ask_model
from autopack.engine.facts import NOT_ASKED, WITHOUT_AUDIT, gate_facts
from autopack.engine.replayed import answers_role
from autopack.engine.running import Ran
from autopack.engine.suspecting import Suspected
from autopack.engine.trying import is_strict
from autopack.engine.work import Work
from autopack.errors import CassetteMismatch, ProviderError
from autopack.gates import judge as run_gates
from autopack.model.attempt import Attempt
from autopack.model.audit import TestPoint, TestRuling
from autopack.model.changes import FileChange
from autopack.model.completion import Completion, ModelRequest
from autopack.model.findings import Finding, Tree
from autopack.model.verdict import VerdictKind
from autopack.policy import is_test
from autopack.tampering import OF_SETTINGS, SILENCED
from autopack.testing import Licence, Masked, file_part, function_of, functions
from autopack.text import plural

_MOST = 20
"""Points that a judge is asked about at once."""
_CONTEXT = 60
"""Lines round each hunk: what a test asks may stand in a fixture or a table far from the edit."""
_CALL = 2
"""The judge's first call of an attempt is the one about issues that two auditors dispute."""


def points_of(
    work: Work, attempt: Attempt, ran: Ran, suspected: Suspected, found: Iterable[Finding]
) -> tuple[TestPoint, ...]:
    """Findings about tests and about settings that decide on them. One that stops the phase may be asked for by a plan that
    names the file, and what a test asked be asked still where no run and no trial shows the contrary; a test that is
    silenced stays a person's."""
    assert attempt.changes is not None
    if is_strict(work) or not ran.whole:
        return ()
    files = {path: c for c in attempt.changes.changes for path in (c.path, c.old_path) if path}
    plan, told = Licence.of(work.phase), {f.fingerprint for f in suspected.findings}
    told |= {f.fingerprint for f in ran.findings if f.code == "AP403"}
    silenced = {f.fingerprint for f, m in ran.crossed.against.items() if m.hidden and not _is_taken_out(m, files)}
    made: list[TestPoint] = []
    for f in found:
        change = files.get(f.path)
        kinds = suspected.kinds.get((f.path, f.range, f.tree), frozenset())
        settings = not kinds.isdisjoint(OF_SETTINGS)
        if change is None or not (is_test(f.path) or settings) or not (f.code == "AP405" or _is_gone(f)):
            continue
        if f.blocking and (f.fingerprint in silenced or kinds & SILENCED):
            continue
        asked = not f.blocking or plan.names(change)
        kept = not f.blocking or (f.fingerprint in told and not settings)
        made += [TestPoint(f.fingerprint, asked, kept)] if asked or kept else []
    return tuple(made)


def _is_taken_out(masked: Masked, files: Mapping[str, FileChange]) -> bool:
    """Whether the change takes a test, or a case of one, out of its file, where everybody sees it; not so a test that does
    not run though it is there."""
    change = files.get(file_part(masked.test))
    if masked.outcome is not None or change is None:
        return False
    place = function_of(masked.test)
    return place != masked.test or place.partition("::")[2] not in functions(change.after or b"")


def _is_gone(found: Finding) -> bool:
    return found.code == "AP403" and found.blocking and found.tree is Tree.BASE


async def review_tests(work: Work, attempt: Attempt) -> tuple[tuple[TestRuling, ...], str]:
    """The judge's rulings, and its model; none where there is nothing to rule on or no judge can be asked."""
    assert attempt.evidence is not None and attempt.candidate is not None and attempt.changes is not None
    points = _to_rule_on(work, attempt)
    if not points:
        return (), ""
    doors = work.doors
    patch = doors.private.patch(attempt.base, attempt.candidate.commit, context=_CONTEXT)
    prompt = render_tests(
        work.plan, work.phase, patch, attempt.evidence, attempt.notices, points,
        attempt=attempt.number, redactor=doors.redactor,
    )  # fmt: skip
    model = doors.settings.models.judge or doors.settings.models.auditor
    request = request_for(
        prompt, run=work.run, phase=work.phase.id, attempt=attempt.number, role=JUDGE, call=_CALL,
        model=model, info=doors.settings.model_info.get(model),
    )  # fmt: skip
    answer = await _answer(work, request)
    if answer is None:
        return (), ""
    said = "\n".join((work.phase.goal, work.phase.notes, *work.phase.acceptance))
    tests = [(c.after or b"").decode("utf-8", "replace") for c in attempt.changes.changes if is_test(c.path)]
    ruled, unclear = parse_tests(answer.text, [p for p, _ in points], said, tests, stop_reason=answer.stop_reason)
    hide = doors.redactor.text
    cleared, why = sum(ruling.cleared for ruling in ruled), f" ({unclear})" if unclear else ""
    text = f"The judge clears {cleared} of {plural(len(ruled), 'finding')} on tests{why}."
    work.journal.log(hide(text), work.phase.id, attempt.number)
    return tuple(replace(r, quote=hide(r.quote), reason=hide(r.reason)) for r in ruled), answer.model or model


async def _answer(work: Work, request: ModelRequest) -> Completion | None:
    try:
        completion, _ = await ask_model(work, request)
    except CassetteMismatch:
        raise
    except ProviderError as failed:
        text = f"Nobody was asked what the change does to the tests: {failed.message}"
        work.journal.log(text, work.phase.id, request.attempt)
        return None
    return completion


def _to_rule_on(work: Work, attempt: Attempt) -> list[tuple[TestPoint, Finding]]:
    """What stops the phase first; nothing where the attempt fails whatever the judge says."""
    assert attempt.evidence is not None
    known = {point.fingerprint: point for point in attempt.evidence.points}
    if not known or work.doors.settings.audit.tests_judge == "never" or not answers_role(work, JUDGE):
        return []
    facts = gate_facts(work, attempt, NOT_ASKED)
    points = [(known[f.fingerprint], f) for f in facts.test_findings if f.fingerprint in known]
    points.sort(key=lambda point: not point[1].blocking)
    points = points[:_MOST]
    cleared = tuple(TestRuling(point.fingerprint, "kept") for point, _ in points)
    at_best = gate_facts(work, attempt, replace(NOT_ASKED, test_rulings=cleared))
    return [] if run_gates(at_best, WITHOUT_AUDIT).kind is VerdictKind.FAILED else points
