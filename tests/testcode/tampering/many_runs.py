"""Runs pytest in many folders from one process that has imported it once: `many_runs.py FOLDER...`.

Every folder is run in a fork of its own, as `PYTHONPATH=. python -m pytest` would; one line of JSON a folder goes to
standard output: the folder, the exit code and the outcome of every test id.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import unittest.mock  # noqa: F401 (what the runs share is imported before they fork)
from pathlib import Path

import pytest

LIMIT = 60
"""Seconds a folder's run may take before it is ended."""


class Outcomes:
    """The worst outcome of each test id, as the run itself reports it."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.of[report.nodeid] = "failed"
        elif report.skipped:
            self.of.setdefault(report.nodeid, "skipped")
        elif report.when == "call":
            self.of.setdefault(report.nodeid, "passed")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.of[report.nodeid] = "failed"


def run(folder: Path, answer: int) -> None:
    """In the fork: the folder's run, its words to a file beside it."""
    signal.alarm(LIMIT)
    words = os.open(f"{folder}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(words, 1)
    os.dup2(words, 2)
    os.chdir(folder)
    sys.path[0] = str(folder)
    sys.dont_write_bytecode = True
    if (folder / "sitecustomize.py").exists():
        sys.modules.pop("sitecustomize", None)
        import sitecustomize  # noqa: F401  # pyright: ignore[reportMissingImports, reportUnusedImport]
    outcomes = Outcomes()
    code = pytest.main(["-p", "no:cacheprovider", f"--rootdir={folder}"], plugins=[outcomes])
    os.write(answer, json.dumps({"folder": str(folder), "code": int(code), "outcomes": outcomes.of}).encode() + b"\n")


def main() -> None:
    answer = os.dup(1)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    for name in os.environ.keys() & {"PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER"}:
        del os.environ[name]
    for folder in sys.argv[1:]:
        child = os.fork()
        if child == 0:
            try:
                run(Path(folder), answer)
            finally:
                os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
