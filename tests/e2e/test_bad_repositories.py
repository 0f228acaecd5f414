"""Repositories as people have them: whatever is in them, a run goes its way and leaves them as they were."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kit.project import builder, whole
from tests.kit.runs import Cli, Ended
from tests.kit.tiny import (
    DELETES,
    SUB,
    answer,
    byte_identical,
    codes,
    expect,
    findings,
    make,
    one,
    phase,
    plan_of,
    published,
    refused,
    sound,
    untouched,
)


class TestRefused:
    """AP901, exit 4, the command to run, not a byte changed."""

    def nothing_happens(self, cli: Cli, word: str, hint: str) -> None:
        with byte_identical(cli.project.root):
            error = refused(cli.run(), 4, "AP901")
        assert word in error["message"] and hint in error["hint"], error
        assert not list(cli.project.root.glob(".git/refs/autopack")), "no run came into being"

    def again(self, cli: Cli, *init: str) -> None:
        """The project's files in a repository made anew."""
        shutil.rmtree(cli.project.root / ".git")
        if init:
            cli.project.git("init", "-q", *init)

    def test_no_repository(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        self.again(cli)
        self.nothing_happens(cli, "not in a git repository", "git init")

    def test_no_commit(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        self.again(cli, "-b", "main")
        cli.project.git("add", "-A")
        self.nothing_happens(cli, "no commit yet", "git commit")

    def test_sha256(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        self.again(cli, "-b", "main", "--object-format=sha256")
        cli.project.commit("Base")
        self.nothing_happens(cli, "sha256", "fast-export")

    def test_partial_clone_that_lacks_objects(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        source = cli.project.place / "source"
        cli.project.root.rename(source)
        (cli.project.root).mkdir()
        git_in(cli, source, "config", "uploadpack.allowFilter", "true")
        url = f"file://{source}"
        cli.project.git("clone", "-q", "--filter=blob:none", "--no-checkout", url, ".")
        cli.project.git("reset", "-q")
        shutil.copy(source / "plan.autopack.yaml", cli.project.root)
        self.nothing_happens(cli, "partial clone lacks", "fetch --refetch")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
    def test_repository_of_somebody_else(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        for path in (cli.project.root, cli.project.root / ".git"):
            os.chown(path, 65534, 65534)
        self.nothing_happens(cli, "belongs to another user", "safe.directory")

    def test_unmerged_files_where_the_working_tree_is_the_base(self, tmp_path: Path) -> None:
        cli = make(tmp_path, run={"base": "working-tree"})
        conflict(cli)
        self.nothing_happens(cli, "merge", "git")
        assert cli("list").events == []


def git_in(cli: Cli, folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, env=cli.project.environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def conflict(cli: Cli) -> None:
    """A merge in progress with a conflict in table.py."""
    project = cli.project
    for branch, text in (("theirs", "ROW = 'theirs'\n"), ("main", "ROW = 'ours'\n")):
        if branch == "theirs":
            project.git("switch", "-q", "-c", branch)
        else:
            project.git("switch", "-q", branch)
        project.write({"table.py": text})
        project.commit(f"Change on {branch}")
    merged = subprocess.run(
        ["git", "merge", "theirs"], cwd=project.root, env=project.environment(), capture_output=True
    )
    assert merged.returncode == 1


def goes_on(cli: Cli, *, content: str = SUB) -> Ended:
    """The run completes, its branch has the change, and nothing of the user's moved."""
    with untouched(cli.project):
        ended = expect(cli.run(), 0, "DONE_SUCCESS")
    assert published(cli.project, "app.py") == content.strip()
    sound(cli.project)
    return ended


class TestStates:
    def test_everything_is_in_the_making(self, tmp_path: Path) -> None:
        """Staged, unstaged, untracked, deleted, stashed and ignored: HEAD is the base, AP118 says so."""
        cli = make(tmp_path, files={".gitignore": "*.local\n", "gone.py": "x = 1\n", "staged.py": "x = 1\n"})
        project = cli.project
        project.write({"notes.txt": "stashed\n"})
        project.git("stash", "push", "-q", "--include-untracked")
        project.write({"app.py": "broken =\n", "staged.py": "x = 2\n", "new.py": "?", "a.local": "ignored"})
        project.git("add", "staged.py")
        (project.root / "gone.py").unlink()
        goes_on(cli)

    def test_untracked_files_that_would_change_the_verdict_do_not(self, tmp_path: Path) -> None:
        """pytest.ini that collects nothing, conftest.py that fails everything, .env: none of them is in the base."""
        test = "from app import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
        text = plan_of(phase(tests={"paths": ["tests/"]}), defaults={})
        cli = make(tmp_path, files={"tests/test_app.py": test}, plan=text)
        hostile = "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\nraise SystemExit('no')\n"
        cli.project.write({
            "pytest.ini": "[pytest]\npython_files = nothing_*.py\naddopts = --no-such-option\n", "conftest.py": hostile,
            "tests/conftest.py": hostile, ".env": "PYTHONPATH=/nowhere\n", "sitecustomize.py": hostile,
        })  # fmt: skip
        ended = goes_on(cli)
        assert ended.last("step.finished") and not list(cli.project.root.rglob("ran"))
        assert next(e["tests"] for e in ended.events if e.get("step") == "baseline" and "tests" in e) == 1

    def test_merge_in_progress(self, tmp_path: Path) -> None:
        """A run from HEAD needs no clean index."""
        cli = make(tmp_path)
        conflict(cli)
        goes_on(cli)
        assert (cli.project.root / ".git" / "MERGE_HEAD").exists()

    def test_detached_head(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        cli.project.git("checkout", "-q", "--detach")
        goes_on(cli)

    def test_a_branch_named_autopack(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        cli.project.git("branch", "autopack")
        with untouched(cli.project):
            ended = expect(cli.run(), 0, "DONE_SUCCESS")
        branch = ended.events[-1]["branch"]
        assert branch == "autopack-runs/t"
        assert cli.project.git("rev-parse", branch) == ended.events[-1]["head"]
        with untouched(cli.project):
            expect(cli("discard", "t"), 0)
        assert cli.project.git("for-each-ref", "--format=%(refname:short)") == "autopack\nmain"

    def test_the_runs_branch_is_checked_out(self, tmp_path: Path) -> None:
        """Publishing waits (AP904); the phases go on; the branch catches up once it is free."""
        first = phase("first", "table.py")
        cli = make(
            tmp_path, phase("zero"), first, phase("second", depends_on=["first"]),
            answers=[answer("zero"), builder("first", "Drop", DELETES),
                     answer("second", SUB + "\n# second\n")],
        )  # fmt: skip
        expect(cli.run(), 3, "PHASE_EXECUTION")
        cli.project.git("checkout", "-q", "autopack/t")
        expect(cli("approve", "t"), 0)
        with untouched(cli.project):
            ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        found = one(ended, "AP904")
        assert (found["severity"], found["blocking"]) == ("information", False)
        assert ended.events[-1]["published"] is False
        assert [p["state"] for p in ended.events[-1]["phases"]] == ["COMPLETE"] * 3
        assert "checked out" in cli("status", "t").events[0]["branch_waits"]
        with untouched(cli.project):
            assert expect(cli("resume", "t"), 0).events[-1]["published"] is False
        cli.project.git("checkout", "-q", "main")
        with untouched(cli.project):
            late = expect(cli("resume", "t"), 0, "DONE_SUCCESS").events[-1]
        assert late["published"] is True, "the rule promises that resume publishes again, after the run's end too"
        assert cli.project.git("rev-parse", "autopack/t") == late["head"]
        assert cli("status", "t").events[0]["branch_waits"] == ""
        sound(cli.project)

    def test_the_runs_branch_was_moved_by_somebody(self, tmp_path: Path) -> None:
        """What we did not publish is not overwritten."""
        cli = make(tmp_path, phase("zero"), phase("first", "table.py"),
                   answers=[answer("zero"), builder("first", "Drop", DELETES)])  # fmt: skip
        expect(cli.run(), 3)
        cli.project.git("branch", "-f", "autopack/t", "main")
        expect(cli("approve", "t"), 0)
        ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        one(ended, "AP904")
        assert cli.project.git("rev-parse", "autopack/t") == cli.project.git("rev-parse", "main")


class TestConfiguration:
    def test_nothing_the_repository_configures_is_started(self, tmp_path: Path) -> None:
        """Hooks, clean and smudge filters, fsmonitor, aliases, a diff driver: none runs, in either repository."""
        cli = make(tmp_path, files={".gitattributes": "*.txt filter=evil\n* diff=evil\n", "data.txt": "filtered\n"})
        root, log = cli.project.root, cli.project.place / "started"
        script = root / ".git" / "evil"
        script.write_text(f'#!/bin/sh\necho "$0 $*" >> {log}\ncat\n')
        script.chmod(0o755)
        hooks = root / ".git" / "hooks"
        hooks.mkdir(exist_ok=True)
        for name in ("pre-commit", "post-commit", "post-checkout", "reference-transaction", "post-index-change",
                     "pre-auto-gc", "update", "post-update", "pre-receive", "proc-receive"):  # fmt: skip
            (hooks / name).symlink_to(script)
        for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "core.fsmonitor",
                    "diff.evil.command", "diff.evil.textconv", "core.sshCommand", "core.pager", "gpg.program",
                    "uploadpack.packObjectsHook"):  # fmt: skip
            cli.project.git("config", key, str(script))
        cli.project.git("config", "commit.gpgSign", "true")
        log.unlink(missing_ok=True)
        with untouched(cli.project):
            ended = expect(cli.run(), 0, "DONE_SUCCESS")
        started = log.read_text() if log.exists() else ""
        assert started == "", started
        assert cli.project.git("cat-file", "blob", "autopack/t:app.py") == SUB.strip()
        assert ended.events[-1]["published"]

    def test_global_excludes_and_autocrlf_are_the_users(self, tmp_path: Path) -> None:
        """What the user ignores everywhere is not snapshotted; CRLF in the checkout is no change; bytes stay bytes."""
        cli = make(tmp_path, run={"base": "working-tree"})
        project = cli.project
        project.git("config", "--global", "core.autocrlf", "true")
        project.git("config", "--global", "core.excludesFile", str(project.place / "home" / "ignore"))
        (project.place / "home" / "ignore").write_text("*.mine\n")
        (project.root / "notes.mine").write_text("private words\n")
        (project.root / "new.txt").write_text("taken along\n")
        for name in ("app.py", "check.py", "table.py"):
            (project.root / name).unlink()
        project.git("checkout", "--", ".")
        assert b"\r\n" in (project.root / "app.py").read_bytes()
        with untouched(project):
            expect(cli.run(), 0, "DONE_SUCCESS")
        names = project.git("ls-tree", "-r", "--name-only", "autopack/t").splitlines()
        assert "new.txt" in names and "notes.mine" not in names
        assert project.git("diff", "--stat", "main", "autopack/t", "--", "table.py", "check.py") == ""
        raw = subprocess.run(["git", "cat-file", "blob", "autopack/t:app.py"], cwd=project.root, capture_output=True)
        assert raw.stdout == SUB.encode()


class TestForms:
    def test_linked_worktree(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        main = cli.project.place / "main"
        cli.project.root.rename(main)
        git_in(cli, main, "worktree", "add", "-q", "-b", "side", str(cli.project.root))
        (main / "app.py").write_text("the main checkout's own business\n")
        goes_on(cli)
        assert (main / "app.py").read_text() == "the main checkout's own business\n"

    def test_shallow_clone(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        source = cli.project.place / "source"
        cli.project.write({"more.txt": "more\n"})
        cli.project.commit("More")
        cli.project.root.rename(source)
        cli.project.root.mkdir()
        cli.project.git("clone", "-q", "--depth=1", f"file://{source}", ".")
        goes_on(cli)
        assert cli.project.git("rev-list", "--count", "autopack/t") == "2"

    def test_sparse_checkout(self, tmp_path: Path) -> None:
        """What is not checked out is in the base all the same, and stays in the tree."""
        cli = make(tmp_path, files={"far/away.py": "x = 1\n", "check.py": "import app\nfrom far import away\n"})
        cli.project.git("sparse-checkout", "set", "--cone", "near")
        assert not (cli.project.root / "far").exists()
        goes_on(cli)
        assert published(cli.project, "far/away.py") == "x = 1"

    def test_submodule(self, tmp_path: Path) -> None:
        """Its files are there for the tests, linked from the user's checkout; the tree keeps the link's commit."""
        cli = make(tmp_path, files={"check.py": "import sys\nsys.path.insert(0, 'lib')\nimport app, helper\n"})
        library = cli.project.place / "library"
        library.mkdir()
        git_in(cli, library, "init", "-q", "-b", "main")
        (library / "helper.py").write_text("x = 1\n")
        git_in(cli, library, "add", "-A")
        git_in(cli, library, "commit", "-q", "-m", "Library")
        cli.project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "lib")
        cli.project.commit("Add the library")
        with untouched(cli.project):
            expect(cli.run(), 0, "DONE_SUCCESS")
        assert cli.project.git("ls-tree", "autopack/t", "lib").startswith("160000 commit")
        assert cli.project.git("rev-parse", "autopack/t:lib") == cli.project.git("rev-parse", "main:lib")

    def test_submodule_that_is_not_checked_out(self, tmp_path: Path) -> None:
        cli = make(tmp_path)
        head = cli.project.git("rev-parse", "HEAD")
        cli.project.git("update-index", "--add", "--cacheinfo", f"160000,{head},lib")
        cli.project.write({".gitmodules": '[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n'})
        cli.project.git("add", ".gitmodules")
        cli.project.git("commit", "-q", "-m", "A link to nowhere")
        with untouched(cli.project):
            ended = cli.run()
        found = one(ended, "AP905")
        assert "lib" in found["message"] or found["path"] == "lib"
        assert ended.code in (0, 1) and ended.events[-1]["event"] == "run.finished"

    @pytest.mark.skipif(shutil.which("git-lfs") is None, reason="needs git-lfs")
    def test_lfs_pointer(self, tmp_path: Path) -> None:
        """The tests see the real content from the user's checkout, the tree keeps the pointer."""
        check = "import app, pathlib\nassert pathlib.Path('data.bin').read_bytes() == b'real content'\n"
        cli = make(tmp_path, files={"check.py": check, ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"})
        cli.project.git("lfs", "install", "--local")
        (cli.project.root / "data.bin").write_bytes(b"real content")
        cli.project.commit("Large data")
        assert cli.project.git("cat-file", "blob", "HEAD:data.bin").startswith("version https://git-lfs")
        goes_on(cli)
        assert cli.project.git("diff", "--stat", "main", "autopack/t", "--", "data.bin") == ""

    def test_names_with_spaces_unicode_newlines_and_more(self, tmp_path: Path) -> None:
        names = [
            "a b.py",
            "naïve – 名前.py",
            "line\nbreak.txt",
            "tab\there.txt",
            "-rf",
            "quote'\".txt",
            ":(top)x",
            "*.txt",
        ]
        cli = make(
            tmp_path, phase("work", "a b.py", "naïve – 名前.py"),
            answers=[builder("work", "Rename things", whole("a b.py", "x = 2\n"), whole("naïve – 名前.py", "y = 2\n"))],
            files={name: f"x = {i}\n" for i, name in enumerate(names)},
        )  # fmt: skip
        with untouched(cli.project):
            expect(cli.run(), 0, "DONE_SUCCESS")
        listed = cli.project.git("ls-tree", "-r", "-z", "--name-only", "autopack/t").split("\0")
        assert set(names) <= set(listed)
        assert published(cli.project, "naïve – 名前.py") == "y = 2"
        changed = cli.project.git("diff", "-z", "--name-only", "main", "autopack/t").split("\0")
        assert set(filter(None, changed)) == {"a b.py", "naïve – 名前.py"}

    def test_a_repository_whose_path_has_spaces_and_a_newline(self, tmp_path: Path) -> None:
        place = tmp_path / "my pro\njects ü"
        place.mkdir()
        goes_on(make(place))

    def test_a_file_and_a_link_that_lead_out(self, tmp_path: Path) -> None:
        """A tracked symbolic link is checked out as one, and nothing is written through it."""
        outside = tmp_path / "outside.py"
        outside.write_text("mine\n")
        cli = make(tmp_path, phase("work", "app.py", "link.py"),
                   answers=[builder("work", "Write through", whole("link.py", "yours\n")), answer(attempt=2)])  # fmt: skip
        (cli.project.root / "link.py").symlink_to(outside)
        cli.project.commit("A link out")
        with untouched(cli.project):
            ended = expect(cli.run(), 0, "DONE_SUCCESS")
        assert {"AP307"} & set(codes(ended)), findings(ended)
        assert outside.read_text() == "mine\n"


class TestTestsThatCallGit:
    CHECK = """\
import os, subprocess, sys

def git(*args):
    return subprocess.run(["git", *args], check=True, capture_output=True, text=True).stdout.strip()

import app
assert git("describe", "--tags", "--abbrev=0") == "v1.0"
assert "app.py" in git("ls-files").splitlines()
assert git("status", "--porcelain") == ""
open("app.py", "a").write("# scribbled\\n")
assert git("stash", "list") == ""
git("stash")
assert git("stash", "list")
git("stash", "drop")
git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--allow-empty", "-q", "-m", "From a test")
git("branch", "from-a-test")
git("config", "user.name", "somebody else")
git("tag", "from-a-test")
print(git("rev-parse", "--show-toplevel"))
"""

    @pytest.mark.parametrize("level", ["1", "2", "3"])
    def test_work_and_touch_nothing_of_the_users(self, tmp_path: Path, level: str) -> None:
        if level == "3" and shutil.which("bwrap") is None:
            pytest.skip("needs bubblewrap")
        cli = make(tmp_path, files={"check.py": self.CHECK})
        cli.project.git("tag", "v1.0")
        cli.project.write({"later.txt": "stashed by the user\n"})
        cli.project.git("stash", "push", "-q", "--include-untracked")
        with untouched(cli.project):
            expect(cli.run(env={"AUTOPACK_SANDBOX_LEVEL": level}), 0, "DONE_SUCCESS")
        assert "from-a-test" not in cli.project.git("for-each-ref")
        assert published(cli.project, "app.py") == SUB.strip()
        assert cli.project.git("stash", "list").count("\n") == 0
        sound(cli.project)
