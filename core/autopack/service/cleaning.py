"""Discarding a run, and retention: what is kept for how long (DESIGN §5)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from autopack import fault
from autopack.engine.actions import clear_findings, clear_run_findings, close_open_attempt
from autopack.engine.desk import Desk
from autopack.engine.ending import run_refs
from autopack.events import Event, EventName
from autopack.model.states import RunState
from autopack.repo import PrivateRepo, Publisher
from autopack.sandbox import end_processes
from autopack.service import pool

if TYPE_CHECKING:
    from autopack.service.house import House
    from autopack.service.premises import Premises

fault.register("discard.before_refs", "a run is discarded in the journal, its refs still stand")


def discard(house: House, desk: Desk) -> str:
    """DISCARDED first, then everything that hangs on the run; a crash between is finished by `collect`. What had to
    stay, in words, or ""."""
    store, run = house.store, house.run
    state = store.run(run).state
    end_processes(house.config.nonce)
    if state is not RunState.DISCARDED:
        with store.write(desk.own) as tx:
            for request in tx.read.requests(run, state="pending"):
                tx.expire(request.id, "the run was discarded")
            for phase in tx.read.phases(run):
                close_open_attempt(tx, run, phase.phase, "the run was discarded")
                clear_findings(tx, run, phase.phase)
            clear_run_findings(tx, run)
            tx.run_state(run, state, RunState.DISCARDED, "discard", f"discarded by {desk.actor}")
            tx.event(Event(EventName.LOG, run, data={"message": f"{desk.actor} discarded the run"}))
    fault.point("discard.before_refs")
    return _forget(house.service, house.private, house.publisher, run)


def _forget(service: Premises, private: PrivateRepo, publisher: Publisher, run: str) -> str:
    """The branch while it is still what we published (the private refs tell), those refs, the pin, the folders."""
    removed = publisher.remove(run)
    private.delete_ref(*run_refs(private, run))
    publisher.unpin(run)
    pool.remove_folders(service.state, run)
    return removed.finding.message if removed.finding else ""


def collect(service: Premises, *, dry_run: bool) -> dict[str, Any]:
    """Old raw answers and logs; worktrees of ended runs beyond the pool (newest kept); refs and folders of discarded
    runs. Never touches a run that waits, is at work, or can go on."""
    store, keep = service.store, service.loaded.settings.retention
    report = store.gc(dry_run=dry_run, days=keep.days, max_bytes=keep.bytes)
    private = PrivateRepo.ensure(service.state, service.user)
    publisher = Publisher(service.user, private)
    removed: list[str] = []
    forgotten: list[str] = []
    try:
        for row in store.runs([RunState.DISCARDED]):
            if run_refs(private, row.id) or pool.worktree(service.state, row.id).exists():
                forgotten.append(row.id)
                if not dry_run:
                    _forget(service, private, publisher, row.id)
        for run in pool.surplus(service):
            if dry_run or pool.remove_idle(service, run):
                removed.append(run)
        freed = private.collect(dry_run=dry_run)
    finally:
        private.close()
    return {"dry_run": dry_run, "artefacts": asdict(report), "worktrees": removed, "discarded": forgotten,
            "pack_bytes": freed}  # fmt: skip
