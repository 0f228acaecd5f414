"""Small environments that run the tests of the projects of these tests: pytest, and nothing that nobody asked for.

The environment that runs our own tests has plugins (Hypothesis, xdist), which every pytest process would load: three
quarters of a second each, and a run of a plan starts a dozen.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import shutil
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

PYTEST = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")
COVERAGE = ("coverage",)
XDIST = ("execnet", "pytest-xdist")


@functools.cache
def target_python() -> Path:
    """The interpreter with pytest and coverage, kept beside the environment that runs this."""
    names = PYTEST + COVERAGE
    said = "\0".join([sys.version, *(f"{name} {importlib.metadata.version(name)}" for name in names)])
    folder = Path(sys.prefix) / f"target-{hashlib.sha256(said.encode()).hexdigest()[:12]}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".target-") as place:
            make_environment(Path(place) / "made", names)
            try:
                (Path(place) / "made").rename(folder)
            except OSError:  # another process was first
                if not folder.exists():
                    raise
    return folder / "bin" / "python"


def make_environment(folder: Path, distributions: Sequence[str] = ()) -> Path:
    """The interpreter of a virtual environment that holds copies of these distributions, as they are installed here."""
    venv.create(folder, symlinks=True, with_pip=False)
    (packages,) = folder.glob("lib/python3*/site-packages")
    for name in distributions:
        _copy(importlib.metadata.distribution(name), packages)
    return folder / "bin" / "python"


def _copy(one: importlib.metadata.Distribution, to: Path) -> None:
    """What the distribution installed into site-packages, with its times: bytecode stays valid."""
    files = [file for file in one.files or () if ".." not in file.parts]
    assert files, f"{one.name} does not say what it installed"
    for file in files:
        source = Path(os.fspath(file.locate()))
        if source.is_file():
            (to / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, to / file)
