"""Four runs at work that 5,000 findings stand against: repository, plans and cassettes of the latency benchmark.

Of each run the first phases fail, for their only attempt meets an auditor with 100 major issues each; their findings
stay. The phases after them go on one after the other as long as the benchmark lasts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.repositories import IDENTITY, git
from tests.kit.target import target_python

RUNS = 4
FAILING = 13
ISSUES = 100
FILES = 5
"""Files that each failing phase changes: its issues lie in lines of all of them."""
LINES = 120
WORKING = 100
DELAY_MS = 400
"""The answer of a model for the phases that work: a run is at its own steps about as long as it waits."""


def path_of(run: int, phase: int, file: int) -> str:
    return f"src/r{run}/p{phase}/f{file}.py"


def module(run: int, phase: int, file: int, added: str = "") -> str:
    return "".join(f"value_{n} = {run * phase + file + n}{added if n % 6 == 0 else ''}\n" for n in range(LINES))


def plan_of(run: int) -> str:
    def phase(name: str, paths: list[str], **more: Any) -> dict[str, Any]:
        return {"id": name, "goal": f"Do {name} of run {run}.", "scope": {"paths": paths}, **more}

    failing = [phase(f"bad-{n}", [path_of(run, n, f) for f in range(FILES)], attempt_cap=1) for n in range(FAILING)]
    working = [phase(f"good-{n}", [f"src/r{run}/count.py"]) for n in range(WORKING)]
    tests = {"runner": "command", "command": ["python3", "check.py"]}
    plan = {"autopack": 1, "run": {"id": f"load-{run}"}, "defaults": {"tests": tests}, "phases": failing + working}
    return json.dumps(plan, indent=1)


def cassette_of(run: int) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    usage = {"input_tokens": 500, "output_tokens": 100}
    for n in range(FAILING):
        paths = [path_of(run, n, f) for f in range(FILES)]
        files = [
            {"path": path, "action": "modify", "content": module(run, n, f, "  # changed")}
            for f, path in enumerate(paths)
        ]
        issues = [
            {"severity": "major", "category": "naming", "location": f"{paths[i % FILES]}:{1 + i * 23 % LINES}",
             "description": f"Issue {i}: the value has no name that says what it is.",
             "suggestion": "Name it after what it holds."}
            for i in range(ISSUES)
        ]  # fmt: skip
        lines.append({"match": {"role": "builder", "phase": f"bad-{n}"}, "usage": usage,
                      "answer": {"summary": "Change values", "files": files}})  # fmt: skip
        lines.append({"match": {"role": "auditor", "phase": f"bad-{n}"}, "usage": usage,
                      "answer": {"approved": False, "issues": issues}})  # fmt: skip
    for n in range(WORKING):
        content = f"count = {n + 1}\n"
        files = [{"path": f"src/r{run}/count.py", "action": "modify", "content": content}]
        lines.append({"match": {"role": "builder", "phase": f"good-{n}"}, "usage": usage, "delay_ms": DELAY_MS,
                      "answer": {"summary": "Count on", "files": files}})  # fmt: skip
    approves = {"approved": True, "issues": []}
    return [*lines, {"match": {"role": "auditor"}, "times": "*", "delay_ms": DELAY_MS, "answer": approves}]


def make(place: Path) -> Path:
    """The repository, with `load-N.autopack.yaml` in it and `load-N.jsonl` beside it."""
    repo = place / "repo"
    for run in range(RUNS):
        for phase in range(FAILING):
            for file in range(FILES):
                path = repo / path_of(run, phase, file)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(module(run, phase, file))
        (repo / f"src/r{run}/count.py").write_text("count = 0\n")
        (repo / f"load-{run}.autopack.yaml").write_text(plan_of(run))
        (place / f"load-{run}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in cassette_of(run)))
    (repo / "check.py").write_text("import pathlib\n\nassert pathlib.Path('src').is_dir()\n")
    git(repo, "init", "-q", "-b", "main")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "base")
    return repo


def environment(place: Path, path: str) -> dict[str, str]:
    (place / "home").mkdir(exist_ok=True)
    return {
        "PATH": path,
        "HOME": str(place / "home"),
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "AUTOPACK_STATE_DIR": str(place / "state"),
        "AUTOPACK_SANDBOX_LEVEL": "1",
        "AUTOPACK_TARGET_PYTHON": str(target_python()),
        **IDENTITY,
    }
