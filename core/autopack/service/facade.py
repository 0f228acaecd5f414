"""Service: every verb a surface has, on one repository. Refusals are AutopackErrors; nothing half done stays behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from autopack.changes import ShownPart
from autopack.engine import DriveEnd, RunLoop
from autopack.engine.actions import reopen
from autopack.engine.desk import Desk
from autopack.engine.rollback import RolledBack, finish_intended, roll_back, unfinished
from autopack.engine.summary import branch_waits
from autopack.errors import AutopackError, ConflictError, EnvironmentRefused, UsageError
from autopack.model.approvals import ApprovalRequest
from autopack.model.findings import Finding
from autopack.model.states import RunState
from autopack.plans import SCHEMA_FILE
from autopack.repo import Promotion, UserRepo
from autopack.sandbox import shield_this_process
from autopack.service import artefacts, cleaning, creating, health, linting, pool, promoting
from autopack.service.house import House
from autopack.service.keys import asks_a_model, require_keys
from autopack.service.owning import Owning
from autopack.service.queries import Queries
from autopack.service.trust import Trust, require_trust_again
from autopack.service.versions import Versions
from autopack.settings import LoadedSettings
from autopack.settings.tree import dotted, leaves
from autopack.store import Ownership, located


class Service(Queries):
    """Opened per repository; cheap until something is asked of it. Not for use from two threads at once, except `stop`
    and reads."""

    def __init__(self, user: UserRepo, env: Mapping[str, str], load: Callable[[], LoadedSettings]) -> None:
        super().__init__(user, env, load)
        self._owning = Owning()
        self.versions = Versions(self)

    def close(self) -> None:
        """Give back every lock and close the journal."""
        self._owning.give_back_all()
        self.versions.close()
        super().close()

    # plans

    def lint(self, plan: Path) -> list[Finding]:
        """Every finding of a plan file, AP1xx, located in it; errors first."""
        return linting.lint(self, plan)

    def starter_plan(self, name: str, schema: str = SCHEMA_FILE) -> str:
        """A commented plan made from what the repository holds; `schema` is its schema's path, seen from the plan."""
        return linting.starter(self, name, schema)

    def write_plan_schema(self) -> Path:
        """Write the JSON Schema that a new plan's first line names, for editors; its path."""
        return linting.write_schema(self)

    def settings_rows(self) -> list[tuple[str, Any, str]]:
        """Every setting in force: dotted key, value as a JSON type, and where it was set."""
        tree, origins = self.loaded.settings.model_dump(mode="json"), self.loaded.origins
        return [(dotted(loc), value, origins[dotted(loc)]) for loc, value in leaves(tree)]

    # runs

    def start(
        self,
        plan: Path,
        *,
        phases: Sequence[str] = (),
        autonomy: str | None = None,
        base: str | None = None,
        cassette: Path | None = None,
        record: Path | None = None,
        trust: Trust = False,
        accept_baseline: bool = False,
    ) -> str:
        """Create a run (row, copy of the plan, pin) and own it; `drive` it next. `trust` answers for commands of a plan
        not seen before: True, or a function shown the list. Raises PlanRejected, EnvironmentRefused."""
        order = creating.Order(tuple(phases), autonomy, base, cassette, record, trust, accept_baseline)
        with located(self.state):
            own = creating.create(self, plan, order)
        self._owning.hold(own)
        return own.run

    def resume(
        self,
        run: str,
        *,
        accept_baseline: bool = False,
        again: bool = False,
        token_cap: int | None = None,
        money_cap_usd: float | None = None,
        max_duration_minutes: float | None = None,
        phase_token_caps: Mapping[str, int] | None = None,
        trust: Trust = False,
    ) -> RunState:
        """Own the run again and make it ready to `drive`. An ended run stays ended unless something a person did (or
        these arguments) reopens it; the state returned says so. Raises LockHeld, CassetteMismatch (AP713),
        EnvironmentRefused (AP707: what comes next needs a model without a key), PlanRejected (AP121: `trust` does not
        answer for an interpreter that came into the repository since the start)."""
        row = self.store.run(run)
        if row.state is RunState.DISCARDED:
            raise ConflictError(f"run {run} is discarded", hint="Start the plan again.")
        raised = {
            "token_cap": token_cap, "money_cap_usd": money_cap_usd, "max_duration_minutes": max_duration_minutes,
            "phase_token_caps": dict(phase_token_caps or {}) or None, "accept_baseline": accept_baseline or None,
        }  # fmt: skip
        if row.state.ended and unfinished(self.store, run):
            with self._owning.idle(self.store, run, "resume") as own, House.open(self, own).entered() as house:
                finish_intended(self._desk(own, "resume"), house.private)
            row = self.store.run(run)
        reopened = again or any(v is not None for v in raised.values())
        if row.state is RunState.DONE_SUCCESS or (row.state.failed and not reopened):
            self._catch_up(run)
            self._complete_report(run)
            return row.state
        require_trust_again(self, run, trust)
        own = self._owning.take(self.store, run)
        try:
            replayed = House.check_cassette(self.store, run)
            if not replayed and asks_a_model(self.store, run, again=again, anew=phase_token_caps or ()):
                require_keys(self, run)
            if reopened:
                reopen(self._desk(own, "person"), {**raised, "again": again})
        except BaseException:
            self._owning.give_back(run)
            raise
        return self.store.run(run).state

    async def drive(self, run: str, *, wait: bool = False) -> DriveEnd:
        """Drive an owned run until it ends, stops, or a person is needed (with `wait`, until the person's word)."""
        own = self._owning.held(run)
        if own is None:
            raise UsageError(f"run {run} is not owned here", hint="start or resume it first")
        shield_this_process()
        stop = asyncio.Event()
        with self._owning.driving(run, stop), located(self.state, run):
            house = House.open(self, own)
            try:
                work, resumed = house.work(stop)
                end = await RunLoop(work, resumed=resumed).drive(wait=wait)
            finally:
                await house.close()
        if end.state is RunState.DONE_SUCCESS:
            pool.trim(self)
        return end

    def _catch_up(self, run: str) -> None:
        """Publish what a branch that was checked out kept from the user, if it can be now."""
        if not branch_waits(self.store, run):
            return
        with (
            suppress(OSError, EnvironmentRefused, ConflictError),
            self._owning.idle(self.store, run, "resume") as own,
            House.open(self, own).entered() as house,
        ):
            house.publish_now()

    def _complete_report(self, run: str) -> None:
        """Write the report that a kill or a full disk kept the run's last drive from writing, if it can be now."""
        with suppress(OSError, EnvironmentRefused):
            artefacts.complete_report(self, run)

    def stop(self, run: str, actor: str = "person") -> None:
        """Ask the run to stop: at once when it is driven here, else through its owner."""
        self._owning.stop(self.store, run, actor)

    def retry(self, run: str, phase: str, *, hint: str = "", actor: str = "person") -> dict[str, Any]:
        """Queue a phase again."""
        return self._owning.act(self.store, run, "retry", {"phase": phase, "hint": hint}, actor)

    def skip(self, run: str, phase: str, *, actor: str = "person") -> dict[str, Any]:
        """Leave a phase out."""
        return self._owning.act(self.store, run, "skip", {"phase": phase}, actor)

    def approve(
        self,
        run: str,
        request: str = "",
        *,
        scope: str = "once",
        digest: str = "",
        reason: str = "",
        only: Sequence[str] | None = None,
        rest: str = "",
        actor: str = "person",
    ) -> dict[str, Any]:
        """Answer a pending request with yes, or, with `only`, for these files (`PATH`) and hunks (`PATH#N`) of its change:
        they become a change of their own, and `rest` is what the Builder is told of the others. All of them is a plain yes,
        none a no with `rest` or `reason` as its reason. Raises ConflictError when another decision came first."""
        args: dict[str, Any] = {"request": request, "scope": scope, "digest": digest, "reason": reason}
        if only is not None or rest:
            args |= {"only": None if only is None else list(only), "rest": rest}
        return self._owning.act(self.store, run, "approve", args, actor)

    def reject(
        self, run: str, request: str = "", *, reason: str, digest: str = "", actor: str = "person"
    ) -> dict[str, Any]:
        """Answer a pending request with no."""
        return self._owning.act(
            self.store, run, "reject", {"request": request, "reason": reason, "digest": digest}, actor
        )

    def rollback(
        self, run: str, *, to: str = "", phase: str = "", dry_run: bool = False, actor: str = "person"
    ) -> RolledBack:
        """Move the run's tip back to phase or save point `to`, or to its base; or take the one `phase` out and keep what
        came after it as far as it goes. The run must not be at work. The branch follows, or the result says why not."""
        with self._owning.idle(self.store, run, "rollback") as own, House.open(self, own).entered() as house:
            done = roll_back(self._desk(own, actor), house.private, to, phase=phase, dry_run=dry_run)
            if not dry_run:
                house.publish_now()
            return replace(done, branch_waits=branch_waits(self.store, run))

    def promote(self, run: str, *, mode: str = "ff", dry_run: bool = False, actor: str = "person") -> Promotion:
        """Bring the run's result to the user's branch (or, for a working-tree run, to the user's files)."""
        with self._owning.idle(self.store, run, "promote") as own, House.open(self, own).entered() as house:
            return promoting.promote_run(house, mode, dry_run, actor)

    def unpromote(self, run: str, *, mode: str = "move", dry_run: bool = False, actor: str = "person") -> Promotion:
        """Take the run's latest promotion back: the branch (files) as before it, or, with `revert`, a commit that undoes
        it."""
        with self._owning.idle(self.store, run, "unpromote") as own, House.open(self, own).entered() as house:
            return promoting.unpromote_run(house, mode, dry_run, actor)

    def discard(self, run: str, actor: str = "person") -> str:
        """End the run for good: branch, pin, private refs and worktree go; its journal and report stay. What else had
        to stay (a branch that is checked out), in words, or ""."""
        with self._owning.idle(self.store, run, "discard") as own, House.open(self, own).entered() as house:
            return cleaning.discard(house, self._desk(own, actor))

    def collect(self, *, dry_run: bool = False) -> dict[str, Any]:
        """Retention: old raw answers and logs, worktrees beyond the pool, what discarded runs left."""
        with located(self.state):
            return cleaning.collect(self, dry_run=dry_run)

    # what people read

    def report(self, run: str) -> Path:
        """Write the run's report anew and say where it is."""
        with located(self.state):
            return artefacts.report(self, run)

    def handoff(self, run: str, phase: str = "") -> Path:
        """Write a handoff bundle for a phase (default: the first that is not complete) and say where it is."""
        self.store.run(run)
        with located(self.state):
            return artefacts.handoff(self, run, phase)

    def patch(self, run: str, phase: str, attempt: int = 0) -> bytes:
        """The git patch of an attempt's candidate (default: the latest that has one)."""
        return self.versions.patch(self.versions.trees(run, phase, attempt))

    def parts(self, run: str, phase: str, attempt: int = 0) -> tuple[ApprovalRequest, tuple[ShownPart, ...]]:
        """The latest request about an attempt (default: about the phase) and the files and hunks its change can be taken
        in, as git shows them. Raises UsageError when nothing was asked."""
        return artefacts.parts(self, run, phase, attempt)

    def keep_for_people(self, run: str, name: str, data: bytes) -> Path:
        """Write a file into the run's folder of what people read."""
        with located(self.state):
            return artefacts.keep(self, run, name, data)

    def rule_pages(self) -> Path:
        """The folder with a Markdown page for every rule code."""
        with located(self.state):
            return artefacts.rule_pages(self)

    def evidence(self, run: str, phase: str, attempt: int = 0) -> dict[str, Any]:
        """What was gathered for an attempt: steps, evidence, audit, outcome, findings, as JSON types."""
        return artefacts.evidence(self, run, phase, attempt)

    def health(self) -> list[health.HealthCheck]:
        return health.checks(self)

    def _desk(self, own: Ownership, actor: str) -> Desk:
        return Desk(self.store, own, actor, time.time())


__all__ = ["AutopackError", "Service"]
