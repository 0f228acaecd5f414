"""Which baselines are kept: those that can serve, and of the others only what a person accepted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autopack.engine import baselines
from autopack.events import Event, EventName
from autopack.model.states import RunState
from autopack.model.test_report import TestReport
from tests.kit.project import builder, whole
from tests.kit.tiny import ADD, SUB, WRONG, answer, phase

from .conftest import Make, Trial


@pytest.fixture
def service_file(tmp_path: Path) -> Path:
    """What the tests of the base need and the repository does not bring; absent at first."""
    return tmp_path / "service"


@pytest.fixture
def t(trial: Make, service_file: Path) -> Trial:
    suite = (
        f"import pathlib\nimport app\n\n\ndef test_add():\n    assert pathlib.Path({str(service_file)!r}).exists()\n"
    )
    tests = {"runner": "pytest", "paths": ["tests/"]}
    plan = json.dumps({"autopack": 1, "run": {"id": "t"}, "phases": [phase(tests=tests)]})
    return trial(answers=[answer(), answer()], files={"tests/test_app.py": suite}, plan=plan)


def measured(t: Trial) -> int:
    return sum(e.data.get("step") == "baseline" and "tests" in e.data for e in t.events())


def test_one_that_cannot_be_used_is_measured_again(t: Trial, service_file: Path) -> None:
    assert t.go().state is RunState.ENVIRONMENT
    assert "AP407" in [e.data["finding"]["code"] for e in t.events() if e.event == "finding.added"]
    service_file.touch()
    assert t.resume(again=True).state is RunState.DONE_SUCCESS
    assert measured(t) == 2


def test_one_that_was_accepted_is_kept_for_the_run_and_not_for_the_next(t: Trial, service_file: Path) -> None:
    assert t.go(accept_baseline=True).state is not RunState.ENVIRONMENT
    assert measured(t) == 1
    assert t.go().state is RunState.ENVIRONMENT, "nobody accepted it for this run"
    service_file.touch()
    assert t.resume(again=True).state is RunState.DONE_SUCCESS


def test_a_check_that_could_not_start_is_measured_again_when_its_program_is_there(trial: Make, tmp_path: Path) -> None:
    """Installed after the first phase: the second one is judged by what the check says of its base, not by `not found`."""
    tool = tmp_path / "tool"
    dirty = SUB + "\n# BAD\n"
    t = trial(
        phase("one", checks=[[str(tool)]]), phase("two", checks=[[str(tool)]], attempt_cap=1),
        answers=[answer("one"), answer("two", dirty)],
    )  # fmt: skip
    t.start()

    def install(event: Event) -> None:
        if event.event is EventName.PHASE_FINISHED and event.phase == "one":
            tool.write_text("#!/bin/sh\n! grep -q BAD app.py\n")
            tool.chmod(0o755)

    t.service.subscribe(install)
    assert t.drive().state is RunState.REQUIRES_HUMAN_REVIEW
    (row,) = t.store.attempts(t.run, "two")
    assert row.outcome is not None and "AP413" in [f.code for f in row.outcome.findings]


def test_one_with_lines_serves_a_phase_that_needs_none_and_not_the_other_way_round(trial: Make) -> None:
    """Measured: the base once, for all; the strict phase's own base, of which only a report without lines was kept."""
    suite = "import app\n\n\ndef test_{0}():\n    assert app.{0}(1, 2) == 3\n"
    phases, answers, text = [], [], ADD
    for name, complexity in (("one", "low"), ("two", "high"), ("three", "low")):
        text += f"\n\ndef {name}(a, b):\n    return a + b\n"
        tests = {"runner": "pytest"}
        phases.append(phase(name, "app.py", "tests/", complexity=complexity, tests=tests))
        test = whole(f"tests/test_{name}.py", suite.format(name), "create")
        answers.append(builder(name, "Add", whole("app.py", text), test))
    plan = json.dumps({"autopack": 1, "run": {"id": "t"}, "phases": phases})
    t = trial(answers=answers, files={"tests/test_app.py": suite.format("add")}, plan=plan)
    assert t.go().state is RunState.DONE_SUCCESS, t.events()[-3:]
    assert measured(t) == 2
    known = [t.store.effect(t.run, name, 1, "test") for name in ("one", "two", "three")]
    coverage = [effect.result["evidence"]["coverage"] for effect in known if effect is not None and effect.result]
    assert [found and (found["added"], found["added_executed"], found["after"]) for found in coverage] == [
        None, (2, 2, 1.0), None,
    ]  # fmt: skip


@pytest.mark.parametrize(("seconds", "paid"), [(30.0, 1), (61.0, 0)])
def test_no_model_is_paid_where_the_time_left_is_too_short_for_the_tests(
    trial: Make, monkeypatch: pytest.MonkeyPatch, seconds: float, paid: int
) -> None:
    real = baselines.run_on

    async def slow(*args: Any, **more: Any) -> TestReport:
        return replace(await real(*args, **more), duration=seconds)

    monkeypatch.setattr(baselines, "run_on", slow)
    t = trial(run={"max_duration_minutes": 1})
    assert t.go().state is (RunState.DONE_SUCCESS if paid else RunState.BUDGET_EXHAUSTED)
    calls = [call for call in t.store.calls(t.run) if call.role == "builder"]
    assert len(calls) == paid
    told = [f for e in t.events(EventName.FINDING_ADDED) if (f := e.data["finding"])["code"] == "AP703"]
    assert len(told) == 1 - paid
    if not paid:
        assert "the tests of phase work take 1 min 01 s" in told[0]["message"]


@pytest.mark.parametrize(
    ("content", "asked", "kept"),
    [
        (SUB, True, True),
        (SUB, False, False),
        (WRONG, False, True),
        ("print('last words', flush=True)\nimport os\nos._exit(0)\n", False, True),
    ],
    ids=["passing", "passing, not asked for", "failing", "crashed with exit status 0"],
)
def test_the_log_of_a_run_that_went_well_is_kept_where_the_plan_asks_for_it(
    trial: Make, content: str, asked: bool, kept: bool
) -> None:
    suite = "import app\n\n\ndef test_add():\n    assert app.add(2, 3) == 5\n"
    tests = {"runner": "pytest", "args": ["-s"], "paths": ["tests/"], "log_on_success": asked}
    plan = json.dumps({"autopack": 1, "run": {"id": "t"}, "phases": [phase(tests=tests, attempt_cap=1)]})
    t = trial(answers=[answer(content=content)], files={"tests/test_app.py": suite}, plan=plan)
    t.go()
    logs = [a for a in t.store.artefacts(t.run, "log") if a.phase == "work"]
    assert bool(logs) is kept
