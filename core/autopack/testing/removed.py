"""What a change takes out of the product, by the names and texts that tests use for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection

from autopack.model.changes import ChangeSet
from autopack.testing.functions import parsed, quoted

_TYPE = re.compile(rb"\b[A-Z]\w*[a-z]\w*")


def removed_names(product: ChangeSet, defined: Callable[[str, bytes], Collection[str]]) -> frozenset[str]:
    """Names of definitions (`defined` gives those of a file), of attributes, of modules that are gone or have another
    place, and texts in quotes, of other languages than Python words in capitals too (types and their variants): all that no
    changed file has any more."""
    gone: set[str] = set()
    kept: set[str] = set()
    for change in product.changes:
        for path, data, into in (
            (change.old_path or change.path, change.before, gone),
            (change.path, change.after, kept),
        ):
            if data is not None:
                into.update(
                    defined(path, data), quoted(data), _attributes(data) if path.endswith(".py") else _types(data)
                )
        if change.after is None or change.old_path:
            gone.add((change.old_path or change.path).rpartition("/")[2].partition(".")[0])
    return frozenset(gone - kept)


def _attributes(data: bytes) -> frozenset[str]:
    """Attributes that the file gives its objects and fields of its classes, those with an underscore in front left out."""
    tree = parsed(data)
    nodes = ast.walk(tree) if tree is not None else ()
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.ClassDef):
            found |= {n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}
    return frozenset(name for name in found if not name.startswith("_"))


def _types(data: bytes) -> frozenset[str]:
    return frozenset(name.decode() for name in _TYPE.findall(data))
