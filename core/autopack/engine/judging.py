"""The judgements of an attempt: parse the answer, govern the tree, get consent, run the gates."""

from __future__ import annotations

from dataclasses import replace

from autopack.changes import Limits, parse_answer, repairs
from autopack.engine.allowances import rules_of
from autopack.engine.consent import consent_to
from autopack.engine.doors import Doors
from autopack.engine.entries import with_entries
from autopack.engine.facts import WITHOUT_AUDIT, gate_facts, was_asked
from autopack.engine.reading import reader_of
from autopack.engine.weighing import weighed
from autopack.engine.widening import widen
from autopack.engine.work import Work
from autopack.errors import AnswerRefused
from autopack.gates import GATES
from autopack.gates import judge as run_gates
from autopack.model.approvals import Stage
from autopack.model.attempt import Attempt, Context, Outcome, OutcomeKind
from autopack.model.changes import ChangeSet
from autopack.model.plan import Phase
from autopack.model.states import PhaseState
from autopack.model.verdict import VerdictKind
from autopack.policy import govern as judge_paths

NEVER = "never"
"""Detail of an outcome that touched what no one may touch: two in a row end the run."""


async def parse(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """The answer as a change set, or the typed refusal that goes back to the Builder."""
    try:
        changes = change_set(work.doors, work.phase, attempt)
    except AnswerRefused as refused:
        return refused_answer(refused)
    return replace(attempt, changes=changes)


def refused_answer(refused: AnswerRefused) -> Outcome:
    """How an attempt ends whose answer cannot become a change set."""
    if refused.never:
        return Outcome(OutcomeKind.POLICY_REFUSED, refused.findings, NEVER)
    return Outcome(OutcomeKind.ANSWER_REFUSED, refused.findings, refused.message)


def answer_limits(doors: Doors) -> Limits:
    """What an answer may cost to read, by policy."""
    policy = doors.settings.policy
    return Limits(policy.max_answer_bytes, policy.max_json_depth, policy.max_operations)


def change_set(doors: Doors, phase: Phase, attempt: Attempt) -> ChangeSet:
    """What the attempt's answer says, as changes of its base tree. Raises AnswerRefused."""
    assert attempt.answer is not None
    context = attempt.context or Context(())
    return parse_answer(
        attempt.answer.text,
        attempt.answer.stop_reason,
        attempt.base_tree,
        doors.private,
        {f.path: "" if f.missing else f.blob for f in context.files},
        answer_limits(doors),
        truncated=frozenset(f.path for f in context.files if f.truncated),
        allow_empty=phase.allow.noop,
    )


async def govern(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """Policy on the resulting tree: what is refused, what a person must be asked, what is only told. An answer that only
    asks for a wider scope ends here."""
    assert attempt.changes is not None
    if attempt.changes.only_asks:
        return widen(work, attempt)
    private, settings = work.doors.private, work.doors.settings
    tree = private.write_tree(attempt.base_tree, attempt.changes)
    raw = private.diff(attempt.base_tree, tree)
    rules = rules_of(work, attempt)
    base_paths = [entry.path for entry in private.list(attempt.base_tree)]
    judgement = judge_paths(
        attempt.changes, raw, rules, settings.policy, work.phase, base_paths, read=await reader_of(work, attempt.changes),
        elsewhere=lambda words: private.holding(tree, words, "*.py"), again=attempt.number > 1 and not attempt.reapply,
    )  # fmt: skip
    if judgement.refusals:
        detail = NEVER if judgement.never_hit else ""
        return Outcome(OutcomeKind.POLICY_REFUSED, judgement.refusals, detail)
    governed = replace(
        attempt,
        tree=tree,
        notices=(*repairs(attempt.changes), *judgement.notices),
        ask_before=judgement.ask_before,
        ask_after=judgement.ask_after,
        risk=judgement.risk,
    )
    return weighed(work, governed)


async def decide(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """A person's leave for what policy asks about before the change is applied; what it began to ask only after that is
    asked with the evidence."""
    if not attempt.ask_before:
        return attempt
    applied = work.effect("apply")
    if applied is not None and applied.done and not applied.request:
        return replace(attempt, ask_before=(), ask_after=(*attempt.ask_before, *attempt.ask_after))
    intent = ("apply", {"base": attempt.base})
    return consent_to(work, attempt, Stage.APPLY, attempt.ask_before, intent) or attempt


async def judge(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """The gates' verdict on the evidence; without an audit it can only be that the attempt failed."""
    assert attempt.audit is not None
    work.journal.enter(work.phase.id, PhaseState.GATE)
    facts, asked = gate_facts(work, attempt, attempt.audit), was_asked(attempt.audit)
    attempt = weighed(work, attempt, facts)
    if not asked:
        verdict = run_gates(facts, WITHOUT_AUDIT)
        if verdict.kind is VerdictKind.FAILED:
            return replace(attempt, verdict=with_entries(verdict, work.phase))
    return replace(attempt, verdict=with_entries(run_gates(facts, GATES), work.phase))
