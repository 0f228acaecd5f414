"""Projects installed editable by a real build back end, from wheels fetched once into .cache/real."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.real.releases import CACHE, File, RegistryOutage, Tree
from tests.real.target import clean_environment, environment, git, make_repository

PYTEST = "pytest==8.4.2"
TABLE = '[project]\nname = "gauge"\nversion = "1.0"\ndescription = "A gauge"\n'


@dataclass(frozen=True)
class BackEnd:
    """How one back end is asked for, where it keeps the package, and how pip is told the editable mode."""

    requires: tuple[str, ...]
    backend: str
    source: str = "src"
    extra: str = ""
    config: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)

    @property
    def pyproject(self) -> str:
        names = ", ".join(f'"{r.partition("==")[0]}"' for r in self.requires[:1])
        return f'[build-system]\nrequires = [{names}]\nbuild-backend = "{self.backend}"\n\n{TABLE}{self.extra}'


_SETUPTOOLS = ("setuptools==75.6.0", "wheel==0.45.1")
_FIND = '\n[tool.setuptools]\npackages = ["gauge"]\n'
_CMAKE = "cmake_minimum_required(VERSION 3.15)\nproject(gauge LANGUAGES NONE)\n"

BACKENDS: dict[str, BackEnd] = {
    "hatchling": BackEnd(("hatchling==1.27.0", "editables==0.5"), "hatchling.build"),
    "setuptools flat": BackEnd(_SETUPTOOLS, "setuptools.build_meta", ".", _FIND),
    "setuptools src": BackEnd(_SETUPTOOLS, "setuptools.build_meta"),
    "setuptools flat strict": BackEnd(
        _SETUPTOOLS, "setuptools.build_meta", ".", _FIND, ("editable_mode=strict",)),
    "setuptools src strict": BackEnd(_SETUPTOOLS, "setuptools.build_meta", config=("editable_mode=strict",)),
    "setuptools flat compat": BackEnd(
        _SETUPTOOLS, "setuptools.build_meta", ".", _FIND, ("editable_mode=compat",)),
    "setuptools src compat": BackEnd(_SETUPTOOLS, "setuptools.build_meta", config=("editable_mode=compat",)),
    "poetry-core": BackEnd(("poetry-core==1.9.1",), "poetry.core.masonry.api",
                           extra='\n[tool.poetry]\nname = "gauge"\nversion = "1.0"\ndescription = "A gauge"\n'
                                 'authors = []\npackages = [{include = "gauge", from = "src"}]\n'),
    "flit-core": BackEnd(("flit_core==3.10.1",), "flit_core.buildapi"),
    "scikit-build-core": BackEnd(
        ("scikit-build-core==0.10.7", "cmake==3.31.2", "ninja==1.11.1.3"), "scikit_build_core.build",
        extra='\n[tool.scikit-build]\nwheel.packages = ["src/gauge"]\n', files={"CMakeLists.txt": _CMAKE}),
}  # fmt: skip

GOOD = "def read(raw):\n    return raw * 2\n\n\ndef scale(raw):\n    return read(raw) + 1\n"
WRONG = GOOD.replace("raw * 2", "raw * 3")
SUITE = """\
import subprocess
import sys

import gauge
from gauge.core import read, scale


def test_read():
    assert read(2) == 4


def test_scale():
    assert scale(2) == read(2) + 1


def test_of_the_package():
    assert gauge.NAME == "gauge"


def test_child_process():
    code = "from gauge.core import read; print(read(2))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "4", done.stderr
"""


def project(backend: BackEnd, core: str) -> Tree:
    source = "" if backend.source == "." else f"{backend.source}/"
    files = {
        "pyproject.toml": backend.pyproject,
        ".gitignore": ".venv/\nbuild/\n*.egg-info/\n__pycache__/\n",
        f"{source}gauge/__init__.py": '"""A gauge."""\n\nNAME = "gauge"\n',
        f"{source}gauge/core.py": core,
        "tests/test_gauge.py": SUITE,
        **backend.files,
    }
    return {path: File(text.encode()) for path, text in files.items()}


def wheels(requirements: tuple[str, ...]) -> Path:
    """A folder with the wheels of pytest and these requirements."""
    folder = CACHE / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    ready = folder / ("-".join(requirements) + ".ready")
    if not ready.exists():
        argv = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--only-binary", ":all:",
                "-d", str(folder), PYTEST, *requirements]  # fmt: skip
        done = subprocess.run(argv, capture_output=True, text=True, env=clean_environment())
        if done.returncode:
            raise RegistryOutage(f"pip download {' '.join(requirements)}: {done.stderr.strip()[-600:]}")
        ready.touch()
    return folder


def install_editable(backend: BackEnd, repo: Path, core: str) -> None:
    """A repository whose own .venv holds pytest, the back end and the project, editable."""
    found = wheels(backend.requires)
    make_repository(repo, project(backend, core))
    python = repo / ".venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(repo / ".venv")], check=True)
    pip = [str(environment((PYTEST,))), "-m", "pip", "--python", str(python), "install", "-q", "--no-compile",
           "--disable-pip-version-check", "--no-index"]  # fmt: skip
    env = clean_environment(PATH=f"{python.parent}:/usr/bin:/bin", PYTHONDONTWRITEBYTECODE="1")
    settings = [f"--config-settings={each}" for each in backend.config]
    for more in (["--find-links", str(found), PYTEST, *backend.requires],
                 ["--no-build-isolation", "--no-deps", *settings, "-e", str(repo)]):  # fmt: skip
        done = subprocess.run([*pip, *more], capture_output=True, text=True, env=env, cwd=repo)
        if done.returncode:
            raise RuntimeError(f"{backend.backend}: {done.stderr[-2000:]}{done.stdout[-2000:]}")
    where = subprocess.run([str(python), "-P", "-c", "import gauge.core; print(gauge.core.__file__)"],
                           capture_output=True, text=True, env=env, cwd=repo.parent, check=True).stdout  # fmt: skip
    if not where.startswith(str(repo)):
        raise RuntimeError(f"{backend.backend}: not editable, gauge is imported from {where}")
    git(repo, "status", "--porcelain")
