"""Deliverables as people write them: paths with remarks that mean something, in lists or in buckets of lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, Field, WithJsonSchema

_BRACKETS = re.compile(r"\s+\([^()]*\)$")
_NOTE = re.compile(r"\(([^()]*)\)")
_GONE = frozenset({"deleted", "removed", "gone"})
_DEFINES = re.compile(r"defines\s+([^\W\d]\w*(?:\.\w+)*(?:\s*,\s*[^\W\d]\w*(?:\.\w+)*)*)")
_WITH = re.compile(r"(\S*(?:/|\.\w+))\s+with\s.*")


def deliverable_path(text: str) -> str:
    """The path in a deliverable as people annotate it: `src/a.py (new)`, `src/a.py with tests`."""
    bare = text.strip()
    while bare != (shorter := _BRACKETS.sub("", bare)):
        bare = shorter
    annotated = _WITH.fullmatch(bare)
    return annotated[1] if annotated else bare


def deliverable_gone(text: str) -> bool:
    """Whether the deliverable is that the path is gone: `src/old.py (deleted)`."""
    return any(note.strip().casefold() in _GONE for note in _NOTE.findall(text))


def deliverable_symbols(text: str) -> tuple[str, ...]:
    """What the file must define afterwards: `src/a.py (defines build_index, Index.lookup)`. Prose in its place is none."""
    for note in _NOTE.findall(text):
        named = _DEFINES.fullmatch(note.strip())
        if named:
            return tuple(name.strip() for name in named[1].split(","))
    return ()


def deliverable_meant(text: str) -> str:
    """The deliverable with those remarks alone that mean something."""
    path, names = deliverable_path(text), deliverable_symbols(text)
    if deliverable_gone(text):
        return f"{path} (deleted)"
    return f"{path} (defines {', '.join(names)})" if names else path


def deliverable_entries(value: Any, loc: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each deliverable of a list, or of buckets of lists nested at will, with its location and its text as written."""
    if isinstance(value, str):
        yield loc, value
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from deliverable_entries(inner, (*loc, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[Any]", value)):
            yield from deliverable_entries(inner, (*loc, index))


def _flat(value: Any) -> Any:
    return [deliverable_path(text) for _, text in deliverable_entries(value)] if _grouped(value) else value


def _grouped(value: Any) -> bool:
    """Whether the value is a list of texts, or such lists in buckets."""
    if isinstance(value, dict):
        return all(_grouped(inner) for inner in cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        return all(isinstance(inner, str) or _grouped(inner) for inner in cast("list[Any]", value))
    return False


_PATHS_OR_BUCKETS = {
    "anyOf": [
        {"type": "array", "items": {"type": "string"}},
        {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    ],
    "default": [],
}

Deliverables = Annotated[
    list[str],
    BeforeValidator(_flat),
    WithJsonSchema(_PATHS_OR_BUCKETS),
    Field(
        description="Files, or folders/, that must exist afterwards; may be grouped in named lists. `a.py (deleted)` must "
        "be gone, `a.py (defines f, C.m)` must define these."
    ),
]
