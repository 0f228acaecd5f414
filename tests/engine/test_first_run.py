"""The tests that a change affects run first: their sure failure ends the attempt, and nothing else is settled by them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from autopack.context import evidence_lines as words_of
from autopack.context import first_runs_line
from autopack.engine import first_run as firsts
from autopack.engine import running
from autopack.engine.first_run import First, told_of
from autopack.engine.work import Work
from autopack.model import codec
from autopack.model.attempt import Attempt
from autopack.model.evidence import Evidence, FirstRun, FirstRuns
from autopack.model.findings import Finding
from autopack.model.states import RunState
from autopack.model.test_report import RunnerEnd, TestOutcome, TestReport, TestResult
from autopack_server.cli.evidence import evidence_lines
from autopack_server.cli.status import status_lines
from tests.engine.conftest import Trial, settle
from tests.kit.project import builder, whole
from tests.kit.tiny import ADD, SUB, WRONG, answer, phase, plan_of

Make = Callable[..., Trial]
PYTEST = {"runner": "pytest"}
OTHERS = "import time\nimport other\n\n\ndef test_other():\n    time.sleep(0.2)\n    assert other.two() == 2\n"
FILES = {
    "other.py": "def two():\n    return 2\n",
    "tests/test_app.py": "import app\n\n\ndef test_add():\n    assert app.add(2, 3) == 5\n",
    "tests/test_other.py": OTHERS,
}
STATE = {
    "state.py": "READY = []\n",
    "tests/test_a.py": "import time\nimport state\n\n\ndef test_a():\n    time.sleep(0.2)\n    state.READY.append(1)\n",
}


def trial_of(
    trial: Make,
    *answers: dict[str, Any],
    files: dict[str, str] | None = None,
    settings: str = "tests: {selection_seconds: 0}\n",
    attempts: int = 1,
    **tests: Any,
) -> Trial:
    one = phase("work", "app.py", "tests/", attempt_cap=attempts)
    plan = plan_of(one, defaults={"tests": {**PYTEST, **tests}})
    run = trial(plan=plan, answers=answers, files={**FILES, **(files or {})})
    settle(run, settings)
    return run


def evidence(run: Trial) -> Evidence:
    effect = run.store.effect(run.run, "work", 1, "test")
    assert effect is not None and effect.result is not None
    return codec.load(Evidence, effect.result["evidence"])


def ran(run: Trial) -> list[str]:
    report = evidence(run).report
    assert report is not None
    return [result.id for result in report.results]


def findings(run: Trial) -> list[Finding]:
    return [f for row in run.store.attempts(run.run) if row.outcome for f in row.outcome.findings]


def test_a_sure_failure_ends_the_attempt_before_the_others_run(trial: Make) -> None:
    run = trial_of(trial, answer(content=WRONG))
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    first = evidence(run).first
    assert first is not None and first.stopped
    assert (first.ran, first.of, ran(run)) == (1, 2, ["tests/test_app.py::test_add"])
    (told,) = findings(run)
    assert (told.code, told.path) == ("AP401", "tests/test_app.py")
    assert "Run before the others: 1 of 2 tests. The rest was not run." in told.message


def test_what_it_saved_is_what_everything_took_on_the_base() -> None:
    def report(seconds: float, *ids: str) -> TestReport:
        results = tuple(TestResult(test, TestOutcome.PASSED) for test in ids)
        return TestReport("k", "t", "pytest", (), RunnerEnd.FINISHED, 0, results, duration=seconds)

    base, short = report(90.0, "a", "b", "c"), report(10.0, "a")
    assert told_of(base, short, 31.0, stopped=True) == FirstRun(1, 3, 31.0, stopped=True, saved=80.0)
    assert told_of(base, short, 12.0, stopped=False) == FirstRun(1, 3, 12.0)
    assert told_of(short, base, 95.0, stopped=True).saved == 0


def test_its_findings_are_those_of_the_run_of_everything(trial: Make) -> None:
    """The same change, judged by a selection and by everything."""
    told = []
    for choice in ("auto", "never"):
        run = trial_of(trial, answer(content=WRONG), settings=f"tests: {{selection: {choice}, selection_seconds: 0}}\n")
        run.go()
        assert (evidence(run).first is not None) == (choice == "auto")
        said = [re.sub("0x[0-9a-f]+", "0x", f.message.partition("\n(Run before")[0]) for f in findings(run)]
        told.append([(f.code, f.path, f.range, text) for f, text in zip(findings(run), said, strict=True)])
    assert told[0] == told[1] != []


def test_what_passes_first_is_followed_by_everything(trial: Make) -> None:
    run = trial_of(trial, answer(content=SUB))
    assert run.go().state is RunState.DONE_SUCCESS
    first = evidence(run).first
    assert first is not None and not first.stopped and first.ran == 1 and first.saved == 0
    assert len(ran(run)) == 2


def test_a_regression_in_a_test_that_the_selection_leaves_out_fails_the_phase(trial: Make) -> None:
    hidden = "import importlib\n\n\ndef test_hidden():\n    assert importlib.import_module('a' + 'pp').add(2, 3) == 5\n"
    harmless = "import app\n\n\ndef test_add():\n    assert app.add(0, 0) == 0\n"
    files = {"tests/test_hidden.py": hidden, "tests/test_app.py": harmless}
    run = trial_of(trial, answer(content=WRONG), files=files)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    first = evidence(run).first
    assert first is not None and not first.stopped and first.ran == 1
    assert [f.message.partition(" ")[0] for f in findings(run) if f.code == "AP401"] == [
        "tests/test_hidden.py::test_hidden"
    ]


def test_no_phase_completes_on_a_selection_whatever_is_said_of_it(trial: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first run that stops although everything it ran passed: every gate is content, and the phase is not complete."""
    real = firsts.first_run

    async def stops(work: Work, attempt: Attempt, baseline: TestReport) -> First:
        made = await real(work, attempt, baseline)
        report = replace(baseline, tree=attempt.tree)
        return First(FirstRun(1, 2, stopped=True), baseline, report, made.delta)

    monkeypatch.setattr(running, "first_run", stops)
    run = trial_of(trial, answer(content=SUB))
    assert run.go().state is not RunState.DONE_SUCCESS
    assert run.tip() == run.store.run(run.run).base


def test_a_failure_that_the_user_lets_pass_stops_nothing(trial: Make) -> None:
    """A severity of the user's makes it a warning, so everything is run and the rest decides."""
    settings = "tests: {selection_seconds: 0, mutants: 0}\nseverities: {AP401: warning}\n"
    run = trial_of(trial, answer(content=WRONG), settings=settings)
    run.go()
    first = evidence(run).first
    assert first is not None and not first.stopped
    assert len(ran(run)) == 2


def test_a_test_that_needs_others_before_it_is_no_failure(trial: Make) -> None:
    needs = "import app, state\n\n\ndef test_add():\n    assert state.READY and app.add(2, 3) == 5\n"
    run = trial_of(trial, answer(content=SUB), files={**STATE, "tests/test_app.py": needs})
    assert run.go().state is RunState.DONE_SUCCESS
    first = evidence(run).first
    assert first is not None and not first.stopped and first.ran == 1
    assert run.store.unsteady(["tests/test_app.py::test_add"], 0.0) == {}, "nothing is remembered of it"


def test_a_file_that_can_be_collected_behind_others_alone_is_no_failure(trial: Make) -> None:
    needs = "import app, state\n\nassert state.READY\n\n\ndef test_add():\n    assert app.add(2, 3) == 5\n"
    first_file = STATE["tests/test_a.py"].replace("\n\n\ndef", "\n\nstate.READY.append(1)\n\n\ndef", 1)
    run = trial_of(
        trial, answer(content=SUB), files={**STATE, "tests/test_a.py": first_file, "tests/test_app.py": needs}
    )
    assert run.go().state is RunState.DONE_SUCCESS
    first = evidence(run).first
    assert first is not None and not first.stopped and first.ran == 0


def test_a_test_that_fails_once_is_no_failure(trial: Make) -> None:
    """It fails in the first run and passes when it is repeated."""
    flaky = (
        "import os, pathlib\nimport app\n\n\ndef test_add():\n"
        "    counter = pathlib.Path(os.environ['HOME'], 'counter')\n"
        "    count = int(counter.read_text()) + 1 if counter.exists() else 1\n"
        "    counter.write_text(str(count))\n"
        "    assert count != 2 and app.add(2, 3) == 5\n"
    )
    run = trial_of(trial, answer(content=SUB), files={"tests/test_app.py": flaky})
    assert run.go().state is RunState.DONE_SUCCESS
    first = evidence(run).first
    assert first is not None and not first.stopped and first.ran == 1


def test_without_time_to_repeat_it_nothing_is_sure(trial: Make) -> None:
    run = trial_of(trial, answer(content=WRONG), settings="tests: {selection_seconds: 0, rerun_seconds: 0}\n")
    run.go()
    first = evidence(run).first
    assert first is not None and not first.stopped
    assert (len(ran(run)), [f.code for f in findings(run)]) == (2, ["AP401"])


def test_a_file_that_can_no_longer_be_collected_ends_the_attempt(trial: Make) -> None:
    files = {"tests/test_app.py": FILES["tests/test_app.py"].replace("import app", "from app import add\nimport app")}
    run = trial_of(trial, answer(content=ADD.replace("add", "plus")), files=files)
    run.go()
    first = evidence(run).first
    assert first is not None and first.stopped
    assert "AP402" in {f.code for f in findings(run)}


def test_a_new_test_that_fails_ends_the_attempt(trial: Make) -> None:
    new = "import app\n\n\ndef test_sub():\n    assert app.sub(5, 3) == 1\n"
    both = builder("work", "Add sub", whole("app.py", SUB), whole("tests/test_new.py", new, "create"))
    run = trial_of(trial, both, must_pass=["tests/test_new.py::test_sub"])
    run.go()
    first = evidence(run).first
    assert first is not None and first.stopped and first.ran == 2
    assert [f.code for f in findings(run)] == ["AP401"]


def test_a_test_of_must_pass_that_was_not_written_ends_the_attempt(trial: Make) -> None:
    new = FILES["tests/test_app.py"] + "\n\ndef test_else():\n    assert app.sub(5, 3) == 2\n"
    both = builder("work", "Add sub", whole("app.py", SUB), whole("tests/test_app.py", new))
    run = trial_of(trial, both, must_pass=["tests/test_app.py::test_sub"])
    run.go()
    first = evidence(run).first
    assert first is not None and first.stopped
    assert [f.code for f in findings(run)] == ["AP403"]
    assert "there is no such test" in findings(run)[0].message


@pytest.mark.parametrize("failures", ["(1, 2, 3, 4)", "(1, 2, 3)"], ids=["again", "by chance"])
def test_one_of_must_pass_that_failed_before_must_fail_twice(trial: Make, failures: str) -> None:
    """On the base it is run twice: it failed there, and failed when it was repeated."""
    counted = (
        "import os, pathlib\nimport app\n\n\ndef test_old():\n    assert app.add(1, 1) == 2\n\n\ndef test_add():\n"
        "    counter = pathlib.Path(os.environ['HOME'], 'counter')\n"
        "    count = int(counter.read_text()) + 1 if counter.exists() else 1\n"
        "    counter.write_text(str(count))\n"
        f"    assert count not in {failures}\n"
    )
    run = trial_of(
        trial, answer(content=SUB), files={"tests/test_app.py": counted}, must_pass=["tests/test_app.py::test_add"]
    )
    run.go()
    first = evidence(run).first
    assert first is not None and first.stopped is (failures == "(1, 2, 3, 4)")
    assert (run.state() is RunState.DONE_SUCCESS) is not first.stopped


@pytest.mark.parametrize(
    "settings",
    ["tests: {selection: never, selection_seconds: 0}\n", "tests: {selection_seconds: 3600}\n"],
    ids=["not wanted", "nothing to save"],
)
def test_where_it_is_not_wanted_or_saves_nothing_everything_runs_at_once(trial: Make, settings: str) -> None:
    run = trial_of(trial, answer(content=WRONG), settings=settings)
    run.go()
    assert evidence(run).first is None
    assert len(ran(run)) == 2


def test_a_crash_in_a_first_run_leaves_nothing_of_it(trial: Make, broken_at: Callable[[str], None]) -> None:
    """The test step is done again whole, and its first run counts once."""
    run = trial_of(trial, answer(content=SUB))
    assert run.go().state is RunState.DONE_SUCCESS
    run.start()
    broken_at("testing.after_run")
    with pytest.raises(RuntimeError):
        run.drive()
    assert run.store.effect(run.run, "work", 1, "test").result is None  # type: ignore[union-attr]
    run.service.close()
    run.service = run.reopened()
    broken_at("rollback.before_ref")
    assert run.resume().state is RunState.DONE_SUCCESS
    assert len(ran(run)) == 2
    assert run.service.status(run.run).first_runs.runs == 1
    run.sound()


def test_what_first_runs_saved_and_cost_is_summed_up_and_told(trial: Make) -> None:
    run = trial_of(trial, answer(content=WRONG, attempt=1), answer(content=SUB, attempt=2), attempts=2)
    assert run.go().state is RunState.DONE_SUCCESS
    view = run.service.status(run.run)
    first, second = (run.service.evidence(run.run, "work", n)["test"]["first"] for n in (1, 2))
    assert (first["stopped"], second["stopped"]) == (True, False)
    assert view.first_runs == FirstRuns(2, 1, first["saved"], second["seconds"])
    assert view.to_json()["first_runs"]["stopped"] == 1
    said = first_runs_line(view.first_runs)
    assert said.startswith("2 first runs of a selection, 1 settled it: ")
    assert f"| Tests | {said} |" in run.service.report(run.run).read_text("utf-8")
    assert f"  tests     {said}" in status_lines(view)
    shown = evidence_lines(run.service.evidence(run.run, "work", 1))
    assert any("1 of 2 tests" in line and "which settled it" in line for line in shown)
    shown = evidence_lines(run.service.evidence(run.run, "work", 2))
    assert any("1 of 2 tests" in line and "then all of them" in line for line in shown)


def test_the_evidence_of_a_selection_says_so_in_words(trial: Make) -> None:
    run = trial_of(trial, answer(content=WRONG))
    run.go()
    said = "These are 1 of 2 tests: they ran first, and the others were not run."
    assert said in words_of(evidence(run))
    assert said not in words_of(replace(evidence(run), first=FirstRun(1, 2)))


def test_where_lines_are_measured_the_tests_that_executed_the_changed_ones_run(trial: Make) -> None:
    both = ADD + "\n\ndef mul(a, b):\n    return a * b\n"
    tests = FILES["tests/test_app.py"] + "\n\ndef test_mul():\n    assert app.mul(2, 3) == 6\n"
    files = {"app.py": both, "tests/test_app.py": tests}
    settings = "tests: {selection_seconds: 0, coverage: always}\n"
    run = trial_of(trial, answer(content=both.replace("a * b", "a ** b")), files=files, settings=settings)
    run.go()
    first = evidence(run).first
    assert first is not None and first.stopped
    assert ran(run) == ["tests/test_app.py::test_mul"]


def test_a_change_of_what_any_test_may_use_is_judged_by_everything_at_once(trial: Make) -> None:
    both = builder("work", "Break add", whole("app.py", WRONG), whole("tests/helper.py", "FIVE = 2 + 3\n"))
    run = trial_of(trial, both, files={"tests/helper.py": "FIVE = 5\n"})
    run.go()
    assert evidence(run).first is None
