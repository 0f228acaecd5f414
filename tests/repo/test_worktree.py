"""The run's worktree: checkout by difference, clean-up, provisioning, the tests' own repository."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess

import pytest

from autopack.model.plan import Workspace
from autopack.repo import PrivateRepo, UserRepo, Worktree


@pytest.fixture
def tree(private, user, tmp_path):
    return Worktree.open(private, user, tmp_path / "wt/r1", "r1")


def contents(worktree: Worktree) -> dict[str, str]:
    found = {}
    for path in worktree.path.rglob("*"):
        if path.is_symlink():
            found[str(path.relative_to(worktree.path))] = str(path.readlink())
        elif not path.is_dir():
            found[str(path.relative_to(worktree.path))] = path.read_text("utf-8")
    found.pop(".git", None)
    return found


def tracked(private, commit) -> dict[str, str]:
    return {e.path: private.blob(e.id).decode() for e in private.list(commit)}


def workspace(**keys) -> Workspace:
    return Workspace.model_validate(keys)


class TestCheckout:
    def test_follows_the_candidates_and_back(self, user, private, tree, candidates):
        base = user.head().commit
        one = candidates.make(base, {"src/app.py": None, "src/app.py/inside": "x", "new\n": "n"})
        two = candidates.make(one, {"src/app.py/inside": None, "src/app.py": "again", "src/lib/deep.py": None})
        for commit in (base, one, two, one, base):
            tree.checkout(commit)
            assert contents(tree) == tracked(private, commit)
            assert tree.commit == commit

    def test_unchanged_files_are_not_written_again(self, user, tree, candidates):
        base = user.head().commit
        tree.checkout(base)
        before = (tree.path / "README.md").stat()
        tree.checkout(candidates.make(base, {"src/app.py": "x"}))
        after = (tree.path / "README.md").stat()
        assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)

    def test_after_a_kill_in_the_middle(self, user, private, tree, candidates, tmp_path):
        base = user.head().commit
        tree.checkout(base)
        one = candidates.make(base, {"src/app.py": "x"})
        (tree.path / "src/app.py").write_text("half wri")
        (tmp_path / "wt/r1.index.lock").touch()
        again = Worktree.open(private, user, tmp_path / "wt/r1", "r1")
        again.checkout(one)
        assert contents(again) == tracked(private, one)

    def test_damaged_record_is_an_empty_one(self, user, private, tree, tmp_path):
        tree.checkout(user.head().commit)
        (tmp_path / "wt/r1.json").write_text("{half")
        again = Worktree.open(private, user, tmp_path / "wt/r1", "r1")
        assert again.commit == ""
        again.checkout(user.head().commit)
        assert contents(again) == tracked(private, user.head().commit)

    def test_committed_line_end_rules_act_and_filters_do_not(self, repo, private, user, tree):
        payload, mark = repo.payload()
        repo.write(".gitattributes", "*.bat text eol=crlf\n*.x filter=evil\n")
        repo.write("a.bat", "a\nb\n")
        repo.write("a.x", "plain\n")
        commit = repo.commit()
        repo.git("config", "filter.evil.smudge", payload)
        repo.git("config", "filter.evil.required", "true")
        tree.checkout(commit)
        assert (tree.path / "a.bat").read_bytes() == b"a\r\nb\r\n"
        assert (tree.path / "a.x").read_bytes() == b"plain\n"
        assert tree.clean(commit) == () and not mark.exists()

    def test_pooled_worktree_forgets_the_provisions_of_another_run(self, repo, user, private, tree, tmp_path):
        repo.write("local.cfg", "x")
        base = user.head().commit
        tree.checkout(base)
        tree.provision(workspace(copy=["local.cfg"]))
        again = Worktree.open(private, user, tmp_path / "wt/r1", "r2")
        again.checkout(base)
        assert contents(again) == tracked(private, base)


class TestClean:
    def test_removes_what_nothing_accounts_for(self, repo, private, user, tree):
        repo.write(".gitignore", "*.log\n__pycache__/\n")
        commit = repo.commit()
        tree.checkout(commit)
        for path in ("a.log", "src/__pycache__/app.pyc", "deep/er/x", "src/lib/.hidden", "sub/.git/config"):
            (tree.path / path).parent.mkdir(parents=True, exist_ok=True)
            (tree.path / path).write_text("x")
        os.mkfifo(tree.path / "fifo")
        locked = tree.path / "locked"
        (locked / "in").mkdir(parents=True)
        (locked / "in/x").write_text("x")
        (locked / "in").chmod(0)
        locked.chmod(0)
        assert tree.clean(commit) == ()
        assert contents(tree) == tracked(private, commit)

    def test_reports_and_resets_tracked_files(self, user, private, tree):
        commit = user.head().commit
        tree.checkout(commit)
        (tree.path / "src/app.py").write_text("tampered\n")
        (tree.path / "README.md").unlink()
        (tree.path / "line\nbreak.txt").chmod(0o755)
        os.remove(tree.path / "src/lib/deep.py")
        (tree.path / "src/lib/deep.py").mkdir()
        assert tree.clean(commit) == ("README.md", "line\nbreak.txt", "src/app.py", "src/lib/deep.py")
        assert contents(tree) == tracked(private, commit)
        assert tree.clean(commit) == ()

    def test_same_size_same_time_edit_is_seen(self, user, private, tree):
        commit = user.head().commit
        tree.checkout(commit)
        for _ in range(5):
            path = tree.path / "README.md"
            info = path.stat()
            path.write_text("READ ME\n")
            os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
            assert tree.clean(commit) == ("README.md",)

    def test_rewritten_with_the_same_content_is_no_change(self, user, tree):
        tree.checkout(user.head().commit)
        (tree.path / "README.md").write_text("read me\n")
        assert tree.clean(user.head().commit) == ()

    def test_planted_links_lead_nowhere(self, repo, user, private, tree, tmp_path):
        victim = tmp_path / "victim"
        victim.mkdir()
        for name in ("app.py", "deep.py", "keep"):
            (victim / name).write_text("mine")
        commit = user.head().commit
        tree.checkout(commit)
        subprocess.run(["rm", "-rf", "src"], cwd=tree.path, check=True)
        (tree.path / "src").symlink_to(victim)
        (tree.path / "outside").symlink_to(victim)
        (tree.path / "README.md").unlink()
        (tree.path / "README.md").symlink_to(victim / "keep")
        assert tree.clean(commit) == ("README.md", "src/app.py", "src/lib/deep.py")
        assert contents(tree) == tracked(private, commit)
        assert {p.name: p.read_text() for p in victim.iterdir()} == dict.fromkeys(("app.py", "deep.py", "keep"), "mine")

    def test_scope_folders_stay(self, user, tree):
        tree.checkout(user.head().commit)
        tree.make_folders(["pkg/new/", "src/", "not-a-folder.py"])
        (tree.path / "pkg/new/junk").write_text("x")
        tree.clean(user.head().commit)
        assert (tree.path / "pkg/new").is_dir() and list((tree.path / "pkg/new").iterdir()) == []
        assert not (tree.path / "not-a-folder.py").exists()


class TestProvision:
    def test_copies_and_links(self, repo, user, private, tree):
        repo.write(".gitignore", "*.test\nnode_modules/\n")
        commit = repo.commit()
        repo.write("conf/[a] b.test", "one")
        repo.write("conf/deep/c.test", "two")
        repo.write("node_modules/x.js", "js")
        tree.checkout(commit)
        report = tree.provision(workspace(copy=["conf/**/*.test", "src/*"], link=["node_modules/"]))
        assert report.copied == ("conf/[a] b.test", "conf/deep/c.test") and report.linked == ("node_modules",)
        assert [f.code for f in report.findings] == ["AP905"] and "src/*" in report.findings[0].message
        (tree.path / "conf/deep/c.test").write_text("spoilt")
        (tree.path / "node_modules").unlink()
        (tree.path / "conf/junk").write_text("x")
        tree.clean(commit)
        assert (tree.path / "conf/deep/c.test").read_text() == "two"
        assert (tree.path / "node_modules/x.js").read_text() == "js"
        assert not (tree.path / "conf/junk").exists()
        assert (repo.root / "conf/deep/c.test").read_text() == "two"
        assert repo.root / "node_modules" in tree.readonly_paths()

    def test_secret_names_need_leave(self, repo, user, tree):
        repo.write(".env", "KEY=1")
        tree.checkout(user.head().commit)
        report = tree.provision(workspace(copy=[".env"]))
        assert report.copied == () and "secret" in report.findings[0].message
        assert tree.provision(workspace(copy=[".env"]), allow_secret=lambda path: path == ".env").copied == (".env",)

    @pytest.mark.parametrize("name", ["../other", "/etc/passwd", "~/x", ".git/config", "a/../../b"])
    def test_nothing_from_outside(self, repo, user, tree, name):
        tree.checkout(user.head().commit)
        report = tree.provision(workspace(copy=[name], link=[name]))
        assert report.copied == report.linked == () and len(report.findings) == 2

    def test_links_in_the_checkout_are_not_copied(self, repo, user, tree, tmp_path):
        (tmp_path / "secret.txt").write_text("x")
        (repo.root / "ln.txt").symlink_to(tmp_path / "secret.txt")
        (repo.root / "out").symlink_to(tmp_path)
        tree.checkout(user.head().commit)
        assert tree.provision(workspace(copy=["ln.txt", "out/*", "**/secret.txt"])).copied == ()

    def test_missing_and_tracked_links_are_named(self, user, tree):
        tree.checkout(user.head().commit)
        report = tree.provision(workspace(link=["nowhere", "src"]))
        assert [f.path for f in report.findings] == ["nowhere", "src"] and report.linked == ()

    def test_setup_runs_once_and_again_when_a_lock_file_changes(self, repo, user, private, tree, candidates, tmp_path):
        base = user.head().commit
        plan = workspace(setup=[["python", "gen.py"]])
        tree.checkout(base)
        assert tree.provision(plan).setup == (("python", "gen.py"),)
        (tree.path / "gen/out").mkdir(parents=True)
        (tree.path / "gen/out/made.py").write_text("made")
        tree.setup_done(plan)
        assert tree.provision(plan).setup == ()
        (tree.path / "gen/out/junk.py").write_text("junk")
        tree.clean(base)
        assert (tree.path / "gen/out/made.py").exists() and not (tree.path / "gen/out/junk.py").exists()
        again = Worktree.open(private, user, tmp_path / "wt/r1", "r1")
        locked = candidates.make(base, {"sub/poetry.lock": "1"})
        again.checkout(locked)
        assert again.provision(plan).setup == (("python", "gen.py"),)
        assert (again.path / "gen/out/made.py").exists()

    def test_candidate_wins_over_a_provisioned_file(self, repo, user, private, tree, candidates):
        repo.write("local.cfg", "mine")
        base = user.head().commit
        tree.checkout(base)
        tree.provision(workspace(copy=["local.cfg"]))
        one = candidates.make(base, {"local.cfg": "candidate"})
        tree.checkout(one)
        assert (tree.path / "local.cfg").read_text() == "candidate" and tree.clean(one) == ()


class TestSubmodules:
    @pytest.fixture
    def module(self, repo, tmp_path):
        other = tmp_path / "module"
        other.mkdir()
        repo.git("init", "-q", cwd=other)
        (other / "lib.py").write_text("lib\n")
        repo.git("add", "-A", cwd=other)
        repo.git("commit", "-qm", "m", cwd=other)
        repo.git("submodule", "add", "-q", str(other), "vendor/mod")
        return repo.commit("submodule")

    def test_linked_from_the_checkout(self, repo, module, user, private, tree, candidates):
        assert tree.checkout(module) == ()
        assert (tree.path / "vendor/mod/lib.py").read_text() == "lib\n"
        assert repo.root / "vendor/mod" in tree.readonly_paths()
        (tree.path / "src/app.py").write_text("x")
        assert tree.clean(module) == ("src/app.py",)
        assert (tree.path / "vendor/mod/lib.py").exists()
        tree.checkout(candidates.make(module, {"README.md": "x"}))
        assert (tree.path / "vendor/mod/lib.py").exists() and (repo.root / "vendor/mod/lib.py").exists()

    def test_not_checked_out_or_elsewhere_is_named(self, repo, module, tmp_path):
        repo.git("clone", "-q", str(repo.root), str(tmp_path / "clone"))
        user = UserRepo.open(tmp_path / "clone")
        private = PrivateRepo.ensure(tmp_path / "state2", user)
        tree = Worktree.open(private, user, tmp_path / "wt/r2", "r2")
        findings = tree.checkout(module)
        assert [(f.code, f.path) for f in findings] == [("AP905", "vendor/mod")]
        assert "git submodule update --init" in findings[0].message
        assert list((tree.path / "vendor/mod").iterdir()) == []
        private.close()

    def test_a_submodule_is_a_repository_of_its_own(self, repo, module):
        user = UserRepo.open(repo.root / "vendor/mod")
        assert user.root == repo.root / "vendor/mod" and user.tracked("HEAD") == {"lib.py"}

    def test_hostile_submodule_configuration_does_not_run(self, repo, module, user, tree):
        payload, mark = repo.payload()
        repo.git("config", "core.fsmonitor", payload, cwd=repo.root / "vendor/mod")
        (repo.root / "vendor/mod/new").write_text("x")
        repo.git("config", "submodule.vendor/mod.update", f"!{payload}")
        mark.unlink(missing_ok=True)
        assert user.dirty() == []
        tree.checkout(module)
        tree.clean(module)
        assert not mark.exists()


class TestLfs:
    BIG = b"big\0content" * 100

    @pytest.fixture
    def pointer(self, repo):
        oid = hashlib.sha256(self.BIG).hexdigest()
        repo.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
        repo.write("a b.bin", f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(self.BIG)}\n")
        commit = repo.commit("pointer")
        return commit, oid

    def test_content_from_the_store_or_the_checkout(self, repo, pointer, user, tree):
        commit, oid = pointer
        assert [(f.code, f.path) for f in tree.checkout(commit)] == [("AP905", "a b.bin")]
        repo.write("a b.bin", self.BIG)
        assert tree.checkout(commit) == ()
        assert (tree.path / "a b.bin").read_bytes() == self.BIG
        repo.write("a b.bin", "else")
        repo.write(f".git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}", self.BIG)
        assert tree.checkout(commit) == ()
        assert tree.clean(commit) == ()

    def test_tests_that_change_it_are_reported(self, repo, pointer, user, tree):
        commit, _ = pointer
        repo.write("a b.bin", self.BIG)
        tree.checkout(commit)
        (tree.path / "a b.bin").write_bytes(b"spoilt")
        assert tree.clean(commit) == ("a b.bin",)
        assert (tree.path / "a b.bin").read_bytes() == self.BIG
        assert (repo.root / "a b.bin").read_bytes() == self.BIG

    def test_pointer_that_changes_and_attribute_that_goes(self, repo, pointer, user, private, tree, candidates):
        commit, _ = pointer
        repo.write("a b.bin", self.BIG)
        tree.checkout(commit)
        plain = candidates.make(commit, {".gitattributes": "\n"})
        tree.checkout(plain)
        assert (tree.path / "a b.bin").read_bytes() == private.read(plain, "a b.bin").data
        assert tree.clean(plain) == ()
        tree.checkout(commit)
        assert (tree.path / "a b.bin").read_bytes() == self.BIG
        replaced = candidates.make(commit, {"a b.bin": "now a plain file\n"})
        tree.checkout(replaced)
        assert (tree.path / "a b.bin").read_text() == "now a plain file\n" and tree.clean(replaced) == ()

    def test_smudged_checkout_is_not_dirty(self, repo, pointer, user):
        repo.write("a b.bin", self.BIG)
        assert user.dirty() == []
        repo.write("a b.bin", self.BIG + b"x")
        assert [(d.path, d.filter) for d in user.dirty()] == [("a b.bin", "lfs")]


class TestThrowaway:
    def git(self, tree, *args):
        done = subprocess.run(["git", *args], cwd=tree.path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def test_tests_see_history_and_tags_and_move_nothing_of_ours(self, repo, user, private, tree, candidates):
        repo.git("tag", "-a", "v1.0", "-m", "one")
        repo.git("tag", "light")
        repo.write("local.cfg", "x")
        base = user.head().commit
        commit = candidates.make(base, {"src/app.py": "x\n"})
        private.move_ref("refs/autopack/r1/tip", commit, None)
        tree.checkout(commit)
        tree.provision(workspace(copy=["local.cfg"]))
        before, refs = user.fingerprint(), private.refs("refs/autopack/")
        tree.throwaway(commit)
        assert self.git(tree, "describe") == f"v1.0-1-g{commit[:7]}"
        assert self.git(tree, "rev-parse", "HEAD") == commit
        assert set(self.git(tree, "ls-files", "-z").split("\0")) >= {"src/app.py", "line\nbreak.txt"}
        assert self.git(tree, "status", "--porcelain") == ""
        (tree.path / "src/app.py").write_text("y\n")
        self.git(tree, "stash")
        self.git(tree, "stash", "pop")
        self.git(tree, "commit", "-qam", "by a test")
        self.git(tree, "tag", "-d", "v1.0")
        self.git(tree, "branch", "-f", "main")
        self.git(tree, "gc", "-q", "--prune=now")
        assert tree.clean(commit) == ("src/app.py",)
        tree.throwaway(commit)
        assert self.git(tree, "rev-parse", "HEAD") == commit and self.git(tree, "stash", "list") == ""
        assert self.git(tree, "describe", "--exact-match", base) == "v1.0"
        assert before.difference(user.fingerprint()) == [] and private.refs("refs/autopack/") == refs
        assert tree.git_dir in tree.writable_paths()

    def test_git_file_replaced_by_a_test(self, user, tree):
        commit = user.head().commit
        tree.checkout(commit)
        tree.throwaway(commit)
        (tree.path / ".git").unlink()
        (tree.path / ".git").mkdir()
        (tree.path / ".git/config").write_text("x")
        assert tree.clean(commit) == ()
        tree.throwaway(commit)
        assert self.git(tree, "rev-parse", "HEAD") == commit

    def test_shallow_history(self, repo, tmp_path):
        repo.write("a", "2")
        repo.commit()
        repo.git("clone", "-q", "--depth=1", repo.root.as_uri(), str(tmp_path / "shallow"))
        user = UserRepo.open(tmp_path / "shallow")
        private = PrivateRepo.ensure(tmp_path / "state", user)
        tree = Worktree.open(private, user, tmp_path / "wt/r", "r")
        tree.checkout(user.head().commit)
        tree.throwaway(user.head().commit)
        assert self.git(tree, "rev-list", "--count", "HEAD") == "1"
        private.close()

    def test_remove_leaves_nothing(self, user, tree):
        tree.checkout(user.head().commit)
        tree.throwaway(user.head().commit)
        tree.remove()
        assert list(tree.path.parent.iterdir()) == []


def test_record_is_json_beside_the_worktree(user, tree):
    tree.checkout(user.head().commit)
    assert json.loads(tree.path.with_name("r1.json").read_text())["commit"] == user.head().commit
