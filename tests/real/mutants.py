"""Seeded regressions: one small, named fault in a line that a change set brought."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.real.slices import lines

SWAPS = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "is not": "is", "is": "is not",
         "not in": "in", "in": "not in", "and": "or", "or": "and", "+": "-", "-": "+", "*": "+",
         "True": "False", "False": "True"}  # fmt: skip
_WORDS = re.compile(rb"\bis\s+not\b|\bnot\s+in\b|\bis\b|\bin\b|\band\b|\bor\b|==|!=|<=|>=|<|>|\+|-|\*")


@dataclass(frozen=True)
class Mutant:
    """A fault of `kind` at a 1-based line and a 0-based column in bytes of the file the change set makes."""

    path: str
    line: int
    column: int
    kind: str


def apply_mutant(data: bytes, mutant: Mutant) -> bytes:
    """The file with the fault; ValueError when nothing of this kind stands there."""
    for found, start, end, text in _faults(data):
        if (found.line, found.column, found.kind) == (mutant.line, mutant.column, mutant.kind):
            return data[:start] + text + data[end:]
    raise ValueError(f"no {mutant.kind} at {mutant.path}:{mutant.line}:{mutant.column}")


def mutants_of(path: str, data: bytes, changed: Collection[int]) -> list[Mutant]:
    """Every fault that can be seeded in the lines `changed`."""
    found = {(m.line, m.column, m.kind) for m, *_ in _faults(data) if m.line in changed}
    return [Mutant(path, *each) for each in sorted(found)]


def _faults(data: bytes) -> Iterator[tuple[Mutant, int, int, bytes]]:
    starts = [0]
    for line in lines(data):
        starts.append(starts[-1] + len(line))

    def at(line: int, column: int) -> int:
        return starts[line - 1] + column

    def fault(node: ast.expr, kind: str, start: int, end: int, text: bytes) -> tuple[Mutant, int, int, bytes]:
        line = data.count(b"\n", 0, start) + 1
        return Mutant("", line, start - starts[line - 1], kind), start, end, text

    for node in ast.walk(ast.parse(data)):
        if isinstance(node, ast.Compare | ast.BoolOp | ast.BinOp):
            parts = {
                ast.Compare: lambda n: [n.left, *n.comparators],
                ast.BoolOp: lambda n: n.values,
                ast.BinOp: lambda n: [n.left, n.right],
            }[type(node)](node)
            for left, right in pairwise(parts):
                low, high = at(left.end_lineno, left.end_col_offset), at(right.lineno, right.col_offset)
                word = _WORDS.search(data, low, high)
                if word and b"#" not in data[low:high]:
                    other = SWAPS[" ".join(word.group().decode().split())]
                    yield fault(node, "operator", word.start(), word.end(), other.encode())
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
            start, end = at(node.lineno, node.col_offset), at(node.end_lineno or 0, node.end_col_offset or 0)
            text = str(not node.value) if isinstance(node.value, bool) else str(node.value + 1)
            yield fault(node, "constant", start, end, text.encode())
        elif isinstance(node, ast.Return) and node.value is not None:
            value = node.value
            start, end = at(value.lineno, value.col_offset), at(value.end_lineno or 0, value.end_col_offset or 0)
            if data[start:end] != b"None":
                yield fault(value, "return", start, end, b"None")
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            test = node.test
            start, end = at(test.lineno, test.col_offset), at(test.end_lineno or 0, test.end_col_offset or 0)
            yield fault(test, "condition", start, end, b"not (" + data[start:end] + b")")
