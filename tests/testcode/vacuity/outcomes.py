"""Runs pytest in many folders from one process: `python outcomes.py FOLDER...` writes one JSON object a line.

Each folder's run is a fork of this process, so pytest is imported once and no run meets the modules of another one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

LIMIT_SECONDS = 60


class Recorder:
    """The worst outcome of each test; a module's own failure or skip stands under the module's path."""

    RANK = ("passed", "skipped", "failed")

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    def _record(self, node: str, outcome: str) -> None:
        known = self.outcomes.get(node, "passed")
        self.outcomes[node] = max(known, outcome, key=self.RANK.index)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self._record(report.nodeid, report.outcome)

    def pytest_collectreport(self, report: Any) -> None:
        if report.outcome != "passed":
            self._record(report.nodeid, report.outcome)


def run_in(folder: Path, answer: int) -> None:
    """Runs in a fork and never returns; the answer goes to the file descriptor."""
    signal.alarm(LIMIT_SECONDS)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    recorder = Recorder()
    code = int(pytest.main(["-q", "-p", "no:cacheprovider", "--rootdir", str(folder)], plugins=[recorder]))
    os.write(answer, json.dumps({"exit": code, "outcomes": recorder.outcomes}).encode())
    os._exit(0)


def main() -> None:
    sys.path.pop(0)
    sys.dont_write_bytecode = True
    for name in sys.argv[1:]:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            run_in(Path(name), writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            text = pipe.read().decode()
        os.waitpid(child, 0)
        print(json.dumps({"folder": name, **json.loads(text or '{"exit": -1, "outcomes": {}}')}), flush=True)


if __name__ == "__main__":
    main()
