"""Which runner a repository has, told from the names of its files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

_CONFIGURATION = frozenset({"conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"})


def detect_runner(files: Iterable[str]) -> Literal["pytest", "none"]:
    """pytest where a file has the name of a pytest module or of pytest's own configuration, else none.

    A configuration counts because it may give test modules other names (`python_files`).
    """
    for path in files:
        name = path.rpartition("/")[2]
        if name in _CONFIGURATION or (name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))):
            return "pytest"
    return "none"
