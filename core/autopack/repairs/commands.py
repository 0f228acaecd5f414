"""The closed set of repair commands: what a model's text becomes, or it is refused.

Paths are relative to the worktree, canonical, and of the kind the field says; what a command will change is `writes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from autopack.repairs.locks import Pin


class Family(StrEnum):
    """The kinds of fix a user may allow, by the words of the Doctor's answer."""

    GIT = "git"
    FILE = "file"
    PYTHON = "python"


@dataclass(frozen=True, slots=True)
class RestoreFiles:
    """`git checkout [HEAD] -- PATH...`: from the index, or from the commit the phase stands on."""

    paths: tuple[str, ...]
    source: Literal["index", "head"] = "index"


@dataclass(frozen=True, slots=True)
class TakeSide:
    """`git checkout --ours|--theirs -- PATH...` of paths in conflict."""

    paths: tuple[str, ...]
    side: Literal["ours", "theirs"]


@dataclass(frozen=True, slots=True)
class Unstage:
    """`git reset -q -- PATH...`: the index takes the commit's entry, the file stays."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AbortMerge:
    """`git merge --abort` of a merge in the worktree's index."""


@dataclass(frozen=True, slots=True)
class ListUntracked:
    """`git clean -n`: says what is untracked, removes nothing; with `folders` as one line each."""

    folders: bool = False


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """`git status`, short form."""


@dataclass(frozen=True, slots=True)
class ShowChanges:
    """`git diff` of the worktree against the index, or `staged`: of the index against the commit."""

    paths: tuple[str, ...] = ()
    staged: bool = False
    form: Literal["patch", "name-only", "name-status", "stat"] = "patch"


@dataclass(frozen=True, slots=True)
class RemoveFiles:
    """`rm`; `folders`: each path may be a folder that holds nothing but what the run changed."""

    paths: tuple[str, ...]
    folders: bool = False
    missing_ok: bool = False


@dataclass(frozen=True, slots=True)
class MakeFolders:
    """`mkdir`; `parents`: folders on the way are made, existing ones are no error."""

    paths: tuple[str, ...]
    parents: bool = False


@dataclass(frozen=True, slots=True)
class CopyFile:
    """`cp` of one regular file."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class MoveFile:
    """`mv` of one regular file."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class RunPytest:
    """`pytest`: options that only shape what is printed or end the run early, and ids in the worktree (none = all)."""

    options: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstallLocked:
    """`pip install`: these pins of the lock file and no others."""

    pins: tuple[Pin, ...]
    lock: str


GitCommand = RestoreFiles | TakeSide | Unstage | AbortMerge | ListUntracked | ShowStatus | ShowChanges
FileCommand = RemoveFiles | MakeFolders | CopyFile | MoveFile
PythonCommand = RunPytest | InstallLocked
Command = GitCommand | FileCommand | PythonCommand


def family(command: Command) -> Family:
    """The kind of fix a command belongs to."""
    if isinstance(command, RunPytest | InstallLocked):
        return Family.PYTHON
    return Family.FILE if isinstance(command, RemoveFiles | MakeFolders | CopyFile | MoveFile) else Family.GIT


def writes(command: Command) -> tuple[str, ...]:
    """The files and folders of the worktree that a command may change, removals included."""
    match command:
        case RestoreFiles() | TakeSide() | RemoveFiles() | MakeFolders():
            return command.paths
        case CopyFile():
            return (command.target,)
        case MoveFile():
            return command.source, command.target
        case _:
            return ()
