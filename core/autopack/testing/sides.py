"""The two sides of a change: the product, and what judges it (tests, their helpers, their configuration)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, cast

from autopack.model.changes import ChangeSet, FileChange
from autopack.testing.configuration import PYTEST_FILES, SHARED_FILES, ini, table, toml

_START_UP = frozenset({"conftest.py", "sitecustomize.py", "usercustomize.py"})
"""Python runs them before or instead of what a test imports."""
_RUNNER_STEMS = ("jest.config.", "vitest.config.", "vitest.workspace.", "vite.config.", ".mocharc.", "karma.conf.",
                 "playwright.config.", "cypress.config.")  # fmt: skip
_COVERAGE_FILES = frozenset({".coveragerc", "codecov.yml", ".codecov.yml", ".nycrc", ".nycrc.json"})
_SECTIONS = ("pytest", "coverage", "tox")
_INI_SECTIONS = ("pytest", "tool:pytest", "tox", "testenv", "coverage:")
_PACKAGE_KEYS = ("scripts", "jest", "mocha", "vitest", "nyc", "c8", "ava")


class Sides(NamedTuple):
    """Both on the tree the change starts from; a file is on one of them."""

    product: ChangeSet
    tests: ChangeSet

    @property
    def configuration(self) -> tuple[FileChange, ...]:
        """Of the tests' side, what decides which tests run and how."""
        return tuple(c for c in self.tests.changes if any(configures(path) for path in names_of(c)))


def sides_of(changes: ChangeSet, is_test: Callable[[str], bool]) -> Sides:
    """A file with a name on either side (a rename) belongs to the tests'; one that holds settings for tests among others
    belongs to them when these settings change."""
    judging = tuple(c for c in changes.changes if _judges(c, is_test))
    product = tuple(c for c in changes.changes if c not in judging)
    return Sides(replace(changes, changes=product), replace(changes, changes=judging))


def names_of(change: FileChange) -> tuple[str, ...]:
    """Its path, and the one it had before a rename."""
    return (change.path, change.old_path) if change.old_path else (change.path,)


def configures(path: str) -> bool:
    """Whether a file of this name may decide which tests run and how."""
    name = path.rpartition("/")[2]
    return (
        name in _START_UP
        or name in PYTEST_FILES
        or name in SHARED_FILES
        or name in _COVERAGE_FILES
        or name == "package.json"
        or name.endswith(".pth")
        or name.startswith(_RUNNER_STEMS)
    )


def _judges(change: FileChange, is_test: Callable[[str], bool]) -> bool:
    paths = names_of(change)
    if any(is_test(path) for path in paths):
        return True
    name = change.path.rpartition("/")[2]
    if name in SHARED_FILES or name == "package.json":
        return _settings(name, change.before) != _settings(name, change.after)
    return any(configures(path) for path in paths)


def _settings(name: str, data: bytes | None) -> object:
    """What a shared file says to test tools; the whole text where it cannot be read."""
    text = (data or b"").decode("utf-8", "replace")
    if name == "pyproject.toml":
        tool = toml(text)
        return text if tool is None else {key: table(tool, "tool").get(key) for key in _SECTIONS}
    if name == "package.json":
        return _package(text)
    parser = ini(text)
    return {s: dict(parser.items(s)) for s in parser.sections() if s.startswith(_INI_SECTIONS)}


def _package(text: str) -> object:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return {key: cast("dict[str, Any]", held).get(key) for key in _PACKAGE_KEYS} if isinstance(held, dict) else text
