"""Selections: what the journal knows of changes that a person took in part.

A request that is asked keeps the parts of its change, so that a selection is checked without the repository, in the
transaction of its decision. The decision is a no to that change as a whole with a selection beside it. The attempt ends as
PERSON_SELECTED, naming the request; the next one names it in its row, as CHOSEN (what was chosen is the proposal, no model
is asked) or as HELD (the Builder is asked again and its change is held to the selection). Everything else follows from
these rows, so a crash between any two of them loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from autopack.changes import ShownPart, shown_parts
from autopack.engine.work import Work
from autopack.model.approvals import ApprovalRequest, Selection
from autopack.model.attempt import OutcomeKind
from autopack.model.changes import ChangeSet
from autopack.model.findings import Finding, Range, Tree
from autopack.model.rules import finding
from autopack.paths import printable
from autopack.repo import PrivateRepo
from autopack.store import AttemptRow, Store, Transaction

CHOSEN, HELD = "chosen", "held"
"""Keys of an attempt's `data`: the request whose selection it tries, or is held to."""

_FREED = "freed"
_FIGURES = re.compile(r"(?<![\w.])[0-9][0-9.,]*(?!\w)")
"""Numbers that stand by themselves: not those in the names of what was found."""

_UNJUDGED = (OutcomeKind.ENVIRONMENT, OutcomeKind.BUDGET, OutcomeKind.PROVIDER)


def parts_in(private: PrivateRepo, base_tree: str, tree: str, changes: ChangeSet) -> tuple[ShownPart, ...]:
    """The parts of the patch that is shown of the change which makes `tree` of the base."""
    return shown_parts(changes, private.sections(base_tree, tree), private.patch(base_tree, tree))


def set_aside(tx: Transaction, run: str, phase: str) -> None:
    """No attempt from now on is held to what was chosen so far."""
    tx.put(run, f"{_FREED}:{phase}", len(tx.read.attempts(run, phase)))


def in_force(store: Store, run: str, phase: str, rows: Sequence[AttemptRow], base: str) -> tuple[Selection, ...]:
    """The selections that the attempt after `rows` stands under, latest first: made of changes of the same base, none
    ended since by a completed attempt, a person's rejection of what was chosen, or a retry."""
    freed = int(store.get(run, f"{_FREED}:{phase}", 0))
    found: list[Selection] = []
    for row in reversed(rows):
        if row.number <= freed or row.base != base or row.outcome is None:
            break
        if row.outcome.kind is OutcomeKind.COMPLETE:
            break
        if row.outcome.kind is OutcomeKind.PERSON_REJECTED and row.data.get(CHOSEN):
            break
        if row.outcome.kind is OutcomeKind.PERSON_SELECTED:
            made = store.selection(run, row.outcome.request)
            assert made is not None
            found.append(made)
    return tuple(found)


def next_data(work: Work, phase: str, rows: Sequence[AttemptRow], base: str) -> dict[str, Any] | None:
    """What the row of the attempt after `rows` says of a selection: that it tries the one just made (or tries again one
    that nothing judged), or that it is held to it; None without one."""
    if not rows:
        return None
    made = in_force(work.doors.store, work.run, phase, rows, base)
    last = rows[-1]
    if not made:
        if last.outcome is not None and last.outcome.kind is OutcomeKind.PERSON_SELECTED:
            work.journal.log("What was chosen lapsed: the base moved since.", phase, last.number)
        return None
    kind = last.outcome.kind if last.outcome is not None else None
    untried = kind in _UNJUDGED and last.data.get(CHOSEN) == made[0].request
    if untried or (kind is OutcomeKind.PERSON_SELECTED and not made[0].rest):
        return {CHOSEN: made[0].request}
    return {HELD: made[0].request}


def covers(work: Work, source: str, request: ApprovalRequest, findings: Sequence[Finding]) -> bool:
    """Whether the word on `source`, whose change was taken in part, reaches the request about what was chosen: nothing is
    found now that was not before, of the same rule at the same path in the same words, figures aside."""
    asked = work.doors.store.request(source)
    rows = work.doors.store.attempts(work.run, request.phase)
    row = next((r for r in rows if asked is not None and r.number == asked.attempt), None)
    if asked is None or row is None or row.outcome is None:
        return False
    inside = set(request.codes) <= set(asked.codes) and set(request.paths) <= set(asked.paths)
    if not inside or (request.base, request.policy) != (asked.base, asked.policy):
        return False
    known = {_said(found) for found in row.outcome.findings}
    return all(_said(found) in known for found in findings)


def _said(found: Finding) -> tuple[str, str, str]:
    return found.code, found.path, _FIGURES.sub("", found.message)


def left_out(work: Work, request: str) -> tuple[Finding, ...]:
    """AP313 for each file of which something was left out when `request`'s change was taken in part."""
    store = work.doors.store
    asked, selection, decision = store.request(request), store.selection(work.run, request), store.decision(request)
    if asked is None or selection is None or decision is None:
        return ()
    found: list[Finding] = []
    for part in store.parts(asked):
        ids = [id for id in part.ids if id in selection.left]
        first = next((hunk for id, hunk in zip(part.ids, part.hunks, strict=False) if id in ids), None)
        lines = Range.of_line(max(1, first.old_start)) if first else None
        if ids:
            said = f": {decision.reason}" if decision.reason else ""
            message = f"left out of attempt {asked.attempt} by {decision.actor}: {', '.join(map(printable, ids))}{said}"
            found.append(finding("AP313", message, path=part.path, range=lines, tree=Tree.BASE))
    return tuple(found)
