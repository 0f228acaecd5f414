"""A case's payload as the answer of a Builder: the same change, said in the words of docs/answers.md."""

from __future__ import annotations

import json
import re
from typing import Any

KINDS = {"create_file": "create", "modify_file": "modify", "delete_file": "delete", "rename_file": "rename"}
EDIT_KEYS = {"new": "content"}
OURS = {"config/models.yaml": ".autopack/config.yaml"}
"""The catalogue's base repository keeps the orchestrator's workspace settings there; ours are elsewhere."""


def answer_of(case: dict[str, Any]) -> str:
    """What the model would have sent."""
    payload = case["payload"]
    if case["format"] == "unified_diff":
        return payload
    if case["format"] == "full_file":
        files = [
            {"path": OURS.get(file["path"], file["path"]), "content": file["content"]} for file in payload["files"]
        ]
        return json.dumps({"summary": "Change files", "files": files})
    return json.dumps(envelope(payload)) if isinstance(payload, dict) else _raw(payload)


def envelope(payload: dict[str, Any]) -> dict[str, Any]:
    """Operations on files as our envelope names them; what it has no word for stays as it was said."""
    return {"summary": "Change files", "files": [_file(operation) for operation in payload["operations"]]}


def _file(operation: dict[str, Any]) -> dict[str, Any]:
    said = dict(operation)
    kind = said.pop("type")
    path = said.pop("path")
    made = {"path": OURS.get(path, path), "action": KINDS.get(kind, kind)}
    if "edits" in said:
        made["operations"] = [{EDIT_KEYS.get(k, k): v for k, v in edit.items()} for edit in said.pop("edits")]
    return made | said


def _raw(text: str) -> str:
    """Each JSON document inside the text in our words, everything around it as it was."""
    decoder, out, at = json.JSONDecoder(), [], 0
    for start in (match.start() for match in re.finditer(r"\{", text)):
        if start < at:
            continue
        try:
            value, end = decoder.raw_decode(text, start)
        except ValueError:
            continue
        if isinstance(value, dict) and "operations" in value:
            out += [text[at:start], json.dumps(envelope(value))]
            at = end
    return "".join(out) + text[at:]
