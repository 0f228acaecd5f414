"""A phase's own overhead (neither model nor tests) beside `git apply` + `git commit` of the same change in a plain clone.

On a generated repository of 500 files and one of 20,000: seconds and CPU per phase as ratios, seconds per step, journal
commits per phase, disk per run (state folder, worktree apart), and what a second run from the same base is spared.

    python -m benchmarks.overhead [--files N ...] [--phases N] [--keep DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks import measure, repositories

SIZES = (500, 20_000)
TO_COMMIT = ("parse", "govern", "decide", "apply")
"""The steps between the model's answer and the candidate's commit."""
COMMIT_GOALS = {500: 3.0, 20_000: 1.5}
"""Times git's apply and commit, by files of the repository."""
Row = dict[str, Any]


def used(folder: Path) -> int:
    """Bytes on disk below `folder`, links not followed, a file with several names counted once."""
    seen: set[int] = set()
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            info = (Path(place) / name).lstat()
            total += 0 if info.st_ino in seen else info.st_blocks * 512
            seen.add(info.st_ino)
    return total


def disk(state: Path) -> dict[str, int]:
    """KiB of worktrees, private repository, and the rest of the state folder."""
    whole = used(state)
    trees = sum(used(f) for f in state.glob("*/worktrees"))
    private = sum(used(f) for f in state.glob("*/repo.git"))
    return {name: round(value / 1024) for name, value in
            (("worktrees", trees), ("repo.git", private), ("journal and blobs", whole - trees - private))}  # fmt: skip


def one_run(place: Path, repo: Path, number: int) -> Row:
    """A run in a process of its own beside a fresh plain clone."""
    clone = place / f"clone-{number}"
    subprocess.run(["git", "clone", "-q", str(repo), str(clone)], check=True)
    env = repositories.environment(place, os.environ["PATH"])
    if "BENCH_PROFILE" in os.environ:
        env["BENCH_PROFILE"] = os.environ["BENCH_PROFILE"]
    argv = [sys.executable, "-m", "benchmarks.drive_one", str(repo), str(place / "cassette.jsonl"), str(clone)]
    root = Path(__file__).parents[1]
    done = subprocess.run(argv, cwd=root, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the driven run failed:\n{done.stderr[-3000:]}")
    shutil.rmtree(clone)
    return json.loads(done.stdout.splitlines()[-1])


def measured(files: int, phases: int, place: Path) -> Row:
    """Two runs on one repository."""
    repo = repositories.make(place, files, phases)
    before = disk(place / "state")
    runs: list[Row] = []
    after: list[dict[str, int]] = []
    for number in range(2):
        runs.append(one_run(place, repo, number))
        after.append(disk(place / "state"))
    own = [p for run in runs for p in run["phases"]]
    plain = [p for run in runs for p in run["plain"]]
    steps: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        for phase, step, seconds in run["steps"]:
            steps[step if phase else f"{step} (run)"].append(seconds)

    to_commit: dict[tuple[int, str], float] = defaultdict(float)
    for number, run in enumerate(runs):
        for phase, step, seconds in run["steps"]:
            if phase and step in TO_COMMIT:
                to_commit[number, phase] += seconds

    def middle(rows: list[Row], name: str) -> float:
        return statistics.median(row[name] for row in rows)

    return {
        "files": files,
        "phases": len(own),
        "wall_ratio": round(middle(own, "wall") / middle(plain, "wall"), 2),
        "cpu_ratio": round(middle(own, "cpu") / middle(plain, "cpu"), 2),
        "commit_ratio": round(statistics.median(to_commit.values()) / middle(plain, "wall"), 2),
        "phase_wall": round(middle(own, "wall"), 4),
        "phase_cpu": round(middle(own, "cpu"), 4),
        "git_wall": round(middle(plain, "wall"), 4),
        "git_cpu": round(middle(plain, "cpu"), 4),
        "commits_per_phase": round(statistics.mean(p["commits"] for p in own), 1),
        "seconds_by_step": {name: round(statistics.median(times), 4) for name, times in steps.items()},
        "create": [run["create"] for run in runs],
        "set_up": [run["set_up"] for run in runs],
        "ending": [run["ending"] for run in runs],
        "disk_kib": {"before": before, "after first run": after[0], "after second run": after[1]},
    }


def table(row: Row) -> str:
    first, second = (run["wall"] for run in row["set_up"])
    return (
        f"{row['files']:>6} files: phase {row['phase_wall'] * 1000:.0f} ms (CPU {row['phase_cpu'] * 1000:.0f}) beside "
        f"git {row['git_wall'] * 1000:.0f} ms (CPU {row['git_cpu'] * 1000:.0f}): wall x{row['wall_ratio']}, "
        f"CPU x{row['cpu_ratio']}; answer to candidate x{row['commit_ratio']}; {row['commits_per_phase']} journal commits; "
        f"set-up {first:.2f} s, second run {second:.2f} s"
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--phases", type=int, default=6)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args(argv)
    rows: list[Row] = []
    for files in asked.files:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            place = Path(folder)
            if asked.keep:
                place = asked.keep / str(files)
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir(parents=True)
            rows.append(measured(files, asked.phases, place))
        print(table(rows[-1]), flush=True)
    measure.save("overhead", {
        "baseline": "git apply --index + git commit of the same change in a plain clone, one after each phase",
        "measure": "phase.started to the next, without test processes and the replayed model; medians",
        "goal": {"commit_ratio": {str(size): goal for size, goal in COMMIT_GOALS.items()}},
        "repositories": rows,
    })  # fmt: skip
    return 1 if any(row["commit_ratio"] > COMMIT_GOALS.get(row["files"], 3.0) for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
