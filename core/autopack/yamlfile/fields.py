"""Fields: what a pydantic model says about the entry at a location: its keys, types, allowed values, limits."""

from __future__ import annotations

from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from autopack.yamlfile.ranges import Loc


def known_keys(model: type[BaseModel], loc: Loc) -> list[str]:
    """The keys a mapping at this location may have, as a user writes them."""
    return list(fields_at(model, loc))


def fields_at(model: type[BaseModel], loc: Loc) -> dict[str, FieldInfo]:
    """The fields of a mapping at this location by their keys."""
    return {
        field.alias or name: field
        for branch in types_at(model, loc)
        if is_model(branch)
        for name, field in branch.model_fields.items()
    }


def field_at(model: type[BaseModel], loc: Loc) -> FieldInfo | None:
    """The field that the entry at this location belongs to: its own, or that of the list or mapping it is an item of."""
    for end in range(len(loc), 0, -1):
        key = loc[end - 1]
        if isinstance(key, str) and (field := fields_at(model, loc[: end - 1]).get(key)) is not None:
            return field
    return None


def types_at(model: type[BaseModel], loc: Loc) -> list[Any]:
    """The types the value at this location may have, branches of unions one by one."""
    types: list[Any] = [model]
    for step in loc:
        types = [inner for outer in types for inner in _inner(outer, step)]
    return types


def is_model(branch: Any) -> bool:
    return isinstance(branch, type) and issubclass(branch, BaseModel)


def choices(types: list[Any]) -> list[Any]:
    """The values that these types allow one by one: those of Literals, and true and false."""
    found: list[Any] = []
    for branch in types:
        if get_origin(branch) is Literal:
            found += get_args(branch)
        elif branch is bool:
            found += [True, False]
    return found


def limits(field: FieldInfo) -> dict[str, Any]:
    """The bounds of a field's value by pydantic's names: ge, gt, le, lt, min_length, pattern."""
    found: dict[str, Any] = {}
    queue: list[Any] = [field.annotation, *field.metadata]
    while queue:
        item = queue.pop(0)
        if isinstance(item, FieldInfo):
            queue = [*item.metadata, *queue]
        elif get_origin(item) in (Union, UnionType):
            queue = [*get_args(item), *queue]
        elif hasattr(item, "__metadata__"):
            queue = [*item.__metadata__, *queue]
        else:
            for name in ("ge", "gt", "le", "lt", "min_length", "pattern"):
                value = getattr(item, name, None)
                if value is not None and not isinstance(item, type):
                    found[name] = value
    return found


def _inner(outer: Any, step: str | int) -> list[Any]:
    if is_model(outer):
        model = cast("type[BaseModel]", outer)
        fields = [field for name, field in model.model_fields.items() if (field.alias or name) == step]
        return [branch for field in fields for branch in branches(field.annotation)]
    arguments = get_args(outer)
    if get_origin(outer) is list and isinstance(step, int):
        return branches(arguments[0])
    if get_origin(outer) is dict:
        return branches(arguments[1])
    return []


def branches(annotation: Any) -> list[Any]:
    """The types a union or an annotated type stands for."""
    if get_origin(annotation) in (Union, UnionType):
        return [branch for argument in get_args(annotation) for branch in branches(argument)]
    if hasattr(annotation, "__metadata__"):
        return branches(get_args(annotation)[0])
    return [annotation]
