"""Inline values of an outline: flow collections, quoted and plain scalars, which may go on over several rows.

Whatever has no end of its own ends where a row begins that is indented no deeper than the collection around it.
"""

from __future__ import annotations

import re

from autopack.yamlfile.outline import Entry, Kind, Node
from autopack.yamlfile.rows import Rows, folded, unquoted

MAX_DEPTH = 32

_CLOSE = {"[": "]", "{": "}"}
_FLOW_STOP = re.compile(r"[,\[\]{}]|:(?=[ \t,\[\]{}]|\Z)|(?<=[ \t])#")


def quoted(rows: Rows, parent: int, *, flow: bool = False) -> Node:
    """A quoted scalar; without its end quote it goes to the end of its row. `parent` is the column around it."""
    start, row = rows.pos, rows.row
    quote = rows.text[start]
    close = rows.closing(quote, start + 1, rows.ends[row])
    while close < 0 and row + 1 < len(rows.starts):
        row += 1
        first = rows.first(row)
        if rows.marker(row) or (first < rows.ends[row] and first - rows.starts[row] <= parent):
            break
        close = rows.closing(quote, rows.starts[row], rows.ends[row])
    if close < 0 or (row > rows.row and not _ends_well(rows, close, row, flow)):
        rows.pos = rows.ends[rows.row]
        end = rows.trimmed(start + 1, rows.pos)
        return Node(Kind.SCALAR, start, end, quote, unquoted(rows.text[start:end], closed=False), closed=False)
    rows.row, rows.pos = row, close
    return Node(Kind.SCALAR, start, close, quote, unquoted(rows.text[start:close]))


def _ends_well(rows: Rows, close: int, row: int, flow: bool) -> bool:
    """Whether what follows a quote on a later row can follow the end of a scalar: else it begins another one."""
    after = rows.text[rows.skip_blanks(close, rows.ends[row]) : rows.ends[row]][:1]
    return after in ("", "#") or (flow and after in ",]}:")


def plain(rows: Rows, parent: int) -> Node:
    """A plain scalar in block style, with the rows that go on with it."""
    start = rows.pos
    end, commented = rows.text_end(start, rows.row)
    row = rows.row
    look = row + 1
    while not commented and look < len(rows.starts):
        first = rows.first(look)
        if first < rows.ends[look]:
            outside = first - rows.starts[look] <= parent or rows.text[first] == "#"
            if outside or rows.marker(look) or rows.key(first, look):
                break
            row = look
            end, commented = rows.text_end(first, look)
        look += 1
    rows.row, rows.pos = row, end
    return Node(Kind.SCALAR, start, end, text=folded(rows.text[start:end]))


def _plain_in_flow(rows: Rows, parent: int) -> Node:
    start = rows.pos
    end = _flow_text_end(rows, start, rows.row)
    row = rows.row
    while rows.skip_blanks(end, rows.ends[row]) == rows.ends[row] and row + 1 < len(rows.starts):
        look = row + 1
        while look + 1 < len(rows.starts) and rows.first(look) == rows.ends[look]:
            look += 1
        first = rows.first(look)
        more = _flow_text_end(rows, first, look)
        colon = rows.skip_blanks(more, rows.ends[look])
        outside = first - rows.starts[look] <= parent or rows.marker(look)
        if outside or more == first or rows.text[first] in "#:'\"" or rows.text[colon : colon + 1] == ":":
            break
        row, end = look, more
    rows.row, rows.pos = row, end
    return Node(Kind.SCALAR, start, end, text=folded(rows.text[start:end]))


def _flow_text_end(rows: Rows, pos: int, row: int) -> int:
    found = _FLOW_STOP.search(rows.text, pos, rows.ends[row])
    return rows.trimmed(pos, found.start() if found is not None else rows.ends[row])


def flow(rows: Rows, parent: int, depth: int = 0) -> Node:
    """A collection in brackets. `parent` is the column of the block collection around it."""
    start = rows.pos
    style = rows.text[start]
    node = Node(Kind.LIST if style == "[" else Kind.MAP, start, start + 1, style, closed=False)
    rows.pos += 1
    while _goes_on(rows, parent):
        char = rows.text[rows.pos]
        if char in "]}":
            if char == _CLOSE[style]:
                rows.pos += 1
                node.closed, node.end = True, rows.pos
            return node
        if char == ",":
            rows.pos += 1
            node.end = rows.pos
            continue
        entry = (
            _with_value(rows, parent, depth, _flow_value(rows, parent, MAX_DEPTH))
            if style == "{"
            else _flow_item(rows, parent, depth, len(node.entries))
        )
        node.entries.append(entry)
        node.end = max(entry.end, entry.mark, entry.node.end)
    return node


def _goes_on(rows: Rows, parent: int) -> bool:
    """Move to the next content inside the brackets; False where a row begins that lies outside of them."""
    if not rows.content():
        return False
    outside = rows.column() <= parent and rows.fresh()
    return not outside or rows.text[rows.pos] in "]}"


def _flow_value(rows: Rows, parent: int, depth: int) -> Node:
    char = rows.text[rows.pos]
    if char in _CLOSE and depth < MAX_DEPTH:
        return flow(rows, parent, depth + 1)
    if char in ("'", '"'):
        return quoted(rows, parent, flow=True)
    scalar = _plain_in_flow(rows, parent)
    if scalar.end == scalar.start:
        rows.pos += 1
        scalar.end += 1
    return scalar


def _with_value(rows: Rows, parent: int, depth: int, key: Node) -> Entry:
    entry = Entry(key.text, key.start, key.end, -1, Node(Kind.NOTHING, key.end, key.end))
    if _goes_on(rows, parent) and rows.text[rows.pos] == ":":
        rows.pos += 1
        entry.mark = rows.pos
        entry.node = Node(Kind.NOTHING, entry.mark, entry.mark)
        if _goes_on(rows, parent) and rows.text[rows.pos] not in ",]}":
            entry.node = _flow_value(rows, parent, depth)
    return entry


def _flow_item(rows: Rows, parent: int, depth: int, index: int) -> Entry:
    """An item, or the single pair `[key: value]`, which is a mapping of its own."""
    value = _flow_value(rows, parent, depth)
    if value.kind is Kind.SCALAR and _goes_on(rows, parent) and rows.text[rows.pos] == ":":
        pair = _with_value(rows, parent, depth, value)
        end = max(pair.end, pair.mark, pair.node.end)
        value = Node(Kind.MAP, value.start, end, entries=[pair])
    return Entry(index, value.start, value.start, -1, value)


def block_scalar(rows: Rows, parent: int) -> Node:
    """Text behind `|` or `>`: the rows indented deeper than `parent`, as the first of them is."""
    start = rows.pos
    header = rows.text[start : rows.ends[rows.row]]
    digits = [int(char) for char in header.partition("#")[0] if char in "123456789"]
    depth = max(parent, 0) + digits[0] if digits else -1
    last = row = rows.row
    while row + 1 < len(rows.starts):
        first = rows.first(row + 1)
        column = first - rows.starts[row + 1]
        if first < rows.ends[row + 1]:
            depth = depth if depth >= 0 else column
            if column < depth or column <= parent or rows.marker(row + 1):
                break
            last = row + 1
        row += 1
    kept = "+" in header.partition("#")[0] and row > last
    end = rows.starts[row + 1] if kept and row + 1 < len(rows.starts) else rows.ends[row] if kept else rows.ends[last]
    words = rows.text[rows.ends[rows.row] : rows.ends[last]].split()
    rows.jump(row + 1)
    return Node(Kind.SCALAR, start, end, header[0], " ".join(words))
