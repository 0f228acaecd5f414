"""A disk that is full, or fails, somewhere in a run: the drive ends honestly, and goes on once there is space."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.kit.invariants import Result, check, fingerprint, result_of
from tests.kit.project import ONE_PHASE, Project
from tests.kit.runs import Cli, Ended, copy_of, end_of, finish, traceback_in

pytestmark = pytest.mark.e2e

RUN = "one"
NO_DISK = {"store.after_commit"}
"""Once COMMIT has returned nothing is left to write: a kill can come there (test_kill.py), a disk's error cannot."""


class Rig:
    """A one-phase project before its run, and what the run comes to undisturbed."""

    def __init__(self, place: Path) -> None:
        self._trial, self._copy = place / "trial", place / "before"
        self.project = ONE_PHASE.make(self._trial)
        copy_of(self._trial, self._copy)
        self.cli = Cli(self.project)
        self.before = fingerprint(self.project)
        ended, points = self.cli.trace("run")
        assert ended.code == 0, str(ended)
        self.points = Counter(point for point in points if point not in NO_DISK)
        self.expected: Result = result_of(self.project, RUN)

    def restore(self) -> None:
        shutil.rmtree(self._trial)
        copy_of(self._copy, self._trial)

    def holds(self) -> list[str]:
        return check(self.project, RUN, self.before, kills=1, expected=self.expected)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return Rig(tmp_path_factory.mktemp("full"))


@pytest.mark.parametrize("slot", range(6))
def test_a_full_disk_is_said_and_the_run_goes_on(rig: Rig, slot: int) -> None:
    names = sorted(rig.points)[::3][slot::6]
    for name in names:
        _fail(rig, "enospc", name, 1 + rig.points[name] // 2)
    print(f"{len(names)} trials: {', '.join(names)}")


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("action", ["enospc", "eio"])
@pytest.mark.parametrize("slot", range(8))
def test_every_failure_everywhere(rig: Rig, action: str, slot: int) -> None:
    places = [(name, n) for name, count in sorted(rig.points.items()) for n in range(1, count + 1)]
    for name, n in places[slot::8]:
        _fail(rig, action, name, n)


def _fail(rig: Rig, action: str, name: str, n: int) -> None:
    rig.restore()
    ended = rig.cli.run(fault=f"{name}:{action}:{n}")
    _honest(ended, f"{name}:{action}:{n}")
    done = finish(rig.cli, RUN)
    assert done[-1].code == 0, f"{name}:{n}\n{done[-1]}"
    assert rig.holds() == [], f"{name}:{n}"


def _honest(ended: Ended, where: str) -> None:
    """0 where nothing but a report or a branch had to wait; else a located error with its code, and 1 or 4."""
    assert not traceback_in(ended), f"{where}\n{ended}"
    if ended.code == 0:
        assert ended.last("run.finished")["state"] == "DONE_SUCCESS", f"{where}\n{ended}"
        return
    assert ended.code in (1, 4), f"{where}\n{ended}"
    assert "error: AP901: " in ended.stderr, f"{where}\n{ended}"
    assert ended.code == 4 or "autopack resume one" in ended.stderr, f"{where}\n{ended}"


IN_SMALL_DISK = """\
import os, subprocess, sys
kib, state, keep, *command = sys.argv[1:]
os.makedirs(state, exist_ok=True)
subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", state], check=True)
subprocess.run(["cp", "-a", keep + "/.", state], check=True)
done = subprocess.run(command)
subprocess.run(["sh", "-c", f"rm -rf '{keep}'/* && cp -a '{state}'/. '{keep}'"], check=True)
sys.exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)
"""


def _can_mount() -> bool:
    probe = ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return shutil.which("unshare") is not None and subprocess.run(probe, capture_output=True).returncode == 0


@pytest.mark.skipif(not _can_mount(), reason="no tmpfs can be mounted here without privileges")
@pytest.mark.parametrize("kib", [128, 320, 512])
def test_a_small_real_disk_for_the_state(rig: Rig, tmp_path: Path, kib: int) -> None:
    """The state folder lies on a disk of its own that fills up; its content is then moved to a larger one."""
    rig.restore()
    project, keep = rig.project, tmp_path / "keep"
    keep.mkdir()
    words = ["run", "plan.autopack.yaml", "--cassette", str(project.cassette), "--trust-plan", "--json"]
    process = subprocess.Popen(
        ["unshare", "-Urm", sys.executable, "-c", IN_SMALL_DISK, str(kib), str(project.state), str(keep),
         sys.executable, "-m", "autopack_server.cli.main", *words],
        cwd=project.root, env=project.environment(), text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    ended = end_of(process, tuple(words))
    _honest(ended, f"{kib} KiB")
    assert "o space left" in ended.stderr, str(ended)
    shutil.rmtree(project.state)
    copy_of(keep, project.state)
    done = finish(Cli(Project(project.place)), RUN)
    assert done[-1].code == 0
    assert rig.holds() == []
