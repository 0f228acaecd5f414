"""What an answer asks for: read exactly, bounded, and never mistaken for a change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopack.changes import Limits, read_draft
from autopack.errors import AnswerRefused
from autopack.model.changes import PathRequest

WHY = "the goal cannot be reached without it"
FILE = {"path": "a.py", "action": "modify", "content": "x = 2\n"}


def ask(*paths: Any, why: Any = WHY) -> dict[str, Any]:
    return {"paths": list(paths), "why": why}


def read(*requests: Any, **more: Any) -> tuple[PathRequest, ...]:
    return read_draft(json.dumps({"requests": list(requests), **more}), "end", Limits()).requests


def refused(*requests: Any, **more: Any) -> list[str]:
    with pytest.raises(AnswerRefused) as caught:
        read(*requests, **more)
    assert not caught.value.never, "asking touches nothing"
    return [f"{f.code} {f.message}" for f in caught.value.findings]


def test_the_words_come_on_one_line_and_the_paths_as_spelled() -> None:
    assert read(ask("b.py", "src/[id].tsx", why="  because\n\tof   this \n")) == (
        PathRequest(("b.py", "src/[id].tsx"), "because of this"),
    )


def test_an_answer_that_only_asks_is_no_change(world: Any) -> None:
    changes = world.parse({"requests": [ask("b.py")]}, {"a.py": b"x = 1\n"})
    assert changes.only_asks and changes.changes == () and changes.requests[0].paths == ("b.py",)


def test_what_is_asked_beside_files_is_among_them(world: Any) -> None:
    changes = world.parse({"files": [FILE], "requests": [ask("a.py")]}, {"a.py": b"x = 1\n"})
    assert not changes.only_asks and changes.requests == (PathRequest(("a.py",), WHY),)
    assert changes.digest == world.parse({"files": [FILE]}, {"a.py": b"x = 1\n"}).digest
    found = world.refusals({"files": [FILE], "requests": [ask("a.py", "b.py")]})
    assert [f.code for f in found] == ["AP201"] and "'b.py' is asked for beside files" in found[0].message


def test_files_that_change_nothing_are_not_made_a_question(world: Any) -> None:
    same = {**FILE, "content": "x = 1\n"}
    assert [f.code for f in world.refusals({"files": [same], "requests": [ask("a.py")]})] == ["AP206"]


@pytest.mark.parametrize("lines", [
    [{"requests": [ask("b.py")]}, {"summary": "s", "total": 0}],
    [{"summary": "s", "total": 0, "requests": [ask("b.py")]}],
    [{"summary": "s", "total": 0}, {"requests": [ask("b.py")]}],
])  # fmt: skip
def test_a_line_may_ask(lines: list[dict[str, Any]]) -> None:
    draft = read_draft("\n".join(map(json.dumps, lines)), "end", Limits())
    assert draft.only_asks and draft.requests == (PathRequest(("b.py",), WHY),)


def test_lines_ask_beside_files(world: Any) -> None:
    text = "\n".join(map(json.dumps, ({"total": 1}, FILE, {"requests": [ask("a.py")]})))
    changes = world.parse(text, {"a.py": b"x = 1\n"})
    assert [c.path for c in changes.changes] == ["a.py"] and changes.requests[0].why == WHY


@pytest.mark.parametrize(("requests", "said"), [
    ([ask()], "AP201"), ([ask("b.py", why="short")], "5 characters"), ([ask("b.py", why="x" * 1001)], "1001 characters"),
    ([ask("b.py", why=" " * 40)], "0 characters"), ([ask("b.py") | {"risk": "low"}], "no other key"), (["b.py"], "list of"),
    ([{"paths": "b.py", "why": WHY}], "list of"), ([ask(7)], "a path is text"),
    ([ask("b.py"), ask("b.py")], "asked for twice"),
    ([ask(f"f{n}.py") for n in range(11)], "more than 10"), ([ask(*(f"f{n}.py" for n in range(51)))], "at most 50"),
    ([ask(*(f"f{n}.py" for n in range(30))), ask(*(f"g{n}.py" for n in range(21)))], "at most 50"),
    ([ask("*.py")], "is a pattern"), ([ask("src/")], "empty part"), ([ask("../b.py")], "AP302"), ([ask("/b.py")], "AP302"),
    ([ask(".git/config")], "AP301"), ([ask("b\u202e.py")], "control characters"), ([], "list of"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_the_reason(requests: list[Any], said: str) -> None:
    assert said in "\n".join(refused(*requests))


def test_a_surrogate_in_the_reason_is_no_crash() -> None:
    assert read(ask("b.py", why="because \ud800 of it")) == (PathRequest(("b.py",), "because ? of it"),)
