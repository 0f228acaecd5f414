"""Which runner a repository has, told from the names of its files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal


def detect_runner(files: Iterable[str]) -> Literal["pytest", "none"]:
    """pytest where a file has the name of a pytest module (or a conftest is there), else none."""
    for path in files:
        name = path.rpartition("/")[2]
        if name == "conftest.py" or (name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))):
            return "pytest"
    return "none"
