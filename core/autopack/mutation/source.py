"""The text of a Python file, changed at one place without a touch on the rest."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize
import warnings
from bisect import bisect_right
from typing import Any

from autopack.languages import MOST_BYTES, language_of
from autopack.model.changes import FileChange
from autopack.model.findings import Position, Range
from autopack.text import line_edits

_MARK = b"\xef\xbb\xbf"
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_BROKEN = (SyntaxError, ValueError, MemoryError, RecursionError)


class Source:
    """A parsed file; `read` gives None for what cannot be changed byte by byte (another encoding, no Python)."""

    def __init__(self, data: bytes, tree: ast.Module) -> None:
        self.data, self.tree = data, tree
        self.shape = ast.dump(tree)
        self.digest = hashlib.sha256(data).digest()
        start = len(_MARK) if data.startswith(_MARK) else 0
        self.starts = [start]
        for line in data[start:].split(b"\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)

    @classmethod
    def read(cls, path: str, data: bytes) -> Source | None:
        if (
            language_of(path) != "python"
            or path.endswith(".pyi")
            or len(data) > MOST_BYTES
            or _LONE_RETURN.search(data)
        ):
            return None
        try:
            if tokenize.detect_encoding(io.BytesIO(data).readline)[0] not in ("utf-8", "utf-8-sig"):
                return None
            data.decode("utf-8")
            return cls(data, _parsed(data))
        except _BROKEN:
            return None

    def span(self, first: ast.AST, last: ast.AST) -> tuple[int, int]:
        """Offsets in bytes from the start of one node to the end of the other."""
        begin, end = _place(first), _place(last)
        return self.starts[begin[0] - 1] + begin[1], self.starts[end[2] - 1] + end[3]

    def between(self, first: ast.AST, last: ast.AST, word: str) -> tuple[int, int] | None:
        """Where the word stands between two nodes, or before the second when that is part of the first, outside
        of comments."""
        inside = self.span(first, last)[1] == self.span(last, last)[1] and first is not last and (
            self.span(first, first)[1] >= self.span(last, last)[1])  # fmt: skip
        begin = self.span(first, first)[0 if inside or first is last else 1]
        end = self.span(last, last)[1 if first is last else 0]
        text = self.data[begin:end].decode("utf-8")
        pattern = r"\s+".join(re.escape(part) for part in word.split())
        edge = r"\b" if word[0].isalpha() else ""
        text_only = re.sub(r"#[^\n]*", lambda found: " " * len(found[0].encode()), text)
        found = list(re.finditer(f"{edge}{pattern}{edge}", text_only))
        if len(found) != 1 and not (first is last and found):
            return None
        hit = found[-1] if first is last else found[0]
        return begin + len(text[: hit.start()].encode()), begin + len(text[: hit.end()].encode())

    def changed(self, begin: int, end: int, text: str) -> bytes | None:
        """The file with other text there; None where that is no Python, or the same program."""
        made = self.data[:begin] + text.encode() + self.data[end:]
        try:
            tree = _parsed(made, whole=True)
        except _BROKEN:
            return None
        return made if ast.dump(tree) != self.shape else None

    def range(self, begin: int, end: int) -> Range:
        return Range(self.position(begin), self.position(end))

    def position(self, offset: int) -> Position:
        line = bisect_right(self.starts, offset) - 1
        return Position(line + 1, len(self.data[self.starts[line] : offset].decode("utf-8", "replace")) + 1)


def changed_lines(change: FileChange) -> frozenset[int]:
    """1-based lines of `after` that are new or not what they were."""
    after = (change.after or b"").split(b"\n")
    if change.before is None:
        return frozenset(range(1, len(after) + 1))
    return frozenset(n for tag, _, _, first, last in line_edits(change.before.split(b"\n"), after)
                     if tag in ("insert", "replace") for n in range(first + 1, last + 1))  # fmt: skip


def _place(node: ast.AST) -> tuple[int, int, int, int]:
    """First and last line with their columns, in bytes."""
    located: Any = node
    return located.lineno, located.col_offset, located.end_lineno, located.end_col_offset


def _parsed(data: bytes, *, whole: bool = False) -> ast.Module:
    """`whole`: also by the compiler, which refuses what the parser alone lets through."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if whole:
            compile(data, "<mutant>", "exec", dont_inherit=True)
        return ast.parse(data)
