"""git commands on the run's index and files; the private repository's refs and the user's repository stay as they are."""

from __future__ import annotations

import pytest

from tests.repairs.conftest import Field


def conflict(field: Field, path: str = "src/app.py") -> None:
    """Leave the index as a merge of two changes to the path would, with a new file staged beside it."""
    private = field.bench.private
    lines = [f"0 {'0' * 40}\t{path}\0"]
    for stage, text in enumerate((b"BASE\n", b"OURS\n", b"THEIRS\n"), 1):
        lines.append(f"100644 {private.write_blob(text)} {stage}\t{path}\0")
    field.git("update-index", "-z", "--index-info", input="".join(lines).encode())
    field.write(path, "<<<<<<< ours\nOURS\n=======\nTHEIRS\n>>>>>>> theirs\n")


def test_a_file_of_the_run_is_restored_and_no_other(field: Field) -> None:
    field.write("src/lib.py", "left by a test\n")
    done = field.do("git checkout -- src/app.py")
    assert done.ok and done.changed == ("src/app.py",)
    assert field.text("src/app.py") == "APP = 1\n" and field.text("src/lib.py") == "left by a test\n"


def test_from_the_index_or_from_the_commit(field: Field) -> None:
    field.write("src/app.py", "STAGED = 1\n")
    field.git("update-index", "--add", "src/app.py")
    field.write("src/app.py", "broken\n")
    assert field.do("git checkout -- src/app.py").ok and field.text("src/app.py") == "STAGED = 1\n"
    assert field.do("git checkout HEAD -- src/app.py").ok and field.text("src/app.py") == "APP = 1\n"
    assert field.work.differs_from_head() == set()


def test_a_path_git_does_not_hold_is_not_restored_and_neither_are_the_others(field: Field) -> None:
    for source in ("", "HEAD "):
        done = field.do(f"git checkout {source}-- src/app.py src/new.py")
        assert not done.ok and "src/new.py" in done.output
    assert field.text("src/app.py") == "broken\n" and field.text("src/new.py") == "NEW = 1\n"


def test_a_name_that_reads_like_a_pattern_is_a_name(field: Field) -> None:
    for path in ("src/[a]pp.py", ":(top)odd.py", "src/*.py"):
        field.with_changed(path)
    before = field.everything()
    for said in (["git", "checkout", "--", "src/[a]pp.py"], ["git", "checkout", "--", "src/*.py"]):
        assert not field.do(said).ok
    assert field.everything() == before


def test_git_does_not_write_through_a_link_or_over_a_folder(field: Field) -> None:
    field.with_changed("src/gen/one.py", "src/lib.py")
    for name in ("one.py", "two.py"):
        (field.root / "src/gen" / name).unlink()
    (field.root / "src/gen").rmdir()
    (field.root / "src/gen").symlink_to(field.outside)
    (field.root / "src/lib.py").unlink()
    field.write("src/lib.py/kept.txt")
    before = field.everything()
    for said in ("git checkout -- src/gen/one.py", "git checkout HEAD -- src/lib.py", "git checkout -- src/lib.py"):
        assert not field.do(said).ok
    assert field.everything() == before
    assert not (field.outside / "one.py").exists()


def test_a_deleted_folder_comes_back_with_its_file(field: Field) -> None:
    field.with_changed("src/gen/one.py")
    for name in ("one.py", "two.py"):
        (field.root / "src/gen" / name).unlink()
    (field.root / "src/gen").rmdir()
    assert field.do("git checkout -- src/gen/one.py").ok
    assert field.text("src/gen/one.py") == "ONE = 1\n" and field.text("src/gen/two.py") is None


def test_unstaging_changes_the_index_alone(field: Field) -> None:
    field.git("update-index", "--add", "src/app.py", "src/new.py")
    assert field.work.differs_from_head() == {"src/app.py", "src/new.py"}
    before = field.everything()
    assert field.do("git reset -q -- src/app.py src/new.py").ok
    assert field.work.differs_from_head() == set() and field.everything() == before


@pytest.mark.parametrize(("side", "text"), [("ours", "OURS\n"), ("theirs", "THEIRS\n")])
def test_a_side_of_a_conflict_is_taken(side: str, text: str, field: Field) -> None:
    assert not field.do(f"git checkout --{side} -- src/app.py").ok
    conflict(field)
    assert field.do(f"git checkout --{side} -- src/app.py").ok
    assert field.text("src/app.py") == text and field.work.in_conflict() == {"src/app.py": {1, 2, 3}}
    assert not field.do("git checkout -- src/app.py").ok, "an unmerged path has no one version"


def test_a_merge_of_the_run_is_abandoned(field: Field) -> None:
    assert not field.do("git merge --abort").ok
    conflict(field)
    field.git("update-index", "--add", "src/new.py")
    field.write("src/lib.py", "not part of the merge\n")
    done = field.do("git merge --abort")
    assert done.ok and done.changed == ("src/app.py", "src/new.py")
    assert field.text("src/app.py") == "APP = 1\n" and field.text("src/new.py") is None
    assert field.text("src/lib.py") == "not part of the merge\n"
    assert not field.work.in_conflict() and not field.work.differs_from_head()


def test_a_merge_that_reaches_beyond_the_runs_changes_is_left(field: Field) -> None:
    conflict(field)
    conflict(field, "src/lib.py")
    before = field.everything()
    done = field.do("git merge --abort")
    assert not done.ok and "src/lib.py" in done.output
    assert field.everything() == before and len(field.work.in_conflict()) == 2


def test_what_only_looks_tells_and_changes_nothing(field: Field) -> None:
    field.write("build/ignored.txt")
    field.write("src/extra/x.py")
    before = field.everything()
    said = {command: field.do(command).output for command in (
        "git clean -n", "git clean -nd", "git status", "git diff --name-only", "git diff --stat", "git diff",
        "git diff --name-status -- src/lib.py", "git diff --cached",
    )}  # fmt: skip
    assert said["git clean -n"].splitlines() == ["Would remove src/extra/x.py", "Would remove src/new.py"]
    assert "Would remove src/extra/" in said["git clean -nd"].splitlines()
    assert said["git status"].splitlines() == ["M src/app.py", "? src/extra/x.py", "? src/new.py"]
    assert said["git diff --name-only"] == "src/app.py"
    assert "src/app.py | 2 +-" in said["git diff --stat"]
    assert "-APP = 1\n+broken" in said["git diff"]
    assert said["git diff --name-status -- src/lib.py"] == said["git diff --cached"] == ""
    assert field.everything() == before


def test_what_is_told_is_bounded(field: Field) -> None:
    field.write("src/app.py", "".join(f"line {n}\n" for n in range(50_000)))
    said = field.do("git diff").output
    assert "line 1\n" in said and "line 49999" in said and "line 25000" not in said and len(said) < 66_000


def test_nothing_configured_in_the_worktree_runs(field: Field) -> None:
    """Attributes name a filter, a text converter and a merge driver that would leave a file outside."""
    field.write(".gitattributes", "* filter=x diff=x merge=x\n")
    pwn = field.outside / "pwn"
    config = field.bench.private.path / "config"
    config.write_text(
        "".join(f"[{s} \"x\"]\n\t{k} = touch {pwn}\n" for s, k in (("filter", "smudge"), ("filter", "clean"),
                ("diff", "textconv"), ("diff", "command"), ("merge", "driver")))
        + f"[core]\n\tfsmonitor = touch {pwn}\n\thooksPath = {field.root}\n"
    )  # fmt: skip
    for said in ("git status", "git diff", "git diff --stat", "git checkout HEAD -- src/app.py", "git clean -n"):
        assert field.do(said).ok
    assert not pwn.exists()


def test_refs_of_the_private_repository_are_not_moved(field: Field) -> None:
    private = field.bench.private
    private.move_ref("refs/autopack/r/tip", field.bench.head, None)
    conflict(field)
    for said in ("git merge --abort", "git reset -- src/app.py", "git checkout HEAD -- src/app.py"):
        assert field.do(said).ok
    listed = private.git("for-each-ref", "--format=%(refname) %(objectname)").text
    assert listed == f"refs/autopack/r/tip {field.bench.head}"
