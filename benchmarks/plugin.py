"""What our pytest plugin adds to a suite of 5,000 tests, beside plain `pytest -q` of the same suite, turn by turn.

The suite is 50 modules of 100 tests with a fixture, a tenth of them parametrised; a test takes what an assertion takes.
Both run in the same environment and interpreter; ours is started exactly as a run of Autopack starts it, its records read.
What else the machine does only ever adds to a run: the figure is the least of ours by the least of plain, beside the median
of the pairs and its spread.
With --lines ours measures lines too, and of one file which test executed which; there is no goal for that.

    python -m benchmarks.plugin [--pairs N] [--tests N] [--lines]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from autopack.model.plan import Tests
from autopack.model.test_report import RunnerEnd
from autopack.sandbox import Sandbox
from autopack.testing import TestJob, run_tests, test_environment
from benchmarks import measure
from tests.kit.target import target_python

GOAL = 1.03
MODULES = 50
HEAD = """import pytest
from shop import total

@pytest.fixture
def cart():
    return [(2, 3), (5, 1)]

"""


def write_suite(folder: Path, tests: int) -> None:
    (folder / "shop.py").write_text("def total(items):\n    return sum(p * n for p, n in items)\n")
    each = tests // MODULES
    for module in range(MODULES):
        lines = [
            "import pytest\n",
            "from shop import total\n\n",
            "@pytest.fixture\ndef cart():\n    return [(2, 3), (5, 1)]\n\n",
        ]
        for number in range(each - each // 10):
            lines.append(f"def test_{number}(cart):\n    assert total(cart) + {number} == {11 + number}\n\n")
        lines.append(
            f"@pytest.mark.parametrize('n', range({each // 10}))\ndef test_cases(cart, n):\n    assert total(cart) > n\n"
        )
        (folder / f"test_module_{module}.py").write_text("".join(lines))


class Spent(NamedTuple):
    """Seconds: by the clock, of CPU in children, of CPU in this process."""

    wall: float
    children: float
    here: float

    @classmethod
    def now(cls) -> Spent:
        used = os.times()
        return cls(time.monotonic(), used.children_user + used.children_system, used.user + used.system)

    def since(self, begun: Spent) -> Spent:
        return Spent(*(b - a for a, b in zip(begun, self, strict=True)))


class Ours:
    def __init__(self, folder: Path, scratch: Path, tests: int, lines: bool) -> None:
        self.job = TestJob(
            tests=Tests(runner="pytest", args=["-q"], timeout_seconds=600), worktree=folder, tree="0" * 40,
            python=target_python(), scratch=scratch, sandbox=Sandbox.at(1), nonce="n" * 16,
            lines=lines, changed=("shop.py",),
        )  # fmt: skip
        self.count = tests

    def __call__(self) -> Spent:
        begun = Spent.now()
        report = asyncio.run(run_tests(self.job))
        spent = Spent.now().since(begun)
        assert report.end is RunnerEnd.FINISHED and len(report.results) == self.count, report.detail
        assert (report.executed_lines is not None) == self.job.lines, report.no_lines
        return spent


def plain(folder: Path, env: dict[str, str]) -> Spent:
    argv = [str(target_python()), "-m", "pytest", "-q", str(folder)]
    begun = Spent.now()
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    return Spent.now().since(begun)


def _pair(ours: Callable[[], Spent], other: Callable[[], Spent], *, first: bool) -> tuple[Spent, Spent]:
    """Ours and the other, in this order or, where `first` is false, the other way round: drift favours neither."""
    if first:
        return ours(), other()
    spent = other()
    return ours(), spent


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--tests", type=int, default=5000)
    parser.add_argument("--lines", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, scratch = Path(name) / "suite", Path(name) / "scratch"
        folder.mkdir()
        scratch.mkdir()
        write_suite(folder, options.tests)
        env = test_environment(folder, target_python(), scratch, {}, [])
        ours = Ours(folder, scratch, options.tests, options.lines)
        ours(), plain(folder, env)
        pairs = [_pair(ours, lambda: plain(folder, env), first=n % 2 == 0) for n in range(options.pairs)]
    walls = sorted(a.wall / b.wall for a, b in pairs)
    cpus = sorted(a.children / b.children for a, b in pairs)
    ratio, cpu = statistics.median(walls), statistics.median(cpus)
    ours_wall, plain_wall = (statistics.median(each[i].wall for each in pairs) for i in (0, 1))
    reader = statistics.median(a.here for a, _ in pairs)
    print(f"{options.tests} tests, {options.pairs} pairs: ours {ours_wall:.2f} s, plain {plain_wall:.2f} s")
    least, least_cpu = (min(a[i] for a, _ in pairs) / min(b[i] for _, b in pairs) for i in (0, 1))
    print(f"ratio of the least {least:.3f}, goal {GOAL}; of pairs {ratio:.3f} ({walls[0]:.3f} to {walls[-1]:.3f})")
    print(f"CPU of the test process {least_cpu:.3f}, of pairs {cpu:.3f}, of the reader {reader:.2f} s")
    figures = {"tests": options.tests, "wall": [round(r, 4) for r in walls], "cpu": [round(r, 4) for r in cpus]}
    figures |= {"median": round(ratio, 4), "cpu_median": round(cpu, 4)}
    figures |= {"least": round(least, 4), "cpu_least": round(least_cpu, 4)}
    if options.lines:
        measure.save("plugin-lines", figures)
        return 0
    measure.save("plugin", {**figures, "goal": GOAL})
    return 0 if least <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
