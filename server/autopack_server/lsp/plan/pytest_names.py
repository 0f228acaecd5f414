"""Test names: the tests that pytest would find in a file by its rules of naming, read from its syntax tree alone."""

from __future__ import annotations

import ast
import os
import stat
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 1024 * 1024
MAX_FILES = 512
FILE_NAME = "autopack-test-names"
"""What warnings about the syntax of a file call it; they are the file's own business."""


@dataclass(frozen=True, slots=True)
class NamedTest:
    """`name` stands behind the file's `::`, as in `TestC::test_d`; `says` is the first line of its docstring."""

    name: str
    line: int
    says: str = ""


class PytestNames:
    """Reads the files of one checkout, each again only when its time or size changes."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._kept: OrderedDict[str, tuple[tuple[int, int], tuple[NamedTest, ...]]] = OrderedDict()

    def of(self, path: str) -> tuple[NamedTest, ...]:
        """The tests of a tracked file, in its order; none where it cannot be read or parsed, or lies behind a link."""
        file = self._root / path
        try:
            state = file.lstat()
            if not stat.S_ISREG(state.st_mode) or state.st_size > MAX_BYTES or not self._inside(file):
                return ()
            key = (state.st_mtime_ns, state.st_size)
            kept = self._kept.get(path)
            if kept is None or kept[0] != key:
                kept = (key, _read(file))
                self._kept[path] = kept
            self._kept.move_to_end(path)
        except (OSError, KeyError):
            return ()
        while len(self._kept) > MAX_FILES:
            self._kept.popitem(last=False)
        return kept[1]

    def _inside(self, file: Path) -> bool:
        """Whether no folder on the way is a link out of the checkout."""
        return Path(os.path.realpath(file)).is_relative_to(os.path.realpath(self._root))


def _read(file: Path) -> tuple[NamedTest, ...]:
    data = file.read_bytes()
    try:
        tree = ast.parse(data, FILE_NAME)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(_tests(tree.body, ""))


def _tests(body: list[ast.stmt], prefix: str) -> list[NamedTest]:
    found: list[NamedTest] = []
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
            found.append(NamedTest(f"{prefix}{node.name}", node.lineno, _says(node)))
        elif isinstance(node, ast.ClassDef) and (node.name.startswith("Test") or _is_unittest(node)):
            found += _tests(node.body, f"{prefix}{node.name}::")
    return found


def _is_unittest(node: ast.ClassDef) -> bool:
    names = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases]
    return any(name.endswith("TestCase") for name in names)


def _says(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    text = ast.get_docstring(node) or ""
    return text.strip().split("\n", 1)[0]
