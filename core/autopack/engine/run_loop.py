"""The run loop: which phase is next, how many attempts it has, and how a run ends, stops or waits."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from autopack import fault
from autopack.engine import ending, starting
from autopack.engine.commands import CommandWatch
from autopack.engine.errors import PhaseInterrupted, RunEnds, Stopped
from autopack.engine.phase_loop import PhaseEnd, run_phase
from autopack.engine.reapplying import first
from autopack.engine.stopping import unless_stopped
from autopack.engine.work import Work
from autopack.errors import AutopackError, BudgetExhausted, ProviderError, RefusedError, StaleState
from autopack.model.findings import Finding
from autopack.model.plan import Phase
from autopack.model.states import PhaseState, RunState
from autopack.plans import execution_order

fault.register("run.before_phase", "the next phase is chosen, nothing of it is written")
fault.register("run.before_finish", "every phase ended, the run's end is not written")


@dataclass(frozen=True, slots=True)
class DriveEnd:
    """How one drive of a run ended: `state` after it; `waiting` = request ids a person must answer; `stopped`;
    `error` is what kept the report of a run that ended from being written."""

    state: RunState
    waiting: tuple[str, ...] = ()
    stopped: bool = False
    error: AutopackError | None = None


class RunLoop:
    """Drives one run as its owner, from wherever the journal says it stands."""

    def __init__(self, work: Work, *, resumed: bool) -> None:
        self.work = work
        self.resumed = resumed
        self._commands = CommandWatch(work)

    async def drive(self, *, wait: bool = False) -> DriveEnd:
        """Go on until the run ends, is stopped, or needs a person (then, with `wait`, wait for the word)."""
        work = self.work
        work.started = work.monotonic()
        watch = asyncio.ensure_future(self._commands.serve())
        try:
            return await self._drive(wait)
        except Stopped:
            return self._stopped("stopped")
        except RunEnds as end:
            return await self._end(end.state, end.reason, end.code, end.hint, end.at)
        except BudgetExhausted as spent:
            return await self._end(RunState.BUDGET_EXHAUSTED, spent.message, spent.code, spent.hint)
        except ProviderError as failed:
            return await self._end(RunState.ENVIRONMENT, failed.message, failed.code, failed.hint)
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            self._commands.close()
            self._keep_time()

    def _keep_time(self) -> None:
        """The seconds at work, unless the journal takes no more writes: then what ended the drive is what counts."""
        with suppress(RefusedError, StaleState):
            self.work.journal.put("active_seconds", round(self.work.active_seconds(), 3))
            self.work.journal.flush()

    async def _drive(self, wait: bool) -> DriveEnd:
        work, journal = self.work, self.work.journal
        await unless_stopped(work, starting.make_ready(work, resumed=self.resumed))
        while True:
            if work.stop_requested.is_set():
                raise Stopped
            phase = self.next_phase()
            if phase is None:
                self._commands.settle()
                phase = self.next_phase()
            if phase is None:
                return await self._finish()
            fault.point("run.before_phase")
            if journal.run_state is not RunState.PHASE_EXECUTION:
                journal.move_run(RunState.PHASE_EXECUTION, "execute")
            try:
                end = await run_phase(work, phase)
            except PhaseInterrupted:
                end = PhaseEnd.TAKEN
            finally:
                work.phase_in_hand = None
            if end is PhaseEnd.WAITING:
                self._commands.settle()
                if not wait and self._asked(phase):
                    return self._parked()
                await self._wait_for_word(phase)
            elif end is PhaseEnd.COMPLETE:
                journal.move_run(RunState.SNAPSHOT_CREATED, "completed")
            journal.move_run(RunState.PHASE_QUEUEING, "queue")
            self._commands.settle()
            journal.flush()

    def next_phase(self) -> Phase | None:
        """The first phase in order that is not ended and whose dependencies allow it, one whose change is applied again
        before all; those that a failed dependency makes unreachable are skipped on the way."""
        work, journal = self.work, self.work.journal
        unreachable: set[str] = set(work.doors.store.get(work.run, "unreachable", []))
        for phase_id in first(work.doors.store, work.run, work.plan, execution_order(work.plan)):
            phase = work.plan.phase(phase_id)
            state = journal.phase_state(phase_id)
            dead = [d for d in phase.depends_on if d in unreachable or journal.phase_state(d) is PhaseState.FAILED]
            if state is PhaseState.QUEUED and dead:
                unreachable.add(phase_id)
                journal.phase_ended(
                    phase_id, PhaseState.SKIPPED, "unreachable", attempts=0,
                    detail=f"depends on {dead[0]}, which did not complete",
                )  # fmt: skip
                journal.put("unreachable", sorted(unreachable))
            elif not state.ended:
                return phase
        return None

    async def _finish(self) -> DriveEnd:
        journal = self.work.journal
        fault.point("run.before_finish")
        states = [journal.phase_state(p.id) for p in self.work.plan.phases]
        failed = [p.id for p in self.work.plan.phases if journal.phase_state(p.id) is PhaseState.FAILED]
        if PhaseState.FAILED in states:
            reason = f"phase {failed[0]} failed" if len(failed) == 1 else f"phases {', '.join(failed)} failed"
            return await self._end(RunState.REQUIRES_HUMAN_REVIEW, reason)
        return await self._end(RunState.DONE_SUCCESS, "every phase is complete or skipped")

    async def _end(
        self, state: RunState, reason: str, code: str = "", hint: str = "", at: Finding | None = None
    ) -> DriveEnd:
        """Write the end, then answer what was asked meanwhile: a retry that comes now reopens the run that ended."""
        error = ending.end_run(self.work, state, reason, code, hint, at)
        self._commands.settle()
        return DriveEnd(state, error=error)

    def _stopped(self, reason: str) -> DriveEnd:
        self._commands.settle()
        journal = self.work.journal
        if journal.run_state is not RunState.STOPPED:
            journal.move_run(RunState.STOPPED, "stop", reason)
        ending.tell_stopped(self.work, reason, ())
        return DriveEnd(RunState.STOPPED, stopped=True)

    def _parked(self) -> DriveEnd:
        waiting = tuple(r.id for r in self.work.doors.store.requests(self.work.run, state="pending"))
        ending.tell_stopped(self.work, "a person is needed", waiting)
        return DriveEnd(self.work.journal.run_state, waiting=waiting)

    def _asked(self, phase: Phase) -> bool:
        return bool(self.work.doors.store.requests(self.work.run, state="pending", phase=phase.id))

    async def _wait_for_word(self, phase: Phase) -> None:
        """Wait until the request is answered or the phase is taken away; waiting is not time at work."""
        work = self.work
        began = work.monotonic()
        self._commands.changed.clear()
        try:
            while self._asked(phase):
                starting.expire_unanswered(work)
                await self._pause(work.stop_requested, self._commands.changed)
                if work.stop_requested.is_set():
                    raise Stopped
        finally:
            work.waited += work.monotonic() - began
        work.journal.reload()

    async def _pause(self, *events: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(e.wait()) for e in events]
        try:
            await asyncio.wait(waits, timeout=5.0, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for w in waits:
                w.cancel()
            self._commands.changed.clear()
