from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kit.project import APPROVES, Project, builder, whole
from tests.kit.runs import Cli

PLAN = """\
autopack: 1
run: {id: words}
project: words
defaults:
  tests: {runner: command, command: ["true"]}
phases:
  - id: greet
    goal: Greet people.
    scope: {paths: [src/]}
  - id: part
    goal: Say goodbye.
    scope: {paths: [src/, old.txt]}
"""

GREET = builder("greet", "Greet people", whole("src/greet.py", "HELLO = 1\n", "create"))
PART = builder("part", "Say goodbye", whole("src/part.py", "BYE = 1\n", "create"))
CLEAR = builder("part", "Clear the old words away", {"path": "old.txt", "action": "delete"})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two phases whose tests are the command `true`: a run takes as long as Autopack itself."""
    made = Project(tmp_path)
    for folder in (made.root, made.state, tmp_path / "home"):
        folder.mkdir()
    made.git("init", "-q", "-b", "main")
    made.write({"src/words.py": "WORD = 1\n", "old.txt": "word\n" * 250, "plan.autopack.yaml": PLAN})
    made.commit("Base")
    made.answer_with([GREET, PART, APPROVES])
    return made


@pytest.fixture
def cli(project: Project) -> Cli:
    return Cli(project)


@pytest.fixture
def answering(project: Project) -> Callable[..., None]:
    def answer(*lines: dict[str, Any]) -> None:
        project.answer_with([*lines, APPROVES])

    return answer
