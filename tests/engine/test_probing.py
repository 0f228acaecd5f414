"""New tests of a phase are tried: on the base's product code, and on small errors in the changed lines."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from autopack.engine import mutants
from autopack.model.findings import Finding
from autopack.model.states import PhaseState, RunState
from autopack_server.cli.evidence import evidence_lines
from tests.engine.conftest import Trial, settle
from tests.kit.project import builder, whole
from tests.kit.tiny import ADD, phase, plan_of

Make = Callable[..., Trial]
OLD = {"tests/test_app.py": "import app\n\n\ndef test_add():\n    assert app.add(2, 3) == 5\n"}
FEE = ADD + "\n\ndef fee(n):\n    if n > 10:\n        return 0\n    return 5\n"
REAL = "import app\n\n\ndef test_fee():\n    assert [app.fee(n) for n in (9, 10, 11)] == [5, 5, 0]\n"
SHALLOW = "import app\n\n\ndef test_fee():\n    assert app.fee(50) == 0\n"
EMPTY = "import app\n\n\ndef test_fee():\n    app.fee(50)\n    assert True\n"
BEFORE = "import app\n\n\ndef test_zero():\n    assert app.add(0, 0) == 0\n"


def trial_of(trial: Make, tests: str, category: str = "backend", **more: object) -> Trial:
    asked = {"attempt_cap": 1, "category": category, "scope": {"paths": ["app.py", "tests/"]}, **more}
    plan = plan_of(phase(**asked), defaults={"tests": {"runner": "pytest", "paths": ["tests/"]}})
    files = [whole("app.py", FEE), whole("tests/test_fee.py", tests, "create")]
    return trial(plan=plan, answers=[builder("work", "As asked", *files)], files=OLD)


def findings(run: Trial, *codes: str) -> list[Finding]:
    rows = run.store.attempts(run.run)
    return [f for row in rows if row.outcome for f in row.outcome.findings if f.code in codes]


def test_a_test_that_notices_everything_has_nothing_said_of_it(trial: Make) -> None:
    run = trial_of(trial, REAL)
    assert run.go().state is RunState.DONE_SUCCESS
    assert findings(run, "AP406", "AP412") == []
    effect = run.store.effect(run.run, "work", 1, "test")
    assert effect is not None and effect.result is not None
    noticed, tried = effect.result["evidence"]["mutants"]
    assert noticed == tried > 0


def test_what_a_test_does_not_notice_is_shown_at_its_line(trial: Make) -> None:
    run = trial_of(trial, SHALLOW)
    assert run.go().state is RunState.DONE_SUCCESS
    found = findings(run, "AP412")
    assert found and all(f.path == "app.py" and f.range is not None and not f.blocking for f in found)
    assert any("tests/test_fee.py::test_fee" in f.message for f in found)
    shown = "\n".join(evidence_lines(run.service.evidence(run.run, "work")))
    assert re.search(r"\n  mutants    \d+ of [2-9] small errors in the changed lines noticed\n", shown)


def test_a_test_that_cannot_fail_is_told_at_its_line(trial: Make) -> None:
    run = trial_of(trial, EMPTY)
    run.go()
    (found,) = findings(run, "AP406")
    assert (found.path, found.blocking) == ("tests/test_fee.py", False)


def test_a_new_test_that_passes_without_the_change_is_told(trial: Make) -> None:
    run = trial_of(trial, BEFORE)
    run.go()
    (found,) = findings(run, "AP406")
    assert "without the change" in found.message


@pytest.mark.parametrize("tests", [SHALLOW, EMPTY])
def test_where_it_is_grave_a_person_must_accept_it(trial: Make, tests: str) -> None:
    run = trial_of(trial, tests, category="core_backend_high")
    run.go()
    assert run.phases() == {"work": PhaseState.BLOCKED}
    (request,) = run.store.requests(run.run, state="pending")
    assert {"AP406", "AP412"} & set(request.codes)
    assert any(re.match(r"AP4(06 tests/test_fee|12 app).py:\d+:\d+ ", reason) for reason in request.reasons)


def test_mutants_can_be_done_without(trial: Make) -> None:
    run = trial_of(trial, SHALLOW)
    settle(run, "tests: {mutants: 0}\n")
    assert run.go().state is RunState.DONE_SUCCESS
    assert findings(run, "AP412") == []


LOOP = (
    ADD + "\n\ndef down(n):\n    while True:\n        if n == 0:\n            break\n        n = n - 1\n    return n\n"
)
DOWN = "import app\n\n\ndef test_down():\n    assert app.down(3) == 0\n"


def test_a_mutant_that_never_ends_is_not_waited_for(trial: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The phase's own time-out is five minutes; the loop that counts up is taken as noticed long before."""
    monkeypatch.setattr(mutants, "_START_SECONDS", 2)
    plan = plan_of(
        phase(scope={"paths": ["app.py", "tests/"]}), defaults={"tests": {"runner": "pytest", "paths": ["tests/"]}}
    )
    files = [whole("app.py", LOOP), whole("tests/test_down.py", DOWN, "create")]
    run = trial(plan=plan, answers=[builder("work", "As asked", *files)], files=OLD)
    assert run.go().state is RunState.DONE_SUCCESS
    effect = run.store.effect(run.run, "work", 1, "test")
    assert effect is not None and effect.result is not None
    noticed, tried = effect.result["evidence"]["mutants"]
    assert noticed == tried > 0
