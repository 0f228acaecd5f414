"""Added code in languages whose comments are told by their marks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.changes import ChangeKind, FileChange
from autopack.testing.marked import added_code_lines, loads, own_languages


def created(path: str, text: str) -> FileChange:
    return FileChange(path, ChangeKind.CREATED, None, text.encode(), None, 0o100644)


CODE = {
    "comments": ("a.js", "// c\n\n/* a\n * b\n */\n/** d */\n", set()),
    "code beside a comment": ("a.ts", "f(); // c\n/* d */ g();\n", {1, 2}),
    "a mark in a text": ("a.js", "let x = '/*';\nlet y = 1;\n", {1, 2}),
    "a mark in a template": ("a.js", "let x = `\n// no comment\n`;\n", {1, 2, 3}),
    "a mark in a regular expression": ("a.js", "const r = /[/*]/;\nf();\n", {1, 2}),
    "a comment within a comment": ("a.rs", "/* a\n * /* b */\n * c\n */\nfn f() {}\n", {5}),
    "a text over lines": ("a.rs", 'let x = "\n// no comment\n";\n', {1, 2, 3}),
    "a text block": ("A.java", 'String s = """\n    // no comment\n    """;\n', {1, 2, 3}),
    "a pointer": ("a.go", "*p = 1\n// c\n", {1}),
    "prose without marks counts": ("a.go", "/*\nsome words\n*/\n", {2}),
    "an escaped quote": ("a.js", "f('\\'', 1); // c\n// d\n", {1}),
}


@pytest.mark.parametrize("name", CODE)
def test_added_code_lines(name):
    path, text, expected = CODE[name]
    assert added_code_lines(created(path, text)) == expected


def test_only_what_was_added_counts():
    change = FileChange("a.js", ChangeKind.MODIFIED, b"f();\n", b"// c\nf();\ng();\n", 0o100644, 0o100644)
    assert added_code_lines(change) == {3}
    assert added_code_lines(FileChange("a.js", ChangeKind.DELETED, b"f();\n", None, 0o100644, None)) == frozenset()


@given(st.text(alphabet="/*\"'`\\\n ax", max_size=60), st.sampled_from(["a.js", "a.rs", "A.java", "a.go"]))
@settings(max_examples=200)
def test_any_text_has_its_code_within_it(text, path):
    """A line that begins with a letter is code wherever it stands; blank ones never are."""
    found, lines = added_code_lines(created(path, text)), text.split("\n")
    assert all(lines[n - 1].strip() for n in found)
    assert {n for n, line in enumerate(lines, 1) if line.strip()[:1] in ("a", "x")} <= found


def test_which_runner_loads_what():
    assert loads("vitest", "src/a.tsx") and loads("jest", "a.vue") and loads("gradle", "src/A.kt")
    assert loads("go", "a.go") and loads("cargo", "src/a.rs") and loads("maven", "A.java")
    assert not loads("go", "a.js") and not loads("jest", "a.py") and not loads("pytest", "a.js")
    assert own_languages("go") and not own_languages("pytest") and not own_languages("command")
