"""A change that a person took in part: what they chose is an attempt of its own, and what the Builder answers to the rest
is held to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from autopack.builder import Taken
from autopack.changes import Division, Edit, ShownHunk, ShownPart, edits_in
from autopack.engine.proposal import divided
from autopack.engine.selections import in_force
from autopack.engine.work import Work
from autopack.model.approvals import Selection
from autopack.model.attempt import Attempt, Outcome, OutcomeKind
from autopack.model.changes import ChangeSet
from autopack.model.findings import Finding, Range, Tree
from autopack.model.rules import finding
from autopack.paths import printable

_MOST_CHARS = 2_000
_MISSING = ", accepted by a person, is missing or changed"
_AGAIN = " is again as a person refused it"

Edits = dict[str, tuple[Edit, ...]]


async def take(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """What was chosen of an earlier attempt's change is this attempt's change."""
    division = divided(work.doors, work.phase, work.run, attempt.chosen)
    if division is None:
        return _lost(attempt.chosen)
    summary = f"{division.kept.summary} (in part)".strip()
    return replace(attempt, changes=replace(division.kept, summary=summary))


async def hold(work: Work, attempt: Attempt) -> Attempt | Outcome:
    """The Builder's change has everything that a person accepted as it was, and nothing they refused as it was."""
    assert attempt.changes is not None
    made = _in_force(work, attempt)
    divisions: list[Division] = []
    for selection in made:
        division = divided(work.doors, work.phase, work.run, selection.request)
        if division is None:
            return _lost(selection.request)
        divisions.append(division)
    private, base = work.doors.private, attempt.base_tree
    tree = private.write_tree(base, attempt.changes)
    kept = private.write_tree(base, divisions[0].kept)
    beyond = edits_in(private.sections(kept, tree), private.patch(kept, tree))
    now = edits_in(private.sections(base, tree), private.patch(base, tree))
    found = [*_missing(divisions[0], made[0].chosen, beyond)]
    for selection, division in zip(made, divisions, strict=True):
        found += _again(division, selection.left, attempt.changes, now)
    return Outcome(OutcomeKind.POLICY_REFUSED, tuple(found)) if found else attempt


def taken(work: Work, attempt: Attempt) -> Taken | None:
    """What the Builder is told of the selection it is held to."""
    if not attempt.held:
        return None
    latest = _in_force(work, attempt)[0]
    division = divided(work.doors, work.phase, work.run, latest.request)
    asked = work.doors.store.request(latest.request)
    if division is None or asked is None:
        return None
    accepted, refused = (patch.decode("utf-8", "replace") for patch in (division.kept_patch, division.left_patch))
    return Taken(asked.attempt, accepted, refused, latest.rest)


def _in_force(work: Work, attempt: Attempt) -> tuple[Selection, ...]:
    store = work.doors.store
    rows = [row for row in store.attempts(work.run, work.phase.id) if row.number < attempt.number]
    return in_force(store, work.run, work.phase.id, rows, attempt.base)


def _lost(request: str) -> Outcome:
    detail = f"the change of request {request} cannot be made out any more, so nothing of it can be chosen"
    return Outcome(OutcomeKind.ENVIRONMENT, detail=detail)


def _missing(division: Division, chosen: Collection[str], beyond: Edits) -> Iterator[Finding]:
    """AP311 for each accepted part that `beyond`, the way from what was accepted to the new change, touches."""
    for part in division.shown:
        edits = {name: beyond[name] for name in part.part.names if name in beyond}
        if not edits:
            continue
        if not part.hunks:
            if part.part.path in chosen:
                yield _told("AP311", part, part.part.path, None, _MISSING)
            continue
        shift = 0
        for id, hunk in zip(part.part.ids, part.hunks, strict=True):
            if id not in chosen:
                continue
            places: list[Edit] = []
            for edit in hunk.edits():
                places.append(edit._replace(start=edit.start + shift))
                shift += len(edit.new) - len(edit.old)
            touched = edits[part.part.path]
            if not touched or any(_undone(edit, other) for edit in places for other in touched):
                yield _told("AP311", part, id, hunk, _MISSING)


def _undone(edit: Edit, other: Edit) -> bool:
    """Whether `other`, an edit of the text that `edit` (moved to its place in it) made, takes anything of it back."""
    first, last = edit.start, edit.start + len(edit.new)
    start, stop = other.start, other.start + len(other.old)
    if not edit.new:
        return start <= first <= stop and _holds(other.new, edit.old)
    if start == stop:
        return first < start < last
    return start < last and stop > first


def _holds(lines: tuple[bytes, ...], some: tuple[bytes, ...]) -> bool:
    return any(lines[at : at + len(some)] == some for at in range(len(lines) - len(some) + 1))


def _again(division: Division, left: Collection[str], changes: ChangeSet, now: Edits) -> Iterator[Finding]:
    """AP312 for each refused part that is in the new change as it was."""
    for part in division.shown:
        if not part.hunks:
            mine = [c for c in division.left.changes if c.path in part.part.names]
            if mine and all(c in changes.changes for c in mine):
                yield _told("AP312", part, part.part.path, None, _AGAIN)
            continue
        path = part.part.path
        for id, hunk in zip(part.part.ids, part.hunks, strict=True):
            if id in left and set(hunk.edits()) <= set(now.get(path, ())):
                yield _told("AP312", part, id, hunk, _AGAIN)


def _told(code: str, part: ShownPart, id: str, hunk: ShownHunk | None, what: str) -> Finding:
    raw = (hunk.raw if hunk else part.head).decode("utf-8", "replace")
    shown = raw if len(raw) <= _MOST_CHARS else f"{raw[:_MOST_CHARS]}\n[...]"
    lines = None
    if hunk is not None:
        first = hunk.start + 1
        lines = Range.of_lines(first, max(first, hunk.start + hunk.mark.old_count))
    message = f"{printable(id)}{what}:\n{shown}"
    return finding(code, message, path=part.part.path, range=lines, tree=Tree.BASE, blocking=True)
