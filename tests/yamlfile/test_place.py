from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.yamlfile import Place, outline, place_at, touched
from tests.plans.test_plan_source import FULL


def at(marked: str) -> tuple[str, Place | None]:
    """The text without its cursor `|`, and the place there."""
    offset = marked.index("|")
    text = marked[:offset] + marked[offset + 1 :]
    return text, place_at(outline(text), offset)


@pytest.mark.parametrize(
    ("marked", "kind", "loc", "word", "typed"),
    [
        ("|", "value", (), "", ""),
        ("au|", "value", (), "au", "au"),
        ("au|\nrun: {}\n", "key", ("au",), "au", "au"),
        ("a: 1\n|", "key", ("",), "", ""),
        ("a: 1\r\n|\r\nb: 2", "key", ("",), "", ""),
        ("a|b: 1", "key", ("ab",), "ab", "a"),
        ("a:\n  |", "value", ("a",), "", ""),
        ("a:\n\t|", "value", ("a",), "", ""),
        ("a: |\nb: 1", "value", ("a",), "", ""),
        ("a:|", "value", ("a",), "", ""),
        ("a: x|y # c\n", "value", ("a",), "xy", "x"),
        ("a:\n  x: 1\n  |\n", "key", ("a", ""), "", ""),
        ("a: [|]", "value", ("a", 0), "", ""),
        ("a: [x|, y]", "value", ("a", 0), "x", "x"),
        ("a: [x, |", "value", ("a", 1), "", ""),
        ("a: [x, |\nb: 1", "value", ("a", 1), "", ""),
        ("a: {|}", "key", ("a", ""), "", ""),
        ("a: {x: |, y: 1}", "value", ("a", "x"), "", ""),
        ("a: {x: 1, |\nb: 1", "key", ("a", ""), "", ""),
        ("a: {x: 1, y|}", "key", ("a", "y"), "y", "y"),
        ('a: ["te|st"]', "value", ("a", 0), "test", "te"),
        ('a: ["te|]\nb: 1', "value", ("a", 0), "te", "te"),
        ("p:\n  - |", "value", ("p", 0), "", ""),
        ("p:\n  - |\n    x: 1", "key", ("p", 0, ""), "", ""),
        ("p:\n  -|", "value", ("p", 0), "", ""),
        ("p:\n  - a\n  |\n  - b", "value", ("p", 1), "", ""),
        ("p:\n  - x: 1\n    |\n    y: 2\n", "key", ("p", 0, ""), "", ""),
        ("a:\n  - - |", "value", ("a", 0, 0), "", ""),
        ('"a|b": 1', "key", ("ab",), "ab", "a"),
    ],
)
def test_where_something_can_be_typed(
    marked: str, kind: str, loc: tuple[str | int, ...], word: str, typed: str
) -> None:
    text, place = at(marked)
    assert place is not None
    assert (place.kind, place.loc, text[place.start : place.end], place.typed) == (kind, loc, word, typed)
    assert place.empty is (word == "" and not place.quote)


@pytest.mark.parametrize(
    "marked",
    [
        "# x|", "a: 1 # x|", "a: 1 |", "a: 'x'|", "a: |'x'", "a: [x |]", "a: [1]|", "a: |[1]", "a: foo\n  |\n",
        "a:\n  x: 1\n |\n", "p:\n  - x: 1\n|\n    y: 2\n", "a:\n|\n  x: 1\n", "a: {\n  x: 1,\n|\n  y: 2\n}",
        "a: {\n  x: 1,\n|\n}",
        "p:\n- a\n|\n- b\n", "| a: 1", "- | a", "|\n---\na: 1\n", "a: {| b: 1}",
    ],
)  # fmt: skip
def test_where_nothing_can_be_typed_without_changing_what_stands_there(marked: str) -> None:
    assert at(marked)[1] is None


def test_what_a_place_says_of_its_surroundings() -> None:
    _, key = at("  - x: 1\n    |\n    'y': 2\n")
    assert key is not None
    assert (key.column, key.fresh, key.flow, key.marked) == (4, True, False, False)
    assert [entry.key for entry in key.others] == ["x", "y"]
    _, flow = at("a: {x: 1, y|: 2}")
    assert flow is not None
    assert (flow.column, flow.fresh, flow.flow, flow.marked) == (10, False, True, True)
    _, quoted = at("a:\n  - 'x|'")
    assert quoted is not None
    assert (quoted.column, quoted.fresh, quoted.quote, quoted.marked, quoted.glued) == (4, True, "'", True, False)
    assert [place.glued for marked in ("a:|", "a: |", "-|", "- |") if (place := at(marked)[1])] == [
        True, False, True, False,
    ]  # fmt: skip


def test_only_words_are_touched() -> None:
    tree = outline("a: [x, y]  # z\n")
    found = [touched(tree, offset) for offset in range(14)]
    assert [place.loc if place else None for place in found] == [
        ("a",), ("a",), None, None, ("a", 0), ("a", 0), None, ("a", 1), ("a", 1), None, None, None, None, None,
    ]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, len(FULL)),
    st.text(st.sampled_from(":-[]{}#|>'\",\n 0a\t"), max_size=3),
    st.integers(0, 5),
    st.data(),
)
def test_no_cursor_makes_it_raise(position: int, typed: str, deleted: int, data: st.DataObject) -> None:
    text = FULL[:position] + typed + FULL[position + deleted :]
    offset = data.draw(st.integers(max(0, position - 10), min(len(text), position + 10)))
    place = place_at(outline(text), offset)
    if place is not None:
        assert 0 <= place.start <= offset <= place.end <= len(text)
        assert text[place.start : offset] == place.typed


def test_reading_one_item_alone_says_what_reading_everything_says(monkeypatch: pytest.MonkeyPatch) -> None:
    from autopack.yamlfile import place
    from tests.lsp.plan.texts import BLOCK

    text = BLOCK.replace("\n\n", "\n\n  \n    \n      \n        \n").replace(
        "- index\n", "- index\n      - \n      \n    \n"
    )
    tree = outline(text)
    alone = [place_at(tree, offset) for offset in range(len(text) + 1)]
    monkeypatch.setattr(place, "_item_around", lambda tree, offset: (0, 0, -1))
    whole = [place_at(tree, offset) for offset in range(len(text) + 1)]

    def told(found: Place | None) -> object:
        keys = [entry.key for entry in found.others] if found is not None and len(found.loc) > 2 else []
        return found and (found.kind, found.loc, found.start, found.end, found.column, found.fresh, found.marked, keys)

    assert [told(found) for found in alone] == [told(found) for found in whole]
    assert sum(found is not None and found.empty for found in alone) > 20
