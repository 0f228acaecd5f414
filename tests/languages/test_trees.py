"""Whole syntax trees out of the child process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autopack.languages import Node, put, taken_trees
from autopack.languages.reading import rows_by_grammar
from autopack.languages.trees import MOST_DEPTH, tree_of_rows

TEXT = b"""\
import { a } from './a';

// words
const f = async (x) => {
  if (x !== 1) return `n${x}`;
};
"""


def read(folder: Path, files: list[tuple[str, bytes]]) -> dict[int, Node]:
    put(folder, files, trees=True)
    argv = [sys.executable, "-m", "autopack.languages.child", str(folder)]
    return taken_trees(subprocess.run(argv, capture_output=True, check=True).stdout)


def test_nodes_have_their_places_fields_and_words(tmp_path: Path) -> None:
    tree = read(tmp_path, [("a.ts", TEXT), ("b.txt", b"words"), ("c.js", b"f(")])[0]
    assert (tree.type, tree.line, tree.end_line) == ("program", 1, 7)
    source = tree.children[0].get("source")
    assert source is not None and source.children[0].text == "./a"
    binary = next(node for node in tree.walk() if node.type == "binary_expression")
    sign, left = binary.get("operator"), binary.get("left")
    assert sign is not None and left is not None and (sign.text, left.text, binary.line) == ("!==", "x", 5)
    arrow = next(node for node in tree.walk() if node.type == "arrow_function")
    assert arrow.children[0].type == "async"


def test_what_has_no_tree(tmp_path: Path) -> None:
    deep = b"f(" * MOST_DEPTH + b")" * MOST_DEPTH
    assert set(read(tmp_path, [("a.txt", b"words"), ("b.js", deep), ("c.js", b"f(")])) == {2}
    assert rows_by_grammar("a.txt", b"words") == []


@pytest.mark.parametrize("row", ["[5, '', 'x', 1, 1, '']", "[-1, '', 'x', 1, 1, '']", "['a']", "7"])
def test_output_that_is_no_tree_is_none(row: str) -> None:
    rows = [[-1, "", "program", 1, 1, ""], json.loads(row.replace("'", '"'))]
    line = json.dumps(["0", rows])
    good = json.dumps(["1", rows[:1]])
    assert set(taken_trees(f"{line}\n{good}\n{good[:-3]}\nno json".encode())) == {1}
    assert tree_of_rows([]) is None
