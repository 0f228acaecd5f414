"""Runs whose change takes something from the tests where no run can show it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autopack.engine import suspecting
from autopack.model.findings import Severity
from autopack.model.states import PhaseState, RunState
from tests.engine.conftest import Trial, settle
from tests.engine.test_crossing import FILES, TESTS, findings, trial_of
from tests.kit.project import builder, whole
from tests.kit.tiny import SUB, phase, plan_of

Make = Callable[..., Trial]
LOOSER = TESTS.replace("assert app.add(2, 3) == 5", "assert app.add(2, 3) > 0")


def test_a_test_that_is_loosened_beside_right_code_is_put_to_a_person_with_the_error_that_is_lost(trial: Make) -> None:
    run = trial_of(trial, SUB, LOOSER)
    run.go()
    (told,) = run.store.requests(run.run, state="pending")
    assert told.codes == ("AP405",) and "On trial an error is not noticed any more" in " ".join(told.reasons)
    run.service.approve(run.run, told.id, digest=told.digest)
    assert run.resume().state is RunState.DONE_SUCCESS


def test_without_trials_it_is_put_to_a_person_all_the_same(trial: Make) -> None:
    run = trial_of(trial, SUB, LOOSER)
    settle(run, "tests: {rewording_seconds: 0}\n")
    run.go()
    (asked,) = run.store.requests(run.run, state="pending")
    said = " ".join(asked.reasons)
    assert "test_add" in said and "hides nothing now" in said and "Assert as much as before" in said
    run.service.approve(run.run, asked.id, digest=asked.digest)
    assert run.resume().state is RunState.DONE_SUCCESS


LEAST_ASKED = TESTS.replace("assert app.add(2, 3) == 5", "assert app.add(2, 3) in (5, 6)")


def test_less_of_the_very_same_is_no_other_words_whatever_a_trial_shows(trial: Make) -> None:
    """`test_five` notices all that `test_add` did."""
    run = trial_of(trial, SUB, LEAST_ASKED + "\n\ndef test_five():\n    assert app.add(4, 1) == 5\n")
    run.go()
    (told,) = run.store.requests(run.run, state="pending")
    assert told.codes == ("AP405",) and "On trial" not in " ".join(told.reasons)


def test_where_it_is_grave_it_stops_the_phase_all_the_same(trial: Make) -> None:
    run = trial_of(trial, SUB, LOOSER, category="core_backend_high")
    run.go()
    assert [f.blocking for f in findings(run) if f.code == "AP405"] == [True]


def test_a_skip_beside_right_code_stops_the_phase(trial: Make) -> None:
    skips = TESTS.replace("import app", "import pytest\n\nimport app").replace(
        "def test_add", "@pytest.mark.skip\ndef test_add"
    )
    run = trial_of(trial, SUB, skips)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert {f.code for f in findings(run) if f.blocking} >= {"AP405"}


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


def test_a_comparison_that_breaks_down_completes_nothing_by_itself(
    trial: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(facts: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(suspecting, "judge_tampering", breaks)
    run = trial_of(trial, SUB, TESTS + "\n")
    run.go()
    assert run.phases() == {"work": PhaseState.BLOCKED}


def test_a_mark_that_a_loop_puts_on_is_told_from_the_run(trial: Make) -> None:
    marked = TESTS.replace("import app\n", "import pytest\n\nimport app\n") + (
        '\n\nfor name in ("add", "other"):\n    test = globals()[f"test_{name}"]\n'
        '    globals()[f"test_{name}"] = pytest.mark.xfail(reason="the clock")(test)\n'
    )
    run = trial_of(trial, SUB, marked)
    run.go()
    told = [f for f in findings(run) if f.code == "AP405" and f.blocking]
    assert [f.where() for f in told] == ["tests/test_app.py:6:1", "tests/test_app.py:10:1"]
    assert all("expected to fail now" in f.message for f in told)
