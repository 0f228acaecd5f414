"""`git checkout`, `reset`, `merge --abort` and what only looks, carried out by plumbing on the run's own index."""

from __future__ import annotations

from collections.abc import Iterable

from autopack.paths import printable
from autopack.repairs.bench import Bench, Performed
from autopack.repairs.beneath import Beneath, Unfit
from autopack.repairs.commands import (
    AbortMerge,
    GitCommand,
    ListUntracked,
    RestoreFiles,
    ShowChanges,
    ShowStatus,
    TakeSide,
    Unstage,
)  # fmt: skip
from autopack.repo import GitFailed, Uncommitted

_STAGES = {"ours": 2, "theirs": 3}


def perform_git(command: GitCommand, bench: Bench) -> Performed:
    """Carry it out in the worktree; all paths of a command, or none where one cannot be served."""
    work = Uncommitted(bench.private, bench.worktree, bench.head)
    try:
        match command:
            case RestoreFiles():
                return _restore(command, work, bench)
            case TakeSide():
                return _take_side(command, work, bench)
            case Unstage():
                work.unstage(command.paths)
                return Performed(command, True)
            case AbortMerge():
                return _abort(command, work, bench)
            case ListUntracked():
                names = work.untracked(folders=command.folders)
                return Performed(command, True, _lines(f"Would remove {name}" for name in names))
            case ShowStatus():
                return Performed(command, True, _lines(f"{letter} {path}" for letter, path in work.status()))
            case ShowChanges():
                said = work.changes(command.paths, staged=command.staged, form=command.form)
                return Performed(command, True, said)
    except (Unfit, GitFailed) as error:
        return Performed(command, False, str(error))


def _restore(command: RestoreFiles, work: Uncommitted, bench: Bench) -> Performed:
    if command.source == "head":
        known = {path for path in command.paths if work.in_head(path)}
    else:
        known = work.staged(command.paths)
    _require(command.paths, known, "has nothing to be restored from")
    _clear(command.paths, bench)
    if command.source == "head":
        work.unstage(command.paths)
    work.check_out(command.paths)
    return Performed(command, True, changed=command.paths)


def _take_side(command: TakeSide, work: Uncommitted, bench: Bench) -> Performed:
    stage = _STAGES[command.side]
    known = {path for path, stages in work.in_conflict().items() if stage in stages}
    _require(command.paths, known, f"has no side '{command.side}' in a conflict")
    _clear(command.paths, bench)
    work.check_out(command.paths, stage=stage)
    return Performed(command, True, changed=command.paths)


def _abort(command: AbortMerge, work: Uncommitted, bench: Bench) -> Performed:
    conflicts = work.in_conflict()
    if not conflicts:
        return Performed(command, False, "there is no merge to abort")
    merged = sorted(conflicts.keys() | work.differs_from_head())
    _require(merged, bench.ground.changed, "is part of the merge and nothing that this run changed")
    _clear(merged, bench)
    work.unstage(merged)
    kept = [path for path in merged if work.in_head(path)]
    work.check_out(kept)
    here = Beneath(bench.worktree.path)
    for path in merged:
        if path not in kept and here.kind(path):
            here.remove(path)
    return Performed(command, True, changed=tuple(merged))


def _require(paths: Iterable[str], known: Iterable[str], why: str) -> None:
    missing = sorted(set(paths) - set(known))
    if missing:
        raise Unfit(f"{printable(missing[0])} {why}")


def _clear(paths: Iterable[str], bench: Bench) -> None:
    """What git is about to write over is a file, a link or nothing, in real folders: git would clear away the rest."""
    here = Beneath(bench.worktree.path)
    for path in paths:
        if here.kind(path) in ("folder", "special"):
            raise Unfit(f"{printable(path)} is no file")


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)
