"""Which runner a repository has, told from the names of its files and from what configures a runner at its root."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, cast

from autopack.model.plan import RunnerName
from autopack.testing.configuration import PYTEST_FILES, SHARED_FILES, Read, pytest_section

_MOST_BYTES = 1024 * 1024
_ROOT_FILES: tuple[tuple[str, RunnerName], ...] = (
    ("go.mod", "go"),
    ("Cargo.toml", "cargo"),
    ("pom.xml", "maven"),
    ("build.gradle", "gradle"),
    ("build.gradle.kts", "gradle"),
    ("settings.gradle", "gradle"),
    ("settings.gradle.kts", "gradle"),
)
_SCRIPTS: tuple[tuple[str, RunnerName], ...] = (
    (r"\bvitest\b", "vitest"),
    (r"\bjest\b", "jest"),
    (r"\bnode\b[^&|;]* --test\b", "node"),
)


def detect_runner(files: Collection[str], read: Read) -> RunnerName:
    """The first that speaks: pytest, package.json, go.mod, Cargo.toml, pom.xml, a build file of Gradle; else none.

    pytest speaks where a file has the name of a pytest module or of pytest's own configuration, or where pyproject.toml,
    tox.ini or setup.cfg of the root has a section for pytest (it may give test modules other names); unittest never
    does, since pytest runs its tests too. All others speak at the root alone: package.json by its script `test`, else
    by a dependency on vitest or jest. `read` is asked for files of the root, and only where no name speaks.
    """
    held = {name for name in files if "/" not in name}
    if _pytest(files, held, read):
        return "pytest"
    found = _package(read("package.json") or "") if "package.json" in held else None
    if found is not None:
        return found
    for name, runner in _ROOT_FILES:
        if name in held:
            return runner
    return "none"


def _pytest(files: Collection[str], held: Collection[str], read: Read) -> bool:
    for path in files:
        name = path.rpartition("/")[2]
        if name in PYTEST_FILES or name == "conftest.py":
            return True
        if name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")):
            return True
    shared = SHARED_FILES.intersection(held)
    return pytest_section(lambda name: read(name) if name in shared else None)


def _package(text: str) -> RunnerName | None:
    try:
        value = json.loads(text) if len(text) <= _MOST_BYTES else None
    except (ValueError, RecursionError):
        return None
    package = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    script = _table(package, "scripts").get("test")
    for pattern, runner in _SCRIPTS:
        if isinstance(script, str) and re.search(pattern, script[:2000]):
            return runner
    needed = {*_table(package, "devDependencies"), *_table(package, "dependencies")}
    names: tuple[RunnerName, ...] = ("vitest", "jest")
    return next((name for name in names if name in needed), None)


def _table(package: dict[str, Any], key: str) -> dict[str, Any]:
    value = package.get(key)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
