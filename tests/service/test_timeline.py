"""The fold over a run's events: attempts, steps, standing findings, what is in hand."""

from __future__ import annotations

from typing import Any

from autopack.events import Event, EventName
from autopack.model import codec
from autopack.model.findings import Finding, Severity
from autopack.service import Timeline


class Told:
    def __init__(self) -> None:
        self.timeline = Timeline()
        self.events: list[Event] = []

    def __call__(self, name: EventName, phase: str = "", attempt: int = 0, **data: Any) -> Timeline:
        event = Event(name, "r", len(self.events) + 1, 100.0 + len(self.events), phase, attempt, data)
        self.events.append(event)
        self.timeline.take(event)
        return self.timeline

    def finding(self, phase: str, attempt: int, message: str = "broke") -> Finding:
        found = Finding("AP401", "new failure", Severity.ERROR, message).placed(run="r", phase=phase, attempt=attempt)
        self(EventName.FINDING_ADDED, phase, attempt, finding=codec.dump(found))
        return found


def test_a_step_is_in_hand_until_it_is_finished():
    told = Told()
    told(EventName.ATTEMPT_STARTED, "one", 1, base="abc")
    line = told(EventName.STEP_STARTED, "one", 1, step="test")
    assert (line.in_hand.phase, line.in_hand.attempt, line.in_hand.step) == ("one", 1, "test")
    line = told(EventName.STEP_FINISHED, "one", 1, step="test", seconds=1.5, outcome="ok")
    assert line.in_hand.step == ""
    (step,) = line.phases["one"].attempts[1].steps
    assert (step.name, step.seconds, step.outcome) == ("test", 1.5, "ok")


def test_a_step_begun_again_after_a_kill_is_one_step():
    told = Told()
    told(EventName.STEP_STARTED, "one", 1, step="build")
    told(EventName.RUN_RESUMED)
    line = told(EventName.STEP_STARTED, "one", 1, step="build")
    (step,) = line.phases["one"].attempts[1].steps
    assert step.began_at == line.in_hand.since


def test_a_resumed_run_is_at_the_step_it_was_stopped_in():
    told = Told()
    told(EventName.ATTEMPT_STARTED, "one", 1)
    told(EventName.STEP_STARTED, "one", 1, step="build")
    assert told(EventName.RUN_STOPPED, reason="stopped").in_hand.phase == ""
    hand = told(EventName.RUN_RESUMED).in_hand
    assert (hand.phase, hand.attempt, hand.step) == ("one", 1, "build")


def test_findings_stand_until_the_next_attempt_begins():
    told = Told()
    told(EventName.ATTEMPT_STARTED, "one", 1)
    first = told.finding("one", 1)
    assert list(told.timeline.phases["one"].findings.values()) == [first]
    told(EventName.ATTEMPT_FINISHED, "one", 1, outcome="tests_failed")
    assert told.timeline.phases["one"].findings
    told(EventName.ATTEMPT_STARTED, "one", 2)
    assert not told.timeline.phases["one"].findings


def test_findings_of_another_phase_stay():
    told = Told()
    told.finding("one", 1)
    told.finding("two", 1)
    told(EventName.PHASE_FINISHED, "one", 1, state="COMPLETE")
    assert not told.timeline.phases["one"].findings
    assert told.timeline.phases["two"].findings


def test_a_failed_phase_keeps_what_stands_against_it():
    told = Told()
    told.finding("one", 1)
    told(EventName.PHASE_FINISHED, "one", 1, state="FAILED")
    assert told.timeline.phases["one"].findings


def test_a_cleared_finding_goes_by_its_fingerprint():
    told = Told()
    stays, goes = told.finding("one", 1, "a"), told.finding("one", 1, "b")
    told(EventName.FINDING_CLEARED, "one", 1, fingerprint=goes.fingerprint)
    assert list(told.timeline.phases["one"].findings) == [stays.fingerprint]


def test_events_taken_twice_count_once():
    told = Told()
    told(EventName.STEP_STARTED, "one", 1, step="build")
    told(EventName.STEP_FINISHED, "one", 1, step="build", seconds=1, outcome="ok")
    for event in told.events:
        told.timeline.take(event)
    assert len(told.timeline.phases["one"].attempts[1].steps) == 1


def test_the_handoff_and_the_reason_are_kept():
    told = Told()
    told(EventName.LOG, "one", message="Handoff bundle: /x", handoff="/x")
    line = told(EventName.RUN_FINISHED, reason="phase one failed")
    assert (line.phases["one"].handoff, line.reason) == ("/x", "phase one failed")
    assert told(EventName.RUN_RESUMED).reason == ""
