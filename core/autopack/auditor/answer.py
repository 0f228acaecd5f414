"""Reading the Auditor's answer. Whatever cannot be read beyond doubt is an audit that did not happen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

from autopack.context import plain
from autopack.model.audit import AuditIssue, AuditReport
from autopack.text import shorten

_MOST_BYTES = 1024 * 1024
_MOST_ISSUES = 100
_MOST_CHARS = 2000
_MOST_STARTS = 300
_MOST_PATCH = 64 * 1024

AUDIT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["approved", "issues"],
    "properties": {
        "approved": {"type": "boolean"},
        "issues": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["severity", "category", "description", "location", "suggestion", "patch"],
                "properties": {
                    "severity": {"type": "string", "enum": ["major", "minor"]},
                    "category": {"type": "string"},
                    "description": {"type": "string"},
                    "location": {"type": "string"},
                    "suggestion": {"type": "string"},
                    "patch": {"type": "string"},
                },
            },
        },
    },
}

_LOCATION = re.compile(
    r"(?P<path>.*?)(?::[ ]?(?:L|lines? )?(?P<first>[0-9]{1,9})(?::[0-9]{1,9})?"
    r"(?:[ ]?[-–][ ]?L?(?P<last>[0-9]{1,9}))?(?::[0-9]{1,9})?)?",
    re.S,
)
_MINOR = frozenset({"minor", "low", "info", "information", "note", "nit", "nitpick", "suggestion", "trivial", "style"})


class Unreadable(Exception):
    """Why an answer does not say beyond doubt what was asked."""


def parse_audit(text: str, *, model: str = "", stop_reason: str = "end") -> AuditReport:
    """The one verdict in `text`, which may stand in a fence or among prose. Approved only when it says so and names no
    major issue; unreadable, cut off or contradictory is not available and not approved."""
    try:
        if stop_reason == "max_tokens":
            raise Unreadable("the answer was cut off at its length limit")
        if stop_reason == "refusal":
            raise Unreadable("the model declined to answer")
        if len(text.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
            raise Unreadable(f"the answer is longer than {_MOST_BYTES // 1024} KiB")
        verdict = _verdict(text)
    except Unreadable as why:
        return AuditReport(approved=False, model=model, available=False, detail=str(why))
    try:
        issues = tuple(_issue(item) for item in _listed(verdict))
    except Unreadable as why:
        refused = verdict["approved"] is False
        return AuditReport(
            approved=False,
            model=model,
            available=refused,
            detail=f"it did not approve, and {why}" if refused else str(why),
        )
    approved = verdict["approved"] is True and not any(i.severity == "major" for i in issues)
    return AuditReport(approved=approved, issues=issues, model=model)


def _verdict(text: str) -> dict[str, Any]:
    verdict = only_object(text, "approved")
    if not isinstance(verdict["approved"], bool):
        raise Unreadable("`approved` is neither true nor false")
    return verdict


def only_object(text: str, key: str) -> dict[str, Any]:
    """The one JSON object with `key` in `text`. Raises Unreadable when there is none, another one, a key twice in it, or
    the key is claimed elsewhere in the text too."""
    claim = re.compile(rf"[\"']{key}[\"']\s*:")
    found: list[dict[str, Any]] = []
    rest: list[str] = []
    at = 0
    for start, end, value in _objects(text):
        rest.append(text[at:start])
        at = end
        if key in value:
            strict = _strict(text[start:end])
            if strict not in found:
                found.append(strict)
        else:
            rest.append(text[start:end])
    rest.append(text[at:])
    if len(found) > 1 or (found and any(claim.search(piece) for piece in rest)):
        raise Unreadable("the answer holds more than one verdict")
    if not found:
        raise Unreadable(
            f"the answer holds no verdict: {shorten(plain(text), 120)}" if text.strip() else "the answer is empty"
        )
    return found[0]


def _objects(text: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """(start, end, value) of each JSON object that stands in `text`, fenced or bare, outermost ones only."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    for _ in range(_MOST_STARTS):
        if start < 0:
            return
        end = start + 1
        with suppress(ValueError, RecursionError):
            value, end = decoder.raw_decode(text, start)
            yield start, end, value
        start = text.find("{", end)
    raise Unreadable("the answer holds too many braces")


def _strict(piece: str) -> dict[str, Any]:
    try:
        return json.loads(piece, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise Unreadable("a key of the verdict occurs twice") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key occurs twice")
    return made


def _listed(verdict: dict[str, Any]) -> list[Any]:
    issues = verdict.get("issues", verdict.get("issues_found"))
    if issues is None:
        return []
    if not isinstance(issues, list):
        raise Unreadable("`issues` is not a list")
    listed = cast("list[Any]", issues)
    if len(listed) > _MOST_ISSUES:
        raise Unreadable(f"the answer names more than {_MOST_ISSUES} issues")
    return listed


def _issue(item: Any) -> AuditIssue:
    if not isinstance(item, dict):
        raise Unreadable("an issue is not an object")
    fields = cast("dict[str, Any]", item)
    description = _text(fields, "description")
    if not description:
        raise Unreadable("an issue has no description")
    path, first, last = split_location(_text(fields, "location"))
    return AuditIssue(
        severity="minor" if _text(fields, "severity").casefold() in _MINOR else "major",
        category=shorten(_text(fields, "category"), 60),
        description=description,
        path=path,
        line=first,
        end_line=last,
        suggestion=_text(fields, "suggestion"),
        patch=_patch(fields),
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"`{name}` of an issue is not a string")
    flat = plain(value).strip()
    return flat if len(flat) <= _MOST_CHARS else f"{flat[: _MOST_CHARS - 1]}…"


def _patch(fields: dict[str, Any]) -> str:
    """A diff, or an envelope of files sent as JSON or as text. One too long to be of use, or that no file could hold, is
    left out: it is a suggestion, and the issue stands without it."""
    value = fields.get("patch")
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str | None):
        raise Unreadable("`patch` of an issue is neither a text nor an object")
    if not value or not value.strip() or len(value) > _MOST_PATCH:
        return ""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return ""
    return value


def split_location(location: str) -> tuple[str, int, int]:
    """Path, first and last 1-based line of `path:line`, `path:first-last`, `path:line:column` or `path`; 0 = not said."""
    hit = _LOCATION.fullmatch(location.strip().strip("`'\""))
    if hit is None:
        return "", 0, 0
    path = hit["path"].strip().strip("`'\"").removeprefix("./")
    first = int(hit["first"] or 0)
    return path, first, max(first, int(hit["last"] or 0)) if first else 0
