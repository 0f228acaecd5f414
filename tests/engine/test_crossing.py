"""Runs whose change touches tests: the base's own tests decide on the product code beside the candidate's."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from autopack.model.findings import Finding, Severity
from autopack.model.states import RunState
from tests.engine.conftest import Trial
from tests.kit.project import builder, whole
from tests.kit.tiny import ADD, SUB, WRONG, phase, plan_of

Make = Callable[..., Trial]
TESTS = """import app


def test_add():
    assert app.add(2, 3) == 5


def test_other():
    assert app.add(1, 0) == 1
"""
FILES = {"tests/test_app.py": TESTS}


def trial_of(trial: Make, product: str, tests: str | None, path: str = "tests/test_app.py", **more: object) -> Trial:
    scope = {"paths": ["app.py", "tests/", "conftest.py"], "allowed": ["conftest.py", "tests/conftest.py"]}
    asked = {"attempt_cap": 1, "scope": scope, **more}
    plan = plan_of(phase(**asked), defaults={"tests": {"runner": "pytest", "paths": ["tests/"]}})
    files = [whole("app.py", product)]
    if tests is None:
        files.append({"path": path, "action": "delete"})
    else:
        files.append(whole(path, tests, "modify" if path in FILES else "create"))
    return trial(plan=plan, answers=[builder("work", "As asked", *files)], files=FILES)


def findings(run: Trial) -> list[Finding]:
    return [f for row in run.store.attempts(run.run) if row.outcome for f in row.outcome.findings]


def test_a_skip_over_a_regression_is_found_out(trial: Make) -> None:
    skips = TESTS.replace("def test_add", "@pytest.mark.skip\ndef test_add").replace(
        "import app", "import pytest\n\nimport app"
    )
    run = trial_of(trial, WRONG, skips.replace("def test_other", "@pytest.mark.skip\ndef test_other"),
                   deliverables=["tests/test_app.py"])  # fmt: skip
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    told = [f for f in findings(run) if f.code == "AP405"]
    assert [f.where() for f in told] == ["tests/test_app.py:6:1", "tests/test_app.py:11:1"]
    assert told[0].blocking and "test_add" in told[0].message


def test_an_expectation_made_to_fit_is_found_out_and_leave_for_it_is_the_plans(trial: Make) -> None:
    fitted = TESTS.replace("== 5", "== -1")
    run = trial_of(trial, WRONG, fitted)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert [(f.code, f.where()) for f in findings(run) if f.blocking][:1] == [("AP405", "tests/test_app.py:5:1")]
    asked = trial_of(trial, WRONG, fitted, deliverables=["tests/test_app.py"])
    assert asked.go().state is RunState.DONE_SUCCESS
    assert [(f.code, f.severity) for f in findings(asked) if f.code == "AP405"] == [("AP405", Severity.WARNING)]
    said = trial_of(trial, WRONG, fitted, deliverables=["tests/test_app.py"], goal="Subtract; adapt tests/test_app.py.")
    assert said.go().state is RunState.DONE_SUCCESS
    assert [(f.code, f.severity) for f in findings(said) if f.code == "AP405"] == [("AP405", Severity.INFORMATION)]


def test_a_test_of_the_base_that_hangs_on_the_new_code_is_not_waited_for_long(
    trial: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autopack.engine.overlays._LEAST_SECONDS", 3)
    monkeypatch.setattr("autopack.engine.overlays._PATIENCE", 0)
    hangs = WRONG.replace("def add(a, b):\n", "def add(a, b):\n    while a == 2:\n        pass\n")
    assert hangs != WRONG
    run = trial_of(trial, hangs, TESTS.replace("add(2, 3) == 5", "add(1, 0) == 1"), deliverables=["tests/test_app.py"])
    begun = time.monotonic()
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert time.monotonic() - begun < 120, "the phase's own bound is 300 s"
    assert any("came to no end" in f.message and f.blocking for f in findings(run))


def test_a_conftest_that_drops_a_failing_test_is_found_out(trial: Make) -> None:
    drops = "def pytest_collection_modifyitems(items):\n    items[:] = [i for i in items if i.name != 'test_add']\n"
    run = trial_of(trial, WRONG, drops, "tests/conftest.py", deliverables=["tests/conftest.py"])
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    told = [f.where() for f in findings(run) if f.blocking and f.code == "AP405"]
    assert told == ["tests/conftest.py:1:1", "tests/conftest.py:2:1"], "which test it hides, and where"


def test_a_conftest_that_turns_failures_into_passes_is_found_out(trial: Make) -> None:
    lies = (
        "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True, trylast=True)\ndef pytest_runtest_makereport(item, call):\n"
        "    outcome = yield\n    report = outcome.get_result()\n"
        "    if report.when == 'call':\n        report.outcome, report.longrepr = 'passed', None\n"
    )
    run = trial_of(trial, WRONG, lies, "tests/conftest.py", deliverables=["tests/conftest.py"])
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert "AP405" in {f.code for f in findings(run) if f.blocking}


def test_honest_edits_cost_one_run_and_pass(trial: Make) -> None:
    renamed = TESTS.replace("test_add", "test_addition") + "\n\ndef test_sub():\n    assert app.sub(3, 2) == 1\n"
    run = trial_of(trial, SUB, renamed)
    assert run.go().state is RunState.DONE_SUCCESS
    assert [f.code for f in findings(run)] == []


@pytest.mark.parametrize(("category", "told"), [("core_backend_high", True), ("backend", False)])
def test_where_nobody_looks_must_pass_is_run_once_more_by_the_bases_configuration(trial: Make, category, told) -> None:
    """A new conftest makes the test pass; policy lets it in as a deliverable."""
    tests = {"runner": "pytest", "paths": ["tests/"], "must_pass": ["tests/test_new.py::test_five"]}
    asked = {"attempt_cap": 1, "category": category, "tests": tests, "scope": {"paths": ["app.py", "tests/"]},
             "deliverables": ["tests/conftest.py", "tests/test_new.py"]}  # fmt: skip
    plan = plan_of(phase(**asked), run={"autonomy": "unattended"}, defaults={"tests": {"runner": "pytest"}})
    new = "import app\n\n\ndef test_five():\n    assert app.add(7, 7) == 5\n"
    files = [
        whole("app.py", SUB),
        whole("tests/conftest.py", "import app\n\napp.add = lambda a, b: 5\n", "create"),
        whole("tests/test_new.py", new, "create"),
    ]
    base = {"tests/test_old.py": "def test_old():\n    pass\n"}
    run = trial(plan=plan, answers=[builder("work", "As asked", *files)], files=base)
    run.go()
    messages = [f.message for f in findings(run) if f.code == "AP405"]
    assert any("in a process of its own" in message for message in messages) is told


COMPAT = "def add(a, b):\n    return a + b\n\n\ndef text(a):\n    return str(a)\n"
WITH_COMPAT = TESTS.replace("import app\n", "import app\nfrom app import text\n") + (
    "\n\ndef test_text():\n    assert text(1) == '1'\n"
)


@pytest.mark.parametrize(("product", "right"), [(SUB, True), (WRONG, False)])
def test_a_base_file_that_imports_what_goes_is_asked_without_it(trial: Make, product: str, right: bool) -> None:
    """`text` goes, and its test with it; what the change took out of the other test is held against the base's version,
    which can be loaded all the same."""
    files = {"app.py": COMPAT, "tests/test_app.py": WITH_COMPAT}
    weaker = TESTS.replace("== 5", "is not None")
    scope = {"paths": ["app.py", "tests/"]}
    plan = plan_of(
        phase(attempt_cap=1, scope=scope, deliverables=["tests/test_app.py"]),
        defaults={"tests": {"runner": "pytest", "paths": ["tests/"]}},
    )
    answer = builder("work", "As asked", whole("app.py", product), whole("tests/test_app.py", weaker))
    run = trial(plan=plan, answers=[answer], files=files)
    run.go()
    (asked,) = run.store.requests(run.run, state="pending")
    (said,) = [reason for reason in asked.reasons if "test_add" in reason]
    assert ("passes on the proposed code" in said) is right


def test_a_module_that_is_renamed_with_its_tests_is_no_tampering(trial: Make) -> None:
    """Every test of the base's file uses what the old name brought: none of them can be asked."""
    tests = TESTS.replace("import app\n", "from app import add\n").replace("app.add", "add")
    plan = plan_of(
        phase(attempt_cap=1, goal="Rename app.py to sums.py.", scope={"paths": ["app.py", "sums.py", "tests/"]}),
        defaults={"tests": {"runner": "pytest", "paths": ["tests/"]}},
    )
    gone = {"path": "app.py", "action": "delete"}
    moved = whole("tests/test_app.py", tests.replace("from app", "from sums"))
    files = {"app.py": ADD, "tests/test_app.py": tests}
    run = trial(
        plan=plan, answers=[builder("work", "Rename", gone, whole("sums.py", ADD, "create"), moved)], files=files
    )
    assert run.go().state is RunState.DONE_SUCCESS, [(f.code, f.message) for f in findings(run)]


@pytest.mark.parametrize(("goal", "completes"), [("Remove text; nobody calls it.", True), ("Make add faster.", False)])
def test_a_test_goes_with_what_the_plan_says_is_to_go(trial: Make, goal: str, completes: bool) -> None:
    files = {"app.py": COMPAT, "tests/test_app.py": WITH_COMPAT}
    plan = plan_of(
        phase(attempt_cap=1, goal=goal, scope={"paths": ["app.py", "tests/"]}),
        defaults={"tests": {"runner": "pytest", "paths": ["tests/"]}},
    )
    answer = builder("work", "As asked", whole("app.py", ADD), whole("tests/test_app.py", TESTS))
    run = trial(plan=plan, answers=[answer], files=files)
    assert (run.go().state is RunState.DONE_SUCCESS) is completes, [(f.code, f.message) for f in findings(run)]


OTHER_FORM = TESTS.replace("app.add(2, 3)", "app.add([2, 3])").replace("app.add(1, 0)", "app.add([1, 0])")
LISTED = "def add(numbers):\n    return sum(numbers)\n"


@pytest.mark.parametrize(
    ("goal", "tests", "completes"),
    [
        ("Let add() take a list of numbers.", OTHER_FORM, True),
        ("Let add() take a list of numbers.", OTHER_FORM.replace("== 5", "> 0"), False),
        ("Tidy the module.", OTHER_FORM, False),
    ],
    ids=["asks the same", "asks less", "not the plan's"],
)
def test_tests_follow_another_form_of_the_product(trial: Make, goal: str, tests: str, completes: bool) -> None:
    """As they were they cannot so much as call it."""
    run = trial_of(trial, LISTED, tests, goal=goal)
    assert (run.go().state is RunState.DONE_SUCCESS) is completes, [(f.code, f.message) for f in findings(run)]
    told = [f for f in findings(run) if f.code == "AP405"]
    assert told and (not completes or all(f.severity is Severity.WARNING for f in told))


@pytest.mark.parametrize(
    ("goal", "tests", "completes"),
    [
        ("add(2, 3) shall be -1.", TESTS.replace("== 5", "== -1\n    assert app.add(7, 2) == 5"), True),
        ("Let add be quick.", TESTS.replace("== 5", "== -1\n    assert app.add(7, 2) == 5"), False),
        ("add(2, 3) shall be -1.", TESTS.replace("== 5", "in (-1, 5)"), False),
    ],
    ids=["said", "not said", "said, and asks less"],
)
def test_an_expectation_that_the_plan_spells_out_may_stand_beside_new_ones(
    trial: Make, goal: str, tests: str, completes: bool
) -> None:
    run = trial_of(trial, WRONG, tests, goal=goal)
    assert (run.go().state is RunState.DONE_SUCCESS) is completes, [(f.code, f.message) for f in findings(run)]
    said = "test_add as it stands in the base fails"
    told = [f for f in findings(run) if f.code == "AP405" and said in f.message]
    assert [f.severity is Severity.INFORMATION for f in told] == [completes]


@pytest.mark.parametrize(("asked", "completes"), [("app.add(2, 3) == -1", True), ("app.add(9, 4) == 5", False)])
def test_a_file_that_the_plan_names_is_no_leave_to_look_elsewhere(trial: Make, asked: str, completes: bool) -> None:
    tests = TESTS.replace("test_add", "test_minus").replace("app.add(2, 3) == 5", asked)
    run = trial_of(trial, WRONG, tests, deliverables=["tests/test_app.py"])
    assert (run.go().state is RunState.DONE_SUCCESS) is completes, [(f.code, f.message) for f in findings(run)]
    told = [f for f in findings(run) if f.code == "AP405" and "test_add" in f.message]
    assert ["nothing looks at the same any more" in f.message for f in told if f.blocking] == [True] * (not completes)
