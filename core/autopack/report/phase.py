"""One phase in the report: what changed, why it is believed right, what was tried, what a person said, what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autopack.context import block, code, evidence_lines, prose
from autopack.model.attempt import OutcomeKind
from autopack.model.audit import AuditReport
from autopack.model.findings import Finding
from autopack.model.quality import OF_TESTS
from autopack.model.states import PhaseState
from autopack.report.facts import ApprovalFacts, AttemptFacts, PhaseFacts
from autopack.report.words import OUTCOME_WORDS, PHASE_WORDS, counted, money
from autopack.text import duration, plural

_MOST_FINDINGS = 10
_MOST_STAT = 40
_ROLES = {"auditor": "First auditor", "second_auditor": "Second auditor"}


def phase_section(phase: PhaseFacts, number: int) -> str:
    """The phase under a heading of its own."""
    parts = [
        f"### {number}. {code(phase.id)}: {PHASE_WORDS[phase.state]}",
        prose(phase.goal, 600),
        prose(phase.detail, 600) if phase.state is not PhaseState.COMPLETE else "",
        _change(phase),
        _grounds(phase),
        _weighed(phase),
        _attempts(phase),
        _part("What a person said", [_approval(a) for a in phase.approvals]),
        _part("Handoff bundle", [code(phase.handoff)] if phase.handoff else []),
        _cost(phase),
    ]
    return "\n\n".join(part for part in parts if part)


def phase_anchor(phase: PhaseFacts, number: int) -> str:
    """What the heading of the phase is linked by, as editors and forges derive it."""
    return f"#{number}-{phase.id}-{PHASE_WORDS[phase.state].replace(' ', '-')}"


def _part(title: str, lines: list[str]) -> str:
    return "\n".join((f"**{title}**", "", *(f"- {line}" for line in lines))) if lines else ""


def _change(phase: PhaseFacts) -> str:
    if not phase.stat.strip():
        return ""
    lines = phase.stat.strip("\n").split("\n")
    if len(lines) > _MOST_STAT:
        lines = [*lines[: _MOST_STAT - 1], f" ... {len(lines) - _MOST_STAT} more files", lines[-1]]
    commit = f" (commit {code(phase.commit[:12])})" if phase.commit else ""
    said = f"\n\n{prose(phase.summary, 600)}" if phase.summary.strip() else ""
    return f"**What changed**{commit}{said}\n\n{block(chr(10).join(lines))}"


def _grounds(phase: PhaseFacts) -> str:
    lines: list[str] = []
    if phase.evidence is not None:
        lines += [prose(line) for line in evidence_lines(phase.evidence, phase.must_pass)]
    if phase.audit is not None:
        lines += _audit(phase.audit)
    done = phase.state is PhaseState.COMPLETE
    lines += _lifted(phase) if done else []
    return _part("Why it is believed right" if done else "What the last proposal showed", lines)


def _lifted(phase: PhaseFacts) -> list[str]:
    """What a person took out of the way of the change that completed it, gates of tests by that name."""
    last = next((a.outcome for a in reversed(phase.attempts) if a.outcome is not None), None)
    if last is None or not last.lifted:
        return []
    of_tests = [gate for gate in last.lifted if gate in OF_TESTS]
    others = [gate for gate in last.lifted if gate not in OF_TESTS and gate != "quality"]
    tests = f"**Not by its tests alone**: a person accepted it against the gates of the tests: {', '.join(of_tests)}."
    rest = f"A person accepted it against: {', '.join(others)}."
    return [*([tests] if of_tests else []), *([rest] if others else [])]


def _weighed(phase: PhaseFacts) -> str:
    """Risk, decision and quality of the last change that has them; earlier ones are named in their attempts."""
    last = next((a for a in reversed(phase.attempts) if a.risk is not None), None)
    if last is None or last.risk is None:
        return ""
    lines = [f"{last.risk.score} of 100: {last.risk.level}", *last.risk.grounds]
    if last.decision is not None:
        lines += [f"decision: {last.decision.told()}", *last.decision.questions]
    if last.quality is not None:
        lines.append(f"quality: {last.quality.told()}")
    return _part("Risk and quality of the change", [prose(line, 400) for line in lines])


def _audit(audit: AuditReport) -> list[str]:
    by = f" by {code(audit.model)}" if audit.model else ""
    if not audit.available:
        return [*_on_tests(audit), f"Audit{by}: none ({prose(audit.detail, 300) or 'no auditor answered'})."]
    word = "approved" if audit.approved else "not approved"
    profile = f", profile {code(audit.profile)}" if audit.profile not in ("", "general") else ""
    lines = [
        *_on_tests(audit),
        f"Audit{by}: {word}, {plural(len(audit.issues), 'issue')}{profile}.",
        *_two_audits(audit),
    ]
    if audit.unseen:
        lines.append("It was asked for while the tests ran, without their result.")
    for issue in audit.issues[:_MOST_FINDINGS]:
        where = f" at {code(f'{issue.path}:{issue.line}' if issue.line else issue.path)}" if issue.path else ""
        ruled = f" ({issue.ruling}: {prose(issue.reason, 300)})" if issue.reason else ""
        lines.append(f"{prose(issue.severity)} issue{where}: {prose(issue.description, 400)}{ruled}")
    return lines


def _on_tests(audit: AuditReport) -> list[str]:
    """What a judge made of the findings on tests."""
    if not audit.test_rulings:
        return []
    counts = Counter(ruling.ruling for ruling in audit.test_rulings)
    told = ", ".join(f"{count} {ruling}" for ruling, count in counts.items())
    return [f"A judge of the tests ({code(audit.tests_judge)}) ruled on what was done to them: {told}."]


def _two_audits(audit: AuditReport) -> list[str]:
    """Each auditor's own word, and what came of a dispute."""
    lines = [
        f"{_ROLES.get(each.role, each.role)} ({code(each.model)}): "
        f"{'approved' if each.approved else 'not approved'}, {each.majors} major, {each.minors} minor."
        for each in audit.opinions
    ]
    if audit.lacking:
        lines.append(f"Two models were to review it, and one did: {prose(audit.lacking, 300)}.")
    if audit.disagreed:
        judge = f"judge: {code(audit.judge)}" if audit.judge else "no judge decided"
        why = f" ({prose(audit.judge_detail, 300)})" if audit.judge_detail else ""
        lines.append(f"They disagree on {plural(sum(bool(i.ruling) for i in audit.issues), 'issue')}; {judge}{why}.")
    return lines


def _attempts(phase: PhaseFacts) -> str:
    if not phase.attempts:
        return ""
    lines = ["**Attempts**", ""]
    for attempt in phase.attempts:
        lines.append(f"{attempt.number}. {_outcome(attempt)}")
        if attempt.hint:
            lines.append(f"   - hint: {prose(attempt.hint, 400)}")
        if attempt.risk is not None:
            lines.append(f"   - risk: {attempt.risk.score} of 100, {attempt.risk.level}")
        lines += [f"   - {line}" for line in _findings(attempt)]
        if attempt.patch:
            lines.append(f"   - patch: {code(attempt.patch)}")
    return "\n".join(lines)


def _outcome(attempt: AttemptFacts) -> str:
    by = f" ({code(attempt.model)})" if attempt.model else ""
    if attempt.reapply:
        by = f" (the change of {code(attempt.reapply[:12])} applied again)"
    if attempt.chosen_of:
        by = f" (what a person chose of attempt {attempt.chosen_of})"
    if attempt.amends:
        by = f" (the change of attempt {attempt.amends} with its auditor's patch)"
    if attempt.outcome is None:
        return f"not ended{by}"
    detail = ""
    if attempt.outcome.detail and attempt.outcome.kind is not OutcomeKind.TESTS_FAILED:
        detail = f": {prose(attempt.outcome.detail, 300)}"
    return f"{OUTCOME_WORDS[attempt.outcome.kind]}{by}{detail}"


def _findings(attempt: AttemptFacts) -> list[str]:
    findings = attempt.outcome.findings if attempt.outcome else ()
    lines = [finding_line(f) for f in findings[:_MOST_FINDINGS]]
    if len(findings) > _MOST_FINDINGS:
        lines.append(f"and {len(findings) - _MOST_FINDINGS} more")
    return lines


def finding_line(finding: Finding) -> str:
    """Code, place and message, as one line of Markdown."""
    line = f":{finding.range.start.line}" if finding.range else ""
    where = f" {code(f'{finding.path}{line}')}" if finding.path else f" {code(finding.entry)}" if finding.entry else ""
    level = "" if finding.blocking else f" ({finding.severity.value})"
    related = "; ".join(f"{code(each.where())} {prose(each.message, 120)}" for each in finding.related)
    seen = f" (See {related}.)" if related else ""
    return f"**{finding.code}**{level}{where} {prose(finding.message, 600)}{seen}"


def _approval(approval: ApprovalFacts) -> str:
    reasons = "; ".join(prose(reason, 1200) for reason in approval.reasons)
    by = f" by {prose(approval.actor, 80)}" if approval.actor else ""
    scope = f" for the {prose(approval.scope, 20)}" if approval.scope not in ("", "once") else ""
    said = f": {prose(approval.said, 400)}" if approval.said else ""
    if approval.chosen:
        said += f". Taken: {_ids(approval.chosen)}. Left out: {_ids(approval.left)}"
        said += f". Of the rest: {prose(approval.rest, 400)}" if approval.rest else ""
    return f"{prose(approval.state, 20)}{by}{scope}{said}. Asked because: {reasons}"


def _ids(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _MOST_FINDINGS} more" if len(ids) > _MOST_FINDINGS else ""
    return ", ".join(code(id) for id in ids[:_MOST_FINDINGS]) + more


def _cost(phase: PhaseFacts) -> str:
    if not phase.attempts:
        return ""
    spend, times = phase.spend, phase.times
    tokens = f"{counted(spend.input_tokens)} tokens in, {counted(spend.output_tokens)} out" if spend.calls else ""
    cost = money(spend.cost_usd) if spend.cost_usd is not None else ""
    models = ", ".join(part for part in (plural(spend.calls, "model call"), tokens, cost) if part)
    lines = [
        models,
        f"models {duration(times.model)}, tests {duration(times.tests)}, Autopack itself {duration(times.own)}",
    ]
    return _part("Cost", lines)
