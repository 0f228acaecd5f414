"""One run driven in this process, phase by phase beside `git apply` + `git commit` of the same change (see overhead).

What is not a phase's own is taken out: the time and CPU of test processes, of the replayed model, and of the plain git
commands themselves, which run at the end of each phase so that both sides meet the same load.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from autopack.engine.journal import Journal
from autopack.events import Event, EventName
from autopack.llm import ReplayProvider
from autopack.model.completion import Completion
from autopack.sandbox import ProcessResult, Sandbox
from autopack.service import Service


@dataclass(frozen=True)
class Point:
    """Wall seconds, CPU seconds of this process and of children that ended, up to now."""

    wall: float
    own: float
    children: float

    @classmethod
    def now(cls) -> Point:
        own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return cls(time.perf_counter(), own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime)

    def __sub__(self, other: Point) -> Point:
        return Point(self.wall - other.wall, self.own - other.own, self.children - other.children)

    def __add__(self, other: Point) -> Point:
        return Point(self.wall + other.wall, self.own + other.own, self.children + other.children)

    def row(self) -> dict[str, float]:
        cpu = self.own + self.children
        return {"wall": round(self.wall, 4), "cpu": round(cpu, 4), "own_cpu": round(self.own, 4)}


@dataclass
class Meter:
    """Marks per moment, with what is not ours taken out."""

    clone: Path
    service: Service
    outside: Point = Point(0.0, 0.0, 0.0)
    commits: int = 0
    marks: list[tuple[str, Point, int]] = field(default_factory=list)
    plain: list[Point] = field(default_factory=list)
    steps: list[tuple[str, str, float]] = field(default_factory=list)

    def mark(self, name: str) -> None:
        self.marks.append((name, Point.now() - self.outside, self.commits))

    def leave_out_tests(self) -> None:
        """The time a test process ran and its CPU are not ours; making it ready and reading its report are."""
        original = Sandbox.run

        async def timed(*args: Any, **kwargs: Any) -> ProcessResult:
            began = Point.now()
            result = await original(*args, **kwargs)
            self.outside += Point(result.duration, 0.0, (Point.now() - began).children)
            return result

        Sandbox.run = timed

    def leave_out_model(self) -> None:
        original = ReplayProvider.complete

        async def timed(*args: Any, **kwargs: Any) -> Completion:
            began = Point.now()
            try:
                return await original(*args, **kwargs)
            finally:
                self.outside += Point.now() - began

        ReplayProvider.complete = timed

    def count_commits(self) -> None:
        original = Journal.flush

        def flush(journal: Journal) -> None:
            before = journal.commits
            original(journal)
            self.commits += journal.commits - before

        Journal.flush = flush

    def told(self, event: Event) -> None:
        if event.event in (EventName.RUN_STARTED, EventName.PHASE_STARTED, EventName.RUN_FINISHED):
            self.mark(event.event.value)
        elif event.event is EventName.STEP_FINISHED and "seconds" in event.data:
            self.steps.append((event.phase, event.data["step"], event.data["seconds"]))
        elif event.event is EventName.PHASE_FINISHED:
            began = Point.now()
            self._apply_plainly(event)
            self.outside += Point.now() - began

    def _apply_plainly(self, event: Event) -> None:
        patch = self.service.patch(event.run, event.phase)
        git = ["git", "-C", str(self.clone)]
        began = Point.now()
        subprocess.run([*git, "apply", "--index", "-"], input=patch, check=True)
        subprocess.run([*git, "commit", "-q", "-m", event.phase], check=True)
        self.plain.append(Point.now() - began)


def drive(repo: Path, cassette: Path, clone: Path) -> dict[str, Any]:
    """The figures of one run from its start to its end."""
    began = Point.now()
    service = Service.open(repo)
    meter = Meter(clone, service)
    meter.leave_out_tests()
    meter.leave_out_model()
    meter.count_commits()
    service.subscribe(meter.told)
    run = service.start(repo / "plan.autopack.yaml", cassette=cassette, trust=True)
    end = asyncio.run(service.drive(run))
    ended = Point.now() - meter.outside
    service.close()
    if end.state.value != "DONE_SUCCESS":
        raise SystemExit(f"the run ended as {end.state.value}")
    at = [m for m in meter.marks if m[0] != "run.started"]
    started = next(m[1] for m in meter.marks if m[0] == "run.started")
    return {
        "run": run,
        "create": (started - began).row(),
        "set_up": (at[0][1] - started).row(),
        "phases": [(b[1] - a[1]).row() | {"commits": b[2] - a[2]} for a, b in pairwise(at)],
        "plain": [p.row() for p in meter.plain],
        "ending": (ended - at[-1][1]).row(),
        "steps": meter.steps,
    }


def profiled(*args: Path) -> dict[str, Any]:
    """`drive` under cProfile when BENCH_PROFILE names a file."""
    target = os.environ.get("BENCH_PROFILE")
    if not target:
        return drive(*args)
    import cProfile

    profile = cProfile.Profile()
    result = profile.runcall(drive, *args)
    profile.dump_stats(target)
    return result


if __name__ == "__main__":
    print(json.dumps(profiled(*(Path(p) for p in sys.argv[1:4]))))
