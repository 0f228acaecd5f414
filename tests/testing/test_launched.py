"""A runner that cannot be started just now is tried again; what was started never is."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autopack.model.test_report import RunnerEnd, TestOutcome, TestReport
from autopack.sandbox import CannotStart, ProcessResult, ProcessSpec, Sandbox
from tests.testing.conftest import Target

NO_PAUSE = (0.0, 0.0)


class Watched:
    """A sandbox that does something before each start, and counts them."""

    def __init__(self, before: Callable[[int], None]) -> None:
        self.real = Sandbox.best()
        self.level = self.real.level
        self.starts = 0
        self._before = before

    async def run(self, spec: ProcessSpec, on_channel: Callable[[bytes], None] | None = None) -> ProcessResult:
        self.starts += 1
        self._before(self.starts)
        return await self.real.run(spec, on_channel=on_channel)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(tmp_path).write({"tool": "#!/bin/sh\nexit ${STATUS:-0}\n", "test_a.py": "def test_a(): pass\n"})


def run(target: Target, before: Callable[[int], None], **more: Any) -> tuple[TestReport, int]:
    (target.root / "tool").chmod(0o755)
    watched = Watched(before)
    target.sandbox = watched  # type: ignore[assignment]
    how = more or {"runner": "command", "command": ["./tool"]}
    report = target.run(**{"patience": NO_PAUSE, **how})
    return report, watched.starts


def short_of_means(times: int) -> Callable[[int], None]:
    def fail(start: int) -> None:
        if start <= times:
            raise CannotStart(errno.EAGAIN, "no more processes")

    return fail


def test_a_program_that_somebody_writes_is_tried_until_it_is_written(target: Target) -> None:
    writer = (target.root / "tool").open("ab")

    def close_at_the_third(start: int) -> None:
        if start == 3:
            writer.close()

    report, starts = run(target, close_at_the_third)
    assert (report.end, report.results[0].outcome, starts) == (RunnerEnd.FINISHED, TestOutcome.PASSED, 3)


def test_after_three_tries_it_is_said(target: Target) -> None:
    with (target.root / "tool").open("ab"):
        report, starts = run(target, lambda _: None)
    assert (report.end, starts) == (RunnerEnd.NOT_STARTED, 3)
    assert "Text file busy" in report.detail


def test_a_machine_short_of_means_is_waited_for(target: Target) -> None:
    report, starts = run(target, short_of_means(2), runner="pytest", paths=["test_a.py"])
    assert (report.end, len(report.results), starts) == (RunnerEnd.FINISHED, 1, 3)
    with pytest.raises(CannotStart):
        run(target, short_of_means(3), runner="pytest", paths=["test_a.py"])


def test_near_the_end_of_the_runs_time_nothing_is_waited_for(target: Target) -> None:
    with (target.root / "tool").open("ab"):
        report, starts = run(target, lambda _: None, runner="command", command=["./tool"], patience=())
    assert (report.end, starts) == (RunnerEnd.NOT_STARTED, 1)


@pytest.mark.parametrize(
    ("more", "end"),
    [
        ({"runner": "command", "command": ["./tool"], "env": {"STATUS": "1"}}, RunnerEnd.FINISHED),
        ({"runner": "command", "command": ["./tool"], "env": {"STATUS": "126"}}, RunnerEnd.FINISHED),
        ({"runner": "command", "command": ["./nothing"]}, RunnerEnd.NOT_STARTED),
        ({"runner": "command", "command": ["./test_a.py"]}, RunnerEnd.NOT_STARTED),
    ],
    ids=["failed", "failed as if it had not started", "is not there", "may not be executed"],
)
def test_nothing_else_is_tried_again(target: Target, more: dict[str, Any], end: RunnerEnd) -> None:
    report, starts = run(target, lambda _: None, **more)
    assert (report.end, starts) == (end, 1)


def test_the_same_at_level_1(target: Target) -> None:
    spec_of = replace(target.job(runner="command", command=["./tool"]), sandbox=Sandbox.at(1))
    (target.root / "tool").chmod(0o755)
    target.sandbox = spec_of.sandbox
    with (target.root / "tool").open("ab"):
        report = target.run(runner="command", command=["./tool"], patience=(0.0,))
    assert "Text file busy" in report.detail
