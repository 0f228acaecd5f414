"""Discarding a run, and retention: what is kept for how long (DESIGN §5)."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autopack import fault
from autopack.engine.actions import Desk, close_open_attempt
from autopack.engine.ending import run_refs
from autopack.events import Event, EventName
from autopack.model.states import RunState
from autopack.repo import PrivateRepo, Publisher
from autopack.sandbox import end_processes

if TYPE_CHECKING:
    from autopack.service.house import House
    from autopack.service.premises import Premises

fault.register("discard.before_refs", "a run is discarded in the journal, its refs still stand")


def discard(house: House, desk: Desk) -> None:
    """DISCARDED first, then everything that hangs on the run; a crash between is finished by `collect`."""
    store, run = house.store, house.run
    state = store.run(run).state
    end_processes(house.config.nonce)
    if state is not RunState.DISCARDED:
        with store.write(desk.own) as tx:
            for request in tx.read.requests(run, state="pending"):
                tx.expire(request.id, "the run was discarded")
            for phase in tx.read.phases(run):
                close_open_attempt(tx, run, phase.phase, "the run was discarded")
            tx.run_state(run, state, RunState.DISCARDED, "discard", f"discarded by {desk.actor}")
            tx.event(Event(EventName.LOG, run, data={"message": f"{desk.actor} discarded the run"}))
    fault.point("discard.before_refs")
    _forget(house.service, house.private, house.publisher, run)


def _forget(service: Premises, private: PrivateRepo, publisher: Publisher, run: str) -> None:
    """The branch while it is still what we published (the private refs tell), those refs, the pin, the folders."""
    publisher.remove(run)
    private.delete_ref(*run_refs(private, run))
    publisher.unpin(run)
    _remove_folders(service.state, run)


def _remove_folders(state: Path, run: str) -> None:
    for path in (state / "worktrees").glob(f"{run}*"):
        if path.name == run or path.name.startswith(f"{run}."):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    shutil.rmtree(state / "scratch" / run, ignore_errors=True)


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
        idle = [
            row.id
            for row in store.runs()
            if row.state is RunState.DONE_SUCCESS and (service.state / "worktrees" / row.id).exists()
        ]
        for run in idle[keep.pool :]:
            removed.append(run)
            if not dry_run:
                _remove_folders(service.state, run)
        for row in store.runs():
            left = run_refs(private, row.id) or (service.state / "worktrees" / row.id).exists()
            if row.state is RunState.DISCARDED and left:
                forgotten.append(row.id)
                if not dry_run:
                    _forget(service, private, publisher, row.id)
        freed = private.collect(dry_run=dry_run)
    finally:
        private.close()
    return {"dry_run": dry_run, "artefacts": asdict(report), "worktrees": removed, "discarded": forgotten,
            "pack_bytes": freed}  # fmt: skip
