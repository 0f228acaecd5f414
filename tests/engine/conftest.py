"""A tiny project driven in this process: real git, real journal, tests at sandbox level 1, models from a cassette."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from autopack import fault
from autopack.engine import DriveEnd
from autopack.events import Event, EventName
from autopack.model.states import PhaseState, RunState
from autopack.service import Service
from autopack.store import Store
from tests.kit.project import Project
from tests.kit.tiny import make

PATIENCE = 60.0


class Trial:
    """One project and its service; `run` is the run started last."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.service = self.reopened()
        self.run = ""

    def reopened(self) -> Service:
        """The service of another process, or of this one after it was killed."""
        return Service.open(self.project.root, env=self.project.environment())

    @property
    def store(self) -> Store:
        return self.service.store

    def start(self, **how: Any) -> str:
        self.run = self.service.start(self.project.plan, cassette=self.project.cassette, trust=True, **how)
        return self.run

    def drive(self, *, wait: bool = False) -> DriveEnd:
        return asyncio.run(self.service.drive(self.run, wait=wait))

    def go(self, **how: Any) -> DriveEnd:
        """Start and drive."""
        self.start(**how)
        return self.drive()

    def resume(self, **how: Any) -> DriveEnd:
        state = self.service.resume(self.run, **how)
        assert not state.ended, state
        return self.drive()

    @contextmanager
    def driving(self, *, wait: bool = False) -> Iterator[Future[DriveEnd]]:
        """The drive in a thread of its own, as an editor has it."""
        with ThreadPoolExecutor(1) as pool:
            yield pool.submit(self.drive, wait=wait)

    def heard(self, wanted: Callable[[Event], bool]) -> Callable[[Future[DriveEnd]], None]:
        """Waits until such an event was committed; a drive that ends without it fails the test."""
        seen: Future[bool] = Future()

        def hear(event: Event) -> None:
            if wanted(event) and not seen.done():
                seen.set_result(True)

        self.service.subscribe(hear)

        def wait_for(drive: Future[DriveEnd]) -> None:
            wait({seen, drive}, PATIENCE, FIRST_COMPLETED)
            assert seen.done(), f"ended without it: {drive.result(0)}"

        return wait_for

    def events(self, *names: EventName) -> list[Event]:
        return [e for e in self.store.events(self.run) if not names or e.event in names]

    def state(self) -> RunState:
        return self.store.run(self.run).state

    def phases(self) -> dict[str, PhaseState]:
        return {row.phase: row.state for row in self.store.phases(self.run)}

    def outcomes(self, phase: str) -> list[str]:
        return [a.outcome.kind.value if a.outcome else "open" for a in self.store.attempts(self.run, phase)]

    def pending(self) -> list[str]:
        return [r.id for r in self.store.requests(self.run, state="pending")]

    def tip(self) -> str:
        return str(self.store.get(self.run, "tip"))

    def file(self, path: str) -> str:
        """A file on the run's published branch."""
        return self.project.git("show", f"autopack/{self.run}:{path}")

    def sound(self) -> None:
        assert self.store.check_invariants(self.run) == []
        assert not self.store.owned(self.run)


Make = Callable[..., Trial]


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Make]:
    made: list[Trial] = []

    def begin(
        *phases: Mapping[str, Any],
        answers: Sequence[Mapping[str, Any]] = (),
        files: Mapping[str, str] | None = None,
        run: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Trial:
        made.append(
            Trial(make(tmp_path / str(len(made)), *phases, answers=answers, files=files, run=run, **more).project)
        )
        return made[-1]

    yield begin
    for one in made:
        one.service.close()


@pytest.fixture
def broken_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the process fail when it passes this point next, as a crash would have it."""

    def arm(name: str) -> None:
        assert name in fault.POINTS
        monkeypatch.setattr(fault, "_armed", (name, "raise", fault._hits.get(name, 0) + 1) if name else None)

    return arm


def settle(run: Trial, settings: str) -> None:
    """Give the trial's user these settings."""
    run.project.settle(settings)
    run.service.close()
    run.service = run.reopened()
