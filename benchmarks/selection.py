"""What running the affected tests first saves where a change breaks them, and costs where it does not.

A suite of ten modules with a test file each; its tests sleep or compute in turn. An attempt that breaks one module and
one that breaks none are each judged with `tests.selection: auto` and `never`, turn by turn: the time of their test step.

    python -m benchmarks.selection [--pairs N] [--seconds S]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from autopack.events import EventName
from autopack.service import Service
from benchmarks import measure
from tests.kit.project import builder, whole
from tests.kit.tiny import make

GOAL = {"failing": 0.6, "passing": 1.25}
MODULES = 10
TESTS = 8
RIGHT = "def double(n):\n    return 2 * n\n"
CHANGES = {"failing": RIGHT.replace("2 * n", "3 * n"), "passing": RIGHT.replace("2 * n", "n + n")}
SUITE = """import time

import pytest
import part_{n}


def compute(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        sum(range(1000))


@pytest.mark.parametrize("n", range({tests}))
def test_double(n):
    (compute if n % 2 else time.sleep)({seconds})
    assert part_{n}.double(n + 1) == 2 * (n + 1)
"""


class Bench:
    """One project and its state: the base's own run of the tests is taken once, for all attempts."""

    def __init__(self, place: Path, seconds: float) -> None:
        files = {"part_0.py": RIGHT}
        for n in range(MODULES):
            files[f"part_{n}.py"] = RIGHT
            files[f"tests/test_part_{n}.py"] = SUITE.format(n=n, tests=TESTS, seconds=seconds / MODULES / TESTS)
        tests = {"runner": "pytest", "timeout_seconds": 600}
        phase = {"id": "work", "goal": "Double otherwise.", "category": "refactoring", "attempt_cap": 1,
                 "scope": {"paths": ["part_0.py"]}, "tests": tests}  # fmt: skip
        self.project = make(
            place, plan=json.dumps({"autopack": 1, "run": {"id": "t"}, "phases": [phase]}), files=files
        ).project
        self.settings = self.project.place / "home" / ".config" / "autopack" / "config.yaml"
        self.settings.parent.mkdir(parents=True)

    def __call__(self, change: str, selection: str) -> tuple[float, dict[str, Any] | None]:
        """Seconds of the test step of one attempt, and what its first run was."""
        self.settings.write_text(f"tests: {{selection: {selection}, selection_seconds: 0, mutants: 0}}\n")
        self.project.answer_with([
            builder("work", "Double otherwise", whole("part_0.py", CHANGES[change])),
            {"match": {"role": "auditor"}, "times": "*", "answer": {"approved": True, "issues": []}},
        ])  # fmt: skip
        with Service.open(self.project.root, env=self.project.environment()) as service:
            run = service.start(self.project.plan, cassette=self.project.cassette, trust=True)
            ended = asyncio.run(service.drive(run)).state
            assert (ended.value == "DONE_SUCCESS") == (change == "passing"), ended
            steps = [e for e in service.store.events(run) if e.event is EventName.STEP_FINISHED]
            (seconds,) = (float(e.data["seconds"]) for e in steps if e.data["step"] == "test")
            first = service.evidence(run, "work", 1)["test"]["first"]
        assert (first is not None) == (selection == "auto"), "a first run where one is wanted, none elsewhere"
        assert first is None or first["stopped"] == (change == "failing"), first
        return seconds, first


def main() -> int:
    """0 when both ratios are within their goals."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0, help="what the suite's tests take together")
    options = parser.parse_args()
    samples: dict[str, list[dict[str, float]]] = {change: [] for change in CHANGES}
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), options.seconds)
        for _ in range(options.pairs):
            for change, rows in samples.items():
                everything, _none = bench(change, "never")
                selected, first = bench(change, "auto")
                assert first is not None
                rows.append(
                    {"never": everything, "auto": selected, **{k: first[k] for k in ("ran", "of", "seconds", "saved")}}
                )
    ratios = {c: round(statistics.median(r["auto"] / r["never"] for r in rows), 4) for c, rows in samples.items()}
    for change, rows in samples.items():
        never, auto = (statistics.median(row[key] for row in rows) for key in ("never", "auto"))
        print(f"{change}: first {rows[0]['ran']:.0f} of {rows[0]['of']:.0f} tests {auto:.1f} s, everything at once "
              f"{never:.1f} s: x{ratios[change]:.2f} (goal {GOAL[change]})")  # fmt: skip
    measure.save("selection", {"seconds": options.seconds, "ratios": ratios, "goal": GOAL, "samples": samples})
    return 0 if all(ratios[change] <= goal for change, goal in GOAL.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
