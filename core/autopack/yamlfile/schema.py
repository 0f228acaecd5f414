"""What a pydantic model finds wrong with a document, as located problems in the words of the person who wrote it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from autopack.text import shorten
from autopack.yamlfile.document import MAX_PROBLEMS, Document, Problem
from autopack.yamlfile.fields import known_keys
from autopack.yamlfile.nodes import is_list, is_map
from autopack.yamlfile.ranges import Loc

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "finite_number": "a finite number",
}

_NOTHING = object()

_LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like this one, or ""."""
    found = difflib.get_close_matches(word.lower().replace("-", "_"), list(known), n=1, cutoff=0.65)
    return found[0] if found else ""


def schema_problems(
    document: Document, model: type[BaseModel], error: ValidationError, synonyms: Mapping[str, str] | None = None
) -> list[Problem]:
    """One problem per mistake, in document order; `synonyms` are names of other tools' formats for keys of this one."""
    found: dict[Loc, Problem] = {}
    missing: set[Loc] = set()
    meant: set[Loc] = set()
    for details in error.errors(include_url=False, include_input=False):
        loc, wrong_branch = _locate(document.value, details["loc"])
        if wrong_branch or loc in found:
            continue
        if len(found) == MAX_PROBLEMS:
            break
        if details["type"] == "missing":
            missing.add(loc)
        where = document.ranges.shown(loc)
        if details["type"] == "extra_forbidden":
            where = document.ranges.key(loc) or where
        if where is None:
            where = document.lines.range(0, 0)
        message, hint = _words(document, model, details, loc, synonyms or {})
        found[loc] = Problem(message, where, hint, loc)
        if details["type"] == "extra_forbidden":
            meant.add((*loc[:-1], hint.removeprefix("did you mean `").removesuffix("`?")))
    for loc in missing & meant:
        del found[loc]
    return sorted(found.values(), key=lambda problem: (problem.range.start.line, problem.range.start.column))


def _locate(tree: Any, loc: tuple[int | str, ...]) -> tuple[Loc, bool]:
    """The location in the document, without the names pydantic adds for the branches of a union.

    The second value says that the branch was one the value could never be meant for, given its shape.
    """
    way: list[str | int] = []
    here: Any = tree
    for position, step in enumerate(loc):
        inner = _child(here, step)
        if inner is not _NOTHING:
            here = inner
        elif is_map(here) and position == len(loc) - 1 and isinstance(step, str) and step != "str":
            pass
        elif isinstance(step, str) and (is_map(here) if step == "str" else isinstance(here, str)):
            return tuple(way), True
        else:
            continue
        way.append(step)
    return tuple(way), False


def _value(tree: Any, loc: Loc) -> Any:
    for step in loc:
        tree = _child(tree, step)
    return None if tree is _NOTHING else tree


def _child(node: Any, step: str | int) -> Any:
    if is_map(node) and isinstance(step, str) and step in node:
        return node[step]
    if is_list(node) and isinstance(step, int) and step < len(node):
        return node[step]
    return _NOTHING


def _words(
    document: Document, model: type[BaseModel], details: ErrorDetails, loc: Loc, synonyms: Mapping[str, str]
) -> tuple[str, str]:
    kind, context = details["type"], details.get("ctx", {})
    name = _name(loc)
    if kind == "extra_forbidden":
        return _unknown_key(model, loc, synonyms)
    if kind == "missing":
        return f"the key `{loc[-1]}` is missing", ""
    value = _value(document.value, loc)
    if kind in _EXPECTED:
        return _wrong_type(name, _EXPECTED[kind], value)
    if kind in _LIMITS:
        word, key = _LIMITS[kind]
        return f"{name} must be {word} {context[key]}", ""
    if kind == "literal_error":
        return _wrong_word(name, value, str(context["expected"]))
    if kind == "string_pattern_mismatch":
        shape = "lower-case letters, digits and -, beginning with a letter or digit, at most 40 characters"
        return f"{name} must be {shape}, not `{shorten(str(value), 50)}`", ""
    if kind in ("too_short", "string_too_short"):
        return f"{name} must not be empty", ""
    if kind in ("value_error", "assertion_error"):
        return f"{name}: {context.get('error', details['msg'])}", ""
    return f"{name}: {details['msg'][:1].lower()}{details['msg'][1:]}", ""


def _name(loc: Loc) -> str:
    """`scope.paths[0]` of the innermost mapping, enough to recognise it in a list of messages."""
    text = ""
    first = -4 if len(loc) > 3 and isinstance(loc[-3], int) else -3
    for step in loc[first:]:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return f"`{text.lstrip('.')}`" if text else "the document"


def _wrong_type(name: str, expected: str, value: Any) -> tuple[str, str]:
    if value is None:
        return f"{name} has no value, expected {expected}", "give it one or remove the key"
    if expected == "text" and isinstance(value, (int, float)):
        return (
            f"{name} must be text, not a {'truth value' if isinstance(value, bool) else 'number'}",
            "put it in quotes",
        )
    if expected == "a list" and isinstance(value, str):
        return f"{name} must be a list", f"write [{shorten(value, 30)}]"
    if isinstance(value, str):
        return f"{name} must be {expected}, not the text `{shorten(value, 30)}`", ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{name} must be {expected}, not the number {value}", ""
    got = "true or false" if isinstance(value, bool) else "a list" if is_list(value) else "a mapping"
    return f"{name} must be {expected}, not {got}", ""


def _wrong_word(name: str, value: Any, expected: str) -> tuple[str, str]:
    known = [word.strip("' ") for word in expected.replace(" or ", ", ").split(",")]
    close = nearest(value, known) if isinstance(value, str) else ""
    hint = f"did you mean `{close}`?" if close else ""
    if value is None:
        return f"{name} has no value, expected one of {', '.join(known)}", hint
    return f"{name} cannot be `{shorten(str(value), 40)}`, only one of {', '.join(known)}", hint


def _unknown_key(model: type[BaseModel], loc: Loc, synonyms: Mapping[str, str]) -> tuple[str, str]:
    word = str(loc[-1])
    known = known_keys(model, loc[:-1])
    lowered = word.lower().replace("-", "_")
    close = synonyms.get(lowered, "")
    if close not in known:
        close = lowered if lowered in known else ""
    close = close or nearest(word, known)
    if close:
        return f"unknown key `{word}`", f"did you mean `{close}`?"
    inner = [field for field in known if word in known_keys(model, (*loc[:-1], field))]
    if inner:
        return f"unknown key `{word}`", f"it belongs under `{inner[0]}`"
    return f"unknown key `{word}`", f"known here: {', '.join(known)}"
