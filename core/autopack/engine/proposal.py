"""What an attempt proposes before anything of it is applied: what a person who is asked beforehand looks at, and what they
chose of it."""

from __future__ import annotations

from autopack.changes import Division, ShownPart, divide
from autopack.context import gather
from autopack.engine.allowances import told, widened
from autopack.engine.amending import AMENDS, amended
from autopack.engine.doors import Doors
from autopack.engine.judging import change_set
from autopack.engine.reapplying import SOURCE, reapplied
from autopack.engine.selections import CHOSEN, parts_in
from autopack.errors import AnswerRefused, StaleState
from autopack.model import codec
from autopack.model.approvals import Stage
from autopack.model.attempt import Answer, Attempt
from autopack.model.changes import ChangeSet
from autopack.model.plan import Phase
from autopack.store import AttemptRow


def asked_tree(doors: Doors, phase: Phase, row: AttemptRow) -> str | None:
    """The tree that the change makes which a request asks about before it is applied; None where nothing was asked so
    early, or where the stored answer no longer gives exactly the change of the request (its digest)."""
    asked = [r for r in doors.store.requests(row.run, phase=row.phase)
             if (r.attempt, r.stage) == (row.number, Stage.APPLY)]  # fmt: skip
    changes = proposed(doors, phase, row) if asked else None
    if changes is None or changes.digest != asked[-1].digest:
        return None
    return doors.private.write_tree(row.base_tree, changes)


def proposed(doors: Doors, phase: Phase, row: AttemptRow) -> ChangeSet | None:
    """What the attempt proposes: from its stored answer, from what a person chose, or an earlier change applied again; None
    when that is not to be had."""
    if row.data.get(CHOSEN):
        division = divided(doors, phase, row.run, row.data[CHOSEN])
        return division.kept if division else None
    try:
        if row.data.get(SOURCE):
            return reapplied(doors.private, row.data[SOURCE], row.base_tree)
        if row.data.get(AMENDS):
            return amended(doors, row.run, row.phase, row.data[AMENDS], row.base_tree)
        return _answered(doors, phase, row)
    except (AnswerRefused, StaleState):
        return None


def _answered(doors: Doors, phase: Phase, row: AttemptRow) -> ChangeSet | None:
    effect = doors.store.effect(row.run, row.phase, row.number, "build")
    if effect is None or not effect.result:
        return None
    shown = widened(phase, told(doors.store, row))
    attempt = Attempt(
        row.run, row.phase, row.number, row.base, row.base_tree,
        context=gather(shown, row.base_tree, doors.private, doors.settings.context, doors.redactor),
        answer=codec.load(Answer, effect.result["answer"]),
    )  # fmt: skip
    return change_set(doors, phase, attempt)


def divided(doors: Doors, phase: Phase, run: str, request_id: str) -> Division | None:
    """The change of the request, divided as a person did; None where it can no longer be made out, or was not divided."""
    found = _asked(doors, phase, run, request_id)
    selection = doors.store.selection(run, request_id)
    if found is None or selection is None:
        return None
    changes, shown = found
    return divide(changes, shown, selection.chosen)


def asked_parts(doors: Doors, phase: Phase, run: str, request_id: str) -> tuple[ShownPart, ...] | None:
    """The parts of the request's change with their bytes; None where it can no longer be made out."""
    found = _asked(doors, phase, run, request_id)
    return found[1] if found else None


def _asked(doors: Doors, phase: Phase, run: str, request_id: str) -> tuple[ChangeSet, tuple[ShownPart, ...]] | None:
    request = doors.store.request(request_id)
    if request is None:
        return None
    row = next((r for r in doors.store.attempts(run, request.phase) if r.number == request.attempt), None)
    changes = proposed(doors, phase, row) if row is not None else None
    if row is None or changes is None or changes.digest != request.digest:
        return None
    tree = doors.private.write_tree(row.base_tree, changes)
    return changes, parts_in(doors.private, row.base_tree, tree, changes)
