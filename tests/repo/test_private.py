"""Candidates in the private repository: trees, packs, compare-and-swap refs, patches."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.errors import StaleState, UsageError
from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.repo import Entry, GitFailed, PatchRejected, PrivateRepo, UnsafePath, snapshot
from autopack.repo.git import encode
from autopack.repo.private import CONFIGURATION
from autopack.repo.quoting import c_quote, c_unquote
from autopack.repo.trees import unsafe_component

R, X = 0o100644, 0o100755


def change_set(private, base, *changes):
    return ChangeSet(private.tree(base), tuple(changes))


def fsck(private: PrivateRepo) -> str:
    done = subprocess.run(
        ["git", "--git-dir", private.path, "fsck", "--strict", "--no-dangling"], capture_output=True, text=True
    )
    return done.stdout + "".join(line for line in done.stderr.splitlines() if not line.startswith("notice:"))


class TestHolding:
    def test_text_files_that_hold_a_word(self, user, private):
        head = user.head().commit
        files = {
            "src/one.py": b"import alpha\n", "two words.py": b"beta = 1\n", "three.py": b"alphabet\n",
            "four.md": b"alpha\n", "bin.py": b"alpha\0", "deep/er/--five.py": b"x.alpha()\n", "a:b.py": b"alpha",
        }  # fmt: skip
        made = [FileChange(name, ChangeKind.CREATED, None, data, None, R) for name, data in sorted(files.items())]
        tree = private.write_tree(head, change_set(private, head, *made))
        found = private.holding(tree, {"alpha", "beta"}, "*.py")
        assert found == {n: files[n] for n in ("src/one.py", "two words.py", "deep/er/--five.py", "a:b.py")}
        assert private.holding(tree, {"-e", "nowhere"}, "*.py") == {}
        assert private.holding(tree, (), "*.py") == {}


class TestWriteTree:
    def test_create_modify_delete_rename(self, user, private):
        head = user.head()
        app = private.read(head.commit, "src/app.py").data
        tree = private.write_tree(
            head.tree,
            change_set(
                private, head.commit,
                FileChange("README.md", ChangeKind.DELETED, b"read me\n", None, R, None),
                FileChange("new/ü\n.py", ChangeKind.CREATED, None, b"new\n", None, X),
                FileChange("src/lib/deep.py", ChangeKind.MODIFIED, b"deep\n", b"deeper\n", R, None),
                FileChange("src/moved.py", ChangeKind.RENAMED, app, app + b"x", R, R, "src/app.py"),
            ),
        )  # fmt: skip
        assert [(c.status, c.path) for c in private.diff(head.tree, tree)] == [
            ("D", "README.md"), ("A", "new/ü\n.py"), ("D", "src/app.py"), ("M", "src/lib/deep.py"),
            ("A", "src/moved.py"),
        ]  # fmt: skip
        assert private.read(tree, "new/ü\n.py").mode == X
        assert private.read(tree, "src/lib/deep.py").data == b"deeper\n"
        commit = private.commit(tree, head.commit, "m", 1)
        private.pack(commit, head.commit)
        assert fsck(private) == ""

    def test_base_that_is_not_what_the_change_was_made_for(self, user, private):
        change = FileChange("README.md", ChangeKind.MODIFIED, b"other\n", b"x", R, R)
        with pytest.raises(StaleState, match=r"README\.md"):
            private.write_tree(user.head().tree, change_set(private, user.head().commit, change))

    def test_folder_becomes_file_and_file_becomes_folder(self, user, private, candidates):
        commit = candidates.make(
            user.head().commit, {"src/app.py": None, "src/lib/deep.py": None, "src": "file", "README.md": None,
                                 "README.md/inner": "x"}
        )  # fmt: skip
        assert {e.path for e in private.list(commit)} == {
            "src", "README.md/inner", "na me/ünï cö.txt", "line\nbreak.txt"
        }  # fmt: skip

    def test_file_in_place_of_a_folder_as_a_change_set(self, user, private):
        changes = change_set(
            private, user.head().commit,
            FileChange("src/lib", ChangeKind.CREATED, None, b"file", None, R),
            FileChange("src/lib/deep.py", ChangeKind.DELETED, b"deep\n", None, R, None),
        )  # fmt: skip
        assert private.read(private.write_tree(changes.base_tree, changes), "src/lib").data == b"file"

    def test_folders_left_empty_vanish(self, user, private, candidates):
        commit = candidates.make(user.head().commit, {"src/lib/deep.py": None})
        assert private.entry(commit, "src/lib") is None
        everything = {e.path: None for e in private.list(commit)}
        empty = private.write_entries(private.tree(commit), everything)
        assert empty == "4b825dc642cb6eb9a060e54bf8d69288fbee4904" and private.list(empty) == []

    @pytest.mark.parametrize(
        "path",
        ["a/../b", ".git/config", "x/.GIT/y", "/abs", "a//b", "", "x/.g\u200cit/c", "git~1/x", ".git./x", ".git:a/x",
         "sub\\.git\\x", "x/.git "],
    )  # fmt: skip
    def test_paths_git_refuses(self, user, private, path):
        with pytest.raises(UnsafePath):
            private.write_entries(user.head().tree, {path: Entry(R, private.write_blob(b""))})

    @pytest.mark.parametrize("path", ["..hidden", ".github/ISSUE.md", ".gitignore", "src/git/x", "gitx~1", "a\\b"])
    def test_harmless_paths_pass(self, user, private, path):
        tree = private.write_entries(user.head().tree, {path: Entry(R, private.write_blob(b"x"))})
        assert private.read(tree, path).data == b"x"

    def test_contradicting_changes(self, user, private):
        entry = Entry(R, private.write_blob(b""))
        with pytest.raises(UnsafePath):
            private.write_entries(user.head().tree, {"a": entry, "a/b": entry})
        with pytest.raises(UnsafePath):
            private.write_entries(user.head().tree, {"a/b": entry, "a": entry})
        with pytest.raises(UnsafePath, match="folder"):
            private.write_entries(user.head().tree, {"src": None})

    names = st.text(st.sampled_from('ab.-é \n\t"\\'), min_size=1, max_size=4).filter(lambda n: not unsafe_component(n))
    paths = st.lists(names, min_size=1, max_size=3).map("/".join)

    @settings(max_examples=30, deadline=None)
    @given(st.dictionaries(paths, st.binary(max_size=5), max_size=8), st.sets(paths, max_size=4))
    def test_same_trees_as_gits_index(self, shared, files, removed):
        private, base = shared
        files = {p: d for p, d in files.items() if not any(q != p and (q + "/").startswith(p + "/") for q in files)}
        gone = {p for p in removed if p not in files and private.read(base, p)}
        entries = {p: Entry(R, private.write_blob(d)) for p, d in files.items()}
        tree = private.write_entries(base, entries | dict.fromkeys(gone))
        lines = [b"0 %040d\t%s\0" % (0, encode(p)) for p in gone]
        lines += [b"%o %s\t%s\0" % (e.mode, e.id.encode(), encode(p)) for p, e in entries.items()]
        with private.scratch("index") as index:
            env = {"GIT_INDEX_FILE": str(index)}
            private.git("read-tree", base, env=env)
            private.git("update-index", "-z", "--index-info", env=env, input=b"".join(lines) or b"\0"[:0])
            assert tree == private.git("write-tree", env=env).text
        fields = private.git("diff-tree", "-r", "-z", "--no-renames", base, tree).fields()
        assert [(c.status, c.path) for c in private.diff(base, tree)] == [
            (head.split()[-1], path) for head, path in zip(fields[::2], fields[1::2], strict=True)
        ]


@pytest.fixture(scope="class")
def shared(tmp_path_factory):
    from autopack.repo import UserRepo

    root = tmp_path_factory.mktemp("shared")
    subprocess.run(["git", "init", "-q", root / "u"], check=True)
    for path in ("a", "b/a", "b/b.", "é/a/b", "a.b"):
        (root / "u" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "u" / path).write_text(path)
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, "add", "-A"], cwd=root / "u", check=True)
    subprocess.run(["git", *who, "commit", "-qm", "x"], cwd=root / "u", check=True)
    user = UserRepo.open(root / "u")
    private = PrivateRepo.ensure(root / "state", user)
    yield private, user.head().tree
    private.close()


class TestCommits:
    def test_same_arguments_same_id_and_gits_own_form(self, repo, user, private):
        head = user.head()
        one = private.commit(head.tree, head.commit, "subject ü\n\nbody\n\nAutopack-Run: r1\n", 1_700_000_000.9)
        assert one == private.commit(head.tree, head.commit, "subject ü\n\nbody\n\nAutopack-Run: r1", 1_700_000_000)
        env = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in
               (("NAME", "Autopack"), ("EMAIL", "autopack@localhost"), ("DATE", "1700000000 +0000"))}  # fmt: skip
        text = "subject ü\n\nbody\n\nAutopack-Run: r1\n".encode()
        theirs = private.git("commit-tree", head.tree, "-p", head.commit, input=text, env=env).text
        assert one == theirs

    def test_author_cannot_add_header_lines(self, user, private):
        commit = private.commit(user.head().tree, None, "m", 1, "A\nparent 0 <a@b>")
        private.pack(commit, None)
        assert fsck(private) == ""

    def test_log_reads_what_was_committed(self, user, private, candidates):
        base = user.head().commit
        first = candidates.make(base, {"a": "1"})
        second = candidates.make(first, {"a": "2"})
        log = private.log(base, second)
        assert [(c.commit, c.subject, c.parents, c.when) for c in log] == [
            (second, "candidate 2", (first,), 1_700_000_002.0), (first, "candidate 1", (base,), 1_700_000_001.0),
        ]  # fmt: skip
        assert log[0].author == "Autopack <autopack@localhost>" and log[0].tree == private.tree(second)
        assert private.log(base, base) == []

    def test_log_reads_trailers(self, user, private):
        message = "subject: no trailer\n\nbody: neither\n\nAutopack-Run: r1\nAutopack-Attempt: 2"
        commit = private.commit(user.head().tree, user.head().commit, message, 1)
        assert private.log(user.head().commit, commit)[0].trailers == (
            ("Autopack-Run", "r1"),
            ("Autopack-Attempt", "2"),
        )

    def test_log_ignores_the_environment(self, user, private, candidates, monkeypatch, tmp_path):
        commit = candidates.make(user.head().commit, {"a": "1"})
        monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
        monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nowhere"))
        assert len(private.log(user.head().commit, commit)) == 1

    def test_log_where_gitpython_gives_up_is_a_typed_error(self, user, private, candidates, monkeypatch, tmp_path):
        commit = candidates.make(user.head().commit, {"a": "1"})
        monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "nowhere"))
        with pytest.raises(GitFailed):
            private.log(user.head().commit, commit)


class TestPack:
    def test_everything_new_is_in_our_pack_and_nothing_loose(self, user, private, candidates):
        commit = candidates.make(user.head().commit, {"src/new.py": "new"})
        loose = [p for p in (private.path / "objects").rglob("*") if p.is_file() and len(p.name) == 38]
        assert loose == []
        assert private.read(commit, "src/new.py").data == b"new"

    def test_object_the_user_holds_unreachably_is_copied(self, repo, user, private, candidates):
        repo.git("hash-object", "-w", "--stdin", input="floating")
        commit = candidates.make(user.head().commit, {"float.txt": "floating"})
        repo.git("gc", "-q", "--prune=now")
        private.close()
        assert private.read(commit, "float.txt").data == b"floating"
        assert fsck(private) == ""

    def test_loose_object_cut_by_a_power_failure_is_written_again(self, user, private):
        oid = private.write_blob(b"precious")
        path = private.path / "objects" / oid[:2] / oid[2:]
        path.chmod(0o644)
        path.write_bytes(b"")
        private.close()
        fresh = PrivateRepo.ensure(private.path.parent, user)
        assert fresh.write_blob(b"precious") == oid and fresh.blob(oid) == b"precious"

    def test_reader_survives_the_death_of_its_process(self, user, private):
        private.read(user.head().commit, "README.md")
        process = private._reader._process
        process.kill()
        process.wait()
        assert private.read(user.head().commit, "src/app.py").data.startswith(b"one")


class TestCollect:
    def test_packs_of_deleted_refs_go_and_the_others_stay(self, user, private, candidates):
        base = user.head().commit
        one = candidates.make(base, {"a": "1"})
        two = candidates.make(one, {"b": "2"})
        rejected = candidates.make(one, {"c": "3"})
        private.delete_ref("refs/autopack/r1/candidate/p/3")
        private.write_blob(b"left over")
        assert private.collect() == 0
        expected = private.collect(dry_run=True, young_seconds=-5)
        assert private.collect(young_seconds=-5) == expected > 0
        private.close()
        assert not private.has(rejected) and private.read(two, "a").data == b"1"
        assert fsck(private) == "" and private.collect(young_seconds=-5) == 0

    def test_base_that_no_ref_names_any_more_stays(self, repo, user, private, candidates):
        repo.write("src/app.py", "uncommitted\n")
        taken = snapshot(user, private, 1).commit
        tip = candidates.make(candidates.make(taken, {"a": "1"}), {"b": "2"})
        private.delete_ref("refs/autopack/r1/candidate/p/1")
        packs = list((private.path / "objects/pack").iterdir())
        private.collect(young_seconds=-5)
        assert list((private.path / "objects/pack").iterdir()) == packs
        private.close()
        assert private.read(tip, "src/app.py").data == b"uncommitted\n" and fsck(private) == ""


class TestRefs:
    NAME = "refs/autopack/r1/tip"

    def test_compare_and_swap(self, user, private, candidates):
        base = user.head().commit
        one = candidates.make(base, {"a": "1"})
        private.move_ref(self.NAME, base, None)
        with pytest.raises(StaleState):
            private.move_ref(self.NAME, one, None)
        private.move_ref(self.NAME, one, base)
        with pytest.raises(StaleState):
            private.move_ref(self.NAME, base, base)
        private.move_ref(self.NAME, one, base)
        assert private.ref(self.NAME) == one

    def test_listing_and_deleting(self, user, private):
        base = user.head().commit
        names = [f"refs/autopack/r1/save/{p}" for p in ("b", "a")] + ["refs/autopack/r10/tip"]
        for name in names:
            private.move_ref(name, base, None)
        assert list(private.refs("refs/autopack/r1/")) == ["refs/autopack/r1/save/a", "refs/autopack/r1/save/b"]
        private.delete_ref(*names, "refs/autopack/none/tip")
        assert private.refs("refs/autopack/") == {}

    def test_packed_refs_are_read_too(self, user, private):
        private.move_ref(self.NAME, user.head().commit, None)
        private.git("pack-refs", "--all")
        assert private.ref(self.NAME) == user.head().commit
        assert list(private.refs("refs/autopack/r1")) == [self.NAME]

    @pytest.mark.parametrize("name", ["refs/heads/main", "refs/autopack/../heads/main", "refs/autopack/R/x", "HEAD"])
    def test_foreign_names_are_refused(self, user, private, name):
        with pytest.raises(UsageError):
            private.move_ref(name, user.head().commit, None)

    def test_recover_removes_the_locks_of_a_killed_git(self, user, private):
        private.move_ref(self.NAME, user.head().commit, None)
        lock = private.path / (self.NAME + ".lock")
        lock.touch()
        with pytest.raises(GitFailed):
            private.move_ref(self.NAME, private.commit(user.head().tree, None, "x", 1), user.head().commit)
        private.recover("r1")
        assert not lock.exists() and private.refs("refs/autopack/") == {self.NAME: user.head().commit}


class TestPatches:
    def test_patch_of_a_diff_applies_to_the_same_tree(self, user, private, candidates):
        base = user.head().commit
        made = candidates.make(
            base, {"src/app.py": None, "line\nbreak.txt": "other\n", "na me/ünï cö.txt": "x", "bin": b"\0\1\2", "e": ""}
        )
        assert private.apply(private.tree(base), private.patch(base, made)) == private.tree(made)

    def test_mismatch_names_file_hunk_and_line(self, user, private):
        patch = (
            b"diff --git a/src/app.py b/src/app.py\n--- a/src/app.py\n+++ b/src/app.py\n"
            b"@@ -1,2 +1,2 @@\n-one\n+ONE\n two\n@@ -4,2 +4,2 @@\n-fourth\n+FOUR\n five\n"
        )
        with pytest.raises(PatchRejected) as caught:
            private.apply(user.head().tree, patch)
        assert (caught.value.path, caught.value.hunk, caught.value.line) == ("src/app.py", 2, 4)

    @pytest.mark.parametrize(
        ("patch", "words"),
        [
            (b"", "No valid patches"),
            (b"nonsense\n", "No valid patches"),
            (b"--- a/none\n+++ b/none\n@@ -1 +1 @@\n-a\n+b\n", "none"),
            (b"--- a/README.md\n+++ b/README.md\n@@ -1,5 +1 @@\n-read me\n+b\n", "malformed at its line"),
            (b"--- a/README.md\n+++ b/../out\n@@ -1 +1 @@\n-read me\n+b\n", ""),
        ],
    )
    def test_refusals_are_typed(self, user, private, patch, words):
        with pytest.raises(PatchRejected) as caught:
            private.apply(user.head().tree, patch)
        assert words in caught.value.message

    def test_shifted_context_follows_git_and_nothing_is_fuzzy(self, user, private):
        patch = b"--- a/src/app.py\n+++ b/src/app.py\n@@ -1,3 +1,3 @@\n one\n-tow\n+2\n three\n"
        with pytest.raises(PatchRejected):
            private.apply(user.head().tree, patch)

    def test_stat_and_numstat(self, user, private, candidates):
        base = user.head().commit
        made = candidates.make(base, {"src/app.py": "one\n2\n", "line\nbreak.txt": None, "bin": b"\0"})
        assert private.numstat(base, made) == [(0, 0, "bin"), (0, 1, "line\nbreak.txt"), (1, 5, "src/app.py")]
        assert "3 files changed" in private.stat(base, made)


class TestReading:
    def test_list_by_prefix(self, user, private):
        commit = user.head().commit
        assert [e.path for e in private.list(commit, "src")] == ["src/app.py", "src/lib/deep.py"]
        assert [e.path for e in private.list(commit, "src/lib/")] == ["src/lib/deep.py"]
        assert [(e.path, e.size) for e in private.list(commit, "README.md", sizes=True)] == [("README.md", 8)]
        assert private.list(commit, "README.md/") == private.list(commit, "sr") == []

    def test_links_are_not_followed(self, repo, private):
        (repo.root / "link").symlink_to("src")
        commit = repo.commit()
        assert private.read(commit, "link").data == b"src"
        assert private.read(commit, "link/app.py") is None and private.read(commit, "src") is None

    def test_missing_commit_is_a_typed_error(self, private):
        with pytest.raises(GitFailed, match="missing"):
            private.tree("1" * 40)
        with pytest.raises(GitFailed):
            private.tree("--output=x")


class TestPlace:
    def test_alternates_path_with_newline_and_quote(self, repo, tmp_path):
        from autopack.repo import UserRepo

        odd = tmp_path / '"o\ndd"\t\\ü'
        shutil.move(repo.root, odd)
        user = UserRepo.open(odd)
        private = PrivateRepo.ensure(tmp_path / "state", user)
        assert private.read(user.head().commit, "README.md").data == b"read me\n"
        assert private.object_folders == [private.path / "objects", odd / ".git/objects"]
        private.close()

    @given(st.binary(min_size=1).filter(lambda b: b"\0" not in b))
    def test_quoting_round_trip(self, name):
        quoted = c_quote(name)
        assert b"\n" not in quoted
        assert (c_unquote(quoted) if quoted.startswith(b'"') else quoted) == name

    def test_configuration_is_put_back_before_use(self, user, private, repo):
        payload, mark = repo.payload()
        (private.path / "config").write_text(
            f"[core]\n\tfsmonitor = {payload}\n[uploadpack]\n\tpackObjectsHook={payload}\n"
        )
        (private.path / "hooks").mkdir()
        shutil.copy(payload, private.path / "hooks/reference-transaction")
        private.move_ref("refs/autopack/r1/tip", user.head().commit, None)
        private.stat(user.head().commit, user.head().commit)
        assert (private.path / "config").read_bytes() == CONFIGURATION and not mark.exists()

    def test_state_is_private(self, private):
        assert os.stat(private.path.parent).st_mode & 0o77 == 0 == os.stat(private.path).st_mode & 0o77

    def test_borrowing_through_the_users_own_alternates(self, repo, tmp_path):
        from autopack.repo import UserRepo

        repo.git("clone", "-q", "--shared", str(repo.root), str(tmp_path / "shared"))
        user = UserRepo.open(tmp_path / "shared")
        private = PrivateRepo.ensure(tmp_path / "state", user)
        assert private.object_folders[-1] == repo.root / ".git/objects"
        assert private.list(user.head().commit)
        private.close()

    def test_shallow_clone(self, repo, tmp_path):
        from autopack.repo import UserRepo

        repo.write("a", "2")
        repo.commit()
        repo.git("clone", "-q", "--depth=1", repo.root.as_uri(), str(tmp_path / "shallow"))
        user = UserRepo.open(tmp_path / "shallow")
        private = PrivateRepo.ensure(tmp_path / "state", user)
        commit = private.commit(user.head().tree, user.head().commit, "m", 1)
        private.pack(commit, user.head().commit)
        assert fsck(private) == "" and len(private.log(user.head().commit, commit)) == 1
        subprocess.run(["git", "fetch", "-q", "--unshallow"], cwd=user.root, check=True)
        PrivateRepo.ensure(tmp_path / "state", user)
        assert not Path(private.path / "shallow").exists()
        private.close()


def test_a_merge_carries_a_change_over_or_gives_nothing(private):
    base = b"".join(b"%d\r\n" % n for n in range(9))
    ours, theirs = base.replace(b"1\r", b"one\r"), base.replace(b"7\r", b"seven\r")
    assert private.merge(ours, base, theirs) == ours.replace(b"7\r", b"seven\r")
    assert private.merge(ours, base, base.replace(b"1\r", b"eins\r")) is None
    assert private.merge(b"\0" + ours, base, theirs) is None
    assert list((private.path / "scratch").iterdir()) == []
