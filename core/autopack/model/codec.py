"""Frozen types to JSON and back, for the journal: enums as their values, tuples as lists."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")


@lru_cache(maxsize=64)
def _adapter(cls: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(cls)


def dump(value: Any) -> Any:
    """JSON types for one of the model's dataclasses or pydantic models."""
    return _adapter(cast(Any, type(value))).dump_python(value, mode="json", by_alias=True)


def load(cls: type[T], data: Any) -> T:
    """The inverse of `dump`. Raises pydantic.ValidationError when `data` is not a dumped `cls`."""
    return _adapter(cls).validate_python(data)


def load_many(cls: type[T], data: Any) -> tuple[T, ...]:
    """A dumped sequence of `cls`."""
    return tuple(load(cls, item) for item in data)
