"""Patches that an auditor suggests: never applied as such. They are shown to the Builder, or (`audit.apply_patches: try`)
the phase's next attempt proposes the refused change together with them, and that is governed, committed, tested and
audited like any Builder's answer.

Which attempt's change an attempt amends stands in its row, so a resume does the same again. It is only begun when every
major issue has a patch and all of them fit the candidate; where not, and after it, the Builder is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.changes import parse_answer
from autopack.engine.judging import answer_limits, refused_answer
from autopack.engine.reapplying import changes_between
from autopack.errors import AnswerRefused, StaleState
from autopack.model import codec
from autopack.model.attempt import Attempt, Candidate, Outcome, OutcomeKind
from autopack.model.audit import AuditIssue, AuditReport
from autopack.model.changes import ChangeKind, ChangeSet
from autopack.model.rules import finding
from autopack.text import shorten

if TYPE_CHECKING:
    from autopack.engine.doors import Doors
    from autopack.engine.work import Work
    from autopack.store import AttemptRow, Store

AMENDS = "amends"
"""In an attempt's data: the number of the attempt whose change it proposes again with its auditor's patches."""


def amendable(work: Work, rows: Sequence[AttemptRow], base: str) -> int:
    """The attempt of `rows` that the next one amends; 0 when the Builder is asked."""
    last = rows[-1] if rows else None
    if work.doors.settings.audit.apply_patches != "try" or last is None or last.outcome is None or last.base != base:
        return 0
    if last.outcome.kind is not OutcomeKind.AUDIT_REJECTED or last.data.get(AMENDS):
        return 0
    try:
        amended(work.doors, last.run, last.phase, last.number, last.base_tree)
    except AnswerRefused as refused:
        work.journal.log(f"The auditor's patches are not tried: {refused.message}", last.phase, last.number)
        return 0
    return last.number


async def amend(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """The refused change with its auditor's patches as this attempt's change set."""
    try:
        changes = amended(work.doors, attempt.run, attempt.phase, attempt.amends, attempt.base_tree)
    except AnswerRefused as refused:
        return refused_answer(refused)
    return replace(attempt, changes=changes)


def amended(doors: Doors, run: str, phase: str, number: int, base_tree: str) -> ChangeSet:
    """The change of attempt `number` with a patch for each of its major issues, against the base. Raises AnswerRefused."""
    candidate, report = _candidate(doors.store, run, phase, number), _report(doors.store, run, phase, number)
    majors = [issue for issue in report.issues if issue.major] if report is not None else []
    if candidate is None or not majors or not all(issue.patch for issue in majors):
        raise _refused("not every issue that refuses the change comes with a patch")
    private, limits = doors.private, answer_limits(doors)
    before = changes_between(private, base_tree, candidate.tree)
    shown = {c.path: _blob(doors, candidate.tree, c.path) for c in before if c.after is not None}
    in_part = frozenset(c.path for c in before if c.kind is not ChangeKind.CREATED)
    tree = candidate.tree
    for patch in dict.fromkeys(issue.patch for issue in majors):
        changes = parse_answer(patch, "end", tree, private, shown, limits, truncated=in_part)
        try:
            tree = private.write_tree(tree, changes)
        except StaleState as stale:
            raise _refused(stale.message) from stale
    made = changes_between(private, base_tree, tree)
    if not made or tree == candidate.tree:
        raise _refused("they change nothing")
    summary = f"{candidate.summary} (with the auditor's patch)".strip()
    return ChangeSet(base_tree, made, shorten(summary, 500))


def suggested(work: Work, attempt: Attempt, before: int) -> tuple[AuditIssue, ...]:
    """The issues of attempt `before` that came with a patch the Builder may be shown; () when it stood on another base or
    the settings keep them back."""
    store = work.doors.store
    candidate = _candidate(store, work.run, work.phase.id, before)
    if work.doors.settings.audit.apply_patches == "never" or candidate is None or candidate.base != attempt.base:
        return ()
    report = _report(store, work.run, work.phase.id, before)
    return tuple(issue for issue in report.issues if issue.patch) if report is not None else ()


def _candidate(store: Store, run: str, phase: str, number: int) -> Candidate | None:
    effect = store.effect(run, phase, number, "apply")
    return codec.load(Candidate, effect.result["candidate"]) if effect is not None and effect.result else None


def _report(store: Store, run: str, phase: str, number: int) -> AuditReport | None:
    effect = store.effect(run, phase, number, "audit")
    return codec.load(AuditReport, effect.result["audit"]) if effect is not None and effect.result else None


def _blob(doors: Doors, tree: str, path: str) -> str:
    entry = doors.private.entry(tree, path)
    return entry.id if entry is not None else ""


def _refused(why: str) -> AnswerRefused:
    return AnswerRefused((finding("AP201", f"the auditor's patches cannot be tried: {why}"),))
