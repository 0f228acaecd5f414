"""Edits that change nothing but form are never suspicious."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from tests.tampering.edits import rewritten
from tests.testcode.tampering.corpus import load

FILES = sorted({
    text for case in load("cases") for path, text in case.base.items()
    if path.rpartition("/")[2].startswith("test_") and path.endswith(".py")
})  # fmt: skip


@given(st.sampled_from(FILES), st.randoms(use_true_random=False))
def test_spelling_order_of_imports_and_names_of_locals_do_not_count(text: str, chance: random.Random) -> None:
    tree = ast.parse(text)
    _renamed(tree, chance)
    imports = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    rest = [n for n in tree.body if n not in imports]
    chance.shuffle(imports)
    tree.body = [*imports, *rest]
    assert not rewritten(text, ast.unparse(tree))


def _renamed(tree: ast.Module, chance: random.Random) -> None:
    """Give locals of functions other names: those that are only ever names in it."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        inner = list(ast.walk(node))
        names = {n.id for n in inner if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        keywords = {n.arg for n in inner if isinstance(n, ast.keyword | ast.arg)}
        taken = {n.id for n in inner if isinstance(n, ast.Name)}
        foreign = {name for n in node.body for name in _declared(n)}
        fresh = {name: f"{name}_{chance.randrange(9)}x" for name in sorted(names - keywords - foreign)}
        if taken & set(fresh.values()):
            continue
        for part in inner:
            if isinstance(part, ast.Name) and part.id in fresh:
                part.id = fresh[part.id]
            elif isinstance(part, ast.Nonlocal):
                part.names = [fresh.get(name, name) for name in part.names]


def _declared(node: ast.AST) -> Iterator[str]:
    """Names that a function declares as another scope's, and those its nested functions call global."""
    if isinstance(node, ast.Nonlocal | ast.Global):
        yield from node.names
    nested = isinstance(node, ast.FunctionDef)
    for child in ast.iter_child_nodes(node):
        if not (nested and isinstance(child, ast.Nonlocal)):
            yield from _declared(child)
