"""Where a rollback goes, and what of the work behind it outlives it; nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass

from autopack.engine.reapplying import waiting
from autopack.engine.save_points import is_save_point, save_point
from autopack.errors import ConflictError, UsageError
from autopack.model.plan import Plan
from autopack.model.states import PhaseState
from autopack.repo import PrivateRepo, replay
from autopack.store import Store


@dataclass(frozen=True, slots=True)
class Anew:
    """A phase whose change is lost with the rollback: `why`, and the `paths` that conflict."""

    phase: str
    why: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retreat:
    """`target` is the tip after it. `again`: (phase, commit) of changes to be applied again and proven there, in order;
    `anew`: the other phases that were complete and whose dependency or conflict sends them back to the Builder."""

    target: str
    again: tuple[tuple[str, str], ...] = ()
    anew: tuple[Anew, ...] = ()


@dataclass(frozen=True, slots=True)
class _Link:
    phase: str
    commit: str
    parent: str


def back_to(store: Store, private: PrivateRepo, run: str, to: str) -> Retreat:
    """To the state of a phase ("" = the base), or to a save point: then what led there and is not on the tip's line is
    applied again. Raises UsageError for a phase or save point that is not there, ConflictError for a phase that is not
    complete."""
    base = str(store.run(run).base)
    if is_save_point(to):
        return _to_commit(store, private, run, save_point(store, private, run, to).commit)
    if not to:
        return Retreat(base)
    _require_phase(store, run, to)
    target = str(store.get(run, f"commit:{to}", ""))
    if not target or store.phase(run, to).state is not PhaseState.COMPLETE:
        raise ConflictError(f"phase {to} is not complete, there is no state to go back to")
    return Retreat(target)


def without(store: Store, private: PrivateRepo, run: str, plan: Plan, phase: str) -> Retreat:
    """Take one phase out and keep what came after it as far as it fits and does not depend on it. Raises UsageError for
    an unknown phase, ConflictError for one that has no change in the run."""
    _require_phase(store, run, phase)
    tip = str(store.get(run, "tip", store.run(run).base))
    line, pending = _line(store, private, run, tip), waiting(store, run)
    here = next((n for n, link in enumerate(line) if link.phase == phase), None)
    if here is None and phase not in dict(pending):
        raise ConflictError(f"phase {phase} is not complete, there is nothing of it to take out")
    target = tip if here is None else line[here].parent
    later = [] if here is None else [(link.phase, link.commit) for link in line[here + 1 :]]
    gone, onto = {phase}, target
    again: list[tuple[str, str]] = []
    anew: list[Anew] = []
    for name, commit in (*later, *(pair for pair in pending if pair[0] != phase)):
        lost = _lost(private, name, commit, onto, [need for need in plan.phase(name).depends_on if need in gone])
        if isinstance(lost, Anew):
            gone.add(name)
            anew.append(lost)
        else:
            onto = lost
            again.append((name, commit))
    return Retreat(target, tuple(again), tuple(anew))


def _lost(private: PrivateRepo, phase: str, commit: str, onto: str, missing: list[str]) -> Anew | str:
    """Why the change cannot be kept, or the tree that it makes of `onto`."""
    if missing:
        return Anew(phase, f"depends on {missing[0]}")
    done = replay(private, commit, onto)
    if done.conflicts:
        return Anew(phase, "its change conflicts", done.conflicts)
    if done.tree == private.tree(onto):
        return Anew(phase, "nothing is left of its change")
    return done.tree


def _to_commit(store: Store, private: PrivateRepo, run: str, commit: str) -> Retreat:
    tip = str(store.get(run, "tip", store.run(run).base))
    here = {link.commit for link in _line(store, private, run, tip)}
    target, again = str(store.run(run).base), list[tuple[str, str]]()
    for link in _line(store, private, run, commit):
        if link.commit in here and not again:
            target = link.commit
        else:
            again.append((link.phase, link.commit))
    return Retreat(target, tuple(again))


def _line(store: Store, private: PrivateRepo, run: str, tip: str) -> list[_Link]:
    """The phases' commits from the base to `tip`, oldest first."""
    found = reversed(private.log(str(store.run(run).base), tip))
    return [_Link(dict(info.trailers)["Autopack-Phase"], info.commit, info.parents[0]) for info in found]


def _require_phase(store: Store, run: str, phase: str) -> None:
    known = [row.phase for row in store.phases(run)]
    if phase not in known:
        raise UsageError(f"run {run} has no phase {phase!r}", hint=f"Its phases: {', '.join(known)}")
