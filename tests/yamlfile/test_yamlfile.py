from __future__ import annotations

import math
import string
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.findings import Position
from autopack.yamlfile import MAX_BYTES, Document, parse, parse_bytes
from autopack.yamlfile.compose import MAX_DEPTH, MAX_NODES


def at(document: Document, number: int = 0) -> tuple[int, int]:
    start = document.problems[number].range.start
    return start.line, start.column


def test_every_key_and_value_has_its_range() -> None:
    document = parse('a: 1\nb:\n  - x\n  - {c: "y z"}\n')
    assert document.value == {"a": 1, "b": ["x", {"c": "y z"}]}
    assert document.ranges.key(("b", 1, "c")) is not None
    assert document.source(document.ranges.key(("b", 1, "c"))) == "c"  # type: ignore[arg-type]
    assert document.source(document.ranges.value(("b", 1, "c"))) == '"y z"'  # type: ignore[arg-type]
    assert document.ranges.value(("b", 0)).start == Position(3, 5)  # type: ignore[union-attr]
    assert document.ranges.key(("b", 0)) is None
    assert document.ranges.value(("nowhere",)) is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_break_as_in_editors(end: str) -> None:
    document = parse(f"é: ü𝄞{end}b: |{end}  x{end}  y{end}{end}c: z{end}")
    assert document.ranges.value(("é",)).end == Position(1, 6)  # type: ignore[union-attr]
    assert document.ranges.key(("c",)).start == Position(6, 1)  # type: ignore[union-attr]
    assert document.ranges.value(("b",)).end == Position(4, 4)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), ("~", None), ("", None), ("true", True), ("FALSE", False), ("0x1F", 31), ("-7", -7), ("+7", 7),
        ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("2024-01-01", "2024-01-01"), ("nul", "nul"),
        ("1.2.3", "1.2.3"), ("0", 0),
        ("'012'", "012"), ('"no"', "no"), ("-.inf", -math.inf), ("a_b", "a_b"), ("-", None),
    ],
)  # fmt: skip
def test_plain_scalars_are_yaml_1_2(text: str, value: Any) -> None:
    document = parse(f"k: {text}\n" if text != "-" else "k:\n")
    assert document.problems == ()
    assert document.value == {"k": value}
    assert type(document.value["k"]) is type(value)


@pytest.mark.parametrize(
    ("text", "value", "advice"),
    [
        ("no", "no", "write false"), ("YES", "YES", "write true"), ("off", "off", '"off"'), ("012", 12, "write 12"),
        ("12:30:00", "12:30:00", '"12:30:00"'), ("1_000", "1_000", "write 1000"), ("0b11", "0b11", "decimal"),
        ("0o17", 15, "decimal"), ("08", 8, "write 8"),
    ],
)  # fmt: skip
def test_what_yaml_1_1_reads_differently_is_told_and_read_as_1_2(text: str, value: Any, advice: str) -> None:
    document = parse(f"a: x\nk: {text}\n")
    assert document.value["k"] == value
    (problem,) = document.problems
    assert advice in problem.message
    assert document.source(problem.range) == text
    assert at(document) == (2, 4)


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("", (1, 1), "empty"),
        ("# only a comment\n", (1, 1), "empty"),
        ("a: 1\nb: 2\na: 3\n", (3, 1), "a second time (first in line 1)"),
        ("a:\n\tb: 1\n", (2, 1), "tab"),
        ("a:\n  b: 1\n\tc: 2\n", (3, 1), "tab"),
        ("a: 1\n---\nb: 2\n", (2, 1), "second document"),
        ("a: &x 1\nb: *x\n", (1, 4), "anchors (`&x`)"),
        ("a: *x\n", (1, 4), "aliases (`*x`)"),
        ("a: &a {b: *a}\n", (1, 4), "anchors"),
        ("a: !!python/object/apply:os.system ['x']\n", (1, 4), "tags"),
        ("a: {<<: {b: 1}}\n", (1, 5), "merge keys"),
        ("? [a]\n: 1\n", (1, 3), "a key must be text"),
        ("1: 2\n", (1, 1), "`1` is not text"),
        ("%YAML 1.1\n---\na: 1\n", (1, 1), "YAML 1.1"),
        ("a: b: c\n", (1, 5), "not YAML"),
        ("a: [1\nb: 2\n", (2, 2), "not YAML"),
        ("a: 'x\n", (2, 1), "not YAML"),
        ("a: x\u2028b: 1\n", (1, 5), "U+2028"),
        ("a: x\u202eb\n", (1, 5), "U+202E"),
        ("a: \x07\n", (1, 4), "U+0007"),
        ('a: "\\0"\n', (1, 4), "NUL"),
        (f"a: {'9' * 40}\n", (1, 4), "digits"),
        ("\ud800", (1, 1), "U+D800"),
    ],
)
def test_bad_content_is_located(text: str, where: tuple[int, int], words: str) -> None:
    document = parse(text)
    assert words in str(document.problems[0])
    assert at(document) == where


def test_a_second_value_of_a_key_is_not_taken_and_leaves_no_ranges() -> None:
    document = parse("a: {x: 1}\na: {x: 2, y: [3]}\nb: 4\n")
    assert document.value == {"a": {"x": 1}, "b": 4}
    assert ("a", "y") not in document.ranges
    assert document.ranges.value(("a", "x")).start.line == 1  # type: ignore[union-attr]


def test_size_depth_and_number_are_bounded() -> None:
    assert "more than the" in parse_bytes(b"x" * (MAX_BYTES + 1)).problems[0].message
    assert f"deeper than {MAX_DEPTH}" in parse("[" * 500_000).problems[0].message
    assert f"deeper than {MAX_DEPTH}" in parse("- " * 300_000).problems[0].message
    assert f"more than {MAX_NODES}" in parse("[" + "a," * (MAX_NODES + 5) + "]").problems[0].message
    laughs = "a: &a [x,x]\n" + "".join(f"{c}: &{c} [*{p},*{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    assert "anchors" in parse(laughs).problems[0].message


def test_bytes_are_utf_8_with_or_without_a_byte_order_mark() -> None:
    assert parse_bytes(b"\xef\xbb\xbfa: 1").value == {"a": 1}
    assert parse_bytes(b"\xef\xbb\xbfa: 1").ranges.key(("a",)).start == Position(1, 1)  # type: ignore[union-attr]
    bad = parse_bytes(b"a: 1\nb: \xc3\xa9\xff\n")
    assert "0xff is not UTF-8" in bad.problems[0].message
    assert at(bad) == (2, 5)
    assert "UTF-16" in parse_bytes("a: 1".encode("utf-16")).problems[0].message


def test_what_was_read_before_a_syntax_error_keeps_its_ranges() -> None:
    document = parse("phases:\n  - id: one\n  - id: [two\n")
    assert not document.complete
    assert document.source(document.ranges.value(("phases", 0, "id"))) == "one"  # type: ignore[arg-type]


texts = st.text(st.sampled_from(string.ascii_letters + string.digits + " _-.:#,[]{}&*!|>'\"%@`~é𝄞\n/"), max_size=12)
keys = st.text(st.sampled_from(string.ascii_letters + "_-é"), min_size=1, max_size=6)
leaves = st.one_of(texts, st.integers(-(10**6), 10**6), st.booleans(), st.none(), st.floats(-1e6, 1e6, width=32))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=15,
)


def inner_value(tree: Any, loc: tuple[str | int, ...]) -> Any:
    for step in loc:
        tree = tree[step]
    return tree


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(keys, trees, min_size=1, max_size=4), st.sampled_from([None, True, False]), st.booleans())
def test_ranges_point_at_text_that_parses_to_the_value(tree: dict[str, Any], flow: bool | None, unicode: bool) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=unicode, sort_keys=False, width=60)
    document = parse(text)
    assert document.complete
    told = [problem for problem in document.problems if "YAML 1.1" not in problem.message]
    assert told == []
    for loc in document.ranges.locs():
        value, span = inner_value(document.value, loc), document.ranges.value(loc)
        assert span is not None
        source = " " * (span.start.column - 1) + document.source(span)
        again = parse(f"{source}\n")
        assert again.value == value if source.strip() else value is None
        key = document.ranges.key(loc)
        if loc and isinstance(loc[-1], str):
            assert key is not None
            assert parse(document.source(key).removeprefix("? ") + ": 1").value == {loc[-1]: 1}


words = st.recursive(
    texts, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)), max_leaves=8
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(keys, words, min_size=1, max_size=4), st.sampled_from(["'", '"', "|", ">"]))
def test_quoted_and_block_text_survives_the_round_trip(tree: dict[str, Any], style: str) -> None:
    document = parse(yaml.safe_dump(tree, default_style=style, width=40, allow_unicode=True))
    assert document.problems == ()
    assert document.value == tree


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.text(st.sampled_from("a:-[]{}&*!|>'\"%@`~\t\n ,#?<01_"), max_size=60)))
def test_no_text_makes_the_parser_raise(text: str) -> None:
    document = parse(text)
    assert document.complete or document.problems
    assert parse_bytes(text.encode("utf-8", "surrogatepass")) is not None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_no_bytes_make_the_parser_raise(data: bytes) -> None:
    for problem in parse_bytes(data).problems:
        assert problem.range.start.line >= 1
        assert problem.range.start.column >= 1
