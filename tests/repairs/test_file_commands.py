"""`rm`, `mkdir`, `cp`, `mv` on real files: what they do, and what stops them although their names were taken."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from autopack.errors import SandboxUnavailable
from autopack.repairs import CommandRefused, perform, read_command
from autopack.repairs.commands import CopyFile, MakeFolders, MoveFile, RemoveFiles
from tests.repairs.conftest import TRACKED, Field, made


def test_files_of_the_run_are_removed_copied_and_moved(field: Field) -> None:
    assert field.do("cp src/lib.py src/kept.py").ok and field.text("src/kept.py") == "LIB = 1\n"
    assert field.do("mv src/kept.py src/moved.py").changed == ("src/kept.py", "src/moved.py")
    assert field.text("src/kept.py") is None and field.text("src/moved.py") == "LIB = 1\n"
    assert field.do("mv src/moved.py src/new.py").ok and field.text("src/new.py") == "LIB = 1\n"
    assert field.do("cp data.txt src/app.py").ok and field.text("src/app.py") == "data\n"
    assert field.do("rm src/app.py src/new.py").changed == ("src/app.py", "src/new.py")
    assert field.text("src/app.py") is None and field.text("src/lib.py") == "LIB = 1\n"


def test_folders_are_made_and_removed_with_what_the_run_put_there(field: Field) -> None:
    assert field.do("mkdir -p src/deep/er").changed == ("src/deep", "src/deep/er")
    assert (field.root / "src/deep/er").stat().st_mode & 0o7777 == 0o755
    assert field.do("cp src/lib.py src/deep/er/x.py").ok
    assert field.do("mkdir -p src/deep/er").changed == ()
    assert not field.do("mkdir src/deep").ok
    assert not field.do("mkdir src/no/parent").ok
    assert not field.do("rm src/deep").ok
    done = field.do("rm -r src/deep")
    assert done.changed == ("src/deep/er/x.py", "src/deep/er", "src/deep") and not (field.root / "src/deep").exists()


def test_a_folder_with_a_file_nobody_accounts_for_stays_whole(field: Field) -> None:
    field.do("mkdir src/deep")
    field.do("cp src/lib.py src/deep/a.py")
    field.write("src/deep/left/by_a_test.txt")
    done = field.do("rm -rf src/deep")
    assert not done.ok and "by_a_test.txt" in done.output and done.changed == ()
    assert field.text("src/deep/a.py") is not None


def test_what_is_gone_is_an_error_only_without_force(field: Field) -> None:
    (field.root / "src/new.py").unlink()
    assert not field.do("rm src/new.py").ok
    assert field.do("rm -f src/new.py").ok
    assert not field.do("mv src/new.py src/other.py").ok


@pytest.mark.parametrize("command", [
    RemoveFiles(("src/way/victim.txt",), missing_ok=True), RemoveFiles(("src/way/in",), folders=True),
    MakeFolders(("src/way/x",), parents=True), MakeFolders(("src/way/x/y",), parents=True),
    CopyFile("src/lib.py", "src/way/x.py"), CopyFile("src/way/victim.txt", "src/x.py"),
    CopyFile("src/lib.py", "src/way/victim.txt"), MoveFile("src/new.py", "src/way/x.py"),
    MoveFile("src/way/victim.txt", "src/x.py"),
])  # fmt: skip
def test_a_link_on_the_way_ends_the_command(command: RemoveFiles, field: Field) -> None:
    (field.outside / "in").mkdir()
    (field.root / "src/way").symlink_to(field.outside)
    field.with_changed("src/way/victim.txt", "src/way/in")
    before = field.everything()
    done = asyncio.run(perform(command, field.bench))
    assert not done.ok and "src/way" in done.output and done.changed == ()
    assert field.everything() == before


def test_a_link_at_the_end_is_removed_or_replaced_itself(field: Field) -> None:
    link = field.root / "src/new.py"
    link.unlink()
    link.symlink_to(field.outside / "victim.txt")
    assert not field.do("cp src/new.py src/x.py").ok
    assert not field.do("cp src/lib.py src/new.py").ok
    assert not field.do("mv src/new.py src/x.py").ok
    assert link.is_symlink() and field.text("src/x.py") is None
    assert field.do("rm src/new.py").ok
    assert not os.path.lexists(link) and (field.outside / "victim.txt").read_text() == "ORIGINAL\n"


def test_a_folder_that_is_a_link_is_never_walked(field: Field) -> None:
    (field.root / "src/fresh").symlink_to(field.outside)
    field.with_changed("src/fresh/victim.txt", "src/fresh")
    done = field.do("rm -rf src/fresh")
    assert done.changed in ((), ("src/fresh",))
    assert (field.outside / "victim.txt").read_text() == "ORIGINAL\n"


@pytest.mark.parametrize("make", ["fifo", "hard link", "folder"])
def test_only_a_regular_file_of_its_own_is_read(make: str, field: Field) -> None:
    place = field.root / "src/new.py"
    place.unlink()
    if make == "fifo":
        os.mkfifo(place)
    elif make == "folder":
        place.mkdir()
    else:
        os.link(field.outside / "victim.txt", place)
    assert not field.do("cp src/new.py src/x.py").ok
    assert not field.do("mv src/new.py src/x.py").ok
    assert not (field.root / "src/x.py").exists()


def test_a_file_that_stands_there_unaccounted_for_is_not_overwritten(field: Field) -> None:
    field.write("src/left.py", "by a test\n")
    assert not field.do("cp src/lib.py src/left.py").ok
    assert not field.do("mv src/new.py src/left.py").ok
    assert field.text("src/left.py") == "by a test\n" and field.text("src/new.py") is not None


@pytest.mark.parametrize(
    "said", ["cp src/new.py src/setup.cfg", "mv src/new.py src/setup.cfg", "cp src/new.py pyproject.toml"]
)
def test_what_builds_or_installs_is_not_made_by_a_command(said: str, field: Field) -> None:
    field.write("src/new.py", "[options]\ninstall_requires = evil\n")
    field.with_changed("pyproject.toml")
    with pytest.raises(CommandRefused) as refused:
        field.do(said)
    assert refused.value.code == "AP301"
    assert field.text("src/setup.cfg") is None and field.text("src/new.py") is not None


def test_a_build_file_of_the_run_is_not_removed(field: Field) -> None:
    field.with_changed("pyproject.toml")
    field.write("pyproject.toml", "[build-system]\nrequires = ['x']\n")
    with pytest.raises(CommandRefused):
        field.do("rm pyproject.toml")
    assert field.text("pyproject.toml")


def test_an_executable_is_not_multiplied_and_special_bits_never_made(field: Field) -> None:
    place = field.root / "src/new.py"
    place.chmod(0o755)
    with pytest.raises(CommandRefused) as refused:
        field.do("cp src/new.py src/x.py")
    assert refused.value.code == "AP307"
    place.chmod(0o6600)
    assert field.do("cp src/new.py src/x.py").ok
    assert (field.root / "src/x.py").stat().st_mode & 0o7777 == 0o644


def test_below_level_two_nothing_is_carried_out(tmp_path: Path) -> None:
    weak = made(tmp_path, TRACKED, {"src/app.py"}, level=1)
    before = weak.everything()
    for said in ("rm src/app.py", "git status", "pytest -q", "pip install reqs"):
        with pytest.raises(SandboxUnavailable) as refused:
            asyncio.run(perform(read_command(said, weak.bench.ground), weak.bench))
        assert refused.value.code == "AP907"
    assert weak.everything() == before
    weak.bench.private.close()
