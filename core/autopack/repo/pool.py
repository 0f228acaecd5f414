"""Worktrees of runs that are over: taken over by a new run, or removed; each claimed by one rename of its folder.

Two processes that want the same folder cannot both have it, and a kill anywhere leaves a folder that the next checkout
brings to its commit: what is in it is never believed, only spared from being written again.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from autopack import fault
from autopack.repo.files import remove_tree
from autopack.repo.record import Record

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = fault.register("repo.before_take_over", "an idle worktree is about to become another run's")
CLAIMED = fault.register("repo.worktree_claimed", "an idle worktree has its new name, its index has not")
REMOVE = fault.register("repo.before_remove_worktree", "an idle worktree is about to be removed")

_BESIDE = (".index", ".index.lock", ".git", ".git.new", ".json")


def take_over(old: Path, new: Path) -> bool:
    """Give the worktree at `old` to the run of `new`, with its index where that tells the whole truth; False when it is
    gone, or `new` is there already. What was provisioned for the old run is removed by the next checkout."""
    fault.point(BEFORE)
    if old.is_symlink() or os.path.lexists(new):
        return False
    try:
        old.rename(new)
    except (FileNotFoundError, NotADirectoryError, FileExistsError):
        return False
    fault.point(CLAIMED)
    record = Record.load(_beside(old, ".json"), old.name)
    index = _beside(old, ".index")
    if record.commit and not record.links and not record.copies and index.is_file():
        index.replace(_beside(new, ".index"))
    _remove_beside(old)
    return True


def remove_worktree(path: Path) -> None:
    """The folder under a name nobody looks for, then it and everything beside it; what is gone is no error."""
    fault.point(REMOVE)
    gone = _beside(path, ".gone")
    remove_tree(gone)
    try:
        path.rename(gone)
    except FileNotFoundError:
        pass
    remove_tree(gone)
    _remove_beside(path)


def _remove_beside(path: Path) -> None:
    for ending in _BESIDE:
        remove_tree(_beside(path, ending))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
