from __future__ import annotations

import os
from pathlib import Path

import pytest

from autopack.model.findings import Position
from autopack_server.lsp.plan.pytest_names import NamedTest, PytestNames
from autopack_server.lsp.plan.reading import MAX_KEPT, Reading, Readings
from tests.lsp.plan.texts import BLOCK, repository


def test_phases_and_tiers_of_a_half_typed_plan() -> None:
    reading = Reading(
        "tiers: [{id: x, name: X}\nphases:\n  - id: a\n    depends_on: [b, \n  - goal: g\n  - id: b\n    tier: x\n"
    )
    assert [(tier.id, tier.title) for tier in reading.tiers] == [("x", "X")]
    assert [(p.index, p.id, p.tier, [n.text for n in p.needs]) for p in reading.phases] == [
        (0, "a", "", ["b"]),
        (2, "b", "x", []),
    ]
    assert reading.phase("b") is reading.phases[1]
    assert reading.phase("c") is None


@pytest.mark.parametrize(
    ("line", "column", "offset"),
    [(1, 1, 0), (1, 3, 2), (1, 9, 2), (2, 1, 4), (2, 9, 5), (3, 1, 6), (9, 9, 6), (0, 0, 0), (-1, -5, 0)],
)
def test_positions_outside_the_text_are_its_nearest(line: int, column: int, offset: int) -> None:
    assert Reading("ab\r\nc\n").offset(Position(line, column)) == offset


def test_one_text_is_read_once() -> None:
    kept = Readings()
    first = kept.of("u", BLOCK, "p")
    assert kept.of("u", BLOCK, "p") is first
    assert kept.of("u", BLOCK + "\n", "p") is not first
    for number in range(MAX_KEPT):
        kept.of(str(number), "a", "p")
    again = kept.of("u", BLOCK, "p")
    assert again is not first
    kept.forget("u")
    assert kept.of("u", BLOCK, "p") is not again


def test_folders_of_the_repository() -> None:
    repo = repository()
    assert repo.folders["src/"].folders == ["src/search/", "src/web/"]
    assert repo.folders["src/"].files == ["src/app.py", "src/models.py"]
    assert repo.tests == ("tests/test_app.py", "tests/web/test_page.py")
    assert [repo.below(folder) for folder in ("src", "src/", "sr", "src/app.py", "")] == [4, 4, 0, 0, 0]


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_tests_are_found_by_pytest_s_names(tmp_path: Path) -> None:
    write(
        tmp_path / "test_a.py",
        "import unittest\n\n\ndef helper(): ...\ndef test_one():\n    '''\n    First.\n    Second.\n    '''\n\n\n"
        "class TestC:\n    def test_d(self): ...\n    def other(self): ...\n"
        "    class TestInner:\n        def test_e(self): ...\n\n\n"
        "class Case(unittest.TestCase):\n    async def test_f(self): ...\n\n\nclass Other:\n    def test_no(self): ...\n",
    )
    assert PytestNames(tmp_path).of("test_a.py") == (
        NamedTest("test_one", 5, "First."), NamedTest("TestC::test_d", 13), NamedTest("TestC::TestInner::test_e", 16),
        NamedTest("Case::test_f", 20),
    )  # fmt: skip


def test_a_file_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    file = write(tmp_path / "test_a.py", "def test_one(): ...\n")
    os.utime(file, ns=(1, 1))
    names = PytestNames(tmp_path)
    assert [test.name for test in names.of("test_a.py")] == ["test_one"]
    write(file, "def test_two(): ...\n")
    os.utime(file, ns=(1, 1))
    assert [test.name for test in names.of("test_a.py")] == ["test_one"]
    os.utime(file, ns=(2, 2))
    assert [test.name for test in names.of("test_a.py")] == ["test_two"]
    file.unlink()
    assert names.of("test_a.py") == ()


@pytest.mark.parametrize(
    "text", ["def test_(: ...", b"def test_a(): ...\n\0", b"\xff\xfe", "(" * 5000, "-" * 200_000 + "1"]
)
def test_a_file_that_is_no_python_has_no_tests(tmp_path: Path, text: str | bytes) -> None:
    write(tmp_path / "test_a.py", text)
    assert PytestNames(tmp_path).of("test_a.py") == ()


def test_nothing_behind_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path / "out/test_a.py", "def test_secret(): ...\n")
    root = tmp_path / "repo"
    root.mkdir()
    os.symlink(tmp_path / "out", root / "tests")
    os.symlink(tmp_path / "out/test_a.py", root / "test_a.py")
    os.mkfifo(root / "test_pipe.py")
    for path in ("tests/test_a.py", "test_a.py", "test_pipe.py", "nowhere/test_a.py", "../out/test_a.py"):
        assert PytestNames(root).of(path) == ()
