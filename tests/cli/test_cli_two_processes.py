from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import CLEAR, GREET, PART
from tests.kit.project import Project
from tests.kit.runs import Cli


def until(process: subprocess.Popen[str], name: str, **fields: Any) -> list[dict[str, Any]]:
    """Events of a running `--json` process up to and with the first that is asked for."""
    assert process.stdout is not None
    seen: list[dict[str, Any]] = []
    for line in process.stdout:
        seen.append(json.loads(line))
        if seen[-1]["event"] == name and all(seen[-1].get(k) == v for k, v in fields.items()):
            return seen
    raise AssertionError(f"no {name}: {process.wait()} {process.stderr.read() if process.stderr else ''}")


def rest(process: subprocess.Popen[str]) -> tuple[int, list[dict[str, Any]]]:
    out, _ = process.communicate(timeout=60)
    return process.returncode, [json.loads(line) for line in out.splitlines()]


def start(cli: Cli, *more: str) -> subprocess.Popen[str]:
    project = cli.project
    return cli.start("run", "plan.autopack.yaml", "--trust-plan", "--cassette", str(project.cassette), *more)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_step_in_hand_and_resume_goes_on(
    cli: Cli, answering: Callable[..., None], number: signal.Signals
) -> None:
    answering(GREET | {"delay_ms": 1500}, PART)
    process = start(cli)
    until(process, "step.started", step="build")
    process.send_signal(number)
    code, events = rest(process)
    assert code == 3
    assert (events[-1]["event"], events[-1]["state"], events[-1]["waiting"]) == ("run.stopped", "STOPPED", [])
    steps = [e["step"] for e in events if e["event"] == "step.started"]
    assert steps == [], "no new step begins after the signal"

    ended = cli("resume", "words")
    assert ended.code == 0
    last = ended.last("run.finished")
    assert [p["attempts"] for p in last["phases"]] == [1, 1]
    assert last["usage"]["calls"] == 4, "the answer that came before the stop is not asked for again"


def test_a_second_signal_ends_at_once_and_nothing_is_lost(cli: Cli, answering: Callable[..., None]) -> None:
    answering(GREET | {"delay_ms": 2000}, PART)
    process = start(cli)
    until(process, "step.started", step="build")
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert "stopping" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 3
    ended = cli("resume", "words")
    assert ended.code == 0
    assert ended.last("run.finished")["usage"]["calls"] == 4


def test_another_process_stops_the_run(cli: Cli, answering: Callable[..., None]) -> None:
    answering(GREET | {"delay_ms": 20000}, PART)
    process = start(cli)
    until(process, "step.started", step="build")
    assert cli("resume", "words").code == 4, "it has an owner (AP903)"
    assert cli("rollback", "words").code == 2, "not while it is at work"
    assert cli("stop", "words").code == 0
    code, events = rest(process)
    assert code == 3
    assert events[-1]["event"] == "run.stopped"
    (status,) = cli("status", "words").events
    assert (status["state"], status["owned"]) == ("STOPPED", False)
    assert cli("stop", "words").code == 2, "nobody is at work"


def test_approving_from_elsewhere_lets_a_waiting_owner_go_on(cli: Cli, answering: Callable[..., None]) -> None:
    answering(GREET, CLEAR)
    process = start(cli, "--wait")
    asked = until(process, "approval.requested")[-1]
    (done,) = cli("approve", "words", asked["request"], "--digest", asked["digest"]).events
    assert (done["ok"], done["approved"]) == (True, True)
    code, events = rest(process)
    assert code == 0
    decided = [e for e in events if e["event"] == "approval.decided"]
    assert [(e["request"], e["approved"]) for e in decided] == [(asked["request"], True)]
    assert events[-1]["event"] == "run.finished"


def test_a_reader_that_goes_away_stops_the_run(cli: Cli, answering: Callable[..., None], project: Project) -> None:
    answering(GREET | {"delay_ms": 500}, PART)
    process = start(cli)
    until(process, "step.started", step="build")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=60) == 3
    assert cli("resume", "words").code == 0


@pytest.mark.parametrize(
    ("fault", "code"), [("calls.stored:enospc", 1), ("step.before:eio:6", 1), ("finalize.tip_moved:raise", 3)]
)
def test_a_drive_that_breaks_off_says_so_and_resume_goes_on(cli: Cli, fault: str, code: int) -> None:
    ended = cli.run(fault=fault)
    assert ended.code == code, ended
    assert ended.stderr.count("autopack resume words") == 1
    assert "Traceback" not in ended.stderr
    last = ended.events[-1]
    assert (last["event"], last["run"]) == ("run.stopped", "words")
    assert [p["id"] for p in last["phases"]] == ["greet", "part"]
    resumed = cli("resume", "words")
    assert resumed.code == 0, resumed
    assert resumed.last("run.finished")["usage"]["calls"] == 4


def test_a_run_refused_by_a_broken_machine_before_it_exists_ends_with_4_or_2_and_leaves_nothing(cli: Cli) -> None:
    ended = cli.run(fault="run.before_create:enospc")
    assert ended.code in (2, 4)
    assert ended.events[-1]["event"] == "error"
    assert cli("list").events == []
    assert cli.run().code == 0
