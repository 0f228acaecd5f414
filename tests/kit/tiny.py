"""The smallest projects worth a run: one module, one script that judges it, plans written as data.

A script by exit code instead of pytest: a whole phase takes a tenth of a second beside what Autopack itself needs.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autopack.repo import UserRepo
from autopack.store import Store
from tests.kit.invariants import left_behind, state_folder
from tests.kit.project import APPROVES, Project, builder, whole
from tests.kit.runs import Cli, Ended, traceback_in

JUDGE = {"runner": "command", "command": ["python3", "check.py"]}
ADD = "def add(a, b):\n    return a + b\n"
SUB = ADD + "\n\ndef sub(a, b):\n    return a - b\n"
MUL = ADD + "\n\ndef mul(a, b):\n    return a * b\n"
WRONG = ADD.replace("a + b", "a - b")
FILES = {
    "app.py": ADD,
    "check.py": "import app\n\nassert app.add(2, 3) == 5\n",
    "table.py": "".join(f"row_{n} = {n}\n" for n in range(230)),
}


def phase(name: str = "work", *paths: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "goal": f"Do {name}.", "scope": {"paths": list(paths) or ["app.py"]}, **more}


def plan_of(*phases: Mapping[str, Any], run: Mapping[str, Any] | None = None, **top: Any) -> str:
    """JSON, which is YAML: the plan's text."""
    data = {"autopack": 1, "run": {"id": "t", **(run or {})}, "defaults": {"tests": JUDGE}, **top,
            "phases": list(phases) or [phase()]}  # fmt: skip
    return json.dumps(data, indent=1, ensure_ascii=False)


def answer(name: str = "work", content: str = SUB, path: str = "app.py", **match: Any) -> dict[str, Any]:
    return builder(name, f"Change {path}", whole(path, content), **match)


DELETES = {"path": "table.py", "action": "delete"}
"""230 lines go: a person is asked."""


def make(
    place: Path,
    *phases: Mapping[str, Any],
    answers: Sequence[Mapping[str, Any]] = (),
    files: Mapping[str, str] | None = None,
    plan: str = "",
    run: Mapping[str, Any] | None = None,
) -> Cli:
    """The command line on a committed project; without answers one phase `work` goes straight through."""
    project = Project(place / "trial")
    for folder in (project.root, project.state, project.place / "home"):
        folder.mkdir(parents=True)
    project.git("init", "-q", "-b", "main")
    project.write({**FILES, **(files or {}), "plan.autopack.yaml": plan or plan_of(*phases, run=run)})
    project.commit("Base")
    project.answer_with([*(answers or [answer()]), APPROVES])
    return Cli(project)


@contextlib.contextmanager
def untouched(project: Project) -> Iterator[None]:
    """What happens inside leaves the user's tree, index, configuration, stash and refs as they were (I1)."""
    before = UserRepo.open(project.root).fingerprint()
    yield
    assert before.difference(UserRepo.open(project.root).fingerprint()) == []


@contextlib.contextmanager
def byte_identical(folder: Path) -> Iterator[None]:
    """Not a byte, mode or time below the folder changes: for starts that are refused."""
    before = _everything(folder)
    yield
    after = _everything(folder)
    assert {
        k: (before.get(k), after.get(k)) for k in before.keys() | after.keys() if before.get(k) != after.get(k)
    } == {}


def _everything(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        info = path.lstat()
        data = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        when = 0 if path.is_dir() else info.st_mtime_ns
        found[str(path.relative_to(folder))] = f"{info.st_mode:o} {when} {hashlib.sha256(data).hexdigest()}"
    return found


def findings(ended: Ended) -> list[dict[str, Any]]:
    """Every finding the process told of, in order."""
    return [e["finding"] for e in ended.events if e.get("event") == "finding.added"]


def codes(ended: Ended) -> list[str]:
    return [f["code"] for f in findings(ended)]


def one(ended: Ended, code: str) -> dict[str, Any]:
    """The first finding of that code."""
    found = [f for f in findings(ended) if f["code"] == code]
    assert found, f"no {code} among {codes(ended)}\n{ended}"
    return found[0]


def expect(ended: Ended, code: int, state: str = "") -> Ended:
    """The exit code is true, the last event says the same, and nothing of ours leaked as a traceback."""
    assert ended.code == code, str(ended)
    assert not traceback_in(ended), ended.stderr
    if state:
        last = ended.events[-1]
        assert (last["event"], last["state"]) == ("run.finished" if code < 2 else "run.stopped", state), str(ended)
    return ended


def refused(ended: Ended, code: int, rule: str) -> dict[str, Any]:
    """The one error line of a start that did not happen."""
    assert ended.code == code, str(ended)
    assert not traceback_in(ended), ended.stderr
    (line,) = ended.events
    assert (line["event"], line["code"]) == ("error", rule), str(ended)
    assert line["hint"], "an error says what to do"
    return line


def sound(project: Project, run: str = "t") -> None:
    """The journal holds its invariants, the lock is free, nothing of the run is alive (I4, I5, I6)."""
    with Store.open(state_folder(project)) as store:
        assert store.check_invariants(run) == []
        assert not store.owned(run)
        assert left_behind(project, store.run(run).nonce) == []


def published(project: Project, path: str, run: str = "t") -> str:
    """A file as the run's branch has it."""
    return project.git("show", f"autopack/{run}:{path}")
