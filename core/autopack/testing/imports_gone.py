"""A test file of the base without imports of what the change takes away: its other tests can still be asked."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from autopack.model.test_report import Failure
from autopack.testing.functions import parsed

_MISSING = re.compile(r"NameError: name '(\w+)' is not defined")


class Repaired(NamedTuple):
    """A file without some of its imports, and the names that they would have bound in it."""

    data: bytes
    names: frozenset[str]

    def misses(self, failure: Failure | None) -> bool:
        """Whether a test failed for want of one of these names: then it says nothing about the code."""
        found = _MISSING.search(failure.message) if failure is not None else None
        return found is not None and found[1] in self.names


def without_imports(
    data: bytes, gone: Collection[str], now: Iterable[bytes] = (), product: Collection[str] = ()
) -> Repaired | None:
    """The file with each import of a name or module in `gone` left out, every other line at its number; None where there is
    none, or where one shares its line with another statement. A name that tests import `now` from one of the `product`
    files, where it has moved to, is imported from there; a test that uses another fails when it comes to it."""
    tree = parsed(data)
    if tree is None:
        return None
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        lines = data.decode(encoding).split("\n")
    except (SyntaxError, UnicodeDecodeError):
        return None
    edits = list(_edits(tree, frozenset(gone), _moved(now, product)))
    for node, text, _ in edits:
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset or 0 :].strip()
        if head.strip() or not (tail == "" or tail.startswith("#")):
            return None
        lines[first : last + 1] = [head + text, *[""] * (last - first)]
    names = frozenset(name for _, _, lost in edits for name in lost)
    return Repaired("\n".join(lines).encode(encoding), names) if edits else None


def _moved(now: Iterable[bytes], product: Collection[str]) -> dict[str, str]:
    """Statements by which these files import a name from the product's, by the name it has then."""
    stems = [f"/{path.removesuffix('.py').removesuffix('/__init__')}" for path in product if path.endswith(".py")]
    found: dict[str, str] = {}
    for node in (node for tree in map(parsed, now) if tree is not None for node in tree.body):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            place = "/" + node.module.replace(".", "/")
            if any(stem.endswith(place) for stem in stems):
                for alias in node.names:
                    found[alias.asname or alias.name] = ast.unparse(ast.ImportFrom(node.module, [alias], 0))
    return found


def _edits(
    tree: ast.Module, gone: frozenset[str], moved: Mapping[str, str]
) -> Iterator[tuple[ast.Import | ast.ImportFrom, str, frozenset[str]]]:
    """Imports that change, with what stands there instead and the names that it no longer binds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            whole = bool(gone.intersection((node.module or "").split(".")))
            kept = [] if whole else [alias for alias in node.names if alias.name not in gone]
        elif isinstance(node, ast.Import):
            kept = [alias for alias in node.names if gone.isdisjoint(alias.name.split("."))]
        else:
            continue
        if len(kept) < len(node.names):
            lost = frozenset((a.asname or a.name).partition(".")[0] for a in node.names if a not in kept)
            if "*" in lost:
                lost = gone.intersection(n.id for n in ast.walk(tree) if isinstance(n, ast.Name))
            node.names = kept
            parts = [
                *([ast.unparse(node)] if kept else []),
                *dict.fromkeys(moved[name] for name in sorted(lost) if name in moved),
            ]
            yield node, "; ".join(parts) or "pass", lost - moved.keys()
