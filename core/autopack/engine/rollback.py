"""Rolling a run back: the tip moves to an earlier phase (or the base), later phases are queued again."""

from __future__ import annotations

from autopack import fault
from autopack.engine.actions import VIOLATION, Desk, clear_findings, close_open_attempt
from autopack.engine.finalizer import intended_tips, tip_ref
from autopack.engine.work import Work
from autopack.errors import ConflictError, UsageError
from autopack.events import Event, EventName
from autopack.model.states import PhaseState, RunState
from autopack.repo import PrivateRepo
from autopack.store import Effect, Store, Transaction

fault.register("rollback.before_ref", "a rollback is intended, the tip has not moved")
fault.register("rollback.after_ref", "the tip moved back, the phases are not queued again")


def roll_back(desk: Desk, private: PrivateRepo, to: str, base: str) -> str:
    """Move the tip to the commit of phase `to` ("" = the run's base). Returns the new tip. Raises ConflictError when
    there is nothing to roll back, UsageError when the phase has no commit."""
    store, run = desk.store, desk.run
    if finish_intended(desk, private) == to:
        return str(store.get(run, "tip"))
    if store.run(run).state is RunState.DISCARDED:
        raise ConflictError(f"run {run} is discarded, nothing of it is left")
    tip = str(store.get(run, "tip", base))
    target = str(store.get(run, f"commit:{to}", "")) if to else base
    if to and to not in [row.phase for row in store.phases(run)]:
        raise UsageError(f"run {run} has no phase {to!r}")
    if not target or (to and store.phase(run, to).state is not PhaseState.COMPLETE):
        raise ConflictError(f"phase {to} is not complete, there is no state to go back to")
    unreachable: list[str] = store.get(run, "unreachable", [])
    begun = [row for row in store.phases(run) if row.state is not PhaseState.QUEUED]
    if target == tip and all(row.state is PhaseState.SKIPPED and row.phase not in unreachable for row in begun):
        raise ConflictError(f"run {run} stands at its base already")
    inputs = {"old": tip, "new": target, "to": to}
    key = f"rollback-{sum(e.key.startswith('rollback-') for e in store.effects(run)) + 1}"
    with store.write(desk.own) as tx:
        tx.intent(run, "", 0, key, inputs)
        tx.event(Event(EventName.LOG, run, data={
            "message": f"{desk.actor} rolls the run back to {to or 'its base'}", "tip": target}))  # fmt: skip
    _complete(store, desk, private, key, inputs)
    return target


def finish_rollback(work: Work) -> None:
    """A rollback whose second half a crash cut off is completed."""
    work.journal.flush()
    finish_intended(Desk(work.doors.store, work.journal.own, "resume", work.doors.wall()), work.doors.private)
    work.journal.reload()


def finish_intended(desk: Desk, private: PrivateRepo) -> str | None:
    """Complete the rollback that a crash cut off; the phase it went back to, None when there was none."""
    to = None
    for effect in unfinished(desk.store, desk.run):
        _complete(desk.store, desk, private, effect.key, effect.inputs)
        to = effect.inputs["to"]
    return to


def unfinished(store: Store, run: str) -> list[Effect]:
    """Rollbacks a person asked for that a crash cut off."""
    return [e for e in store.open_effects(run) if e.key.startswith("rollback-")]


def _complete(store: Store, desk: Desk, private: PrivateRepo, key: str, inputs: dict[str, str]) -> None:
    fault.point("rollback.before_ref")
    ref, target = tip_ref(desk.run), inputs["new"]
    found = private.ref(ref)
    if found != target:
        private.move_ref(ref, target, found if found in intended_tips(store, desk.run) else inputs["old"])
    fault.point("rollback.after_ref")
    kept = {target, *(info.commit for info in private.log(str(store.run(desk.run).base), target))}
    with store.write(desk.own) as tx:
        _queue_again(tx, desk.run, kept)
        tx.put(desk.run, "tip", target)
        tx.put(desk.run, "rolled_back", sorted({*(store.get(desk.run, "rolled_back") or []), inputs["old"]}))
        tx.put(desk.run, "unreachable", [])
        tx.put(desk.run, VIOLATION, None)
        tx.outcome(desk.run, "", 0, key, {"new": target})


def _queue_again(tx: Transaction, run: str, kept: set[str]) -> None:
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
        tx.phase_state(run, row.phase, row.state, PhaseState.QUEUED, "rollback")
    state = tx.read.run(run).state
    if not state.ended and state is not RunState.STOPPED:
        tx.run_state(run, state, RunState.STOPPED, "stop", "rolled back")
    else:
        tx.run_state(run, state, RunState.STOPPED, "rollback", "rolled back")
