"""The configuration files of a project: TOML and ini tables, and whether one of them configures pytest."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

Table = dict[str, Any]
Read = Callable[[str], str | None]
"""The text of a file of one folder by its name; None where there is none."""

PYTEST_FILES = frozenset({"pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"})
"""They configure pytest whatever they hold."""

SHARED_FILES = frozenset({"pyproject.toml", "tox.ini", "setup.cfg"})
"""They configure pytest where they hold a section for it."""


def from_folder(folder: Path) -> Read:
    """Bytes that are no UTF-8 are replaced."""

    def read(name: str) -> str | None:
        try:
            return (folder / name).read_text("utf-8", "replace")
        except OSError:
            return None

    return read


def toml(text: str | None) -> Table | None:
    """Tables of a TOML file, {} for one that is absent, None for one that is broken."""
    try:
        return tomllib.loads(text or "")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def ini(text: str | None) -> configparser.ConfigParser:
    """An ini file's sections; a file that is absent or broken has none."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text or "")
    except configparser.Error:
        return configparser.ConfigParser()
    return parser


def table(data: Table, *keys: str) -> Table:
    """The table below these keys, {} where something else is in the way."""
    for key in keys:
        value = data.get(key)
        if not isinstance(value, dict):
            return {}
        data = cast("Table", value)
    return data


def pytest_section(read: Read) -> bool:
    """Whether one of SHARED_FILES has a section for pytest."""
    tool = table(toml(read("pyproject.toml")) or {}, "tool")
    return "pytest" in tool or ini(read("tox.ini")).has_section("pytest") or (
        ini(read("setup.cfg")).has_section("tool:pytest")
    )  # fmt: skip
