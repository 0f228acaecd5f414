"""kill -9, full disks and the rows that were acknowledged before them."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from autopack.store import Store

WRITER = """
import sys
from pathlib import Path
from autopack.events import Event, EventName
from autopack.model.states import PhaseState, RunState
from autopack.store import CallKey, PhaseRow, RunRow, Store
from autopack.model.completion import Completion

store = Store.open(Path(sys.argv[1]))
own = store.own("r")
with store.write(own) as tx:
    if tx.read.find_run("r") is None:
        tx.create_run(RunRow("r"), [PhaseRow("r", "a")])
start = sum(e.done for e in store.effects("r"))
print("ready", start, flush=True)
for n in range(start, 10_000):
    key = CallKey("r", "a", 1, "builder", n)
    with store.write(own) as tx:
        tx.intent("r", "a", 1, f"step-{n}", {"n": n})
        tx.reserve_call(key, model="m", request_hash="h", tokens=1)
        tx.event(Event(EventName.LOG, "r", data={"n": n}))
    with store.write(own) as tx:
        tx.answer_call(key, Completion(f"answer {n}" * 50))
        tx.outcome("r", "a", 1, f"step-{n}", {"n": n})
        tx.event(Event(EventName.LOG, "r", data={"done": n}))
    print(n, flush=True)
"""


def test_killed_at_any_moment_every_acknowledged_row_is_there(state: Path, child) -> None:
    chance = random.Random(20261120)
    acknowledged = -1
    for _ in range(6):
        writer = child(WRITER, state)
        assert writer.stdout.readline().startswith("ready"), writer.stderr.read()
        for _ in range(chance.randrange(1, 12)):
            acknowledged = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split("\n")
        acknowledged = max([acknowledged, *(int(line) for line in rest[:-1])])
        writer.wait()
        with Store.open(state) as store:
            assert store.check_invariants("r") == []
            done = [e.inputs["n"] for e in store.effects("r") if e.done]
            assert done[: acknowledged + 1] == list(range(acknowledged + 1)) and len(done) <= acknowledged + 2
            assert [e.data["done"] for e in store.events("r") if "done" in e.data] == done
            for call in store.calls("r"):
                if call.state == "answered":
                    assert store.completion(call).text == f"answer {call.call}" * 50
            assert len([c for c in store.calls("r") if c.state == "answered"]) == len(done)
            assert not store.owned("r")


@pytest.mark.parametrize(
    ("point", "durable"),
    [("store.before_commit:4", 0), ("store.after_commit:4", 1), ("store.before_commit:5", 1)],
)
def test_killed_at_a_commit(state: Path, tmp_path: Path, child, point: str, durable: int) -> None:
    """Commit 1 is the fence, 2 the run; 3 intends step 0 and 4 is its outcome."""
    flag = tmp_path / "faults"
    flag.write_text("")
    name, count = point.split(":")
    env = os.environ | {"AUTOPACK_FAULT": f"{name}:kill9:{count}", "AUTOPACK_FAULT_ENABLE": str(flag)}
    writer = child(WRITER, state, env=env)
    assert writer.wait(timeout=30) == -signal.SIGKILL
    with Store.open(state) as store:
        assert store.check_invariants("r") == []
        assert len([e for e in store.effects("r") if e.done]) == durable
        assert [e.key for e in store.open_effects("r")] == ([] if durable else ["step-0"])


@pytest.mark.parametrize("point", ["store.blob.before_rename", "store.blob.after_rename"])
def test_killed_while_an_answer_is_stored(state: Path, tmp_path: Path, child, point: str) -> None:
    flag = tmp_path / "faults"
    flag.write_text("")
    env = os.environ | {"AUTOPACK_FAULT": f"{point}:kill9:2", "AUTOPACK_FAULT_ENABLE": str(flag)}
    writer = child(WRITER, state, env=env)
    assert writer.wait(timeout=30) == -signal.SIGKILL
    resumed = child(WRITER, state)
    assert [resumed.stdout.readline().split() for _ in range(2)] == [["ready", "1"], ["1"]]
    with Store.open(state) as store:
        first, second = store.calls("r")[:2]
        assert (first.state, first.sends, second.state, second.sends) == ("answered", 1, "answered", 2)
        assert store.completion(second).text == "answer 1" * 50


def test_killed_in_the_first_migration(state: Path, tmp_path: Path, child) -> None:
    flag = tmp_path / "faults"
    flag.write_text("")
    env = os.environ | {"AUTOPACK_FAULT": "store.before_migration:kill9", "AUTOPACK_FAULT_ENABLE": str(flag)}
    assert child(WRITER, state, env=env).wait(timeout=30) == -signal.SIGKILL
    with Store.open(state) as store:
        assert store.runs() == []


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from autopack.errors import EnvironmentRefused
from autopack.events import Event, EventName
from autopack.model.completion import Completion
from autopack.store import CallKey, PhaseRow, RunRow, Store

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
state = Path(sys.argv[1])
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
FREE = resource.RLIM_INFINITY

def room(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

def refused(act):
    try:
        act()
    except EnvironmentRefused as error:
        assert error.code == "AP901" and error.hint, error
        assert str(state) in error.message, error.message
        return True
    return False

failures = 0
for size in (0, 1, 2000, 6000, 30_000, 60_000, 100_000):
    room(size)
    failures += refused(lambda: Store.open(state).close())
    room(FREE)
assert failures >= 5, failures

store = Store.open(state)
own = store.own("r")
with store.write(own) as tx:
    tx.create_run(RunRow("r"), [PhaseRow("r", "a")])
done = []

def step(n):
    key = CallKey("r", "a", 1, "builder", n)
    with store.write(own) as tx:
        tx.intent("r", "a", 1, f"step-{n}", {"n": n})
        tx.reserve_call(key, model="m", request_hash="h", tokens=1)
    with store.write(own) as tx:
        tx.answer_call(key, Completion("answer " * 900 + str(n)))
        tx.outcome("r", "a", 1, f"step-{n}", {"n": n, "more": "x" * 5000})
        tx.event(Event(EventName.LOG, "r", data={"n": n}))
    done.append(n)

failures, n, size = 0, 0, 0
while failures < 30:
    room(size)
    failed = refused(lambda: step(n))
    room(FREE)
    assert store.check_invariants("r") == []
    assert [e.inputs["n"] for e in store.effects("r") if e.done] == done
    failures += failed
    n += not failed
    log = state / "store.db-wal"
    size = (size + 1500) if failed else log.stat().st_size % 90_000
for left in range(n, n + 3):
    step(left)
assert store.check_invariants("r") == []
assert not [p for p in (state / "artefacts").rglob(".*")]
store.close()
print(failures, len(done))
"""


def test_with_the_disk_full_at_every_size_nothing_is_lost_and_work_goes_on(state: Path, child) -> None:
    filling = child(FULL_DISK, state)
    out, err = filling.communicate(timeout=60)
    assert filling.returncode == 0, err
    failures, done = map(int, out.split())
    assert failures >= 30 and done >= 3
    with Store.open(state) as store:
        assert store.check_invariants("r") == [] and len(store.effects("r")) == done
