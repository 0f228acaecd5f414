from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from autopack_server.lsp.contract import (
    AttemptSnapshot,
    PhaseRef,
    PhaseSnapshot,
    RequestSnapshot,
    RunSnapshot,
    StartRun,
)
from autopack_server.lsp.conversion import take
from autopack_server.lsp.plan.feature import phase_states
from autopack_server.lsp.plan.lenses import Lens, PhaseLens, lenses, wire
from autopack_server.lsp.plan.reading import Reading

URI = "file:///r/p.autopack.yaml"
PLAN = "autopack: 1\nphases:\n  - id: a\n    goal: g\n  -\n    id: b\n  - goal: no id\n  - id: a\n"


def shown(lens: Lens) -> tuple[int, str, str]:
    return lens.range.start.line, lens.title, lens.command


def test_a_plan_and_each_of_its_phases_can_be_started() -> None:
    found = lenses(Reading(PLAN), URI, lambda uri, phase: None)
    assert [shown(lens) for lens in found] == [
        (2, "Start run", "autopack.run.start"),
        (3, "Run this phase", "autopack.run.start"),
        (6, "Run this phase", "autopack.run.start"),
    ]
    assert [wire(lens.argument) for lens in found] == [
        {"planUri": URI},
        {"planUri": URI, "phases": ["a"]},
        {"planUri": URI, "phases": ["b"]},
    ]
    assert [take(StartRun, wire(lens.argument)) for lens in found] == [lens.argument for lens in found]
    assert lenses(Reading("phases: []\n"), URI, lambda uri, phase: None) == []
    assert lenses(Reading("autopack: 1\n"), URI, lambda uri, phase: None) == []


def of(lens: PhaseLens) -> list[Lens]:
    asked: list[tuple[str, str]] = []
    found = lenses(Reading("phases:\n  - id: a\n"), URI, lambda uri, phase: asked.append((uri, phase)) or lens)
    assert asked == [(URI, "a")]
    return found[2:]


def test_what_a_run_made_of_a_phase_comes_with_what_can_be_done() -> None:
    failed = of(PhaseLens("shop-2", "FAILED", 2, 1, folder_uri="file:///r"))
    assert [shown(lens)[1:] for lens in failed] == [
        ("shop-2: failed, 2 attempts, 1 finding", ""),
        ("Retry", "autopack.phase.retry"),
        ("Show patch", "autopack.phase.showPatch"),
        ("Show evidence", "autopack.phase.showEvidence"),
    ]
    assert wire(failed[2].argument) == {"runId": "shop-2", "phaseId": "a", "folderUri": "file:///r"}
    assert take(PhaseRef, wire(failed[3].argument)) == PhaseRef("shop-2", "a", folder_uri="file:///r")


def test_actions_fit_the_state() -> None:
    waiting = of(PhaseLens("r", "BLOCKED", 1, 0, "q7"))
    assert [lens.title for lens in waiting] == [
        "r: waits for your decision, 1 attempt", "Review", "Retry", "Show patch", "Show evidence",
    ]  # fmt: skip
    assert wire(waiting[1].argument) == {"requestId": "q7"}
    assert [lens.title for lens in of(PhaseLens("r", "EXECUTING", 1))] == ["r: at work, 1 attempt"]
    assert [lens.title for lens in of(PhaseLens("r", "QUEUED"))] == ["r: queued"]
    assert [lens.title for lens in of(PhaseLens("r", "COMPLETE", 1))] == [
        "r: complete, 1 attempt",
        "Show patch",
        "Show evidence",
    ]


def snapshot(run: str, created_at: float, state: str = "DONE_FAILED_POLICY_VIOLATION", plan: str = URI) -> Any:
    attempts = [AttemptSnapshot(1), AttemptSnapshot(2)]
    phases = [PhaseSnapshot("a", "FAILED", findings=3, attempts=attempts), PhaseSnapshot("b", "BLOCKED")]
    request = RequestSnapshot("q1", "b", 1, "accept", [], [], [], "", [], 0.0)
    shot = RunSnapshot(
        run, "file:///r", 1, state, "", plan_uri=plan, created_at=created_at, phases=phases, requests=[request]
    )
    return SimpleNamespace(snapshot=shot)


def test_the_latest_run_of_the_plan_counts() -> None:
    runs = [snapshot("r-2", 2.0), snapshot("r", 1.0), snapshot("other", 3.0, plan="file:///r/q.autopack.yaml")]
    server: Any = SimpleNamespace(runs=SimpleNamespace(seen=lambda: runs))
    assert phase_states(server, URI) == {
        "a": PhaseLens("r-2", "FAILED", 2, 3, "", "file:///r"),
        "b": PhaseLens("r-2", "BLOCKED", 0, 0, "q1", "file:///r"),
    }
    runs.append(snapshot("r-3", 4.0, "DISCARDED"))
    assert phase_states(server, URI) == {}
    assert phase_states(server, "file:///r/none.autopack.yaml") == {}
