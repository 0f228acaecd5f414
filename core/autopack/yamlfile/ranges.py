"""Ranges: where each key and value of a document stands, by its location in the tree."""

from __future__ import annotations

import re
from bisect import bisect_right

from autopack.model.findings import Position, Range

Loc = tuple[str | int, ...]
"""The way from the root to a value: mapping keys and list indices."""

_BREAK = re.compile(r"\r\n|\r|\n")


class LineTable:
    """Turns code point offsets into positions, breaking lines as editors do (LF, CRLF, CR)."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in _BREAK.finditer(text))]

    def position(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def range(self, start: int, end: int) -> Range:
        return Range(self.position(start), self.position(max(start, end)))

    def offset(self, position: Position) -> int:
        """The inverse of `position`."""
        return self._starts[position.line - 1] + position.column - 1


class Ranges:
    """Looks up the range of a key or value; `()` is the whole document."""

    def __init__(self) -> None:
        self._keys: dict[Loc, Range] = {}
        self._values: dict[Loc, Range] = {}
        self._first: dict[Loc, Loc] = {}

    def add(self, loc: Loc, *, key: Range | None = None, value: Range | None = None) -> None:
        if loc:
            self._first.setdefault(loc[:-1], loc)
        if key is not None:
            self._keys[loc] = key
        if value is not None:
            self._values[loc] = value

    def __contains__(self, loc: Loc) -> bool:
        return loc in self._keys or loc in self._values

    def __len__(self) -> int:
        return len(self._values)

    def locs(self) -> list[Loc]:
        """Every location with a value, in document order of their ends."""
        return list(self._values)

    def key(self, loc: Loc) -> Range | None:
        """Where the key of the entry stands; None for list items and unknown locations."""
        return self._keys.get(loc)

    def value(self, loc: Loc) -> Range | None:
        """Where the value stands; empty where the entry has none."""
        return self._values.get(loc)

    def shown(self, loc: Loc) -> Range | None:
        """What to underline: the value on one line, else its key, else its first entry, else the enclosing entry."""
        while loc and loc not in self:
            loc = loc[:-1]
        value, key = self._values.get(loc), self._keys.get(loc)
        if value is not None and value.start != value.end and value.start.line == value.end.line:
            return value
        if key is not None:
            return key
        first = self._first.get(loc)
        if first is not None and first in self:
            return self._keys.get(first) or self.shown(first)
        return value
