"""Open documents, kept as the editor has them.

pygls cuts lines where Python does (form feeds, U+2028, ...); LSP knows CR LF, LF and CR alone. One such character in a
file, and every later incremental change would land in the wrong place: so lines and changes are ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lsprotocol import types
from pygls.workspace import TextDocument, Workspace

from autopack_server.lsp.refusals import BadArguments

_LINE_END = re.compile(r"\r\n|\n|\r")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


class Document(TextDocument):
    """`lines` and positions by LSP's rules; a place past the end of a line or of the text is that end."""

    @property
    def source(self) -> str:
        """The text; a document that is not open is never read from the disk on its URI's word. Raises BadArguments."""
        if self._source is None:
            raise BadArguments("the document is not open")
        return self._source

    _cut: tuple[str, tuple[str, ...]] = ("", ())

    @property
    def lines(self) -> Sequence[str]:
        """Lines with their ends kept; cut once for each state of the text."""
        source = self.source
        if self._cut[0] is not source:
            self._cut = (source, lines_of(source))
        return self._cut[1]

    def _apply_incremental_change(self, change: types.TextDocumentContentChangePartial) -> None:
        text, encoding = self.source, self.position_codec.encoding
        units = encoding.value if isinstance(encoding, types.PositionEncodingKind) else str(encoding)
        start, end = sorted(offset_of(text, place, units) for place in (change.range.start, change.range.end))
        self._source = text[:start] + change.text + text[end:]


class Documents(Workspace):
    """A workspace of such documents."""

    def _create_text_document(
        self, doc_uri: str, source: str | None = None, version: int | None = None, language_id: str | None = None
    ) -> Document:
        return Document(
            doc_uri, source=source, version=version, language_id=language_id, sync_kind=self._sync_kind,
            position_codec=self.position_codec,
        )  # fmt: skip


def lines_of(text: str) -> tuple[str, ...]:
    """Lines with their ends kept; what ends with a line end has no empty line after it."""
    if "\r" in text:
        return tuple(_LINE.findall(text))
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return tuple(lines if lines[-1] else lines[:-1])


def offset_of(text: str, place: types.Position, units: str) -> int:
    """The index into `text` of a position counted in `units` (utf-8, utf-16, utf-32)."""
    start = _line_start(text, place.line)
    end = _LINE_END.search(text, start)
    line = text[start : end.start() if end else len(text)]
    return start + _characters(line, place.character, units)


def _line_start(text: str, number: int) -> int:
    if "\r" not in text:
        parts = text.split("\n", number)
        return len(text) - len(parts[-1]) if len(parts) > number else len(text)
    start = 0
    for _ in range(number):
        end = _LINE_END.search(text, start)
        if end is None:
            return len(text)
        start = end.end()
    return start


def _characters(line: str, count: int, units: str) -> int:
    """How many characters of the line the first `count` units hold; one that is cut through counts whole."""
    if line.isascii() or units == "utf-32":
        return min(count, len(line))
    done = 0
    for number, character in enumerate(line):
        if done >= count:
            return number
        code = ord(character)
        if units == "utf-16":
            done += 2 if code > 0xFFFF else 1
        else:
            done += 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
    return len(line)
