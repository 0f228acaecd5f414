"""Doctests that go on in another file: the same examples, of the same thing or under another name."""

from __future__ import annotations

import ast
import doctest
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from autopack.model.changes import ChangeSet
from autopack.testing.functions import Function, parsed

Examples = tuple[tuple[str, str], ...]
"""(source, wanted output) of each, in their order."""


def moved_doctests(gone: Collection[str], fresh: Collection[str], changes: ChangeSet) -> dict[str, str]:
    """Which of the `fresh` doctests stands for each of the `gone` ones that has one. An id is `path::name`, the name
    dotted from the module on, or that of a text file. Of several with the same examples the one that kept its own name
    counts, else the only one that is left."""
    before = {c.old_path or c.path: c.before for c in changes.changes if c.before is not None}
    after = {c.path: c.after for c in changes.changes if c.after is not None}
    olds, news = _by_examples(gone, before), _by_examples(fresh, after)
    pairs: dict[str, str] = {}
    for examples, tests in olds.items():
        others = news.get(examples, [])
        was, now = _by_own_name(tests), _by_own_name(others)
        pairs.update({test: now[name] for name, test in was.items() if name in now})
        left, free = [t for t in tests if t not in pairs], [o for o in others if o not in pairs.values()]
        if len(left) == len(free) == 1:
            pairs[left[0]] = free[0]
    return pairs


def _by_examples(tests: Collection[str], files: Mapping[str, bytes]) -> dict[Examples, list[str]]:
    found = defaultdict[Examples, list[str]](list)
    for test in sorted(tests):
        examples = _examples(test, files)
        if examples:
            found[examples].append(test)
    return found


def _by_own_name(tests: Collection[str]) -> dict[str, str]:
    """Those whose name no other has."""
    names = Counter(map(_own_name, tests))
    return {_own_name(test): test for test in tests if names[_own_name(test)] == 1}


def _own_name(test: str) -> str:
    """What a doctest is called within its file: "" for that of a module or a text."""
    path, _, name = test.partition("::")
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    for count in range(len(parts), 0, -1):
        module = ".".join(parts[-count:])
        if name == module or name.startswith(f"{module}."):
            return name[len(module) + 1 :]
    return "" if name == path.rpartition("/")[2] else name


def _examples(test: str, files: Mapping[str, bytes]) -> Examples:
    path = test.partition("::")[0]
    data = files.get(path)
    if data is None or b">>>" not in data:
        return ()
    text = _docstring(data, _own_name(test)) if path.endswith(".py") else data.decode("utf-8", "replace")
    try:
        return tuple((e.source, e.want) for e in doctest.DocTestParser().get_examples(text))
    except ValueError:
        return ()


def _docstring(data: bytes, name: str) -> str:
    node: ast.AST | None = parsed(data)
    for part in name.split(".") if name else ():
        inner = getattr(node, "body", ())
        node = next((n for n in inner if isinstance(n, Function | ast.ClassDef) and n.name == part), None)
    documented = isinstance(node, Function | ast.ClassDef | ast.Module)
    return (ast.get_docstring(node) or "") if documented else ""
