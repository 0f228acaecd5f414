"""A test file of the base without imports of what the change takes away: its other tests can still be asked."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Collection, Iterator

from autopack.testing.functions import parsed


def without_imports(data: bytes, gone: Collection[str]) -> bytes | None:
    """The file with each import of a name or module in `gone` left out, every other line at its number; None where there is
    none, or where one shares its line with another statement. A test that uses such a name fails when it comes to it."""
    tree = parsed(data)
    if tree is None:
        return None
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        lines = data.decode(encoding).split("\n")
    except (SyntaxError, UnicodeDecodeError):
        return None
    edits = list(_edits(tree, frozenset(gone)))
    for node, text in edits:
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset or 0 :].strip()
        if head.strip() or not (tail == "" or tail.startswith("#")):
            return None
        lines[first : last + 1] = [head + text, *[""] * (last - first)]
    return "\n".join(lines).encode(encoding) if edits else None


def _edits(tree: ast.Module, gone: frozenset[str]) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    """Imports that change, with what stands there instead."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            lost = bool(gone.intersection((node.module or "").split(".")))
            kept = [] if lost else [alias for alias in node.names if alias.name not in gone]
        elif isinstance(node, ast.Import):
            kept = [alias for alias in node.names if gone.isdisjoint(alias.name.split("."))]
        else:
            continue
        if len(kept) < len(node.names):
            node.names = kept
            yield node, ast.unparse(node) if kept else "pass"
