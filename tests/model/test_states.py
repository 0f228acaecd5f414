"""The state tables: only their edges are legal, every state is reachable, the final ones are final."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from autopack.errors import IllegalTransition
from autopack.model.states import (
    PHASE_MACHINE,
    RUN_MACHINE,
    TIER_MACHINE,
    Actor,
    Machine,
    PhaseState,
    RunState,
    TierState,
    tier_state,
)

MACHINES: list[tuple[Machine[Any], type[StrEnum], Any]] = [
    (RUN_MACHINE, RunState, RunState.PLAN_BOOTSTRAP),
    (PHASE_MACHINE, PhaseState, PhaseState.QUEUED),
    (TIER_MACHINE, TierState, TierState.PENDING),
]
BY_NAME = pytest.mark.parametrize(("machine", "states", "first"), MACHINES, ids=[m.name for m, _, _ in MACHINES])


@BY_NAME
def test_every_state_can_be_reached(machine: Machine[Any], states: type[StrEnum], first: Any) -> None:
    seen, edge = {first}, {first}
    while edge:
        edge = {e.target for e in machine.edges if e.source in edge} - seen
        seen |= edge
    assert seen == set(states)


@BY_NAME
def test_no_edge_stands_twice(machine: Machine[Any], states: type[StrEnum], first: Any) -> None:
    keys = [(e.source, e.target, e.trigger) for e in machine.edges]
    assert len(keys) == len(set(keys))


@BY_NAME
def test_one_trigger_leads_from_a_state_for_one_actor(machine: Machine[Any], states: type[StrEnum], first: Any) -> None:
    actors: dict[tuple[Any, str], set[Actor]] = {}
    for e in machine.edges:
        actors.setdefault((e.source, e.trigger), set()).add(e.actor)
    shared = {key for key, who in actors.items() if len(who) > 1}
    assert shared <= {(s, "retry") for s in (PhaseState.EXECUTING, PhaseState.CI_RUNNING, PhaseState.GATE)}, (
        "the engine tries again in EXECUTING, a person queues the phase again"
    )


@BY_NAME
def test_only_the_tables_edges_are_legal(machine: Machine[Any], states: type[StrEnum], first: Any) -> None:
    known = {(e.source, e.target, e.trigger): e for e in machine.edges}
    triggers = {e.trigger for e in machine.edges} | {"", "nonsense"}
    for source in states:
        for target in states:
            for trigger in triggers:
                edge = known.get((source, target, trigger))
                if edge is not None:
                    assert machine.check(source, target, trigger) == edge
                else:
                    with pytest.raises(IllegalTransition, match=machine.name):
                        machine.check(source, target, trigger)


def ways_out(state: RunState) -> set[tuple[RunState, str, Actor]]:
    return {(e.target, e.trigger, e.actor) for e in RUN_MACHINE.edges if e.source is state}


def test_discarded_is_final() -> None:
    assert ways_out(RunState.DISCARDED) == set()


def test_success_is_left_only_by_a_person_who_takes_work_back() -> None:
    assert ways_out(RunState.DONE_SUCCESS) == {
        (RunState.DISCARDED, "discard", Actor.PERSON), (RunState.STOPPED, "rollback", Actor.PERSON),
    }  # fmt: skip


@pytest.mark.parametrize("state", [s for s in RunState if s.ended])
def test_nothing_automatic_leaves_an_end_state(state: RunState) -> None:
    assert {actor for _, _, actor in ways_out(state)} <= {Actor.PERSON}


@pytest.mark.parametrize("state", [s for s in RunState if s.failed])
def test_a_person_reopens_a_failed_run(state: RunState) -> None:
    assert (RunState.PHASE_QUEUEING, "reopen", Actor.PERSON) in ways_out(state)


def test_success_needs_a_queue_that_is_empty() -> None:
    assert {e.source for e in RUN_MACHINE.edges if e.target is RunState.DONE_SUCCESS} == {RunState.PHASE_QUEUEING}


def test_complete_comes_from_the_gate_alone() -> None:
    assert {(e.source, e.trigger) for e in PHASE_MACHINE.edges if e.target is PhaseState.COMPLETE} == {
        (PhaseState.GATE, "complete")
    }


def test_only_a_rollback_takes_complete_back() -> None:
    assert {e.trigger for e in PHASE_MACHINE.edges if e.source is PhaseState.COMPLETE} == {"rollback"}


def test_requests_belong_to_their_stage() -> None:
    asked = {(e.source, e.target) for e in PHASE_MACHINE.edges if e.trigger == "ask"}
    assert asked == {(PhaseState.EXECUTING, PhaseState.AWAITING_APPROVAL), (PhaseState.GATE, PhaseState.BLOCKED)}


@pytest.mark.parametrize("machine", [RUN_MACHINE, PHASE_MACHINE])
def test_every_state_that_is_not_final_can_be_left(machine: Machine[Any]) -> None:
    left = {e.source for e in machine.edges}
    assert {s for e in machine.edges for s in (e.source, e.target)} - left <= {RunState.DISCARDED}


def test_the_words_for_states() -> None:
    assert {s for s in PhaseState if s.waits} == {PhaseState.AWAITING_APPROVAL, PhaseState.BLOCKED}
    assert {s for s in PhaseState if s.ended} == {PhaseState.COMPLETE, PhaseState.FAILED, PhaseState.SKIPPED}
    assert {s for s in RunState if s.ended} == {
        s for s in RunState if s.value.startswith("DONE_") or s.value == "DISCARDED"
    }
    assert {s for s in RunState if s.failed} < {s for s in RunState if s.ended} - {RunState.DONE_SUCCESS}


class Tiers(RuleBasedStateMachine):
    """Phases of one tier take any edges of their table; the tier's derived state takes edges of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.phases = [PhaseState.QUEUED] * 3
        self.tier = tier_state(tuple(self.phases))

    @rule(which=st.integers(0, 2), data=st.data())
    def move(self, which: int, data: st.DataObject) -> None:
        edge = data.draw(st.sampled_from([e for e in PHASE_MACHINE.edges if e.source is self.phases[which]]))
        PHASE_MACHINE.check(edge.source, edge.target, edge.trigger)
        self.phases[which] = edge.target
        now = tier_state(tuple(self.phases))
        if now is not self.tier:
            assert any((e.source, e.target) == (self.tier, now) for e in TIER_MACHINE.edges), f"{self.tier} -> {now}"
        self.tier = now

    @precondition(lambda self: all(p.ended for p in self.phases))
    @rule()
    def ended_tiers_say_how(self) -> None:
        assert self.tier is not TierState.PENDING
        assert (self.tier is TierState.FAILED) == (PhaseState.FAILED in self.phases)

    @invariant()
    def complete_means_work_was_done(self) -> None:
        if self.tier is TierState.COMPLETE:
            assert PhaseState.COMPLETE in self.phases and all(p.ended for p in self.phases)


TestTiers = Tiers.TestCase
TestTiers.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@given(st.lists(st.sampled_from(list(PhaseState)), max_size=5))
def test_a_tier_has_a_state_for_any_phases(phases: list[PhaseState]) -> None:
    derived = tier_state(tuple(phases))
    assert tier_state(tuple(reversed(phases))) is derived


class Runs(RuleBasedStateMachine):
    """A walk along the run's table: it never leaves DISCARDED, and comes out of an end state by a person alone."""

    def __init__(self) -> None:
        super().__init__()
        self.state = RunState.PLAN_BOOTSTRAP

    @precondition(lambda self: self.state is not RunState.DISCARDED)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        edge = data.draw(st.sampled_from([e for e in RUN_MACHINE.edges if e.source is self.state]))
        RUN_MACHINE.check(self.state, edge.target, edge.trigger)
        if self.state.ended:
            assert edge.actor is Actor.PERSON
        self.state = edge.target

    @rule(to=st.sampled_from(list(RunState)), trigger=st.sampled_from(["finish", "queue", "resume", "completed"]))
    def jump(self, to: RunState, trigger: str) -> None:
        if any((e.source, e.target, e.trigger) == (self.state, to, trigger) for e in RUN_MACHINE.edges):
            return
        with pytest.raises(IllegalTransition):
            RUN_MACHINE.check(self.state, to, trigger)


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)
