"""Runs whose change takes something from the tests where no run can show it."""

from __future__ import annotations

from collections.abc import Callable

from autopack.model.findings import Severity
from autopack.model.states import RunState
from tests.engine.conftest import Trial
from tests.engine.test_crossing import FILES, TESTS, findings, trial_of
from tests.kit.project import builder, whole
from tests.kit.tiny import SUB, phase, plan_of

Make = Callable[..., Trial]
LOOSER = TESTS.replace("assert app.add(2, 3) == 5", "assert app.add(2, 3) > 0")


def test_a_test_that_is_loosened_beside_right_code_is_found_out(trial: Make) -> None:
    run = trial_of(trial, SUB, LOOSER)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    (told,) = [f for f in findings(run) if f.code == "AP405"]
    assert (told.where(), told.blocking) == ("tests/test_app.py:5:1", True)
    assert "Assert as much as before" in told.message


def test_a_change_of_nothing_but_tests_is_judged_as_well(trial: Make) -> None:
    plan = plan_of(
        phase(attempt_cap=1, scope={"paths": ["tests/"]}), defaults={"tests": {"runner": "pytest", "paths": ["tests/"]}}
    )
    run = trial(plan=plan, answers=[builder("work", "As asked", whole("tests/test_app.py", LOOSER))], files=FILES)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert [f.where() for f in findings(run) if f.code == "AP405"] == ["tests/test_app.py:5:1"]


def test_it_needs_no_runner(trial: Make) -> None:
    scope = {"paths": ["app.py", "tests/"]}
    plan = plan_of(phase(attempt_cap=1, scope=scope), defaults={"tests": {"runner": "none"}})
    answer = builder("work", "As asked", whole("app.py", SUB), whole("tests/test_app.py", LOOSER))
    run = trial(plan=plan, answers=[answer], files=FILES)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert [(f.where(), f.severity) for f in findings(run) if f.code == "AP405"] == [
        ("tests/test_app.py:5:1", Severity.ERROR)
    ]
