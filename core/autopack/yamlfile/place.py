"""Place: what a cursor stands in, in a text that may be half typed."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Literal

from autopack.yamlfile.loose import outline
from autopack.yamlfile.outline import Entry, Kind, Node, Outline
from autopack.yamlfile.ranges import Loc

_WORD = "\ue000"
"""Stands for the word not typed yet where the cursor touches none; no plan may hold it."""

_LEAD = re.compile(r"[ \t\ufeff]*(?:-[ \t]+)*")
_SECOND_DOCUMENT = re.compile(r"^(?:---|\.\.\.)(?=\s|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """The key or value at a cursor. `loc` is its entry's; `container` the collection it stands in, None at the root.

    The word to replace lies between the offsets `start` and `end`, inside the quotes where it has some; `typed` is what
    stands of it before the cursor. `fresh`: only indentation and dashes precede it on its row. `marked`: its entry has a
    `:` or dash already. `glued`: a blank is missing before it; `comma`: a comma behind it. `empty`: nothing is typed yet.
    """

    kind: Literal["key", "value"]
    loc: Loc
    container: Node | None
    entry: Entry | None
    node: Node
    start: int
    end: int
    typed: str
    quote: str = ""
    column: int = 0
    fresh: bool = False
    glued: bool = False
    comma: bool = False
    empty: bool = False

    @property
    def flow(self) -> bool:
        return self.container is not None and self.container.flow

    @property
    def marked(self) -> bool:
        return self.entry is not None and self.entry.mark >= 0

    @property
    def others(self) -> list[Entry]:
        """The other entries of the collection."""
        return [entry for entry in self.container.entries if entry is not self.entry] if self.container else []


def touched(tree: Outline, offset: int) -> Place | None:
    """The word the offset lies in or at the end of; None between words, in comments and in what belongs to nothing."""
    if tree.comment_at(offset):
        return None
    node, loc, container, entry = tree.root, (), None, None
    while True:
        if node.kind in (Kind.SCALAR, Kind.NOTHING):
            return _value(tree, offset, loc, container, entry, node)
        found = _entry_at(node, offset)
        if found is None:
            return None
        loc, container, entry = (*loc, found.key), node, found
        if node.kind is Kind.MAP and found.start <= offset <= found.end:
            return _key(tree, offset, loc, node, found)
        node = found.node


def _entry_at(node: Node, offset: int) -> Entry | None:
    """The entry whose key or value the offset touches; where it touches two, the one it ends."""
    touching = [
        entry
        for entry in node.entries
        if (node.kind is Kind.MAP and entry.start <= offset <= entry.end)
        or entry.node.start <= offset <= entry.node.end
    ]
    return next((entry for entry in touching if entry.start < offset), touching[0] if touching else None)


def _key(tree: Outline, offset: int, loc: Loc, container: Node, entry: Entry) -> Place | None:
    start, end = entry.start, entry.end
    quote = tree.text[start] if tree.text[start : start + 1] in ("'", '"') else ""
    if quote:
        start, end = start + 1, end - 1 if entry.mark >= 0 else end
    return _placed(tree, Place("key", loc, container, entry, entry.node, start, end, "", quote), offset)


def _value(
    tree: Outline, offset: int, loc: Loc, container: Node | None, entry: Entry | None, node: Node
) -> Place | None:
    start, end, quote = node.start, node.end, node.style if node.style in ("'", '"') else ""
    if node.kind is Kind.NOTHING and (entry is None or offset != entry.mark):
        return None
    if quote:
        start, end = start + 1, end - 1 if node.closed else offset
    return _placed(tree, Place("value", loc, container, entry, node, start, end, "", quote), offset)


def _placed(tree: Outline, place: Place, offset: int) -> Place | None:
    if not place.start <= offset <= place.end:
        return None
    line = tree.lines.position(place.start)
    row = place.start - line.column + 1
    lead = _LEAD.match(tree.text, row, place.start)
    opening = len(place.quote)
    return replace(
        place,
        typed=tree.text[place.start : offset],
        column=line.column - 1 - opening,
        fresh=lead is not None and lead.end() == place.start - opening,
        glued=place.node.kind is Kind.NOTHING and place.kind == "value",
        empty=place.start == place.end and not place.quote,
    )


def place_at(tree: Outline, offset: int) -> Place | None:
    """What would be typed at the offset: the word it touches, or the one that could begin there.

    None where nothing can be typed without changing the meaning of what stands around it.
    """
    here = touched(tree, offset)
    if here is not None:
        return here
    if tree.comment_at(offset) or _SECOND_DOCUMENT.search(tree.text, offset):
        return None
    inside = _brackets(tree.root, offset)
    if inside is None:
        return None
    place = _typed(tree, offset)
    if place is None:
        return None
    entry = place.entry
    nested = place.kind == "key" and place.node.kind is not Kind.NOTHING and not place.marked
    if nested or (entry is not None and entry.stray) or (inside and not place.flow):
        return None
    before, behind, same_row = _around(tree, offset)
    comma = place.flow and behind not in ",]}" and (inside or same_row)
    if place.flow and (before not in ",[{:" or (comma and (place.marked or not inside))):
        return None
    loc = (*place.loc[:-1], "") if place.kind == "key" else place.loc
    return replace(place, loc=loc, typed="", end=offset, empty=True, comma=comma)


def _typed(tree: Outline, offset: int) -> Place | None:
    """The place of a word typed at the offset. Where an item of a top-level list holds it, that item alone is read."""
    start, end, index = _item_around(tree, offset)
    if index >= 0:
        lead = "x:\n"
        shift = start - len(lead)
        text = f"{lead}{tree.text[start:offset]}{_WORD}{tree.text[offset:end]}"
        place = _word_alone(outline(text), offset - shift)
        if place is not None and len(place.loc) > 2:
            key = tree.root.entries[_last_before(tree.root, offset)].key
            loc = (key, index, *place.loc[2:])
            return replace(place, loc=loc, start=place.start + shift, end=place.end + shift)
    return _word_alone(outline(tree.text[:offset] + _WORD + tree.text[offset:]), offset)


def _word_alone(after: Outline, offset: int) -> Place | None:
    place = touched(after, offset + 1)
    if place is None or (place.start, place.end, place.typed) != (offset, offset + 1, _WORD):
        return None
    return place


def _item_around(tree: Outline, offset: int) -> tuple[int, int, int]:
    """Start of the first row, end and index of the block item of a top-level block list that holds the offset; index
    -1 where there is none."""
    index = _last_before(tree.root, offset)
    holder = tree.root.entries[index].node if index >= 0 and not tree.root.flow else tree.root
    item = _last_before(holder, offset)
    if holder.kind is not Kind.LIST or holder.flow or item < 0 or tree.root.kind is not Kind.MAP:
        return 0, 0, -1
    start = _row_start(tree, holder.entries[item].start)
    following = [*holder.entries[item + 1 : item + 2], *tree.root.entries[index + 1 : index + 2]]
    end = _row_start(tree, following[0].start) if following else len(tree.text) + 1
    return (start, end, item) if start <= offset < end else (0, 0, -1)


def _row_start(tree: Outline, offset: int) -> int:
    return offset - tree.lines.position(offset).column + 1


def _last_before(node: Node, offset: int) -> int:
    """The index of the last entry that begins at or before the offset, -1 where none does."""
    return bisect_right(node.entries, offset, key=lambda entry: entry.start) - 1


def _around(tree: Outline, offset: int) -> tuple[str, str, bool]:
    """The last character of what stands before the offset, the first of what follows it, "" at the text's ends, and
    whether that follows on the same row."""
    before, after = offset - 1, offset
    while before >= 0 and (tree.text[before] in " \t\r\n" or tree.comment_at(before + 1)):
        before -= 1
    while after < len(tree.text) and (tree.text[after] in " \t\r\n" or tree.comment_at(after + 1)):
        after += 1
    between = tree.text[offset:after]
    return (
        tree.text[before] if before >= 0 else "",
        tree.text[after : after + 1],
        "\n" not in between and "\r" not in between,
    )


def _brackets(node: Node, offset: int) -> bool | None:
    """Whether the offset lies between closed brackets; None where it lies inside a scalar or at the edge of a value."""
    while True:
        if node.kind is Kind.SCALAR:
            return None
        if node.flow and node.closed and not node.start < offset < node.end:
            return None
        inner = next((e.node for e in node.entries if e.node.start < offset < e.node.end), None)
        if inner is None:
            return node.flow and node.closed
        node = inner
