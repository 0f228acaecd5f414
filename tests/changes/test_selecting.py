"""A change in parts: what is numbered is what git shows, and any choice of it is exact to the byte."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autopack.changes import ShownPart, divide, edits_in, shown_parts
from autopack.model.changes import EXECUTABLE, REGULAR, ChangeKind, ChangeSet, FileChange


class Repo:
    """Trees of plain git, which knows nothing of the code under test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q")

    def git(self, *args: str, input: bytes = b"") -> bytes:
        return subprocess.run(["git", *args], cwd=self.root, input=input, capture_output=True, check=True).stdout

    def tree(self, files: dict[str, tuple[int, bytes]]) -> str:
        self.git("read-tree", "--empty")
        for path, (mode, data) in files.items():
            oid = self.git("hash-object", "-w", "--stdin", input=data).decode().strip()
            self.git("update-index", "--add", "--cacheinfo", f"{mode:o},{oid},{path}")
        return self.git("write-tree").decode().strip()

    def patch(self, a: str, b: str) -> bytes:
        return self.git("diff-tree", "-r", "-p", "--binary", "--full-index", "-M", a, b)

    def sections(self, a: str, b: str) -> list[tuple[str, str, str]]:
        fields = self.git("diff-tree", "-r", "--name-status", "-z", "-M", a, b).decode().split("\0")[:-1]
        found: list[tuple[str, str, str]] = []
        while fields:
            status, old = fields.pop(0), fields.pop(0)
            found.append((status[0], old, fields.pop(0) if status[0] == "R" else old))
        return found

    def apply(self, tree: str, patch: bytes) -> str:
        self.git("read-tree", tree)
        self.git("apply", "--cached", "--whitespace=nowarn", input=patch)
        return self.git("write-tree").decode().strip()


Files = dict[str, tuple[int, bytes]]


def change_of(before: Files, after: Files, renames: Sequence[tuple[str, str]] = ()) -> ChangeSet:
    """The change set an answer would come to; what is not named as a rename is created and deleted."""
    sources = {new: old for old, new in renames}
    found: list[FileChange] = []
    for path in sorted({*before, *after}):
        if path in sources.values() and path not in after:
            continue
        old, new = before.get(sources.get(path, path)), after.get(path)
        if old == new and path not in sources:
            continue
        kind = (
            ChangeKind.RENAMED if path in sources else ChangeKind.CREATED if old is None
            else ChangeKind.DELETED if new is None else ChangeKind.MODIFIED
        )  # fmt: skip
        found.append(FileChange(path, kind, old and old[1], new and new[1], old and old[0], new and new[0],
                                sources.get(path)))  # fmt: skip
    return ChangeSet("base", tuple(found), "Do it")


def applied(before: Files, changes: ChangeSet) -> Files:
    files = dict(before)
    for change in changes.changes:
        files.pop(change.old_path or change.path, None)
        if change.after is not None and change.mode_after is not None:
            files[change.path] = (change.mode_after, change.after)
    return files


def parts_of(repo: Repo, before: Files, after: Files, changes: ChangeSet) -> tuple[ShownPart, ...]:
    a, b = repo.tree(before), repo.tree(after)
    return shown_parts(changes, repo.sections(a, b), repo.patch(a, b))


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return Repo(tmp_path_factory.mktemp("selecting"))


LINES = [f"line {n}\n".encode() for n in range(40)]


def text(**changed: bytes) -> bytes:
    return b"".join(changed.get(f"_{n}", line) for n, line in enumerate(LINES))


def regular(**files: bytes) -> Files:
    return {name.replace("_py", ".py"): (REGULAR, data) for name, data in files.items()}


def test_hunks_are_numbered_per_file_as_git_shows_them(repo: Repo) -> None:
    before = regular(a_py=text(), b_py=text())
    after = regular(a_py=text(_3=b"three\n", _30=b"thirty\n"), b_py=text(_10=b""))
    first, second = parts_of(repo, before, after, change_of(before, after))
    assert first.part.ids == ("a.py#1", "a.py#2") and second.part.ids == ("b.py#1",)
    assert [(h.old_start, h.old_count, h.new_start, h.new_count) for h in first.part.hunks] == [
        (1, 7, 1, 7), (28, 7, 28, 7),
    ]  # fmt: skip
    assert b"+three\n" in first.hunks[0].raw and b"+thirty\n" in first.hunks[1].raw
    assert len({mark.digest for mark in (*first.part.hunks, *second.part.hunks)}) == 3


def test_what_is_no_modified_text_is_chosen_as_a_whole(repo: Repo) -> None:
    before = {
        "gone.py": (REGULAR, text()), "mode.py": (REGULAR, text()), "raw.bin": (REGULAR, b"\0a\n" * 9),
        "old.py": (REGULAR, text()),
    }  # fmt: skip
    after = {
        "made.py": (REGULAR, b"new\n"), "mode.py": (EXECUTABLE, text(_1=b"x\n")), "raw.bin": (REGULAR, b"\0b\n" * 9),
        "moved.py": (REGULAR, text(_20=b"twenty\n")),
    }  # fmt: skip
    del before["gone.py"]
    before["last.py"] = (REGULAR, b"z\n")
    shown = parts_of(repo, before, after, change_of(before, after, [("old.py", "moved.py")]))
    assert {(p.part.path, p.part.status, p.part.hunks) for p in shown} == {
        ("made.py", "added", ()), ("mode.py", "modified", ()), ("raw.bin", "modified", ()),
        ("moved.py", "renamed", ()), ("last.py", "deleted", ()),
    }  # fmt: skip
    assert next(p.part.names for p in shown if p.part.status == "renamed") == ("moved.py", "old.py")


def test_what_git_shows_as_a_rename_is_one_part_though_the_answer_made_it_of_two(repo: Repo) -> None:
    before, after = regular(old_py=text()), regular(new_py=text(_1=b"one\n"))
    changes = change_of(before, after)
    assert [c.kind for c in changes.changes] == [ChangeKind.CREATED, ChangeKind.DELETED]
    (shown,) = parts_of(repo, before, after, changes)
    assert (shown.part.path, shown.part.names, shown.part.status) == ("new.py", ("new.py", "old.py"), "renamed")
    assert divide(changes, [shown], ["new.py"]).kept.changes == changes.changes


def test_a_rename_that_git_does_not_see_is_one_part_all_the_same(repo: Repo) -> None:
    before, after = regular(old_py=text()), regular(new_py=b"nothing\nlike\nit\n")
    changes = change_of(before, after, [("old.py", "new.py")])
    (shown,) = parts_of(repo, before, after, changes)
    assert shown.part.names == ("new.py", "old.py") and shown.part.ids == ("new.py",)
    assert shown.head.count(b"diff --git") == 2


def test_lines_of_a_file_that_look_like_a_patch_are_lines(repo: Repo) -> None:
    tricky = b"diff --git a/x b/x\n@@ -1,2 +1,2 @@\n-- a\n++ b\n"
    before = regular(a_py=text())
    after = regular(a_py=text(_3=tricky, _30=b"\\ No newline at end of file\n"), b_py=b"x\n")
    changes = change_of(before, after)
    shown = parts_of(repo, before, after, changes)
    assert [p.part.ids for p in shown] == [("a.py#1", "a.py#2"), ("b.py",)]
    assert applied(before, divide(changes, shown, ["a.py#1", "a.py#2", "b.py"]).kept) == after
    assert divide(changes, shown, ["a.py#1"]).kept.changes[0].after == text(_3=tricky)


def test_no_hunk_has_the_name_of_another_file(repo: Repo) -> None:
    """A model may call a file as it likes: who chooses a hunk must not get that file with it."""
    before = regular(a_py=text())
    after: Files = {**regular(a_py=text(_3=b"three\n", _30=b"thirty\n")), "a.py#2": (REGULAR, b"evil\n")}
    shown = parts_of(repo, before, after, change_of(before, after))
    assert [p.part.ids for p in shown] == [("a.py",), ("a.py#2",)]
    assert shown[0].raw(["a.py"]).count(b"@@ -") == 2


def test_edits_stand_where_they_are_made_without_context(repo: Repo) -> None:
    before, after = regular(a_py=text()), regular(a_py=text(_3=b"", _5=b"a\nb\n", _30=LINES[30] + b"c\n"))
    a, b = repo.tree(before), repo.tree(after)
    (edits,) = edits_in(repo.sections(a, b), repo.patch(a, b)).values()
    assert edits == (
        (3, (LINES[3],), ()), (5, (LINES[5],), (b"a\n", b"b\n")), (31, (), (b"c\n",)),
    )  # fmt: skip


ENDS = st.sampled_from([b"\n", b"\r\n", b"\n", b"\n"])
LINE = st.tuples(st.sampled_from([b"a", b"b", b"", b" c", b"-d", b"+e", b"\\ f", b"\xff\xfe", b"@@ -1 +1 @@"]), ENDS)


@st.composite
def versions(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A text whose lines are all different, so that git finds each place in it, and an edited one; with or without a
    newline at their ends."""
    lines = [b"%s%d%s" % (body, n, end) for n, (body, end) in enumerate(draw(st.lists(LINE, min_size=1, max_size=60)))]
    edited = list(lines)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(edited)))
        new = [body + end for body, end in draw(st.lists(LINE, max_size=3))]
        edited[at : at + draw(st.integers(0, 3))] = new
    before, after = b"".join(lines), b"".join(edited)
    if draw(st.booleans()):
        before = before.rstrip(b"\r\n")
    if draw(st.booleans()):
        after = after.rstrip(b"\r\n")
    return before, after


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(versions=versions(), other=versions(), data=st.data())
def test_any_choice_is_exact(
    repo: Repo, versions: tuple[bytes, bytes], other: tuple[bytes, bytes], data: st.DataObject
) -> None:
    """All is the whole change, nothing the base; a choice is what git makes of its patch, and the rest applied to that by
    git is the whole change again."""
    before: Files = {"a.txt": (REGULAR, versions[0]), "b.txt": (REGULAR, other[0])}
    after: Files = {"a.txt": (REGULAR, versions[1]), "b.txt": (REGULAR, other[1]), "c.txt": (REGULAR, b"new\n")}
    changes = change_of(before, after)
    base, whole = repo.tree(before), repo.tree(after)
    shown = shown_parts(changes, repo.sections(base, whole), repo.patch(base, whole))
    ids = [id for part in shown for id in part.part.ids]
    assert applied(before, divide(changes, shown, ids).kept) == after
    assert divide(changes, shown, []).kept.changes == ()
    chosen = data.draw(st.lists(st.sampled_from(ids), unique=True)) if ids else []
    division = divide(changes, shown, chosen)
    kept = repo.tree(applied(before, division.kept))
    assert kept == (repo.apply(base, division.kept_patch) if chosen else base)
    assert division.left == divide(changes, shown, [id for id in ids if id not in chosen]).kept
    assert (repo.apply(kept, division.left_patch) if division.left_patch else kept) == whole
