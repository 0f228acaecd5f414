"""No text and no cursor makes a feature raise, and what completion offers keeps a sound text sound."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.findings import Position
from autopack.yamlfile import parse
from autopack_server.lsp.plan import links
from autopack_server.lsp.plan.completion import complete
from autopack_server.lsp.plan.fixes import plan_fixes
from autopack_server.lsp.plan.hover import hover
from autopack_server.lsp.plan.lenses import PhaseLens, lenses
from autopack_server.lsp.plan.reading import Reading
from autopack_server.lsp.plan.symbols import folds, symbols
from autopack_server.lsp.plan.values import Facts
from tests.lsp.plan.texts import PLANS, repository

REPOSITORY = repository()
LENS = PhaseLens("r-2", "FAILED", 2, 3, "q1")


def everything(text: str, position: Position) -> None:
    reading = Reading(text)
    complete(position, Facts(reading, REPOSITORY))
    hover(position, reading, REPOSITORY)
    symbols(reading)
    folds(reading)
    lenses(reading, "file:///p", lambda uri, phase: LENS)
    links.definition(position, reading, REPOSITORY)
    links.links(reading, REPOSITORY)
    links.references(position, reading, declaration=True)
    if links.renamable(position, reading):
        assert links.rename(position, reading, "fresh")
    plan_fixes(reading, reading.source.findings)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLANS), st.data())
def test_no_prefix_of_a_plan_makes_a_feature_raise(plan: str, data: st.DataObject) -> None:
    text = plan[: data.draw(st.integers(0, len(plan)))]
    position = Reading(text).tree.lines.position(data.draw(st.integers(max(0, len(text) - 30), len(text))))
    everything(text, position)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(PLANS),
    st.floats(0, 1),
    st.text(st.one_of(st.sampled_from("\t :-[]{}#|>'\",\n\r0a"), st.characters()), max_size=4),
    st.integers(0, 40),
    st.integers(-3, 40),
    st.integers(-1, 90),
)
def test_no_edit_of_a_plan_makes_a_feature_raise(
    plan: str, where: float, typed: str, deleted: int, line: int, column: int
) -> None:
    at = int(where * len(plan))
    everything(plan[:at] + typed + plan[at + deleted :], Position(line, column))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.integers(1, 5), st.integers(1, 20))
def test_no_text_at_all_makes_a_feature_raise(text: str, line: int, column: int) -> None:
    everything(text, Position(line, column))


@pytest.mark.parametrize("number", range(len(PLANS)))
def test_what_is_offered_at_any_cursor_keeps_the_text_sound(number: int) -> None:
    plan = PLANS[number]
    assert not parse(plan).problems
    reading, offered, applied = Reading(plan), 0, 0
    for offset in range(len(plan) + 1):
        found = complete(reading.tree.lines.position(offset), Facts(reading, REPOSITORY))
        if found is None or plan[offset - 1 : offset + 1] == "\r\n":
            continue
        offered += 1
        assert found.start <= offset <= found.end
        for item in (*found.items[:3], found.items[-1]):
            text = plan[: found.start] + item.text + plan[found.end :]
            assert not parse(text).problems, (plan[offset - 40 : offset], item)
            applied += 1
    assert offered > 20
    assert applied > offered


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(PLANS),
    st.floats(0, 1),
    st.sampled_from(["\n", "\n  ", "\n    ", "\n      ", " ", "\n\n", ", ", " - "]),
)
def test_what_is_offered_in_new_space_keeps_the_text_sound(plan: str, where: float, space: str) -> None:
    at = int(where * len(plan))
    text = plan[:at] + space + plan[at:]
    if parse(text).problems or "\r" in plan:
        return
    reading = Reading(text)
    found = complete(reading.tree.lines.position(at + len(space)), Facts(reading, REPOSITORY))
    for item in found.items if found is not None else ():
        after = text[: found.start] + item.text + text[found.end :]  # type: ignore[union-attr]
        assert not parse(after).problems, (plan[max(0, at - 30) : at], item)
