"""What an attempt proposes before anything of it is applied: what a person who is asked beforehand looks at."""

from __future__ import annotations

from autopack.context import gather
from autopack.engine.allowances import told, widened
from autopack.engine.doors import Doors
from autopack.engine.judging import change_set
from autopack.engine.reapplying import SOURCE, reapplied
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
    if not asked:
        return None
    try:
        changes = _proposed(doors, phase, row)
    except (AnswerRefused, StaleState):
        return None
    if changes is None or changes.digest != asked[-1].digest:
        return None
    return doors.private.write_tree(row.base_tree, changes)


def _proposed(doors: Doors, phase: Phase, row: AttemptRow) -> ChangeSet | None:
    source = row.data.get(SOURCE, "")
    if source:
        return reapplied(doors.private, source, row.base_tree)
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
