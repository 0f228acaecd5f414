"""Lines that two texts share and lines that are different, as all comparisons of trees see them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autopack.text import line_edits

LINES = st.lists(st.sampled_from("abc"), max_size=12)


@given(LINES, LINES)
def test_the_edits_lead_from_one_to_the_other(before: list[str], after: list[str]) -> None:
    made: list[str] = []
    old = new = 0
    for tag, first, last, now, then in line_edits(before, after):
        assert (first, now) == (old, new), "without gaps"
        old, new = last, then
        assert (tag == "equal") == (before[first:last] == after[now:then])
        made += before[first:last] if tag == "equal" else after[now:then]
    assert (old, new) == (len(before), len(after)) and made == after


def test_what_both_begin_and_end_with_stays_where_it_is() -> None:
    """An added block that repeats its neighbours' lines is the block, not the lines between."""
    before = ["def a():", "    pass", "", "def b():", "    pass", ""]
    after = [*before[:3], "def c():", "    pass", "", *before[3:]]
    assert [(tag, now, then) for tag, _, _, now, then in line_edits(before, after) if tag != "equal"] == [
        ("insert", 3, 6)
    ]
