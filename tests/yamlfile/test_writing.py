from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.yamlfile import Edit, appended, outline, parse, put, quotable, removed, scalar
from tests.yamlfile.test_outline import inner
from tests.yamlfile.test_yamlfile import keys, words


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=20).filter(lambda text: "\0" not in text))
def test_a_written_scalar_is_read_back_everywhere(value: str) -> None:
    written = scalar(value)
    assert parse(f"k: {written}\n").value == {"k": value}
    assert parse(f"k: [{written}, {{a: {written}}}]\n").value == {"k": [value, {"a": value}]}
    assert parse(f"- {written}\n").value == [value]
    assert parse(f'k: "{quotable(value, chr(34))}"\n').value == {"k": value}
    if value.isprintable():
        assert parse(f"k: '{quotable(value, chr(39))}'\n").value == {"k": value}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("src/a_b.py", "src/a_b.py"), ("tests/", "tests/"), ("two words", "two words"), ("no", '"no"'), ("12", '"12"'),
        ("a: b", '"a: b"'), ("tests/test_a.py::test_b", '"tests/test_a.py::test_b"'), ("é", '"é"'), ("", '""'),
        ("*.xml", '"*.xml"'), (".env.test", ".env.test"), ("a\u2028b", '"a\\U00002028b"'),
    ],
)  # fmt: skip
def test_scalars_are_plain_where_that_is_safe(value: str, written: str) -> None:
    assert scalar(value) == written


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(keys, words, min_size=1, max_size=4),
    st.sampled_from([None, True, False]),
    st.sampled_from(["\n", "\r\n"]),
    st.data(),
)
def test_items_come_and_go_and_nothing_else_changes(
    value: dict[str, Any], flow: bool | None, end: str, data: st.DataObject
) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, sort_keys=False, width=1000, allow_unicode=True)
    text = text.replace("\n", end)
    tree = outline(text)
    lists = [loc for loc, entry in tree.walk() if isinstance(inner(value, loc), list)]
    if not lists or parse(text).value != value:
        return
    loc = data.draw(st.sampled_from(lists))
    more, edit = copy.deepcopy(value), appended(tree, loc, '"new: one"')
    inner(more, loc).append("new: one")
    assert edit is not None
    assert parse(edit.applied(text)).value == more
    for index in range(len(inner(value, loc))):
        less, edit = copy.deepcopy(value), removed(tree, (*loc, index))
        del inner(less, loc)[index]
        assert edit is not None
        assert parse(edit.applied(text)).value == less


@pytest.mark.parametrize(
    ("text", "loc", "after"),
    [
        ("a: []\n", ("a",), "a: [x]\n"),
        ("a: [1] # c\n", ("a",), "a: [1, x] # c\n"),
        ("a: [1,]\n", ("a",), "a: [1, x,]\n"),
        ("a: # c\n", ("a",), "a: [x] # c\n"),
        ("a:\n  - 1 # c\nb: 2\n", ("a",), "a:\n  - 1 # c\n  - x\nb: 2\n"),
        ("a:\n- 1", ("a",), "a:\n- 1\n- x"),
        ("a:\n  b: 1 # c\n", ("a", "l"), "a:\n  b: 1 # c\n  l: [x]\n"),
        ("a:\n  b: |+\n    t\n\nc: 1\n", ("a", "l"), "a:\n  b: |+\n    t\n\n  l: [x]\nc: 1\n"),
        ("a: {b: 1}\n", ("a", "l"), "a: {b: 1, l: [x]}\n"),
        ("a: {}\n", ("a", "l"), "a: {l: [x]}\n"),
        ("a: 1\n", ("b", "l"), "a: 1\nb: {l: [x]}\n"),
        ("a:\n", ("a", "m", "l"), "a: {m: {l: [x]}}\n"),
        ("a: 1\n", ("a",), None),
        ("a: 1\n", ("a", "l"), None),
        ("a: [1\n", ("a",), None),
        ("a: {b: 1\n", ("a", "l"), None),
    ],
)
def test_what_holds_an_item_is_made_if_need_be(text: str, loc: tuple[str | int, ...], after: str | None) -> None:
    edit = appended(outline(text), loc, "x")
    assert (edit and edit.applied(text)) == after


def test_a_value_is_set() -> None:
    text = "run: {id: r, base: 'head'}\n"
    assert put(outline(text), ("run", "base"), "x") == Edit(19, 25, "x")
    assert put(outline(text), ("run",), "x") is None
    assert put(outline("a: 'x\n"), ("a",), "y") is None


def test_an_item_goes_with_its_rows_and_the_comments_of_others_stay() -> None:
    text = "a:\n  # one\n  - 1 # c\n  # two\n  - x: 2\n    y: 3\n  # three\n  - 4\n"
    assert [edit.applied(text) for n in range(3) if (edit := removed(outline(text), ("a", n)))] == [
        "a:\n  # one\n  - x: 2\n    y: 3\n  # three\n  - 4\n",
        "a:\n  # one\n  - 1 # c\n  # three\n  - 4\n",
        "a:\n  # one\n  - 1 # c\n  # two\n  - x: 2\n    y: 3\n",
    ]
    assert removed(outline("a: {b: 1}\n"), ("a", "b")) is None
    assert removed(outline("a: [1\n"), ("a", 0)) is None
    assert removed(outline("a:\n  - - 1\n"), ("a", 0, 0)) == Edit(6, 10, " []")
