"""After a run: bring it in, take it back, throw it away, clean up. Only what the person asked for moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.invariants import state_folder
from tests.kit.project import Project, builder, whole
from tests.kit.runs import Cli, traceback_in, typed
from tests.kit.tiny import ADD, DELETES, MUL, SUB, answer, expect, make, phase, plan_of, published, sound, untouched

NEW = whole("new.py", "x = 1\n", "create")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A run of two phases that changed app.py and added new.py; tests put the user's branch back themselves."""
    cli = make(tmp_path_factory.mktemp("promote"), phase("one"), phase("two", "new.py"),
               answers=[answer("one"), builder("two", "Add new", NEW)])  # fmt: skip
    expect(cli.run(), 0, "DONE_SUCCESS")
    cli.project.git("tag", "base")
    return cli


@pytest.fixture
def cli(finished: Cli) -> Iterator[Cli]:
    yield finished
    finished.project.git("merge", "--quit")
    finished.project.git("reset", "-q", "--hard", "base")
    finished.project.git("clean", "-qfd")


def refuses(cli: Cli, *args: str, words: str) -> None:
    """Exit 2, every reason told, nothing moved."""
    with untouched(cli.project):
        ended = cli("promote", "t", *args)
    assert ended.code == 2, str(ended)
    assert words in json.dumps(ended.events) + ended.stderr, str(ended)


def commit_of_mine(project: Project, **files: str) -> str:
    project.write({name.replace("_", "."): text for name, text in files.items()})
    return project.commit("Mine")


class TestCommits:
    def test_a_dry_run_says_what_would_come_and_moves_nothing(self, cli: Cli) -> None:
        for mode in ("ff", "merge", "squash"):
            with untouched(cli.project):
                said = expect(cli("promote", "t", "--mode", mode, "--dry-run"), 0).events[0]
            assert said["applied"] is False and "app.py" in said["summary"] and "new.py" in said["summary"]

    def test_fast_forward(self, cli: Cli) -> None:
        expect(cli("promote", "t"), 0)
        project = cli.project
        assert project.git("rev-parse", "HEAD") == project.git("rev-parse", "autopack/t")
        assert project.git("symbolic-ref", "--short", "HEAD") == "main"
        assert project.git("status", "--porcelain") == ""
        assert (project.root / "app.py").read_text() == SUB
        again = cli("promote", "t")
        assert again.code == 0 and "nothing to promote" in again.events[0]["summary"]

    def test_merge_and_squash_beside_a_commit_of_the_users(self, cli: Cli) -> None:
        """The user's hooks run, the user is the author, uncommitted work elsewhere stays as it is."""
        project = cli.project
        mine = commit_of_mine(project, mine_txt="mine\n")
        refuses(cli, words="use merge or squash")
        hook = project.root / ".git" / "hooks" / "commit-msg"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho 'Seen-by: hook' >> \"$1\"\n")
        hook.chmod(0o755)
        project.write({"table.py": "in the making\n"})
        expect(cli("promote", "t", "--mode", "merge"), 0)
        assert project.git("rev-parse", "HEAD^1", "HEAD^2").split() == [mine, project.git("rev-parse", "autopack/t")]
        project.git("reset", "-q", "--keep", mine)
        expect(cli("promote", "t", "--mode", "squash"), 0)
        assert project.git("log", "-1", "--format=%P %an") == f"{mine} A User"
        assert "Autopack-Run: t" in (body := project.git("log", "-1", "--format=%B")) and "Seen-by: hook" in body
        assert project.git("status", "--porcelain") == "M table.py"
        hook.unlink()

    def test_conflicts_refuse_the_whole_with_the_list(self, cli: Cli) -> None:
        commit_of_mine(cli.project, app_py=MUL, new_py="y = 2\n")
        for mode in ("merge", "squash"):
            refuses(cli, "--mode", mode, words="app.py: changed by you and by the run")
            refuses(cli, "--mode", mode, words="new.py")

    def test_uncommitted_work_in_the_way_is_not_overwritten(self, cli: Cli) -> None:
        cli.project.write({"app.py": "in the making\n", "new.py": "untracked\n"})
        for mode in ("ff", "merge", "squash"):
            refuses(cli, "--mode", mode, words="app.py: has uncommitted changes")
            refuses(cli, "--mode", mode, words="new.py")

    def test_a_hook_that_refuses_leaves_everything_as_it_was(self, cli: Cli) -> None:
        hook = cli.project.root / ".git" / "hooks" / "commit-msg"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho 'no ticket number' >&2\nexit 1\n")
        hook.chmod(0o755)
        head = commit_of_mine_with(cli.project, hook)
        ended = cli("promote", "t", "--mode", "squash")
        assert ended.code == 2 and "no ticket number" in json.dumps(ended.events), str(ended)
        assert cli.project.git("rev-parse", "HEAD") == head
        assert cli.project.git("status", "--porcelain") == ""
        hook.unlink()


def commit_of_mine_with(project: Project, hook: Path) -> str:
    hook.chmod(0o644)
    head = commit_of_mine(project, mine_txt="mine\n")
    hook.chmod(0o755)
    return head


def test_nothing_complete_is_nothing_to_promote(tmp_path: Path) -> None:
    cli = make(tmp_path, phase("work", "table.py"), answers=[builder("work", "Drop", DELETES)])
    expect(cli.run(), 3)
    refuses(cli, words="no completed phase")
    assert cli("promote", "t-7").code == 2
    assert cli("promote", "t", "--mode", "rebase").code == 2


class TestWorkingTree:
    """base: working-tree: the result goes to the user's files, three-way where they moved on; all or nothing."""

    BASE = "".join(f"line {n}\n" for n in range(30))

    def run(self, place: Path) -> Cli:
        """The user has uncommitted work in app.py and notes.txt; the run changes app.py and the top of notes.txt."""
        notes = self.BASE.replace("line 20\n", "line 20, mine\n")
        cli = make(
            place, phase("work", "app.py", "notes.txt", "new.py"), run={"base": "working-tree"},
            files={"notes.txt": self.BASE},
            answers=[builder("work", "Change", whole("app.py", SUB + "# mine\n"), NEW,
                             whole("notes.txt", notes.replace("line 3\n", "line 3, the run's\n")))],
        )  # fmt: skip
        cli.project.write({"app.py": ADD + "# mine\n", "notes.txt": notes})
        cli.project.git("add", "app.py")
        with untouched(cli.project):
            expect(cli.run(), 0, "DONE_SUCCESS")
        return cli

    def test_applied_merged_and_the_index_not_touched(self, tmp_path: Path) -> None:
        cli = self.run(tmp_path)
        project = cli.project
        project.write({"notes.txt": (project.root / "notes.txt").read_text().replace("line 28\n", "line 28, later\n")})
        index = (project.root / ".git" / "index").read_bytes()
        with untouched(project):
            said = expect(cli("promote", "t", "--dry-run"), 0).events[0]
        assert said["applied"] is False
        expect(cli("promote", "t"), 0)
        assert (project.root / "app.py").read_text() == SUB + "# mine\n"
        assert (project.root / "new.py").read_text() == "x = 1\n"
        notes = (project.root / "notes.txt").read_text()
        assert all(words in notes for words in ("line 3, the run's", "line 20, mine", "line 28, later"))
        assert (project.root / ".git" / "index").read_bytes() == index
        assert project.git("log", "--oneline", "main").count("\n") == 0, "the snapshot enters no branch of the user's"
        sound(project)

    def test_one_conflict_refuses_the_whole(self, tmp_path: Path) -> None:
        cli = self.run(tmp_path)
        cli.project.write({"app.py": "something else altogether\n", "new.py": "mine\n"})
        refuses(cli, words="app.py")
        refuses(cli, words="new.py")
        assert "the run's" not in (cli.project.root / "notes.txt").read_text()


class TestRollback:
    def three(self, place: Path) -> Cli:
        lines = [{**answer(name, f"{SUB}# {name}\n"), "times": "*"} for name in ("one", "two", "three")]
        phases = [phase("one"), phase("two", depends_on=["one"]), phase("three", depends_on=["two"])]
        cli = make(place, *phases, answers=lines)
        expect(cli.run(), 0, "DONE_SUCCESS")
        return cli

    def test_to_a_phase_and_on_from_there(self, tmp_path: Path) -> None:
        """The branch follows, later phases run again, earlier ones do not; the second end is as good as the first."""
        cli = self.three(tmp_path)
        project, tree = cli.project, cli.project.git("rev-parse", "autopack/t^{tree}")
        for wrong in ("nosuch", "four"):
            assert cli("rollback", "t", "--to", wrong).code == 2
        with untouched(project):
            said = expect(cli("rollback", "t", "--to", "one"), 0).events[0]
            assert project.git("rev-parse", "autopack/t") == said["head"]
            assert published(project, "app.py").endswith("# one")
            states = [p["state"] for p in cli("status", "t").events[0]["phases"]]
            assert states == ["COMPLETE", "QUEUED", "QUEUED"]
            refused = cli("rollback", "t", "--to", "three")
            assert refused.code == 2 and "not complete" in refused.stderr
            ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        assert [p["attempts"] for p in ended.events[-1]["phases"]] == [1, 2, 2]
        assert project.git("rev-parse", "autopack/t^{tree}") == tree
        sound(project)

    def test_while_the_branch_is_checked_out(self, tmp_path: Path) -> None:
        """People and programs are told that the branch does not follow yet, and why."""
        cli = make(tmp_path)
        expect(cli.run(), 0)
        project = cli.project
        project.git("checkout", "-q", "autopack/t")
        said = typed(project, "rollback", "t")
        assert said.returncode == 0, said.stderr
        first, second, third, last = said.stdout.splitlines()
        assert "t stands at its base" in first and last.startswith("Go on with: autopack resume t")
        assert third == "What was there is save/1."
        assert "AP904" in second and "autopack/t is checked out" in second
        assert "AP904: branch autopack/t is checked out" in typed(project, "status", "t").stdout

    def test_to_the_base_after_the_branch_was_moved_by_somebody(self, tmp_path: Path) -> None:
        """The branch is no longer ours to move: AP904, the run itself stands at its base."""
        cli = make(tmp_path)
        expect(cli.run(), 0)
        project = cli.project
        project.git("branch", "-f", "autopack/t", "main")
        project.git("commit", "-q", "--allow-empty", "-m", "Mine")
        project.git("branch", "-f", "autopack/t", "main")
        with untouched(project):
            said = expect(cli("rollback", "t"), 0).events[0]
        assert said["head"] == project.git("rev-parse", "main^") and "left as you have it" in said["branch_waits"]
        assert project.git("rev-parse", "autopack/t") == project.git("rev-parse", "main")
        sound(project)


class TestDiscard:
    def test_branch_pin_refs_and_worktree_go_the_report_stays(self, tmp_path: Path) -> None:
        cli = make(
            tmp_path, phase("one"), phase("two", "table.py"), answers=[answer("one"), builder("two", "Drop", DELETES)]
        )
        expect(cli.run(), 3)
        project, state = cli.project, state_folder(cli.project)
        assert (
            project.git("for-each-ref", "refs/autopack", "refs/heads/autopack") and (state / "worktrees" / "t").exists()
        )
        with untouched(project):
            expect(cli("discard", "t"), 0)
        assert project.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
        assert not (state / "worktrees" / "t").exists() and not (state / "scratch" / "t").exists()
        assert not list((state / "repo.git" / "refs" / "autopack").glob("t/**/*"))
        listed = cli("list").events
        assert [(v["id"], v["state"], v["requests"]) for v in listed] == [("t", "DISCARDED", [])]
        expect(cli("report", "t"), 0)
        for verb in (("resume", "t"), ("promote", "t"), ("retry", "t", "one")):
            ended = cli(*verb)
            assert (ended.code, traceback_in(ended)) == (2, False), str(ended)
        assert cli("status", "t").events[0]["state"] == "DISCARDED", "nothing brings it back"
        expect(cli("discard", "t"), 0)
        expect(cli.run(), 3)
        assert cli("list").events[0]["id"] == "t-2", "a new start gets a name of its own"

    def test_a_branch_that_is_no_longer_ours_or_checked_out_stays(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        expect(cli.run(), 0)
        project = cli.project
        project.git("checkout", "-q", "autopack/t")
        project.git("commit", "-q", "--allow-empty", "-m", "Mine on top")
        mine = project.git("rev-parse", "HEAD")
        with untouched(project):
            said = expect(cli("discard", "t"), 0).events[0]
        assert project.git("rev-parse", "autopack/t") == mine and "autopack/t" in said["left"]

    def test_a_branch_that_is_checked_out_stays_and_is_named(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        expect(cli.run(), 0)
        cli.project.git("checkout", "-q", "autopack/t")
        with untouched(cli.project):
            said = expect(cli("discard", "t"), 0).events[0]
        assert said["left"] == "branch autopack/t is checked out and stays"
        assert cli.project.git("for-each-ref", "refs/autopack") == ""


class TestCollect:
    def test_only_what_may_go_goes(self, tmp_path: Path) -> None:
        """Old answers and logs of ended runs, idle worktrees beyond the pool; nothing of a run that waits."""
        change, drop = builder("one", "Change", whole("app.py", SUB)), builder("two", "Drop", DELETES)
        cli = make(tmp_path, phase("one"), phase("two", "table.py"),
                   answers=[{**change, "times": "*"}, {**drop, "times": "*"}])  # fmt: skip
        expect(cli.run(), 3)
        cli.project.plan.write_text(plan_of(phase("one", notes="Another prompt than that of the run that waits.")))
        expect(cli.run(), 0)
        state = state_folder(cli.project)
        eager = {"AUTOPACK_RETENTION_DAYS": "0", "AUTOPACK_RETENTION_POOL": "0"}
        with untouched(cli.project):
            before = kept(state)
            told = expect(cli("gc", "--dry-run", env=eager), 0).events[0]
            assert (told["dry_run"], told["worktrees"], kept(state)) == (True, ["t-2"], before)
            done = expect(cli("gc", env=eager), 0).events[0]
        assert done["worktrees"] == ["t-2"] and done["artefacts"]["artefacts"]
        assert {p.name.split(".")[0] for p in (state / "worktrees").iterdir()} == {"t"}
        assert published(cli.project, "app.py", "t-2") == SUB.strip(), "branches stay"
        expect(cli("report", "t-2"), 0)
        expect(cli("approve", "t"), 0)
        expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        for run in ("t", "t-2"):
            sound(cli.project, run)


def kept(state: Path) -> list[str]:
    """Artefacts and worktrees on disk."""
    files = [p.name for p in (state / "artefacts").rglob("*") if p.is_file()]
    return sorted(files + [p.name for p in (state / "worktrees").iterdir()])
