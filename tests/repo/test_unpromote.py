"""Taking a promotion back: out of the user's branch, or out of the user's files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopack import fault
from autopack.repo import Promoted, made_commit, promote, snapshot, unpromote

SIX = "one\ntwo\nthree\nfour\nfive\nsix\n"


@pytest.fixture
def run(repo, user, private, candidates):
    """Two phases, brought into `main` and taken back; a user's unrelated work lies about all the time."""

    class Run:
        made: Promoted

        def promoted(self, mode):
            base = user.head().commit
            one = candidates.make(base, {"src/app.py": "new\n", "made/by/run.py": "x\n"})
            tip = candidates.make(one, {"src/lib/deep.py": None})
            if mode != "ff":
                repo.write("mine.txt", "mine\n")
                repo.commit()
            old = user.head()
            done = promote(user, private, run="r1", base=base, tip=tip, mode=mode)
            assert done.applied, done
            assert done.new == user.head().commit
            self.made = Promoted("r1", mode, old.branch, old.commit, done.new, tip)
            return self

        def back(self, mode="move", **more):
            return unpromote(user, private, self.made, mode=mode, **more)

        def dirt(self):
            repo.write("staged.txt", "staged\n")
            repo.git("add", "staged.txt")
            repo.write("README.md", "in the making\n")
            repo.write("untracked", "mine\n")

        def seen(self):
            """What the user sees of files and index, times aside."""
            files = {p: p.read_bytes() for p in sorted(repo.root.rglob("*")) if p.is_file() and ".git" not in p.parts}
            return (
                files,
                repo.git("ls-files", "-s"),
                user.head(),
                repo.git("stash", "list"),
                repo.git("branch", "--list"),
            )

    return Run()


@pytest.mark.parametrize("mode", ["ff", "merge", "squash"])
def test_everything_is_as_it_was_before(repo, user, run, mode):
    """Staged work elsewhere, and what is in the making, stay too."""
    before = None
    if mode == "ff":
        run.dirt()
        before = run.seen()
    run.promoted(mode)
    if mode != "ff":
        run.dirt()
    untouched = user.fingerprint()
    would = run.back(dry_run=True)
    assert not would.applied and would.conflicts == () and "would move main back" in would.summary
    assert untouched.difference(user.fingerprint()) == []
    done = run.back()
    assert done.applied and done.new == run.made.old and "src/app.py" in done.summary
    assert not (repo.root / "made").exists() and (repo.root / "src/lib/deep.py").exists()
    assert before is None or run.seen() == before
    assert user.head().commit == run.made.old
    assert repo.git("diff", "--cached", "--name-only").strip() == "staged.txt"
    assert "take back run r1" in repo.git("reflog", "-1", "main")
    again = run.back()
    assert not again.applied and again.conflicts == () and "where it was" in again.summary


def test_a_branch_nobody_stands_on_goes_back_alone(repo, user, run):
    run.promoted("ff")
    repo.git("checkout", "-q", "-b", "elsewhere", run.made.old)
    before = run.seen()[:3]
    assert run.back().applied and user.branch("main") == run.made.old
    assert run.seen()[:3] == before


def test_a_detached_head(repo, user, run):
    repo.git("checkout", "-q", "--detach")
    run.promoted("ff")
    assert run.made.branch is None and run.back().applied and user.head().commit == run.made.old
    run.promoted("ff")
    repo.git("checkout", "-q", "main")
    assert "it was detached then" in run.back().conflicts[0]


def refuses(user, run, words, **how):
    before = user.fingerprint()
    said = run.back(**how)
    assert not said.applied and any(words in line for line in said.conflicts), said
    assert before.difference(user.fingerprint()) == []
    return said


def test_uncommitted_work_on_it_refuses_with_the_list(repo, user, run):
    run.promoted("ff")
    repo.write("src/app.py", "edited since\n")
    repo.write("src/lib/deep.py", "a new one\n")
    assert {line.split(":")[0] for line in refuses(user, run, "uncommitted").conflicts} == {
        "src/app.py",
        "src/lib/deep.py",
    }


def test_commits_on_top_refuse_and_name_the_way(repo, user, run):
    run.promoted("ff")
    repo.write("mine.txt", "mine\n")
    repo.commit()
    said = refuses(user, run, "on top of it")
    assert said.conflicts[0].endswith(" more") and len(said.conflicts) == 2
    assert said.conflicts[-1] == "a commit that undoes it: autopack unpromote r1 --mode revert"


def test_a_branch_that_was_moved_or_is_gone(repo, user, run):
    run.promoted("ff")
    repo.git("checkout", "-q", "--orphan", "fresh")
    repo.commit("other")
    repo.git("branch", "-f", "main")
    refuses(user, run, "does not hold")
    repo.git("branch", "-D", "main")
    refuses(user, run, "main is gone")


def test_what_others_may_have_is_not_moved(repo, user, run):
    run.promoted("ff")
    repo.git("update-ref", "refs/remotes/origin/main", run.made.new)
    refuses(user, run, "origin/main holds it")
    assert run.back("revert").applied


def test_another_worktree_stands_on_it(repo, user, run, tmp_path):
    run.promoted("ff")
    repo.git("checkout", "-q", "-b", "elsewhere", run.made.old)
    repo.git("worktree", "add", "-q", str(tmp_path / "other"), "main")
    refuses(user, run, "another worktree")


def test_a_merge_in_progress(repo, user, run):
    run.promoted("ff")
    (repo.root / ".git/MERGE_HEAD").write_text(run.made.old + "\n")
    refuses(user, run, "in progress")


class TestRevert:
    @pytest.mark.parametrize("mode", ["ff", "merge", "squash"])
    def test_one_commit_on_top_by_the_user(self, repo, user, run, mode):
        run.promoted(mode)
        repo.write("src/app.py", "new\nand mine\n")
        repo.write("later.txt", "mine\n")
        repo.git("checkout", "-q", run.made.new, "--", "src/app.py")
        top = repo.commit("Mine")
        repo.write("README.md", "in the making\n")
        before = user.fingerprint()
        assert "would commit the reverse" in run.back("revert", dry_run=True).summary
        assert before.difference(user.fingerprint()) == []
        done = run.back("revert")
        assert done.applied and done.new == user.head().commit and repo.git("rev-parse", "HEAD^").strip() == top
        assert repo.git("log", "-1", "--format=%s").strip() == "Revert autopack run r1"
        assert repo.git("diff", "--name-only", run.made.old, "HEAD").split() == ["later.txt"]
        assert [(d.path, d.kind) for d in user.dirty()] == [("README.md", "modified")]
        assert "holds nothing of it any more" in run.back("revert").summary

    def test_conflicts_and_staged_work_refuse(self, repo, user, run):
        run.promoted("ff")
        repo.write("src/app.py", "newer\n")
        repo.commit("Mine")
        refuses(user, run, "src/app.py: changed on top of it", mode="revert")
        repo.git("reset", "-q", "--hard", "HEAD^")
        repo.write("other", "x")
        repo.git("add", "other")
        refuses(user, run, "other: is staged", mode="revert")

    def test_a_hook_that_refuses_leaves_everything_as_it_was(self, repo, user, run):
        run.promoted("ff")
        hook = repo.root / ".git/hooks/commit-msg"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho no such message >&2\nexit 1\n")
        hook.chmod(0o755)
        before = user.head(), user.dirty()
        said = run.back("revert")
        assert "no such message" in said.conflicts[0] and (user.head(), user.dirty()) == before

    @pytest.mark.parametrize("ff", ["false", "only"])
    def test_how_the_user_likes_to_merge_is_no_hindrance(self, repo, user, run, ff):
        """git refuses `--squash` with `merge.ff=false`."""
        repo.git("config", "merge.ff", ff)
        run.promoted("squash")
        repo.write("later.txt", "mine\n")
        repo.commit("Mine")
        assert run.back("revert").applied

    def test_only_where_the_branch_is(self, repo, user, run):
        run.promoted("ff")
        repo.git("checkout", "-q", "-b", "elsewhere", run.made.old)
        refuses(user, run, "git checkout main", mode="revert")


class Stopped(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@pytest.fixture
def stopped_at(monkeypatch):
    def arm(name):
        assert name in fault.POINTS

        def point(passed):
            if passed == name:
                monkeypatch.undo()
                raise Stopped

        monkeypatch.setattr(fault, "point", point)

    return arm


@pytest.mark.parametrize(("mode", "point"), [
    ("move", "repo.before_unpromote"), ("move", "repo.unpromoted_tree"),
    ("revert", "repo.before_unpromote"), ("revert", "repo.revert_staged"),
])  # fmt: skip
def test_cut_off_and_done_again(repo, user, run, stopped_at, mode, point):
    run.promoted("ff")
    repo.write("README.md", "in the making\n")
    stopped_at(point)
    with pytest.raises(Stopped):
        run.back(mode)
    done = run.back(mode, begun=True)
    assert done.applied, done
    assert repo.git("diff", "--name-only", run.made.old, "HEAD") == ""
    assert [(d.path, d.kind) for d in user.dirty()] == [("README.md", "modified")]


def test_cut_off_half_way_never_takes_what_came_since(repo, user, run, stopped_at):
    run.promoted("ff")
    stopped_at("repo.unpromoted_tree")
    with pytest.raises(Stopped):
        run.back()
    repo.write("made/by/run.py", "mine now\n")
    repo.git("add", "made/by/run.py")
    assert run.back(begun=True).conflicts
    assert (repo.root / "made/by/run.py").read_text() == "mine now\n" and user.head().commit == run.made.new


def test_a_branch_that_moves_at_the_last_moment_keeps_its_checkout(repo, user, run, monkeypatch):
    run.promoted("ff")

    def moves(point):
        if point == "repo.unpromoted_tree":
            repo.git(
                "update-ref", "refs/heads/main", repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "x").strip()
            )

    monkeypatch.setattr(fault, "point", moves)
    assert run.back().conflicts and user.dirty() == []


@pytest.mark.parametrize("mode", ["ff", "merge", "squash"])
def test_a_promotion_nobody_saw_the_end_of_is_found(repo, user, run, mode):
    run.promoted(mode)
    open_one = replace(run.made, new="")
    repo.write("later.txt", "mine\n")
    repo.commit()
    assert made_commit(user, open_one) == run.made.new
    repo.git("reset", "-q", "--hard", run.made.old)
    assert made_commit(user, open_one) == ""
    repo.write("other.txt", "mine\n")
    repo.commit()
    assert made_commit(user, open_one) == ""


class TestFiles:
    @pytest.fixture
    def files(self, repo, user, private, candidates):
        repo.write("src/app.py", SIX)
        repo.write("mine.txt", "uncommitted\n")
        base = snapshot(user, private, 1).commit
        tip = candidates.make(base, {"src/app.py": SIX.replace("two", "TWO"), "mine.txt": None, "a/new.py": "made"})

        class Files:
            made = Promoted("r1", "files", "main", user.head().commit, "", tip, base)

            def forth(self):
                assert promote(user, private, run="r1", base=base, tip=tip, mode="ff", snapshot=base).applied

            def back(self, **more):
                return unpromote(user, private, self.made, **more)

        return Files()

    def test_every_file_is_as_it_was_and_the_index_too(self, repo, user, files):
        index = (repo.root / ".git/index").read_bytes()
        files.forth()
        before = user.fingerprint()
        assert "would write 3" in files.back(dry_run=True).summary and before.difference(user.fingerprint()) == []
        assert files.back().applied
        assert (repo.root / "src/app.py").read_text() == SIX and (repo.root / "mine.txt").read_text() == "uncommitted\n"
        assert not (repo.root / "a").exists() and (repo.root / ".git/index").read_bytes() == index
        assert "hold nothing of the run" in files.back().summary

    def test_what_the_user_did_since_stays(self, repo, files):
        files.forth()
        repo.write("src/app.py", SIX.replace("two", "TWO").replace("six", "SIX"))
        assert files.back().applied
        assert (repo.root / "src/app.py").read_text() == SIX.replace("six", "SIX")

    def test_any_conflict_refuses_all_with_the_list(self, repo, user, files):
        files.forth()
        repo.write("src/app.py", SIX.replace("two", "Two"))
        repo.write("mine.txt", "another\n")
        repo.write("a/new.py", "edited")
        before = user.fingerprint()
        assert sorted(files.back().conflicts) == [
            "a/new.py: the run made it, you changed it since",
            "mine.txt: the run removed it, you made another since",
            "src/app.py: you changed the same lines since",
        ]
        (repo.root / "src/app.py").unlink()
        assert "src/app.py: the run changed it, you removed it since" in files.back().conflicts
        repo.write("src/app.py", SIX.replace("two", "Two"))
        assert set(before.difference(user.fingerprint())) <= {"files: src/app.py changed"}

    def test_cut_off_between_two_files(self, repo, files, stopped_at, monkeypatch):
        files.forth()
        seen = []

        def second(name):
            seen.append(name)
            if seen.count("repo.promote_file") == 2:
                raise Stopped

        with monkeypatch.context() as patch:
            patch.setattr(fault, "point", second)
            with pytest.raises(Stopped):
                files.back()
        assert files.back(begun=True).applied
        assert (repo.root / "src/app.py").read_text() == SIX and not (repo.root / "a").exists()
        assert not list(repo.root.rglob(".autopack-*"))
