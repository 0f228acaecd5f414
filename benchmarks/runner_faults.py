"""What test runs that go wrong make of a report, and what they leave behind: 14 kinds, some trials of each.

A fault must never look like tests that passed; ten seconds after the run no process of it is left; this process stays below
400 MB, and what a run leaves in its scratch folder and log below 20 MB.

    python -m benchmarks.runner_faults [--trials N] [--kind KIND]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path

from autopack.sandbox import Sandbox
from benchmarks import measure
from tests.kit.runner_faults import GONE_SECONDS, KINDS, trial

MOST_RSS_MB = 400
MOST_ARTEFACTS_MB = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--kind", default="", choices=("", *KINDS))
    options = parser.parse_args()
    sandbox = Sandbox.best()
    wrong, slowest, largest = 0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as name:
        for number, (kind, what) in enumerate(KINDS.items()):
            if options.kind not in ("", kind):
                continue
            rows = []
            for n in range(options.trials):
                place = Path(name) / f"{number}-{n}"
                rows.append(trial(what, place, f"faults-{os.getpid()}-{number}-{n}-nonce", sandbox))
                shutil.rmtree(place, ignore_errors=True)
            bad = sum(not right for right, _, _ in rows)
            gone, left = max(r[1] for r in rows), max(r[2] for r in rows)
            wrong, slowest, largest = wrong + bad, max(slowest, gone), max(largest, left)
            print(
                f"{kind:30} {len(rows) - bad:3} of {len(rows)} as they must be, gone in {gone:.1f} s, {left:.1f} MB",
                flush=True,
            )
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"sandbox level {sandbox.level}; this process {rss:.0f} MB at most (limit {MOST_RSS_MB})")
    good = wrong == 0 and slowest < GONE_SECONDS and largest < MOST_ARTEFACTS_MB and rss < MOST_RSS_MB
    if not options.kind:
        figures = {"kinds": len(KINDS), "trials": options.trials, "wrong": wrong, "gone_seconds": round(slowest, 2),
                   "artefacts_mb": round(largest, 2), "rss_mb": round(rss, 1), "sandbox_level": sandbox.level}  # fmt: skip
        measure.save("runner-faults", figures)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
