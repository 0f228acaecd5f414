from __future__ import annotations

import pytest

from autopack.model.findings import Finding, Position, Range, Tree
from autopack.model.rules import finding
from autopack_server.lsp.findings.line_map import LineMaps
from autopack_server.lsp.findings.place import FileTexts, Place, user_place
from autopack_server.lsp.findings.text import Text
from tests.lsp.findings.fakes import error, span

BASE = "import os\n\ndef f():\n    return 1\n\ndef g():\n    return 2  \n"


def at(found: Finding, base: str | None = BASE, candidate: str | None = BASE, user: str | None = BASE) -> Place | None:
    texts = [Text(text) if text is not None else None for text in (base, candidate, user)]
    return user_place(found, FileTexts(*texts), LineMaps())


def on(line: int, start: int = 0, end: int = 0, tree: Tree = Tree.CANDIDATE) -> Finding:
    where = span(line, start, end) if start else Range.of_line(line)
    return finding("AP401", "m", path="a.py", range=where, tree=tree)


def test_an_unchanged_line_keeps_its_columns() -> None:
    assert at(on(4, 5, 11)) == Place(span(4, 5, 11))
    moved = at(on(6, 5, 11), candidate="# new\n# new\n" + BASE, user=BASE.replace("import os", "import os\nimport re"))
    assert moved == Place(span(5, 5, 11))


def test_a_finding_on_a_whole_line_leaves_out_its_indentation() -> None:
    assert at(on(7)) == Place(span(7, 5, 13))
    assert at(on(7, 5, 40)) == Place(span(7, 5, 15))
    assert at(on(7, 30, 40)) == Place(span(7, 5, 13))
    assert at(on(2)) == Place(span(2, 1, 1))


def test_a_line_the_candidate_changed_or_added_goes_to_its_hunk() -> None:
    changed = BASE.replace("return 1", "return 10\n    # why")
    assert at(on(4, 5, 11), candidate=changed) == Place(span(4, 5, 13), in_change=True)
    assert at(on(5), candidate=changed) == Place(span(4, 5, 13), in_change=True)
    assert at(on(1), candidate="# first\n" + BASE) == Place(span(1, 1, 10), in_change=True)


def test_a_line_that_is_gone_from_the_users_text_has_no_place() -> None:
    assert at(on(4), user=BASE.replace("    return 1\n", "")) is None
    changed = BASE.replace("return 1", "return 10")
    assert at(on(4), candidate=changed, user=changed) is None


@pytest.mark.parametrize("missing", ["base", "candidate", "user"])
def test_without_a_version_there_is_no_place(missing: str) -> None:
    assert at(on(4), **{missing: None}) is None


@pytest.mark.parametrize("line", [0, 9, 100])
def test_a_line_its_text_does_not_have_has_no_place(line: int) -> None:
    assert at(on(line)) is None
    assert at(on(line, tree=Tree.BASE)) is None
    assert at(on(line, tree=Tree.USER)) is None


def test_the_tree_says_where_to_begin() -> None:
    candidate = "# new\n" + BASE
    assert at(on(4, tree=Tree.BASE), candidate=candidate) == Place(span(4, 5, 13))
    assert at(on(4, tree=Tree.BASE), candidate=None) == Place(span(4, 5, 13))
    assert at(on(4, tree=Tree.USER), base=None, candidate=None) == Place(span(4, 5, 13))
    assert at(on(4, tree=Tree.PLAN)) is None


def test_a_finding_about_the_whole_file_stands_at_its_beginning() -> None:
    assert at(error("m", "a.py"), base=None, candidate=None) == Place(span(1, 1, 10))
    assert at(error("m", "a.py"), user=None) is None


def test_lines_are_shown_as_far_as_both_texts_have_them() -> None:
    lines = finding("AP304", "m", path="a.py", range=Range.of_lines(3, 4))
    assert at(lines) == Place(Range(Position(3, 1), Position(4, 13)))
    candidate = BASE.replace("return 1", "return 9")
    assert at(lines, candidate=candidate) == Place(span(3, 1, 9))
    assert at(lines, user=BASE.replace("def f():\n", "def f():\n    # mine\n")) == Place(
        Range(Position(3, 1), Position(5, 13))
    )
    assert at(lines, user=BASE.replace("    return 1\n", "")) == Place(span(3, 1, 9))
    to_the_end = finding("AP304", "m", path="a.py", range=Range(Position(6, 1), Position(99, 9)))
    assert at(to_the_end) == Place(Range(Position(6, 1), Position(8, 1)))


def test_line_ends_and_byte_order_mark_are_no_difference() -> None:
    user = "\ufeff" + BASE.replace("\n", "\r\n")
    assert at(on(1, 1, 7), user=user) == Place(span(1, 1, 7))
    assert at(on(4, 5, 11), user=user) == Place(span(4, 5, 11))
    shown = BASE.replace("import os", "import os\x0c").replace("return 1", "return 1 # \u2028")
    assert at(on(6), base=shown, candidate=shown, user=shown) == Place(span(6, 1, 9))
