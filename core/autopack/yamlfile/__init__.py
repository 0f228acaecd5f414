"""YAML files that people write, read with the place of every key and value: plans, settings, workspace settings.

YAML 1.2 core schema without anchors, aliases, tags and merge keys; what YAML 1.1 readers take for something else is a
problem that says what to write. Nothing here raises for bad content.
"""

from __future__ import annotations

from autopack.yamlfile.document import MAX_BYTES, Document, Problem, parse, parse_bytes
from autopack.yamlfile.nodes import is_list, is_map, is_mapping
from autopack.yamlfile.ranges import Loc, Ranges
from autopack.yamlfile.schema import nearest, schema_problems

__all__ = [
    "MAX_BYTES",
    "Document",
    "Loc",
    "Problem",
    "Ranges",
    "is_list",
    "is_map",
    "is_mapping",
    "nearest",
    "parse",
    "parse_bytes",
    "schema_problems",
]
