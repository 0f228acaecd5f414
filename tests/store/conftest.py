"""A store in a temporary folder, a clock to turn, and short ways to a run, a request and a child process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from autopack.model.approvals import ApprovalRequest, Decision, Scope, Stage
from autopack.model.states import PhaseState, RunState
from autopack.store import Ownership, PhaseRow, RunRow, Store


@dataclass
class TurnedClock:
    now: float = 1_800_000_000.0
    boot: str = "boot-1"
    since_boot: float = 100.0

    def wall(self) -> float:
        return self.now

    def steady(self) -> tuple[str, float]:
        return self.boot, self.since_boot

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.since_boot += seconds


class Desk:
    """One run of two phases, owned, with the first phase at work in its first attempt."""

    def __init__(self, store: Store, clock: TurnedClock, run: str = "r") -> None:
        self.store, self.clock, self.run = store, clock, run
        self.own: Ownership = store.own(run)
        with store.write(self.own) as tx:
            tx.create_run(RunRow(run), [PhaseRow(run, "a"), PhaseRow(run, "b")])
        self.move_run(RunState.RUN_CREATED, "created")
        self.move_run(RunState.PHASE_QUEUEING, "queue")
        self.move("a", PhaseState.EXECUTING, "start")
        with store.write(self.own) as tx:
            tx.attempt(run, "a", 1, "base", "tree")

    def move_run(self, target: RunState, trigger: str) -> None:
        with self.store.write(self.own) as tx:
            tx.run_state(self.run, self.store.run(self.run).state, target, trigger)

    def move(self, phase: str, target: PhaseState, trigger: str) -> None:
        with self.store.write(self.own) as tx:
            tx.phase_state(self.run, phase, self.store.phase(self.run, phase).state, target, trigger)

    def request(self, name: str = "q1", **fields: object) -> ApprovalRequest:
        values: dict[str, object] = {
            "id": name, "run": self.run, "phase": "a", "attempt": 1, "stage": Stage.APPLY, "codes": ("AP301",),
            "paths": ("x.py",), "digest": "d" * 64, "base": "base", "policy": "p1", "nonce": name,
            "reasons": ("AP301 x.py is protected",), "created_at": self.clock.wall(),
        }  # fmt: skip
        return ApprovalRequest(**values | fields)  # pyright: ignore[reportArgumentType]

    def ask(self, name: str = "q1", **fields: object) -> ApprovalRequest:
        with self.store.write(self.own) as tx:
            return tx.request(self.request(name, **fields))

    def decide(
        self, name: str = "q1", *, approved: bool = True, scope: Scope = Scope.ONCE, digest: str = "d" * 64
    ) -> Decision:
        with self.store.write(None) as tx:
            return tx.decide(Decision(name, approved, "ann", scope, "looked at it", digest, 0.0))

    def consume(self, name: str = "q1", key: str = "apply", **fields: str) -> None:
        fits = {"digest": "d" * 64, "base": "base", "policy": "p1"} | fields
        with self.store.write(self.own) as tx:
            tx.consume(name, key, {"tree": "t"}, **fits)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def store(state: Path, clock: TurnedClock) -> Iterator[Store]:
    with Store.open(state, clock=clock) as opened:
        yield opened


@pytest.fixture
def desk(store: Store, clock: TurnedClock) -> Desk:
    return Desk(store, clock)


Child = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def child() -> Iterator[Child]:
    """Run Python source in a process of its own, with arguments; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(source: str, *args: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", source, *map(str, args)], env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
