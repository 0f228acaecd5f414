"""Links: from a name to the phase or tier it names, from a path to its file, and new names for phases and tiers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autopack.errors import UsageError
from autopack.model.findings import Position, Range
from autopack.model.plan import IDENTIFIER
from autopack.plans.entries import Refers, refers_to
from autopack.yamlfile import Edit, Kind, Loc, Node, scalar, touched
from autopack_server.lsp.plan.reading import Named, Reading
from autopack_server.lsp.plan.repository import Repository


@dataclass(frozen=True, slots=True)
class Target:
    """Where a definition leads: `path` is a file of the repository, "" for the plan itself; `range` is then in it."""

    origin: Range
    path: str = ""
    range: Range | None = None
    line: int = 1


@dataclass(frozen=True, slots=True)
class Link:
    """A path in the plan and the tracked file it names."""

    range: Range
    path: str


@dataclass(frozen=True, slots=True)
class Name:
    """A phase's or tier's id where it stands under the cursor, and everything that says it."""

    refers: Refers
    word: str
    node: Node
    declared: tuple[Node, ...]
    used: tuple[Node, ...]


def name_at(position: Position, reading: Reading) -> Name | None:
    """The id of a phase or tier under the cursor, where it is given and where it is used alike."""
    place = touched(reading.tree, reading.offset(position))
    if place is None or place.kind != "value" or place.node.kind is not Kind.SCALAR or not place.node.text:
        return None
    refers = _id_of(place.loc) or refers_to(place.loc)
    if refers is None or refers not in (Refers.PHASE, Refers.TIER):
        return None
    declared = reading.phases if refers is Refers.PHASE else reading.tiers
    return Name(
        refers,
        place.node.text,
        place.node,
        tuple(one.name for one in declared if one.id == place.node.text),
        tuple(node for node in _uses(reading, refers) if node.text == place.node.text),
    )


def _id_of(loc: Loc) -> Refers | None:
    if len(loc) == 3 and loc[2] == "id":
        return {"phases": Refers.PHASE, "tiers": Refers.TIER}.get(str(loc[0]))
    return None


def _uses(reading: Reading, refers: Refers) -> Iterator[Node]:
    for loc, entry in reading.tree.walk():
        if entry.node.kind is Kind.SCALAR and refers_to(loc) is refers:
            yield entry.node


def definition(position: Position, reading: Reading, repository: Repository | None) -> Target | None:
    """The phase or tier that is named here, or the tracked file."""
    name = name_at(position, reading)
    if name is not None:
        if not name.declared:
            return None
        there = name.declared[0]
        return Target(_span(reading, name.node), "", _span(reading, there), _span(reading, there).start.line)
    place = touched(reading.tree, reading.offset(position))
    if place is None or place.kind != "value" or repository is None:
        return None
    path = _file(place.loc, place.node.text, repository)
    return Target(_span(reading, place.node), path) if path else None


def links(reading: Reading, repository: Repository) -> list[Link]:
    """Every path of the plan that is a tracked file."""
    found: list[Link] = []
    for loc, entry in reading.tree.walk():
        if entry.node.kind is Kind.SCALAR and (path := _file(loc, entry.node.text, repository)):
            found.append(Link(_span(reading, entry.node), path))
    return found


def _file(loc: Loc, text: str, repository: Repository) -> str:
    if refers_to(loc) not in (Refers.PATH, Refers.TEST):
        return ""
    path = text.partition("::")[0]
    return path if path in repository.files else ""


def references(position: Position, reading: Reading, *, declaration: bool) -> list[Range]:
    """Where the id under the cursor is used, in the order of the text."""
    name = name_at(position, reading)
    if name is None:
        return []
    nodes = [*(name.declared if declaration else ()), *name.used]
    return [_span(reading, node) for node in sorted(nodes, key=lambda node: node.start)]


def renamable(position: Position, reading: Reading) -> tuple[Range, str] | None:
    """The id that would be renamed; None where the cursor is on something else."""
    name = name_at(position, reading)
    return (_span(reading, name.node), name.word) if name is not None and name.declared else None


def rename(position: Position, reading: Reading, new: str) -> list[Edit]:
    """The edits that give a phase or tier another id. Raises UsageError where there is none, or the new one cannot be."""
    name = name_at(position, reading)
    if name is None or not name.declared:
        raise UsageError("no phase or tier is named here", hint="Put the cursor on the id of a phase or tier.")
    if re.fullmatch(IDENTIFIER, new) is None:
        raise UsageError(
            f"`{new}` is no id",
            hint="Use lower-case letters, digits and -, beginning with a letter or digit, at most 40.",
        )
    taken: tuple[Named, ...] = reading.phases if name.refers is Refers.PHASE else reading.tiers
    if new != name.word and any(one.id == new for one in taken):
        raise UsageError(f"`{new}` stands in the plan already", hint="Choose an id that nothing else has.")
    nodes = sorted([*name.declared, *name.used], key=lambda node: node.start)
    return [Edit(*_inside(node), new if node.style else scalar(new)) for node in nodes]


def _inside(node: Node) -> tuple[int, int]:
    if node.style in ("'", '"'):
        return node.start + 1, node.end - 1 if node.closed else node.end
    return node.start, node.end


def _span(reading: Reading, node: Node) -> Range:
    return reading.range(*_inside(node))
