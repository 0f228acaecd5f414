"""What files of settings say to test runners and coverage tools, flat: `pytest.addopts`, `coverage.report.fail_under`."""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Iterator
from typing import Any, cast

from autopack.languages.tokens import literal_objects

Settings = dict[str, object]
"""Values are texts, numbers, truths, or lists of texts."""

_PYTEST = frozenset({"pytest.ini", ".pytest.ini"})
_TOML = frozenset({"pytest.toml", ".pytest.toml"})
_RUNNERS = ("jest.config.", "vitest.config.", "vitest.workspace.", "vite.config.", ".mocharc.", "karma.conf.")
_PACKAGE = ("jest", "vitest", "mocha", "c8", "nyc", "ava", "scripts")
_JSON = frozenset({".nycrc", ".nycrc.json", ".c8rc.json", ".mocharc.json"})


def settings_of(path: str, data: bytes | None) -> Settings | None:
    """{} for a file that is absent or broken, None for one of which nobody here knows what it says."""
    name = path.rpartition("/")[2]
    text = (data or b"").decode("utf-8", "replace")
    if name == "pyproject.toml":
        tool = _table(_toml(text).get("tool"))
        pytest = dict(_table(tool.get("pytest")))
        options = _table(pytest.pop("ini_options", None))
        return {
            **_flat("pytest", {**pytest, **options}),
            **_flat("coverage", _table(tool.get("coverage"))),
            **{k: v for name, held in tool.items() for k, v in _thresholds(name, _table(held)).items()},
        }
    if name in _TOML:
        return _flat("pytest", _table(_toml(text).get("pytest")))
    if name in _PYTEST or name in ("tox.ini", "setup.cfg", ".coveragerc"):
        return dict(_ini(name, text))
    if name == "package.json":
        held = _table(_json(text))
        return {k: v for key in _PACKAGE for k, v in _flat(key, _table(held.get(key))).items()}
    if name in _JSON:
        return _flat(name.strip(".").partition("rc")[0], _table(_json(text)))
    if name.startswith(_RUNNERS):
        return _flat(name.partition(".")[0] or name.split(".")[1].removesuffix("rc"), literal_objects(text))
    return None


def _ini(name: str, text: str) -> Iterator[tuple[str, object]]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in parser.sections():
        if section in ("pytest", "tool:pytest"):
            home = "pytest"
        elif name == ".coveragerc":
            home = f"coverage.{section}"
        elif section.startswith("coverage:"):
            home = f"coverage.{section.partition(':')[2]}"
        elif section.startswith("testenv"):
            home = "tox"
        else:
            continue
        for key, value in parser.items(section):
            lines = [line.strip() for line in (value or "").splitlines() if line.strip()]
            yield f"{home}.{key}", lines if len(lines) > 1 or (value or "").startswith("\n") else (lines or [""])[0]


def _flat(prefix: str, table: dict[str, Any]) -> Settings:
    found: Settings = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found.update(_flat(f"{prefix}.{key}", cast("dict[str, Any]", value)))
        elif isinstance(value, list):
            found[f"{prefix}.{key}"] = [str(v) for v in cast("list[Any]", value)]
        else:
            found[f"{prefix}.{key}"] = value
    return found


def _thresholds(name: str, table: dict[str, Any]) -> Settings:
    """What any other tool is told about how little is enough, and what it leaves out."""
    flat = _flat(f"coverage.{name}", table) if name not in ("pytest", "coverage") else {}
    told = {key: value for key, value in flat.items() if key.endswith(("fail_under", "fail-under"))}
    return told | {key: value for key, value in flat.items() if told and key.endswith(".omit")}


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {}


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
