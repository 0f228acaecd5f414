"""What a person names of a change: files, hunks, and what is no name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack.approvals import choose, describe, in_order, make_request
from autopack.errors import UsageError
from autopack.model.approvals import ChangePart, HunkMark, Stage
from autopack.model.changes import ChangeSet
from autopack.model.rules import finding

HUNKS = tuple(HunkMark(f"{n}" * 8, 10 * n, 3, 10 * n, 4, f"def f{n}") for n in (1, 2, 3))
PARTS = (
    ChangePart("a.py", ("a.py",), "modified", HUNKS),
    ChangePart("new.py", ("new.py", "old.py"), "renamed"),
)


@pytest.mark.parametrize(("only", "chosen"), [
    (["a.py"], ("a.py#1", "a.py#2", "a.py#3")),
    (["a.py#3", "a.py#2"], ("a.py#2", "a.py#3")),
    (["a.py#2:22222222", "a.py#2"], ("a.py#2",)),
    (["old.py"], ("new.py",)),
    (["old.py", "new.py"], ("new.py",)),
    ([], ()),
])  # fmt: skip
def test_names_choose(only: list[str], chosen: tuple[str, ...]) -> None:
    ids = ("a.py#1", "a.py#2", "a.py#3", "new.py")
    assert choose(PARTS, only) == (chosen, tuple(id for id in ids if id not in chosen))


@pytest.mark.parametrize(
    "name", ["b.py", "a.py#4", "a.py#0", "a.py#", "a.py#²", "a.py#-1", "a.py#1:2222", "new.py#1", "#", ""]
)
def test_a_name_of_nothing_lists_what_there_is(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        choose(PARTS, [name])
    assert "'a.py'#1-3, 'new.py'" in refused.value.hint


def test_a_file_and_a_hunk_of_it_are_not_chosen_together() -> None:
    for only in (["a.py", "a.py#1"], ["a.py#1", "a.py"]):
        with pytest.raises(UsageError, match="as a file and by its hunks"):
            choose((PARTS[0],), only)


@given(st.sets(st.sampled_from(["a.py#1", "a.py#2", "a.py#3", "new.py"])))
def test_chosen_and_left_are_everything(names: set[str]) -> None:
    chosen, left = choose(PARTS, sorted(names))
    assert set(chosen) == names and {*chosen, *left} == {"a.py#1", "a.py#2", "a.py#3", "new.py"}
    assert len(chosen) + len(left) == 4


def test_protected_paths_come_first_and_each_says_its_hunks() -> None:
    parts = (ChangePart("b\u202e.py", ("b\u202e.py",), "modified", (replace(HUNKS[0], heading="x\u200b"),)), PARTS[1])
    assert in_order(parts, ("old.py", "b\u202e.py", "new.py")) == (parts[1], parts[0])
    request = make_request("r", "p", 1, Stage.APPLY, [finding("AP301", "told")], ChangeSet("t", ()), "b", "p", 0.0)
    lines = describe(replace(request, paths=("b\u202e.py",)), parts)
    assert lines[2:4] == ["  path   b<U+202E>.py", "           #1:11111111  -10,3 +10,4  x<U+200B>"]
