"""Doors: the outside world as one run sees it, opened by the service and passed down; RunConfig: how this run runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autopack.llm import Provider
from autopack.redaction import Redactor
from autopack.repo import PrivateRepo, Publisher, UserRepo
from autopack.sandbox import Sandbox
from autopack.settings import Settings
from autopack.store import Store


@dataclass(frozen=True)
class Doors:
    """`state` is the repository's state folder; `provider` opens the provider of a model id; `python` the interpreter
    of the tests; `people_folder` is `.autonomous_runs/` (or its stand-in in the state folder) for what people read."""

    state: Path
    user: UserRepo
    private: PrivateRepo
    store: Store
    settings: Settings
    sandbox: Sandbox
    redactor: Redactor
    provider: Callable[[str], Provider]
    publisher: Publisher
    python: Path
    people_folder: Path
    environment: Mapping[str, str]
    wall: Callable[[], float] = field(default=time.time)
    monotonic: Callable[[], float] = field(default=time.monotonic)

    def worktree_path(self, run: str) -> Path:
        return self.state / "worktrees" / run

    def scratch(self, run: str) -> Path:
        """A folder for what a run's tests write outside the worktree."""
        path = self.state / "scratch" / run
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path


@dataclass(frozen=True)
class RunConfig:
    """What a start fixed for the whole run, kept in the journal. Caps are effective ones (plan against settings);
    `phase_token_caps` are those a person raised since, which hold instead of the plan's; `snapshot` is the snapshot
    commit of a working-tree run, else ""; `pin` the user's commit that is pinned (the snapshot's parent, else the base)."""

    base: str
    autonomy: str
    nonce: str
    token_cap: int
    money_cap_usd: float | None
    max_duration_minutes: float
    approval_timeout_minutes: float
    pin: str = ""
    snapshot: str = ""
    cassette: str = ""
    cassette_sha256: str = ""
    record: str = ""
    accept_baseline: bool = False
    plan_path: str = ""
    author: str = "Autopack <autopack@localhost>"
    phase_token_caps: Mapping[str, int] = field(default_factory=dict[str, int])
