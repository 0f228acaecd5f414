"""Helpers of tests that take more errors than before for what they tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autopack.model.findings import Tree
from autopack.tampering.errors import Errors
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.tampering.statements import caught_by
from autopack.testcode.modules import Function, Module
from autopack.testcode.syntax import leaf


def catching_suspicions(facts: Facts) -> Iterator[Suspicion]:
    """Of Python functions in files on the tests' side that no runner collects, and that had their names before: an `except`
    that names an error of which one that was caught there is only a kind."""
    old, new = facts.old, facts.new
    ancestors = Errors((new, old)).ancestors
    for change in facts.changes.changes:
        module = new.module(change.path) if change.after is not None and facts.is_test(change.path) else None
        earlier = old.module(change.old_path or change.path)
        if module is None or earlier is None:
            continue
        for name, node in _helpers(module):
            before = earlier.definitions.get(name)
            caught = {e for h in _handlers(before) for e in _names(h)} if isinstance(before, Function) else set[str]()
            above = {e for c in caught for e in ancestors(c)} - caught
            for handler in (h for h in _handlers(node) if above.intersection(_names(h))):
                text = ast.unparse(handler).partition("\n")[0]
                why = f"{name} takes more errors for what it tells: `{text[:100]}`; it was {', '.join(sorted(caught))}"
                yield Suspicion(Kind.BROADENED, change.path, handler.lineno, Tree.CANDIDATE, "", why, "", text)


def _helpers(module: Module) -> Iterator[tuple[str, Function]]:
    for name, node in module.definitions.items():
        if isinstance(node, Function) and not node.name.startswith("test"):
            yield name, node


def _handlers(node: ast.AST) -> Iterator[ast.ExceptHandler]:
    return (n for n in ast.walk(node) if isinstance(n, ast.ExceptHandler))


def _names(handler: ast.ExceptHandler) -> list[str]:
    """Of the errors it catches; `BaseException` where it names none."""
    return [leaf(e) for e in caught_by(handler)] or ["BaseException"]
