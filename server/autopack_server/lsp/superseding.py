"""Which notifications a newer one makes worthless, so that a slow editor is sent the newest alone."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from lsprotocol import types


def key_of(method: str, params: Any) -> Hashable:
    """Equal for notifications of which only the last counts; None for one that must arrive."""
    if method == types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS:
        return method, _field(params, "uri")
    if method == "autopack/status":
        return method
    if method == "autopack/didChangeRuns":
        return method, _field(_field(params, "snapshot"), "folderUri"), _field(params, "run")
    if method == types.PROGRESS and _field(_field(params, "value"), "kind") == "report":
        return method, _field(params, "token")
    return None


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)
