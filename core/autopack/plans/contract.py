"""The JSON Schema of plan files, for editors: made from the model, so that it cannot say anything else."""

from __future__ import annotations

import json
from typing import Any

from autopack.model.plan import Plan
from autopack.yamlfile import is_list, is_map

SCHEMA_FILE = ".autonomous_runs/plan.schema.json"
"""Where `autopack init` puts the schema, and what the first line of a new plan names."""


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a plan file."""
    schema = Plan.model_json_schema(by_alias=True)
    schema.pop("title", None)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Autopack plan"}
    return head | _without_titles(schema)


def schema_text() -> str:
    """The schema as a file's content."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _without_titles(node: Any) -> Any:
    """Titles that pydantic makes from names repeat the key in every hover."""
    if is_list(node):
        return [_without_titles(item) for item in node]
    if not is_map(node):
        return node
    kept = {key: value for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    return {key: _without_titles(value) for key, value in kept.items()}
