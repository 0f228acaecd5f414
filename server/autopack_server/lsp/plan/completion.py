"""Completion: what may be typed at a position, as edits of exactly the word that stands there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_origin

from autopack.model.findings import Position
from autopack.model.plan import Plan
from autopack.plans.entries import description
from autopack.yamlfile import Kind, Loc, Place, fields_at, is_model, newline, place_at, quotable, scalar, types_at
from autopack_server.lsp.plan.items import Completion, Item, ItemKind, first
from autopack_server.lsp.plan.keys import Style, bare, key_items
from autopack_server.lsp.plan.values import Facts, Value, is_open_ended, value_notes, values

MAX_ITEMS = 200
STEP = 2


def complete(position: Position, facts: Facts) -> Completion | None:
    """None where nothing is to be typed, or only words of the writer's own."""
    tree = facts.reading.tree
    place = place_at(tree, facts.reading.offset(position))
    if place is None or (place.entry is not None and place.entry.stray):
        return None
    word = tree.text[place.start : place.end]
    if "\n" in word or "\r" in word or place.node.style in ("|", ">") or (word and not place.typed and not place.quote):
        return None
    style = Style(place.flow, STEP, newline(tree))
    items = _keys(place, style) if place.kind == "key" else _at_value(place, place.loc, style, facts)
    if not items:
        return None
    if place.glued:
        items = [item.within(" ") for item in items]
    if place.comma:
        items = [item.within("", ",") for item in items]
    loc = (*place.loc, 0) if _lists(place.loc) else place.loc
    return Completion(place.start, place.end, tuple(items), place.kind == "value" and is_open_ended(loc))


def _keys(place: Place, style: Style) -> list[Item]:
    known = [entry.key for entry in place.others]
    items = key_items(place.loc[:-1], known, place.column, style)
    if place.marked or place.quote:
        return [bare(item) for item in items]
    if place.node.kind is not Kind.NOTHING:
        return [replace(bare(item), text=f"{item.word}:") for item in items]
    return items


def _at_value(place: Place, loc: Loc, style: Style, facts: Facts) -> list[Item]:
    if place.container is not None and place.container.kind is Kind.LIST and not place.flow and not place.marked:
        return [item.within("- ") for item in _begun(place, loc, style, facts, place.column + 2)]
    return _of(place, loc, style, facts, place.column, own_row=place.fresh and not place.glued)


def _of(place: Place, loc: Loc, style: Style, facts: Facts, column: int, *, own_row: bool) -> list[Item]:
    """What the value at `loc` may be; `own_row`: it may go on over rows of its own, in `column`."""
    types = types_at(Plan, loc)
    found: list[Item] = []
    if any(is_model(branch) for branch in types) and not place.quote:
        found += _mapping(place, loc, style, column, own_row)
    if any(get_origin(branch) is list for branch in types) and not place.quote:
        found += _list(place, loc, style, facts, column, own_row)
    found += first((_scalar(place, loc, value) for value in _values(place, loc, facts, types)), MAX_ITEMS)
    return found


def _mapping(place: Place, loc: Loc, style: Style, column: int, own_row: bool) -> list[Item]:
    if own_row and not style.flow:
        return key_items(loc, (), column, style)
    if style.flow:
        return [item.within("{", "}") for item in key_items(loc, (), column, style)]
    column = _row_below(place, style)
    return [item.within(f"{style.newline}{' ' * column}") for item in key_items(loc, (), column, style)]


def _list(place: Place, loc: Loc, style: Style, facts: Facts, column: int, own_row: bool) -> list[Item]:
    inner = (*loc, 0)
    block = not style.flow and (own_row or any(is_model(branch) for branch in types_at(Plan, inner)))
    if not block:
        return [item.within("[", "]") for item in _of(place, inner, Style(True), facts, column, own_row=False)]
    lead = "" if own_row else f"{style.newline}{' ' * _row_below(place, style)}"
    column = column if own_row else _row_below(place, style)
    return [item.within(f"{lead}- ") for item in _begun(place, inner, style, facts, column + 2)]


def _begun(place: Place, loc: Loc, style: Style, facts: Facts, column: int) -> list[Item]:
    """A new item on its row: a mapping begins with a key that it must have."""
    items = _of(place, loc, style, facts, column, own_row=True)
    required = {key for key, field in fields_at(Plan, loc).items() if field.is_required()}
    return [item for item in items if item.kind is not ItemKind.KEY or item.word in required]


def _row_below(place: Place, style: Style) -> int:
    return (place.container.column if place.container is not None else 0) + style.step


def _values(place: Place, loc: Loc, facts: Facts, types: list[Any]) -> list[Value]:
    if types and all(is_model(branch) or get_origin(branch) in (list, dict) for branch in types):
        return []
    taken = [entry.node.text for entry in place.others] if isinstance(loc[-1], int) else []
    found = list(values(loc, facts, place.typed, taken))
    return [value for value in found if not (value.literal and place.quote)]


def _scalar(place: Place, loc: Loc, value: Value) -> Item:
    text = value.word
    if place.quote:
        text = quotable(text, place.quote) + ("" if place.node.closed else place.quote)
    elif not value.literal:
        text = scalar(text)
    goes_on = value.word.endswith("::") and text.endswith('"')
    told = value_notes(loc, value, description(loc))
    return Item(value.word, value.kind, text, value.word, len(text) - 1 if goes_on else None, value.detail, told)


def _lists(loc: Loc) -> bool:
    return any(get_origin(branch) is list for branch in types_at(Plan, loc))
