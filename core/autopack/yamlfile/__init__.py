"""YAML files that people write, read with the place of every key and value: plans, settings, workspace settings.

YAML 1.2 core schema without anchors, aliases, tags and merge keys; what YAML 1.1 readers take for something else is a
problem that says what to write. Nothing here raises for bad content.
"""

from __future__ import annotations

from autopack.yamlfile.document import MAX_BYTES, Document, Problem, parse, parse_bytes
from autopack.yamlfile.fields import choices, field_at, fields_at, is_model, known_keys, limits, types_at
from autopack.yamlfile.loose import outline
from autopack.yamlfile.nodes import is_list, is_map, is_mapping
from autopack.yamlfile.outline import Entry, Kind, Node, Outline
from autopack.yamlfile.place import Place, place_at, touched
from autopack.yamlfile.ranges import Loc, Ranges
from autopack.yamlfile.schema import nearest, schema_problems
from autopack.yamlfile.writing import Edit, appended, newline, put, quotable, removed, scalar

__all__ = [
    "MAX_BYTES",
    "Document",
    "Edit",
    "Entry",
    "Kind",
    "Loc",
    "Node",
    "Outline",
    "Place",
    "Problem",
    "Ranges",
    "appended",
    "choices",
    "field_at",
    "fields_at",
    "is_list",
    "is_map",
    "is_mapping",
    "is_model",
    "known_keys",
    "limits",
    "nearest",
    "newline",
    "outline",
    "parse",
    "parse_bytes",
    "place_at",
    "put",
    "quotable",
    "removed",
    "scalar",
    "schema_problems",
    "touched",
    "types_at",
]
