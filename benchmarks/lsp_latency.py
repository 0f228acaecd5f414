"""Latency of the language server while four runs are at work and 5,000 findings stand, beside a bare pygls server.

Both servers get the same requests, turn by turn, beside the same load: hover on a plan, code actions on a diagnostic,
and executeCommand. The command is one that is cheap by nature: `autopack.approval.show` of a request nobody made, which
every run is searched for and which is then refused. The bare server's handlers do nothing.

Goal: p50 and p99 at most 5 times those of the bare server, and no turn of the event loop over 20 ms of CPU since the
server answered initialize.

    python -m benchmarks.lsp_latency [--seconds N]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks import lsp_load, measure
from benchmarks.lsp_servers import BLOCK_SECONDS
from benchmarks.lsp_wire import Wire
from tests.kit.lsp_client import CAPABILITIES, uri_of

GOAL = 5.0
STANDING = 5000
PAUSE_SECONDS = 0.004
"""Between two turns, so that a person's pace of requests spreads over many moments of the load."""
WARM_UP = 50
LIST_EVERY = 40
"""Turns between two looks at all runs, such as a view takes; they load the server and are told of apart."""
SETTLING_SECONDS = 900.0
HERE = Path(__file__).parents[1]
KINDS = ("executeCommand", "codeAction", "hover")


def percentile(samples: Sequence[float], part: float) -> float:
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class Bench:
    """Both servers on one workspace, the plan of the first run open in both."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.repo = lsp_load.make(place)
        env = lsp_load.environment(place, os.environ["PATH"])
        self.reports = {name: place / f"{name}.json" for name in ("ours", "bare")}
        self.wires = {
            name: Wire([sys.executable, "-m", "benchmarks.lsp_servers", name, str(report)], cwd=HERE, env=env)
            for name, report in self.reports.items()
        }
        self.plan = self.repo / "load-0.autopack.yaml"
        self.answered = {name: self._initialize(wire) for name, wire in self.wires.items()}

    def _initialize(self, wire: Wire) -> float:
        """The moment of the initialize answer."""
        root = {"uri": uri_of(self.repo), "name": "repo"}
        wire.result("initialize", {
            "processId": os.getpid(), "rootUri": root["uri"], "workspaceFolders": [root], "capabilities": CAPABILITIES,
            "initializationOptions": {"replay": True, "onStart": "leave"},
        })  # fmt: skip
        answered = time.time()
        wire.notify("initialized", {})
        document = {"uri": uri_of(self.plan), "languageId": "yaml", "version": 1, "text": self.plan.read_text("utf-8")}
        wire.notify("textDocument/didOpen", {"textDocument": document})
        return answered

    @property
    def ours(self) -> Wire:
        return self.wires["ours"]

    def load(self) -> int:
        """Start the runs and wait until their findings stand; how many that are."""
        for run in range(lsp_load.RUNS):
            plan = self.repo / f"load-{run}.autopack.yaml"
            cassette = str(self.place / f"load-{run}.jsonl")
            self.ours.command("autopack.run.start", planUri=uri_of(plan), cassette=cassette, trust=True)
        until = time.monotonic() + SETTLING_SECONDS
        while True:
            found = self.runs()
            standing = sum(phase["findings"] for run in found for phase in run["phases"])
            good = sum(phase["id"].startswith("good-") and phase["state"] != "QUEUED"
                       for run in found for phase in run["phases"])  # fmt: skip
            if standing >= STANDING and good >= lsp_load.RUNS:
                return standing
            if time.monotonic() > until or not all(run["atWork"] for run in found):
                told = [(run["run"], run["state"], run["reason"]) for run in found]
                raise RuntimeError(f"only {standing} findings stand: {told}")
            time.sleep(1)

    def runs(self) -> list[dict[str, Any]]:
        return self.ours.command("autopack.run.list")["runs"]

    def diagnostics(self) -> list[tuple[str, dict[str, Any]]]:
        """What is published now for the runs' files: document and first diagnostic."""
        latest: dict[str, Any] = {}
        for body in self.ours.notes:
            note = json.loads(body)
            if note["method"] == "textDocument/publishDiagnostics":
                latest[note["params"]["uri"]] = note["params"]["diagnostics"]
        found = [(uri, said[0]) for uri, said in sorted(latest.items()) if said and uri.endswith(".py")]
        if not found:
            raise RuntimeError("no diagnostic is published")
        return found

    def requests(self) -> dict[str, Callable[[str, int], tuple[str, dict[str, Any]]]]:
        """By kind: what a server is asked at the n-th turn."""
        shown, text = self.diagnostics(), self.plan.read_text("utf-8")
        words = [(n, line.index('"goal"') + 2) for n, line in enumerate(text.splitlines()) if '"goal"' in line]
        uri = uri_of(self.plan)

        def command(server: str, turn: int) -> tuple[str, dict[str, Any]]:
            name = {"ours": "autopack.approval.show", "bare": "bare.nothing"}[server]
            return "workspace/executeCommand", {"command": name, "arguments": [{"requestId": f"none-{turn}"}]}

        def action(server: str, turn: int) -> tuple[str, dict[str, Any]]:
            at, diagnostic = shown[turn % len(shown)]
            context = {"diagnostics": [diagnostic], "triggerKind": 2}
            return "textDocument/codeAction", {
                "textDocument": {"uri": at}, "range": diagnostic["range"], "context": context,
            }  # fmt: skip

        def hover(server: str, turn: int) -> tuple[str, dict[str, Any]]:
            line, character = words[turn % len(words)]
            position = {"line": line, "character": character}
            return "textDocument/hover", {"textDocument": {"uri": uri}, "position": position}

        return dict(zip(KINDS, (command, action, hover), strict=True))

    def measure(self, seconds: float) -> dict[str, dict[str, list[float]]]:
        """Milliseconds of every request, by kind and server, `run.list` of ours among them."""
        asked = self.requests()
        found: dict[str, dict[str, list[float]]] = {kind: {name: [] for name in self.wires} for kind in asked}
        found["run.list"] = {"ours": []}
        empty = dict.fromkeys(asked, 0)
        until, turn = time.monotonic() + seconds, -WARM_UP
        while turn < 0 or time.monotonic() < until:
            for kind, request in asked.items():
                for name in sorted(self.wires, reverse=turn % 2 == 0):
                    spent, answer = self.wires[name].request(*request(name, turn))
                    if turn >= 0:
                        found[kind][name].append(spent * 1000)
                        empty[kind] += name == "ours" and not answer.get("result") and "error" not in answer
                    time.sleep(PAUSE_SECONDS)
            if turn >= 0 and turn % LIST_EVERY == 0:
                body = {"command": "autopack.run.list", "arguments": [{}]}
                found["run.list"]["ours"].append(self.ours.request("workspace/executeCommand", body)[0] * 1000)
            turn += 1
        if any(empty.values()):
            raise RuntimeError(f"answers with nothing in them: {empty}")
        return found

    def close(self) -> None:
        """A run that has ended meanwhile refuses to stop."""
        for run in self.runs():
            if run["atWork"]:
                with suppress(RuntimeError):
                    self.ours.command("autopack.run.stop", runId=run["run"])
        for wire in self.wires.values():
            wire.close()

    def long_turns(self, name: str, since: float = 0.0, until: float = float("inf")) -> list[dict[str, Any]]:
        told = json.loads(self.reports[name].read_text("utf-8"))["long"]
        return [turn for turn in told if since <= turn["at"] <= until]


def steps_of(runs: list[dict[str, Any]]) -> dict[str, int]:
    return {run["run"]: sum(len(a["steps"]) for phase in run["phases"] for a in phase["attempts"]) for run in runs}


def summary(samples: dict[str, list[float]]) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: {
            "n": len(spent), "p50": round(statistics.median(spent), 3), "p99": round(percentile(spent, 0.99), 3),
            "max": round(max(spent), 3),
        }
        for name, spent in samples.items()
    }  # fmt: skip
    if "bare" in told:
        told["ratio"] = {key: round(told["ours"][key] / told["bare"][key], 2) for key in ("p50", "p99")}
    return told


def worst(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The longest turns, one of each name."""
    named: dict[str, dict[str, Any]] = {}
    for turn in sorted(turns, key=lambda t: -t["cpu_ms"]):
        if turn["who"] not in named:
            named[turn["who"]] = {**{k: round(turn[k], 1) for k in ("cpu_ms", "collecting_ms")}, "count": 0}
        named[turn["who"]]["count"] += 1
    return [{"who": who, **told} for who, told in named.items()][:10]


def blocks(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [turn for turn in turns if turn["cpu_ms"] > BLOCK_SECONDS * 1000]


def main() -> int:
    """Print and save the figures; 0 when every goal is met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            standing = bench.load()
            before, since, loads = bench.runs(), time.time(), [os.getloadavg()[0]]
            samples = bench.measure(seconds)
            loads.append(os.getloadavg()[0])
            after, until = bench.runs(), time.time()
            bench.close()
        finally:
            for wire in bench.wires.values():
                wire.kill()
        went_on = {run: steps - steps_of(before)[run] for run, steps in steps_of(after).items()}
        if not all(run["atWork"] for run in after) or not all(went_on.values()):
            raise RuntimeError(f"not every run was at work: {went_on}")
        in_all, meanwhile = bench.long_turns("ours", bench.answered["ours"]), bench.long_turns("ours", since, until)
        turns = json.loads(bench.reports["ours"].read_text("utf-8"))["turns"]
        theirs = bench.long_turns("bare", bench.answered["bare"])
    results = {kind: summary(spent) for kind, spent in samples.items()}
    counted = {"while_measured": len(blocks(meanwhile)), "since_initialize": len(blocks(in_all)),
               "bare": len(blocks(theirs))}  # fmt: skip
    measure.save("lsp-latency", {
        "load": [round(one, 1) for one in loads], "seconds": seconds,
        "goal": {"ratio": GOAL, "blocks_over_20_ms": 0}, "command": "autopack.approval.show of an unknown request",
        "runs": lsp_load.RUNS, "findings": standing, "steps_meanwhile": went_on, "milliseconds": results,
        "turns": turns, "blocks_over_20_ms": counted, "longest": worst(in_all),
        "longest_while_measured": worst(meanwhile),
        "samples": {kind: {k: [round(x, 2) for x in v] for k, v in spent.items()} for kind, spent in samples.items()},
    })  # fmt: skip
    good = not counted["since_initialize"]
    for kind in KINDS:
        told = results[kind]
        good &= max(told["ratio"].values()) <= GOAL
        print(f"{kind}: " + ", ".join(
            f"{key} x{told['ratio'][key]:.2f} ({told['ours'][key]:.1f} ms beside {told['bare'][key]:.1f})"
            for key in ("p50", "p99")
        ))  # fmt: skip
    print(f"goal x{GOAL:g}; turns of the event loop over 20 ms: {counted}, {standing:,} findings, 4 runs at work")
    for told in worst(in_all)[:5]:
        print(
            f"  {told['cpu_ms']:.0f} ms ({told['collecting_ms']:.0f} collecting garbage), {told['count']}x {told['who']}"
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
