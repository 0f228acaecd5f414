"""Outline: the tree of a YAML text as its writer means it while typing, with the place of everything.

`parse` refuses a text with a mistake in it; an outline is there for every text. On a text that `parse` reads without a
problem both tell the same tree and the same places. Offsets are code points from the start of the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from autopack.yamlfile.ranges import LineTable, Loc


class Kind(StrEnum):
    MAP = "map"
    LIST = "list"
    SCALAR = "scalar"
    NOTHING = "nothing"


@dataclass(slots=True)
class Node:
    """A value. `style` is the character it begins with: a quote, `|`, `>`, `[`, `{`, or "" for plain and block style.

    `column` (from 0) is that of the keys or dashes of a block collection; `text` what a scalar says, words of a block
    scalar joined by spaces; `closed` is False where a quote or bracket has no end.
    """

    kind: Kind
    start: int
    end: int
    style: str = ""
    text: str = ""
    column: int = 0
    closed: bool = True
    entries: list[Entry] = field(default_factory=list["Entry"])

    @property
    def flow(self) -> bool:
        return self.style in ("[", "{")

    def named(self, key: str) -> Entry | None:
        """The first entry of a mapping with this key."""
        return next((entry for entry in self.entries if entry.key == key), None)


@dataclass(slots=True)
class Entry:
    """One entry of a collection: its key's span in a mapping, that of its dash in a block list, else its value's start.

    `mark` is the offset behind its `:` or dash, -1 where it has none; `stray` says that it stands in a column where the
    collection has no entries.
    """

    key: str | int
    start: int
    end: int
    mark: int
    node: Node
    stray: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """`comments` are the spans of comments in order, each without the end of its line."""

    text: str
    root: Node
    comments: tuple[tuple[int, int], ...]
    lines: LineTable

    def entry(self, loc: Loc) -> Entry | None:
        """The entry at a location; None for the root and where nothing stands."""
        node, found = self.root, None
        for step in loc:
            if isinstance(step, int):
                found = node.entries[step] if node.kind is Kind.LIST and step < len(node.entries) else None
            else:
                found = node.named(step) if node.kind is Kind.MAP else None
            if found is None:
                return None
            node = found.node
        return found

    def node(self, loc: Loc) -> Node | None:
        """The value at a location, the root's for `()`."""
        found = self.entry(loc)
        return self.root if not loc else found.node if found is not None else None

    def walk(self) -> Iterator[tuple[Loc, Entry]]:
        """Every entry with its location, outer ones first, in the order of the text."""
        yield from _walk(self.root, ())

    def comment_at(self, offset: int) -> bool:
        """Whether the offset lies behind the `#` of a comment, on its line."""
        index = bisect_right(self.comments, (offset - 1, len(self.text))) - 1
        return index >= 0 and self.comments[index][0] < offset <= self.comments[index][1]


def _walk(node: Node, loc: Loc) -> Iterator[tuple[Loc, Entry]]:
    for entry in node.entries:
        here = (*loc, entry.key)
        yield here, entry
        yield from _walk(entry.node, here)
