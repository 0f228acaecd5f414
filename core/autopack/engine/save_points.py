"""Save points: states of the run one can go back to, kept before whatever is hard to take back.

A tip moves only to commits that exist already, so a save point is one row and one ref (`refs/autopack/<run>/save/<n>`) and
no object. They are numbered as they are made and go with the run; `save/0` is the run's base and needs no ref.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from autopack import fault
from autopack.errors import StaleState, StoreDamaged, UsageError
from autopack.model.risk import DecisionKind

if TYPE_CHECKING:
    from autopack.engine.work import Work
    from autopack.model.attempt import Attempt
    from autopack.repo import PrivateRepo
    from autopack.store import Store, Transaction

fault.register("savepoint.before_ref", "a save point is journalled, no ref names it")

SAVES, BASE, _PREFIX = "saves", "save/0", "save/"
"""Where the journal keeps them, and what they are called."""

_NET_LINES = 50
"""More removed lines than this make a change worth a save point (reference §14)."""
_GUARDED = ("AP303", "AP304", "AP305", "AP605")


@dataclass(frozen=True, slots=True)
class SavePoint:
    """`commit` is the tip as it was; `why` says before what; `at` in seconds since the epoch."""

    name: str
    commit: str
    why: str
    at: float
    phase: str = ""
    attempt: int = 0


def save_points(store: Store, run: str) -> list[SavePoint]:
    """Oldest first, the base among them."""
    row = store.run(run)
    kept: list[dict[str, Any]] = store.get(run, SAVES) or []
    return [SavePoint(BASE, row.base, "the run's base", row.created_at), *(SavePoint(**known) for known in kept)]


def save_point(store: Store, private: PrivateRepo, run: str, name: str) -> SavePoint:
    """The one named. Raises UsageError where there is none, StoreDamaged where its ref names another commit."""
    hold(store, private, run)
    for known in save_points(store, run):
        if known.name == name:
            return known
    raise UsageError(f"run {run} has no save point {name}", hint=f"See: autopack rollback {run} --list")


def is_save_point(name: str) -> bool:
    """Whether it reads as a save point; a phase's id holds no slash."""
    return name.startswith(_PREFIX)


def note(tx: Transaction, run: str, made: SavePoint) -> str:
    """Journal it under the next number; its name. Repeating a step makes no second one."""
    kept: list[dict[str, Any]] = tx.get(run, SAVES) or []
    same = (made.commit, made.why, made.phase, made.attempt)
    for known in kept:
        if made.phase and (known["commit"], known["why"], known["phase"], known["attempt"]) == same:
            return str(known["name"])
    name = f"{_PREFIX}{len(kept) + 1}"
    tx.put(run, SAVES, [*kept, {**asdict(made), "name": name}])
    return name


def hold(store: Store, private: PrivateRepo, run: str) -> None:
    """Let every journalled save point have its ref. Raises StoreDamaged where one names something else."""
    kept: list[dict[str, Any]] = store.get(run, SAVES) or []
    refs = private.refs(f"refs/autopack/{run}/{_PREFIX}") if kept else {}
    for known in kept:
        ref = f"refs/autopack/{run}/{known['name']}"
        if refs.get(ref) == known["commit"]:
            continue
        fault.point("savepoint.before_ref")
        try:
            private.move_ref(ref, known["commit"], None)
        except StaleState as stale:
            raise StoreDamaged(
                f"save point {known['name']} of run {run} names {refs.get(ref)}, the journal says {known['commit']}",
                hint=f"Something else wrote {private.path}. autopack discard {run}, then start the plan again.",
            ) from stale


def keep_before(work: Work, attempt: Attempt) -> None:
    """A save point at the tip when the change that is about to move it is a risky one."""
    grounds = list(_grounds(work, attempt))
    if grounds:
        made = SavePoint("", attempt.base, f"before {attempt.phase}: {', '.join(grounds)}", work.doors.wall(),
                         attempt.phase, attempt.number)  # fmt: skip
        work.journal.add(lambda tx: note(tx, work.run, made))
        work.journal.flush()
        hold(work.doors.store, work.doors.private, work.run)


def _grounds(work: Work, attempt: Attempt) -> Iterator[str]:
    net = attempt.risk.net_deletion if attempt.risk is not None else 0
    if net > _NET_LINES:
        yield f"it removes {net} lines net"
    if attempt.decision is not None and attempt.decision.kind is DecisionKind.RISKY:
        yield "RISKY"
    told = {f.code for f in (*attempt.notices, *attempt.ask_before, *attempt.ask_after)}
    yield from sorted(told.intersection(_GUARDED))
    asked = work.doors.store.requests(work.run, phase=attempt.phase)
    if any(r.attempt == attempt.number and r.state == "consumed" for r in asked):
        yield "a person approved it"
