"""The demo's project: a git repository in use, with everything in it that a run must leave alone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

PLAN = "demo.autopack.yaml"
CASSETTE = "cassette.jsonl"


def make_project(root: Path, env: Mapping[str, str]) -> None:
    """Committed files, an uncommitted and a staged edit, an untracked file, a stash entry, another branch, a tag and a
    configuration value of the user's."""
    data = files("autopack_server.demo") / "data"
    root.mkdir()
    _copy(data / "project", root)
    (root / PLAN).write_text((data / "plan.autopack.yaml").read_text("utf-8"), "utf-8")
    git(root, env, "init", "-q", "-b", "main")
    git(root, env, "config", "user.name", "Robin")
    git(root, env, "config", "user.email", "robin@localhost")
    git(root, env, "config", "shelf.desk", "north")
    git(root, env, "add", "-A")
    git(root, env, "commit", "-q", "-m", "Catalogue, loans and a report")
    git(root, env, "tag", "v0.3.0")
    git(root, env, "branch", "experiment")
    _append(root / "src/shelf/isbn.py", "\n\n# Robin: ask about ISMN\n")
    git(root, env, "stash", "push", "-q", "-m", "ISMN, perhaps")
    _append(root / "src/shelf/books.py", "\n\n# Robin: staged, not committed\n")
    git(root, env, "add", "src/shelf/books.py")
    _append(root / "src/shelf/report.py", "\n\n# Robin: in the middle of something\n")
    (root / "ideas.txt").write_text("A reading room on Thursdays?\n", "utf-8")
    git(root, env, "status", "--short")


def write_cassette(folder: Path) -> Path:
    """The recorded answers as a file of the user's."""
    path = folder / CASSETTE
    path.write_text((files("autopack_server.demo") / "data" / CASSETTE).read_text("utf-8"), "utf-8")
    return path


def git(root: Path, env: Mapping[str, str], *words: str) -> str:
    """The user's own git, as the user would call it. Raises CalledProcessError."""
    done = subprocess.run(["git", *words], cwd=root, env=dict(env), check=True, capture_output=True, text=True)
    return done.stdout


def clean_environment(folder: Path, python: str, *, own_settings: bool) -> dict[str, str]:
    """The user's environment with Autopack's state (and, unless `own_settings`, its settings) inside `folder`."""
    ours = ("GIT_",) if own_settings else ("GIT_", "AUTOPACK_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {"AUTOPACK_STATE_DIR": str(folder / "state"), "AUTOPACK_TARGET_PYTHON": python, "PYTHONUNBUFFERED": "1"}
    if not own_settings:
        env["XDG_CONFIG_HOME"] = str(folder / "config")
    return env


def _copy(source: Traversable, target: Path) -> None:
    """Package data to files: every name loses the `.txt` that keeps tools from taking it for code of this package."""
    for entry in source.iterdir():
        if entry.is_dir():
            (target / entry.name).mkdir(exist_ok=True)
            _copy(entry, target / entry.name)
        elif entry.name.endswith(".txt"):
            (target / entry.name.removesuffix(".txt")).write_text(entry.read_text("utf-8"), "utf-8")


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")
