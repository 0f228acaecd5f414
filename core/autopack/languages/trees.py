"""Whole syntax trees as plain data: what a grammar's child process hands over to be read where no C code runs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MOST_NODES = 150_000
"""A larger tree is none: 150,000 nodes are about 15,000 lines."""
MOST_DEPTH = 150
"""Deeper texts are made to exhaust a reader; people nest to a depth of about 40."""

Row = tuple[int, str, str, int, int, str]
"""Number of the parent (-1 for the root), field in it, type, first and last line, text of a leaf."""


@dataclass(frozen=True, slots=True)
class Node:
    """A named node, or the sign of an operator; `field` is its place in the node above it, `line` 1-based; `text` is
    that of a leaf."""

    type: str
    field: str
    line: int
    end_line: int
    text: str
    children: list[Node] = dataclasses.field(default_factory=lambda: list[Node]())

    def get(self, name: str) -> Node | None:
        """The first child in this field."""
        return next((child for child in self.children if child.field == name), None)

    def all(self, name: str) -> list[Node]:
        return [child for child in self.children if child.field == name]

    def walk(self) -> Iterator[Node]:
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


Trees = Callable[[str, bytes], Node | None]
"""By a file's path and content; None where nobody could read it."""


def tree_of_rows(rows: list[Row]) -> Node | None:
    """The root; None for rows that are no tree (a parent comes before its children)."""
    made: list[Node] = []
    for parent, name, kind, line, end, text in rows:
        node = Node(kind, name, line, end, text)
        if (parent == -1) != (not made) or parent >= len(made):
            return None
        if made:
            made[parent].children.append(node)
        made.append(node)
    return made[0] if made else None


def taken_trees(output: bytes) -> dict[int, Node]:
    """The trees that the child wrote, by the number of the file; a line that was cut off is none."""
    found: dict[int, Node] = {}
    for line in output.splitlines():
        try:
            name, rows = json.loads(line)
            tree = tree_of_rows([_row(row) for row in rows])
            if tree is not None:
                found[int(name)] = tree
        except (ValueError, TypeError, KeyError):
            continue
    return found


def _row(row: list[Any]) -> Row:
    parent, name, kind, line, end, text = row
    return int(parent), str(name), str(kind), int(line), int(end), str(text)
