"""Several processes and one run: one owner at a time, one decision, and nothing of a database that is not sound."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from autopack.errors import StaleState
from autopack.events import Event, EventName
from autopack.store import Store
from tests.kit.invariants import check, fingerprint, left_behind, state_folder
from tests.kit.project import ONE_PHASE, THREE_PHASES, Project, Scenario
from tests.kit.runs import Cli, end_of, traceback_in

pytestmark = pytest.mark.e2e

LINGERS = Scenario(
    files=ONE_PHASE.files,
    plan=ONE_PHASE.plan,
    cassette=[{**ONE_PHASE.cassette[0], "delay_ms": 60_000}, *ONE_PHASE.cassette[1:]],
    commits=1,
)
"""The Builder takes a minute: whoever drives the run is at work until something is done about it."""


HANGS = """\
import pathlib, subprocess, time


def test_long():
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    pathlib.Path({mark!r}).touch()
    time.sleep(600)
"""


def _until(process: subprocess.Popen[str], *names: str) -> list[dict[str, object]]:
    """Read events up to the first of these names."""
    assert process.stdout is not None
    seen: list[dict[str, object]] = []
    for line in process.stdout:
        seen.append(json.loads(line))
        if f"{seen[-1]['event']}:{seen[-1].get('step', '')}" in names or seen[-1]["event"] in names:
            return seen
    raise AssertionError(f"the process ended before {names}: {seen[-3:]}\n{process.stderr and process.stderr.read()}")


def _at_work(cli: Cli, event: str = "step.started:build") -> subprocess.Popen[str]:
    """A run that got so far; by default its Builder is being asked."""
    words = ("run", "plan.autopack.yaml", "--cassette", str(cli.project.cassette), "--trust-plan")
    process = cli.start(*words)
    _until(process, event)
    return process


def _quick(project: Project) -> None:
    """From now on the Builder answers at once; the journal is told to take the cassette as it is."""
    project.answer_with(ONE_PHASE.cassette)
    database = sqlite3.connect(state_folder(project) / "store.db")
    with database:
        (data,) = database.execute("SELECT data FROM runs WHERE id = 'one'").fetchone()
        known = json.loads(data)
        known["config"]["cassette_sha256"] = ""
        database.execute("UPDATE runs SET data = ? WHERE id = 'one'", [json.dumps(known)])
    database.close()
    (state_folder(project) / "store.db.seal").unlink(missing_ok=True)


@pytest.fixture
def lingering(tmp_path: Path) -> Cli:
    return Cli(LINGERS.make(tmp_path / "t"))


def test_a_second_owner_is_refused_and_takes_over_after_a_kill(lingering: Cli) -> None:
    before = fingerprint(lingering.project)
    first = _at_work(lingering)
    with ThreadPoolExecutor(3) as pool:
        refused = list(pool.map(lambda _: lingering("resume", "one"), range(3)))
    for ended in refused:
        assert ended.code == 4 and "error: AP903: " in ended.stderr, str(ended)
        assert str(first.pid) in ended.stderr
    os.kill(first.pid, signal.SIGKILL)
    assert end_of(first).killed
    _quick(lingering.project)
    ended = lingering("resume", "one")
    assert ended.code == 0, str(ended)
    assert check(lingering.project, "one", before, kills=1, expected=None) == []


def test_two_resume_at_once_and_one_drives(tmp_path: Path) -> None:
    cli = Cli(ONE_PHASE.make(tmp_path / "t"))
    before = fingerprint(cli.project)
    assert cli.run(fault="baseline.after:kill9").killed
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda _: cli("resume", "one"), range(3)))
    assert sum(bool(e.last("phase.finished")) for e in ended) == 1, "\n".join(map(str, ended))
    for each in ended:
        late = bool(each.last("run.finished"))
        assert each.code == (0 if late else 4) and (late or "AP903" in each.stderr), str(each)
    assert check(cli.project, "one", before, kills=1, expected=None) == []


def test_another_process_stops_the_run(lingering: Cli) -> None:
    before = fingerprint(lingering.project)
    driver = _at_work(lingering)
    assert lingering("stop", "one").code == 0
    ended = end_of(driver)
    assert ended.code == 3 and ended.last("run.stopped")["state"] == "STOPPED", str(ended)
    with Store.open(state_folder(lingering.project)) as store:
        nonce = store.run("one").nonce
    assert left_behind(lingering.project, nonce) == []
    again = lingering("stop", "one")
    assert again.code == 2 and not traceback_in(again), str(again)
    _quick(lingering.project)
    assert lingering("resume", "one").code == 0
    assert check(lingering.project, "one", before, kills=1, expected=None) == []


def test_five_approve_at_once_and_one_decision_is_taken(tmp_path: Path) -> None:
    cli = Cli(THREE_PHASES.make(tmp_path / "t"))
    before = fingerprint(cli.project)
    waiting = cli.run()
    (request,) = waiting.last("run.stopped")["waiting"]
    with ThreadPoolExecutor(5) as pool:
        approve = [pool.submit(cli, "approve", "three", request) for _ in range(4)]
        reject = pool.submit(cli, "reject", "three", request, "--reason", "no")
        said = [f.result() for f in [*approve, reject]]
    assert sorted(e.code for e in said)[0] == 0 and sum(e.code == 0 for e in said) == 1, "\n".join(map(str, said))
    assert all(e.code in (0, 2) and not traceback_in(e) for e in said), "\n".join(map(str, said))
    with Store.open(state_folder(cli.project)) as store:
        decision = store.decision(request)
        decided = [e for e in store.events("three") if e.event is EventName.APPROVAL_DECIDED]
        assert decision is not None and len(decided) == 1
    if decision.approved:
        assert cli("resume", "three").code == 0
        assert check(cli.project, "three", before, kills=0, expected=None) == []


def test_an_overtaken_writer_is_refused(tmp_path: Path) -> None:
    cli = Cli(ONE_PHASE.make(tmp_path / "t"))
    assert cli.run(fault="baseline.after:kill9").killed
    with Store.open(state_folder(cli.project)) as store:
        stale = store.own("one")
        os.unlink(store.state / "locks" / "one.lock")  # the lock is lost, as on a file system without locks
        assert cli("resume", "one").code == 0
        seen = len(store.events("one"))
        with pytest.raises(StaleState), store.write(stale) as tx:
            tx.event(Event(EventName.LOG, "one", data={"message": "late"}))
        assert len(store.events("one")) == seen


def test_an_overtaken_owner_cannot_move_the_tip_back(tmp_path: Path) -> None:
    """Stopped just before the tip's first move, woken after another process took the run two phases further."""
    cli = Cli(THREE_PHASES.make(tmp_path / "t"))
    before = fingerprint(cli.project)
    slow = cli.start("run", "plan.autopack.yaml", "--cassette", str(cli.project.cassette), "--trust-plan",
                     fault="repo.before_move_ref:stop:3")  # fmt: skip
    assert os.WIFSTOPPED(os.waitpid(slow.pid, os.WUNTRACED)[1])
    (state_folder(cli.project) / "locks" / "three.lock").unlink()  # as on a file system that lost the lock
    ended = cli("resume", "three")
    assert ended.last("run.stopped")["waiting"], str(ended)
    os.kill(slow.pid, signal.SIGCONT)
    late = end_of(slow)
    assert late.code == 3 and not late.last("phase.finished"), str(late)
    assert cli("approve", "three").code == 0
    assert cli("resume", "three").code == 0
    assert check(cli.project, "three", before, kills=1, expected=None) == []


@pytest.mark.parametrize("point", ["repo.before_pin", "repo.before_publish"])
def test_locks_that_a_killed_git_left_on_our_refs_are_removed(tmp_path: Path, point: str) -> None:
    cli = Cli(ONE_PHASE.make(tmp_path / "t"))
    before = fingerprint(cli.project)
    assert cli.run(fault=f"{point}:kill9").killed
    locks = [
        cli.project.root / ".git" / f"{name}.lock" for name in ("refs/autopack/one/base", "refs/heads/autopack/one")
    ]
    for lock in locks:
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    ended = cli("resume", "one")
    assert ended.code == 0 and ended.last("run.finished")["published"], str(ended)
    assert check(cli.project, "one", before, kills=1, expected=None) == []


def test_what_a_killed_run_started_ends_with_it(tmp_path: Path) -> None:
    hangs = HANGS.format(mark=str(tmp_path / "t" / "hangs"))
    scenario = replace(ONE_PHASE, files={**ONE_PHASE.files, "tests/test_long.py": hangs})
    project = scenario.make(tmp_path / "t")
    driver = _at_work(Cli(project), "step.started:baseline")
    with Store.open(state_folder(project)) as store:
        nonce = store.run("one").nonce
    while not (project.place / "hangs").exists():
        assert driver.poll() is None
    assert len(left_behind(project, nonce, wait=0)) > 1
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    assert left_behind(project, nonce) == []


def _flip(data: bytearray) -> bytearray:
    for at in range(0, len(data), 97):
        data[at] ^= 0xFF
    return data


def _flip_pages(data: bytearray) -> bytearray:
    """The header stays: the pages behind it are damaged."""
    return data[:4096] + _flip(data[4096:])


def _newer(data: bytearray) -> bytearray:
    data[60:64] = (99).to_bytes(4, "big")  # user_version in the header
    return data


def _cut(data: bytearray) -> bytearray:
    return data[: len(data) // 2 + 100]


def _foreign(data: bytearray) -> bytearray:
    return bytearray(b"this is no database\n" * 400)


def _empty(data: bytearray) -> bytearray:
    return data[:0]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    cli = Cli(ONE_PHASE.make(tmp_path_factory.mktemp("finished") / "t"))
    assert cli.run().code == 0
    return cli


@pytest.mark.parametrize("damage", [_flip, _flip_pages, _newer, _cut, _foreign, _empty])
@pytest.mark.parametrize("sealed", [True, False])
def test_a_database_that_is_not_sound_is_refused_and_left_alone(finished: Cli, damage, sealed: bool) -> None:
    state = state_folder(finished.project)
    path = state / "store.db"
    sound = {p: p.read_bytes() for p in state.glob("store.db*")}
    try:
        if not sealed:
            _unseal(state, path)
        path.write_bytes(damage(bytearray(path.read_bytes())))
        broken = {p: p.read_bytes() for p in state.glob("store.db*")}
        for words, code in ((("list",), 2), (("approve", "one"), 2), (("resume", "one"), 4)):
            ended = finished(*words)
            assert ended.code == code and "error: AP902: " in ended.stderr, str(ended)
            assert str(path) in ended.stderr and not traceback_in(ended), str(ended)
        ended = finished.run()
        assert ended.code == 4 and "AP902" in ended.stderr, str(ended)
        assert {p: p.read_bytes() for p in state.glob("store.db*")} == broken
    finally:
        for p in state.glob("store.db*"):
            p.unlink()
        for p, data in sound.items():
            p.write_bytes(data)
    assert finished("resume", "one").code == 0


def _unseal(state: Path, path: Path) -> None:
    """As after a kill: nobody closed the database."""
    for seal in state.glob("store.db?*"):
        seal.unlink()
