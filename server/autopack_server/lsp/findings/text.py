"""Text: one version of a file, by lines, as findings are placed in it."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from functools import cached_property

from lsprotocol import types

from autopack.model.findings import Position, Range
from autopack_server.lsp.positions import Positions, text_lines

MAX_BYTES = 8 * 1024 * 1024
"""Of a file on disk; characters of a text in memory."""

MAX_LINES = 200_000
MARK = "\ufeff"


class Text:
    """`lines` are without their ends and without the byte order mark; `marked` when the text begins with one."""

    def __init__(self, text: str) -> None:
        self.marked = text.startswith(MARK)
        self._text = text.removeprefix(MARK)

    @cached_property
    def lines(self) -> list[str]:
        return text_lines(self._text)

    @cached_property
    def digest(self) -> bytes:
        return hashlib.blake2b(self._text.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    @property
    def size(self) -> int:
        """Characters."""
        return len(self._text)

    def whole(self) -> str:
        """The text, without the mark."""
        return self._text

    def to_client(self, range: Range, positions: Positions) -> types.Range:
        """The client's range; a client that keeps the byte order mark in its text counts it as a character."""
        if not self.marked:
            return positions.range_to_client(range, self.lines)
        lines = [MARK + self.lines[0], *self.lines[1:]]
        return positions.range_to_client(Range(_behind_mark(range.start), _behind_mark(range.end)), lines)


class TextCache:
    """Texts read lately (None: not readable as one), at most so many characters of them."""

    def __init__(self, limit: int = 32 * 1024 * 1024) -> None:
        self._limit = limit
        self._texts: OrderedDict[Hashable, Text | None] = OrderedDict()
        self._size = 0

    def __contains__(self, key: Hashable) -> bool:
        return key in self._texts

    def get(self, key: Hashable) -> Text | None:
        if key in self._texts:
            self._texts.move_to_end(key)
        return self._texts.get(key)

    def put(self, key: Hashable, text: Text | None) -> None:
        self._size += _size(text) - (_size(self._texts[key]) if key in self._texts else 0)
        self._texts[key] = text
        self._texts.move_to_end(key)
        while self._size > self._limit:
            self._size -= _size(self._texts.popitem(last=False)[1])


def readable(text: str | None) -> Text | None:
    """A version of a file without its mark; None for no file, too large a one, or one that is not text."""
    return Text(text.removeprefix(MARK)) if text is not None and placeable(text) else None


def placeable(text: str) -> bool:
    """Whether it is text, and small enough to be compared line by line."""
    return len(text) <= MAX_BYTES and text.count("\n") + text.count("\r") < MAX_LINES and "\0" not in text


def decoded(data: bytes) -> Text | None:
    """The same from a file's content."""
    if len(data) > MAX_BYTES:
        return None
    try:
        return readable(data.decode("utf-8"))
    except UnicodeDecodeError:
        return None


def _behind_mark(position: Position) -> Position:
    return Position(1, position.column + 1) if position.line == 1 else position


def _size(text: Text | None) -> int:
    return 1 if text is None else text.size + 1
