"""Where repair commands are carried out, and what came of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from autopack.repairs.commands import Command
from autopack.repairs.ground import Ground
from autopack.repo import PrivateRepo, Worktree
from autopack.testing import TestJob

MINIMUM_LEVEL = 2
MAX_OUTPUT = 64 * 1024


@dataclass(frozen=True)
class Packages:
    """`index_url` is the package index of the user's own settings; `site` a folder of ours that no test may write, where
    a repair's packages lie: never in the target's environment."""

    index_url: str = field(repr=False)
    site: Path


@dataclass(frozen=True)
class Bench:
    """The run's worktree, standing on the commit `head` with the run's changes on top (see `Ground`).

    `job` says how tests are run there (interpreter, sandbox, scratch folder, nonce); without `packages` nothing is
    installed.
    """

    private: PrivateRepo
    worktree: Worktree
    head: str
    ground: Ground
    job: TestJob
    packages: Packages | None = None


@dataclass(frozen=True, slots=True)
class Performed:
    """A command that was carried out or tried: `ok` as its program's exit 0 would say; `output`, its middle left out
    beyond MAX_OUTPUT characters, is for the model and people and not redacted; `changed` are the paths of the worktree
    it changed, made folders included."""

    command: Command
    ok: bool
    output: str = ""
    changed: tuple[str, ...] = ()
