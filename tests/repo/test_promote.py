"""Promotion: into the user's branch, or into the user's files."""

from __future__ import annotations

import os

import pytest

from autopack.errors import UsageError
from autopack.repo import promote, snapshot

SIX = "one\ntwo\nthree\nfour\nfive\nsix\n"


@pytest.fixture
def run(user, private, candidates):
    """Promotes the chain made by `run.make`."""

    class Run:
        base = user.head().commit
        tip = base

        def make(self, files):
            self.tip = candidates.make(self.tip, files)
            return self

        def promote(self, mode="ff", **more):
            return promote(user, private, run="r1", base=self.base, tip=self.tip, mode=mode, **more)

    return Run()


class TestCommits:
    def test_fast_forward(self, repo, user, run):
        done = run.make({"src/app.py": "new\n"}).promote("ff")
        assert done.applied and "src/app.py" in done.summary
        assert user.head().commit == run.tip and user.head().branch == "main"
        assert (repo.root / "src/app.py").read_text() == "new\n" and user.dirty() == []
        assert "nothing to promote" in run.promote("ff").summary

    def test_dry_run_changes_nothing(self, user, run):
        before = user.fingerprint()
        run.make({"a": "1"})
        for mode in ("ff", "merge", "squash"):
            assert run.promote(mode, dry_run=True).conflicts == ()
        assert before.difference(user.fingerprint()) == []

    def test_fast_forward_is_refused_when_the_branch_moved(self, repo, user, run):
        run.make({"a": "1"})
        repo.write("b", "2")
        mine = repo.commit()
        refused = run.promote("ff")
        assert not refused.applied and "merge or squash" in refused.conflicts[0] and user.head().commit == mine

    def test_merge_and_squash_of_diverged_branches(self, repo, user, run):
        run.make({"src/app.py": SIX.replace("one", "ONE")})
        repo.write("src/app.py", SIX.replace("six", "SIX"))
        mine = repo.commit()
        assert run.promote("merge").applied
        assert repo.git("rev-parse", "HEAD^1", "HEAD^2").split() == [mine, run.tip]
        assert (repo.root / "src/app.py").read_text() == SIX.replace("one", "ONE").replace("six", "SIX")
        repo.git("reset", "-q", "--hard", mine)
        assert run.promote("squash").applied
        assert repo.git("rev-parse", "HEAD^") == mine and "Autopack-Run: r1" in repo.git("log", "-1", "--format=%B")
        assert user.dirty() == []
        for dry_run in (True, False):
            again = run.promote("squash", dry_run=dry_run)
            assert not again.applied and again.conflicts == () and "holds the result already" in again.summary

    @pytest.mark.parametrize("mode", ["merge", "squash"])
    def test_conflict_refuses_with_the_list_and_changes_nothing(self, repo, user, run, mode):
        run.make({"src/app.py": "theirs\n", "line\nbreak.txt": "theirs\n", "fine": "x"})
        repo.write("src/app.py", "mine\n")
        repo.write("line\nbreak.txt", "mine\n")
        repo.commit()
        before = user.fingerprint()
        refused = run.promote(mode)
        assert not refused.applied and len(refused.conflicts) == 2
        assert {c.split(": changed")[0] for c in refused.conflicts} == {"src/app.py", "line\nbreak.txt"}
        assert before.difference(user.fingerprint()) == []

    @pytest.mark.parametrize("mode", ["ff", "merge", "squash"])
    def test_uncommitted_work_in_the_way(self, repo, user, run, mode):
        run.make({"src/app.py": "theirs\n", "new": "x", "ignored.log": "x"})
        (repo.root / ".git/info/exclude").write_text("*.log\n")
        repo.write("src/app.py", "mine\n")
        repo.write("new", "mine")
        repo.write("ignored.log", "mine")
        before = user.fingerprint()
        assert sorted(c.split(":")[0] for c in run.promote(mode).conflicts) == ["ignored.log", "new", "src/app.py"]
        assert before.difference(user.fingerprint()) == []

    def test_unrelated_uncommitted_work_survives(self, repo, user, run):
        repo.write("README.md", "mine\n")
        repo.write("untracked", "mine\n")
        assert run.make({"src/app.py": "theirs\n"}).promote("ff").applied
        assert [(d.path, d.kind) for d in user.dirty()] == [("README.md", "modified"), ("untracked", "untracked")]

    def test_squash_does_not_take_staged_work_along(self, repo, user, run):
        repo.write("README.md", "mine\n")
        repo.git("add", "README.md")
        refused = run.make({"src/app.py": "theirs\n"}).promote("squash")
        assert not refused.applied and "staged" in refused.conflicts[0]

    def test_users_hook_may_refuse(self, repo, user, run):
        hook = repo.root / ".git/hooks/commit-msg"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho no such message >&2\nexit 1\n")
        hook.chmod(0o755)
        run.make({"src/app.py": "theirs\n"})
        before = user.head(), user.dirty()
        for mode in ("merge", "squash"):
            refused = run.promote(mode)
            assert not refused.applied and "no such message" in refused.conflicts[0]
            assert (user.head(), user.dirty(), user.in_progress()) == (*before, "")

    def test_detached_head(self, repo, user, run):
        repo.git("checkout", "-q", "--detach")
        assert run.make({"a": "1"}).promote("ff").applied and user.head().commit == run.tip

    def test_nothing_complete_and_unknown_mode(self, run):
        assert "no phase is complete" in run.promote("ff").summary
        with pytest.raises(UsageError):
            run.make({"a": "1"}).promote("rebase")


class TestFiles:
    @pytest.fixture
    def work(self, repo, user, private, run):
        repo.write("src/app.py", SIX)
        repo.write("src/lib/deep.py", "edited\n")
        repo.write("mine.txt", "uncommitted\n")
        taken = snapshot(user, private, 1)
        run.tip = run.snapshot = taken.commit
        run.files = lambda **more: run.promote(snapshot=run.snapshot, **more)
        return run

    def test_writes_what_is_still_the_snapshots(self, repo, user, work):
        index = (repo.root / ".git/index").read_bytes()
        work.make({"src/app.py": "new\n", "mine.txt": None, "a/b\n/c": "made", "src/lib/deep.py": "deeper\n"})
        assert work.files(dry_run=True).applied is False and (repo.root / "mine.txt").exists()
        done = work.files()
        assert done.applied and done.summary.startswith("wrote 4 of your files")
        assert (repo.root / "src/app.py").read_text() == "new\n" and not (repo.root / "mine.txt").exists()
        assert (repo.root / "a/b\n/c").read_text() == "made"
        assert (repo.root / ".git/index").read_bytes() == index and user.head().commit == work.base
        assert "hold the result already" in work.files().summary
        assert list(repo.root.rglob(".autopack-*")) == []

    def test_merges_what_the_user_changed_elsewhere(self, repo, work):
        work.make({"src/app.py": SIX.replace("one", "ONE")})
        repo.write("src/app.py", SIX.replace("six", "SIX"))
        assert work.files().applied
        assert (repo.root / "src/app.py").read_text() == SIX.replace("one", "ONE").replace("six", "SIX")
        assert "hold the result already" in work.files().summary

    @pytest.mark.parametrize(
        ("theirs", "mine", "words"),
        [
            ({"src/app.py": "theirs\n"}, {"src/app.py": "mine\n"}, "same lines"),
            ({"src/app.py": "theirs\n"}, {"src/app.py": None}, "you removed it"),
            ({"src/app.py": None}, {"src/app.py": "mine\n"}, "the run removed it"),
            ({"new": "theirs\n"}, {"new": "mine\n"}, "is in your checkout already"),
            ({"src/app.py": b"\0a"}, {"src/app.py": b"\0b"}, "same lines"),
            ({"new/inner": "x"}, {"new": "a file"}, "no folder"),
            ({"new": "x"}, {"new/inner": "a file"}, "no regular file"),
        ],
    )
    def test_any_conflict_refuses_all(self, repo, user, work, theirs, mine, words):
        work.make({"README.md": "would be fine\n", **theirs})
        for path, content in mine.items():
            (repo.root / path).unlink(missing_ok=True) if content is None else repo.write(path, content)
        before = user.fingerprint()
        refused = work.files()
        assert not refused.applied and len(refused.conflicts) == 1 and words in refused.conflicts[0]
        assert before.difference(user.fingerprint()) == []

    def test_never_through_a_link(self, repo, work, tmp_path):
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "victim").write_text("mine")
        work.make({"dir/victim": "theirs", "ln": "theirs"})
        (repo.root / "dir").symlink_to(outside)
        (repo.root / "ln").symlink_to(outside / "victim")
        assert len(work.files().conflicts) == 2 and (outside / "victim").read_text() == "mine"

    def test_modes_and_the_users_permissions(self, repo, private, work):
        from autopack.repo import Entry

        (repo.root / "mine.txt").chmod(0o640)
        os.link(repo.root / "mine.txt", repo.base / "hard")
        blob = private.write_blob(b"changed\n")
        tree = private.write_entries(
            private.tree(work.tip), {"mine.txt": Entry(0o100755, blob), "run.sh": Entry(0o100755, blob)}
        )
        work.tip = private.commit(tree, work.tip, "m", 2)
        private.pack(work.tip, work.snapshot)
        assert work.files().applied
        assert (repo.root / "mine.txt").stat().st_mode & 0o777 == 0o750
        assert (repo.root / "run.sh").stat().st_mode & 0o100 and (repo.base / "hard").read_text() == "uncommitted\n"

    def test_line_ends_and_filters_of_the_user(self, repo, user, private, candidates, isolated):
        with (isolated / ".gitconfig").open("a") as config:
            config.write('[core]\n\tautocrlf = true\n[filter "rot"]\n\tclean = tr a-z b-za\n\tsmudge = tr b-za a-z\n')
        repo.write(".gitattributes", "*.rot filter=rot -text\n")
        repo.write("x.rot", "hal\n")
        repo.commit()
        repo.write("crlf.txt", "one\r\ntwo\r\n")
        taken = snapshot(repo.open(), private, 1)
        assert private.read(taken.commit, "crlf.txt").data == b"one\ntwo\n"
        assert private.read(taken.commit, "x.rot").data == b"ibm\n"
        tip = candidates.make(taken.commit, {"crlf.txt": "one\nTWO\n", "x.rot": "ibm2\n"})
        assert promote(
            repo.open(), private, run="r", base=taken.parent, tip=tip, mode="ff", snapshot=taken.commit
        ).applied  # fmt: skip
        assert (repo.root / "crlf.txt").read_bytes() == b"one\r\nTWO\r\n"
        assert (repo.root / "x.rot").read_bytes() == b"hal2\n"

    def test_goes_on_after_an_interruption(self, repo, work, monkeypatch):
        from autopack.repo import promote_files

        work.make({"src/app.py": "new\n", "src/lib/deep.py": "deeper\n", "z": "made"})
        passed = []

        def stop(name):
            passed.append(name)
            if passed.count(promote_files.POINT) == 2:
                raise KeyboardInterrupt

        monkeypatch.setattr(promote_files.fault, "point", stop)
        with pytest.raises(KeyboardInterrupt):
            work.files()
        monkeypatch.undo()
        assert (repo.root / "src/app.py").read_text() == "new\n" and not (repo.root / "z").exists()
        assert list(repo.root.rglob(".autopack-*")) == []
        assert work.files().applied and (repo.root / "z").read_text() == "made"

    def test_file_that_moves_at_the_last_moment_is_left_alone(self, repo, work, monkeypatch):
        from autopack.repo import promote_files

        work.make({"src/app.py": "new\n", "z/new": "made"})
        prepare = promote_files._prepare

        def and_edit(*args):
            repo.write("src/app.py", "saved just now\n")
            return prepare(*args)

        monkeypatch.setattr(promote_files, "_prepare", and_edit)
        assert work.files().conflicts == ("src/app.py: changed a moment ago",)
        assert (repo.root / "src/app.py").read_text() == "saved just now\n" and not (repo.root / "z").exists()
