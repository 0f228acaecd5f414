"""Wording: what the model says about a key or value, in Markdown."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from autopack.model.plan import IDENTIFIER, Plan
from autopack.plans.entries import Refers, description, refers_to, value_meaning
from autopack.text import visible
from autopack.yamlfile import Loc, choices, field_at, is_model, limits, types_at

_REFERS = {
    Refers.PATH: "path",
    Refers.FOLDER: "folder",
    Refers.CHECKOUT: "path",
    Refers.CHECKOUT_FOLDER: "folder",
    Refers.TEST: "test id",
    Refers.PHASE: "phase id",
    Refers.TIER: "tier id",
}
_PLURALS = {
    "path": "paths", "folder": "folders", "test id": "test ids", "phase id": "phase ids", "tier id": "tier ids",
    "text": "texts", "command": "commands", "mapping": "mappings",
}  # fmt: skip
_NAMES: dict[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true or false"}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


def escaped(text: str) -> str:
    """Text of a plan or repository as Markdown that shows it as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", visible(" ".join(text.split())))


def code(text: str) -> str:
    """The same as inline code; what could end the code is left out."""
    return f"`{visible(' '.join(text.replace('`', ' ').split()))}`"


def type_name(loc: Loc) -> str:
    """What a value at this location is, in words: `text`, `list of phase ids`, `choice`."""
    return " or ".join(_names(loc, 1))


def _names(loc: Loc, count: int) -> list[str]:
    refers = refers_to(loc)
    found: dict[str, None] = {}
    for branch in types_at(Plan, loc):
        word = _REFERS[refers] if branch is str and refers is not None else _type(branch, loc)
        if word:
            found[word if count == 1 else _PLURALS.get(word, word)] = None
    return list(found)


def _type(branch: Any, loc: Loc) -> str:
    origin = get_origin(branch)
    if is_model(branch):
        return "mapping"
    if origin is list and is_command(loc):
        return "command"
    if origin is list:
        return f"list of {' or '.join(_names((*loc, 0), 2))}"
    if origin is dict:
        return "mapping of names to text"
    if origin is Literal:
        return "choice" if len(get_args(branch)) > 1 else "number"
    return _NAMES.get(branch, "")


def is_command(loc: Loc) -> bool:
    """Whether a program with its arguments stands here."""
    field = field_at(Plan, loc)
    if field is None or list[str] not in types_at(Plan, loc):
        return False
    return isinstance(loc[-1], int) or "min_length" in limits(field)


def summary(loc: Loc) -> str:
    """One line: type, and whether it must be there."""
    field = field_at(Plan, loc)
    required = field is not None and field.is_required() and isinstance(loc[-1], str)
    return f"{type_name(loc)}, required" if required else type_name(loc)


def describe(loc: Loc) -> str:
    """The entry's description with its default, limits and allowed values; "" for what is no entry of a plan."""
    told = description(loc)
    field = field_at(Plan, loc)
    facts: list[str] = []
    if field is not None and isinstance(loc[-1], str):
        default = default_of(field)
        facts += [f"Default: {code(default)}"] if default else []
        facts += bounds(field)
    facts += _allowed(loc)
    return "\n\n".join(part for part in (told, *facts) if part)


def _allowed(loc: Loc) -> list[str]:
    words = [value for value in choices(types_at(Plan, loc)) if isinstance(value, str)]
    grouped: dict[str, list[str]] = {}
    for word in words:
        grouped.setdefault(value_meaning(loc, word), []).append(code(word))
    lines = [f"- {', '.join(same)}: {meaning}" for meaning, same in grouped.items()]
    return ["Allowed:\n\n" + "\n".join(lines)] if lines else []


def default_of(field: FieldInfo) -> str:
    """The default as it would be written; "" where leaving the key out means nothing in particular."""
    value = field.default
    if not isinstance(value, (str, int, float)):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def bounds(field: FieldInfo) -> list[str]:
    """The limits of a value in words."""
    found = limits(field)
    least = f"at least {found['ge']}" if "ge" in found else f"more than {found['gt']}" if "gt" in found else ""
    most = f"at most {found['le']}" if "le" in found else f"less than {found['lt']}" if "lt" in found else ""
    told = [f"Limits: {' and '.join(part for part in (least, most) if part)}"] if least or most else []
    if found.get("pattern") == IDENTIFIER:
        told.append("Lower-case letters, digits and `-`, beginning with a letter or digit, at most 40 characters.")
    if found.get("min_length"):
        told.append("Not empty.")
    return told
