"""The command line as real processes: start, kill, go on; its events read from stdout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kit.project import Project
from tests.kit.starter import starter_of

MODULE = (sys.executable, "-m", "autopack_server.cli.main")
PATIENCE = 90.0


@dataclass(frozen=True)
class Ended:
    """One process that ended: `code` is negative for a signal; `events` are the JSON lines of stdout."""

    args: tuple[str, ...]
    code: int
    events: list[dict[str, Any]]
    stderr: str
    seconds: float

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL

    def last(self, name: str) -> dict[str, Any]:
        """The last event of that name; {} when there was none."""
        return next((e for e in reversed(self.events) if e.get("event") == name), {})

    def __str__(self) -> str:
        return f"autopack {' '.join(self.args)} -> {self.code}\n{self.stderr[-2000:]}\n{self.events[-3:]}"


@dataclass(frozen=True)
class Cli:
    """`autopack` on one project."""

    project: Project

    def start(self, *args: str, fault: str = "", env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*MODULE, *args, "--json"], cwd=self.project.root, env=self._environment(fault, env), text=True,
            start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def _environment(self, fault: str, env: dict[str, str] | None) -> dict[str, str]:
        known = self.project.environment() | (env or {})
        if fault:
            flag = self.project.place / "fault"
            flag.touch()
            known |= {"AUTOPACK_FAULT": fault, "AUTOPACK_FAULT_ENABLE": str(flag)}
        return known

    def __call__(self, *args: str, fault: str = "", env: dict[str, str] | None = None) -> Ended:
        began = time.monotonic()
        known = self._environment(fault, env)
        answer = starter_of(os.getpid()).call((*args, "--json"), self.project.root, known, PATIENCE)
        assert answer.code is not None, _hung(args, answer.out, answer.err)
        return Ended(args, answer.code, _events(answer.out), answer.err, time.monotonic() - began)

    def run(self, *more: str, fault: str = "", env: dict[str, str] | None = None) -> Ended:
        """`autopack run` of the project's plan on its cassette."""
        return self(*self.run_words(), *more, fault=fault, env=env)

    def run_words(self) -> tuple[str, ...]:
        plan = str(self.project.plan.relative_to(self.project.root))
        return ("run", plan, "--cassette", str(self.project.cassette), "--trust-plan")

    def trace(self, *args: str) -> tuple[Ended, list[str]]:
        """Like a call (`run` starts the plan), with every fault point it passed, in order."""
        flag = self.project.place / "fault"
        flag.unlink(missing_ok=True)
        ended = self.run(fault="*:trace") if args == ("run",) else self(*args, fault="*:trace")
        passed = flag.read_text().splitlines()
        flag.unlink()
        return ended, passed


def typed(project: Project, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """As a person types it, without --json."""
    return subprocess.run(
        [*MODULE, *words], cwd=project.root, env=project.environment() | (env or {}), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


def end_of(process: subprocess.Popen[str], args: tuple[str, ...] = (), began: float | None = None) -> Ended:
    """Wait for a process and read what it said. A process that hangs is ended and fails the test."""
    began = time.monotonic() if began is None else began
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(_hung(args, out, err)) from None
    return Ended(args, process.returncode, _events(out), err, time.monotonic() - began)


def _hung(args: tuple[str, ...], out: str, err: str) -> str:
    return f"autopack {' '.join(args)} hung:\n{err[-3000:]}\n{out[-3000:]}"


def _events(out: str) -> list[dict[str, Any]]:
    """Whole lines only: a kill may cut the last one."""
    lines = out.split("\n")
    return [json.loads(line) for line in lines[:-1] if line.startswith("{")]


Word = Callable[[dict[str, Any]], tuple[str, ...]]
"""What a person adds to `approve` when they are shown this request."""


def plainly(asked: dict[str, Any]) -> tuple[str, ...]:
    """Nothing."""
    return ()


def finish(cli: Cli, run: str, *, at_most: int = 6, word: Word = plainly) -> list[Ended]:
    """Do what a person does until the run ends: resume it, approve what it asks; a run that never began is started."""
    done: list[Ended] = []
    for _ in range(at_most):
        ended = cli("resume", run)
        if ended.code == 2 and f"there is no run {run!r}" in ended.stderr:
            ended = cli.run()
        done.append(ended)
        if ended.code in (0, 1):
            return done
        assert ended.code == 3, f"the run cannot go on\n{ended}"
        stopped = ended.last("run.stopped")
        assert "broke off" not in stopped.get("reason", ""), f"the run cannot go on\n{ended}"
        waiting = stopped.get("waiting")
        if waiting:
            more = () if word is plainly else word(*cli("status", run).events[0]["requests"])
            done.append(cli("approve", run, waiting[0], *more))
            assert done[-1].code == 0, str(done[-1])
    raise AssertionError("the run does not end:\n" + "\n".join(str(e) for e in done))


def traceback_in(ended: Ended) -> bool:
    return "Traceback (most recent call last)" in ended.stderr or "did not expect this" in ended.stderr


def copy_of(folder: Path, to: Path) -> None:
    """A copy with times and links kept, made where nothing is."""
    subprocess.run(["cp", "-a", "--", str(folder), str(to)], check=True)
