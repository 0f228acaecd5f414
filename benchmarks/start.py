"""CPU and wall time until Autopack answers: `--help`, `status`, a run's start, a resume's first new step.

Each as a ratio to `python -c pass`, turn by turn; a resume also to a run's start (goal: within 3 x).

    python -m benchmarks.start [--pairs N]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import measure, repositories

AUTOPACK = (sys.executable, "-m", "autopack_server.cli.main")
GOAL = 3.0


def until(
    argv: list[str], *, cwd: Path, env: dict[str, str], seen: Callable[[dict[str, object]], bool]
) -> measure.Cost:
    """A command up to the first event for which `seen` answers true: then it is killed, what follows is not counted."""
    started = time.monotonic()
    child = subprocess.Popen(argv, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stderr is not None
    found = next((True for line in child.stdout if seen(json.loads(line))), False)
    wall = time.monotonic() - started
    cpu = cpu_of(child.pid) if found else 0.0
    child.send_signal(signal.SIGKILL)
    _, _, usage = os.wait4(child.pid, 0)
    child.returncode = -signal.SIGKILL
    if not found:
        raise RuntimeError(f"{argv} ended without the event:\n{child.stderr.read()[-3000:]}")
    child.stdout.close()
    child.stderr.close()
    return measure.Cost(cpu, usage.ru_maxrss / 1024, wall, 0)


def cpu_of(pid: int) -> float:
    """User and system seconds of a living process and its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(n) for n in fields[11:15]) / os.sysconf("SC_CLK_TCK")


class Bench:
    """One small repository with a run that was killed in its second phase, copied anew for each resume."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.repo = repositories.make(place, 50, 2)
        self.env = repositories.environment(place, os.environ["PATH"])
        self._stopped = place / "stopped"
        self._run_until_second_phase()

    def _run_until_second_phase(self) -> None:
        self._first_step("phase-1")
        shutil.copytree(self.place / "state", self._stopped, symlinks=True)
        self._refs = repositories.git(
            self.repo, "for-each-ref", "--format=create %(refname) %(objectname)", "refs/**/bench*"
        )

    def _first_step(self, phase: str) -> measure.Cost:
        return until(self._run(), cwd=self.repo, env=self.env,
                     seen=lambda e: e.get("event") == "step.finished" and e.get("phase") == phase)  # fmt: skip

    def _run(self) -> list[str]:
        return [*AUTOPACK, "run", "plan.autopack.yaml", "--cassette", str(self.place / "cassette.jsonl"),
                "--trust-plan", "--json"]  # fmt: skip

    def _fresh(self) -> None:
        shutil.rmtree(self.place / "state", ignore_errors=True)
        for ref in repositories.git(self.repo, "for-each-ref", "--format=%(refname)").split():
            if "autopack" in ref:
                repositories.git(self.repo, "update-ref", "-d", ref)

    def nothing(self) -> measure.Cost:
        return measure.run([sys.executable, "-c", "pass"], cwd=self.repo, env=self.env)

    def help(self) -> measure.Cost:
        return measure.run([*AUTOPACK, "--help"], cwd=self.repo, env=self.env)

    def status(self) -> measure.Cost:
        return measure.run([*AUTOPACK, "status", "bench", "--json"], cwd=self.repo, env=self.env)

    def run_started(self) -> measure.Cost:
        """A cold `autopack run` until `run.started` is printed, which is after the run's row is committed."""
        self._fresh()
        return until(self._run(), cwd=self.repo, env=self.env, seen=lambda e: e.get("event") == "run.started")

    def first_step(self) -> measure.Cost:
        """A cold `autopack run` until the first step of its first phase ended; the baseline's tests are in it."""
        self._fresh()
        return self._first_step("phase-0")

    def resumed(self) -> measure.Cost:
        """`autopack resume` of the killed run until a step ended that had not."""
        self._fresh()
        shutil.copytree(self._stopped, self.place / "state", symlinks=True)
        for line in self._refs.splitlines():
            _, name, oid = line.split()
            repositories.git(self.repo, "update-ref", name, oid)
        argv = [*AUTOPACK, "resume", "bench", "--json"]
        return until(argv, cwd=self.repo, env=self.env,
                     seen=lambda e: e.get("event") == "step.finished" and e.get("phase") == "phase-1")  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Print and save the ratios; 0 when a resume takes at most three times a start."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=5)
    pairs = parser.parse_args(argv).pairs
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder))
        bench.status()
        kinds = {
            "python -c pass": bench.nothing, "--help": bench.help, "status": bench.status,
            "run to run.started": bench.run_started, "run to first step": bench.first_step,
            "resume to first new step": bench.resumed,
        }  # fmt: skip
        seen: dict[str, list[measure.Cost]] = {name: [] for name in kinds}
        for number in range(pairs + 1):
            for name, once in kinds.items():
                cost = once()
                if number:
                    seen[name].append(cost)
    nothing = seen["python -c pass"]
    ratios = {
        name: {part: round(measure.ratio(costs, nothing, part), 2) for part in ("cpu", "wall", "peak_mib")}
        for name, costs in seen.items()
    }
    resume, step = seen["resume to first new step"], seen["run to first step"]
    beside = {part: round(measure.ratio(resume, step, part), 2) for part in ("cpu", "wall")} | {
        "wall to run.started": round(measure.ratio(resume, seen["run to run.started"], "wall"), 2)
    }
    measure.save("start", {
        "baseline": "python -c pass; for resume also a cold run from the same base to its first step",
        "ratios": ratios, "resume beside run": beside, "goal": {"resume beside run": GOAL},
        "samples": {name: measure.rows(costs) for name, costs in seen.items()},
    })  # fmt: skip
    for name, row in ratios.items():
        print(f"{name:26} CPU x{row['cpu']:<6} wall x{row['wall']:<6} peak memory x{row['peak_mib']}")
    print(
        f"resume to first new step beside run to first step: CPU x{beside['cpu']}, wall x{beside['wall']} (goal {GOAL:g})"
    )
    return 0 if beside["wall"] <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
