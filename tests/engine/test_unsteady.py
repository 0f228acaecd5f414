"""Tests that fail by chance, driven whole: neither blamed on a change nor an excuse for what a change breaks."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from autopack.model.states import PhaseState, RunState
from tests.engine.conftest import Trial, settle
from tests.kit.tiny import ADD, SUB, WRONG, answer, phase, plan_of

Make = Callable[..., Trial]
PYTEST = {"runner": "pytest", "paths": ["test_app.py"]}
COUNTED = '''
import os, pathlib

import app

def nth():
    """How often this test has run, kept where a run's tests keep what they write."""
    counter = pathlib.Path(os.environ["HOME"], "counter")
    count = int(counter.read_text()) + 1 if counter.exists() else 1
    counter.write_text(str(count))
    return count

def test_steady():
    assert app.add(1, 1) == 2

def test_counted():
    assert nth() {when}
    assert app.add(2, 3) == 5
'''


def trial_of(trial: Make, tests: str, content: str) -> Trial:
    plan = plan_of(phase(attempt_cap=1), defaults={"tests": PYTEST})
    return trial(plan=plan, answers=[answer(content=content)], files={"test_app.py": tests})


def counted(when: str) -> str:
    return COUNTED.replace("{when}", when)


def findings(run: Trial) -> list[tuple[str, str]]:
    rows = run.store.attempts(run.run)
    return [(f.code, f.message) for row in rows if row.outcome for f in row.outcome.findings]


def test_a_test_that_fails_by_chance_blocks_nothing_and_is_remembered(trial: Make) -> None:
    run = trial_of(trial, counted("not in (2, 4)"), SUB)
    assert run.go().state is RunState.DONE_SUCCESS
    assert [code for code, _ in findings(run)] == ["AP404"]
    known = run.store.unsteady(["test_app.py::test_counted"], time.time())
    assert known["test_app.py::test_counted"].failed == pytest.approx(1)


def test_a_base_that_fails_by_chance_hides_no_regression(trial: Make) -> None:
    run = trial_of(trial, counted("!= 1"), WRONG)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    told = dict(findings(run))
    assert set(told) == {"AP401"}
    assert run.store.phase(run.run, "work").state is PhaseState.FAILED
    messages = [message for _, message in findings(run)]
    assert any("test_counted" in m for m in messages), "the test the base failed by chance is blamed all the same"


def test_what_fails_in_the_base_every_time_blocks_nothing(trial: Make) -> None:
    run = trial_of(trial, counted("< 0"), SUB)
    assert run.go().state is RunState.DONE_SUCCESS
    assert findings(run) == []


def test_without_time_for_it_nothing_is_run_again_and_the_failure_stands(trial: Make) -> None:
    run = trial_of(trial, counted("!= 2"), SUB)
    settle(run, "tests: {rerun_seconds: 0}\n")
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert next(code for code, _ in findings(run)) == "AP401"


def test_a_test_broken_by_what_another_leaves_behind_is_the_changes_doing(trial: Make) -> None:
    """It passes alone, so repeating it alone would call it flaky."""
    tests = "import app\n\ndef test_a():\n    app.add(1, 1)\n\ndef test_z():\n    assert app.add(2, 3) == 5\n"
    body = "    CALLS.append(a)\n    return a + b if len(CALLS) == 1 else 0"
    run = trial_of(trial, tests, ADD.replace("    return a + b", body) + "\nCALLS = []\n")
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    (told, *_rest) = findings(run)
    assert told[0] == "AP401" and "passes alone" in told[1]
