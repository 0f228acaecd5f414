"""The shape of the envelope as JSON Schema."""

from __future__ import annotations

from typing import Any

from autopack.changes.asking import LONGEST_WHY, MOST_PATHS, MOST_REQUESTS, SHORTEST_WHY

_TEXT: dict[str, Any] = {"type": "string"}
_LINE: dict[str, Any] = {"type": "integer", "minimum": 1}
_CONTEXT: dict[str, Any] = {
    "context_before": {"type": "string", "description": "Text that stands in the lines above."},
    "context_after": {"type": "string", "description": "Text that stands in the lines below."},
}


def _object(properties: dict[str, Any], required: list[str], description: str = "") -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "object"}
    if description:
        shape["description"] = description
    return shape | {"properties": properties, "required": required, "additionalProperties": False}


def _op(name: str, properties: dict[str, Any], required: list[str], description: str) -> dict[str, Any]:
    return _object({"op": {"const": name}} | properties | _CONTEXT, ["op", *required], description)


def _operation() -> dict[str, Any]:
    lines = {"start_line": _LINE, "end_line": _LINE}
    old = {"old": {"type": "string", "description": "What stands there now; without line numbers it occurs once."}}
    content = {"content": _TEXT}
    ranged = {
        "oneOf": [{"required": ["start_line", "end_line"]}, {"required": ["old"], "not": {"required": ["end_line"]}}]
    }
    return {
        "oneOf": [
            _op("replace", lines | content | old, ["content"], "Lines start_line to end_line, both included.") | ranged,
            _op("delete", lines | old, [], "Lines start_line to end_line, both included.") | ranged,
            _op("insert", {"line": _LINE} | content, ["line", "content"], "Before `line`; one past the last appends."),
            _op("append", content, ["content"], "At the end of the file."),
            _op("prepend", content, ["content"], "At the start of the file."),
        ]
    }


def _file() -> dict[str, Any]:
    path = {"type": "string", "minLength": 1, "description": "Relative to the repository, folders separated by /."}
    ways = [{"required": ["content"]}, {"required": ["diff"]}, {"required": ["operations"]}]
    shape = _object(
        {
            "path": path,
            "action": {"enum": ["create", "modify", "delete", "rename"]},
            "new_path": path | {"description": "Where a renamed file goes."},
            "content": {"type": "string", "description": "The whole file."},
            "diff": {"type": "string", "description": "Unified hunks of this file (@@ -a,b +c,d @@ ...)."},
            "operations": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/operation"}},
            "exact": {"type": "boolean", "description": "Take `content` byte for byte, line ends included."},
        },
        ["path"],
    )
    no_way = {"not": {"anyOf": ways}}
    return shape | {
        "oneOf": [
            {
                "properties": {"action": {"enum": ["create", "modify"]}},
                "not": {"required": ["new_path"]},
                "oneOf": ways,
            },
            {"properties": {"action": {"const": "delete"}}, "required": ["action"], "not": {"required": ["new_path"]}}
            | {"allOf": [no_way]},
            {
                "properties": {"action": {"const": "rename"}},
                "required": ["new_path"],
                "oneOf": [no_way, *ways],
            },
        ]
    }


def _request() -> dict[str, Any]:
    paths = {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": MOST_PATHS, "uniqueItems": True}
    why = {"type": "string", "minLength": SHORTEST_WHY, "maxLength": LONGEST_WHY}
    return _object(
        {"paths": paths | {"description": "Exact paths of files; no folder, no pattern."}, "why": why},
        ["paths", "why"],
        "Leave to touch what needs it: beside files that do, the reason why; without files, a wider scope.",
    )


def answer_schema() -> dict[str, Any]:
    """The envelope, JSON Schema 2020-12."""
    envelope = _object(
        {
            "summary": {"type": "string", "description": "What the change does, in one or two sentences."},
            "files": {"type": "array", "items": {"$ref": "#/$defs/file"}},
            "notes": {"type": "string", "description": "Anything the reader should know; not acted on."},
            "requests": {"type": "array", "items": _request(), "minItems": 1, "maxItems": MOST_REQUESTS},
        },
        [],
    ) | {"anyOf": [{"required": ["files"]}, {"required": ["requests"]}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Autopack answer",
        "description": "What a Builder answers: the change it proposes, file by file. See docs/answers.md.",
        **envelope,
        "$defs": {"file": _file(), "operation": _operation()},
    }
