"""A small git project with a plan and a cassette: what a run of the whole product is given in these tests."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kit.target import target_python

AUTHOR = {"NAME": "A User", "EMAIL": "user@example.invalid", "DATE": "2026-01-02T03:04:05Z"}
NO_TRIALS = "tests: {mutants: 0, rewording_seconds: 0}\n"
"""Settings for a run that is not about trials on wrong code: each of them starts a test run."""
APPROVES = {"match": {"role": "auditor"}, "times": "*", "answer": {"approved": True, "issues": []}}


@dataclass(frozen=True)
class Project:
    """`place` holds everything of one trial: repository, state folder, home, cassette."""

    place: Path

    @property
    def root(self) -> Path:
        return self.place / "repo"

    @property
    def state(self) -> Path:
        return self.place / "state"

    @property
    def plan(self) -> Path:
        return self.root / "plan.autopack.yaml"

    @property
    def cassette(self) -> Path:
        return self.place / "cassette.jsonl"

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", *args], cwd=self.root, env=self.environment(), capture_output=True, text=True)
        assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr}"
        return done.stdout.strip()

    def environment(self) -> dict[str, str]:
        """Nothing of whoever runs the tests but PATH."""
        who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in AUTHOR.items()}
        return who | {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place / "home"),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "AUTOPACK_STATE_DIR": str(self.state),
            "AUTOPACK_SANDBOX_LEVEL": "1",
            "AUTOPACK_TARGET_PYTHON": str(target_python()),
        }

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def settle(self, settings: str) -> None:
        """Give the user these settings of their own (YAML) from the next process on."""
        own = self.place / "home" / ".config" / "autopack" / "config.yaml"
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(settings, "utf-8")

    def answer_with(self, lines: Sequence[Mapping[str, Any]]) -> None:
        self.cassette.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


@dataclass(frozen=True)
class Scenario:
    """Files of the base, the plan's text, the cassette's lines; `commits` are phases that complete."""

    files: Mapping[str, str]
    plan: str
    cassette: Sequence[Mapping[str, Any]]
    commits: int
    dirty: Mapping[str, str] = field(default_factory=dict[str, str])
    settings: str = "tests: {mutants: 1}\n"

    def make(self, place: Path) -> Project:
        """The project, with a user's unfinished work, a stash and an ignored file in it: what a run must not touch."""
        project = Project(place)
        for folder in (project.root, project.state, place / "home"):
            folder.mkdir(parents=True)
        project.git("init", "-q", "-b", "main")
        project.write({**self.files, "plan.autopack.yaml": self.plan, ".gitignore": "*.local\n"})
        project.commit("Base")
        project.git("branch", "other")
        project.write({"notes.txt": "stashed words\n"})
        project.git("stash", "push", "-q", "--include-untracked")
        project.write({"README.md": "words in the making\n", "todo.txt": "untracked\n", "secret.local": "ignored\n"})
        project.git("add", "README.md")
        project.write({**self.dirty})
        project.answer_with(self.cassette)
        project.settle(self.settings)
        return project


def whole(path: str, content: str, action: str = "modify") -> dict[str, Any]:
    return {"path": path, "action": action, "content": content}


def builder(phase: str, summary: str, *files: dict[str, Any], **match: Any) -> dict[str, Any]:
    """A cassette line: one answer of the Builder, with the usage a model would report."""
    return {
        "match": {"role": "builder", "phase": phase, **match},
        "answer": {"summary": summary, "files": list(files)},
        "usage": {"input_tokens": 500, "output_tokens": 100},
    }


_BASE = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n"
_MUL = _BASE + "\n\ndef mul(a, b):\n    return a * b\n"
_NEG = "\n\ndef neg(a):\n    return -a\n"
_FILES = {
    "README.md": "A calculator.\n",
    "calc.py": _BASE,
    "legacy.py": "".join(f"OLD_{n} = {n}\n" for n in range(230)),
    "tests/test_calc.py": (
        "from calc import add, sub\n\n\n"
        "def test_add():\n    assert add(2, 3) == 5\n\n\n"
        "def test_sub():\n    assert sub(5, 3) == 2\n"
    ),
}


def _words(*names: str) -> list[dict[str, Any]]:
    return [whole(f"words/{name}.md", f"{name}\n", "create") for name in names]


THREE_PHASES = Scenario(
    files=_FILES,
    plan="""\
autopack: 1
run: {id: three}
defaults: {tests: {paths: [tests/]}}
workspace:
  setup: [["python3", "-c", "open('made.txt', 'w').write('made by setup')"]]
phases:
  - id: straight
    goal: Add multiplication.
    scope: {paths: [calc.py, words/]}
    deliverables: [calc.py, words/one.md, words/two.md, words/three.md, words/four.md]
  - id: repaired
    goal: Add negation.
    depends_on: [straight]
    scope: {paths: [calc.py]}
  - id: asked
    goal: Remove the legacy table.
    depends_on: [repaired]
    scope: {paths: [legacy.py]}
""",
    cassette=[
        builder("straight", "Add mul", whole("calc.py", _MUL), *_words("one", "two"), attempt=1, call=1),
        builder("repaired", "Add neg", whole("calc.py", _MUL.replace("a - b", "b - a") + _NEG), attempt=1),
        builder("repaired", "Add neg", whole("calc.py", _MUL + _NEG), contains="AP401"),
        builder("asked", "Remove the table", {"path": "legacy.py", "action": "delete"}, attempt=1),
        builder("straight", "Say more", *_words("three", "four"), attempt=1, call=2),
        APPROVES,
    ],
    commits=3,
)
"""One phase goes straight through, in two parts, one is repaired at its second attempt, one deletes so much that a person
is asked."""

ONE_PHASE = Scenario(
    files=_FILES,
    plan="""\
autopack: 1
run: {id: one}
defaults: {tests: {paths: [tests/]}}
phases:
  - id: straight
    goal: Add multiplication.
    scope: {paths: [calc.py]}
""",
    cassette=[builder("straight", "Add mul", whole("calc.py", _MUL), attempt=1), APPROVES],
    commits=1,
)
