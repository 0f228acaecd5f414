from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from autopack_server.lsp import board as boards
from autopack_server.lsp.board import PER_FILE, TOTAL, Board

E, W = types.DiagnosticSeverity.Error, types.DiagnosticSeverity.Warning
INFORMATION = types.DiagnosticSeverity.Information
Publication = tuple[str, list[str], int | None]


def at(line: int, message: str = "", severity: types.DiagnosticSeverity | None = E) -> types.Diagnostic:
    place = types.Range(types.Position(line, 2), types.Position(line, 5))
    return types.Diagnostic(place, message or f"m{line}", severity)


class Client:
    """Keeps the last list of each URI, and every publication."""

    def __init__(self) -> None:
        self.log: list[Publication] = []
        self.has: dict[str, list[types.Diagnostic]] = {}

    def __call__(self, uri: str, diagnostics: list[types.Diagnostic], version: int | None) -> None:
        self.log.append((uri, [d.message for d in diagnostics], version))
        self.has[uri] = list(diagnostics)

    def messages(self) -> dict[str, list[str]]:
        return {uri: [d.message for d in found] for uri, found in self.has.items() if found}


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def board(client: Client) -> Board:
    return Board(client)


def test_sources_of_a_document_are_one_publication_errors_first(board: Board, client: Client) -> None:
    board.put("plan", "file:///a", [at(5, "late warning", W), at(9, "late error")], 3)
    board.put("runs", "file:///a", [at(1, "hint", types.DiagnosticSeverity.Hint), at(2, "unsaid", None)], 3)
    assert client.log[-1] == ("file:///a", ["unsaid", "late error", "late warning", "hint"], 3)
    assert [d.message for d in board.of("file:///a")] == client.log[-1][1]
    board.drop("plan")
    assert client.log[-1] == ("file:///a", ["unsaid", "hint"], 3)
    board.drop("runs")
    assert client.log[-1] == ("file:///a", [], 3)
    assert len(client.log) == 4


def test_only_a_change_is_published(board: Board, client: Client) -> None:
    board.put("runs", "file:///a", [], 1)
    assert client.log == []
    board.put("runs", "file:///a", [at(1)], 1)
    board.put("runs", "file:///a", [at(1)], 1)
    board.put("plan", "file:///a", [], 1)
    assert len(client.log) == 1
    board.put("runs", "file:///a", [at(1)], 2)
    assert client.log[1:] == [("file:///a", ["m1"], 2)]
    board.put("runs", "file:///a", [], 3)
    board.put("runs", "file:///a", [], 4)
    board.drop("runs")
    assert client.log[2:] == [("file:///a", [], 3)]


def test_a_change_among_what_is_cut_is_not_published(board: Board, client: Client) -> None:
    shown = [at(n) for n in range(PER_FILE)]
    board.put("runs", "file:///a", [*shown, at(1, "one", W)])
    board.put("runs", "file:///a", [*shown, at(2, "other", W)])
    assert len(client.log) == 1


def test_sources_keep_their_order_and_go_alone(board: Board, client: Client) -> None:
    board.put("runs", "file:///a", [at(1, "run")])
    board.put("plan", "file:///a", [at(1, "lint")])
    board.put("plan", "file:///b", [at(1, "lint")])
    assert client.messages()["file:///a"] == ["lint", "run"]
    board.drop("runs")
    assert client.messages() == {"file:///a": ["lint"], "file:///b": ["lint"]}


def test_two_spellings_of_a_uri_are_one_document(board: Board, client: Client) -> None:
    board.put("plan", "file:///a%20b/%40", [at(1)])
    board.put("runs", "file:///a%20b/@", [at(2)])
    assert client.messages() == {"file:///a%20b/@": ["m1", "m2"]}
    assert [d.message for d in board.of("file:///a b/%40")] == ["m1", "m2"]


def test_a_file_shows_its_gravest_and_tells_how_many_more(board: Board, client: Client) -> None:
    board.put("runs", "file:///a", [at(n, severity=W) for n in range(PER_FILE)] + [at(900), at(800)])
    messages = client.messages()["file:///a"]
    assert messages[:3] == ["m800", "m900", "m0"]
    assert messages[-1] == "Not shown: 2 more in this file."
    assert len(messages) == PER_FILE + 1
    assert client.has["file:///a"][-1].severity is INFORMATION
    board.put("runs", "file:///a", [at(n) for n in range(PER_FILE)])
    assert len(client.messages()["file:///a"]) == PER_FILE


def test_pinned_ones_are_shown_whatever_the_caps_are(board: Board, client: Client) -> None:
    board.put("plan", "file:///p", [at(n) for n in range(PER_FILE + 5)])
    board.put("runs", "file:///p", [at(700, "summary", W), at(3, "more")], pinned=1)
    messages = client.messages()["file:///p"]
    assert "summary" in messages
    assert messages[-1] == "Not shown: 7 more in this file."
    assert len(messages) == PER_FILE + 1


def test_the_total_goes_to_the_gravest_and_a_plan_tells_of_the_rest(board: Board, client: Client) -> None:
    files = TOTAL // PER_FILE
    for n in range(files):
        board.put("runs", f"file:///w{n:02}", [at(i, severity=W) for i in range(PER_FILE)])
    assert sum(len(found) for found in client.has.values()) == TOTAL
    board.put("runs", "file:///z-errors", [at(i) for i in range(PER_FILE)])
    assert len(client.messages()["file:///z-errors"]) == PER_FILE
    last = f"file:///w{files - 1:02}"
    assert last not in client.messages()
    assert client.messages()["file:///w00"][-1] == f"Not shown: {PER_FILE} more in 1 other file."
    board.put("runs", "file:///y-plan", [at(0, "summary")], pinned=1)
    assert client.messages()["file:///w00"][-1] == f"m{PER_FILE - 1}"
    assert client.messages()["file:///y-plan"][-1] == f"Not shown: {PER_FILE} more in 1 other file."
    assert client.messages()[f"file:///w{files - 2:02}"][-1] == "Not shown: 1 more in this file."
    board.drop("runs")
    assert client.messages() == {}


def test_what_touches_a_range_is_found_cut_or_not(board: Board) -> None:
    board.put("runs", "file:///a", [at(0) for _ in range(PER_FILE)] + [at(7, "cut", W)])
    cursor = types.Position(7, 5)
    assert [d.message for d in board.diagnostics_at("file:///a", types.Range(cursor, cursor))] == ["cut"]
    past = types.Position(7, 6)
    assert board.diagnostics_at("file:///a", types.Range(past, past)) == []
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    assert len(board.diagnostics_at("file:///a", whole)) == PER_FILE + 1
    assert board.diagnostics_at("file:///other", whole) == []


def test_what_changes_together_is_published_together(board: Board, client: Client) -> None:
    names = [f"file:///{n:02}" for n in range(TOTAL // PER_FILE + 5)]
    with board.hold():
        for name in names:
            board.put("runs", name, [at(n) for n in range(PER_FILE)])
        assert client.log == []
    assert len(client.log) == len(names) - 5
    with board.hold():
        for name in names:
            board.put("runs", name, [])
        board.put("runs", names[0], [at(7)])
    assert client.messages() == {names[0]: ["m7"]}
    assert len(client.log) == 2 * (len(names) - 5)


def test_a_turn_that_falls_due_while_changes_are_made_waits_for_their_end(client: Client) -> None:
    calls: list[Callable[[], None]] = []
    board = Board(client, calls.append)
    board.put("runs", "file:///a", [at(1)])
    with board.hold():
        calls.pop()()
        board.put("plan", "file:///a", [at(2, severity=W)])
        assert (client.log, calls) == ([], [])
    calls.pop()()
    assert client.messages() == {"file:///a": ["m1", "m2"]}
    with board.hold():
        pass
    assert calls == []


def test_publications_take_turns_and_none_is_lost(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Callable[[], None]] = []
    board = Board(client, calls.append)
    monkeypatch.setattr(boards, "TURN_SECONDS", -1.0)
    for n in range(5):
        board.put("runs", f"file:///{n}", [at(1)])
    assert client.log == []
    assert len(calls) == 1
    turns = 0
    while calls:
        calls.pop()()
        turns += 1
        if turns == 1:
            board.put("runs", "file:///3", [at(2)], 8)
    assert turns > 1
    assert client.messages() == {f"file:///{n}": ["m2" if n == 3 else "m1"] for n in range(5)}
    assert len(client.log) == 5


graded = st.builds(at, st.integers(0, 9), severity=st.sampled_from([E, W, INFORMATION]))
puts = st.tuples(
    st.sampled_from(["plan", "runs"]),
    st.sampled_from([f"file:///{c}" for c in "abc"]),
    st.lists(graded, max_size=7),
    st.integers(0, 2),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(puts, max_size=12), st.randoms())
def test_what_is_shown_depends_on_what_was_said_last_not_on_the_way_there(changes: list, random: Random) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boards, "PER_FILE", 4)
        patch.setattr(boards, "TOTAL", 7)
        client, last = Client(), {}
        board = Board(client)
        for source, uri, diagnostics, pinned in changes:
            board.put(source, uri, diagnostics, pinned=pinned)
            last[source, uri] = (diagnostics, pinned)
        again = Client()
        other = Board(again)
        entries = list(last.items())
        random.shuffle(entries)
        for (source, uri), (diagnostics, pinned) in entries:
            other.put(source, uri, diagnostics, pinned=pinned)
        assert client.messages() == again.messages()
        said = sum(len(diagnostics) for diagnostics, _ in last.values())
        told = [m for messages in client.messages().values() for m in messages]
        notices = [m for m in told if m.startswith("Not shown")]
        counted = sum(int(count) for m in notices for count in re.findall(r"(\d+) more", m))
        assert len(told) - len(notices) + counted == said
        pins = sum(min(pinned, len(diagnostics)) for diagnostics, pinned in last.values())
        assert len(told) - len(notices) <= max(7, pins)
