"""Stopped at every boundary in turn, a run's repository work comes to the same end when it is done again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from autopack import fault
from autopack.model.plan import Workspace
from autopack.repo import Entry, PrivateRepo, Publisher, UserRepo, Worktree, snapshot


class Stopped(BaseException):
    """Nothing catches it, as nothing catches a kill."""


def work(root, base) -> dict[str, str]:
    """The repository side of a run of two phases, every step repeatable; answers where the refs are in the end."""
    user = UserRepo.open(root)
    private = PrivateRepo.ensure(base / "state", user)
    private.recover("r1")
    publisher = Publisher(user, private)
    try:
        publisher.pin("r1", user.head().commit)
        tip = snapshot(user, private, 1).commit
        worktree = Worktree.open(private, user, base / "wt/r1", "r1")
        worktree.checkout(tip)
        worktree.provision(Workspace.model_validate({"copy": ["*.local"]}))
        published = None
        for number in (1, 2):
            entries = {f"new{number}.py": Entry(0o100644, private.write_blob(b"x" * number))}
            tree = private.write_entries(private.tree(tip), entries)
            commit = private.commit(tree, tip, f"phase {number}", 10 + number)
            private.pack(commit, tip)
            private.move_ref(f"refs/autopack/r1/candidate/p{number}/1", commit, None)
            worktree.checkout(commit)
            worktree.throwaway(commit)
            (worktree.path / f"new{number}.py").write_text("changed by a test")
            worktree.clean(commit)
            if private.ref("refs/autopack/r1/tip") != commit:
                private.move_ref(f"refs/autopack/r1/save/p{number}", tip, None)
            done = publisher.publish("r1", commit, published)
            assert done.ok or user.branch(done.branch) not in (None, published)
            tip = published = commit
        private.move_ref("refs/autopack/r1/tip", tip, None)
        return {**private.refs("refs/autopack/r1/"), "branch": str(user.branch("autopack/r1"))}
    finally:
        private.close()


@pytest.fixture
def dirty(repo):
    repo.write(".gitignore", "*.local\n")
    repo.commit()
    repo.write("src/app.py", "uncommitted\n")
    repo.write("a.local", "x")
    return repo


ONCE = {"repo.snapshot", "repo.before_pin", "repo.after_pin"}
POOL = {"repo.before_take_over", "repo.worktree_claimed", "repo.before_remove_worktree"}
BACK = {"repo.before_unpromote", "repo.unpromoted_tree", "repo.revert_staged"}
ELSEWHERE = {"repo.before_promote", "repo.promote_file", "repo.before_remove", *BACK, *POOL}


def test_stopped_at_every_fault_point(dirty, monkeypatch, tmp_path):
    """At its second passing where a phase has passed it before."""
    user = UserRepo.open(dirty.root)
    before = user.fingerprint()
    undisturbed = work(dirty.root, tmp_path / "calm")
    Publisher(user, PrivateRepo.ensure(tmp_path / "calm/state", user)).remove("r1")
    names = {name for name in fault.POINTS if name.startswith("repo.")} - ELSEWHERE
    assert len(names) >= 13
    for name in sorted(names):
        base = tmp_path / name
        passings: list[str] = []

        def stop(passed: str, name: str = name, passings: list[str] = passings) -> None:
            passings += [passed] if passed == name else []
            if passed == name and (name in ONCE or len(passings) == 2):
                raise Stopped

        with monkeypatch.context() as patched, pytest.raises(Stopped):
            patched.setattr(fault, "point", stop)
            work(dirty.root, base)
        assert work(dirty.root, base) == undisturbed, name
        private = PrivateRepo.ensure(base / "state", user)
        assert private.git("fsck", "--strict", "--no-dangling").stdout == b""
        Publisher(user, private).remove("r1")
        private.close()
        assert before.difference(user.fingerprint()) == [], name


KILL = """
import sys
from pathlib import Path
from tests.repo.test_interrupted import work
work(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize(
    "point", ["repo.before_move_ref:kill9:2", "repo.after_pack:kill9:1", "repo.after_publish:kill9:1"]
)
def test_killed_for_real(dirty, tmp_path, point):
    flag = tmp_path / "flag"
    flag.touch()
    env = {**os.environ, "AUTOPACK_FAULT": point, "AUTOPACK_FAULT_ENABLE": str(flag)}
    script = [sys.executable, "-c", KILL, str(dirty.root), str(tmp_path / "killed")]
    assert subprocess.run(script, env=env).returncode == -signal.SIGKILL
    ended = work(dirty.root, tmp_path / "killed")
    user = UserRepo.open(dirty.root)
    Publisher(user, PrivateRepo.ensure(tmp_path / "killed/state", user)).remove("r1")
    assert ended == work(dirty.root, tmp_path / "calm")
