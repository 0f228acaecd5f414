"""The Python that runs the tests of the small projects of these tests: pytest and coverage, and nothing else.

The environment that runs our own tests has plugins (Hypothesis, xdist), which every pytest process would load: three
quarters of a second each, and a run of a plan starts a dozen. A test that is about such a plugin asks for `sys.executable`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DISTRIBUTIONS = ("pytest", "pluggy", "iniconfig", "packaging", "pygments", "coverage")


@functools.cache
def target_python() -> Path:
    """The interpreter of that environment. Made once beside the one that runs this, out of what is installed there."""
    found = [importlib.metadata.distribution(name) for name in DISTRIBUTIONS]
    said = "\0".join([sys.version, *(f"{one.name} {one.version}" for one in found)])
    folder = Path(sys.prefix) / f"target-{hashlib.sha256(said.encode()).hexdigest()[:12]}"
    if not folder.exists():
        _make(folder, found)
    return folder / "bin" / "python"


def _make(folder: Path, found: list[importlib.metadata.Distribution]) -> None:
    """Whole or not at all: another process may be at it."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".target-") as place:
        made = Path(place) / "made"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made)], check=True)
        (packages,) = made.glob("lib/python3*/site-packages")
        for one in found:
            _copy(one, packages)
        try:
            made.rename(folder)
        except OSError:
            if not folder.exists():
                raise


def _copy(one: importlib.metadata.Distribution, to: Path) -> None:
    """What the distribution installed into site-packages, with its times: bytecode stays valid."""
    files = [file for file in one.files or () if ".." not in file.parts]
    assert files, f"{one.name} does not say what it installed"
    for file in files:
        source = Path(os.fspath(file.locate()))
        if source.is_file():
            (to / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, to / file)
