from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack_server.lsp.findings import line_map as line_maps
from autopack_server.lsp.findings.line_map import BaseLine, Hunk, LineMap, LineMaps, line_map
from autopack_server.lsp.findings.text import Text

BASE = ["a", "b", "c", "d", "e", "f"]

few = st.lists(st.sampled_from(["", "}", "x", "y", "z"]), min_size=1, max_size=14)
edits = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 3), st.lists(st.sampled_from(["", "x", "new"]), max_size=3)),
    max_size=5,
)


def edited(lines: Sequence[str], changes: Sequence[tuple[int, int, list[str]]]) -> list[str]:
    found = list(lines)
    for at, removed, added in changes:
        at = min(at, len(found))
        found[at : at + removed] = added
    return found or [""]


def kept(found: LineMap, lines: int) -> list[tuple[int, int]]:
    return [(line, there) for line in range(1, lines + 1) if (there := found.forward(line)) is not None]


def longest(left: Sequence[str], right: Sequence[str]) -> int:
    """Length of a longest common subsequence, by the textbook table."""
    row = [0] * (len(right) + 1)
    for a in left:
        before = row[:]
        for i, b in enumerate(right):
            row[i + 1] = before[i] + 1 if a == b else max(before[i + 1], row[i])
    return row[-1]


def test_kept_lines_are_exact_and_others_go_to_their_hunk() -> None:
    found = line_map(BASE, ["a", "new", "b", "C", "D", "D2", "f", "end"])
    assert [found.back(line) for line in range(1, 9)] == [
        BaseLine(1, True),
        BaseLine(1, False),
        BaseLine(2, True),
        BaseLine(3, False),
        BaseLine(4, False),
        BaseLine(5, False),
        BaseLine(6, True),
        BaseLine(6, False),
    ]
    assert [found.forward(line) for line in range(1, 7)] == [1, 3, None, None, None, 7]
    assert list(found.hunks()) == [Hunk(2, 0, 2, 1), Hunk(3, 3, 4, 3), Hunk(7, 0, 8, 1)]


def test_lines_before_the_first_go_to_the_first() -> None:
    found = line_map(["a"], ["x", "y", "a"])
    assert found.back(1) == found.back(2) == BaseLine(1, False)
    assert line_map([""], ["x", "y"]).back(2) == BaseLine(1, False)


@pytest.mark.parametrize("line", [-1, 0, 7, 99])
def test_lines_outside_the_texts_have_no_counterpart(line: int) -> None:
    found = line_map(BASE, BASE)
    assert found.back(line) is None
    assert found.forward(line) is None


@settings(deadline=None, max_examples=200)
@given(few, st.one_of(few, edits))
def test_it_keeps_a_longest_common_subsequence(base: list[str], change: list) -> None:
    other = edited(base, change) if change and isinstance(change[0], tuple) else change or [""]
    found = line_map(base, other)
    pairs = kept(found, len(base))
    assert len(pairs) == longest(base, other)
    assert all(base[b - 1] == other[o - 1] for b, o in pairs)
    assert pairs == sorted(pairs)
    assert len({o for _, o in pairs}) == len(pairs)
    assert all(b < c and o < p for (b, o), (c, p) in pairwise(pairs))


@settings(deadline=None, max_examples=200)
@given(few, edits, st.sampled_from([0, 4, 25_000_000]))
def test_back_and_forward_are_inverse_and_hunks_hold_the_rest(base: list[str], changes: list, cells: int) -> None:
    other = edited(base, changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_maps, "MAX_CELLS", cells)
        found = line_map(base, other)
    hunks = list(found.hunks())
    for line in range(1, len(base) + 1):
        there = found.forward(line)
        inside = [hunk for hunk in hunks if hunk.base <= line < hunk.base + hunk.base_count]
        assert (there is None) == bool(inside)
        if there is not None:
            assert found.back(there) == BaseLine(line, True)
            assert other[there - 1] == base[line - 1]
    for line in range(1, len(other) + 1):
        back = found.back(line)
        inside = [hunk for hunk in hunks if hunk.other <= line < hunk.other + hunk.other_count]
        assert (back is not None and back.exact) == (not inside)
        if back is None or back.exact:
            continue
        (hunk,) = inside
        near = range(hunk.base, hunk.base + hunk.base_count) if hunk.base_count else [max(1, hunk.base - 1)]
        assert back.line in near
        assert 1 <= back.line <= len(base)
    for line in range(1, len(base) + 1):
        expected = max((b for b, _ in kept(found, line)), default=None)
        assert found.kept_before(line, base=True) == expected
    if cells:
        return
    unknown = [line for line in range(1, len(other) + 1) if found.back(line) is None]
    assert bool(unknown) == any(hunk.base_count and hunk.other_count for hunk in hunks)


def test_a_part_too_large_to_compare_is_unknown_and_the_rest_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_maps, "MAX_CELLS", 20)
    base = ["start", *"ab", "once", *["x"] * 10, "twice-no", *"cd", "end"]
    other = ["START", *"ab", "once", *["x", "y"] * 5, "twice-no", *"cd", "e", "end!"]
    found = line_map(base, other)
    assert found.back(other.index("once") + 1) == BaseLine(base.index("once") + 1, True)
    assert found.back(other.index("twice-no") + 1) == BaseLine(base.index("twice-no") + 1, True)
    assert found.back(other.index("y") + 1) is None
    assert found.forward(base.index("x") + 1) is None
    assert found.back(1) == BaseLine(1, False)
    assert found.back(len(other)) == BaseLine(len(base), False)


def test_a_line_that_occurs_twice_divides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_maps, "MAX_CELLS", 1)
    found = line_map(["k", "a", "b", "k", "e"], ["x", "k", "y"])
    assert [found.back(line) for line in (1, 2, 3)] == [None, None, None]


def test_lines_that_occur_once_divide_a_large_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_maps, "MAX_CELLS", 100)
    base = [f"line {n}" if n % 3 else "}" for n in range(600)]
    other = edited(base, [(0, 1, ["first"]), (300, 2, ["x", "y", "}"]), (598, 1, ["last"])])
    found = line_map(base, other)
    assert len(kept(found, len(base))) >= len(base) - 4
    assert all(found.back(line) is not None for line in range(1, len(other) + 1))


def test_a_map_is_made_once_for_the_same_two_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    maps = LineMaps()
    first = maps.of(Text("a\nb"), Text("a\nc"))
    assert maps.of(Text("a\nb"), Text("a\nc")) is first
    assert maps.of(Text("a\nc"), Text("a\nb")) is not first
    monkeypatch.setattr(LineMaps, "LIMIT", 2)
    maps.of(Text("a\nb"), Text("a\nc"))
    maps.of(Text("1"), Text("2"))
    assert maps.of(Text("a\nb"), Text("a\nc")) is first
    maps.of(Text("3"), Text("4"))
    maps.of(Text("5"), Text("6"))
    assert maps.of(Text("a\nb"), Text("a\nc")) is not first
