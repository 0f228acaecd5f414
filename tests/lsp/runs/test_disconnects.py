"""The editor goes in seven ways at ten moments of a run: the server leaves with the true code, the worker parks, and the
run, resumed by hand, ends as one that was never disturbed (I1 to I8)."""

from __future__ import annotations

import fcntl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from signal import SIGHUP, SIGKILL, SIGTERM
from typing import Any

import psutil
import pytest

from autopack.events import EventName
from autopack.store import Store
from tests.kit.invariants import Result, check, fingerprint, result_of, state_folder
from tests.kit.lsp_client import Editor, uri_of
from tests.kit.project import Project, Scenario, builder
from tests.kit.runs import Cli, finish
from tests.kit.tiny import DELETES, FILES, MUL, SUB, WRONG, answer, phase, plan_of, sound

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SEED = 20261128
RUN = "t"
MOMENTS = 10
DELAY_MS = 120
"""A model that takes its time: so the moments fall into its calls as well as between them."""

LEAVING = 3 * 8.0
PARKING = 3 * 7.0
"""Three times what the server has for its way out, and a worker for its own (5 s for the step in hand, then its note)."""

QUIET_SECONDS = 4.0
MOST_CPU = 0.05
MOST_GROWTH = 32 * 1024 * 1024

REQUEST = "autopack/no-such-method"
F_GETPIPE_SZ = 1032
FIONREAD = 0x541B


def three_phases() -> Scenario:
    """Straight, repaired, asked: every model call takes `DELAY_MS`."""
    phases = [
        phase("straight"),
        phase("repaired", depends_on=["straight"]),
        phase("asked", "table.py", depends_on=["repaired"]),
    ]
    both = f"{SUB}\n\ndef mul(a, b):\n    return a * b\n"
    answers = [
        answer("straight", SUB, attempt=1),
        answer("repaired", WRONG + MUL.removeprefix(FILES["app.py"]), attempt=1),
        answer("repaired", both, contains="AP401"),
        builder("asked", "Remove the table", DELETES, attempt=1),
        {"match": {"role": "auditor"}, "times": "*", "answer": {"approved": True, "issues": []}},
    ]
    return Scenario(
        files={**FILES, "README.md": "A table.\n"},
        plan=plan_of(*phases, run={"id": RUN}),
        cassette=[line | {"delay_ms": DELAY_MS} for line in answers],
        commits=3,
    )


@dataclass(frozen=True)
class Undisturbed:
    """What the run comes to when nobody disturbs it, and how many steps that takes."""

    result: Result
    steps: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    project = three_phases().make(tmp_path_factory.mktemp("undisturbed") / "trial")
    before = fingerprint(project)
    finish(Cli(project), RUN)
    result = result_of(project, RUN)
    assert check(project, RUN, before, kills=0, expected=result) == []
    assert (result.state, len(result.phases)) == ("DONE_SUCCESS", 3)
    with Store.open(state_folder(project)) as store:
        steps = sum(event.event is EventName.STEP_STARTED for event in store.events(RUN))
    return Undisturbed(result, steps)


# seven ways to go


def deaf(editor: Editor) -> None:
    """Read nothing more."""
    editor.stop_reading()
    editor.ask(REQUEST)
    editor.wait_still()


def close_stdout(editor: Editor, quiet: bool) -> None:
    """The next thing the server says reaches nobody."""
    deaf(editor)
    assert editor.process.stdout is not None
    editor.process.stdout.close()
    editor.ask(REQUEST)


def stall(editor: Editor, quiet: bool) -> None:
    """Ask much, read nothing: what the server has to say fills the pipe and waits. With `quiet`, the run goes on until it
    needs a person or has ended, and then the server must have nothing to do. In the end the editor goes."""
    deaf(editor)
    for _ in range(200):
        editor.ask("workspace/executeCommand", {"command": "autopack.run.list", "arguments": [{}]})
    if quiet:
        gone(worker_processes(editor), 120.0)
        idle(editor)
    editor.close_stdin()


def idle(editor: Editor) -> None:
    """A server whose editor does not read neither spins nor grows."""
    server = psutil.Process(editor.process.pid)
    while full(editor) is False:
        time.sleep(0.05)
    before, rss = server.cpu_times(), server.memory_info().rss
    with pytest.raises(subprocess.TimeoutExpired):
        editor.process.wait(QUIET_SECONDS)
    after = server.cpu_times()
    share = (after.user + after.system - before.user - before.system) / QUIET_SECONDS
    grown = server.memory_info().rss - rss
    print(f"not read: {share:.1%} of a core, {grown / 1024:.0f} KiB more")
    assert share <= MOST_CPU
    assert grown <= MOST_GROWTH


def full(editor: Editor) -> bool:
    assert editor.process.stdout is not None
    pipe = editor.process.stdout.fileno()
    waiting = int.from_bytes(fcntl.ioctl(pipe, FIONREAD, bytes(4)), "little")
    return waiting >= fcntl.fcntl(pipe, F_GETPIPE_SZ) // 2


def signalled(number: int) -> Callable[[Editor, bool], None]:
    return lambda editor, quiet: editor.signal(number)


WAYS: dict[str, tuple[Callable[[Editor, bool], None], int]] = {
    "stdin ends": (lambda editor, quiet: editor.close_stdin(), 0),
    "stdout closed": (close_stdout, 0),
    "not read": (stall, 0),
    "SIGHUP": (signalled(SIGHUP), 128 + SIGHUP),
    "SIGTERM": (signalled(SIGTERM), 128 + SIGTERM),
    "exit alone": (lambda editor, quiet: editor.notify("exit"), 1),
    "SIGKILL": (signalled(SIGKILL), -SIGKILL),
}


# the run, up to a moment


def steps_of(snapshot: dict[str, Any]) -> int:
    return sum(len(attempt["steps"]) for phase in snapshot["phases"] for attempt in phase["attempts"])


def until_moment(editor: Editor, step: int) -> str:
    """Drive the run until so many of its steps have begun, answering what it asks on the way; what it was doing then.
    A run that has ended, or asks at that very moment, is at its moment too."""
    since, answered = 0, ""
    while True:
        told = editor.wait_for(
            "autopack/didChangeRuns",
            lambda p, answered=answered: (
                steps_of(p["snapshot"]) >= step
                or p["snapshot"]["ended"]
                or any(r["id"] != answered for r in p["snapshot"]["requests"])
            ),
            since=since,
        )
        now = told["snapshot"]
        if steps_of(now) >= step or now["ended"]:
            return f"{now['phase'] or now['state']} {now['step']}".strip()
        (request,) = now["requests"]
        answered = request["id"]
        since = editor.mark()
        editor.command("autopack.approval.approve", requestId=answered, digest=request["digest"])


def worker_processes(editor: Editor) -> list[psutil.Process]:
    return [child for child in psutil.Process(editor.process.pid).children() if is_worker(child)]


def workers_of(project: Project) -> list[psutil.Process]:
    """Every worker of the trial, whoever its parent is by now."""
    return [p for p in psutil.process_iter() if is_worker(p) and environment(p) == str(project.state)]


def is_worker(process: psutil.Process) -> bool:
    try:
        return "autopack_server.worker" in process.cmdline()
    except psutil.Error:
        return False


def environment(process: psutil.Process) -> str:
    try:
        return process.environ().get("AUTOPACK_STATE_DIR", "")
    except psutil.Error:
        return ""


def gone(processes: list[psutil.Process], seconds: float) -> None:
    _, living = psutil.wait_procs(processes, seconds)
    assert not living, f"after {seconds:g} s there still is {living}"


# the trials


def moments() -> Iterator[Any]:
    """Each way at each moment; of each way one is no slow test, at another moment than those of the others."""
    for number, way in enumerate(WAYS):
        for moment in range(MOMENTS):
            quick = moment == (3 * number + 1) % MOMENTS
            yield pytest.param(way, moment, id=f"{way}-{moment}", marks=() if quick else pytest.mark.slow)


@pytest.mark.parametrize(("way", "moment"), list(moments()))
def test_the_editor_goes_and_the_run_ends_as_if_it_had_not(
    tmp_path: Path, undisturbed: Undisturbed, way: str, moment: int
) -> None:
    chance = Random(f"{SEED}/{way}/{moment}")
    step = 1 + int((moment + chance.random()) * undisturbed.steps / MOMENTS)
    project = three_phases().make(tmp_path / "trial")
    before = fingerprint(project)
    editor = Editor.start(project.root, project.environment(), options={"replay": True, "onStart": "leave"})
    try:
        order = {"planUri": uri_of(project.plan), "cassette": str(project.cassette), "trust": True}
        editor.command("autopack.run.start", **order)
        doing = until_moment(editor, step)
        leave, code = WAYS[way]
        driven = bool(workers_of(project))
        leave(editor, moment % 2 == 1)
        left = time.monotonic()
        assert editor.wait(LEAVING) == code
        server_seconds = time.monotonic() - left
        gone(workers_of(project), PARKING)
        worker_seconds = time.monotonic() - left
        assert "Traceback" not in editor.stderr
    finally:
        editor.kill()
    print(f"seed {SEED}, {way} at step {step} of {undisturbed.steps} ({doing}): the server left after"
          f" {server_seconds:.2f} s, the worker after {worker_seconds:.2f} s")  # fmt: skip
    sound(project, RUN)
    cli = Cli(project)
    status = cli("status", RUN).events[0]
    assert not status["owned"]
    if driven:
        assert status["state"] in ("STOPPED", "DONE_SUCCESS") or status["requests"], status
    finish(cli, RUN)
    assert check(project, RUN, before, kills=0, expected=undisturbed.result) == []
