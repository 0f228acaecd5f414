"""Writing: scalars as YAML text, and single edits of a text that keep everything else as it stands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from autopack.yamlfile.document import parse
from autopack.yamlfile.outline import Entry, Kind, Node, Outline
from autopack.yamlfile.ranges import Loc

_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./+@*()-]*(?: [A-Za-z0-9_./+@*()-]+)*")
_DOUBTFUL = re.compile(
    "[^\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Edit:
    """The text between two offsets becomes another one."""

    start: int
    end: int
    text: str

    def applied(self, text: str) -> str:
        return text[: self.start] + self.text + text[self.end :]


def scalar(value: str) -> str:
    """YAML that says this text wherever a value may stand: plain where it can be, else in double quotes."""
    if _PLAIN.fullmatch(value):
        read = parse(value)
        if read.value == value and not read.problems:
            return value
    return f'"{quotable(value, chr(34))}"'


def quotable(value: str, quote: str) -> str:
    """The text as it stands between these quotes."""
    if quote == "'":
        return value.replace("'", "''")
    written = json.dumps(value, ensure_ascii=False)[1:-1]
    return _DOUBTFUL.sub(lambda found: f"\\U{ord(found[0]):08x}", written)


def newline(tree: Outline) -> str:
    """How the text ends its lines."""
    found = re.search(r"\r\n|\r|\n", tree.text)
    return found[0] if found else "\n"


def row_end(tree: Outline, offset: int) -> int:
    """Where the row of this offset ends, its line break not counted."""
    found = re.compile(r"[\r\n]").search(tree.text, offset)
    return found.start() if found else len(tree.text)


def removed(tree: Outline, loc: Loc) -> Edit | None:
    """Take an item out of its list; the list stays, if need be as `[]`."""
    entry, holder = tree.entry(loc), tree.node(loc[:-1])
    if entry is None or holder is None or holder.kind is not Kind.LIST or not holder.closed:
        return None
    index = holder.entries.index(entry)
    if len(holder.entries) == 1:
        parent = tree.entry(loc[:-1])
        if holder.flow or parent is None or parent.mark < 0:
            return Edit(holder.start, holder.end, "[]")
        return Edit(parent.mark, holder.end, " []")
    following = holder.entries[index + 1] if index + 1 < len(holder.entries) else None
    if holder.flow:
        if following is not None:
            return Edit(entry.start, following.start, "")
        return Edit(holder.entries[index - 1].node.end, entry.node.end, "")
    if index == 0 and following is not None:
        return Edit(entry.start, following.start, "")
    return Edit(row_end(tree, _end(holder.entries[index - 1])), row_end(tree, _end(entry)), "")


def appended(tree: Outline, loc: Loc, item: str) -> Edit | None:
    """Add an item, written as YAML, to the list at a location; the list and what holds it are made if need be."""
    return put(tree, loc, f"[{item}]", item)


def put(tree: Outline, loc: Loc, value: str, item: str = "") -> Edit | None:
    """Give the entry at a location this value in flow style; where a list stands, `item` is added to it instead.

    None where something stands in the way.
    """
    entry = tree.entry(loc)
    if entry is not None:
        if item and entry.node.kind is Kind.LIST:
            return _item(tree, entry.node, item)
        if entry.node.kind is Kind.NOTHING and entry.mark >= 0:
            return Edit(entry.mark, entry.mark, f" {value}")
        if entry.node.kind is Kind.SCALAR and not item and entry.node.closed:
            return Edit(entry.node.start, entry.node.end, value)
        return None
    holder, key = tree.node(loc[:-1]), loc[-1]
    if holder is not None and holder.kind is Kind.MAP and holder.closed and isinstance(key, str):
        return _pair(tree, holder, key, value)
    if len(loc) > 1 and isinstance(key, str) and (holder is None or holder.kind is Kind.NOTHING):
        return put(tree, loc[:-1], f"{{{key}: {value}}}")
    return None


def _item(tree: Outline, holder: Node, item: str) -> Edit | None:
    if not holder.closed:
        return None
    if holder.flow:
        return _in_brackets(holder, item)
    end = row_end(tree, _end(holder.entries[-1]))
    return Edit(end, end, f"{newline(tree)}{' ' * holder.column}- {item}")


def _pair(tree: Outline, holder: Node, key: str, value: str) -> Edit:
    if holder.flow:
        return _in_brackets(holder, f"{key}: {value}")
    end = _end(holder.entries[-1])
    line, indent = f"{key}: {value}", " " * holder.column
    if tree.lines.position(end).column == 1:
        return Edit(end, end, f"{indent}{line}{newline(tree)}")
    end = row_end(tree, end)
    return Edit(end, end, f"{newline(tree)}{indent}{line}")


def _in_brackets(holder: Node, text: str) -> Edit:
    if not holder.entries:
        return Edit(holder.start + 1, holder.end - 1, text)
    end = _end(holder.entries[-1])
    return Edit(end, end, f", {text}")


def _end(entry: Entry) -> int:
    return max(entry.end, entry.mark, entry.node.end)
