"""Contract values and JSON: names in camelCase on the wire, types taken literally.

pygls' own conversion is lax ("no" is True, 5 is "5"); what starts a run or approves a change must be what was meant.
"""

from __future__ import annotations

import types
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from autopack_server.lsp.refusals import BadArguments

_NAMES = {str: "a string", bool: "true or false", int: "a whole number", float: "a number"}


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def take(kind: type[Any], data: Any) -> Any:
    """A contract value from a JSON object; unknown keys are ignored. Raises BadArguments."""
    return _object(kind, data, "")


def give(value: Any) -> Any:
    """A contract value as plain JSON data."""
    if attrs.has(type(value)):
        return {wire: give(getattr(value, name)) for name, wire in _wire_names(type(value))}
    if isinstance(value, list | tuple):
        return [give(item) for item in value]
    if isinstance(value, dict):
        return {key: give(item) for key, item in value.items()}
    return value


@cache
def _wire_names(kind: type[Any]) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, camel(field.name)) for field in attrs.fields(kind))


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, str, Any, bool], ...]:
    """Name, name on the wire, type, and whether it may be left out."""
    hints = get_type_hints(kind)
    return tuple(
        (f.name, camel(f.name), hints[f.name], f.default is not attrs.NOTHING) for f in attrs.fields(kind)
    )  # fmt: skip


def _object(kind: type[Any], data: Any, at: str) -> Any:
    if not isinstance(data, dict):
        raise BadArguments(f"{at or 'arguments'}: expected an object, got {_kind_of(data)}")
    values: dict[str, Any] = {}
    for name, wire, wanted, optional in _fields(kind):
        place = f"{at}.{wire}" if at else wire
        if wire in data:
            values[name] = _value(wanted, data[wire], place)
        elif not optional:
            raise BadArguments(f"{place}: missing, expected {_expected(wanted)}")
    return kind(**values)


def _value(wanted: Any, data: Any, at: str) -> Any:
    origin = get_origin(wanted)
    if origin is Literal:
        if isinstance(data, str) and data in get_args(wanted):
            return data
    elif origin in (Union, types.UnionType):
        if data is None and type(None) in get_args(wanted):
            return None
        (inner,) = (arg for arg in get_args(wanted) if arg is not type(None))
        return _value(inner, data, at)
    elif origin is list:
        if isinstance(data, list):
            (inner,) = get_args(wanted)
            return [_value(inner, item, f"{at}[{number}]") for number, item in enumerate(data)]
    elif origin is dict:
        if isinstance(data, dict):
            _, inner = get_args(wanted)
            return {key: _value(inner, item, f"{at}.{key}") for key, item in data.items()}
    elif attrs.has(wanted):
        return _object(wanted, data, at)
    elif type(data) is wanted or (wanted is float and type(data) is int):
        return data
    raise BadArguments(f"{at}: expected {_expected(wanted)}, got {_kind_of(data)}")


def _expected(wanted: Any) -> str:
    origin = get_origin(wanted)
    if origin is Literal:
        return "one of " + ", ".join(f'"{name}"' for name in get_args(wanted))
    if origin in (Union, types.UnionType):
        return " or ".join("null" if arg is type(None) else _expected(arg) for arg in get_args(wanted))
    if origin is list:
        return "a list"
    return _NAMES.get(wanted, "an object")


def _kind_of(data: Any) -> str:
    if data is None:
        return "null"
    names = {dict: "an object", list: "a list", float: "a number", int: "a number", bool: str(data).lower()}
    return names.get(type(data), "a string" if len(str(data)) > 40 else f'"{data}"')
