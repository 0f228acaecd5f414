"""The text the server has is the text the editor has, whatever characters it holds and whatever is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from pygls.workspace import PositionCodec

from autopack_server.lsp.documents import Document, Documents, lines_of, offset_of
from autopack_server.lsp.refusals import BadArguments
from tests.kit.lsp_client import Editor
from tests.lsp.conftest import PROBED

UNITS = ("utf-8", "utf-16", "utf-32")
TEXT = st.text(st.sampled_from("ab\n\r\f\v\x1c\x85\u2028é漢\U0001f600 "), max_size=40)


def line_starts(text: str) -> list[int]:
    """Where lines begin by LSP's rule, told one character at a time."""
    starts, at = [0], 0
    while at < len(text):
        if text[at : at + 2] == "\r\n":
            at += 2
        elif text[at] in "\r\n":
            at += 1
        else:
            at += 1
            continue
        starts.append(at)
    return starts


def position_of(text: str, offset: int, units: str) -> types.Position:
    """What an editor sends for an offset."""
    starts = line_starts(text)
    line = max(n for n, start in enumerate(starts) if start <= offset)
    before = text[starts[line] : offset]
    width = {"utf-8": len(before.encode()), "utf-16": len(before.encode("utf-16-le")) // 2, "utf-32": len(before)}
    return types.Position(line, width[units])


def legal(text: str, offset: int) -> int:
    """No editor puts its cursor between CR and LF."""
    return offset - 1 if 0 < offset < len(text) and text[offset - 1 : offset + 1] == "\r\n" else offset


@given(TEXT, st.data(), st.sampled_from(UNITS))
def test_an_edit_lands_where_the_editor_made_it(text: str, data: st.DataObject, units: str) -> None:
    document = Document(
        "file:///x", text, position_codec=PositionCodec(types.PositionEncodingKind(units)),
        sync_kind=types.TextDocumentSyncKind.Incremental,
    )  # fmt: skip
    for _ in range(3):
        start, end = sorted(
            legal(text, data.draw(st.integers(0, len(text)))) for _ in range(2)
        )  # fmt: skip
        new = data.draw(TEXT)
        place = types.Range(position_of(text, start, units), position_of(text, end, units))
        document.apply_change(types.TextDocumentContentChangePartial(range=place, text=new))
        text = text[:start] + new + text[end:]
        assert document.source == text
        assert tuple(document.lines) == lines_of(text)


@given(TEXT)
def test_lines_are_cut_where_lsp_cuts_them(text: str) -> None:
    starts = line_starts(text)
    expected = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    assert list(lines_of(text)) == (expected if expected[-1] else expected[:-1])


@given(TEXT, st.integers(0, 10), st.integers(0, 60), st.sampled_from(UNITS))
def test_a_place_that_is_not_there_is_the_nearest_end(text: str, line: int, character: int, units: str) -> None:
    offset = offset_of(text, types.Position(line, character), units)
    starts = line_starts(text)
    if line >= len(starts):
        assert offset == len(text)
        return
    rest = text[starts[line] :]
    length = len(rest) if not set("\r\n") & set(rest) else min(rest.find(c) for c in "\r\n" if c in rest)
    assert starts[line] <= offset <= starts[line] + length


def test_ends_in_the_wrong_order_are_one_range() -> None:
    document = Document("file:///x", "abcdef", sync_kind=types.TextDocumentSyncKind.Incremental)
    wrong = types.Range(types.Position(0, 4), types.Position(0, 1))
    document.apply_change(types.TextDocumentContentChangePartial(range=wrong, text="-"))
    assert document.source == "a-ef"


def test_a_document_that_is_not_open_has_no_text() -> None:
    found = Documents(None).get_text_document("file:///etc/passwd")
    with pytest.raises(BadArguments, match="not open"):
        _ = found.source


@pytest.mark.parametrize("units", UNITS)
def test_an_edit_behind_a_form_feed_and_an_astral_character_over_the_wire(units: str) -> None:
    capabilities = {"general": {"positionEncodings": [units]}}
    text = "a\fb\u2028c \U0001f600x\nlast"
    with Editor.start(argv=PROBED, capabilities=capabilities) as editor:
        assert editor.capabilities["positionEncoding"] == units
        document = {"uri": "file:///x", "languageId": "python", "version": 1, "text": text}
        editor.notify("textDocument/didOpen", {"textDocument": document})
        at = position_of(text, text.index("x"), units)
        place = {"line": at.line, "character": at.character}
        editor.change("file:///x", 2, {"range": {"start": place, "end": place}, "text": "\u00e9"})
        hover = {"textDocument": {"uri": "file:///x"}, "position": {"line": 0, "character": 0}}
        assert editor.request("textDocument/hover", hover)["contents"] == text.replace("x", "\u00e9x")
