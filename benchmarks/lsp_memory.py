"""Memory, descriptors, threads and children of the language server: idle, with four runs, over cycles of a tiny run.

A cycle is one run that the editor starts: every other one goes to its end, the others are stopped at work and
discarded. After each, with the worker gone, the server is looked at. The slope is that of a least squares line over the
cycles after the warm-up. It is called none when descriptors, threads and children are as they were and memory rises by
at most `MOST_GROWTH` per 100 cycles, twice its standard error included.

    python -m benchmarks.lsp_memory [--cycles N] [--minutes M]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks import measure
from tests.kit.lsp_client import Editor, uri_of
from tests.kit.tiny import answer, make, plan_of

WARM_UP = 25
"""Cycles that do not count: what is kept of the latest 20 ended runs fills, allocators find their size."""
MOST_GROWTH = 256.0
"""KiB per 100 cycles."""
SLOW_MS = 600_000
RUNS = 4
PATIENCE = 300.0
COUNTED = ("descriptors", "threads", "children")


@dataclass(frozen=True)
class Look:
    """The server at one moment, in KiB: what it holds resident, and what of that no other process shares."""

    cycle: int
    rss: int
    own: int
    descriptors: int
    threads: int
    children: int


def look(server: psutil.Process, cycle: int) -> Look:
    memory = server.memory_full_info()
    counted = server.num_fds(), server.num_threads(), len(server.children())
    return Look(cycle, memory.rss // 1024, memory.uss // 1024, *counted)


def slope(looks: Sequence[Look], name: str) -> tuple[float, float]:
    """A least squares line's rise per 100 cycles and its standard error."""
    xs, ys = [float(one.cycle) for one in looks], [float(getattr(one, name)) for one in looks]
    line = statistics.linear_regression(xs, ys)
    mean = statistics.fmean(xs)
    rest = sum((y - line.slope * x - line.intercept) ** 2 for x, y in zip(xs, ys, strict=True))
    error = math.sqrt(rest / (len(xs) - 2) / sum((x - mean) ** 2 for x in xs))
    return 100 * line.slope, 100 * error


class Bench:
    """One server on the smallest project, with a second plan whose model does not answer."""

    def __init__(self, place: Path) -> None:
        self.project = make(place).project
        self.project.write({"slow.autopack.yaml": plan_of(run={"id": "slow"})})
        self.project.commit("A second plan")
        self.slow = self.project.place / "slow.jsonl"
        self.slow.write_text(json.dumps(answer() | {"delay_ms": SLOW_MS}) + "\n", "utf-8")
        self.editor = Editor.start(
            self.project.root, self.project.environment(), options={"replay": True, "onStart": "leave"}
        )
        self.server = psutil.Process(self.editor.process.pid)

    def start(self, *, slow: bool = False) -> str:
        plan, cassette = self.project.plan, self.project.cassette
        if slow:
            plan, cassette = self.project.root / "slow.autopack.yaml", self.slow
        order = {"planUri": uri_of(plan), "cassette": str(cassette), "trust": True}
        return self.editor.command("autopack.run.start", PATIENCE, **order)["runId"]

    def until(self, run: str, fits: Callable[[dict[str, Any]], bool]) -> None:
        method = "autopack/didChangeRuns"
        self.editor.wait_for(method, lambda p: p["run"] == run and fits(p["snapshot"]), PATIENCE)

    def at_work(self, run: str) -> None:
        self.until(run, lambda s: s["step"] == "build")

    def stop(self, run: str) -> None:
        self.editor.command("autopack.run.stop", PATIENCE, runId=run)
        self.until(run, lambda s: s["state"] == "STOPPED" and not s["atWork"])

    def discard(self, *runs: str) -> None:
        for run in runs:
            self.editor.command("autopack.run.discard", PATIENCE, runId=run)

    def cycle(self, number: int) -> Look:
        run = self.start(slow=number % 2 == 1)
        if number % 2 == 1:
            self.at_work(run)
            self.stop(run)
            self.discard(run)
        else:
            self.until(run, lambda s: s["ended"] and not s["atWork"])
        return self.alone(number)

    def alone(self, number: int) -> Look:
        """The server once the last worker is gone."""
        _, living = psutil.wait_procs(self.server.children(), PATIENCE)
        if living:
            raise RuntimeError(f"workers stay: {living}")
        self.editor.settle()
        self.editor.messages.clear()
        return look(self.server, number)

    def four_runs(self) -> tuple[Look, list[int]]:
        """The server with four runs at work, and what each worker holds resident (KiB)."""
        runs = [self.start(slow=True) for _ in range(RUNS)]
        for run in runs:
            self.at_work(run)
        found = look(self.server, 0), [child.memory_info().rss // 1024 for child in self.server.children()]
        for run in runs:
            self.stop(run)
        self.discard(*runs)
        self.alone(0)
        return found


def measured(cycles: int, seconds: float) -> tuple[Look, Look, list[int], list[Look]]:
    """Idle, with four runs, the workers, and after each cycle; `seconds` bound the cycles."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        with bench.editor:
            bench.editor.command("autopack.run.list", PATIENCE)
            idle = look(bench.server, 0)
            busy, workers = bench.four_runs()
            looks: list[Look] = []
            until = time.monotonic() + seconds
            while len(looks) < cycles + WARM_UP and time.monotonic() < until:
                looks.append(bench.cycle(len(looks) + 1))
    return idle, busy, workers, looks


def main() -> int:
    """Print and save the figures; 0 when nothing grows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cycles", type=int, default=100, help="after a warm-up of 25")
    parser.add_argument("--minutes", type=float, default=math.inf, help="no cycle begins later")
    args = parser.parse_args()
    began = time.monotonic()
    idle, busy, workers, looks = measured(args.cycles, args.minutes * 60)
    counted = looks[WARM_UP:]
    if len(counted) < 10:
        raise SystemExit(f"{len(looks)} cycles are too few to say anything")
    slopes = {name: slope(counted, name) for name in ("rss", "own", *COUNTED)}
    same = {name: getattr(counted[0], name) == getattr(counted[-1], name) for name in COUNTED}
    grown, error = slopes["rss"]
    none = all(same.values()) and grown + 2 * error <= MOST_GROWTH
    measure.save("lsp-memory", {
        "load": [round(one, 1) for one in os.getloadavg()], "seconds": round(time.monotonic() - began),
        "goal": {"kib_per_100_cycles": MOST_GROWTH, "counted": "as after the warm-up"},
        "idle": asdict(idle), "with_4_runs": asdict(busy), "workers_rss_kib": workers,
        "warm_up": WARM_UP, "cycles": len(counted), "none": none,
        "per_100_cycles": {k: {"slope": round(s, 2), "error": round(e, 2)} for k, (s, e) in slopes.items()},
        "samples": {name: [getattr(one, name) for one in looks] for name in ("rss", "own", *COUNTED)},
    })  # fmt: skip
    print(
        f"language server: {idle.rss / 1024:.1f} MiB idle, {busy.rss / 1024:.1f} with 4 runs (each worker "
        f"{max(workers) / 1024:.0f}); over {len(counted)} cycles {grown:+.0f} KiB (error {error:.0f}) per 100, "
        + ", ".join(f"{getattr(counted[-1], name)} {name}{'' if same[name] else ' (grown)'}" for name in COUNTED)
    )
    return 0 if none else 1


if __name__ == "__main__":
    sys.exit(main())
