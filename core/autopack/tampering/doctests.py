"""Examples in docstrings that are run as tests."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator

from autopack.model.findings import Tree
from autopack.tampering.facts import Facts, Kind, Read, Suspicion
from autopack.testcode.modules import Function

_SETTINGS = ("pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini", ".pytest.ini", "pytest.toml")


def doctest_suspicions(facts: Facts) -> Iterator[Suspicion]:
    """Where the settings of the base run docstrings: an example whose answer is another now, or that is gone. Of the
    product's own documentation it is only told: it changes with what it documents, and its examples are run."""
    if not any(b"doctest" in (facts.base(name) or b"") for name in _SETTINGS):
        return
    for change in facts.changes.changes:
        path = change.old_path or change.path
        if not path.endswith(".py") or change.before is None or change.after is None:
            continue
        before, after = dict(_examples(path, facts.base)), dict(_examples(change.path, facts.candidate))
        names = {name for name, _ in after}
        for (name, source), (answer, line) in before.items():
            now = after.get((name, source))
            what = f"{name}::{source.strip()}"
            if now is not None and now[0] != answer:
                said, was = now[0].strip()[:60], answer.strip()[:60]
                text = f"The example `{source.strip()[:80]}` answers `{said}`; it was `{was}`"
                yield Suspicion(Kind.REPLACED, change.path, now[1], Tree.CANDIDATE, what, text, answer, now[0],
                                sure=facts.is_test(change.path))  # fmt: skip
            elif now is None and name in names | _defined(change.after):
                text = f"The example `{source.strip()[:80]}` is gone"
                yield Suspicion(Kind.REMOVED, path, line, Tree.BASE, what, text, f"{source}{answer}",
                                sure=facts.is_test(path))  # fmt: skip


def _examples(path: str, read: Read) -> Iterator[tuple[tuple[str, str], tuple[str, int]]]:
    """By the name of what is documented and the source: the answer, and the line it stands at."""
    try:
        tree = ast.parse(read(path) or b"")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if not isinstance(node, Function | ast.ClassDef | ast.Module):
            continue
        text = ast.get_docstring(node, clean=False)
        if not text or ">>>" not in text:
            continue
        name = "" if isinstance(node, ast.Module) else node.name
        first = node.body[0].lineno
        try:
            found = doctest.DocTestParser().get_examples(text)
        except ValueError:
            continue
        for example in found:
            lines = example.source.count("\n")
            yield (name, example.source), (example.want, first + example.lineno + (lines if example.want else 0))


def _defined(data: bytes) -> set[str]:
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {node.name for node in ast.walk(tree) if isinstance(node, Function | ast.ClassDef)}
