"""Reading any text as an outline: block collections by their columns, half-typed rows as the entries they will be."""

from __future__ import annotations

import re

from autopack.yamlfile.inline import MAX_DEPTH, block_scalar, flow, plain, quoted
from autopack.yamlfile.outline import Entry, Kind, Node, Outline
from autopack.yamlfile.ranges import LineTable
from autopack.yamlfile.rows import Rows

_BLOCK_HEADER = re.compile(r"[|>](?:[1-9][-+]?|[-+][1-9]?)?[ \t]*(?:#.*)?")


def outline(text: str) -> Outline:
    """The tree of the first document in the text."""
    rows = Rows(text)
    _preamble(rows)
    root = Node(Kind.NOTHING, rows.pos, rows.pos)
    reader = _Reader(rows)
    while rows.content():
        more = reader.block(-1, 0)
        if root.kind in (Kind.NOTHING, Kind.SCALAR):
            root = more
        elif root.kind is more.kind:
            _merge(root, more, stray=root.flow or more.flow or root.column != more.column)
        reader.settle()
    return Outline(text, root, tuple(sorted(rows.comments.items())), LineTable(text))


def _preamble(rows: Rows) -> None:
    """Past directives and the `---` they end with."""
    row = 0
    while row < len(rows.starts):
        first = rows.first(row)
        char = rows.text[first : first + 1]
        if first < rows.ends[row] and char != "#" and (char != "%" or first > rows.starts[row]):
            break
        row += 1
    if row < len(rows.starts) and rows.marker(row) and rows.text[rows.starts[row]] == "-":
        for before in range(row):
            first = rows.first(before)
            if rows.text[first : first + 1] == "#":
                rows.comments[first] = rows.ends[before]
        rows.row, rows.pos = row, rows.starts[row] + 3
    else:
        rows.over = rows.marker(0)


def _merge(node: Node, more: Node, *, stray: bool) -> None:
    for entry in more.entries:
        if node.kind is Kind.LIST:
            entry.key = len(node.entries)
        entry.stray = entry.stray or stray
        node.entries.append(entry)
    node.end = max(node.end, more.end)


class _Reader:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def settle(self) -> None:
        """Leave a row whose value has ended: what still stands on it belongs to nothing."""
        rows = self._rows
        if rows.content() and not rows.fresh():
            rows.next_row()

    def block(self, parent: int, depth: int) -> Node:
        """The value that begins at the cursor, which is the first content of its row."""
        rows = self._rows
        column = rows.column()
        if depth >= MAX_DEPTH:
            return plain(rows, parent)
        if rows.dash(rows.pos):
            return self._list(column, depth, compact=column == parent)
        if rows.key(rows.pos, rows.row) or self._half_typed():
            return self._map(column, depth)
        return self._scalar_or_flow(parent, depth)

    def _half_typed(self) -> bool:
        """Whether a plain word stands where the rows below it say that a key will."""
        rows = self._rows
        if rows.text[rows.pos] in "[{\"'|>":
            return False
        row = rows.row + 1
        while row < len(rows.starts) and (rows.first(row) == rows.ends[row] or rows.text[rows.first(row)] == "#"):
            row += 1
        if row == len(rows.starts) or rows.marker(row):
            return False
        first = rows.first(row)
        return first - rows.starts[row] >= rows.column() and rows.key(first, row) is not None

    def _scalar_or_flow(self, parent: int, depth: int) -> Node:
        rows = self._rows
        char = rows.text[rows.pos]
        if char in "[{":
            return flow(rows, parent, depth)
        if char in ("'", '"'):
            return quoted(rows, parent)
        if char in "|>" and _BLOCK_HEADER.fullmatch(rows.text, rows.pos, rows.ends[rows.row]):
            return block_scalar(rows, parent)
        return plain(rows, parent)

    def _value(self, parent: int, mark: int, depth: int, *, item: bool) -> Node:
        """The value behind a `:` or dash that ends at `mark`, of a collection in column `parent`."""
        rows = self._rows
        row = rows.row
        nothing = Node(Kind.NOTHING, mark, mark)
        if not rows.content():
            return nothing
        if rows.row == row:
            compact = item and (rows.dash(rows.pos) or rows.key(rows.pos, rows.row) or self._half_typed())
            return self.block(parent, depth + 1) if compact else self._scalar_or_flow(parent, depth)
        column = rows.column()
        if column > parent or (not item and column == parent and rows.dash(rows.pos)):
            return self.block(parent, depth + 1)
        return nothing

    def _map(self, column: int, depth: int) -> Node:
        rows = self._rows
        node = Node(Kind.MAP, rows.pos, rows.pos, column=column)
        while True:
            if node.entries and rows.dash(rows.pos):
                self._stray(node, depth)
            else:
                node.entries.append(self._entry(column, depth))
            self._strays(node, depth)
            if not rows.content() or rows.column() != column:
                break
        last = node.entries[-1]
        node.end = max(node.end, last.end, last.mark, last.node.end)
        return node

    def _entry(self, column: int, depth: int) -> Entry:
        rows = self._rows
        key = rows.key(rows.pos, rows.row)
        if key is not None:
            text, start, end, mark = key
            rows.pos = mark
            return Entry(text, start, end, mark, self._value(column, mark, depth, item=False))
        start = rows.pos
        end, _ = rows.text_end(start, rows.row)
        rows.pos = end = max(end, start + 1)
        half = Entry(rows.text[start:end], start, end, -1, Node(Kind.NOTHING, end, end))
        if rows.content() and rows.column() > column:
            half.node = self.block(column, depth + 1)
        return half

    def _list(self, column: int, depth: int, *, compact: bool) -> Node:
        rows = self._rows
        node = Node(Kind.LIST, rows.pos, rows.pos, column=column)
        while True:
            index, start = len(node.entries), rows.pos
            if rows.dash(start):
                rows.pos = mark = start + 1
                value = self._value(column, mark, depth, item=True)
                node.entries.append(Entry(index, start, mark, mark, value))
                self._strays(node, depth)
            elif compact:
                break
            else:
                misplaced = rows.key(start, rows.row) is not None
                value = plain(rows, column) if misplaced else self._scalar_or_flow(column, depth)
                node.entries.append(Entry(index, start, start, -1, value))
                node.entries[index].stray = self._strays(node, depth) or misplaced
            if not rows.content() or rows.column() != column:
                break
        last = node.entries[-1]
        node.end = max(node.end, last.mark, last.node.end)
        return node

    def _strays(self, node: Node, depth: int) -> bool:
        """Take the rows that are indented deeper than the collection but belong to no value; whether there were any."""
        rows, found = self._rows, False
        self.settle()
        while rows.content() and rows.column() > node.column:
            self._stray(node, depth)
            found = True
        return found

    def _stray(self, node: Node, depth: int) -> None:
        last = node.entries[-1]
        inner = self.block(node.column, depth + 1)
        if inner.kind is last.node.kind and inner.entries and not last.node.flow and not inner.flow:
            _merge(last.node, inner, stray=True)
        elif inner.entries and last.node.kind in (Kind.NOTHING, Kind.SCALAR):
            for entry in inner.entries:
                entry.stray = True
            last.node = inner
        self.settle()
