"""Profiles: what an auditor is told to look for, by the kind of change; the texts are in `autopack_config`."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

from autopack.yamlfile import parse

GENERAL = "general"


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    path = resources.files("autopack_config") / "auditor_profiles.yaml"
    return parse(path.read_text(encoding="utf-8")).value


def profiles() -> tuple[str, ...]:
    """The names there are."""
    return tuple(_texts()["profiles"])


def focus(profile: str) -> str:
    """What this profile looks for beside what every audit does. Raises KeyError for a name there is not."""
    return str(_texts()["profiles"][profile]).strip()


def always() -> str:
    """What every audit looks for."""
    return str(_texts()["always"]).strip()
