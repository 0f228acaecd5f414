"""`pytest` on a copy of the worktree and `pip` from a lock file, both in the sandbox."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import http.server
import os
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autopack.repairs import CommandRefused, Family, Packages, perform_repair, read_command, read_repair
from tests.repairs.conftest import Field, made

HOSTILE = """
import pathlib, os
here = pathlib.Path(__file__).resolve().parents[1]

def test_writes():
    (here / "src/lib.py").write_text("changed by a test")
    (here / "left.txt").write_text("left")
    os.symlink("/etc/passwd", here / "link")

def test_looks_outside():
    try:
        pathlib.Path({victim!r}).read_text()
    except OSError:
        return
    assert False, "it was read"
"""


def test_tests_are_run_and_their_words_returned(field: Field) -> None:
    green = field.do("pytest -q tests/test_app.py::test_one")
    assert green.ok and "1 passed" in green.output
    red = field.do("python -m pytest -x --tb=short tests")
    assert not red.ok and "test_red" in red.output and red.changed == ()
    listed = field.do("pytest --co -q tests/test_app.py")
    assert "test_one" in listed.output and "passed" not in listed.output


def test_the_runs_changes_are_what_is_tested(field: Field) -> None:
    field.write("tests/test_app.py", "def test_one():\n    assert 0\n")
    assert not field.do("pytest -q tests/test_app.py").ok


def test_what_tests_write_stays_in_their_copy(field: Field) -> None:
    field.write("tests/test_app.py", HOSTILE.format(victim=str(field.outside / "victim.txt")))
    before = field.everything()
    done = field.do("pytest -q tests/test_app.py")
    assert done.ok, done.output
    assert field.everything() == before
    assert not [*field.bench.job.scratch.glob("repair-*")], "the copy is gone"


def test_a_worktree_that_cannot_be_copied_is_no_crash(field: Field) -> None:
    os.mkfifo(field.root / "pipe")
    done = field.do("pytest -q")
    assert not done.ok and "copied" in done.output


def test_a_repair_stops_at_the_first_failure_and_verifies_at_the_end(field: Field) -> None:
    def carried_out(commands: list[str], verify: str) -> list[bool]:
        repair = read_repair("file", commands, verify, field.bench.ground, set(Family))
        return [done.ok for done in asyncio.run(perform_repair(repair, field.bench))]

    field.write(
        "tests/test_app.py", "import pathlib\n\ndef test_one():\n    assert pathlib.Path('src/copy.py').exists()\n"
    )
    assert carried_out(["mkdir src/app.py/x", "rm src/app.py"], "pytest -q tests/test_app.py") == [False]
    assert field.text("src/app.py") == "broken\n"
    assert (
        carried_out(["cp src/lib.py src/one.py", "mv src/one.py src/copy.py"], "pytest -q tests/test_app.py")
        == [True] * 3
    )
    assert carried_out(["rm -f src/new.py"], "pytest -q tests/test_red.py") == [True, False]


def wheel(folder: Path, name: str, text: str) -> str:
    """A wheel of one module, and its SHA-256."""
    path = folder / f"{name}-2.0-py3-none-any.whl"
    info = f"{name}-2.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", text)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A package index: (folder, URL)."""
    folder = tmp_path / "index"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def with_lock(place: Path, lock: str) -> Field:
    files = {
        "requirements.lock": lock,
        "tests/test_it.py": "def test_it():\n    import tinydep\n    assert tinydep.N == 7\n",
    }
    built = made(place, files)
    if built.bench.job.sandbox.level < 2:
        pytest.skip(built.bench.job.sandbox.reason)
    return built


def test_what_the_lock_file_pins_is_installed_beside_the_target(tmp_path: Path, index: tuple[Path, str]) -> None:
    folder, url = index
    (folder / "tinydep").mkdir()
    digest = wheel(folder / "tinydep", "tinydep", "N = 7\n")
    field = with_lock(tmp_path / "f", f"tinydep==2.0 ; python_version >= '3' --hash=sha256:{digest}\n")
    with pytest.raises(CommandRefused, match="no package index"):
        field.do("pip install tinydep")
    assert not field.do("pytest -q tests/test_it.py").ok
    site = tmp_path / "site"
    field.bench = replace(field.bench, packages=Packages(url, site))
    before = field.everything()
    done = field.do("pip install -r requirements.lock")
    assert done.ok, done.output
    assert (site / "tinydep.py").read_text() == "N = 7\n" and url not in repr(field.bench)
    assert field.do("pytest -q tests/test_it.py").ok
    assert field.everything() == before
    field.bench.private.close()


def test_a_file_that_is_not_the_locked_one_is_not_installed(tmp_path: Path, index: tuple[Path, str]) -> None:
    folder, url = index
    (folder / "tinydep").mkdir()
    wheel(folder / "tinydep", "tinydep", "N = 'evil'\n")
    field = with_lock(tmp_path / "f", f"tinydep==2.0 --hash=sha256:{'0' * 64}\n")
    site = tmp_path / "site"
    field.bench = replace(field.bench, packages=Packages(url, site))
    done = field.do("pip install tinydep")
    assert not done.ok and "hash" in done.output.lower()
    assert not (site / "tinydep.py").exists()
    field.bench.private.close()


def test_a_lock_file_the_run_changed_locks_nothing(tmp_path: Path) -> None:
    lock = f"tinydep==2.0 --hash=sha256:{'0' * 64}\n"
    field = made(tmp_path, {"requirements.lock": lock}, {"requirements.lock"})
    for said in ("pip install tinydep", "pip install -r requirements.lock"):
        with pytest.raises(CommandRefused):
            read_command(said, field.bench.ground)
    field.bench.private.close()
