"""Runs whose change does something to tests that only a reader can settle: when the judge is asked, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autopack.events import EventName
from autopack.model import codec
from autopack.model.audit import AuditReport
from autopack.model.findings import Finding, Severity
from autopack.model.states import RunState
from tests.engine.conftest import Make, Trial, settle
from tests.kit.project import NO_TRIALS, builder, whole
from tests.kit.tiny import phase, plan_of

LIMITS = """def free():
    return {free}


def paid():
    return {paid}
"""
TESTS = """import app


def test_free():
    assert app.free() == {free}


def test_paid():
    assert app.paid() == {paid}
"""
BASE = {"app.py": LIMITS.format(free=10, paid=50), "tests/test_app.py": TESTS.format(free=10, paid=50)}
GOAL = "Add sizes of the free list: whoever does not pay has a score of things, twice what it was."
"""It asks for 20 without a word that a rule could hold on to."""


def ruling(point: int = 1, word: str = "asked", quote: str = "twice what it was", reason: str = "twice ten is 20"):
    return {"point": point, "ruling": word, "quote": quote, "reason": reason}


def judge(*rulings: dict[str, Any], call: int = 2) -> dict[str, Any]:
    return {"match": {"role": "judge", "call": call}, "answer": {"rulings": list(rulings)}}


def begin(
    trial: Make,
    *lines: dict[str, Any],
    free: int = 20,
    paid: int = 50,
    tests: str = "",
    settings: str = "",
    beside: dict[str, Any] | None = None,
    **more: Any,
) -> Trial:
    """`settings` is a pytest.ini of the base, `beside` another file of the change."""
    asked = {"goal": GOAL, "attempt_cap": 1, "scope": {"paths": ["app.py", "tests/", "pytest.ini"]},
             "deliverables": ["app.py", "tests/test_app.py"], **more}  # fmt: skip
    plan = plan_of(phase(**asked), defaults={"tests": {"runner": "pytest", "paths": ["tests/"]}})
    files = [whole("app.py", LIMITS.format(free=free, paid=paid)),
             whole("tests/test_app.py", tests or TESTS.format(free=free, paid=paid))]  # fmt: skip
    files += [beside] if beside else []
    base = {**BASE, "pytest.ini": settings} if settings else BASE
    return use(trial(plan=plan, answers=[builder("work", "As asked", *files), *lines], files=base))


def roles(t: Trial) -> list[str]:
    return [c.role for c in sorted(t.store.calls(t.run), key=lambda c: c.started_at) if c.state == "answered"]


def on_tests(t: Trial) -> list[Finding]:
    rows = t.store.attempts(t.run, "work")
    return [f for row in rows if row.outcome for f in row.outcome.findings if f.code == "AP405"]


def report_of(t: Trial) -> AuditReport:
    effect = t.store.effect(t.run, "work", 1, "audit")
    assert effect is not None and effect.result is not None
    return codec.load(AuditReport, effect.result["audit"])


def use(t: Trial, text: str = "") -> Trial:
    """The user's own settings; no trials on wrong code, which these runs say nothing of."""
    settle(t, NO_TRIALS + text)
    return t


def asked_of_a_person(t: Trial) -> str:
    """What stands in the way until a person accepts it."""
    return "\n".join(reason for r in t.store.requests(t.run, state="pending") for reason in r.reasons)


def test_without_a_judge_the_rules_stand(trial: Make) -> None:
    t = begin(trial)
    assert t.go().waiting and "test_free" in asked_of_a_person(t)
    assert roles(t) == ["builder", "auditor"]


def test_what_the_plan_asks_for_by_other_words_passes_with_its_words(trial: Make) -> None:
    t = begin(trial, judge(ruling()))
    assert t.go().state is RunState.DONE_SUCCESS
    assert roles(t) == ["builder", "judge", "auditor"], "before the auditor, who sees what came of it"
    (told,) = on_tests(t)
    assert not told.blocking and told.severity is Severity.WARNING
    assert told.message.endswith('The plan asks for it, as the judge reads it: "twice what it was" (twice ten is 20).')
    (audit,) = (c for c in t.store.calls(t.run) if c.role == "auditor")
    assert "as the judge reads it" in t.store.blob(audit.prompt).decode()
    assert "A judge of the tests" in t.service.report(t.run).read_text()


@pytest.mark.parametrize("given", [
    ruling(quote="three times what it was"), ruling(word="kept", quote="assert app.free() == 20"), ruling(2),
], ids=["not in the plan", "it fails as it was", "another point"])  # fmt: skip
def test_a_ruling_that_does_not_hold_settles_nothing(trial: Make, given: dict[str, Any]) -> None:
    t = begin(trial, judge(given))
    assert t.go().waiting and "test_free" in asked_of_a_person(t)
    assert [made.ruling for made in report_of(t).test_rulings] == ["open"]


def test_what_is_lost_is_told_to_the_person_with_the_reason(trial: Make) -> None:
    t = begin(trial, judge(ruling(1, "lost", "", "the plan says nothing of 30")), free=30)
    assert t.go().waiting
    assert "The judge: the plan says nothing of 30." in asked_of_a_person(t)


def test_each_point_is_ruled_on_for_itself(trial: Make) -> None:
    """One of two expectations is asked for."""
    t = begin(trial, judge(ruling(1), ruling(2, "lost", "", "paid stays")), paid=60)
    assert t.go().waiting
    assert "test_paid" in asked_of_a_person(t) and "test_free" not in asked_of_a_person(t)


@pytest.mark.parametrize(("word", "end"), [("asked", "complete"), ("lost", "tests_failed"), ("kept", "complete")])
def test_a_warning_where_something_is_lost_stops_the_phase(trial: Make, word: str, end: str) -> None:
    """The goal does not only add and the plan names the file: a rule can only warn."""
    quote = {"asked": "whoever does not pay has", "lost": "", "kept": "assert app.free() == 30"}[word]
    said = judge(ruling(1, word, quote, "so says the plan"))
    t = begin(trial, said, free=30, goal="Double what whoever does not pay has.")
    t.go()
    assert t.outcomes("work") == [end]
    assert [(f.blocking, "so says the plan" in f.message) for f in on_tests(t)] == [(word == "lost", True)]
    assert roles(t) == ["builder", "judge", *(["auditor"] if end == "complete" else [])]
    rows = t.store.attempts(t.run, "work")
    found = {f.code for row in rows if row.outcome for f in row.outcome.findings if f.blocking}
    assert found == ({"AP405"} if word == "lost" else set()), "nothing is said of an audit that nobody asked for"


def test_a_judge_that_was_answered_is_not_paid_again(trial: Make, broken_at: Callable[[str], None]) -> None:
    t = begin(trial, judge(ruling()))
    t.start()
    for _ in range(2):
        broken_at("calls.stored")
        with pytest.raises(RuntimeError):
            t.drive()
        t.service.close()
        t.service = t.reopened()
        t.service.resume(t.run)
    broken_at("rollback.before_ref")
    assert t.drive().state is RunState.DONE_SUCCESS
    assert roles(t) == ["builder", "judge", "auditor"] and all(c.sends == 1 for c in t.store.calls(t.run))
    t.sound()


def test_a_judge_that_cannot_be_asked_settles_nothing(trial: Make) -> None:
    t = begin(trial, {"match": {"role": "judge"}, "times": "*", "error": {"status": 400, "message": "no such model"}})
    assert t.go().waiting and "test_free" in asked_of_a_person(t)
    assert any("Nobody was asked" in e.data["message"] for e in t.events(EventName.LOG))


@pytest.mark.parametrize("more", [{"complexity": "high"}, {"category": "core_backend_high"}])
def test_where_it_is_strict_nobody_is_asked(trial: Make, more: dict[str, Any]) -> None:
    t = begin(trial, judge(ruling()), **more)
    assert t.go().state is not RunState.DONE_SUCCESS
    assert "judge" not in roles(t)


def test_a_user_may_want_no_judge(trial: Make) -> None:
    t = begin(trial, judge(ruling()))
    use(t, "audit: {tests_judge: never}\n")
    assert t.go().waiting and "judge" not in roles(t)


@pytest.mark.parametrize(("severity", "word", "end"), [
    ("warning", "lost", "complete"), ("error", "asked", "tests_failed"),
])  # fmt: skip
def test_the_users_own_severity_goes_before_a_judge(trial: Make, severity: str, word: str, end: str) -> None:
    quote = "whoever does not pay has" if word == "asked" else ""
    t = begin(trial, judge(ruling(1, word, quote)), free=30, goal="Double what whoever does not pay has.")
    use(t, f"severities: {{AP405: {severity}}}\n")
    t.go()
    assert t.outcomes("work") == [end]


def test_nobody_is_asked_where_the_attempt_fails_anyway(trial: Make) -> None:
    fails = TESTS.format(free=20, paid=50) + "\n\ndef test_both():\n    assert app.free() > app.paid()\n"
    t = begin(trial, judge(ruling()), tests=fails)
    assert t.go().state is not RunState.DONE_SUCCESS
    assert "judge" not in roles(t)


def test_a_test_that_is_skipped_is_no_matter_for_a_judge(trial: Make) -> None:
    skipped = TESTS.format(free=10, paid=50).replace("def test_paid", "@pytest.mark.skip\ndef test_paid")
    skipped = skipped.replace("import app", "import pytest\n\nimport app")
    t = begin(trial, judge(ruling()), free=10, paid=60, tests=skipped)
    assert t.go().state is not RunState.DONE_SUCCESS
    assert "judge" not in roles(t) and any(f.blocking for f in on_tests(t))


MARKED = "[pytest]\naddopts = --strict-markers\n"
LOOSE = whole("pytest.ini", "[pytest]\n", "modify")
MARKS = "Free is 20 now. Marks of tests are listed nowhere from now on, and nobody need ask for them to be."


@pytest.mark.parametrize(("word", "end"), [("asked", "complete"), ("lost", "tests_failed"), ("kept", "tests_failed")])
def test_settings_are_asked_for_by_a_plan_that_names_their_file(trial: Make, word: str, end: str) -> None:
    quote = {"asked": "Marks of tests are listed nowhere", "kept": "assert app.paid() == 50", "lost": ""}[word]
    named = ["app.py", "tests/test_app.py", "pytest.ini"]
    rulings = [ruling(1, word, quote, "so it is"), ruling(2, "asked", "Free is 20 now", "it is 20")]
    t = begin(trial, judge(*rulings), settings=MARKED, beside=LOOSE, goal=MARKS, deliverables=named)
    t.go()
    assert t.outcomes("work") == [end] and "judge" in roles(t)


def test_settings_whose_file_no_plan_names_are_no_matter_for_a_judge(trial: Make) -> None:
    rulings = [ruling(1, "asked", "Marks of tests are listed nowhere"), ruling(2, "asked", "Free is 20 now")]
    t = begin(trial, judge(*rulings), settings=MARKED, beside=LOOSE, goal=MARKS)
    if t.go().waiting:
        for request in t.pending():
            t.service.approve(t.run, request, digest=t.store.request(request).digest)
        t.resume()
    assert t.outcomes("work") == ["tests_failed"] and "judge" not in roles(t)


def test_a_test_that_another_file_hides_is_no_matter_for_a_judge(trial: Make) -> None:
    drops = "def pytest_collection_modifyitems(items):\n    items[:] = [i for i in items if i.name != 'test_paid']\n"
    named = ["app.py", "tests/test_app.py", "tests/conftest.py"]
    rulings = [ruling(n, "asked", "twice what it was") for n in range(1, 5)]
    hidden = {"tests": TESTS.format(free=20, paid=50), "beside": whole("tests/conftest.py", drops, "create")}
    t = begin(trial, judge(*rulings), paid=60, deliverables=named, **hidden)
    t.go()
    assert t.outcomes("work") == ["tests_failed"] and "judge" not in roles(t)
