"""Applying a phase's earlier change again: the attempt's proposal is the change itself, no Builder is asked.

A rollback may leave changes that outlive it: those of phases after the one taken out, or of phases on the way to a save
point. They were proven on another tree, so none of their phases stays COMPLETE: at the next resume each change becomes a
candidate on the new tip and passes policy, tests, audit and gates as any other. One that does not fit, or that fails, goes
to the Builder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.errors import StaleState
from autopack.model import codec
from autopack.model.attempt import Candidate
from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.repo import replay

if TYPE_CHECKING:
    from autopack.engine.work import Work
    from autopack.model.attempt import Attempt, Outcome
    from autopack.model.plan import Phase, Plan
    from autopack.repo import PrivateRepo
    from autopack.store import AttemptRow, Store, Transaction

WAITING, SOURCE = "reapply", "reapply"
"""Where the journal keeps (phase, commit) of what waits, in order; and, in an attempt's data, what it applies again."""


def waiting(store: Store, run: str) -> list[tuple[str, str]]:
    """Phase and commit of every change that is still to be applied again, in the order in which they fit."""
    ended = {row.phase for row in store.phases(run) if row.state.ended}
    pairs: list[list[str]] = store.get(run, WAITING) or []
    return [(phase, commit) for phase, commit in pairs if phase not in ended]


def forget(tx: Transaction, run: str, phase: str) -> None:
    """The phase's next attempt is the Builder's."""
    pairs: list[list[str]] = tx.get(run, WAITING) or []
    tx.put(run, WAITING, [pair for pair in pairs if pair[0] != phase])


def first(store: Store, run: str, plan: Plan, order: Sequence[str]) -> list[str]:
    """The order with what is applied again at its head, as far as dependencies allow: it was tried out on this tip."""
    ended = {row.phase for row in store.phases(run) if row.state.ended}
    head: list[str] = []
    for phase, _ in waiting(store, run):
        if all(need in ended or need in head for need in plan.phase(phase).depends_on):
            head.append(phase)
    return [*head, *(phase for phase in order if phase not in head)]


def source_of(work: Work, phase: Phase, base: str, hint: str, rows: Sequence[AttemptRow]) -> str:
    """The commit whose change the phase's next attempt applies to `base`; "" when the Builder is asked: nothing waits, a
    person gave a hint, it was tried and failed, or it no longer fits."""
    commit = dict(waiting(work.doors.store, work.run)).get(phase.id, "")
    tried = any(r.data.get(SOURCE) == commit and r.outcome is not None and r.outcome.kind.repairable for r in rows)
    if not commit or hint or tried:
        return ""
    fits = replay(work.doors.private, commit, base)
    if fits.conflicts:
        work.journal.log(
            f"The earlier change of {phase.id} no longer fits ({', '.join(fits.conflicts)}); it is built anew.",
            phase.id,
        )
        return ""
    return commit


async def reapply(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """The earlier change as a change set of the attempt's base."""
    summary = _summary(work.doors.store, work.run, attempt.phase, attempt.reapply)
    return replace(attempt, changes=reapplied(work.doors.private, attempt.reapply, attempt.base_tree, summary))


def reapplied(private: PrivateRepo, commit: str, base_tree: str, summary: str = "") -> ChangeSet:
    """What the commit did, as changes of another tree. Raises StaleState where it does not fit."""
    done = replay(private, commit, base_tree)
    if done.conflicts:
        raise StaleState(f"the change of {commit[:12]} does not fit: {', '.join(done.conflicts)}")
    return ChangeSet(base_tree, changes_between(private, base_tree, done.tree), summary)


def _summary(store: Store, run: str, phase: str, commit: str) -> str:
    """The Builder's word on the change when it was first applied."""
    for effect in store.effects(run, phase):
        made = effect.result.get("candidate") if effect.key == "apply" and effect.result else None
        if made and made["commit"] == commit:
            return codec.load(Candidate, made).summary
    return ""


def changes_between(private: PrivateRepo, base: str, tree: str) -> tuple[FileChange, ...]:
    """What makes one tree of the other, sorted by path, a rename as one change."""
    return tuple(_changes(private, base, tree))


def _changes(private: PrivateRepo, base: str, tree: str) -> Iterator[FileChange]:
    renamed = private.renames(base, tree)
    sources = set(renamed.values())
    for raw in private.diff(base, tree):
        if raw.path in sources and raw.status == "D":
            continue
        old = renamed.get(raw.path)
        entry = private.entry(base, old) if old else None
        before = entry.id if entry else raw.id_a
        kind = ChangeKind.RENAMED if old else _KINDS.get(raw.status, ChangeKind.MODIFIED)
        yield FileChange(
            path=raw.path,
            kind=kind,
            before=private.blob(before) if before else None,
            after=private.blob(raw.id_b) if raw.id_b else None,
            mode_before=(entry.mode if entry else raw.mode_a) or None,
            mode_after=raw.mode_b or None,
            old_path=old,
        )


_KINDS = {"A": ChangeKind.CREATED, "D": ChangeKind.DELETED}
