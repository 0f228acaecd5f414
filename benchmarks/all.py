"""Every benchmark, one table, results in benchmarks/results; `make bench`.

python -m benchmarks.all [--quick]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import measure
from tests.real.releases import CACHE

LIMIT_SECONDS = 600.0
HERE = Path(__file__).parent


def parts(quick: bool) -> list[tuple[str, list[str]]]:
    """Name and arguments of each benchmark, in order; real_input where it has what it reads."""
    found = [
        ("cost", ["--pairs", "2" if quick else "5"]),
        ("start", ["--pairs", "1" if quick else "5"]),
        ("lsp_start", ["--pairs", "2" if quick else "15"]),
        ("lsp_latency", ["--seconds", "10" if quick else "60"]),
        ("overhead", ["--files", "500", "--phases", "2"] if quick else ["--phases", "4"]),
    ]
    found.append(("selection", ["--pairs", "1", "--seconds", "6" if quick else "10"]))
    if not quick:
        found.append(("lsp_memory", ["--cycles", "100", "--minutes", "4"]))
    if not quick and any(CACHE.glob("**/*.tar.gz")):
        found.append(("real_input", []))
    return found


def finished(name: str, args: list[str], seconds: float) -> bool:
    """Whether the benchmark met its goals within so many seconds."""
    try:
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *args], cwd=HERE.parent, timeout=seconds)
    except subprocess.TimeoutExpired:
        print(f"{name} did not end in the {seconds:.0f} s left; alone: python -m benchmarks.{name}", flush=True)
        return False
    return done.returncode == 0


def rows(results: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What was measured, the figure, its goal."""
    table: list[tuple[str, str, str]] = []
    cost = results.get("cost")
    if cost:
        table += [
            (f"one phase beside a plain script, {name}", f"x{cost[key]:.2f}", f"x{cost['goal'][key]}")
            for name, key in (("CPU", "cpu_ratio"), ("peak memory", "peak_ratio"))
        ]  # fmt: skip
    for row in (results.get("overhead") or {"repositories": []})["repositories"]:
        name = f"a phase's own overhead beside git, {row['files']:,} files"
        table.append((f"{name}, CPU", f"x{row['cpu_ratio']:.1f} ({row['phase_cpu'] * 1000:.0f} ms)", ""))
        table.append((f"{name}, wall", f"x{row['wall_ratio']:.1f} ({row['phase_wall'] * 1000:.0f} ms)", ""))
        goal = (results["overhead"].get("goal") or {"commit_ratio": {}})["commit_ratio"].get(str(row["files"]))
        what = f"answer to candidate beside git apply and commit, {row['files']:,} files"
        table.append((what, f"x{row['commit_ratio']:.1f}", f"x{goal:g}" if goal else ""))
        table.append((f"journal commits a phase, {row['files']:,} files", f"{row['commits_per_phase']:.0f}", ""))
        first, second = (run["wall"] for run in row["set_up"])
        table.append((f"set-up, first and second run, {row['files']:,} files", f"{first:.2f} s, {second:.2f} s", ""))
        disk = row["disk_kib"]["after second run"]
        apart = sum(v for k, v in disk.items() if k != "worktrees")
        table.append(
            (f"disk of two runs, {row['files']:,} files", f"{apart:,} KiB + worktree {disk['worktrees']:,}", "")
        )
    real = (results.get("real_input") or {}).get("summary")
    if real:
        good = real["complete_and_identical"]
        told = f"{good} of {real['runs']} ({real['change_sets']} sets, {real['projects']} projects)"
        table.append(("real change sets complete and byte-identical", told, ""))
        table.append(("seeded regressions completed", f"{real['regressions_completed']} of {real['regressions']}", "0"))
    selection = results.get("selection")
    if selection:
        for change, ratio in selection["ratios"].items():
            what = f"a {change} attempt, affected tests first beside everything, {selection['seconds']:g} s of tests"
            table.append((what, f"x{ratio:.2f}", f"x{selection['goal'][change]:g}"))
    start = results.get("start")
    if start:
        for name, ratio in start["ratios"].items():
            if name != "python -c pass":
                table.append((f"{name} beside python -c pass, CPU", f"x{ratio['cpu']:.1f}", ""))
        beside, goal = start["resume beside run"], start["goal"]["resume beside run"]
        table.append(("resume to first new step beside run to first step", f"x{beside['wall']:.2f}", f"x{goal:g}"))
    return table + server_rows(results)


def server_rows(results: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The same of the language server."""
    table: list[tuple[str, str, str]] = []
    editor = results.get("lsp_start")
    if editor:
        for name, part in (("CPU", "cpu"), ("wall", "wall")):
            what = f"language server to the answer to initialize beside bare pygls, {name}"
            table.append((what, f"x{editor['ratios'][part]:.2f}", f"x{editor['goal'][part]:g}"))
    latency = results.get("lsp_latency")
    if latency:
        for kind, found in latency["milliseconds"].items():
            for part, ratio in found.get("ratio", {}).items():
                what = (
                    f"{kind} with {latency['findings']:,} findings and {latency['runs']} runs beside bare pygls, {part}"
                )
                table.append((what, f"x{ratio:.2f}", f"x{latency['goal']['ratio']:g}"))
        blocks = latency["blocks_over_20_ms"]["since_initialize"]
        table.append(("turns of its event loop over 20 ms of CPU", str(blocks), "0"))
    memory = results.get("lsp_memory")
    if memory:
        grown, goal = memory["per_100_cycles"]["rss"]["slope"], memory["goal"]["kib_per_100_cycles"]
        table.append(("its memory, idle", f"{memory['idle']['rss'] / 1024:.0f} MiB", ""))
        table.append(("its memory over 100 starts and stops of a run", f"{grown:+.0f} KiB", f"{goal:g}"))
    return table


def main() -> int:
    """0 when every benchmark met its goals in time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="one or two turns each: shows that they work")
    quick = parser.parse_args().quick
    began = time.monotonic()
    results: dict[str, Any] = {}
    failed: list[str] = []
    for name, args in parts(quick):
        print(f"-- {name}", flush=True)
        left = LIMIT_SECONDS - (time.monotonic() - began)
        failed += [] if finished(name, args, left) else [name]
        path = measure.RESULTS / f"{name.replace('_', '-')}.json"
        if path.exists():
            results[name] = json.loads(path.read_text("utf-8"))
    seconds = time.monotonic() - began
    table = rows(results)
    wide = max(len(what) for what, _, _ in table)
    print()
    for what, figure, goal in table:
        print(f"{what:{wide}}  {figure}{f'  (at most {goal})' if goal else ''}")
    print(f"\n{seconds:.0f} s of at most {LIMIT_SECONDS:.0f}; results in benchmarks/results")
    if failed:
        print(f"not as it must be: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed or seconds > LIMIT_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
