"""The audit of an attempt: one model, or two for what is grave, look at the candidate and at what is known of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from autopack.auditor import (
    FIRST,
    GENERAL,
    JUDGE,
    SECOND,
    Merged,
    Rulings,
    located,
    merge,
    opinion,
    parse_audit,
    parse_rulings,
    render_audit,
    render_judge,
    ruled_on,
    settled,
)
from autopack.builder import request_for
from autopack.engine import beside
from autopack.engine.calls import ask_model, request_digest
from autopack.engine.facts import NOT_ASKED, WITHOUT_AUDIT, gate_facts
from autopack.engine.replayed import answers_role
from autopack.engine.ruling import review_tests
from autopack.engine.work import Work
from autopack.errors import BudgetExhausted, CassetteMismatch, ProviderError
from autopack.events import EventName
from autopack.gates import judge as run_gates
from autopack.model import codec
from autopack.model.attempt import Attempt, Outcome
from autopack.model.audit import AuditReport, TestRuling
from autopack.model.completion import ModelRequest, Prompt
from autopack.model.evidence import Evidence
from autopack.model.plan import DUAL_AUDIT
from autopack.model.rules import finding
from autopack.model.verdict import VerdictKind
from autopack.settings import no_second_auditor
from autopack.store import CallKey

UNAUDITED = "unaudited"
"""Where the journal keeps, by phase, the finding (AP504) that an audit could not be asked for; null when it could."""

_LEAST_TOKENS = 2048
_UNREADABLE_TWICE = 2
_CUT = "max_tokens"


async def audit(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """Other models review diff and evidence; not asked when the tests have already settled the matter, though what they
    had said by then is kept. What a change does to tests goes to a judge before that."""
    try:
        rulings, judge = await review_tests(work, attempt)
        reviewed = partial(replace, test_rulings=rulings, tests_judge=judge)
        if run_gates(gate_facts(work, attempt, reviewed(NOT_ASKED)), WITHOUT_AUDIT).kind is VerdictKind.FAILED:
            await beside.leave(work)
            return replace(attempt, audit=reviewed(_said_already(work, attempt) or NOT_ASKED))
        await beside.finish(work)
        reports = await opinions(work, attempt, _as_ruled(attempt.evidence, rulings))
        return replace(attempt, audit=reviewed(await _report(work, attempt, reports)))
    except (BudgetExhausted, ProviderError) as why:
        _tell_unaudited(work, attempt, why)
        raise


def _as_ruled(evidence: Evidence | None, rulings: Sequence[TestRuling]) -> Evidence | None:
    return evidence and replace(evidence, findings=ruled_on(evidence.findings, rulings))


async def opinions(work: Work, attempt: Attempt, evidence: Evidence | None) -> dict[str, AuditReport]:
    """The word of each auditor that the phase asks for and that can be asked, by role; stored ones are not asked again.
    Both are asked at once, or one after the other where the budget does not bear both at once. `evidence` None: the tests
    are still running."""
    roles = [FIRST] if not _two(work) or _lacking(work) else [FIRST, SECOND]
    asked = await asyncio.gather(*(_opinion(work, attempt, evidence, r) for r in roles), return_exceptions=True)
    said: dict[str, AuditReport] = {}
    for role, answer in zip(roles, asked, strict=True):
        if isinstance(answer, BudgetExhausted) and said:
            answer = await _opinion(work, attempt, evidence, role)
        if isinstance(answer, BaseException):
            raise answer
        said[role] = answer
    return said


def forget_unaudited(work: Work) -> None:
    """An audit that could not be asked for is asked for anew, so nothing is told of it any more."""
    known = work.doors.store.get(work.run, f"{UNAUDITED}:{work.phase.id}")
    if known:
        work.journal.put(f"{UNAUDITED}:{work.phase.id}", None)
        work.journal.event(EventName.FINDING_CLEARED, work.phase.id, known["attempt"], fingerprint=known["fingerprint"])


def _two(work: Work) -> bool:
    return work.doors.settings.audit.force_dual or work.phase.category in DUAL_AUDIT


def _lacking(work: Work) -> str:
    """Why there is no second auditor, "" when there is one."""
    if not answers_role(work, SECOND):
        return f"the cassette has no line for the role `{SECOND}`"
    return no_second_auditor(work.doors.settings, work.doors.environment, replayed=bool(work.config.cassette))


def _model(work: Work, role: str) -> str:
    models = work.doors.settings.models
    return {FIRST: models.auditor, SECOND: models.second_auditor, JUDGE: models.judge or models.auditor}[role]


def _profile(work: Work) -> str:
    return work.doors.settings.audit.profiles.get(work.phase.category, GENERAL)


def _prompt(work: Work, attempt: Attempt, evidence: Evidence | None, role: str) -> Prompt:
    assert attempt.changes is not None and attempt.candidate is not None
    doors = work.doors
    prompt = render_audit(
        work.plan, work.phase, doors.private.patch(attempt.base, attempt.candidate.commit), evidence, attempt.notices,
        summary=attempt.changes.summary, attempt=attempt.number, profile=_profile(work),
        max_output_tokens=doors.settings.audit.max_output_tokens, redactor=doors.redactor,
    )  # fmt: skip
    most = prompt.max_output_tokens
    return prompt if role == FIRST else replace(prompt, max_output_tokens=max(min(_LEAST_TOKENS, most), most // 2))


def _request(work: Work, attempt: Attempt, prompt: Prompt, role: str, call: int) -> ModelRequest:
    model = _model(work, role)
    return request_for(
        prompt, run=work.run, phase=work.phase.id, attempt=attempt.number, role=role, call=call,
        model=model, info=work.doors.settings.model_info.get(model),
    )  # fmt: skip


async def _opinion(work: Work, attempt: Attempt, evidence: Evidence | None, role: str) -> AuditReport:
    """One auditor's word; one that cannot be read is asked for once more, with more room where it was cut off."""
    prompt = _prompt(work, attempt, evidence, role)
    report = AuditReport(approved=False, available=False)
    for call in range(1, _UNREADABLE_TWICE + 1):
        request = _request(work, attempt, prompt, role, call)
        unseen = evidence is None or _asked_without_tests(work, attempt, request)
        completion, _ = await ask_model(work, request)
        report = parse_audit(
            completion.text, model=completion.model or request.model, stop_reason=completion.stop_reason
        )
        if report.available:
            return replace(report, unseen=unseen)
        if call < _UNREADABLE_TWICE:
            work.journal.log(f"The audit could not be read ({report.detail}); asking once more.", work.phase.id)
            if completion.stop_reason == _CUT:
                most = work.doors.settings.audit.max_output_tokens
                prompt = replace(prompt, max_output_tokens=min(most, prompt.max_output_tokens * 2))
    return report


def _asked_without_tests(work: Work, attempt: Attempt, request: ModelRequest) -> bool:
    """Whether the stored answer of this call was asked for while the tests were running."""
    key = CallKey(request.run, request.phase, request.attempt, request.role, request.call)
    known = work.doors.store.call(key)
    if known is None or known.state != "answered" or known.request_hash == request_digest(request):
        return False
    blind = _prompt(work, attempt, None, request.role)
    return known.request_hash == request_digest(_request(work, attempt, blind, request.role, request.call))


def _said_already(work: Work, attempt: Attempt) -> AuditReport | None:
    """What auditors answered beside tests that failed: of all who were to be asked, and nothing unreadable."""
    if _lacking(work) and _two(work):
        return None
    said: dict[str, AuditReport] = {}
    for role in [FIRST, SECOND] if _two(work) else [FIRST]:
        for call in range(1, _UNREADABLE_TWICE + 1):
            row = work.doors.store.call(CallKey(work.run, work.phase.id, attempt.number, role, call))
            if row is not None and row.state == "answered":
                done = work.doors.store.completion(row)
                report = parse_audit(done.text, model=done.model, stop_reason=done.stop_reason)
                said |= {role: replace(report, unseen=True)} if report.available else {}
        if role not in said:
            return None
    merged = _merged(attempt, said) if len(said) > 1 else None
    return _made(work, attempt, said, merged, Rulings({}, "the tests had failed"))


async def _report(work: Work, attempt: Attempt, said: Mapping[str, AuditReport]) -> AuditReport:
    if len(said) < 2 or not all(report.available for report in said.values()):
        return _made(work, attempt, said, None, Rulings({}))
    merged = _merged(attempt, said)
    rulings = await _rulings(work, attempt, said, merged) if merged.disputed else Rulings({})
    report = _made(work, attempt, said, merged, rulings)
    if merged.disputed:
        work.journal.log(
            f"The auditors disagree on {len(merged.disputed)} of {len(merged.issues)} issues.", work.phase.id,
            attempt.number,
        )  # fmt: skip
    return report


def _merged(attempt: Attempt, said: Mapping[str, AuditReport]) -> Merged:
    return merge(_placed(attempt, said[FIRST]), _placed(attempt, said[SECOND]))


def _placed(attempt: Attempt, report: AuditReport) -> AuditReport:
    assert attempt.changes is not None
    changes = attempt.changes
    return replace(report, issues=tuple(located(issue, changes) for issue in report.issues))


def _made(
    work: Work, attempt: Attempt, said: Mapping[str, AuditReport], merged: Merged | None, rulings: Rulings
) -> AuditReport:
    """One report of all that was said."""
    first = _placed(attempt, said[FIRST])
    report = replace(first, profile=_profile(work), unseen=any(each.unseen for each in said.values()))
    if len(said) < 2:
        lacking = _lacking(work) if _two(work) else ""
        return replace(report, lacking=lacking, approved=first.approved and not lacking)
    report = replace(report, opinions=tuple(opinion(role, each) for role, each in said.items()))
    if merged is None:
        silent = [f"{each.model}: {each.detail}" for each in said.values() if not each.available]
        issues = tuple(issue for each in said.values() for issue in _placed(attempt, each).issues)
        return replace(report, approved=False, available=False, issues=issues, detail="; ".join(silent))
    issues = settled(merged, rulings)
    judge = _model(work, JUDGE) if rulings.of else ""
    return replace(
        report, issues=issues, approved=not any(issue.major for issue in issues), judge=judge, detail="",
        judge_detail=rulings.detail,
    )  # fmt: skip


async def _rulings(work: Work, attempt: Attempt, said: Mapping[str, AuditReport], merged: Merged) -> Rulings:
    """The judge's word on what is disputed, where it can change anything."""
    assert attempt.candidate is not None and attempt.evidence is not None
    if any(issue.major for at, issue in enumerate(merged.issues) if at not in merged.disputed):
        return Rulings({}, "the change is refused for other issues already")
    reviews = {role: _placed(attempt, report) for role, report in said.items()}
    doors = work.doors
    prompt = render_judge(
        work.plan, work.phase, doors.private.patch(attempt.base, attempt.candidate.commit), attempt.evidence,
        attempt.notices, reviews, merged, attempt=attempt.number, redactor=doors.redactor,
    )  # fmt: skip
    try:
        completion, _ = await ask_model(work, _request(work, attempt, prompt, JUDGE, 1))
    except CassetteMismatch:
        raise
    except ProviderError as failed:
        return Rulings({}, f"the judge could not be asked: {failed.message}")
    return parse_rulings(completion.text, merged, stop_reason=completion.stop_reason)


def _tell_unaudited(work: Work, attempt: Attempt, why: BudgetExhausted | ProviderError) -> None:
    """AP504 at the phase, beside what ends the phase or the run."""
    message = f"There is no audit of this change yet, so it is not complete: {why.code}, {why.message}."
    told = finding("AP504", message).placed(run=work.run, phase=work.phase.id, attempt=attempt.number)
    work.journal.findings((told,), work.phase.id, attempt.number)
    work.journal.put(f"{UNAUDITED}:{work.phase.id}", codec.dump(told))
    work.journal.flush()
