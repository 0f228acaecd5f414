"""JSON, TOML and YAML by the parsers that read them, and the shape of a Docker Compose file."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any, cast

import yaml

from autopack.languages.reading import Fault
from autopack.paths import folded

_TEMPLATE = re.compile(rb"\{\{|\{%")
"""A template of YAML is none until it is filled in."""
_TOML_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_COMPOSE = re.compile(r"(?:docker-)?compose(?:\.[\w-]+)*\.ya?ml")
_COMPOSE_KEYS = frozenset(
    {"version", "name", "services", "networks", "volumes", "configs", "secrets", "include", "models"}
)
_ORIGINS = ("image", "build", "extends", "provider")
_BROKEN = (ValueError, RecursionError, MemoryError)


def data_faults(language: str, path: str, data: bytes) -> tuple[Fault, ...]:
    """At most one that the parser names; of a Compose file each that its shape has."""
    if not data.strip():
        return ()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return (Fault(data[: error.start].count(b"\n") + 1, "is no UTF-8"),)
    if language == "json":
        return _json(text)
    if language == "toml":
        return _toml(text)
    return () if _TEMPLATE.search(data) else _yaml(text, path)


def _json(text: str) -> tuple[Fault, ...]:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return (Fault(error.lineno, error.msg),)
    except _BROKEN as error:
        return (Fault(1, str(error) or type(error).__name__),)
    return ()


def _toml(text: str) -> tuple[Fault, ...]:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = str(error)
        place = _TOML_LINE.search(told)
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        return (Fault(line, told[: place.start()] if place else told),)
    except _BROKEN as error:
        return (Fault(1, str(error) or type(error).__name__),)
    return ()


def _yaml(text: str, path: str) -> tuple[Fault, ...]:
    try:
        documents: list[Any] = list(cast("Any", yaml).compose_all(text, Loader=yaml.CSafeLoader))
        if _COMPOSE.fullmatch(folded(path.rsplit("/", 1)[-1])):
            return tuple(fault for document in documents for fault in _compose(document))
    except yaml.YAMLError as error:
        mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark is not None else 1
        return (Fault(line, str(getattr(error, "problem", None) or error).splitlines()[0]),)
    except _BROKEN as error:
        return (Fault(1, str(error) or type(error).__name__),)
    return ()


def _compose(root: yaml.Node | None) -> list[Fault]:
    """What a Compose file may not have: keys that nobody reads, services that come from nowhere."""
    if not isinstance(root, yaml.MappingNode):
        return [] if root is None else [Fault(_line(root), "a Compose file is a mapping")]
    found: list[Fault] = []
    for key, value in root.value:
        if key.value not in _COMPOSE_KEYS and not str(key.value).startswith("x-"):
            found.append(Fault(_line(key), f"a Compose file has no key `{key.value}`"))
        if key.value == "services":
            found += _services(value)
    return found


def _services(node: yaml.Node) -> list[Fault]:
    if not isinstance(node, yaml.MappingNode):
        return [Fault(_line(node), "`services` is a mapping of names to services")]
    found: list[Fault] = []
    for name, service in node.value:
        if not isinstance(service, yaml.MappingNode):
            found.append(Fault(_line(name), f"service `{name.value}` is a mapping"))
            continue
        keys = {str(key.value) for key, _ in service.value}
        if not keys & {*_ORIGINS, "<<"}:
            found.append(Fault(_line(name), f"service `{name.value}` has neither image nor build"))
    return found


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
