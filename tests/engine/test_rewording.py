"""Runs whose change puts tests in other words: trials on wrong code tell whether they ask what they asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autopack.engine import rewording
from autopack.engine.mutants import Noticed
from autopack.model.findings import Finding, Severity
from autopack.model.states import RunState
from autopack.mutation import MutantOutcome
from tests.engine.conftest import Trial, settle
from tests.kit.project import builder, whole
from tests.kit.tiny import phase, plan_of

# Each of them is several runs with some dozen mutants; on a machine with other work one took 80 s.
pytestmark = pytest.mark.timeout(300)

Make = Callable[..., Trial]
TEST = "tests/test_app.py"
PRICE = """def price(count, each):
    if count < 1:
        raise ValueError("count")
    total = count * each
    if count >= 10:
        total = total - 5
    return total


def unit(each):
    return each / 2
"""
SPLIT = """import pytest

import app


def test_few():
    assert app.price(2, 3) == 6


def test_many():
    assert app.price(10, 3) == 25


def test_none():
    with pytest.raises(ValueError):
        app.price(0, 3)
"""
MERGED = """import pytest

import app


def test_price():
    assert app.price(2, 3) == 6
    assert app.price(10, 3) == 25
    with pytest.raises(ValueError):
        app.price(0, 3)
"""
TELL = """def tell(send, count):
    if count > 1:
        send(count * 2)
    return count + 1
"""
MOCKED = """from unittest import mock

import app


def test_many():
    send = mock.Mock()
    assert app.tell(send, 2) == 3
    send.assert_called_once_with(4)


def test_one():
    send = mock.Mock()
    app.tell(send, 1)
    send.assert_not_called()
"""
FAKED = """import app


def test_many():
    sent = []
    assert app.tell(sent.append, 2) == 3
    assert sent == [4]


def test_one():
    sent = []
    app.tell(sent.append, 1)
    assert not sent
"""


def trial_of(
    trial: Make,
    tests: str,
    *,
    product: str = "",
    base: str = SPLIT,
    before: str = PRICE,
    settings: str = "",
    **more: object,
) -> Trial:
    asked = {
        "attempt_cap": 1,
        "scope": {"paths": ["app.py", "tests/"]},
        "goal": "Tidy the tests.",
        "allow": {"mass_deletion": True},
        **more,
    }
    plan = plan_of(phase(**asked), defaults={"tests": {"runner": "pytest", "paths": ["tests/"]}})
    files = [whole(TEST, tests), *([whole("app.py", product)] if product else [])]
    run = trial(plan=plan, answers=[builder("work", "As asked", *files)], files={"app.py": before, TEST: base})
    if settings:
        settle(run, settings)
    return run


def about_tests(run: Trial) -> list[Finding]:
    rows = run.store.attempts(run.run)
    return [f for row in rows if row.outcome for f in row.outcome.findings if f.code in ("AP403", "AP405")]


@pytest.mark.parametrize(
    ("tests", "base", "code", "product"),
    [(MERGED, SPLIT, "AP403", PRICE), (FAKED, MOCKED, "AP405", TELL)],
    ids=["merged", "a fake in place of a mock"],
)
def test_what_notices_the_same_errors_is_told_and_stops_nothing(
    trial: Make, tests: str, base: str, code: str, product: str
) -> None:
    run = trial_of(trial, tests, base=base, before=product)
    assert run.go().state is RunState.DONE_SUCCESS, [(f.where(), f.message) for f in about_tests(run)]
    told = about_tests(run)
    assert {f.code for f in told} == {code}
    assert all(f.severity is Severity.WARNING and not f.blocking for f in told)
    assert all("asks this in other words" in f.message and "Put the" not in f.message for f in told)


def test_it_holds_beside_new_code_on_which_the_tests_as_they_were_pass(trial: Make) -> None:
    run = trial_of(trial, MERGED, product=PRICE + "\n\ndef half(n):\n    return n / 2\n", goal="Add half.")
    assert run.go().state is RunState.DONE_SUCCESS
    assert about_tests(run)


@pytest.mark.parametrize(
    "lost", ["    assert app.price(10, 3) == 25\n", "    with pytest.raises(ValueError):\n        app.price(0, 3)\n"]
)
def test_what_notices_less_stops_the_phase_with_the_error_that_is_lost(trial: Make, lost: str) -> None:
    run = trial_of(trial, MERGED.replace(lost, ""))
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    told = [f for f in about_tests(run) if "On trial an error is not noticed any more" in f.message]
    assert told and all(f.blocking for f in told)
    assert {f.related[0].path for f in told} == {"app.py"}
    assert all(f.related[0].range is not None and "do not" in f.related[0].message for f in told)


def test_tests_that_ask_nothing_of_the_code_in_the_first_place_settle_nothing(trial: Make) -> None:
    idle = "def test_one():\n    assert 1 + 1 == 2\n\n\ndef test_two():\n    assert 2 + 2 == 4\n"
    run = trial_of(trial, "def test_sums():\n    assert 1 + 1 == 2\n    assert 2 + 2 == 4\n", base=idle)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ("tests: {rewording_seconds: 0}\n", {}),
        ("tests: {profile: strict}\n", {}),
        ("", {"category": "core_backend_high"}),
    ],
    ids=["switched off", "strict by settings", "high risk"],
)
def test_where_it_is_not_to_be_told_on_trial_the_finding_stands(
    trial: Make, settings: str, more: dict[str, object]
) -> None:
    run = trial_of(trial, MERGED, settings=settings, **more)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert any(f.blocking for f in about_tests(run))


def test_nothing_is_tried_beside_something_else_that_stops_the_phase(
    trial: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    async def noticed(*given: object) -> Noticed:
        asked.append(given)
        return Noticed(MutantOutcome.KILLED)

    monkeypatch.setattr(rewording, "noticed", noticed)
    skipped = MERGED + "\n\n@pytest.mark.skip\ndef test_unit():\n    assert app.unit(4) == 2\n"
    base = SPLIT + "\n\ndef test_unit():\n    assert app.unit(4) == 2\n"
    run = trial_of(trial, skipped, base=base)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert asked == []


def test_a_runner_that_gives_no_answer_settles_nothing(trial: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    async def noticed(*_: object) -> Noticed:
        return Noticed(MutantOutcome.ERROR)

    monkeypatch.setattr(rewording, "noticed", noticed)
    run = trial_of(trial, MERGED)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW


def test_a_test_that_failed_before_cannot_be_compared(trial: Make) -> None:
    """What it would have noticed is unknown, so its disappearance stops the phase."""
    base = SPLIT.replace("== 25", "== 30")
    run = trial_of(trial, MERGED, base=base)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW


def test_each_of_the_tests_must_have_noticed_something_for_itself(trial: Make) -> None:
    """One of the two asks nothing of the code: what becomes of what it was about cannot be told."""
    base = SPLIT + "\n\ndef test_idle():\n    assert 1 + 1 == 2\n"
    run = trial_of(trial, MERGED.replace("def test_price", "def test_all"), base=base)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW


def test_tests_that_do_not_pass_alone_settle_nothing(trial: Make) -> None:
    """As they fail without the others they would notice every error there is."""
    base = SPLIT.replace("import app\n", "import app\n\nSEEN = []\n", 1).replace(
        "    assert app.price(2, 3) == 6\n", "    SEEN.append(app.price(2, 3))\n    assert SEEN == [6]\n"
    ).replace("    assert app.price(10, 3) == 25\n", "    assert SEEN == [6] and app.price(10, 3) == 25\n")  # fmt: skip
    gone = "\n\ndef test_many():\n    assert SEEN == [6] and app.price(10, 3) == 25\n"
    new = "\n\ndef test_ten():\n    assert app.price(10, 3) == 25\n"
    assert gone in base
    run = trial_of(trial, base.replace(gone, new), base=base)
    assert run.go().state is RunState.REQUIRES_HUMAN_REVIEW, [(f.where(), f.message) for f in about_tests(run)]
    assert not any("On trial" in f.message for f in about_tests(run))
