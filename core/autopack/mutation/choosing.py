"""A small set of mutants of a change, the same for the same change, spread over its functions."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import zip_longest

from autopack.model.changes import ChangeSet
from autopack.mutation.arid import inner_nodes, is_arid
from autopack.mutation.mutant import Mutant, Operator
from autopack.mutation.operators import Edit, edits
from autopack.mutation.source import Source, changed_lines
from autopack.text import shorten

_MOST_SHOWN = 60
_MOST_DEPTH = 200


def mutants_of(
    changes: ChangeSet,
    executed_lines: Mapping[str, Collection[int]] | None,
    most: int,
    *,
    is_test: Callable[[str], bool] = lambda path: False,
) -> tuple[Mutant, ...]:
    """At most `most` mutants of changed lines of Python files that hold no tests, in the order to run them.

    With `executed_lines` only lines that some test executed: an error in one that none runs says no more than that.
    Functions take turns, and each gives one mutant a line before a second on the same (as Petrović and Ivanković surface
    them, ICSE-SEIP 2018); which of a line is decided by the operator's rank, then by a hash of the file.
    """
    turns: list[list[Mutant]] = []
    for change in sorted(changes.changes, key=lambda change: change.path):
        if change.after is None or is_test(change.path):
            continue
        source = Source.read(change.path, change.after)
        if source is None:
            continue
        lines = changed_lines(change)
        if executed_lines is not None:
            lines &= frozenset(executed_lines.get(change.path, ()))
        turns += _turns(change.path, source, lines)
    chosen = [mutant for row in zip_longest(*turns) for mutant in row if mutant is not None]
    return tuple(chosen[: max(0, most)])


def _turns(path: str, source: Source, lines: Collection[int]) -> Iterator[list[Mutant]]:
    """For each function its mutants, first one of every line."""
    groups: dict[str, dict[int, list[Mutant]]] = defaultdict(lambda: defaultdict(list))
    for function, edit in _edits(source.tree):
        line = getattr(edit.first, "lineno", 0)
        if line not in lines and getattr(edit.last, "lineno", 0) not in lines:
            continue
        mutant = _made(path, source, function, edit)
        if mutant is not None and mutant.line in lines:
            groups[function][mutant.line].append(mutant)
    for function in groups:
        by_line = [sorted(own, key=lambda m: (_tier(m.operator), m.id)) for own in groups[function].values()]
        by_line.sort(key=lambda own: (_tier(own[0].operator), own[0].id))
        yield [mutant for row in zip_longest(*by_line) for mutant in row if mutant is not None]


def _tier(operator: Operator) -> int:
    """Constants and calls come after what decides; within a tier the hash chooses, so that all operators get their turn."""
    return operator.rank // 4


def _edits(tree: ast.Module) -> Iterator[tuple[str, Edit]]:
    waiting: list[tuple[ast.AST, str, list[ast.AST]]] = [(node, "", []) for node in reversed(tree.body)]
    while waiting:
        node, function, above = waiting.pop()
        if is_arid(node) or len(above) > _MOST_DEPTH:
            continue
        for edit in edits(node, above):
            yield function, edit
        inner = function
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{function}.{node.name}" if function else node.name
        waiting += [(child, inner, [*above, node]) for child in reversed(inner_nodes(node))]


def _made(path: str, source: Source, function: str, edit: Edit) -> Mutant | None:
    place = source.between(edit.first, edit.last, edit.word) if edit.word else source.span(edit.first, edit.last)
    if place is None:
        return None
    begin, end = place
    before = source.data[begin:end].decode("utf-8")
    text = edit.text.format(before) if "{}" in edit.text else edit.text
    if not text and edit.word:
        end += len(source.data[end:]) - len(source.data[end:].lstrip(b" "))
    content = source.changed(begin, end, text)
    if content is None:
        return None
    shown = text
    if (edit.word and edit.operator is Operator.CONDITION) or not text:
        start, stop = source.span(edit.first, edit.last)
        before = source.data[start:stop].decode("utf-8")
        shown = source.data[source.span(edit.last, edit.last)[0] : stop].decode("utf-8")
    span = source.range(begin, end)
    return Mutant(path, span.start.line, span, edit.operator, shorten(before, _MOST_SHOWN), shorten(shown, _MOST_SHOWN),
                  function, content)  # fmt: skip
