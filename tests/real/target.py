"""A real project as a target: its repository, its interpreter, its own suite run without Autopack."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.real.releases import CACHE, RegistryOutage, Tree, write_tree

SUITE_SECONDS = 180


def clean_environment(**extra: str) -> dict[str, str]:
    """The caller's environment without git's, Python's and Autopack's own variables."""
    dropped = ("GIT_", "PYTHON", "PYTEST_", "AUTOPACK_", "VIRTUAL_ENV")
    return {**{k: v for k, v in os.environ.items() if not k.startswith(dropped)}, **extra}


def git(folder: Path, *argv: str, data: bytes | None = None) -> str:
    env = clean_environment(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_SYSTEM=os.devnull, GIT_OPTIONAL_LOCKS="0")
    done = subprocess.run(["git", "-C", str(folder), *argv], input=data, capture_output=True, env=env)
    if done.returncode:
        raise RuntimeError(f"git {' '.join(argv)}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode("utf-8", "surrogateescape")


def make_repository(folder: Path, tree: Tree, message: str = "base") -> str:
    """A repository with one commit of exactly these bytes; the tree's id."""
    folder.mkdir(parents=True)
    write_tree(tree, folder)
    git(folder, "init", "-q", "-b", "main")
    for key, value in (("user.name", "Somebody"), ("user.email", "somebody@localhost"), ("core.autocrlf", "false")):
        git(folder, "config", key, value)
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD^{tree}").strip()


def environment(requirements: Sequence[str]) -> Path:
    """The Python of a virtual environment that holds exactly these pinned requirements, made once."""
    key = hashlib.sha256("\n".join([sys.version, *sorted(requirements)]).encode()).hexdigest()[:16]
    folder = CACHE / "venvs" / key
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
        argv = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements]
        done = subprocess.run(argv, capture_output=True, text=True, env=clean_environment())
        if done.returncode:
            raise RegistryOutage(f"pip install {' '.join(requirements)}: {done.stderr.strip()[-600:]}")
        ready.touch()
    return python


_RUNNER = """
import json, sys
import pytest
code = pytest.main(sys.argv[2:])
files = [getattr(getattr(module, "__spec__", None), "origin", None) for module in list(sys.modules.values())]
json.dump([file for file in files if isinstance(file, str)], open(sys.argv[1], "w"))
sys.exit(code)
"""


@dataclass(frozen=True)
class SuiteResult:
    """`functions` are the test functions that passed, `imported` the relative paths of the project's loaded modules."""

    exit_code: int
    functions: frozenset[str]
    passed: frozenset[str]
    failed: frozenset[str]
    imported: frozenset[str]
    tail: str

    @property
    def green(self) -> bool:
        return self.exit_code == 0 and bool(self.passed)


def run_suite(
    python: Path, folder: Path, roots: Sequence[str], args: Sequence[str], extra: Mapping[str, str]
) -> SuiteResult:
    """The project's own suite by plain pytest, beside which Autopack's verdicts are held; `extra` joins a bare
    environment, because what a suite needs set belongs into the manifest."""
    report = folder.parent / f"{folder.name}.xml"
    path = os.pathsep.join(str(folder / root) for root in roots)
    env = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "LANG": "C.UTF-8", "PYTHONPATH": path,
           "PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": "1", **extra}  # fmt: skip
    modules = folder.parent / f"{folder.name}.json"
    argv = [str(python), "-c", _RUNNER, str(modules), "-q", "-p", "no:cacheprovider", "--junitxml", str(report), *args]
    try:
        done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, timeout=SUITE_SECONDS)
    except subprocess.TimeoutExpired:
        return SuiteResult(-1, frozenset(), frozenset(), frozenset(), frozenset(), "timed out")
    passed: set[str] = set()
    failed: set[str] = set()
    if report.exists():
        for case in ET.parse(report).iter("testcase"):
            name = f"{case.get('classname')}::{case.get('name')}"
            bad = case.find("failure") is not None or case.find("error") is not None
            if bad:
                failed.add(name)
            elif case.find("skipped") is None:
                passed.add(name)
        report.unlink()
    files = json.loads(modules.read_text()) if modules.exists() else []
    top = f"{folder}{os.sep}"
    return SuiteResult(
        done.returncode,
        frozenset(name.partition("[")[0] for name in passed - failed),
        frozenset(passed - failed),
        frozenset(failed),
        frozenset(os.path.abspath(f).removeprefix(top) for f in files if os.path.abspath(f).startswith(top)),
        (done.stdout + done.stderr)[-1500:],
    )
