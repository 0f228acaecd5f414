"""The base of a working-tree run."""

from __future__ import annotations

import os

import pytest

from autopack.errors import EnvironmentRefused
from autopack.repo import PrivateRepo, UserRepo, snapshot


def text(private, commit) -> dict[str, str]:
    return {e.path: private.blob(e.id).decode() for e in private.list(commit)}


def test_clean_tree_is_head(user, private):
    taken = snapshot(user, private, 1)
    assert taken.commit == taken.parent == user.head().commit and taken.findings == ()


def test_everything_uncommitted_and_nothing_of_the_users_changes(repo, user, private):
    base = text(private, user.head().commit)
    repo.write("src/app.py", "edited\n")
    repo.write("staged.py", "staged then")
    repo.git("add", "staged.py")
    repo.write("staged.py", "edited")
    repo.write("un\ntracked ü/x y.py", "new")
    repo.write(".gitignore", "*.log\n")
    repo.write("a.log", "ignored")
    (repo.root / "README.md").unlink()
    (repo.root / "line\nbreak.txt").chmod(0o755)
    (repo.root / "link").symlink_to("src/app.py")
    before = user.fingerprint()
    taken = snapshot(user, private, 1_700_000_000)
    assert text(private, taken.commit) == {
        **{p: t for p, t in base.items() if p != "README.md"},
        "src/app.py": "edited\n", "staged.py": "edited", "un\ntracked ü/x y.py": "new", ".gitignore": "*.log\n",
        "link": "src/app.py",
    }  # fmt: skip
    assert private.read(taken.commit, "line\nbreak.txt").mode == 0o100755
    assert private.read(taken.commit, "link").mode == 0o120000
    assert before.difference(user.fingerprint()) == []
    assert snapshot(user, private, 1_700_000_000).commit == taken.commit
    assert [c.parents for c in private.log(taken.parent, taken.commit)] == [(user.head().commit,)]


def test_index_removal_of_a_file_that_is_still_there(repo, user, private):
    repo.git("rm", "-q", "--cached", "README.md")
    assert text(private, snapshot(user, private, 1).commit)["README.md"] == "read me\n"


def test_file_becomes_folder(repo, user, private):
    (repo.root / "README.md").unlink()
    repo.write("README.md/inner", "x")
    taken = text(private, snapshot(user, private, 1).commit)
    assert "README.md" not in taken and taken["README.md/inner"] == "x"


def test_filters_are_named_and_not_run(repo, user, private):
    payload, mark = repo.payload()
    repo.write(".gitattributes", "*.secret filter=crypt\n")
    repo.write("a.secret", "cipher")
    repo.commit()
    repo.git("config", "filter.crypt.clean", payload)
    repo.git("config", "filter.crypt.process", payload)
    repo.git("config", "filter.crypt.required", "true")
    repo.write("a.secret", "plain")
    repo.write("new.secret", "plain")
    taken = snapshot(user, private, 1)
    assert [(f.code, f.path, f.tree) for f in taken.findings] == [
        ("AP906", "a.secret", "user"), ("AP906", "new.secret", "user")
    ]  # fmt: skip
    assert text(private, taken.commit)["a.secret"] == "cipher" and "new.secret" not in text(private, taken.commit)
    assert not mark.exists()


def test_secret_looking_and_nested_repositories_are_left_out(repo, user, private):
    repo.write(".env", "KEY=1")
    repo.write("deploy/id_rsa", "key")
    nested = repo.root / "nested"
    nested.mkdir()
    repo.git("init", "-q", cwd=nested)
    (nested / "file").write_text("x")
    repo.git("add", "-A", cwd=nested)
    repo.git("commit", "-qm", "x", cwd=nested)
    os.mkfifo(repo.root / "fifo")
    taken = snapshot(user, private, 1)
    assert [f.path for f in taken.findings] == [".env", "deploy/id_rsa", "nested/"]
    assert taken.commit == user.head().commit


def test_line_ends_and_encoding_are_cleaned_as_the_user_would(repo, isolated, private):
    with (isolated / ".gitconfig").open("a") as config:
        config.write("[core]\n\tautocrlf = true\n\tsafecrlf = true\n")
    repo.write(".gitattributes", "*.u16 text working-tree-encoding=UTF-16LE\n")
    repo.write("a.u16", "ä\n".encode("utf-16-le"))
    repo.write("src/app.py", "one\r\nmixed\n")
    taken = text(private, snapshot(repo.open(), private, 1).commit)
    assert taken["a.u16"] == "ä\n" and taken["src/app.py"] == "one\nmixed\n"


def test_unmerged_entries_refuse(repo, user, private):
    repo.git("checkout", "-q", "-b", "other")
    repo.write("src/app.py", "theirs\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("src/app.py", "ours\n")
    repo.commit()
    repo.git("merge", "other", check=False)
    with pytest.raises(EnvironmentRefused) as caught:
        snapshot(user, private, 1)
    assert caught.value.code == "AP901" and caught.value.hint.endswith("git merge --abort")


def test_sparse_paths_keep_heads_blob(repo, tmp_path):
    repo.git("clone", "-q", "--sparse", str(repo.root), str(tmp_path / "sparse"))
    user = UserRepo.open(tmp_path / "sparse")
    assert not (user.root / "src").exists()
    private = PrivateRepo.ensure(tmp_path / "state", user)
    (user.root / "README.md").write_text("edited\n")
    taken = text(private, snapshot(user, private, 1).commit)
    assert taken["src/app.py"].startswith("one") and taken["README.md"] == "edited\n"
    private.close()


def test_moved_submodule_is_taken_at_its_commit(repo, user, private, tmp_path):
    other = tmp_path / "module"
    other.mkdir()
    repo.git("init", "-q", cwd=other)
    repo.git("commit", "-q", "--allow-empty", "-m", "1", cwd=other)
    repo.git("submodule", "add", "-q", str(other), "mod")
    repo.commit()
    repo.git("commit", "-q", "--allow-empty", "-m", "2", cwd=repo.root / "mod")
    taken = snapshot(user, private, 1)
    moved = repo.git("rev-parse", "HEAD", cwd=repo.root / "mod")
    assert private.entry(taken.commit, "mod").id == moved
