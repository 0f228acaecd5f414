"""Running a command and knowing what it cost: CPU of the whole tree, peak memory of its largest process, wall time."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True)
class Cost:
    """CPU seconds (user + system, descendants included), peak RSS in MiB of the largest single process, wall seconds."""

    cpu: float
    peak_mib: float
    wall: float
    code: int


def run(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Cost:
    """One run of a command; its output goes to a file that is shown when it fails."""
    started = time.monotonic()
    log = cwd.parent / "measure.log"
    with log.open("wb") as out:
        child = subprocess.Popen(list(argv), cwd=cwd, env=dict(env), stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{argv} ended with {child.returncode}:\n{log.read_text('utf-8', 'replace')[-3000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, time.monotonic() - started, child.returncode)


def alternating(pairs: int, ours: Callable[[], Cost], theirs: Callable[[], Cost]) -> tuple[list[Cost], list[Cost]]:
    """`pairs` runs of each, turn by turn, after one of each that does not count."""
    ours(), theirs()
    a: list[Cost] = []
    b: list[Cost] = []
    for _ in range(pairs):
        b.append(theirs())
        a.append(ours())
    return a, b


def ratio(ours: Sequence[Cost], theirs: Sequence[Cost], name: str) -> float:
    """Median of ours over median of theirs."""
    return statistics.median(getattr(c, name) for c in ours) / statistics.median(getattr(c, name) for c in theirs)


def save(name: str, data: dict[str, object]) -> Path:
    """Write one result with the machine it was measured on."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    facts = {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
    }
    path.write_text(json.dumps({**facts, **data}, indent=2) + "\n", "utf-8")
    return path


def rows(costs: Sequence[Cost]) -> list[dict[str, float]]:
    return [{k: round(float(v), 4) for k, v in asdict(c).items()} for c in costs]
