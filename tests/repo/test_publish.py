"""The pin and the branch: all a run writes in the user's repository."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from autopack.errors import ConflictError
from autopack.repo import PrivateRepo, Publisher, UserRepo


@pytest.fixture
def publisher(user, private):
    return Publisher(user, private)


@pytest.fixture
def chain(user, private, candidates):
    base = user.head().commit
    one = candidates.make(base, {"a": "1"})
    two = candidates.make(one, {"a": "2"})
    private.move_ref("refs/autopack/r1/tip", two, None)
    return base, one, two


def test_publishes_each_phase_and_nothing_else_changes(repo, user, private, publisher, chain):
    base, one, two = chain
    before = user.fingerprint()
    publisher.pin("r1", base)
    publisher.pin("r1", base)
    first = publisher.publish("r1", one, None)
    assert (first.branch, first.ok, first.finding) == ("autopack/r1", True, None)
    assert publisher.publish("r1", two, one).ok and publisher.publish("r1", two, one).ok
    assert user.branch("autopack/r1") == two
    assert repo.git("show", "autopack/r1:a") == "2"
    assert before.difference(user.fingerprint()) == []
    refs = repo.git("for-each-ref", "--format=%(refname)").split()
    assert refs == ["refs/autopack/r1/base", "refs/heads/autopack/r1", "refs/heads/main"]
    assert not (repo.root / ".git/FETCH_HEAD").exists() and not (repo.root / ".git/logs/refs/heads/autopack").exists()
    repo.git("fsck", "--strict")


def test_pin_of_another_commit_is_a_conflict(publisher, chain):
    base, one, _ = chain
    publisher.pin("r1", base)
    with pytest.raises(ConflictError, match="already names"):
        publisher.pin("r1", one)
    publisher.unpin("r1")
    publisher.unpin("r1")


def test_pin_keeps_the_base_through_a_gc(repo, user, private, publisher, chain):
    base = chain[0]
    publisher.pin("r1", base)
    repo.git("checkout", "-q", "--orphan", "new")
    repo.git("commit", "-qm", "unrelated")
    repo.git("branch", "-D", "main")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    private.close()
    assert private.read(chain[2], "src/app.py").data.startswith(b"one")


def test_checked_out_branch_waits(repo, user, publisher, chain):
    _, one, two = chain
    publisher.publish("r1", one, None)
    repo.git("checkout", "-q", "autopack/r1")
    waiting = publisher.publish("r1", two, one)
    assert not waiting.ok and waiting.finding.code == "AP904" and "checked out" in waiting.finding.message
    assert waiting.finding.severity == "information" and not waiting.finding.blocking
    assert user.branch("autopack/r1") == one and repo.git("status", "--porcelain") == ""
    repo.git("checkout", "-q", "main")
    assert publisher.publish("r1", two, one).ok


def test_checked_out_in_a_linked_worktree_waits(repo, publisher, chain, tmp_path):
    _, one, two = chain
    publisher.publish("r1", one, None)
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"), "autopack/r1")
    assert not publisher.publish("r1", two, one).ok


def test_branch_the_user_moved_or_deleted_is_left_alone(repo, user, publisher, chain):
    base, one, two = chain
    publisher.publish("r1", one, None)
    repo.git("branch", "-f", "autopack/r1", base)
    moved = publisher.publish("r1", two, one, left=[two])
    assert moved.finding.code == "AP904" and moved.branch == "autopack/r1" and user.branch("autopack/r1") == base
    repo.git("branch", "-D", "autopack/r1")
    gone = publisher.publish("r1", two, one)
    assert "is gone" in gone.finding.message and user.branch("autopack/r1") is None


def test_own_commit_on_top_is_left_alone(repo, user, publisher, chain):
    _, one, two = chain
    publisher.publish("r1", one, None)
    mine = repo.git("commit-tree", "autopack/r1^{tree}", "-p", one, "-m", "mine")
    repo.git("branch", "-f", "autopack/r1", mine)
    assert publisher.branch_name("r1") == "autopack/r1"
    assert publisher.publish("r1", two, one).finding.code == "AP904"
    publisher.remove("r1")
    assert user.branch("autopack/r1") == mine


def test_rollback_needs_force(user, publisher, chain):
    _, one, two = chain
    publisher.publish("r1", two, None)
    assert publisher.publish("r1", one, two).finding.code == "AP904"
    assert publisher.publish("r1", one, two, left=[two]).ok
    assert user.branch("autopack/r1") == one


def test_branch_named_autopack_changes_the_prefix(repo, user, publisher, chain):
    repo.git("branch", "autopack")
    done = publisher.publish("r1", chain[1], None)
    assert (done.ok, done.branch) == (True, "autopack-runs/r1")
    repo.git("branch", "-D", "autopack")
    assert publisher.branch_name("r1") == "autopack-runs/r1"
    assert publisher.publish("r1", chain[2], chain[1]).branch == "autopack-runs/r1"


def test_branch_of_somebody_else_changes_the_prefix(repo, user, publisher, chain):
    repo.git("branch", "autopack/r1")
    theirs = user.branch("autopack/r1")
    assert publisher.publish("r1", chain[1], None).branch == "autopack-runs/r1"
    assert user.branch("autopack/r1") == theirs


def test_failure_of_any_kind_is_information(repo, publisher, chain):
    (repo.root / ".git/refs/heads/autopack").mkdir()
    (repo.root / ".git/refs/heads/autopack/r1.lock").touch()
    waiting = publisher.publish("r1", chain[1], None)
    assert not waiting.ok and waiting.finding.code == "AP904"


def test_objects_are_the_users_own_afterwards(repo, private, publisher, chain):
    publisher.publish("r1", chain[2], None)
    private.close()
    shutil.rmtree(private.path)
    repo.git("fsck", "--strict", "--connectivity-only")
    assert repo.git("log", "--format=%s", "main..autopack/r1") == "candidate 2\ncandidate 1"


def test_remove_takes_branch_private_refs_and_pin(repo, user, private, publisher, chain):
    base, _, two = chain
    before = user.fingerprint()
    publisher.pin("r1", base)
    publisher.publish("r1", two, None)
    assert publisher.remove("r1").ok and publisher.remove("r1").ok
    assert repo.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert private.refs("refs/autopack/") == {} and before.difference(user.fingerprint()) == []


def test_remove_leaves_a_checked_out_branch(repo, user, publisher, chain):
    publisher.publish("r1", chain[2], None)
    repo.git("checkout", "-q", "autopack/r1")
    left = publisher.remove("r1")
    assert left.finding.code == "AP904" and user.branch("autopack/r1") == chain[2]


def test_from_a_linked_worktree_with_detached_head(repo, tmp_path):
    from tests.repo.conftest import Candidates

    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    user = UserRepo.open(tmp_path / "linked")
    private = PrivateRepo.ensure(tmp_path / "state", user)
    tip = Candidates(private).make(user.head().commit, {"a": "1"})
    assert Publisher(user, private).publish("r1", tip, None).ok
    assert repo.git("rev-parse", "autopack/r1") == tip
    private.close()


def test_from_a_shallow_clone(repo, tmp_path):
    from tests.repo.conftest import Candidates

    repo.write("a", "2")
    repo.commit()
    repo.git("clone", "-q", "--depth=1", repo.root.as_uri(), str(tmp_path / "shallow"))
    user = UserRepo.open(tmp_path / "shallow")
    before = user.fingerprint()
    private = PrivateRepo.ensure(tmp_path / "state", user)
    tip = Candidates(private).make(user.head().commit, {"a": "1"})
    assert Publisher(user, private).publish("r1", tip, None).ok
    assert before.difference(user.fingerprint()) == []
    subprocess.run(["git", "fsck"], cwd=user.root, check=True, capture_output=True)
    private.close()
