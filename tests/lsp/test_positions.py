from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from autopack.model.findings import Position, Range
from autopack_server.lsp.positions import Positions, line_starts, text_lines, whole_line

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}

pieces = st.sampled_from(
    ["a", "\t", "é", "e\u0301", "€", "𝄞", "👩‍👩‍👧", "\ufeff", "\u202e", "\x0c", "\x0b", "\x1c", "\x85", "\u2028"]
)
ends = st.sampled_from(["\n", "\r\n", "\r"])
texts = st.lists(st.one_of(pieces, ends, st.text(max_size=3)), max_size=25).map("".join)
encodings = st.sampled_from(ENCODINGS)


def client_lines(text: str, encoding: str) -> list[tuple[bytes, bytes]]:
    """The lines and their ends as a client keeps them, found unit by unit."""
    codec, width = CODECS[encoding]
    units = text.encode(codec, "surrogatepass")
    cr, lf = "\r".encode(codec), "\n".encode(codec)
    found: list[tuple[bytes, bytes]] = []
    begin = at = 0
    while at < len(units):
        unit = units[at : at + width]
        end = units[at : at + 2 * width] if unit == cr and units[at + width : at + 2 * width] == lf else unit
        if unit in (cr, lf):
            found.append((units[begin:at], end))
            begin = at = at + len(end)
        else:
            at += width
    return [*found, (units[begin:], b"")]


def units(text: str, encoding: str) -> int:
    codec, width = CODECS[encoding]
    return len(text.encode(codec, "surrogatepass")) // width


@settings(deadline=None)
@given(texts, encodings)
def test_lines_are_those_of_a_client(text: str, encoding: str) -> None:
    codec, _ = CODECS[encoding]
    lines = text_lines(text)
    assert [line.encode(codec, "surrogatepass") for line in lines] == [line for line, _ in client_lines(text, encoding)]
    starts = line_starts(text)
    assert len(starts) == len(lines)
    assert all(text[start:].startswith(line) for start, line in zip(starts, lines, strict=True))
    assert all(text[start - 1] in "\r\n" for start in starts[1:])


@settings(deadline=None)
@given(texts, encodings)
def test_every_position_survives_the_round_trip(text: str, encoding: str) -> None:
    positions, lines = Positions(encoding), text_lines(text)
    for number, line in enumerate(lines, 1):
        for column in range(1, len(line) + 2):
            there = positions.to_client(Position(number, column), lines)
            assert (there.line, there.character) == (number - 1, units(line[: column - 1], encoding))
            assert positions.from_client(there, lines) == Position(number, column)


@settings(deadline=None)
@given(texts, encodings, st.integers(-3, 40), st.integers(-3, 40))
def test_no_position_leads_outside_the_text(text: str, encoding: str, line: int, column: int) -> None:
    positions, lines = Positions(encoding), text_lines(text)
    there = positions.to_client(Position(line, column), lines)
    assert 0 <= there.line < len(lines)
    assert 0 <= there.character <= units(lines[there.line], encoding)
    back = positions.from_client(types.Position(max(0, line), max(0, column)), lines)
    assert 1 <= back.line <= len(lines)
    assert 1 <= back.column <= len(lines[back.line - 1]) + 1
    if 1 <= line <= len(lines):
        assert there.line == line - 1


@pytest.mark.parametrize(
    ("encoding", "character", "column"),
    [
        ("utf-8", 1, 2), ("utf-8", 2, 2), ("utf-8", 4, 2), ("utf-8", 5, 3), ("utf-8", 9, 4),
        ("utf-16", 1, 2), ("utf-16", 2, 2), ("utf-16", 3, 3), ("utf-32", 2, 3),
    ],
)  # fmt: skip
def test_a_position_inside_a_character_is_that_characters(encoding: str, character: int, column: int) -> None:
    assert Positions(encoding).column_from_client(character, "a𝄞b") == column


def test_a_range_ends_at_the_end_of_the_text_and_never_before_it_starts() -> None:
    positions, lines = Positions("utf-16"), text_lines("one\n𝄞wo")
    assert positions.range_to_client(Range.of_lines(2, 2), lines) == types.Range(
        types.Position(1, 0), types.Position(1, 4)
    )
    backwards = positions.range_to_client(Range(Position(2, 3), Position(1, 1)), lines)
    assert backwards.start == backwards.end == types.Position(1, 3)
    back = positions.range_from_client(types.Range(types.Position(9, 9), types.Position(0, 0)), lines)
    assert back == Range(Position(2, 4), Position(2, 4))


def test_an_unknown_encoding_is_the_protocols_own() -> None:
    assert Positions("latin-1").encoding is Positions(None).encoding is types.PositionEncodingKind.Utf16


@pytest.mark.parametrize(
    ("line", "columns"), [("  x = 1  ", (3, 8)), ("", (1, 1)), ("   ", (1, 1)), ("\tx\x0c", (2, 3)), ("x", (1, 2))]
)
def test_a_whole_line_is_its_text_alone(line: str, columns: tuple[int, int]) -> None:
    found = whole_line(7, line)
    assert (found.start.line, found.end.line) == (7, 7)
    assert (found.start.column, found.end.column) == columns


@settings(deadline=None, max_examples=200)
@given(texts, encodings, st.data())
def test_an_edit_of_the_client_does_to_the_text_what_the_client_did(
    text: str, encoding: str, data: st.DataObject
) -> None:
    codec, width = CODECS[encoding]
    lines = client_lines(text, encoding)
    here = [line.decode(codec, "surrogatepass") for line, _ in lines]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(here) - 1), min_size=2, max_size=2)))
    columns = [data.draw(st.integers(0, len(here[cut]))) for cut in cuts]
    if cuts[0] == cuts[1]:
        columns.sort()
    new = data.draw(texts)
    places = [
        types.Position(cut, units(here[cut][:column], encoding)) for cut, column in zip(cuts, columns, strict=True)
    ]

    whole = b"".join(line + end for line, end in lines)
    offsets = [
        sum(len(line) + len(end) for line, end in lines[: place.line]) + place.character * width for place in places
    ]
    expected = whole[: offsets[0]] + new.encode(codec, "surrogatepass") + whole[offsets[1] :]
    found = Positions(encoding).edited(text, types.Range(places[0], places[1]), new)
    assert found.encode(codec, "surrogatepass") == expected
    assert Positions(encoding).edited(text, None, new) == new
