"""One owner at a time: the kernel lock, the fencing number, and who loses a race."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from autopack.errors import LockHeld, StaleState
from autopack.store import RunRow, Store

OWN = """
import sys
from pathlib import Path
from autopack.errors import LockHeld
from autopack.store import Store
store = Store.open(Path(sys.argv[1]))
sys.stdin.readline()
try:
    own = store.own("r", wait=0)
except LockHeld as held:
    print("held", held.code, flush=True)
else:
    with store.write(own) as tx:
        tx.put("r", "winner", tx.get("r", "winner", 0) + 1)
    print("own", own.fence, flush=True)
sys.stdin.readline()
"""


def test_one_owner_and_what_the_other_is_told(store: Store) -> None:
    own = store.own("r")
    assert own.held and store.owned("r") and not store.owned("s")
    with pytest.raises(LockHeld) as held:
        store.own("r", wait=0)
    assert held.value.code == "AP903" and held.value.exit_code == 4
    assert f"pid {os.getpid()}" in held.value.message and "autopack status r" in held.value.hint
    with store.own("s"):
        assert store.owned("s")
    assert not store.owned("s")
    own.release()
    own.release()
    assert not own.held and store.own("r").fence == own.fence + 1


def test_a_run_named_like_the_stores_own_files_is_a_run(store: Store) -> None:
    for name in ("store", "door"):
        assert store.own(name).fence == 1


def test_a_released_ownership_writes_nothing(desk) -> None:
    desk.own.release()
    with pytest.raises(StaleState, match="taken over"), desk.store.write(desk.own) as tx:
        tx.put("r", "k", 1)
    assert desk.store.get("r", "k") is None


def test_a_stale_fence_is_refused_in_every_write(desk) -> None:
    stale = desk.own
    with desk.store.write(None) as tx:
        tx.next_fence("r")
    for write in (lambda tx: tx.put("r", "k", 1), lambda tx: None):
        with pytest.raises(StaleState, match="taken over"), desk.store.write(stale) as tx:
            write(tx)
    assert stale.held and desk.store.get("r", "k") is None


def test_of_two_processes_one_owns_the_run(state, child) -> None:
    with Store.open(state) as store, store.write(None) as tx:
        tx.create_run(RunRow("r"))
    for turn in range(1, 4):
        rivals = [child(OWN, state) for _ in range(2)]
        for rival in rivals:
            rival.stdin.write("go\n")
            rival.stdin.flush()
        said = sorted(rival.stdout.readline().split() for rival in rivals)
        assert said == [["held", "AP903"], ["own", str(turn)]]
        for rival in rivals:
            os.kill(rival.pid, signal.SIGKILL)
            rival.wait()
    with Store.open(state) as store:
        assert store.get("r", "winner") == 3 and store.own("r").fence == 4


def test_the_lock_dies_with_its_owner_not_with_the_owners_children(state, child) -> None:
    source = OWN.replace(
        'print("own", own.fence, flush=True)',
        'import subprocess\n    c = subprocess.Popen(["sleep", "60"], close_fds=False)\n    print(c.pid, flush=True)',
    )
    owner = child(source, state)
    owner.stdin.write("go\n")
    owner.stdin.flush()
    grandchild = int(owner.stdout.readline())
    try:
        with Store.open(state) as store:
            with pytest.raises(LockHeld):
                store.own("r", wait=0)
            os.kill(owner.pid, signal.SIGKILL)
            owner.wait()
            os.kill(grandchild, 0)
            assert store.own("r", wait=0).fence == 2
    finally:
        os.kill(grandchild, signal.SIGKILL)


def test_a_look_at_the_lock_does_not_keep_an_owner_out(store: Store) -> None:
    looking = subprocess.Popen(
        [sys.executable, "-c", "import fcntl, os, sys, time\n"
         "fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\nfcntl.flock(fd, fcntl.LOCK_SH)\n"
         "print(1, flush=True)\nsys.stdin.readline()", store.state / "locks" / "r.lock"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert looking.stdout is not None and looking.stdin is not None
    looking.stdout.readline()
    with pytest.raises(LockHeld):
        store.own("r", wait=0)
    looking.stdin.write("\n")
    looking.stdin.flush()
    assert store.own("r", wait=20).fence == 1
    looking.communicate()
