"""Keys: those a mapping may have at a place, each in the shape its value will need."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, get_origin

from autopack.model.plan import Plan
from autopack.yamlfile import Loc, choices, fields_at, is_model, types_at
from autopack_server.lsp.plan.items import Item, ItemKind
from autopack_server.lsp.plan.wording import describe, is_command, summary


@dataclass(frozen=True, slots=True)
class Style:
    """How the text around a place is written: `step` columns of indentation a level, `newline` between rows."""

    flow: bool
    step: int = 2
    newline: str = "\n"


def key_items(loc: Loc, known: Collection[str | int], column: int, style: Style) -> list[Item]:
    """The keys of the mapping at `loc` that it does not have yet, required ones first; `column` is theirs."""
    fields = fields_at(Plan, loc)
    order = sorted(fields, key=lambda key: not fields[key].is_required())
    return [_item((*loc, key), column, style) for key in order if key not in known]


def bare(item: Item) -> Item:
    """The key alone, for a place where its `:` stands already."""
    return Item(item.label, item.kind, item.word, item.word, None, item.detail, item.documentation)


def _item(loc: Loc, column: int, style: Style) -> Item:
    key = str(loc[-1])
    text, cursor = flow_shape(loc) if style.flow else block_shape(loc, column, style)
    return Item(key, ItemKind.KEY, text, key, cursor, summary(loc), describe(loc))


def flow_shape(loc: Loc) -> tuple[str, int | None]:
    """A key in brackets, and where its value is typed."""
    key, types = loc[-1], _types(loc)
    if any(get_origin(branch) is list for branch in types):
        return f"{key}: []", len(f"{key}: [")
    if any(is_model(branch) or get_origin(branch) is dict for branch in types):
        return f"{key}: {{}}", len(f"{key}: {{")
    return f"{key}: {_only_value(types)}", None


def block_shape(loc: Loc, column: int, style: Style) -> tuple[str, int | None]:
    """A key on its own row, with the rows its value begins with."""
    key, types = loc[-1], _types(loc)
    below = f"{key}:{style.newline}{' ' * (column + style.step)}"
    if any(get_origin(branch) is list for branch in types):
        return _list_shape(loc, below, column, style)
    if any(is_model(branch) for branch in types):
        text, cursor = _first_required(loc, column + style.step, style)
        return f"{below}{text}", None if cursor is None else cursor + len(below)
    if any(get_origin(branch) is dict for branch in types):
        return below, None
    return f"{key}: {_only_value(types)}", None


def _list_shape(loc: Loc, below: str, column: int, style: Style) -> tuple[str, int | None]:
    if is_command(loc):
        return f"{loc[-1]}: []", len(f"{loc[-1]}: [")
    item = (*loc, 0)
    if is_command(item):
        return f"{below}- []", len(f"{below}- [")
    types = _types(item)
    if all(is_model(branch) for branch in types):
        text, cursor = _first_required(item, column + style.step + 2, style)
        return f"{below}- {text}", None if cursor is None else cursor + len(below) + 2
    return f"{below}- ", None


def _first_required(loc: Loc, column: int, style: Style) -> tuple[str, int | None]:
    """The first key that must be there, so that typing goes on at its value; nothing where none must."""
    required = [key for key, field in fields_at(Plan, loc).items() if field.is_required()]
    return block_shape((*loc, required[0]), column, style) if required else ("", None)


def _types(loc: Loc) -> list[Any]:
    return [branch for branch in types_at(Plan, loc) if branch is not type(None)]


def _only_value(types: list[Any]) -> str:
    allowed = choices(types)
    return str(allowed[0]) if len(allowed) == 1 else ""
