"""Positions: ours (1-based lines and columns, in code points) and the client's (0-based, in the units it asked for).

A line ends with LF, CRLF or CR and nothing else: `str.splitlines` also breaks at form feeds and U+2028, where no editor
does. What lies outside the text is moved to its nearest position, never refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from lsprotocol import types

from autopack.model.findings import Position, Range

_BREAK = re.compile(r"\r\n|\r|\n")


def text_lines(text: str) -> list[str]:
    """The lines without their ends; a text that ends with a line end has an empty last line, "" has one line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def line_starts(text: str) -> list[int]:
    """The offset at which each line begins."""
    if "\r" in text:
        return [0, *(match.end() for match in _BREAK.finditer(text))]
    return [*accumulate((len(line) + 1 for line in text.split("\n")[:-1]), initial=0)]


def whole_line(number: int, line: str) -> Range:
    """The range of a line's text without indentation and trailing white space; empty for a blank line."""
    text = line.strip()
    first = len(line) - len(line.lstrip()) + 1 if text else 1
    return Range(Position(number, first), Position(number, first + len(text)))


class Positions:
    """Converts for one client. `encoding` is utf-8, utf-16 or utf-32; anything else is taken for utf-16."""

    def __init__(self, encoding: types.PositionEncodingKind | str | None = types.PositionEncodingKind.Utf16) -> None:
        try:
            self.encoding = types.PositionEncodingKind(encoding)
        except ValueError:
            self.encoding = types.PositionEncodingKind.Utf16

    def units(self, text: str) -> int:
        """The length of a piece of a line in the client's units."""
        if self.encoding is types.PositionEncodingKind.Utf32 or text.isascii():
            return len(text)
        if self.encoding is types.PositionEncodingKind.Utf8:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def column_to_client(self, column: int, line: str) -> int:
        """The client's character of a 1-based column; columns outside the line are its ends."""
        return self.units(line[: max(0, column - 1)])

    def column_from_client(self, character: int, line: str) -> int:
        """The 1-based column; inside a character it is that character's, behind the line its end."""
        if self.encoding is types.PositionEncodingKind.Utf32 or line.isascii():
            return max(0, min(character, len(line))) + 1
        low, high, left = 0, len(line), character
        while low < high:
            middle = (low + high + 1) // 2
            width = self.units(line[low:middle])
            if width <= left:
                low, left = middle, left - width
            else:
                high = middle - 1
        return low + 1

    def to_client(self, position: Position, lines: Sequence[str]) -> types.Position:
        """`lines` are those of the whole text, without their ends (`text_lines`)."""
        if not lines or position.line < 1:
            return types.Position(0, 0)
        if position.line > len(lines):
            return types.Position(len(lines) - 1, self.units(lines[-1]))
        return types.Position(position.line - 1, self.column_to_client(position.column, lines[position.line - 1]))

    def from_client(self, position: types.Position, lines: Sequence[str]) -> Position:
        if not lines or position.line < 0:
            return Position(1, 1)
        if position.line >= len(lines):
            return Position(len(lines), len(lines[-1]) + 1)
        return Position(position.line + 1, self.column_from_client(position.character, lines[position.line]))

    def range_to_client(self, range: Range, lines: Sequence[str]) -> types.Range:
        """A range whose end lies before its start becomes empty."""
        start = self.to_client(range.start, lines)
        end = self.to_client(range.end, lines)
        return types.Range(start, max(start, end, key=lambda p: (p.line, p.character)))

    def range_from_client(self, range: types.Range, lines: Sequence[str]) -> Range:
        start = self.from_client(range.start, lines)
        end = self.from_client(range.end, lines)
        return Range(start, max(start, end, key=lambda p: (p.line, p.column)))

    def edited(self, text: str, range: types.Range | None, new: str) -> str:
        """The text after one content change of the client; `range` None replaces all of it."""
        if range is None:
            return new
        lines, starts = text_lines(text), line_starts(text)
        where = self.range_from_client(range, lines)
        first = starts[where.start.line - 1] + where.start.column - 1
        last = starts[where.end.line - 1] + where.end.column - 1
        return text[:first] + new + text[last:]
