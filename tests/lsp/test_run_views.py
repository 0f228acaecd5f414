"""What is made of a run's snapshot: the status line, progress, code actions; what a client says of itself."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from lsprotocol import types

from autopack_server.lsp import contract
from autopack_server.lsp.actions import run_actions
from autopack_server.lsp.conversion import give
from autopack_server.lsp.options import read_options
from autopack_server.lsp.runs.folder import local_path
from autopack_server.lsp.runs.progress import doing, done, outcome
from autopack_server.lsp.runs.status import status_of

FOLDER = "file:///repo"
REQUEST = contract.RequestSnapshot(
    "q1", "two", 1, "accept", ["AP303"], ["AP303 much goes"], ["a.py", "b.py"], "d" * 64, ["Request q1"], 5.0
)


def phase(name: str, state: str = "QUEUED", attempts: int = 0) -> contract.PhaseSnapshot:
    return contract.PhaseSnapshot(name, state, attempts=[contract.AttemptSnapshot(n + 1) for n in range(attempts)])


def run(**more: Any) -> contract.RunSnapshot:
    phases = [phase("one", "COMPLETE", 1), phase("two", "EXECUTING", 1), phase("three")]
    fields = {"phases": phases, "state": "PHASE_EXECUTION", "shown": "PHASE_EXECUTION"} | more
    return contract.RunSnapshot("r", FOLDER, 1, **fields)


def bulb(
    now: contract.RunSnapshot, where: str = "two", *, asks: bool = True, disables: bool = True, **data: Any
) -> Any:
    """The actions on one diagnostic of a phase."""
    server = SimpleNamespace(
        runs=SimpleNamespace(seen=lambda: [SimpleNamespace(folder=SimpleNamespace(uri=FOLDER), run="r", snapshot=now)]),
        options=SimpleNamespace(asks_for_text=asks),
        client=SimpleNamespace(disables_actions=disables),
    )
    told = give(contract.DiagnosticData("r", where, 1, "AP401", FOLDER)) | data
    here = types.Range(types.Position(0, 0), types.Position(0, 1))
    diagnostic = types.Diagnostic(here, "m", source="autopack", data=told)
    params = types.CodeActionParams(
        types.TextDocumentIdentifier("file:///x"), here, types.CodeActionContext(diagnostics=[diagnostic] * 2)
    )
    return run_actions(server, params)  # type: ignore[arg-type]


def titles(actions: Any) -> list[str]:
    return [a.title for a in actions if not a.disabled]


def test_a_request_is_answered_in_three_scopes_with_its_digest():
    actions = bulb(run(requests=[REQUEST]))
    approve = [a for a in actions if a.command and a.command.command == "autopack.approval.approve"]
    assert [a.title for a in approve] == [
        "Approve AP303 of two once", "Approve AP303 of two for this phase", "Approve AP303 of two for these 2 paths",
    ]  # fmt: skip
    assert [a.command.arguments[0]["scope"] for a in approve] == ["once", "phase", "path"]
    assert {a.command.arguments[0]["digest"] for a in approve} == {"d" * 64}
    assert not any(a.is_preferred for a in actions), "consent is never the default"


def test_a_request_of_another_phase_is_not_offered():
    assert not any("Approve" in t for t in titles(bulb(run(requests=[REQUEST]), "one")))


def test_what_is_not_possible_says_why_where_the_client_shows_it():
    now = run(at_work=True)
    (back,) = [a for a in bulb(now) if a.title.startswith("Roll back")]
    assert back.disabled.reason == "the run is at work: stop it first" and back.command is None
    assert not [a for a in bulb(now, disables=False) if a.disabled]
    done_with = run(phases=[phase("two", "COMPLETE", 1)])
    (skip,) = [a for a in bulb(done_with) if a.title == "Skip two"]
    assert skip.disabled.reason == "the phase is complete"


def test_rolling_back_goes_to_the_last_complete_phase_before():
    phases = [phase("one", "COMPLETE", 1), phase("two", "COMPLETE", 1), phase("three", "FAILED", 1)]
    (back,) = [a for a in bulb(run(phases=phases)) if a.title.startswith("Roll back")]
    assert back.command.arguments[0]["to"] == "one"
    (first,) = [a for a in bulb(run(phases=phases), "one") if a.title.startswith("Roll back")]
    assert first.command.arguments[0]["to"] == ""
    (nothing,) = [a for a in bulb(run(phases=phases), "three") if a.title.startswith("Roll back")]
    assert nothing.disabled.reason == "nothing from here on is complete"


def test_a_phase_is_taken_out_where_something_complete_came_after_it():
    phases = [phase("one", "COMPLETE", 1), phase("two", "COMPLETE", 1), phase("three", "FAILED", 1)]
    (out,) = [a for a in bulb(run(phases=phases), "one") if a.title == "Take out one, keep what came after it"]
    assert (out.command.command, out.command.arguments[0]["phase"]) == ("autopack.run.rollback", "one")
    assert not any("Take out" in t for t in titles(bulb(run(phases=phases), "two")))
    assert not any("Take out" in t for t in titles(bulb(run(phases=phases, at_work=True), "one")))


def test_a_hint_is_offered_where_the_client_can_ask_for_it():
    failed = run(phases=[phase("two", "FAILED", 2)])
    (hinted,) = [a for a in bulb(failed) if "hint" in a.title]
    assert hinted.command.arguments[0]["hint"] is None
    assert not [a for a in bulb(failed, asks=False) if "hint" in a.title]
    assert "Open the handoff of two" in titles(bulb(failed))


def test_each_action_is_offered_once_and_only_commands_of_the_contract():
    actions = bulb(run(requests=[REQUEST]))
    assert len({a.title for a in actions}) == len(actions)
    known = {spec.name: spec.takes for spec in contract.COMMANDS}
    for action in actions:
        if action.command:
            from autopack_server.lsp.conversion import take

            assert take(known[action.command.command], action.command.arguments[0])


@pytest.mark.parametrize("data", [None, 5, {"run": "r"}, {"run": 1, "phase": "two", "attempt": 1, "code": ""}])
def test_data_that_is_not_ours_is_passed_over(data: Any):
    server = SimpleNamespace(
        runs=SimpleNamespace(seen=list), options=SimpleNamespace(asks_for_text=True),
        client=SimpleNamespace(disables_actions=True),
    )  # fmt: skip
    here = types.Range(types.Position(0, 0), types.Position(0, 1))
    found = types.Diagnostic(here, "m", source="autopack", data=data)
    params = types.CodeActionParams(
        types.TextDocumentIdentifier("file:///x"), here, types.CodeActionContext(diagnostics=[found])
    )
    assert run_actions(server, params) == []  # type: ignore[arg-type]


def test_the_status_line_puts_a_waiting_person_first():
    waiting = run(requests=[REQUEST], created_at=1.0)
    working = attrs.evolve(run(created_at=2.0, at_work=True, phase="two", step="test"), run="s")
    told = status_of([waiting, working])
    assert (told.kind, told.busy, told.message) == ("Warning", True, "r / two needs you: AP303")
    assert told.command and told.command.command == "autopack.approval.show"
    assert status_of([working]).message == "s: two: test"
    failed = run(state="DONE_FAILED_BUDGET_EXHAUSTED", ended=True, reason="tokens spent")
    assert (status_of([failed]).kind, status_of([failed]).message) == ("Error", "r failed: tokens spent")
    assert status_of([]).message == "no run"


def test_progress_counts_phases_and_names_the_step():
    now = run(at_work=True, phase="two", step="build", attempt=2)
    assert (doing(now), done(now)) == ("two: build (attempt 2)", 33)
    assert doing(run(step="baseline", phases=[phase("one")])) == "testing the base"
    assert outcome(run(requests=[REQUEST])) == "waiting for you"
    assert outcome(run(state="DONE_SUCCESS")) == "complete"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b%20c", "/a/b c"), ("file:///a/../../etc", "/etc"), ("file://host/a", None), ("http:///a", None),
        ("untitled:a", None), ("file:a", None), ("file:///a%00b", None), ("", None),
    ],
)  # fmt: skip
def test_only_files_of_this_machine_have_a_path(uri: str, path: str | None):
    assert local_path(uri) == (None if path is None else Path(path))


def test_bad_options_give_their_default_and_a_word():
    told = read_options({"onEditorExit": "explode", "replay": "yes", "settings": [], "onStart": "leave"}, replay=False)
    assert (told.on_editor_exit, told.replay, told.settings, told.on_start) == ("park", False, {}, "leave")
    assert len(told.problems) == 3
    assert read_options(None, replay=True).replay
    assert read_options({}, replay=False).problems == ()


def test_a_wider_scope_is_given_for_the_phase_or_not_at_all():
    asked = attrs.evolve(REQUEST, stage="widen", codes=["AP314"])
    actions = bulb(run(requests=[asked]))
    (approve,) = [a for a in actions if a.title.startswith("Approve")]
    assert approve.title == "Approve AP314 of two for this phase"
    assert approve.command.arguments[0]["scope"] == "phase"
    assert any(t.startswith("Reject AP314 of two") for t in titles(actions))
