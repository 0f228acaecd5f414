"""One drive of a run after another: what completes, fails, waits, stops and goes on, on a real repository."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack.engine import stopping
from autopack.errors import ConflictError
from autopack.events import EventName
from autopack.model.approvals import Decision, Scope
from autopack.model.states import PhaseState, RunState
from tests.kit.project import builder, whole
from tests.kit.tiny import DELETES, MUL, SUB, WRONG, answer, phase

from .conftest import PATIENCE, Make

DONE, FAILED, SKIPPED = PhaseState.COMPLETE, PhaseState.FAILED, PhaseState.SKIPPED


ASKED = phase("work", "app.py", "table.py")


def drops(name: str = "work", **match: object) -> dict[str, object]:
    return builder(name, "Drop the table", DELETES, **match)


def test_a_phase_goes_straight_through(trial: Make) -> None:
    t = trial()
    base = t.project.git("rev-parse", "HEAD")
    end = t.go()
    assert (end.state, t.phases(), t.outcomes("work")) == (RunState.DONE_SUCCESS, {"work": DONE}, ["complete"])
    assert t.file("app.py") == SUB.strip()
    assert t.project.git("rev-parse", f"autopack/{t.run}^") == base == t.project.git("rev-parse", "HEAD")
    t.sound()


def test_the_events_tell_the_run_without_a_gap(trial: Make) -> None:
    t = trial()
    t.go()
    events = t.events()
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    lines = [json.loads(json.dumps(e.to_json())) for e in events]
    assert all(line["v"] == 1 and line["run"] == t.run and line["time"] > 0 for line in lines)
    assert all(("phase" in line) == bool(e.phase) for line, e in zip(lines, events, strict=True))
    assert (lines[0]["event"], lines[-1]["event"]) == ("run.started", "run.finished")
    steps = [e.data["step"] for e in t.events(EventName.STEP_FINISHED) if e.attempt]
    assert steps == ["prepare", "gather_context", "build", "parse", "govern", "decide", "apply", "test", "audit",
                     "judge", "finalize"]  # fmt: skip
    last = lines[-1]
    assert last["phases"] == [
        {"id": "work", "state": "COMPLETE", "attempts": 1, "findings": last["phases"][0]["findings"]}
    ]
    assert last["head"] == t.tip() and last["published"] is True and last["branch"] == f"autopack/{t.run}"
    assert last["usage"]["calls"] == 2


def test_a_failed_attempt_is_repaired_with_its_findings(trial: Make) -> None:
    t = trial(answers=[answer(content=WRONG, attempt=1), answer(content=SUB, contains="AP401")])
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["tests_failed", "complete"]
    asked = [(c.attempt, c.role) for c in t.store.calls(t.run)]
    assert asked == [(1, "builder"), (2, "builder"), (2, "auditor")], "tests that failed need no audit"
    added = {e.data["finding"]["fingerprint"]: e.seq for e in t.events(EventName.FINDING_ADDED) if e.attempt == 1}
    cleared = {e.data["fingerprint"]: e.seq for e in t.events(EventName.FINDING_CLEARED)}
    begun = next(e.seq for e in t.events(EventName.ATTEMPT_STARTED) if e.attempt == 2)
    assert added and added.keys() <= cleared.keys() and max(cleared.values()) < begun
    t.sound()


def test_what_depends_on_a_failure_does_not_run_until_a_person_retries(trial: Make) -> None:
    after = phase("after", depends_on=["work"])
    t = trial(phase(attempt_cap=2), phase("free"), after, answers=[
        answer(content=WRONG, attempt=1), answer(content=WRONG, attempt=2), answer("free"),
        answer(content=MUL, contains="mind the sign"), answer("after", MUL + "\n# end\n"),
    ])  # fmt: skip
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert t.phases() == {"work": FAILED, "free": DONE, "after": SKIPPED}
    assert "depends on work" in t.store.phase(t.run, "after").detail
    bundle = t.project.root / ".autonomous_runs" / t.run / "handoff" / "work"
    assert bundle.is_dir()

    assert t.service.resume(t.run) is RunState.REQUIRES_HUMAN_REVIEW, "nothing automatic leaves an end state"
    t.service.retry(t.run, "work", hint="mind the sign")
    assert t.state() is RunState.PHASE_QUEUEING
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.phases() == {"work": DONE, "free": DONE, "after": DONE}
    assert t.store.run(t.run).epoch == 1
    assert [p.retry_count for p in t.store.phases(t.run)] == [1, 0, 0]
    t.sound()


def test_a_person_is_asked_and_approves(trial: Make) -> None:
    t = trial(ASKED, answers=[drops()])
    end = t.go()
    assert end.waiting == tuple(t.pending()) and len(end.waiting) == 1
    assert t.phases() == {"work": PhaseState.BLOCKED}
    (asked,) = t.events(EventName.APPROVAL_REQUESTED)
    assert asked.data["stage"] == "accept" and asked.data["codes"] == ["AP303"]
    assert t.events()[-1].event is EventName.RUN_STOPPED and t.events()[-1].data["waiting"] == list(end.waiting)
    assert t.resume().waiting == end.waiting, "nobody answered: the same request waits"
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert [r.state for r in t.store.requests(t.run)] == ["consumed"]
    t.sound()


GRANTS = "".join(f"grant_{n} = {n}\n" for n in range(520))
RISKY = phase("work", "auth/", "infra/")


def gives(**match: object) -> dict[str, object]:
    """1,040 lines at two critical paths without a test: 75 points."""
    return builder(
        "work", "Grant", whole("auth/a.py", GRANTS, "create"), whole("infra/b.py", GRANTS, "create"), **match
    )


def test_a_critical_risk_is_asked_about_with_its_evidence_and_its_parts(trial: Make) -> None:
    t = trial(RISKY, answers=[gives()])
    t.go()
    assert t.phases() == {"work": PhaseState.BLOCKED}
    (asked,) = t.events(EventName.APPROVAL_REQUESTED)
    assert (asked.data["stage"], asked.data["codes"]) == ("accept", ["AP605"])
    (reason,) = asked.data["reasons"]
    assert (
        "Risk 75 of 100, critical: 1040 changed lines (+25), 2 critical paths: 'auth/a.py', 'infra/b.py' (+30)"
        in reason
    )
    t.service = t.reopened()
    shown = json.loads(json.dumps(t.service.status(t.run).to_json()))["phases"][0]
    assert (shown["risk"]["score"], shown["risk"]["level"]) == (75, "critical")
    assert [part["points"] for part in shown["risk"]["parts"]] == [25, 0, 30, 0, 20, 0]
    assert (shown["decision"]["kind"], shown["decision"]["files"]) == ("RISKY", ["auth/a.py", "infra/b.py"])
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    t.sound()


def test_unattended_a_critical_risk_is_refused(trial: Make) -> None:
    t = trial(RISKY, answers=[{**gives(), "times": "*"}], run={"autonomy": "unattended"})
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert t.tip() == t.project.git("rev-parse", "HEAD")
    assert set(t.outcomes("work")) == {"policy_refused"}


def test_a_change_of_a_grave_category_is_accepted_by_a_person(trial: Make) -> None:
    t = trial(phase("work", category="index_registry_change"))
    t.go()
    (asked,) = t.events(EventName.APPROVAL_REQUESTED)
    assert (asked.data["stage"], asked.data["codes"]) == ("accept", ["AP606"])
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    t.sound()


def test_a_lower_risk_is_said_where_a_person_is_asked_something_else(trial: Make) -> None:
    guarded = phase(scope={"paths": ["app.py"], "protected": ["app.py"]})
    t = trial(guarded)
    t.go()
    (asked,) = t.events(EventName.APPROVAL_REQUESTED)
    assert asked.data["codes"] == ["AP301"]
    assert asked.data["reasons"][-1] == "Risk 0 of 100, low: nothing adds to it."
    decision = t.service.status(t.run).phases[0].decision
    assert decision is not None and decision["kind"] == "NEED_MORE_EVIDENCE", "it was not tested yet"
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    decision = t.service.status(t.run).phases[0].decision
    assert decision is not None and (decision["kind"], decision["level"]) == ("RISKY", "high"), (
        "protected, and tested now"
    )


def test_a_rejection_goes_back_to_the_builder_and_moves_no_tip(trial: Make) -> None:
    t = trial(ASKED, answers=[drops(attempt=1), answer(contains="keep the table")])
    t.go()
    t.service.reject(t.run, reason="keep the table")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["person_rejected", "complete"]
    assert "row_1 = 1" in t.file("table.py")
    t.sound()


def test_a_grant_for_the_phase_answers_its_next_request(trial: Make) -> None:
    guarded = phase(scope={"paths": ["app.py"], "protected": ["app.py"]})
    t = trial(guarded, answers=[answer(content=WRONG, attempt=1), answer(attempt=2)])
    t.go()
    assert t.phases() == {"work": PhaseState.AWAITING_APPROVAL}
    t.service.approve(t.run, scope="phase")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert [r.state for r in t.store.requests(t.run)] == ["consumed", "consumed"]
    assert t.store.grants(t.run, "work") == [], "it ended with the phase"
    t.sound()


def test_a_grant_of_another_policy_asks_again(trial: Make) -> None:
    guarded = phase(scope={"paths": ["app.py"], "protected": ["app.py"]})
    t = trial(guarded, answers=[answer(content=WRONG, attempt=1), answer(attempt=2)])
    t.go()
    t.service.approve(t.run, scope="phase")
    own = t.store.own(t.run)
    with t.store.write(own) as tx:
        asked = t.store.requests(t.run)[0]
        tx.consume(asked.id, "apply", {"base": asked.base}, digest=asked.digest, base=asked.base, policy=asked.policy)
        tx._execute("UPDATE grants SET policy = 'older'")
    own.release()
    assert len(t.resume().waiting) == 1
    assert t.outcomes("work") == ["tests_failed", "open"]


def test_a_decision_of_yesterday_is_not_used(trial: Make) -> None:
    t = trial(ASKED, answers=[drops()])
    (first,) = t.go().waiting
    asked = t.store.request(first)
    assert asked is not None
    with t.store.write(None) as tx:
        tx.decide(Decision(first, True, "ann", Scope.ONCE, "", asked.digest, t.store.clock.wall() - 25 * 3600))
    (second,) = t.resume().waiting
    assert second != first and t.tip() == t.store.run(t.run).base
    t.service.approve(t.run, second)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert [r.state for r in t.store.requests(t.run)] == ["expired", "consumed"]
    t.sound()


def test_an_unattended_run_refuses_what_needs_a_person(trial: Make) -> None:
    t = trial({**ASKED, "attempt_cap": 1}, answers=[drops()])
    end = t.go(autonomy="unattended")
    assert (end.state, end.waiting) == (RunState.REQUIRES_HUMAN_REVIEW, ())
    assert t.outcomes("work") == ["policy_refused"]
    assert [r.state for r in t.store.requests(t.run)] == ["expired"]
    assert t.tip() == t.store.run(t.run).base
    t.sound()


def writes(path: str) -> dict[str, object]:
    made = {"path": path, "action": "create", "content": "x"}
    return {**builder("work", "Write elsewhere", made), "times": "*"}


def test_two_attempts_at_what_no_one_may_touch_end_the_run(trial: Make) -> None:
    t = trial(answers=[writes(".git/hooks/pre-commit")])
    assert t.go().state is RunState.POLICY_VIOLATION
    assert t.outcomes("work") == ["policy_refused", "policy_refused"] and t.phases() == {"work": FAILED}
    t.sound()


def test_one_attempt_at_run_state_ends_the_run(trial: Make) -> None:
    t = trial(answers=[writes(".autonomous_runs/t/report.md")])
    assert t.go().state is RunState.POLICY_VIOLATION
    assert t.outcomes("work") == ["policy_refused"] and "Autopack itself" in t.store.run(t.run).reason
    t.sound()


def test_an_audit_nobody_can_read_completes_nothing(trial: Make) -> None:
    unreadable = {"match": {"role": "auditor"}, "times": "*", "answer": "looks fine to me"}
    t = trial(phase(attempt_cap=1), answers=[answer(), unreadable])
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert t.outcomes("work") == ["audit_rejected"]
    (row,) = t.store.attempts(t.run, "work")
    assert row.outcome is not None and [f.code for f in row.outcome.findings] == ["AP504"]
    assert [c.call for c in t.store.calls(t.run) if c.role == "auditor"] == [1, 2], "it was asked once more"
    assert t.tip() == t.store.run(t.run).base
    t.sound()


def test_a_request_nobody_answered_in_time_is_rejected(trial: Make) -> None:
    t = trial(ASKED, answers=[drops(attempt=1), answer(attempt=2)], run={"approval_timeout_minutes": 5})
    t.go()
    own = t.store.own(t.run)
    with t.store.write(own) as tx:
        tx._execute("UPDATE requests SET created_at = created_at - 400")
    own.release()
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["person_rejected", "complete"]
    assert [e.data["actor"] for e in t.events(EventName.APPROVAL_DECIDED)] == ["time-out"]
    t.sound()


def test_each_answer_cut_off_asks_for_a_smaller_form(trial: Make) -> None:
    cut = {
        "match": {"role": "builder"},
        "times": 2,
        "answer": '{"summary": "x", "files": [',
        "stop_reason": "max_tokens",
    }
    t = trial(answers=[cut, answer()])
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["answer_refused", "answer_refused", "complete"]
    prompts = [t.store.blob(c.prompt).decode() for c in t.store.calls(t.run) if c.role == "builder"]
    asked = [[form for form in ("content", "diff", "operations") if f"answer with {form})" in p] for p in prompts]
    assert asked == [["content"], ["diff"], ["operations"]], [p[-600:] for p in prompts]


@pytest.mark.parametrize("name", ["check_app.py", "spec.py"])
def test_test_modules_with_names_of_the_projects_own_are_run_by_pytest(trial: Make, name: str) -> None:
    """The plan names no runner: lint and run take it from the project's configuration."""
    configured = f"[tool.pytest.ini_options]\npython_files = {json.dumps(name)}\n"
    plan = json.dumps({"autopack": 1, "run": {"id": "t"}, "phases": [phase()]})
    suite = "import app\n\n\ndef test_add():\n    assert app.add(2, 3) == 5\n"
    t = trial(answers=[answer(content=WRONG), answer()], plan=plan, files={"pyproject.toml": configured, name: suite})
    assert "AP119" not in [f.code for f in t.service.lint(t.project.plan)]
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["tests_failed", "complete"]


def test_selected_phases_alone_run(trial: Make) -> None:
    t = trial(phase("one"), phase("two", depends_on=["one"]), answers=[answer("two")])
    assert t.go(phases=["two"]).state is RunState.DONE_SUCCESS
    assert t.phases() == {"one": SKIPPED, "two": DONE}


def test_a_spent_budget_ends_the_run_and_a_raised_one_reopens_it(trial: Make) -> None:
    t = trial(phase("one"), phase("two"), answers=[answer("one"), answer("two", MUL)], run={"token_cap": 500})
    assert t.go().state is RunState.BUDGET_EXHAUSTED
    assert t.events(EventName.FINDING_ADDED)[-1].data["finding"]["code"] == "AP701"
    assert t.service.resume(t.run) is RunState.BUDGET_EXHAUSTED
    assert t.resume(token_cap=100_000).state is RunState.DONE_SUCCESS
    assert t.store.run(t.run).epoch == 1 and t.store.usage(t.run).tokens > 500
    t.sound()


def test_a_model_that_fails_ends_the_run_and_again_asks_the_same_call(trial: Make) -> None:
    failing = {"match": {"role": "builder", "phase": "work"}, "error": {"status": 400}}
    t = trial(answers=[failing, answer()])
    assert t.go().state is RunState.ENVIRONMENT
    assert t.resume(again=True).state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["complete"], "a failed call uses up no attempt"
    t.sound()


def test_an_unfinished_baseline_ends_the_run_and_is_not_kept(trial: Make, tmp_path: Path) -> None:
    flag = tmp_path / "slow"
    flag.touch()
    judge = f"import pathlib, time\nif pathlib.Path({str(flag)!r}).exists():\n    time.sleep(60)\nimport app\n"
    slow = {"runner": "command", "command": ["python3", "check.py"], "timeout_seconds": 1}
    t = trial(phase(tests=slow), files={"check.py": judge})
    assert t.go().state is RunState.ENVIRONMENT
    assert "AP407" in [e.data["finding"]["code"] for e in t.events(EventName.FINDING_ADDED)]
    assert t.store.usage(t.run).calls == 0
    flag.unlink()
    assert t.resume(again=True).state is RunState.DONE_SUCCESS
    t.sound()


def test_a_stop_ends_the_baselines_too(trial: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "STOP_GRACE_SECONDS", 0.05)
    flag = tmp_path / "slow"
    flag.touch()
    judge = f"import pathlib, time\nif pathlib.Path({str(flag)!r}).exists():\n    time.sleep(60)\nimport app\n"
    t = trial(files={"check.py": judge})
    t.start()
    begun = t.heard(lambda e: e.event is EventName.STEP_STARTED and e.data.get("step") == "baseline")
    with t.driving() as drive:
        begun(drive)
        t.service.stop(t.run)
        end = drive.result(PATIENCE)
    assert end.stopped and t.state() is RunState.STOPPED
    flag.unlink()
    assert t.resume().state is RunState.DONE_SUCCESS
    t.sound()


def test_a_stopped_step_is_taken_up_in_the_same_attempt(trial: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "STOP_GRACE_SECONDS", 0.05)
    t = trial(answers=[{**answer(), "delay_ms": 1500}])
    t.start()
    asked = t.heard(lambda e: e.data.get("step") == "build")
    with t.driving() as drive:
        asked(drive)
        t.service.stop(t.run)
        assert drive.result(PATIENCE).stopped
    assert t.events()[-1].event is EventName.RUN_STOPPED and t.outcomes("work") == ["open"]
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["complete"]
    assert [e.event for e in t.events(EventName.RUN_RESUMED, EventName.RUN_FINISHED)] == ["run.resumed", "run.finished"]
    t.sound()


def test_the_last_phase_is_skipped_while_it_is_at_work(trial: Make) -> None:
    t = trial(phase("one"), phase("two"), answers=[answer("one"), {**answer("two", MUL), "delay_ms": 30_000}])
    t.start()
    asked = t.heard(lambda e: e.phase == "two" and e.data.get("step") == "build")
    with t.driving() as drive:
        asked(drive)
        with pytest.raises(ConflictError, match="at work"):
            t.service.retry(t.run, "two")
        assert t.service.skip(t.run, "two", actor="ann")["state"] == "SKIPPED"
        end = drive.result(PATIENCE)
    assert end.state is RunState.DONE_SUCCESS
    assert t.phases() == {"one": DONE, "two": SKIPPED} and t.outcomes("two") == ["environment"]
    assert [e.attempt for e in t.events(EventName.ATTEMPT_FINISHED) if e.phase == "two"] == [1]
    t.sound()


def test_an_approval_reaches_a_run_that_waits(trial: Make) -> None:
    t = trial(ASKED, answers=[drops()])
    t.start()
    asked = t.heard(lambda e: e.event is EventName.APPROVAL_REQUESTED)
    with t.driving(wait=True) as drive:
        asked(drive)
        with pytest.raises(ConflictError, match="at work"):
            t.service.discard(t.run)
        assert t.service.approve(t.run)["approved"] is True
        assert drive.result(PATIENCE).state is RunState.DONE_SUCCESS
    t.sound()


def test_a_skip_reaches_a_run_that_waits(trial: Make) -> None:
    t = trial(ASKED, answers=[drops()])
    t.start()
    asked = t.heard(lambda e: e.event is EventName.APPROVAL_REQUESTED)
    with t.driving(wait=True) as drive:
        asked(drive)
        t.service.skip(t.run, "work")
        assert drive.result(PATIENCE).state is RunState.DONE_SUCCESS
    assert t.phases() == {"work": SKIPPED} and [r.state for r in t.store.requests(t.run)] == ["expired"]
    t.sound()


def test_a_stop_for_an_owner_that_died_stops_no_later_drive(trial: Make) -> None:
    t = trial()
    t.start()
    t.service.close()
    t.service = t.reopened()
    left = t.store.send(t.run, "stop", {}, "ann")
    assert t.resume().state is RunState.DONE_SUCCESS
    command = t.store.command(left)
    assert command is not None and command.result == {"ok": True, "state": "stopped"}


def test_an_attempt_whose_base_moved_begins_anew(trial: Make) -> None:
    """`early` failed, `late` waits for a person; `early` is tried again and moves the tip under `late`."""
    t = trial(phase("early", attempt_cap=1), phase("late", "table.py"), answers=[
        answer("early", WRONG, attempt=1), drops("late"), answer("early"), drops("late"),
    ])  # fmt: skip
    (first,) = t.go().waiting
    assert t.phases() == {"early": FAILED, "late": PhaseState.BLOCKED}
    t.service.retry(t.run, "early")
    (second,) = t.resume().waiting
    assert second != first and t.outcomes("late") == ["environment", "open"]
    t.service.approve(t.run, second)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.file("app.py") == SUB.strip()
    t.sound()


def test_a_tip_moved_for_a_phase_that_was_then_skipped_is_taken_back(
    trial: Make, broken_at: Callable[[str], None]
) -> None:
    t = trial(phase("one"), phase("two"), answers=[answer("one"), answer("two", MUL)])
    t.start()
    broken_at("finalize.tip_moved")
    with pytest.raises(RuntimeError, match=r"finalize\.tip_moved"):
        t.drive()
    t.service.skip(t.run, "one")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.phases() == {"one": SKIPPED, "two": DONE}
    assert t.file("app.py") == MUL.strip()
    t.sound()


def test_a_crash_between_tip_and_complete_accepts_the_change_once(
    trial: Make, broken_at: Callable[[str], None]
) -> None:
    t = trial()
    t.start()
    broken_at("finalize.tip_moved")
    with pytest.raises(RuntimeError):
        t.drive()
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.project.git("rev-list", "--count", f"main..autopack/{t.run}") == "1"
    t.sound()


def test_a_flaky_disk_leaves_the_buffer_whole(trial: Make) -> None:
    """Rows that could not be written are written with the next ones, in their order."""
    t = trial()
    t.start()
    own = t.service._owning.held(t.run)
    assert own is not None
    from autopack.engine.journal import Journal

    journal = Journal(t.store, own, t.service.redactor)
    fails = [True, False]

    def once(tx: object) -> None:
        if fails.pop(0):
            raise OSError("no space")

    journal.log("first")
    journal.add(once)
    journal.log("last")
    with pytest.raises(OSError, match="no space"):
        journal.flush()
    journal.flush()
    journal.flush()
    assert [e.data["message"] for e in t.events(EventName.LOG)] == ["first", "last"]
