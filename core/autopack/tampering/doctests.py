"""Examples in docstrings and in texts that are run as tests."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator

from autopack.model.findings import Tree
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.testcode.modules import Function

_SETTINGS = ("pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini", ".pytest.ini", "pytest.toml")


def doctest_suspicions(facts: Facts) -> Iterator[Suspicion]:
    """An example whose answer is another now, or that is gone: of texts on the tests' side, and of docstrings where the
    settings of the base run them. Of the product's own documentation it is only told: it changes with what it documents,
    and its examples are run."""
    run = any(b"doctest" in (facts.base(name) or b"") for name in _SETTINGS)
    for change in facts.changes.changes:
        path = change.old_path or change.path
        of = (
            _of_python if path.endswith(".py") and run else _of_text if _is_text(path) and facts.is_test(path) else None
        )
        if of is None or change.before is None or change.after is None:
            continue
        before, after = dict(of(change.before)), dict(of(change.after))
        names = {name for name, _ in after} | _defined(change.after) | {""}
        for (name, source), (answer, line) in before.items():
            now = after.get((name, source))
            what = f"{name or path}::{source.strip()}"
            if now is not None and now[0] != answer:
                said, was = now[0].strip()[:60], answer.strip()[:60]
                text = f"The example `{source.strip()[:80]}` answers `{said}`; it was `{was}`"
                yield Suspicion(Kind.REPLACED, change.path, now[1], Tree.CANDIDATE, what, text, answer, now[0],
                                sure=facts.is_test(change.path))  # fmt: skip
            elif now is None and name in names:
                text = f"The example `{source.strip()[:80]}` is gone"
                yield Suspicion(Kind.REMOVED, path, line, Tree.BASE, what, text, f"{source}{answer}",
                                sure=facts.is_test(path))  # fmt: skip


def _is_text(path: str) -> bool:
    return path.endswith((".txt", ".rst", ".md"))


def _of_python(data: bytes) -> Iterator[tuple[tuple[str, str], tuple[str, int]]]:
    """By the name of what is documented and the source: the answer, and the line it stands at."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if not isinstance(node, Function | ast.ClassDef | ast.Module):
            continue
        text = ast.get_docstring(node, clean=False)
        if text:
            yield from _examples("" if isinstance(node, ast.Module) else node.name, text, node.body[0].lineno)


def _of_text(data: bytes) -> Iterator[tuple[tuple[str, str], tuple[str, int]]]:
    """As of Python, all under the name ""."""
    return _examples("", data.decode("utf-8", "replace"), 1)


def _examples(name: str, text: str, first: int) -> Iterator[tuple[tuple[str, str], tuple[str, int]]]:
    """Of a text that begins at this line."""
    if ">>>" not in text:
        return
    try:
        found = doctest.DocTestParser().get_examples(text)
    except ValueError:
        return
    for example in found:
        lines = example.source.count("\n")
        yield (name, example.source), (example.want, first + example.lineno + (lines if example.want else 0))


def _defined(data: bytes) -> set[str]:
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {node.name for node in ast.walk(tree) if isinstance(node, Function | ast.ClassDef)}
