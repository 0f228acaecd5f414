"""Rolling a run back: the tip moves to an earlier state, later phases are queued again, their changes applied again where
they outlive it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autopack import fault
from autopack.engine.actions import VIOLATION, clear_findings, close_open_attempt
from autopack.engine.desk import Desk
from autopack.engine.finalizer import intended_tips, tip_ref
from autopack.engine.reapplying import WAITING, waiting
from autopack.engine.retreat import Anew, Retreat, back_to, without
from autopack.engine.save_points import SavePoint, hold, note
from autopack.engine.work import Work
from autopack.errors import ConflictError, UsageError
from autopack.events import Event, EventName
from autopack.model.plan import Plan
from autopack.model.states import PhaseState, RunState
from autopack.repo import PrivateRepo
from autopack.store import Effect, Store, Transaction

fault.register("rollback.before_ref", "a rollback is intended, the tip has not moved")
fault.register("rollback.after_ref", "the tip moved back, the phases are not queued again")


@dataclass(frozen=True, slots=True)
class RolledBack:
    """`tip` after it; `again`: phases whose changes are applied again and proven at the next resume, `anew`: those that
    are built anew though they were complete; `save` is the save point made before, "" for a dry run; `branch_waits` says
    why the branch does not follow yet (AP904), or is ""."""

    tip: str
    again: tuple[str, ...] = ()
    anew: tuple[Anew, ...] = ()
    save: str = ""
    branch_waits: str = ""


def roll_back(desk: Desk, private: PrivateRepo, to: str = "", *, phase: str = "", dry_run: bool = False) -> RolledBack:
    """Go back to phase or save point `to` ("" = the run's base), or take the one `phase` out. Raises ConflictError when
    there is nothing to roll back, UsageError for a phase or save point that is not there."""
    store, run = desk.store, desk.run
    if phase and to:
        raise UsageError("either go back to a state or take one phase out, not both")
    asked = {"to": to, "phase": phase}
    finished = finish_intended(desk, private)
    if finished is not None and {**asked, **_asked(finished)} == asked:
        return _result(finished)
    if store.run(run).state is RunState.DISCARDED:
        raise ConflictError(f"run {run} is discarded, nothing of it is left")
    tip = str(store.get(run, "tip", store.run(run).base))
    retreat = _retreat(store, private, run, to, phase)
    if not phase:
        _require_something(store, run, tip, retreat)
    inputs: dict[str, Any] = {
        "old": tip, "new": retreat.target, **asked, "again": [list(pair) for pair in retreat.again],
        "anew": [[lost.phase, lost.why, list(lost.paths)] for lost in retreat.anew],
    }  # fmt: skip
    if dry_run:
        return _result(inputs)
    key = f"rollback-{sum(e.key.startswith('rollback-') for e in store.effects(run)) + 1}"
    told = f"takes phase {phase} out of the run" if phase else f"rolls the run back to {to or 'its base'}"
    with store.write(desk.own) as tx:
        before = f"before {desk.actor} {told}"
        inputs["save"] = note(tx, run, SavePoint("", tip, before, desk.now))
        tx.intent(run, "", 0, key, inputs)
        tx.event(Event(EventName.LOG, run, data={
            "message": f"{desk.actor} {told}{_fate(retreat)}", "tip": retreat.target}))  # fmt: skip
    _complete(store, desk, private, key, inputs)
    return _result(inputs)


def finish_rollback(work: Work) -> None:
    """A rollback whose second half a crash cut off is completed."""
    work.journal.flush()
    finish_intended(Desk(work.doors.store, work.journal.own, "resume", work.doors.wall()), work.doors.private)
    work.journal.reload()


def finish_intended(desk: Desk, private: PrivateRepo) -> dict[str, Any] | None:
    """Complete the rollback that a crash cut off; its inputs, None when there was none."""
    finished = None
    for effect in unfinished(desk.store, desk.run):
        _complete(desk.store, desk, private, effect.key, effect.inputs)
        finished = effect.inputs
    return finished


def unfinished(store: Store, run: str) -> list[Effect]:
    """Rollbacks a person asked for that a crash cut off."""
    return [e for e in store.open_effects(run) if e.key.startswith("rollback-")]


def _retreat(store: Store, private: PrivateRepo, run: str, to: str, phase: str) -> Retreat:
    if phase:
        return without(store, private, run, Plan.model_validate_json(store.blob(store.run(run).plan)), phase)
    return back_to(store, private, run, to)


def _require_something(store: Store, run: str, tip: str, retreat: Retreat) -> None:
    unreachable: list[str] = store.get(run, "unreachable", [])
    begun = [row for row in store.phases(run) if row.state is not PhaseState.QUEUED]
    idle = all(row.state is PhaseState.SKIPPED and row.phase not in unreachable for row in begun)
    if retreat.target == tip and idle and not retreat.again and not waiting(store, run):
        raise ConflictError(f"run {run} stands at its base already")


def _asked(inputs: dict[str, Any]) -> dict[str, Any]:
    return {name: inputs[name] for name in ("to", "phase") if name in inputs}


def _result(inputs: dict[str, Any]) -> RolledBack:
    return RolledBack(
        tip=inputs["new"],
        again=tuple(phase for phase, _ in inputs.get("again", [])),
        anew=tuple(Anew(phase, why, tuple(paths)) for phase, why, paths in inputs.get("anew", [])),
        save=inputs.get("save", ""),
    )


def _fate(retreat: Retreat) -> str:
    """What becomes of the phases behind it, for the journal."""
    kept = f"; applied again: {', '.join(phase for phase, _ in retreat.again)}" if retreat.again else ""
    lost = "; ".join(" ".join((a.phase, a.why, *a.paths)) for a in retreat.anew)
    return kept + (f"; built anew: {lost}" if lost else "")


def _complete(store: Store, desk: Desk, private: PrivateRepo, key: str, inputs: dict[str, Any]) -> None:
    hold(store, private, desk.run)
    fault.point("rollback.before_ref")
    ref, target = tip_ref(desk.run), inputs["new"]
    found = private.ref(ref)
    if found != target:
        private.move_ref(ref, target, found if found in intended_tips(store, desk.run) else inputs["old"])
    fault.point("rollback.after_ref")
    kept = {target, *(info.commit for info in private.log(str(store.run(desk.run).base), target))}
    again: list[list[str]] = inputs.get("again", [])
    with store.write(desk.own) as tx:
        _queue_again(tx, desk.run, kept, {phase for phase, _ in again})
        tx.put(desk.run, "tip", target)
        tx.put(desk.run, WAITING, again)
        tx.put(desk.run, "rolled_back", sorted({*(store.get(desk.run, "rolled_back") or []), inputs["old"]}))
        tx.put(desk.run, "unreachable", [])
        tx.put(desk.run, VIOLATION, None)
        tx.outcome(desk.run, "", 0, key, {"new": target})


def _queue_again(tx: Transaction, run: str, kept: set[str], again: set[str]) -> None:
    """Every phase whose commit is not kept, and every one that ended without a commit, except a person's skips; each has
    all its attempts again."""
    unreachable = set(tx.get(run, "unreachable", []))
    for row in tx.read.phases(run):
        commit = tx.get(run, f"commit:{row.phase}", "")
        if row.state is PhaseState.QUEUED or (row.state is PhaseState.COMPLETE and commit in kept):
            continue
        if row.state is PhaseState.SKIPPED and row.phase not in unreachable:
            continue
        for request in tx.read.requests(run, phase=row.phase):
            if request.state == "pending":
                tx.expire(request.id, "the run was rolled back")
        close_open_attempt(tx, run, row.phase, "the run was rolled back")
        clear_findings(tx, run, row.phase)
        if tx.read.attempts(run, row.phase):
            tx.advance(run, row.phase, "retry_count")
        detail = "its change is applied again and proven anew" if row.phase in again else ""
        tx.phase_state(run, row.phase, row.state, PhaseState.QUEUED, "rollback", detail)
    state = tx.read.run(run).state
    if not state.ended and state is not RunState.STOPPED:
        tx.run_state(run, state, RunState.STOPPED, "stop", "rolled back")
    else:
        tx.run_state(run, state, RunState.STOPPED, "rollback", "rolled back")
