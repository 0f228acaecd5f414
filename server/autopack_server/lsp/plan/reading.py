"""Reading: one version of a plan's text, read once for all features, each part when it is first needed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

from autopack.model.findings import Position, Range
from autopack.plans import PlanSource, parse_plan
from autopack.yamlfile import Entry, Kind, Node, Outline, outline

MAX_KEPT = 16


@dataclass(frozen=True, slots=True)
class Named:
    """A phase or tier as far as it is written: `name` is the value of its `id`, `entry` the whole of it.

    `title` is a phase's goal or a tier's name; `needs` are the entries of `depends_on`; `tier` "" where none is named.
    """

    index: int
    id: str
    name: Node
    entry: Entry
    title: str = ""
    tier: str = ""
    needs: tuple[Node, ...] = ()


class Reading:
    """`name` is what findings call the file. What two threads read at once is read twice and comes out the same."""

    def __init__(self, text: str, name: str = "plan") -> None:
        self.text = text
        self.name = name

    @cached_property
    def tree(self) -> Outline:
        return outline(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The lines as editors count them, without their ends."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    @cached_property
    def source(self) -> PlanSource:
        """The strict reading, with findings about the form."""
        return parse_plan(self.text, self.name)

    @cached_property
    def phases(self) -> tuple[Named, ...]:
        """The phases that have an id, in order."""
        return _named(self.tree, "phases", "goal")

    @cached_property
    def tiers(self) -> tuple[Named, ...]:
        return _named(self.tree, "tiers", "name")

    def offset(self, position: Position) -> int:
        """The offset of a position; what lies behind the end of its line or of the text is that end."""
        lines = self.tree.lines
        line = max(position.line, 1)
        last = lines.position(len(self.text)).line
        if line > last:
            return len(self.text)
        start = lines.offset(Position(line, 1))
        end = lines.offset(Position(line + 1, 1)) if line < last else len(self.text)
        row = self.text[start:end].rstrip("\r\n")
        return start + min(max(position.column - 1, 0), len(row))

    def range(self, start: int, end: int) -> Range:
        return self.tree.lines.range(start, end)

    def phase(self, name: str) -> Named | None:
        """The first phase with this id."""
        return next((phase for phase in self.phases if phase.id == name), None)


def _named(tree: Outline, key: str, title: str) -> tuple[Named, ...]:
    holder = tree.node((key,))
    found: list[Named] = []
    for index, entry in enumerate(holder.entries if holder is not None and holder.kind is Kind.LIST else ()):
        name = _scalar(entry.node, "id")
        if name is None or not name.text:
            continue
        told, tier, needs = _scalar(entry.node, title), _scalar(entry.node, "tier"), entry.node.named("depends_on")
        found.append(
            Named(
                index,
                name.text,
                name,
                entry,
                told.text if told is not None else "",
                tier.text if tier is not None else "",
                tuple(item.node for item in needs.node.entries if item.node.kind is Kind.SCALAR) if needs else (),
            )
        )
    return tuple(found)


def _scalar(node: Node, key: str) -> Node | None:
    entry = node.named(key) if node.kind is Kind.MAP else None
    return entry.node if entry is not None and entry.node.kind is Kind.SCALAR else None


class Readings:
    """The readings of the texts last asked for: one text is read once, whichever feature asks first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Reading] = OrderedDict()

    def of(self, uri: str, text: str, name: str) -> Reading:
        kept = self._kept.pop(uri, None)
        if kept is None or kept.text != text or kept.name != name:
            kept = Reading(text, name)
        self._kept[uri] = kept
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return kept

    def forget(self, uri: str) -> None:
        self._kept.pop(uri, None)
