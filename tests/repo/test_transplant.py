"""A change taken over to another tree."""

from __future__ import annotations

from autopack.repo import Entry, replay, transplant


def tree(private, base, **files):
    entries = {
        name.replace("_", "."): text and Entry(0o100644, private.write_blob(text.encode()))
        for name, text in files.items()
    }
    return private.write_entries(private.tree(base), entries)


def text(private, oid, path):
    blob = private.read(oid, path)
    return blob and blob.data.decode()


TEN = "".join(f"{n}\n" for n in range(10))


def test_what_was_done_is_done_elsewhere(user, private):
    base = tree(private, user.head().commit, a_txt=TEN, b_txt="b\n")
    changed = tree(private, base, a_txt=TEN.replace("1\n", "one\n"), b_txt=None, c_txt="c\n")
    onto = tree(private, base, a_txt=TEN.replace("8\n", "eight\n"))
    refs = private.refs("refs/autopack/")
    done = transplant(private, base, changed, onto)
    assert (
        done.conflicts == ()
        and text(private, done.tree, "b.txt") is None
        and text(private, done.tree, "c.txt") == "c\n"
    )
    assert text(private, done.tree, "a.txt") == TEN.replace("1\n", "one\n").replace("8\n", "eight\n")
    assert transplant(private, base, changed, base).tree == changed
    assert transplant(private, base, base, onto).tree == onto
    assert transplant(private, base, changed, changed).tree == changed
    assert private.refs("refs/autopack/") == refs


def test_the_same_lines_and_a_file_that_went_conflict(user, private):
    base = tree(private, user.head().commit, a_txt=TEN, b_txt="b\n")
    changed = tree(private, base, a_txt=TEN.replace("1\n", "one\n"), b_txt="B\n")
    onto = tree(private, base, a_txt=TEN.replace("1\n", "uno\n"), b_txt=None)
    assert transplant(private, base, changed, onto).conflicts == ("a.txt", "b.txt")


def test_a_commit_follows_a_renamed_file(user, private, candidates):
    base = candidates.make(user.head().commit, {"a.txt": TEN})
    one = candidates.make(base, {"a.txt": TEN.replace("1\n", "one\n")})
    moved = candidates.make(base, {"a.txt": None, "new.txt": TEN})
    done = replay(private, one, moved)
    assert done.conflicts == () and text(private, done.tree, "new.txt") == TEN.replace("1\n", "one\n")
