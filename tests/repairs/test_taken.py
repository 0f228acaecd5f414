"""Look-alikes of what is refused: each becomes exactly one command."""

from __future__ import annotations

import pytest

from autopack.repairs import Family, Ground, family, read_command, writes
from autopack.repairs.commands import (
    AbortMerge,
    Command,
    CopyFile,
    InstallLocked,
    ListUntracked,
    MakeFolders,
    MoveFile,
    RemoveFiles,
    RestoreFiles,
    RunPytest,
    ShowChanges,
    ShowStatus,
    TakeSide,
    Unstage,
)
from autopack.repairs.locks import Pin
from tests.repairs.conftest import HASH

APP = ("src/app.py",)
REQS = Pin("reqs", "2.0", (HASH,))
OTHER = Pin("other-thing", "1.1", (HASH,))

TAKEN: list[tuple[object, Command]] = [
    ("git checkout -- src/app.py", RestoreFiles(APP)),
    ("git checkout src/app.py", RestoreFiles(APP)),
    ("git checkout HEAD -- src/app.py", RestoreFiles(APP, "head")),
    ("git checkout HEAD src/app.py", RestoreFiles(APP, "head")),
    ("git checkout -q -- src/app.py ./src/app.py", RestoreFiles(APP)),
    ("  git   checkout -- 'src/file with space.py' ", RestoreFiles(("src/file with space.py",))),
    ("git checkout -- src/'file with space'.py", RestoreFiles(("src/file with space.py",))),
    ("git checkout -- 'src/odd (1).py'", RestoreFiles(("src/odd (1).py",))),
    (["git", "checkout", "--", "src/odd (1).py"], RestoreFiles(("src/odd (1).py",))),
    ("git checkout -- src/naïve.py", RestoreFiles(("src/naïve.py",))),
    ("git checkout -- tests/test_app.py", RestoreFiles(("tests/test_app.py",))),
    ("git checkout --ours -- src/app.py", TakeSide(APP, "ours")),
    ("git checkout --theirs src/app.py", TakeSide(APP, "theirs")),
    ("git reset -q -- src/app.py", Unstage(APP)),
    ("git reset HEAD src/app.py", Unstage(APP)),
    ("git merge --abort", AbortMerge()),
    ("git clean -n", ListUntracked()),
    ("git clean --dry-run -d", ListUntracked(folders=True)),
    ("git status --porcelain", ShowStatus()),
    ("git diff --name-only", ShowChanges(form="name-only")),
    ("git diff --cached --stat -- src/lib.py", ShowChanges(("src/lib.py",), True, "stat")),
    ("git diff --staged --name-status", ShowChanges((), True, "name-status")),
    ("git diff", ShowChanges()),
    ("rm src/new.py", RemoveFiles(("src/new.py",))),
    ("rm -f -- src/new.py build/out.txt", RemoveFiles(("src/new.py", "build/out.txt"), missing_ok=True)),
    ("rm -rf src/fresh/", RemoveFiles(("src/fresh",), folders=True, missing_ok=True)),
    ("rm -r src/fresh", RemoveFiles(("src/fresh",), folders=True)),
    ("rm tests/test_new.py", RemoveFiles(("tests/test_new.py",))),
    ("mkdir src/x", MakeFolders(("src/x",))),
    ("mkdir -p src/..data/x/ src/gitx", MakeFolders(("src/..data/x", "src/gitx"), parents=True)),
    ("mkdir -p src/gen", MakeFolders(("src/gen",), parents=True)),
    ("mkdir 'src/two words'", MakeFolders(("src/two words",))),
    ("cp src/lib.py src/lib_old.py", CopyFile("src/lib.py", "src/lib_old.py")),
    ("cp data.txt src/app.py", CopyFile("data.txt", "src/app.py")),
    ("cp Makefile src/notes.txt", CopyFile("Makefile", "src/notes.txt")),
    ("cp src/lib.py tests/test_lib.py", CopyFile("src/lib.py", "tests/test_lib.py")),
    ("mv src/new.py src/newer.py", MoveFile("src/new.py", "src/newer.py")),
    ("mv src/new.py src/app.py", MoveFile("src/new.py", "src/app.py")),
    ("pytest", RunPytest()),
    ("pytest .", RunPytest()),
    ("pytest -q -x tests", RunPytest(("-q", "-x"), ("tests",))),
    ("pytest tests/ -rA --tb=short", RunPytest(("-rA", "--tb=short"), ("tests",))),
    ("pytest --tb short --maxfail 1 ./tests/test_app.py", RunPytest(("--tb=short", "--maxfail=1"), ("tests/test_app.py",))),
    ("python -m pytest tests/test_app.py::TestX::test_one", RunPytest((), ("tests/test_app.py::TestX::test_one",))),
    ("pytest 'tests/test_app.py::test_one[a::b-1 2]'", RunPytest((), ("tests/test_app.py::test_one[a::b-1 2]",))),
    ("python3 -m pytest --co -q", RunPytest(("--co", "-q"))),
    ("pip install reqs", InstallLocked((REQS,), "requirements.lock")),
    ("python -m pip install Other_thing==1.1 reqs", InstallLocked((OTHER, REQS), "requirements.lock")),
    ("pip install -r requirements.lock", InstallLocked((REQS, OTHER), "requirements.lock")),
]  # fmt: skip


@pytest.mark.parametrize(("said", "meant"), TAKEN, ids=[str(said) for said, _ in TAKEN])
def test_a_command_of_the_grammar_is_taken(said: object, meant: Command, ground: Ground) -> None:
    assert read_command(said, ground) == meant


def test_each_command_knows_its_family_and_what_it_may_change() -> None:
    kinds = {type(meant).__name__: family(meant) for _, meant in TAKEN}
    assert {name for name, kind in kinds.items() if kind is Family.FILE} == {
        "RemoveFiles", "MakeFolders", "CopyFile", "MoveFile",
    }  # fmt: skip
    assert {name for name, kind in kinds.items() if kind is Family.PYTHON} == {"RunPytest", "InstallLocked"}
    assert writes(MoveFile("a", "b")) == ("a", "b")
    assert writes(CopyFile("a", "b")) == ("b",)
    assert writes(RemoveFiles(("a",))) == writes(RestoreFiles(("a",))) == ("a",)
    assert writes(RunPytest()) == writes(ShowChanges(("a",))) == writes(InstallLocked((REQS,), "x")) == ()
