"""How a drive ends where something came between: a stop before it, a crash in the middle, a word at the last moment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autopack.engine import run_loop
from autopack.events import EventName
from autopack.model.approvals import Stage
from autopack.model.states import PhaseState, RunState
from autopack.repo import remove_worktree
from autopack.store import Store
from tests.kit.project import builder, whole
from tests.kit.tiny import DELETES, WRONG, answer, phase, plan_of

from .conftest import Make, Trial, settle

DONE, FAILED, QUEUED = PhaseState.COMPLETE, PhaseState.FAILED, PhaseState.QUEUED
OURS = builder("work", "Report", whole(".autonomous_runs/t/report.md", "fine\n", "create"))


def standing(t: Trial) -> list[str]:
    """Codes of what stands about the run as a whole: told and not cleared."""
    found: dict[str, str] = {}
    for event in t.events(EventName.FINDING_ADDED, EventName.FINDING_CLEARED):
        if not event.phase and event.event is EventName.FINDING_ADDED:
            found[event.data["finding"]["fingerprint"]] = event.data["finding"]["code"]
        elif not event.phase:
            found.pop(event.data["fingerprint"])
    return sorted(found.values())


def with_setup(trial: Make, flag: Path) -> Trial:
    """Its setup fails while `flag` exists."""
    code = f"import pathlib, sys; sys.exit(pathlib.Path({str(flag)!r}).exists())"
    return trial(answers=[answer(), answer()], plan=plan_of(workspace={"setup": [["python3", "-c", code]]}))


def test_a_stopped_run_that_cannot_be_made_ready_fails_and_goes_on_later(trial: Make, tmp_path: Path) -> None:
    flag = tmp_path / "broken"
    t = with_setup(trial, flag)
    assert t.go().state is RunState.DONE_SUCCESS
    t.service.rollback(t.run)
    assert t.state() is RunState.STOPPED
    remove_worktree(t.service.state / "worktrees" / t.run)
    flag.touch()
    assert t.resume().state is RunState.ENVIRONMENT
    assert "AP905" in standing(t)
    flag.unlink()
    assert t.resume(again=True).state is RunState.DONE_SUCCESS
    assert "AP905" not in standing(t), "what ended the run before is said no more"
    t.sound()


def test_what_the_workspace_lacks_is_told_once_and_taken_back_when_it_is_there(trial: Make) -> None:
    t = trial(answers=[answer(), answer(), answer()], plan=plan_of(workspace={"copy": ["local.cfg"]}))
    assert t.go().state is RunState.DONE_SUCCESS
    t.service.rollback(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    told = [e.data["finding"]["code"] for e in t.events(EventName.FINDING_ADDED) if not e.phase]
    assert told.count("AP905") == 1 and "AP905" in standing(t)
    (t.project.root / "local.cfg").write_text("x")
    t.service.rollback(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert "AP905" not in standing(t) and "AP905" not in t.service.report(t.run).read_text()


def test_the_reason_is_what_keeps_the_run_from_going_on(trial: Make, tmp_path: Path) -> None:
    """The blocking finding, not the first one told."""
    setup = [["python3", "-c", "import sys; sys.exit('no compiler')"]]
    t = trial(plan=plan_of(workspace={"copy": ["nothing.cfg"], "setup": setup}))
    assert t.go().state is RunState.ENVIRONMENT
    assert "no compiler" in t.store.run(t.run).reason
    assert standing(t).count("AP905") == 2, "what blocks is told once, beside what was left out"
    t.service.discard(t.run)
    assert "AP905" not in standing(t)


def test_a_violation_ends_the_run_though_a_crash_came_between(trial: Make, broken_at: Callable[[str], None]) -> None:
    """As the undisturbed run does: no phase after the one that targeted Autopack's own files is begun."""
    t = trial(phase("work"), phase("next"), answers=[OURS, answer("next")])
    t.start()
    broken_at("handoff.before")
    with pytest.raises(RuntimeError):
        t.drive()
    assert t.resume().state is RunState.POLICY_VIOLATION
    assert t.phases() == {"work": FAILED, "next": QUEUED} and t.outcomes("next") == []
    t.sound()


def test_a_violation_that_a_person_sends_back_is_over(trial: Make) -> None:
    t = trial(phase("work"), answers=[OURS, answer()])
    assert t.go().state is RunState.POLICY_VIOLATION
    t.service.retry(t.run, "work")
    assert t.resume().state is RunState.DONE_SUCCESS


def test_a_retry_that_comes_while_the_run_ends_is_not_lost(trial: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said when every phase had ended and the end was not written: the run goes on, or the answer says that it is over."""
    t = trial(phase(attempt_cap=1), answers=[answer(content=WRONG), answer()])
    t.start()
    sent: list[int] = []

    def send(name: str) -> None:
        if name == "run.before_finish" and not sent:
            with Store.open(t.service.state) as other:
                sent.append(other.send(t.run, "retry", {"phase": "work"}, "ann"))

    monkeypatch.setattr(run_loop.fault, "point", send)
    end = t.drive()
    command = t.store.command(sent[0])
    assert command is not None and command.result is not None and command.result["ok"]
    assert t.phases() == {"work": QUEUED} or end.state is RunState.DONE_SUCCESS
    if end.state is not RunState.DONE_SUCCESS:
        assert t.resume().state is RunState.DONE_SUCCESS
    t.sound()


def test_a_skip_of_what_is_complete_is_refused_while_the_run_ends(trial: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    t = trial(phase("one"), answers=[answer("one")])
    t.start()
    sent: list[int] = []

    def send(name: str) -> None:
        if name == "run.before_finish" and not sent:
            with Store.open(t.service.state) as other:
                sent.append(other.send(t.run, "skip", {"phase": "one"}, "ann"))

    monkeypatch.setattr(run_loop.fault, "point", send)
    assert t.drive().state is RunState.DONE_SUCCESS
    command = t.store.command(sent[0])
    assert command is not None and command.result is not None and not command.result["ok"]


def waiting(trial: Make, policy: str) -> Trial:
    """A tested change waits with a person's yes while the user's policy becomes another one."""
    t = trial(phase("work", "app.py", "table.py"), answers=[builder("work", "Drop", DELETES), answer()])
    assert t.go().waiting
    t.service.approve(t.run)
    settle(t, f"policy: {{{policy}}}\n")
    return t


def test_a_change_that_the_policy_refuses_by_now_goes_back_to_the_builder(trial: Make) -> None:
    t = waiting(trial, "never: [table.py]")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["policy_refused", "complete"]
    t.sound()


def test_a_change_that_the_policy_asks_about_by_now_is_asked_about_with_its_evidence(trial: Make) -> None:
    t = waiting(trial, "approval: [table.py]")
    (asked,) = t.resume().waiting
    request = t.store.request(asked)
    assert request is not None and request.stage is Stage.ACCEPT and set(request.codes) >= {"AP301", "AP303"}
    said = t.service.report(t.run).read_text("utf-8").partition("What a person said")[2]
    assert "lapsed" in said and "approved" not in said, "the yes to the old policy was never used"
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["complete"]
    t.sound()


def test_a_second_failure_gets_a_bundle_of_its_own(trial: Make, broken_at: Callable[[str], None]) -> None:
    """The first failure's bundle does not stand for the second, whose writing a kill cut off."""
    t = trial(phase("work", attempt_cap=1), answers=[answer(content=WRONG), answer(content=WRONG)])
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert ": 1 test, finished," in t.service.report(t.run).read_text("utf-8")
    (capped,) = (e.data["finding"] for e in t.events(EventName.FINDING_ADDED) if e.data["finding"]["code"] == "AP704")
    assert capped["message"].startswith("Phase work used its 1 attempt. ")
    assert t.store.phase(t.run, "work").detail == "the one attempt failed"
    t.service.retry(t.run, "work")
    broken_at("handoff.before")
    with pytest.raises(RuntimeError):
        t.resume()
    assert t.resume().state is RunState.REQUIRES_HUMAN_REVIEW
    bundle = t.project.root / ".autonomous_runs" / t.run / "handoff" / "work"
    assert (bundle / "patches" / "attempt-2.patch").exists(), sorted(p.name for p in bundle.rglob("*"))
