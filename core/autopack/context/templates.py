"""Prompt templates: text files in `autopack_config/prompts`, filled once: what is filled in is never expanded."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from string import Template


@lru_cache(maxsize=32)
def _template(name: str) -> Template:
    return Template((resources.files("autopack_config") / "prompts" / f"{name}.txt").read_text(encoding="utf-8"))


def fill(name: str, **values: str) -> str:
    """Template `name` with every `$placeholder` replaced. Raises KeyError for one without a value."""
    return _template(name).substitute(values).strip() + "\n"
