"""A small set of mutants of a change, the same for the same change, spread over its functions."""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from typing import NamedTuple

from autopack.model.changes import ChangeSet
from autopack.mutation.arid import inner_nodes, is_arid
from autopack.mutation.mutant import Mutant, Operator
from autopack.mutation.operators import Edit, edits, fine_edits
from autopack.mutation.source import Source, changed_lines
from autopack.text import shorten

_MOST_SHOWN = 60
_MOST_DEPTH = 200
_FINE = frozenset({Operator.ERROR, Operator.NUDGE})
_TRIES = 8
"""Places tried for each mutant wanted: few of them are no Python or change nothing."""


def mutants_of(
    changes: ChangeSet,
    executed_lines: Mapping[str, Collection[int]] | None,
    most: int,
    *,
    is_test: Callable[[str], bool] = lambda path: False,
    near: Sequence[Collection[str]] = (),
    fine: bool = False,
) -> tuple[Mutant, ...]:
    """At most `most` mutants of changed lines of Python files that hold no tests, in the order to run them.

    With `executed_lines` only lines that some test executed: an error in one that none runs says no more than that.
    Functions take turns, those that the first of `near` names before those of the second and all others, and each gives
    one mutant a line before a second on the same (as Petrović and Ivanković surface them, ICSE-SEIP 2018); which of a line
    is decided by the operator's rank, then by a hash. Only what is chosen is made and parsed; of the places in turn at most
    eight times as many as are wanted are tried. `fine`: errors that take a close look take turns of their own.
    """
    tiers: list[list[list[_Place]]] = [[] for _ in (*near, ())]
    for change in sorted(changes.changes, key=lambda change: change.path):
        if change.after is None or is_test(change.path):
            continue
        source = Source.read(change.path, change.after)
        if source is None:
            continue
        lines = changed_lines(change)
        if executed_lines is not None:
            lines &= frozenset(executed_lines.get(change.path, ()))
        for function, places in _turns(change.path, source, lines, fine):
            name = function.rpartition(".")[2]
            tiers[next((n for n, names in enumerate(near) if name in names), len(near))].append(places)
    most = max(0, most)
    in_turn = (place for turns in tiers for row in zip_longest(*turns) for place in row if place is not None)
    made = (_made(place) for place in islice(in_turn, most * _TRIES))
    return tuple(islice((mutant for mutant in made if mutant is not None), most))


class _Place(NamedTuple):
    """Bytes `begin` to `end` of a file, to become `text`; `order` is what comes first of one line."""

    path: str
    source: Source
    function: str
    edit: Edit
    begin: int
    end: int
    text: str
    line: int
    order: tuple[int, bytes]


def _turns(path: str, source: Source, lines: Collection[int], fine: bool) -> Iterator[tuple[str, list[_Place]]]:
    """For each function its places, first one of every line."""
    groups: dict[tuple[str, bool], dict[int, list[_Place]]] = defaultdict(lambda: defaultdict(list))
    for function, edit in _edits(source.tree, fine):
        line = getattr(edit.first, "lineno", 0)
        if line not in lines and getattr(edit.last, "lineno", 0) not in lines:
            continue
        place = _placed(path, source, function, edit)
        if place is not None and place.line in lines:
            groups[function, edit.operator in _FINE][place.line].append(place)
    for (function, _), lines_of_it in groups.items():
        by_line = [sorted(own, key=lambda place: place.order) for own in lines_of_it.values()]
        by_line.sort(key=lambda own: own[0].order)
        yield function, [place for row in zip_longest(*by_line) for place in row if place is not None]


def _order(operator: Operator, path: str, source: Source, begin: int, end: int, text: str) -> tuple[int, bytes]:
    """Constants and calls come after what decides; within a tier the hash chooses, so that all operators get their turn."""
    parts = (path.encode(), source.digest, f"{begin}:{end}".encode(), text.encode())
    return operator.rank // 4, hashlib.sha256(b"\0".join(parts)).digest()


def _edits(tree: ast.Module, fine: bool) -> Iterator[tuple[str, Edit]]:
    waiting: list[tuple[ast.AST, str, list[ast.AST]]] = [(node, "", []) for node in reversed(tree.body)]
    while waiting:
        node, function, above = waiting.pop()
        if is_arid(node) or len(above) > _MOST_DEPTH:
            continue
        for edit in (*edits(node, above), *(fine_edits(node) if fine else ())):
            yield function, edit
        inner = function
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{function}.{node.name}" if function else node.name
        waiting += [(child, inner, [*above, node]) for child in reversed(inner_nodes(node))]


def _placed(path: str, source: Source, function: str, edit: Edit) -> _Place | None:
    place = source.between(edit.first, edit.last, edit.word) if edit.word else source.span(edit.first, edit.last)
    if place is None:
        return None
    begin, end = place
    text = edit.text.format(source.data[begin:end].decode("utf-8")) if "{}" in edit.text else edit.text
    if not text and edit.word:
        end += len(source.data[end:]) - len(source.data[end:].lstrip(b" "))
    order = _order(edit.operator, path, source, begin, end, text)
    return _Place(path, source, function, edit, begin, end, text, source.position(begin).line, order)


def _made(place: _Place) -> Mutant | None:
    """None where the file would be no Python, or the same program."""
    source, edit, begin, end = place.source, place.edit, place.begin, place.end
    content = source.changed(begin, end, place.text)
    if content is None:
        return None
    before, shown = source.data[begin:end].decode("utf-8").rstrip(" "), place.text
    if (edit.word and edit.operator is Operator.CONDITION) or not place.text:
        start, stop = source.span(edit.first, edit.last)
        before = source.data[start:stop].decode("utf-8")
        shown = source.data[source.span(edit.last, edit.last)[0] : stop].decode("utf-8")
    return Mutant(place.path, place.line, source.range(begin, end), edit.operator, shorten(before, _MOST_SHOWN),
                  shorten(shown, _MOST_SHOWN), place.function, content)  # fmt: skip
