"""The pool of idle worktrees: those of runs that can never go on, kept for the next run of the repository (DESIGN §5).

A checkout of 20,000 files costs seconds, bringing an idle one to another commit a fraction. Runs that failed, stopped or
wait keep their own worktree.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from autopack.errors import LockHeld
from autopack.model.states import RunState
from autopack.repo import remove_worktree, take_over

if TYPE_CHECKING:
    from autopack.service.premises import Premises

_OVER = (RunState.DONE_SUCCESS, RunState.DISCARDED)
"""A run in one of these goes on only after a rollback, and then makes a worktree anew."""


def adopt(service: Premises, run: str) -> str:
    """Let `run` have an idle worktree, the one of the run created last first, unless it has one; whose it was, or "".
    What the disk refuses is no error: the run then makes its own."""
    new = worktree(service.state, run)
    with suppress(OSError):
        for old in () if new.exists() else _idle(service, _OVER):
            with _still_over(service, old) as over:
                if over and take_over(worktree(service.state, old), new):
                    shutil.rmtree(service.state / "scratch" / old, ignore_errors=True)
                    return old
    return ""


def trim(service: Premises) -> None:
    """Remove idle worktrees beyond `retention.pool`; what the disk refuses waits for `gc`."""
    with suppress(OSError):
        for run in surplus(service):
            remove_idle(service, run)


def remove_idle(service: Premises, run: str) -> bool:
    """Remove the folders of a run that is over; False when somebody has it in hand."""
    with _still_over(service, run) as over:
        if over:
            remove_folders(service.state, run)
        return over


def surplus(service: Premises) -> list[str]:
    """Runs whose idle worktree is beyond the pool; those of discarded runs are no part of it."""
    return _idle(service, (RunState.DONE_SUCCESS,))[service.loaded.settings.retention.pool :]


def _idle(service: Premises, states: tuple[RunState, ...]) -> list[str]:
    """Runs in one of `states` that have a worktree, newest first."""
    rows = service.store.runs(states)
    return [row.id for row in rows if worktree(service.state, row.id).is_dir()]


@contextmanager
def _still_over(service: Premises, run: str) -> Generator[bool]:
    """Whether nobody has the run in hand and it is over; nobody can take it meanwhile."""
    try:
        own = service.store.own(run)
    except LockHeld:
        yield False
        return
    try:
        yield service.store.run(run).state in _OVER
    finally:
        own.release()


def remove_folders(state: Path, run: str) -> None:
    """The run's worktree and scratch folder."""
    remove_worktree(worktree(state, run))
    shutil.rmtree(state / "scratch" / run, ignore_errors=True)


def worktree(state: Path, run: str) -> Path:
    return state / "worktrees" / run
