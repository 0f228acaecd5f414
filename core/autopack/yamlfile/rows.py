"""Rows: a text by its lines, and a cursor that walks over what is neither blank nor comment."""

from __future__ import annotations

import re

_BREAK = re.compile(r"\r\n|\r|\n")
_BLANKS = re.compile(r"[ \t]*")
_MARKER = re.compile(r"(?:---|\.\.\.)(?=[ \t]|\Z)")
_COLON = re.compile(r":(?=[ \t]|\Z)|[ \t]#")
_COMMENT = re.compile(r"[ \t]#")
_NO_KEY = frozenset("[]{},#&*!|>'\"%@`")

Key = tuple[str, int, int, int]
"""Text, start and end of a key, and the offset behind its `:`."""


class Rows:
    """`row` and `pos` are the cursor's; `over` is set at the end of the text or of its first document."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: list[int] = [1 if text.startswith("\ufeff") else 0]
        self.ends: list[int] = []
        for found in _BREAK.finditer(text):
            self.ends.append(found.start())
            self.starts.append(found.end())
        self.ends.append(len(text))
        skip = _BLANKS.match
        self.firsts: list[int] = [
            found.end() if (found := skip(text, start, end)) is not None else start
            for start, end in zip(self.starts, self.ends, strict=True)
        ]
        self.row = 0
        self.pos = self.starts[0]
        self.over = False
        self.comments: dict[int, int] = {}

    def first(self, row: int) -> int:
        """Offset of the first character of a row that is not blank, or of its end."""
        return self.firsts[row]

    def skip_blanks(self, pos: int, end: int) -> int:
        found = _BLANKS.match(self.text, pos, end)
        return found.end() if found is not None else pos

    def column(self) -> int:
        """The cursor's column, from 0."""
        return self.pos - self.starts[self.row]

    def fresh(self) -> bool:
        """Whether only blanks stand before the cursor on its row."""
        return self.first(self.row) >= self.pos

    def content(self) -> bool:
        """Move to the next content, here or on a later row; False where the document ends."""
        while not self.over:
            pos, end = self.pos, self.ends[self.row]
            if pos < end and self.text[pos] in " \t":
                pos = self.pos = self.skip_blanks(pos, end)
            if pos < end:
                if self.text[pos] != "#":
                    return True
                self.comments[pos] = end
            self.next_row()
        return False

    def next_row(self) -> None:
        if self.row + 1 == len(self.starts):
            self.pos, self.over = self.ends[self.row], True
            return
        self.row += 1
        self.pos = self.firsts[self.row]
        self.over = self.marker(self.row)

    def marker(self, row: int) -> bool:
        """Whether the row ends a document (`---`, `...`)."""
        return _MARKER.match(self.text, self.starts[row], self.ends[row]) is not None

    def jump(self, row: int) -> None:
        """To the start of a row; behind the last one the document is over."""
        self.row = row - 1
        self.next_row()

    def dash(self, pos: int) -> bool:
        """Whether a list entry begins here."""
        return self.text[pos : pos + 1] == "-" and (pos + 1 >= len(self.text) or self.text[pos + 1] in " \t\r\n")

    def key(self, pos: int, row: int) -> Key | None:
        """The key that begins here, with its `:` on the same row."""
        end = self.ends[row]
        char = self.text[pos : pos + 1]
        if char in ("'", '"'):
            close = self.closing(char, pos + 1, end)
            colon = self.skip_blanks(close, end)
            if close < 0 or self.text[colon : colon + 1] != ":" or self.text[colon + 1 : colon + 2].strip(" \t\r\n"):
                return None
            return unquoted(self.text[pos:close]), pos, close, colon + 1
        if not char or char in _NO_KEY or (char in "-?:" and not self.text[pos + 1 : pos + 2].strip()):
            return None
        found = _COLON.search(self.text, pos, end)
        if found is None or found[0] != ":":
            return None
        stop = self.trimmed(pos, found.start())
        return self.text[pos:stop], pos, stop, found.end()

    def trimmed(self, start: int, end: int) -> int:
        """The end without the blanks before it."""
        while end > start and self.text[end - 1] in " \t":
            end -= 1
        return end

    def closing(self, quote: str, pos: int, end: int) -> int:
        """The offset behind the quote that ends the scalar which `pos` lies in, before `end`; -1 where there is none."""
        text = self.text
        while pos < end:
            if text[pos] == "\\" and quote == '"':
                pos += 2
                continue
            if text[pos] == quote:
                if quote == '"' or text[pos + 1 : pos + 2] != quote:
                    return pos + 1
                pos += 1
            pos += 1
        return -1

    def text_end(self, pos: int, row: int) -> tuple[int, bool]:
        """Where plain text on a row ends, and whether a comment follows it."""
        end = self.ends[row]
        comment = _COMMENT.search(self.text, pos, end)
        return self.trimmed(pos, comment.start() if comment is not None else end), comment is not None


_BREAKS = r"(?<![ \t])[ \t]*(?:(?:\r\n|\r|\n)[ \t]*)+"
_FOLD = re.compile(_BREAKS)
_DOUBLE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(?:\r\n|\r|\n)[ \t]*|.)|" + _BREAKS)
_NAMED = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b", "N": "\x85",
    "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip


def unquoted(source: str, *, closed: bool = True) -> str:
    """What a quoted scalar says."""
    inner = source[1:-1] if closed else source[1:]
    if source[0] == "'":
        return folded(inner).replace("''", "'")
    return _DOUBLE.sub(_unescaped, inner)


def folded(source: str) -> str:
    """Text over several rows as one: a break is a space, n empty rows are n newlines."""
    return _FOLD.sub(_unescaped, source)


def _unescaped(found: re.Match[str]) -> str:
    if not found[0].startswith("\\"):
        breaks = len(_BREAK.findall(found[0]))
        return "\n" * (breaks - 1) or " "
    word = found[0][1:]
    if word[0] in "xuU" and len(word) > 1:
        code = int(word[1:], 16)
        return chr(code) if code <= 0x10FFFF else "\ufffd"
    return "" if word[0] in "\r\n" else _NAMED.get(word, word)
