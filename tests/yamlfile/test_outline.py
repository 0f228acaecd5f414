from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.yamlfile import Kind, Node, outline, parse
from autopack.yamlfile.inline import MAX_DEPTH
from tests.plans.test_plan_source import FULL
from tests.yamlfile.test_yamlfile import keys, trees, words


def tree(node: Node) -> Any:
    """The outline as plain data: every scalar is text, what is nothing is None."""
    if node.kind is Kind.MAP:
        return {entry.key: tree(entry.node) for entry in node.entries}
    if node.kind is Kind.LIST:
        return [tree(entry.node) for entry in node.entries]
    return node.text if node.kind is Kind.SCALAR else None


def inner(value: Any, loc: tuple[str | int, ...]) -> Any:
    for step in loc:
        value = value[step]
    return value


def same(text: str) -> None:
    """What the parser reads without a problem has the same tree and places in the outline.

    Left out: rows inside brackets that are not indented, which the parser takes and YAML 1.2 does not.
    """
    document, loose = parse(text), outline(text)
    entries = list(loose.walk())
    if document.problems or any(not entry.node.closed for _, entry in entries):
        return
    assert not any(entry.stray for _, entry in entries)
    for loc in document.ranges.locs():
        span, node = document.ranges.value(loc), loose.node(loc)
        key, entry = document.ranges.key(loc), loose.entry(loc)
        assert span is not None
        assert node is not None, loc
        if key is not None:
            assert entry is not None
            assert loose.lines.range(entry.start, entry.end) == key
        if node.kind is Kind.NOTHING:
            assert span.start == span.end, loc
            continue
        assert loose.lines.position(node.start) == span.start, loc
        if not node.entries or node.entries[-1].node.kind is not Kind.NOTHING:
            assert loose.lines.position(node.end) == span.end, loc
        value = parse(document.source(span)).value if node.kind is Kind.SCALAR and not node.style else None
        if isinstance(value, str):
            assert node.text == value
        elif node.style in ("'", '"'):
            assert node.text == inner(document.value, loc)
    assert len(entries) + 1 == len(document.ranges)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(keys, trees, min_size=1, max_size=4),
    st.sampled_from([None, True, False]),
    st.booleans(),
    st.sampled_from([2, 4]),
)
def test_outline_and_parser_agree(value: dict[str, Any], flow: bool | None, unicode: bool, indent: int) -> None:
    same(
        yaml.safe_dump(value, default_flow_style=flow, allow_unicode=unicode, sort_keys=False, width=40, indent=indent)
    )


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(keys, words, min_size=1, max_size=4), st.sampled_from(["'", '"', "|", ">"]))
def test_outline_and_parser_agree_on_quoted_and_block_text(value: dict[str, Any], style: str) -> None:
    same(yaml.safe_dump(value, default_style=style, width=40, allow_unicode=True))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(FULL)), st.text(st.sampled_from(":-[]{}#|>'\",\n 0ab/"), max_size=3), st.integers(0, 6))
def test_outline_and_parser_agree_on_edited_plans(position: int, typed: str, deleted: int) -> None:
    same(FULL[:position] + typed + FULL[position + deleted :])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_outline_and_parser_agree_on_every_kind_of_line_end(end: str) -> None:
    same(FULL.replace("\n", end))
    same("\ufeff" + FULL.replace("\n", end))
    same(f"# c{end}---{end}a: |+{end}  x{end}{end}  y{end}{end}b: >2-{end}    z{end}c: 'x{end}{end}   y'{end}...{end}z")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# only a comment", None),
        ("sco", "sco"),
        ("autopack: 1\nrun", {"autopack": "1", "run": None}),
        ("pro\nrun:\n  id: a\n", {"pro": None, "run": {"id": "a"}}),
        ("a:\n  id: x\n  sco\n  tests: {}\n", {"a": {"id": "x", "sco": None, "tests": {}}}),
        ("a:\n  sco\n  tests: {}\n", {"a": {"sco": None, "tests": {}}}),
        ("a:\n  sco\n    paths: [x]\nb: 1\n", {"a": {"sco": {"paths": ["x"]}}, "b": "1"}),
        ("a: [x, y\nb: 1\n", {"a": ["x", "y"], "b": "1"}),
        ("a: [x, {y: z, w\nb: 1\n", {"a": ["x", {"y": "z", "w": None}], "b": "1"}),
        ("a: {x: [1}\nb: 2\n", {"a": {"x": ["1"]}, "b": "2"}),
        ("a: [x: 1, y]", {"a": [{"x": "1"}, "y"]}),
        ("a: [\n  x,\n  y\nb: 1\n", {"a": ["x", "y"], "b": "1"}),
        ("a: {\n  x: 1\n  y: 2\n}\n", {"a": {"x": "1", "y": "2"}}),
        ("a: 'x\nb: 1\n", {"a": "x", "b": "1"}),
        ('a: ["x, y]\nb: 1\n', {"a": ["x, y]"], "b": "1"}),
        ('a: [\n  "x,\n  "y"\n]\n', {"a": ["x,", "y"]}),
        ("a:\n  - x\n  y\n  - z\n", {"a": ["x", "y", "z"]}),
        ("a:\n  - k: 1\n  l: 2\n  - k: 3\n", {"a": [{"k": "1"}, "l: 2", {"k": "3"}]}),
        ("a:\n- x\n-\nb: 1\n", {"a": ["x", None], "b": "1"}),
        ("a:\n    - x\n  - y\nb: 1\n", {"a": ["x", "y"], "b": "1"}),
        ("a:\n  x: 1\n   y: 2\n  z: 3\n", {"a": {"x": {"y": "2"}, "z": "3"}}),
        ("a: b: c\nd: 1\n", {"a": "b: c", "d": "1"}),
        ("a: [x] y\nb: 1\n", {"a": ["x"], "b": "1"}),
        ("a:\n\tb: 1\nc: 2\n", {"a": {"b": "1"}, "c": "2"}),
        ("a: >-\n  x\n y: 2\nb: 1\n", {"a": {"y": "2"}, "b": "1"}),
        ("a: 1\n---\nb: 2\n", {"a": "1"}),
        ("%YAML 1.2\n---\na: 1\n", {"a": "1"}),
        ("...\na: 1\n", None),
    ],
)
def test_half_typed_text_is_read_as_what_it_will_be(text: str, value: Any) -> None:
    assert tree(outline(text).root) == value


def test_entries_that_cannot_stand_where_they_stand_are_marked() -> None:
    found = outline("a:\n  x: 1\n   y: 2\n  - z\nl:\n  - k: 1\n  m: 2\n")
    assert [loc for loc, entry in found.walk() if entry.stray] == [("a", "x", "y"), ("l", 1)]


def test_comments_are_found_and_text_that_looks_like_one_is_not() -> None:
    text = "# one\na: x#y # two\nb: '# no'\nc: |\n  # no\nd: [ # three\n  1 ]\n  # four\n"
    found = outline(text)
    assert [text[start:end] for start, end in found.comments] == ["# one", "# two", "# three", "# four"]
    assert [found.comment_at(offset) for offset in range(7)] == [False, True, True, True, True, True, False]


def test_entries_and_values_are_looked_up_by_location() -> None:
    found = outline("a: [x, {b: 1}]\n")
    assert found.node(()) is found.root
    assert found.node(("a", 1, "b")).text == "1"  # type: ignore[union-attr]
    assert found.entry(("a", 0)).node.text == "x"  # type: ignore[union-attr]
    assert [found.entry(loc) for loc in [(), ("b",), ("a", 2), ("a", "x"), ("a", 0, "x")]] == [None] * 5


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=100), st.text(st.sampled_from("a:-[]{}|>'\"\t\r\n ,#+1\\"), max_size=60)))
def test_every_text_has_an_outline_whose_entries_lie_in_it(text: str) -> None:
    found = outline(text)
    for loc, entry in found.walk():
        assert 0 <= entry.start <= entry.end <= len(text)
        assert 0 <= entry.node.start <= entry.node.end <= len(text)
        assert entry.mark == -1 or entry.end <= entry.mark <= entry.node.start
        if entry.mark >= 0 or isinstance(loc[-1], int):
            assert found.entry(loc) is entry or [k for k, _ in found.walk()].count(loc) > 1
    assert all(text[start] == "#" for start, _ in found.comments)


HOSTILE = [
    "[\n",
    '"a\n',
    "\"a\n '",
    "- ",
    "a:\n",
    "[{",
    'a: "b\n',
    "a: |\n",
    "'",
    "{a: [b: {c: \n",
    "a\n b:\n",
    "- \n ",
    "# ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_cost_grows_with_the_length_alone(piece: str) -> None:
    def cost(size: int) -> float:
        text = piece * (size // len(piece))
        best = float("inf")
        for _ in range(3):
            begin = time.process_time()
            outline(text)
            best = min(best, time.process_time() - begin)
        return best

    assert cost(160_000) < 40 * cost(20_000) + 0.01


def test_depth_is_bounded() -> None:
    assert max(len(loc) for loc, _ in outline("- " * 1000 + "x").walk()) <= MAX_DEPTH + 1
    assert max(len(loc) for loc, _ in outline("[" * 1000).walk()) <= MAX_DEPTH + 1
    deep = "\n".join(" " * level + "a:" for level in range(1000))
    assert max(len(loc) for loc, _ in outline(deep).walk()) <= MAX_DEPTH + 1
