"""Which runner a repository has, told from the names of its files and from what configures pytest at its root."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from autopack.testing.configuration import PYTEST_FILES, SHARED_FILES, Read, pytest_section


def detect_runner(files: Collection[str], read: Read) -> Literal["pytest", "none"]:
    """pytest where a file has the name of a pytest module or of pytest's own configuration, or where pyproject.toml,
    tox.ini or setup.cfg of the root has a section for pytest, else none. `read` is asked for those three alone, and
    only where no name speaks.

    A configuration counts because it may give test modules other names (`python_files`).
    """
    for path in files:
        name = path.rpartition("/")[2]
        if name in PYTEST_FILES or name == "conftest.py":
            return "pytest"
        if name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")):
            return "pytest"
    held = SHARED_FILES.intersection(files)
    return "pytest" if pytest_section(lambda name: read(name) if name in held else None) else "none"
