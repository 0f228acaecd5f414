"""The wheel: what must be inside is, and it works where nothing of the checkout is on the path."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import autopack

ROOT = Path(autopack.__file__).parents[2]
NEEDED = (
    *(f"autopack/testing/plugin/{path.name}" for path in sorted((ROOT / "core/autopack/testing/plugin").glob("*.py"))),
    "autopack/testing/plugin/children/sitecustomize.py",
    "autopack/testing/plugin/empty.ini",
    "autopack/sandbox/landlock_probe.py",
    "autopack/sandbox/launcher.py",
    "autopack_config/defaults.yaml",
    "autopack_config/models.yaml",
    "autopack_config/policy.yaml",
    "autopack_server/demo/data/plan.autopack.yaml",
    "autopack_server/demo/data/cassette.jsonl",
)
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="not a checkout")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the back end itself, without a registry."""
    place = tmp_path_factory.mktemp("dist")
    build = "import hatchling.build, sys; print(hatchling.build.build_wheel(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", build, str(place)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `autopack` of a fresh environment: the wheel is installed, what it depends on is borrowed from ours. The
    folder a borrowed path names is searched, but no `.pth` file in it counts, so the checkout is out of reach."""
    place = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = place / "bin/python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--disable-pip-version-check",
               "--no-index", "--no-deps", str(wheel)]  # fmt: skip
    done = subprocess.run(install, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (site,) = place.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin/autopack"


def call(autopack: Path, *args: str, home: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": f"{autopack.parent}:{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8",
           "AUTOPACK_STATE_DIR": str(home / "state")}  # fmt: skip
    return subprocess.run([str(autopack), *args], cwd=cwd, env=env, capture_output=True, text=True, timeout=110)


def test_the_wheel_holds_everything_that_is_read_at_run_time(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    missing = [name for name in NEEDED if name not in names]
    packages = {"core": "autopack", "server": "autopack_server", "config": "autopack_config"}
    tracked = subprocess.run(["git", "ls-files", "-z", *packages], cwd=ROOT, capture_output=True, text=True, check=True)
    kept = [path.partition("/")[2] for path in tracked.stdout.split("\0") if path and (ROOT / path).is_file()]
    missing += [path for path in kept if path not in names]
    assert missing == []
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]


def test_nothing_in_the_wheel_names_a_place_of_the_machine_it_was_built_on(wheel: Path) -> None:
    places = re.compile("|".join(re.escape(str(place)) for place in {ROOT, Path(sys.prefix)}))
    with zipfile.ZipFile(wheel) as archive:
        found = [name for name in archive.namelist() if places.search(archive.read(name).decode("utf-8", "replace"))]
    assert found == []


def test_the_installed_command_says_its_version_and_reads_its_own_files(installed: Path, tmp_path: Path) -> None:
    said = call(installed, "--version", home=tmp_path, cwd=tmp_path)
    assert (said.returncode, said.stdout.split()[0]) == (0, "autopack,"), said.stderr
    python = installed.with_name("python")
    where = subprocess.run(
        [str(python), "-c", "import autopack; print(autopack.__file__)"], capture_output=True, text=True
    )
    assert Path(where.stdout.strip()).is_relative_to(installed.parents[1])
    explained = call(installed, "explain", "AP401", home=tmp_path, cwd=tmp_path)
    assert explained.returncode == 0 and "AP401" in explained.stdout, explained.stderr
    subprocess.run(["git", "init", "-q", str(tmp_path / "repo")], check=True)
    who = ["-c", "user.name=u", "-c", "user.email=u@localhost"]
    subprocess.run(["git", *who, "commit", "-q", "--allow-empty", "-m", "Start"], cwd=tmp_path / "repo", check=True)
    shown = call(installed, "settings", home=tmp_path, cwd=tmp_path / "repo")
    assert shown.returncode == 0 and "retention.pool" in shown.stdout, shown.stderr


def copy_pytest(site: Path) -> None:
    """The sandbox of the demo's tests shows the environment and nothing that it borrows."""
    for name in ("pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        for file in metadata.files(name) or ():
            source, target = Path(str(file.locate())), site / file
            if ".." not in file.parts and source.suffix != ".pyc":
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


@pytest.mark.slow
def test_the_demo_runs_from_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    (site,) = installed.parents[1].glob("lib/python*/site-packages")
    copy_pytest(site)
    done = call(installed, "demo", home=tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
