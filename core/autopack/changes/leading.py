"""The file objects an answer gives whole before it breaks off: evidence of what the model meant, never applied alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from autopack.changes.limits import Limits
from autopack.changes.strict_json import BadValue, JsonRefused, check_depth, decoder
from autopack.model.changes import PathRequest
from autopack.model.findings import Finding
from autopack.paths import printable

CUT = "AP202"
_FIRST = re.compile(r"^[ \t]*\{", re.M)
_SPACE = re.compile(r"[ \t\r\n]*")
_MOST_NAMED = 20


class Whole(NamedTuple):
    """`text` is the file object as the answer spells it, `paths` those it names."""

    paths: tuple[str, ...]
    text: str


def leading(text: str, limits: Limits) -> tuple[Whole, ...]:
    """The complete file objects of an envelope or NDJSON answer, in order, up to the first that is not; () of any other
    answer. Whether they say something that can be, only the reader of answers knows."""
    start = _FIRST.search(text)
    if start is None or len(text) > limits.bytes:
        return ()
    body = text[start.end() - 1 :]
    try:
        check_depth(body, limits.depth)
    except JsonRefused:
        return ()
    found: list[Whole] = []
    read = decoder(limits)
    for value, at, end in _values(body, read):
        path, new_path = value.get("path"), value.get("new_path")
        if not isinstance(path, str) or len(found) >= limits.operations:
            break
        paths = (path, new_path) if isinstance(new_path, str) else (path,)
        found.append(Whole(paths, body[at:end]))
    return tuple(found)


def _values(body: str, read: json.JSONDecoder) -> Iterator[tuple[dict[str, Any], int, int]]:
    """(file object, start, end) as long as they come complete."""
    try:
        first, _ = read.raw_decode(body)
        lines = isinstance(first, dict) and "files" not in first
    except (ValueError, RecursionError):
        lines = False
    try:
        yield from _on_lines(body, read) if lines else _in_files(body, read)
    except (json.JSONDecodeError, BadValue, RecursionError):
        return


def _on_lines(body: str, read: json.JSONDecoder) -> Iterator[tuple[dict[str, Any], int, int]]:
    at = _past_space(body, 0)
    while at < len(body):
        value, end = read.raw_decode(body, at)
        if not isinstance(value, dict) or "files" in value or body[end : _line_end(body, end)].strip():
            return
        if "path" in value:
            yield cast("dict[str, Any]", value), at, end
        at = _past_space(body, end)


def _in_files(body: str, read: json.JSONDecoder) -> Iterator[tuple[dict[str, Any], int, int]]:
    at = 1
    while True:
        key, at = read.raw_decode(body, _past_space(body, at))
        at = _past_space(body, at)
        if body[at : at + 1] != ":":
            return
        at = _past_space(body, at + 1)
        if key == "files":
            break
        _, at = read.raw_decode(body, at)
        at = _past_space(body, at)
        if body[at : at + 1] != ",":
            return
        at += 1
    while body[at : at + 1] in ("[", ","):
        at = _past_space(body, at + 1)
        value, end = read.raw_decode(body, at)
        if not isinstance(value, dict):
            return
        yield cast("dict[str, Any]", value), at, end
        at = _past_space(body, end)


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def envelope_of(files: Sequence[Whole], summary: str, requests: Sequence[PathRequest] = ()) -> str:
    """One answer that gives exactly these file objects and, without any, exactly these requests."""
    asks = [{"paths": each.paths, "why": each.why} for each in requests]
    if not files:
        return json.dumps({"summary": summary, "requests": asks} if asks else {"summary": summary, "files": []})
    listed = ",\n".join(each.text for each in files)
    asked = f'"requests": {json.dumps(asks)}, ' if asks else ""
    return f'{{"summary": {json.dumps(summary)}, {asked}"files": [\n{listed}\n]}}'


def noted(findings: Sequence[Finding], files: Sequence[Whole]) -> tuple[Finding, ...]:
    """The findings, the first that tells of a cut naming what came complete before it."""
    at = next((n for n, each in enumerate(findings) if each.code == CUT), None)
    if at is None or not files:
        return tuple(findings)
    told = replace(
        findings[at], message=f"{findings[at].message} These were complete in it: {named(files)}.", fingerprint=""
    )
    return (*findings[:at], told, *findings[at + 1 :])


def named(files: Sequence[Whole]) -> str:
    """The paths of the files, the first twenty of them."""
    names = [printable(path) for path in dict.fromkeys(each.paths[-1] for each in files)]
    return ", ".join(names[:_MOST_NAMED]) + (f" and {len(names) - _MOST_NAMED} more" if names[_MOST_NAMED:] else "")
