"""Files of which only some parts execute: pyproject.toml, package.json and setup.cfg, judged by what changed in them.

Deny by default: a change outside the parts known to be descriptive needs a person.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from configparser import ConfigParser
from configparser import Error as IniError
from typing import Any, cast

from autopack.paths import folded

_MAX_BYTES = 1024 * 1024
_PROJECT = frozenset(
    {
        "name", "version", "description", "readme", "keywords", "classifiers", "authors", "maintainers", "urls",
        "license", "license-files", "requires-python",
    }
)  # fmt: skip
_TOOLS = frozenset(
    {
        "ruff",
        "black",
        "isort",
        "codespell",
        "typos",
        "towncrier",
        "interrogate",
        "pydocstyle",
        "pyright",
        "basedpyright",
    }
)
_PACKAGE = frozenset(
    {
        "name", "version", "description", "keywords", "homepage", "bugs", "license", "author", "contributors",
        "maintainers", "funding", "repository", "private", "browserslist", "prettier",
    }
)  # fmt: skip
_METADATA = frozenset(
    {
        "name", "version", "description", "long_description", "long_description_content_type", "keywords",
        "classifiers", "author", "author_email", "maintainer", "maintainer_email", "url", "project_urls", "license",
        "license_files", "license_file", "platforms",
    }
)  # fmt: skip
_TEST_TABLES = ("tool.pytest", "tool.coverage", "tool:pytest", "tool.tox")

Table = Mapping[str, Any]


def judged_by_content(path: str) -> bool:
    """Whether `changed_parts` has anything to say of files of this name."""
    return folded(path.rsplit("/", 1)[-1]) in _JUDGES


def changed_parts(path: str, before: bytes | None, after: bytes | None) -> tuple[str, ...]:
    """The parts of a judged file that changed and may execute; () for any other file and for harmless changes."""
    judge = _JUDGES.get(folded(path.rsplit("/", 1)[-1]))
    if judge is None:
        return ()
    try:
        old, new = (_flat(judge(data), judge) if data else {} for data in (before, after))
    except (ValueError, TypeError, RecursionError, IniError):
        return ("a form that cannot be read",)
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    return tuple(key for key in changed if not _harmless(key, judge))


def test_parts_only(parts: tuple[str, ...]) -> bool:
    """Whether every part configures the test runner (what a literal deliverable may do without a person)."""
    return bool(parts) and all(part.startswith(_TEST_TABLES) for part in parts)


def _toml(data: bytes) -> Table:
    return tomllib.loads(_text(data))


def _json(data: bytes) -> Table:
    value = json.loads(_text(data))
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return cast("Table", value)


def _ini(data: bytes) -> Table:
    parser = ConfigParser(interpolation=None, strict=False)
    parser.read_string(_text(data))
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _text(data: bytes) -> str:
    if len(data) > _MAX_BYTES:
        raise ValueError("too large to judge")
    return data.decode("utf-8-sig")


def _flat(table: Table, judge: Callable[[bytes], Table]) -> dict[str, Any]:
    """Keys one level down (`tool.ruff`, `project.description`); package.json keeps its top level."""
    if judge is _json:
        return dict(table)
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{inner}": each for inner, each in cast("Table", value).items()}
        else:
            flat[key] = value
    return flat


def _harmless(key: str, judge: Callable[[bytes], Table]) -> bool:
    if judge is _json:
        return key in _PACKAGE
    head, _, name = key.partition(".")
    if judge is _toml:
        return (head == "project" and name in _PROJECT) or (head == "tool" and name in _TOOLS)
    return head == "metadata" and name.replace("-", "_") in _METADATA


_JUDGES: dict[str, Callable[[bytes], Table]] = {
    "pyproject.toml": _toml,
    "package.json": _json,
    "setup.cfg": _ini,
}
