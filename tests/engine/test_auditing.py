"""Audits in a run: two models where the category asks for it, a judge where they differ, patches offered or tried, and
calls beside the tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from autopack.auditor import AUDIT_SCHEMA
from autopack.engine.auditing import UNAUDITED
from autopack.events import EventName
from autopack.model import codec
from autopack.model.audit import AuditReport
from autopack.model.states import PhaseState, RunState
from tests.kit.tiny import SUB, WRONG, answer, phase

from .conftest import Make, Trial, settle

GRAVE = phase("work", category="security_auth_change")
YES = {"approved": True, "issues": []}
SIGN = {"severity": "major", "category": "correctness", "description": "sub is off by one", "location": "app.py:6",
        "suggestion": "take b alone"}  # fmt: skip
OFF = SUB.replace("return a - b", "return a - b - 1")
MENDS = "--- a/app.py\n+++ b/app.py\n@@ -5,2 +5,2 @@\n def sub(a, b):\n-    return a - b - 1\n+    return a - b\n"


def says(role: str, *issues: dict[str, Any], approved: bool = False, **more: Any) -> dict[str, Any]:
    match = {"role": role, **more.pop("match", {})}
    return {"match": match, "answer": {"approved": approved, "issues": list(issues)}, **more}


def approves(role: str, **more: Any) -> dict[str, Any]:
    return says(role, approved=True, **more)


def rules(ruling: str, issue: int = 1) -> dict[str, Any]:
    ruled = {"issue": issue, "ruling": ruling, "reason": "the last line shows it"}
    return {"match": {"role": "judge"}, "answer": {"rulings": [ruled]}}


def audit_of(t: Trial, attempt: int = 1) -> AuditReport:
    effect = t.store.effect(t.run, "work", attempt, "audit")
    assert effect is not None and effect.result is not None
    return codec.load(AuditReport, effect.result["audit"])


def roles(t: Trial) -> list[str]:
    return [c.role for c in sorted(t.store.calls(t.run), key=lambda c: c.started_at) if c.state == "answered"]


def told(t: Trial, code: str) -> list[dict[str, Any]]:
    found = [e.data["finding"] for e in t.events(EventName.FINDING_ADDED)]
    return [f for f in found if f["code"] == code]


def standing(t: Trial, code: str) -> list[str]:
    gone = {e.data["fingerprint"] for e in t.events(EventName.FINDING_CLEARED)}
    return [f["message"] for f in told(t, code) if f["fingerprint"] not in gone]


def anew(t: Trial) -> None:
    """As another process, after this one was killed."""
    t.service.close()
    t.service = t.reopened()


def report_of(t: Trial) -> str:
    return t.service.report(t.run).read_text("utf-8")


def test_two_models_agree_and_a_person_is_asked_as_always(trial: Make) -> None:
    t = trial(GRAVE, answers=[answer(), approves("second_auditor")])
    t.go()
    (asked,) = t.events(EventName.APPROVAL_REQUESTED)
    assert asked.data["codes"] == ["AP606"]
    report = audit_of(t)
    assert report.approved and report.dual and not report.disagreed and report.profile == "security_review"
    assert [o.role for o in report.opinions] == ["auditor", "second_auditor"]
    assert report.opinions[0].model != report.opinions[1].model
    first, second = (t.store.blob(c.prompt).decode() for c in t.store.calls(t.run) if c.role != "builder")
    assert first == second and "privileges wider than needed" in first and "made equal to everything" in first
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    t.sound()


def test_the_judge_decides_what_one_auditor_names_and_the_other_does_not(trial: Make) -> None:
    dismissed = trial(GRAVE, answers=[answer(), says("second_auditor", SIGN), rules("dismissed")])
    dismissed.go()
    assert dismissed.phases() == {"work": PhaseState.BLOCKED} and audit_of(dismissed).approved
    (issue,) = audit_of(dismissed).issues
    assert (issue.severity, issue.ruling, issue.sources) == ("minor", "dismissed", (("second_auditor", "major"),))
    dismissed.service.approve(dismissed.run)
    assert dismissed.resume().state is RunState.DONE_SUCCESS
    (found,) = told(dismissed, "AP503")
    assert (found["severity"], found["path"], found["blocking"]) == ("information", "app.py", False)
    assert roles(dismissed) == ["builder", "auditor", "second_auditor", "judge"]
    report = report_of(dismissed)
    assert "1, they disagreed in 1" in report and "disagree on 1 issue" in report

    upheld = trial(GRAVE | {"attempt_cap": 1}, answers=[answer(), says("second_auditor", SIGN), rules("upheld")])
    assert upheld.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert upheld.outcomes("work") == ["audit_rejected"]
    (found,) = told(upheld, "AP501")
    assert "upheld by the judge: the last line shows it" in found["message"] and found["range"]["start"]["line"] == 6


@pytest.mark.parametrize("judge", [
    {"match": {"role": "judge"}, "answer": "the second one is right, I think"},
    {"match": {"role": "judge"}, "error": {"status": 401}},
    rules("dismissed", issue=2),
])  # fmt: skip
def test_a_judge_that_gives_no_ruling_leaves_the_issue_standing(trial: Make, judge: dict[str, Any]) -> None:
    t = trial(GRAVE | {"attempt_cap": 1}, answers=[answer(), says("second_auditor", SIGN), judge])
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert t.outcomes("work") == ["audit_rejected"] and audit_of(t).issues[0].ruling == "open"
    (found,) = told(t, "AP503")
    assert found["severity"] == "warning" and "stricter word counts" in found["message"]


def test_no_judge_is_asked_where_both_refuse(trial: Make) -> None:
    other = SIGN | {"category": "security", "description": "it logs the key", "location": "app.py:1"}
    lines = [answer(), says("auditor", SIGN, other), says("second_auditor", SIGN | {"severity": "minor"}, other)]
    t = trial(GRAVE | {"attempt_cap": 1}, answers=lines)
    t.go()
    assert roles(t) == ["builder", "auditor", "second_auditor"]
    by_place = {i.line: (len(i.sources), i.severity, i.ruling) for i in audit_of(t).issues}
    assert by_place == {6: (2, "major", "open"), 1: (2, "major", "")}


def test_a_second_auditor_nobody_can_read_is_no_approval(trial: Make) -> None:
    unreadable = {"match": {"role": "second_auditor"}, "times": "*", "answer": "fine"}
    t = trial(GRAVE | {"attempt_cap": 1}, answers=[answer(), unreadable])
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert t.outcomes("work") == ["audit_rejected"] and [f["code"] for f in told(t, "AP504")] == ["AP504"]
    calls = [(c.role, c.call) for c in t.store.calls(t.run) if c.role == "second_auditor"]
    assert calls == [("second_auditor", 1), ("second_auditor", 2)]


def test_without_a_second_auditor_a_person_may_do_without_and_nobody_else(trial: Make) -> None:
    """The recorded answers know no such role; the same holds where no second model is set."""
    t = trial(GRAVE)
    t.go()
    (asked,) = t.events(EventName.APPROVAL_REQUESTED)
    assert asked.data["codes"] == ["AP504", "AP606"] and "no line for the role" in asked.data["reasons"][0]
    report = audit_of(t)
    assert not report.approved and report.available and report.lacking
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS

    one = trial(GRAVE, answers=[answer(), approves("second_auditor")])
    settle(one, "models: {second_auditor: claude-opus-5-5}\npolicy: {ask_categories: ['!security_auth_change']}\n")
    one.go()
    (asked,) = one.events(EventName.APPROVAL_REQUESTED)
    assert asked.data["codes"] == ["AP504"] and "two reviews by one model are one" in asked.data["reasons"][0]

    alone = trial(GRAVE | {"attempt_cap": 1}, answers=[answer()], run={"autonomy": "unattended"})
    assert alone.go().state is RunState.REQUIRES_HUMAN_REVIEW and alone.outcomes("work") == ["policy_refused"]


def test_a_major_issue_is_not_lifted_with_the_missing_second_audit(trial: Make) -> None:
    t = trial(GRAVE | {"attempt_cap": 1}, answers=[answer(), says("auditor", SIGN)])
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert t.outcomes("work") == ["audit_rejected"] and not t.events(EventName.APPROVAL_REQUESTED)


def test_two_audits_for_every_phase_where_the_user_wants_them(trial: Make) -> None:
    t = trial(answers=[answer(), approves("second_auditor")])
    settle(t, "audit: {force_dual: true, profiles: {backend: index_review}}\n")
    assert t.go().state is RunState.DONE_SUCCESS
    assert roles(t) == ["builder", "auditor", "second_auditor"] and audit_of(t).profile == "index_review"


def test_the_second_auditor_gets_half_the_room(trial: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from autopack.llm import ReplayProvider

    asked: dict[str, int] = {}
    complete = ReplayProvider.complete

    async def noted(self: ReplayProvider, request: Any) -> Any:
        asked[request.role] = request.max_output_tokens
        return await complete(self, request)

    monkeypatch.setattr(ReplayProvider, "complete", noted)
    t = trial(GRAVE, answers=[answer(), approves("second_auditor")])
    t.go()
    assert asked["auditor"] == 2 * asked["second_auditor"] or asked["auditor"] == 2 * asked["second_auditor"] + 1


NOWHERE = "rollback.before_ref"
"""A point that no run of these passes."""


def crashes(t: Trial, broken_at: Callable[[str], None], *points: str) -> None:
    """One process after another that dies at its point, the first of them before the run is resumed."""
    for at, point in enumerate(points):
        if at:
            anew(t)
            t.service.resume(t.run)
        broken_at(point)
        with pytest.raises(RuntimeError):
            t.drive()
    broken_at(NOWHERE)
    anew(t)


def test_a_crash_between_two_answers_pays_for_none_again(trial: Make, broken_at: Callable[[str], None]) -> None:
    t = trial(GRAVE, answers=[answer(), says("second_auditor", SIGN), rules("dismissed")])
    t.start()
    crashes(t, broken_at, *["calls.stored"] * 3)
    t.resume()
    assert sorted(roles(t)) == ["auditor", "builder", "judge", "second_auditor"]
    assert all(c.sends == 1 for c in t.store.calls(t.run)) and audit_of(t).approved
    t.sound()


def test_a_patch_is_shown_to_the_builder_unless_it_is_kept_back(trial: Make) -> None:
    lines = [
        answer(content=OFF, attempt=1), says("auditor", SIGN | {"patch": MENDS}, match={"attempt": 1}),
        answer(attempt=2), approves("auditor"),
    ]  # fmt: skip
    t = trial(answers=lines)
    assert t.go().state is RunState.DONE_SUCCESS
    (second,) = (c for c in t.store.calls(t.run) if (c.role, c.attempt) == ("builder", 2))
    prompt = t.store.blob(second.prompt).decode()
    assert "suggested by the reviewer>>>" in prompt and "+    return a - b\n" in prompt and "may be wrong" in prompt

    kept = trial(answers=lines)
    settle(kept, "audit: {apply_patches: never}\n")
    kept.go()
    (second,) = (c for c in kept.store.calls(kept.run) if (c.role, c.attempt) == ("builder", 2))
    assert "suggested by the reviewer" not in kept.store.blob(second.prompt).decode()


TRY = "audit: {apply_patches: try}\n"


def refused_with(*patches: str, severity: str = "major") -> list[dict[str, Any]]:
    issues = [SIGN | {"patch": patch, "location": f"app.py:{at}"} for at, patch in enumerate(patches, 6)]
    return [answer(content=OFF, attempt=1), says("auditor", *issues, match={"attempt": 1})]


def test_a_patch_is_tried_as_an_attempt_that_asks_no_builder(trial: Make) -> None:
    t = trial(answers=[*refused_with(MENDS), approves("auditor", match={"attempt": 2})])
    settle(t, TRY)
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["audit_rejected", "complete"]
    assert t.file("app.py") == SUB.strip()
    assert [(c.attempt, c.role) for c in t.store.calls(t.run)] == [(1, "builder"), (1, "auditor"), (2, "auditor")]
    assert t.store.attempts(t.run, "work")[1].data["amends"] == 1
    assert "the change of attempt 1 with its auditor's patch" in report_of(t)
    assert t.project.git("rev-parse", f"autopack/{t.run}^") == t.project.git("rev-parse", "HEAD"), "one commit"
    t.sound()


@pytest.mark.parametrize("patch", [
    "", MENDS.replace("a - b - 1", "nowhere to be found"), MENDS.replace("app.py", "../app.py"),
    json.dumps({"files": [{"path": "app.py", "action": "modify", "content": "x = 1\n"}]}),
])  # fmt: skip
def test_a_patch_that_does_not_fit_is_not_tried(trial: Make, patch: str) -> None:
    """The auditor saw a part of the file, so it may not give it whole."""
    t = trial(answers=[*refused_with(patch), answer(attempt=2), approves("auditor")])
    settle(t, TRY)
    assert t.go().state is RunState.DONE_SUCCESS
    assert "amends" not in t.store.attempts(t.run, "work")[1].data
    assert [c.attempt for c in t.store.calls(t.run) if c.role == "builder"] == [1, 2]


def test_a_tried_patch_is_governed_and_followed_by_the_builder(trial: Make) -> None:
    beyond = "--- /dev/null\n+++ b/conftest.py\n@@ -0,0 +1 @@\n+x = 1\n"
    t = trial(answers=[*refused_with(MENDS + beyond), answer(attempt=3), approves("auditor")])
    settle(t, TRY)
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["audit_rejected", "policy_refused", "complete"]
    assert [(c.attempt, c.role) for c in t.store.calls(t.run)][2:] == [(3, "builder"), (3, "auditor")]


@pytest.mark.parametrize("point", ["attempt.before", "step.before", "apply.ref_moved", "step.after", "attempt.after"])
def test_a_crash_in_an_attempt_that_tries_a_patch_changes_nothing(
    trial: Make, broken_at: Callable[[str], None], point: str
) -> None:
    t = trial(answers=[*refused_with(MENDS), approves("auditor", match={"attempt": 2})])
    settle(t, TRY)
    t.start()
    crashes(t, broken_at, "attempt.after", point)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.file("app.py") == SUB.strip() and roles(t) == ["builder", "auditor", "auditor"]
    t.sound()


BESIDE = "audit: {beside_tests: always}\n"


def test_the_audit_beside_the_tests_is_asked_without_their_result_and_kept(trial: Make) -> None:
    t = trial(answers=[answer(), approves("auditor")])
    settle(t, BESIDE)
    assert t.go().state is RunState.DONE_SUCCESS
    (asked,) = (c for c in t.store.calls(t.run) if c.role == "auditor")
    prompt = t.store.blob(asked.prompt).decode()
    assert "tests are still running" in prompt and "Positive evidence" not in prompt
    ended = next(e.seq for e in t.events(EventName.STEP_FINISHED) if e.data["step"] == "test")
    called = next(e.seq for e in t.events(EventName.MODEL_CALLED) if e.data["role"] == "auditor")
    assert called < ended and audit_of(t).unseen
    assert "while the tests ran" in report_of(t)
    t.sound()


def test_it_begins_by_itself_only_where_the_base_was_slow(trial: Make) -> None:
    slow = {"check.py": "import time, app\ntime.sleep(0.3)\nassert app.add(2, 3) == 5\n"}
    for least, beside in (("0", True), ("600", False)):
        t = trial(answers=[answer(), approves("auditor")], files=slow)
        settle(t, f"audit: {{beside_seconds: {least}}}\n")
        assert t.go().state is RunState.DONE_SUCCESS and audit_of(t).unseen is beside


def test_tests_that_fail_first_end_the_audit_and_a_said_one_is_kept(trial: Make) -> None:
    lines = [answer(content=WRONG, attempt=1), answer(attempt=2), approves("auditor", match={"attempt": 2})]
    late = trial(answers=[*lines, says("auditor", SIGN, match={"attempt": 1}, delay_ms=60_000)])
    settle(late, BESIDE)
    assert late.go().state is RunState.DONE_SUCCESS
    assert late.outcomes("work") == ["tests_failed", "complete"] and "not asked" in audit_of(late).detail
    (given_up,) = (c for c in late.store.calls(late.run) if c.state == "reserved")
    assert (given_up.attempt, given_up.role) == (1, "auditor"), "it may have been paid"
    late.sound()

    said = trial(answers=[*lines, says("auditor", SIGN, match={"attempt": 1})])
    settle(said, BESIDE)
    assert said.go().state is RunState.DONE_SUCCESS
    assert audit_of(said).issues[0].description == SIGN["description"] and audit_of(said).unseen
    codes = [f.code for f in said.store.attempts(said.run, "work")[0].outcome.findings]  # type: ignore[union-attr]
    assert said.outcomes("work")[0] == "tests_failed" and "AP401" in codes and "AP501" in codes


def test_a_crash_after_the_answer_beside_the_tests_pays_for_none_again(
    trial: Make, broken_at: Callable[[str], None]
) -> None:
    t = trial(answers=[answer(), approves("auditor")])
    settle(t, BESIDE)
    t.start()
    crashes(t, broken_at, *["step.after"] * 9)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert [(c.role, c.sends) for c in t.store.calls(t.run)] == [("builder", 1), ("auditor", 1)]
    assert audit_of(t).unseen


def test_a_budget_that_does_not_bear_the_audit_is_told_and_nothing_is_complete(trial: Make) -> None:
    builder = answer() | {"usage": {"input_tokens": 900, "output_tokens": 200}, "times": "*"}
    t = trial(phase(token_cap=1000), answers=[builder, approves("auditor")])
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert t.outcomes("work") == ["budget"] and roles(t) == ["builder"]
    (message,) = standing(t, "AP504")
    assert "AP701" in message and t.store.get(t.run, f"{UNAUDITED}:work")
    last = t.events()[-1].data["phases"][0]["findings"]
    assert {f["code"] for f in last} >= {"AP504", "AP701"}
    assert t.resume(phase_token_caps={"work": 100_000}).state is RunState.DONE_SUCCESS
    assert standing(t, "AP504") == []


def test_an_auditor_that_cannot_be_reached_is_told_and_asked_again_on_resume(trial: Make) -> None:
    down = {"match": {"role": "auditor"}, "error": {"status": 401}}
    t = trial(answers=[answer(), down])
    assert t.go().state is RunState.ENVIRONMENT
    assert "AP707" in standing(t, "AP504")[0]
    t.service.resume(t.run, again=True)
    assert t.drive().state is RunState.DONE_SUCCESS
    assert roles(t) == ["builder", "auditor"] and standing(t, "AP504") == []


def test_two_audits_that_the_budget_does_not_bear_at_once_are_asked_one_after_the_other(trial: Make) -> None:
    t = trial(GRAVE | {"token_cap": 5000}, answers=[
        answer(), approves("auditor", delay_ms=300), approves("second_auditor"),
    ])  # fmt: skip
    t.go()
    assert t.phases() == {"work": PhaseState.BLOCKED} and audit_of(t).approved
    assert all(c.sends == 1 for c in t.store.calls(t.run))


def test_the_schema_asks_for_a_patch() -> None:
    assert "patch" in AUDIT_SCHEMA["properties"]["issues"]["items"]["required"]
