"""Opening, refusing and reading the user's repository."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from autopack.errors import EnvironmentRefused
from autopack.repo import UserRepo


def refusal(path: Path) -> EnvironmentRefused:
    with pytest.raises(EnvironmentRefused) as caught:
        UserRepo.open(path)
    assert caught.value.code == "AP901"
    return caught.value


def test_opens_from_a_folder_inside(repo):
    user = UserRepo.open(repo.root / "src/lib")
    assert user.root == repo.root.resolve()
    head = user.head()
    assert (head.commit, head.branch) == (repo.git("rev-parse", "HEAD"), "main")
    assert user.tracked(head.commit) == {
        "src/app.py", "src/lib/deep.py", "README.md", "na me/ünï cö.txt", "line\nbreak.txt"
    }  # fmt: skip
    assert user.checked_out() == {"main"}
    assert user.settings.identity == "Per Son <per@son.example>"


def test_root_with_a_newline_in_its_name(tmp_path, repo):
    odd = tmp_path / 'od"d\nroot'
    shutil.copytree(repo.root, odd, symlinks=True)
    assert UserRepo.open(odd).root == odd.resolve()


def test_detached_head_has_no_branch(repo):
    repo.git("checkout", "-q", "--detach")
    assert repo.open().head().branch is None


def test_linked_worktree_shares_its_repository_id(repo, tmp_path):
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    main, linked = repo.open(), UserRepo.open(tmp_path / "linked")
    assert linked.repo_id == main.repo_id
    assert linked.head().branch == "side"
    assert linked.common_dir == main.common_dir != linked.git_dir
    assert linked.checked_out() == {"main", "side"}


def test_no_repository(tmp_path):
    assert "git init" in refusal(tmp_path / "home").hint


def test_unborn_branch(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path / "new"], check=True)
    error = refusal(tmp_path / "new")
    assert "no commit" in error.message and "git commit" in error.hint


def test_bare_repository(repo, tmp_path):
    repo.git("clone", "-q", "--bare", str(repo.root), str(tmp_path / "bare.git"))
    assert "worktree add" in refusal(tmp_path / "bare.git").hint
    repo.git("config", "core.bare", "true")
    assert "bare" in refusal(repo.root).message


def test_sha256(tmp_path):
    subprocess.run(["git", "init", "-q", "--object-format=sha256", tmp_path / "new"], check=True)
    error = refusal(tmp_path / "new")
    assert "sha256" in error.message and "fast-export" in error.hint


def test_partial_clone_is_refused_until_its_hint_was_run(repo, tmp_path):
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial clone"
    repo.git("clone", "-q", "--no-checkout", "--filter=blob:none", repo.root.as_uri(), str(clone))
    error = refusal(clone)
    assert "lacks 5 objects" in error.message
    subprocess.run(error.hint.removeprefix("Fetch them: "), shell=True, check=True, capture_output=True)
    assert UserRepo.open(clone).head().branch == "main"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_foreign_owner_is_refused_and_nothing_is_written(repo, isolated):
    before = (isolated / ".gitconfig").read_bytes()
    for path in (repo.root, *repo.root.rglob("*")):
        os.lchown(path, 12345, 12345)
    error = refusal(repo.root)
    assert "another user" in error.message and "safe.directory" in error.hint
    assert (isolated / ".gitconfig").read_bytes() == before
    subprocess.run(error.hint.removeprefix("If you trust it: "), shell=True, check=True)
    assert repo.open().head().branch == "main"


def test_head_that_leads_out_of_the_repository(repo):
    (repo.root / ".git/HEAD").write_text("ref: ../../../../etc/hostname\n")
    refusal(repo.root)


def test_head_whose_commit_is_lost(repo):
    lost = repo.git("rev-parse", "HEAD")
    (repo.root / ".git/objects" / lost[:2] / lost[2:]).unlink()
    assert "fsck" in refusal(repo.root).hint


def test_broken_configuration_is_named(repo):
    with (repo.root / ".git/config").open("a") as config:
        config.write("[broken\n")
    assert "config" in refusal(repo.root).message


def test_core_worktree_elsewhere(repo, tmp_path):
    repo.git("config", "core.worktree", str(tmp_path / "home"))
    assert "core.worktree" in refusal(repo.root).message


def test_gitfile_that_leads_nowhere(tmp_path):
    (tmp_path / "home/.git").write_text("gitdir: /nowhere\n")
    assert "worktree repair" in refusal(tmp_path / "home").hint


def test_environment_of_a_hook_does_not_lead_elsewhere(repo, tmp_path, monkeypatch):
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", other], check=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    user = repo.open()
    assert user.head().branch == "main" and user.dirty() == []


class TestDirty:
    def test_every_kind(self, repo):
        repo.write("src/app.py", "changed\n")
        repo.write("staged.txt", "staged")
        repo.git("add", "staged.txt")
        repo.write("un tracked\n.txt", "x")
        (repo.root / "README.md").unlink()
        assert {d.path: d.kind for d in repo.open().dirty()} == {
            "README.md": "deleted", "src/app.py": "modified", "staged.txt": "added", "un tracked\n.txt": "untracked",
        }  # fmt: skip

    def test_the_users_own_ignore_rules_count(self, repo, isolated):
        (isolated / "ignored").write_text("*.global\n")
        with (isolated / ".gitconfig").open("a") as config:
            config.write("[core]\n\texcludesFile = ~/ignored\n")
        (repo.root / ".git/info/exclude").write_text("*.local\n")
        repo.write(".gitignore", "*.tracked\n")
        for name in ("a.global", "a.local", "a.tracked", "seen.txt"):
            repo.write(name, "x")
        assert {d.path for d in repo.open().dirty()} == {".gitignore", "seen.txt"}

    def test_default_global_ignore_file(self, repo, isolated):
        (isolated / ".config/git").mkdir(parents=True)
        (isolated / ".config/git/ignore").write_text("*.swp\n")
        repo.write("a.swp", "x")
        assert repo.open().dirty() == []

    def test_line_ends_by_the_users_autocrlf(self, repo, isolated):
        with (isolated / ".gitconfig").open("a") as config:
            config.write("[core]\n\tautocrlf = true\n")
        (repo.root / "src/app.py").unlink()
        repo.git("checkout", "src/app.py")
        assert (repo.root / "src/app.py").read_bytes().startswith(b"one\r\n")
        os.utime(repo.root / "src/app.py", (1, 1))
        assert repo.open().dirty() == []

    def test_does_not_touch_the_index(self, repo):
        os.utime(repo.root / "src/app.py", (1, 1))
        before = (repo.root / ".git/index").read_bytes()
        assert repo.open().dirty() == []
        assert (repo.root / ".git/index").read_bytes() == before

    def test_merge_in_progress(self, repo):
        repo.git("checkout", "-q", "-b", "other")
        repo.write("src/app.py", "theirs\n")
        repo.commit()
        repo.git("checkout", "-q", "main")
        repo.write("src/app.py", "ours\n")
        repo.commit()
        repo.git("merge", "other", check=False)
        user = repo.open()
        assert user.in_progress() == "merge"
        assert [(d.path, d.kind) for d in user.dirty()] == [("src/app.py", "unmerged")]


class TestFingerprint:
    def test_same_when_nothing_happened(self, user):
        assert user.fingerprint().difference(user.fingerprint()) == []

    @pytest.mark.parametrize(
        ("act", "seen"),
        [
            (["git", "branch", "new"], "refs: refs/heads/new appeared"),
            (["git", "config", "a.b", "c"], "metadata: config changed"),
            (["git", "stash", "-u"], "refs: refs/stash appeared"),
            (["git", "add", "dirty.txt"], "metadata: index changed"),
            (["git", "checkout", "-q", "--detach"], "metadata: HEAD changed"),
            (["touch", "-d", "@5", "README.md"], "files: README.md changed"),
            (["chmod", "+x", "README.md"], "files: README.md changed"),
            (["rm", "README.md"], "files: README.md vanished"),
        ],
    )
    def test_names_what_changed(self, repo, user, act, seen):
        repo.write("dirty.txt", "x")
        before = user.fingerprint()
        subprocess.run(act, cwd=repo.root, check=True, capture_output=True)
        assert seen in before.difference(user.fingerprint())

    def test_our_refs_and_folder_are_left_out(self, repo, user):
        before = user.fingerprint()
        repo.git("update-ref", "refs/autopack/r/base", "HEAD")
        repo.git("update-ref", "refs/heads/autopack/r", "HEAD")
        repo.write(".autonomous_runs/report.md", "x")
        assert before.difference(user.fingerprint()) == []
