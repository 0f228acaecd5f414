"""The lint rule itself: it finds each way to misuse GitPython, and the code keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

import autopack
import autopack_server
from tests.kit.gitpython_rule import main, problems

HOUSE = [str(Path(package.__file__).parent) for package in (autopack, autopack_server)]


def found(tmp_path: Path, source: str, place: str = "autopack/repo/history.py") -> list[str]:
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")
    return problems(path)


def test_the_code_keeps_the_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(HOUSE) == 0
    assert "keep the GitPython rule" in capsys.readouterr().out


def test_reading_commits_is_allowed(tmp_path: Path) -> None:
    source = "from git import Repo\n\ndef f(p):\n    return [c.tree for c in Repo(p).iter_commits('a..b')]\n"
    assert found(tmp_path, source) == []


@pytest.mark.parametrize("attribute", [
    "is_dirty()", "untracked_files", "index.add('x')", "remotes", "remote('o')", "submodules", "config_writer()",
    "git.status()",
])  # fmt: skip
def test_what_executes_configuration_is_found(tmp_path: Path, attribute: str) -> None:
    (line,) = found(tmp_path, f"from git import Repo\n\nx = Repo('.').{attribute}\n")
    assert "history.py:3: " in line


@pytest.mark.parametrize("source", [
    "from git import Git\n", "from git.cmd import Git\n", "import git\n\ngit.Git('.')\n",
    "import git\n\ngit.cmd.Git('.')\n",
])  # fmt: skip
def test_other_ways_in_are_found(tmp_path: Path, source: str) -> None:
    assert found(tmp_path, source)


def test_no_other_room_may_import_it(tmp_path: Path) -> None:
    (line,) = found(tmp_path, "def f():\n    from git import Repo\n    return Repo\n", "autopack/engine/x.py")
    assert "outside autopack/repo" in line


def test_own_modules_named_git_are_none_of_it(tmp_path: Path) -> None:
    assert found(tmp_path, "from autopack.repo.git import GitFailed\nfrom .git import Mode\n") == []


def test_a_file_that_breaks_it_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found(tmp_path, "from git import Git\n")
    assert main([str(tmp_path)]) == 1
    assert "history.py:1" in capsys.readouterr().out


def test_nothing_to_check_is_an_error(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 2
