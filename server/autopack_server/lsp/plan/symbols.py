"""Symbols and folding ranges: the outline an editor shows of a plan, and what it can fold away."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from autopack.model.findings import Range
from autopack.text import shorten
from autopack.yamlfile import Entry, Kind
from autopack_server.lsp.plan.reading import Named, Reading

MAX_DETAIL = 120


class SymbolKind(StrEnum):
    RUN = "run"
    SECTION = "section"
    TIER = "tier"
    PHASE = "phase"


@dataclass(frozen=True, slots=True)
class Symbol:
    """`range` holds `selection` and the ranges of all children."""

    name: str
    kind: SymbolKind
    range: Range
    selection: Range
    detail: str = ""
    children: tuple[Symbol, ...] = ()


def symbols(reading: Reading) -> list[Symbol]:
    """The run, the tiers and the phases, with what each is for."""
    root = reading.tree.root
    found: list[Symbol] = []
    for entry in root.entries if root.kind is Kind.MAP else ():
        if entry.key == "run":
            name = entry.node.named("id") if entry.node.kind is Kind.MAP else None
            found.append(_section(reading, entry, SymbolKind.RUN, name.node.text if name is not None else "", ()))
        elif entry.key == "tiers":
            found.append(_section(reading, entry, SymbolKind.SECTION, "", reading.tiers, SymbolKind.TIER))
        elif entry.key == "phases":
            found.append(_section(reading, entry, SymbolKind.SECTION, "", reading.phases, SymbolKind.PHASE))
        elif entry.key in ("workspace", "defaults"):
            found.append(_section(reading, entry, SymbolKind.SECTION, "", ()))
    return found


def _section(
    reading: Reading,
    entry: Entry,
    kind: SymbolKind,
    detail: str,
    named: tuple[Named, ...],
    inner: SymbolKind = SymbolKind.PHASE,
) -> Symbol:
    end = max(entry.end, entry.mark, entry.node.end)
    children = tuple(
        _named(reading, one, inner) for one in named if entry.start <= one.entry.start and one.entry.node.end <= end
    )
    return Symbol(
        str(entry.key), kind, reading.range(entry.start, end), reading.range(entry.start, entry.end), detail, children
    )


def _named(reading: Reading, named: Named, kind: SymbolKind) -> Symbol:
    return Symbol(
        named.id,
        kind,
        reading.range(min(named.entry.start, named.name.start), max(named.entry.node.end, named.name.end)),
        reading.range(named.name.start, named.name.end),
        shorten(named.title, MAX_DETAIL),
    )


@dataclass(frozen=True, slots=True)
class Fold:
    """The lines from `first` to `last`, from 1, can be folded; `comment` when they are all comment."""

    first: int
    last: int
    comment: bool = False


def folds(reading: Reading) -> list[Fold]:
    """Entries over more than one line, and runs of comment lines; one fold begins in a line at most."""
    tree = reading.tree
    found: dict[int, Fold] = {}
    for _, entry in tree.walk():
        first = tree.lines.position(min(entry.start, entry.node.start)).line
        end = entry.node.end
        last = tree.lines.position(end)
        line = last.line - 1 if last.column == 1 and last.line > first else last.line
        if line > first:
            found.setdefault(first, Fold(first, line))
    for first, last in _comments(reading):
        found.setdefault(first, Fold(first, last, comment=True))
    return sorted(found.values(), key=lambda fold: fold.first)


def _comments(reading: Reading) -> list[tuple[int, int]]:
    tree = reading.tree
    found: list[tuple[int, int]] = []
    for start, _ in tree.comments:
        position = tree.lines.position(start)
        if tree.text[start - position.column + 1 : start].strip():
            continue
        if found and found[-1][1] == position.line - 1:
            found[-1] = (found[-1][0], position.line)
        else:
            found.append((position.line, position.line))
    return [(first, last) for first, last in found if last > first]
