"""What a phase was given beyond its scope: which of it an attempt was told of, and what of that holds for its change."""

from __future__ import annotations

from typing import Any

from autopack.engine.work import Work
from autopack.model.approvals import WIDENED, Allowance
from autopack.model.attempt import Attempt
from autopack.model.changes import ChangeSet
from autopack.model.plan import Phase, ReadOnly
from autopack.policy import PathRules, changed_lines
from autopack.store import AttemptRow, Store
from autopack.text import plural


def standing(store: Store, run: str, phase: str, policy: str) -> tuple[Allowance, ...]:
    """Those that hold now: given under this policy, in a phase that has not ended since."""
    given = [grant.request for grant in store.grants(run, phase, policy) if grant.codes == (WIDENED,)]
    return tuple(_allowance(store, request) for request in given)


def told(store: Store, row: AttemptRow) -> tuple[Allowance, ...]:
    """Those that the attempt began with, whatever became of them."""
    return tuple(_allowance(store, request) for request in row.data.get("allowances", ()))


def _allowance(store: Store, request_id: str) -> Allowance:
    request = store.request(request_id)
    assert request is not None
    effect = store.effect(request.run, request.phase, request.attempt, "allow")
    return Allowance(request.id, request.paths, effect.inputs["max_lines"] if effect is not None else 0)


def start_of(allowances: tuple[Allowance, ...], retries: int) -> dict[str, Any]:
    """What the journal keeps with an attempt of what it began with."""
    data: dict[str, Any] = {"allowances": [each.request for each in allowances]} if allowances else {}
    return data | ({"retries": retries} if retries else {})


def widened(phase: Phase, allowances: tuple[Allowance, ...]) -> Phase:
    """The phase as the Builder is shown it: what was given is among what it may change."""
    paths = [path for each in allowances for path in each.paths]
    if not paths:
        return phase
    scope = phase.scope
    read_only = [each for each in scope.read_only if (each.path if isinstance(each, ReadOnly) else each) not in paths]
    wider = scope.model_copy(update={
        "paths": list(dict.fromkeys((*(scope.paths or phase.deliverables), *paths))),
        "read_only": read_only,
        "protected": [entry for entry in scope.protected if entry not in paths],
    })  # fmt: skip
    return phase.model_copy(update={"scope": wider})


def rules_of(work: Work, attempt: Attempt) -> PathRules:
    """The rules of the phase, with what the attempt was told of and still holds; a change larger than an allowance is a
    matter for a person."""
    settings = work.doors.settings
    given: set[str] = set()
    beyond: dict[str, str] = {}
    for each in _held(work, attempt):
        lines = _lines(attempt.changes, each)
        if each.max_lines is not None and lines > each.max_lines:
            why = f"was given by your settings for at most {plural(each.max_lines, 'changed line')}, not for {lines}"
            beyond |= dict.fromkeys(each.paths, why)
        else:
            given |= {*each.paths}
    root = work.doors.user.root
    return PathRules.for_phase(work.phase, settings.policy, root, given=given - beyond.keys(), beyond=beyond)


def _held(work: Work, attempt: Attempt) -> list[Allowance]:
    """What the attempt was told of and still stands."""
    if not attempt.allowances:
        return []
    policy = work.doors.settings.policy_version
    now = {each.request for each in standing(work.doors.store, work.run, work.phase.id, policy)}
    return [each for each in attempt.allowances if each.request in now]


def _lines(changes: ChangeSet | None, allowance: Allowance) -> int:
    paths = {*allowance.paths}
    return sum(changed_lines(c) for c in (changes.changes if changes else ()) if {c.path, c.old_path} & paths)
