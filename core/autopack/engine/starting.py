"""Making a run ready to go on: reconcile with the facts, prepare the workspace, take the baselines."""

from __future__ import annotations

from autopack import fault
from autopack.engine import baselines
from autopack.engine.actions import ENDED_BY, LACKING
from autopack.engine.ending import write_missing_handoffs
from autopack.engine.errors import RunEnds
from autopack.engine.finalizer import intended_tips, tip_ref
from autopack.engine.phase_loop import end_on_violation
from autopack.engine.publishing import publish
from autopack.engine.rollback import finish_rollback
from autopack.engine.save_points import hold
from autopack.engine.work import Work
from autopack.engine.workspace import provision
from autopack.errors import StoreDamaged
from autopack.events import Event, EventName
from autopack.model.approvals import Decision, Scope
from autopack.model.states import RunState
from autopack.sandbox import end_processes

fault.register("start.reconciled", "processes of a former drive are ended and refs checked")
fault.register("start.workspace", "the worktree is provisioned, no baseline is taken")


async def make_ready(work: Work, *, resumed: bool) -> None:
    """Bring the run to PHASE_QUEUEING. Idempotent: every part looks at facts and does only what is missing."""
    journal = work.journal
    if resumed:
        _reconcile(work)
        journal.run_findings(ENDED_BY, ())
        end_on_violation(work)
    if journal.run_state is RunState.PLAN_BOOTSTRAP:
        work.doors.publisher.pin(work.run, work.config.pin)
        if work.doors.private.ref(tip_ref(work.run)) is None:
            work.doors.private.move_ref(tip_ref(work.run), work.config.base, None)
        journal.move_run(RunState.RUN_CREATED, "created")
        journal.flush()
    await _workspace(work)
    fault.point("start.workspace")
    await baselines.before_first_call(work)
    expire_unanswered(work)
    if journal.run_state is not RunState.PHASE_QUEUEING:
        trigger = "queue" if journal.run_state in (RunState.RUN_CREATED, RunState.SNAPSHOT_CREATED) else "resume"
        journal.move_run(RunState.PHASE_QUEUEING, trigger)
    journal.flush()


def _reconcile(work: Work) -> None:
    """What a former drive left: its processes ended, its refs as the journal says, its open acts finished or probed."""
    ended = end_processes(work.config.nonce)
    if ended:
        work.journal.log(f"Ended {ended} processes that an earlier drive of this run left behind.")
    work.doors.private.recover(work.run)
    work.doors.publisher.recover(work.run)
    finish_rollback(work)
    hold(work.doors.store, work.doors.private, work.run)
    _check_tip(work)
    publish(work)
    write_missing_handoffs(work)
    fault.point("start.reconciled")


def _check_tip(work: Work) -> None:
    """The tip is what the journal says, or what an intended move of it says; anything else is damage. A move whose
    attempt a person has ended since is taken back."""
    store, private = work.doors.store, work.doors.private
    found, known = private.ref(tip_ref(work.run)), store.get(work.run, "tip")
    if work.journal.run_state is RunState.PLAN_BOOTSTRAP and found in (None, known):
        return
    if found == known:
        return
    if found not in intended_tips(store, work.run):
        raise StoreDamaged(
            f"the tip of run {work.run} is {found or 'gone'}, the journal says {known}",
            hint=f"Something else wrote {private.path}. autopack discard {work.run}, then start the plan again.",
        )
    moves = [e for e in store.open_effects(work.run) if e.key == "tip" and e.inputs["new"] == found]
    ended = {(a.phase, a.number) for a in store.attempts(work.run) if a.outcome is not None}
    if all((e.phase, e.attempt) in ended for e in moves):
        private.move_ref(tip_ref(work.run), str(known), found)


async def _workspace(work: Work) -> None:
    """Worktree with what the plan's `workspace` asks for."""
    report = await provision(work)
    blocking = [f for f in report if f.blocking]
    work.journal.run_findings(LACKING, tuple(f for f in report if f not in blocking))
    if blocking:
        raise RunEnds(
            RunState.ENVIRONMENT, blocking[0].message, code=blocking[0].code,
            hint=f"Then: autopack resume {work.run} --again",
        )  # fmt: skip


def expire_unanswered(work: Work) -> None:
    """Requests older than the plan's approval time-out are rejected (0 = they wait)."""
    minutes = work.config.approval_timeout_minutes
    if not minutes:
        return
    now = work.doors.wall()
    for request in work.doors.store.requests(work.run, state="pending"):
        if now - request.created_at > minutes * 60:
            late = Decision(request.id, False, "time-out", Scope.ONCE, f"nobody answered in {minutes:g} minutes",
                            request.digest, now)  # fmt: skip
            work.journal.add(lambda tx, late=late: tx.decide(late))
            work.journal.add(
                lambda tx, request=request: tx.event(
                    Event(EventName.APPROVAL_DECIDED, work.run, phase=request.phase, attempt=request.attempt,
                          data={"request": request.id, "approved": False, "actor": "time-out"})
                )
            )  # fmt: skip
    work.journal.flush()
