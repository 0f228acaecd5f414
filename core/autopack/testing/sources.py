"""The texts of both trees of a change, to say where a test stands and which lines were changed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from autopack.model.changes import ChangeSet, FileChange
from autopack.model.findings import Range, Tree
from autopack.testing.functions import functions, parsed
from autopack.testing.ids import function_of
from autopack.testing.invocation import file_part
from autopack.testing.lines import changed_runs, is_python

Read = Callable[[str], bytes | None]
"""A file of a tree, None where it holds none."""


def _nothing(_: str) -> bytes | None:
    return None


@dataclass(frozen=True)
class Sources:
    """`base` and `candidate` read the trees; each file is read and parsed once."""

    changes: ChangeSet = field(default_factory=lambda: ChangeSet("", ()))
    base: Read = _nothing
    candidate: Read = _nothing
    _texts: dict[tuple[Tree, str], bytes | None] = field(default_factory=dict[tuple[Tree, str], bytes | None])
    _lines: dict[tuple[Tree, str], dict[str, int]] = field(default_factory=dict[tuple[Tree, str], dict[str, int]])

    def text(self, path: str, tree: Tree = Tree.CANDIDATE) -> bytes | None:
        key = tree, path
        if key not in self._texts:
            self._texts[key] = (self.base if tree is Tree.BASE else self.candidate)(path)
        return self._texts[key]

    def test_line(self, test: str, tree: Tree = Tree.CANDIDATE) -> Range | None:
        """The line where a test, or the class it belongs to, is defined in the tree; None where that cannot be told."""
        path, _, place = function_of(test).partition("::")
        text = self.text(path, tree) if place else None
        if text is None:
            return None
        if not is_python(path, text):
            line = _quoting(text, test.rpartition("::")[2])
        else:
            key = tree, path
            if key not in self._lines:
                self._lines[key] = dict(_definitions(text))
            line = self._lines[key].get(place) or self._lines[key].get(place.rpartition("::")[0], 0)
        return Range.of_line(line) if line else None

    def module_file(self, module: str) -> str:
        """The candidate's own file of a module, "" where it is not at one of the usual places."""
        tail = module.replace(".", "/")
        named = (f"{root}{tail}{end}" for root in ("", "src/", "lib/", "python/") for end in (".py", "/__init__.py"))
        return next((path for path in named if self.text(path) is not None), "")

    def naming(self, path: str, word: str) -> Range | None:
        """The first line of the candidate's file that holds the word."""
        line = _quoting(self.text(path) or b"", word)
        return Range.of_line(line) if line else None

    def change(self, path: str) -> FileChange | None:
        return next((change for change in self.changes.changes if change.path == path), None)

    def changed(self, path: str) -> tuple[tuple[int, int], ...]:
        """The runs of the candidate's lines that the change adds or alters; for what it takes out, the next line."""
        change = self.change(path)
        return tuple(changed_runs(change)) if change is not None else ()

    def first_changed(self, path: str) -> Range | None:
        runs = self.changed(path)
        return Range.of_lines(*runs[0]) if runs else None


def test_file(test: str) -> str:
    """The path of a test, "" for an id that names no file."""
    return file_part(test) if "::" in test else ""


def _definitions(text: bytes) -> Iterator[tuple[str, int]]:
    yield from ((place, node.lineno) for place, node in functions(text).items())
    tree = parsed(text)
    stack: list[tuple[str, ast.stmt]] = [("", node) for node in tree.body] if tree is not None else []
    while stack:
        prefix, node = stack.pop()
        if isinstance(node, ast.ClassDef):
            yield f"{prefix}{node.name}", node.lineno
            stack += [(f"{prefix}{node.name}::", inner) for inner in node.body]


def _quoting(text: bytes, name: str) -> int:
    """The first line that holds the name of the test, as other languages than Python write it; 0 for none."""
    wanted = name.encode("utf-8", "replace")
    lines = text.split(b"\n") if len(wanted) > 2 else ()
    return next((number for number, line in enumerate(lines, 1) if wanted in line), 0)
