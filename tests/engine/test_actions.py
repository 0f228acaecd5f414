"""What a person may do to a run, on a real journal without a repository."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autopack.engine.actions import approve, reject, reopen, retry, skip
from autopack.engine.desk import Desk
from autopack.errors import ConflictError, UsageError
from autopack.events import EventName
from autopack.model.approvals import ApprovalRequest, Stage
from autopack.model.attempt import Outcome, OutcomeKind
from autopack.model.rules import finding
from autopack.model.states import PhaseState, RunState
from autopack.store import PhaseRow, RunRow, Store

S = PhaseState
PATH = {
    S.EXECUTING: ["start"], S.CI_RUNNING: ["start", "test"], S.GATE: ["start", "test", "judge"],
    S.AWAITING_APPROVAL: ["start", "ask"], S.BLOCKED: ["start", "test", "judge", "ask"], S.FAILED: ["start", "fail"],
    S.COMPLETE: ["start", "test", "judge", "complete"], S.QUEUED: [], S.SKIPPED: ["skip"],
}  # fmt: skip
STEP = {
    "start": S.EXECUTING, "test": S.CI_RUNNING, "judge": S.GATE, "fail": S.FAILED, "complete": S.COMPLETE,
    "skip": S.SKIPPED,
}  # fmt: skip


class Table:
    """A run of phases a, b, c at a person's desk."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.desk = Desk(store, store.own("r"), "ann", 1000.0)
        with store.write(self.desk.own) as tx:
            tx.create_run(RunRow("r"), [PhaseRow("r", name) for name in "abc"])
            tx.run_state("r", RunState.PLAN_BOOTSTRAP, RunState.RUN_CREATED, "created")
            tx.run_state("r", RunState.RUN_CREATED, RunState.PHASE_QUEUEING, "queue")

    def bring(self, phase: str, state: PhaseState) -> None:
        for trigger in PATH[state]:
            target = state if trigger == "ask" else STEP[trigger]
            with self.store.write(self.desk.own) as tx:
                tx.phase_state("r", phase, self.state(phase), target, trigger)

    def attempt(self, phase: str, number: int = 1, outcome: Outcome | None = None) -> None:
        with self.store.write(self.desk.own) as tx:
            tx.attempt("r", phase, number, "base", "tree")
            if outcome is not None:
                tx.attempt_outcome("r", phase, number, outcome)

    def ask(self, name: str, phase: str = "a") -> ApprovalRequest:
        with self.store.write(self.desk.own) as tx:
            return tx.request(ApprovalRequest(
                name, "r", phase, 1, Stage.APPLY, ("AP301",), ("x.py",), "d" * 64, "base", "p", name, ("why",), 1.0,
            ))  # fmt: skip

    def end(self, state: RunState) -> None:
        with self.store.write(self.desk.own) as tx:
            tx.run_state("r", RunState.PHASE_QUEUEING, state, "finish")

    def state(self, phase: str) -> PhaseState:
        return self.store.phase("r", phase).state

    def events(self, name: EventName) -> list[dict[str, Any]]:
        return [e.data | {"phase": e.phase, "attempt": e.attempt} for e in self.store.events("r") if e.event is name]


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    with Store.open(tmp_path / "state") as store:
        yield Table(store)
        assert store.check_invariants("r") == []


class TestDeciding:
    def test_the_only_request_needs_no_name(self, table: Table) -> None:
        table.ask("q1")
        assert approve(table.desk, {"scope": "phase", "reason": "fine"}) == {
            "request": "q1", "approved": True, "phase": "a", "digest": "d" * 64, "scope": "phase",
        }  # fmt: skip
        decision = table.store.decision("q1")
        assert decision is not None and (decision.actor, decision.scope, decision.reason) == ("ann", "phase", "fine")
        (told,) = table.events(EventName.APPROVAL_DECIDED)
        assert told == {"request": "q1", "approved": True, "actor": "ann", "scope": "phase", "reason": "fine",
                        "phase": "a", "attempt": 1}  # fmt: skip

    def test_an_answer_after_the_plans_time_out_is_refused(self, table: Table) -> None:
        """The request was made at 1.0, it is 1000.0: nobody may bring an expired question back to life."""
        asked = table.ask("q0")
        desk = Desk(table.store, table.store.own("late"), "ann", 1000.0)
        with table.store.write(desk.own) as tx:
            tx.create_run(RunRow("late", data={"config": {"approval_timeout_minutes": 10.0}}), [PhaseRow("late", "a")])
            tx.request(replace(asked, id="q1", run="late"))
        for act in (approve, reject):
            with pytest.raises(ConflictError, match="within 10 minutes"):
                act(desk, {"request": "q1", "reason": "because"})
        assert table.store.decision("q1") is None
        approve(replace(desk, now=600.0), {"request": "q1"})

    def test_the_first_decision_wins(self, table: Table) -> None:
        table.ask("q1")
        approve(table.desk, {"request": "q1"})
        with pytest.raises(ConflictError, match="decided"):
            reject(table.desk, {"request": "q1", "reason": "no"})
        decision = table.store.decision("q1")
        assert decision is not None and decision.approved

    @pytest.mark.parametrize(("args", "error", "said"), [
        ({"request": "q9"}, UsageError, "no request q9"),
        ({"digest": "e" * 64}, ConflictError, "digest"),
        ({"scope": "forever"}, UsageError, "no scope"),
    ])  # fmt: skip
    def test_a_wrong_approval_decides_nothing(
        self, table: Table, args: dict[str, str], error: type[Exception], said: str
    ) -> None:
        table.ask("q1")
        with pytest.raises(error, match=said):
            approve(table.desk, args)
        assert table.store.decision("q1") is None and table.events(EventName.APPROVAL_DECIDED) == []

    def test_of_two_requests_one_must_be_named(self, table: Table) -> None:
        table.ask("q1")
        table.ask("q2", "b")
        with pytest.raises(UsageError, match="2 requests: q1, q2"):
            approve(table.desk, {})

    def test_nobody_asked(self, table: Table) -> None:
        with pytest.raises(ConflictError, match="waits for no one"):
            approve(table.desk, {})

    def test_a_rejection_needs_a_reason(self, table: Table) -> None:
        table.ask("q1")
        for reason in ("", "  "):
            with pytest.raises(UsageError, match="needs a reason"):
                reject(table.desk, {"reason": reason})
        assert reject(table.desk, {"reason": "not this"})["approved"] is False


class TestRetry:
    @pytest.mark.parametrize("state", [s for s in S if s not in (S.QUEUED, S.COMPLETE)])
    def test_a_phase_in_any_other_state_is_queued_again(self, table: Table, state: PhaseState) -> None:
        table.bring("a", state)
        table.attempt("a")
        table.ask("q1")
        assert retry(table.desk, {"phase": "a", "hint": "mind it"})["state"] == "QUEUED"
        assert table.state("a") is S.QUEUED and table.store.get("r", "hint:a") == "mind it"
        assert [r.state for r in table.store.requests("r")] == ["expired"]
        (row,) = table.store.attempts("r", "a")
        assert row.outcome is not None and not row.outcome.kind.repairable, "the open attempt uses up nothing"
        assert [e["attempt"] for e in table.events(EventName.ATTEMPT_FINISHED)] == [1]

    @pytest.mark.parametrize("state", [S.QUEUED, S.COMPLETE])
    def test_nothing_to_retry(self, table: Table, state: PhaseState) -> None:
        table.bring("a", state)
        with pytest.raises(ConflictError, match="nothing to retry"):
            retry(table.desk, {"phase": "a"})
        assert table.store.phase("r", "a").retry_count == 0

    def test_counters_only_grow(self, table: Table) -> None:
        for count in (1, 2, 3):
            table.bring("a", S.FAILED)
            retry(table.desk, {"phase": "a"})
            assert table.store.phase("r", "a").retry_count == count

    @pytest.mark.parametrize("ended", [s for s in RunState if s.failed])
    def test_a_failed_run_goes_on_in_a_new_epoch(self, table: Table, ended: RunState) -> None:
        table.bring("a", S.FAILED)
        table.end(ended)
        retry(table.desk, {"phase": "a"})
        row = table.store.run("r")
        assert (row.state, row.epoch, row.ended_at) == (RunState.PHASE_QUEUEING, 1, None)

    def test_what_the_failure_made_unreachable_is_reachable_again(self, table: Table) -> None:
        table.bring("a", S.FAILED)
        with table.store.write(table.desk.own) as tx:
            tx.phase_state("r", "b", S.QUEUED, S.SKIPPED, "unreachable")
            tx.phase_state("r", "c", S.QUEUED, S.SKIPPED, "skip")
            tx.put("r", "unreachable", ["b"])
        retry(table.desk, {"phase": "a"})
        assert (table.state("b"), table.state("c")) == (S.QUEUED, S.SKIPPED), "a person's skip stays"
        assert table.store.get("r", "unreachable") == []

    def test_an_unknown_phase(self, table: Table) -> None:
        with pytest.raises(UsageError, match="no phase 'z'") as refused:
            retry(table.desk, {"phase": "z"})
        assert "a, b, c" in refused.value.hint


class TestSkip:
    @pytest.mark.parametrize("state", [s for s in S if s not in (S.SKIPPED, S.COMPLETE)])
    def test_a_phase_is_left_out(self, table: Table, state: PhaseState) -> None:
        table.bring("a", state)
        table.attempt("a", 1, Outcome(OutcomeKind.TESTS_FAILED, (finding("AP401", "fails"),)))
        table.ask("q1")
        skip(table.desk, {"phase": "a"})
        assert table.state("a") is S.SKIPPED and "ann" in table.store.phase("r", "a").detail
        (told,) = table.events(EventName.PHASE_FINISHED)
        assert (told["state"], told["attempts"], told["phase"]) == ("SKIPPED", 1, "a")
        assert [e["fingerprint"] for e in table.events(EventName.FINDING_CLEARED)] == [
            finding("AP401", "fails").fingerprint
        ]
        assert [r.state for r in table.store.requests("r")] == ["expired"]

    @pytest.mark.parametrize("state", [S.SKIPPED, S.COMPLETE])
    def test_what_ended_well_is_not_skipped(self, table: Table, state: PhaseState) -> None:
        table.bring("a", state)
        with pytest.raises(ConflictError, match=f"phase a is {state}"):
            skip(table.desk, {"phase": "a"})


@pytest.mark.parametrize("action", [retry, skip])
@pytest.mark.parametrize("final", [RunState.DONE_SUCCESS, RunState.DISCARDED])
def test_a_run_that_is_final_takes_no_more_words(table: Table, action: Any, final: RunState) -> None:
    table.bring("a", S.SKIPPED)
    with table.store.write(table.desk.own) as tx:
        trigger = "discard" if final is RunState.DISCARDED else "finish"
        tx.run_state("r", RunState.PHASE_QUEUEING, final, trigger)
    with pytest.raises(ConflictError, match=final.value):
        action(table.desk, {"phase": "a"})
    assert table.state("a") is S.SKIPPED and table.store.run("r").state is final


class TestReopen:
    def test_again_queues_what_failed(self, table: Table) -> None:
        table.bring("a", S.FAILED)
        table.bring("b", S.COMPLETE)
        table.end(RunState.REQUIRES_HUMAN_REVIEW)
        reopen(table.desk, {"again": True})
        assert (table.state("a"), table.state("b")) == (S.QUEUED, S.COMPLETE)
        assert table.store.phase("r", "a").retry_count == 1 and table.store.run("r").epoch == 1

    def test_a_raised_cap_queues_no_failed_phase(self, table: Table) -> None:
        table.bring("a", S.FAILED)
        table.end(RunState.BUDGET_EXHAUSTED)
        reopen(table.desk, {"token_cap": 9, "accept_baseline": None})
        assert table.state("a") is S.FAILED and table.store.get("r", "raised:token_cap") == 9
        assert table.store.get("r", "raised:accept_baseline") is None

    def test_a_phases_raised_cap_queues_that_phase_alone(self, table: Table) -> None:
        table.bring("a", S.FAILED)
        table.bring("b", S.FAILED)
        table.end(RunState.REQUIRES_HUMAN_REVIEW)
        reopen(table.desk, {"phase_token_caps": {"a": 9}})
        reopen(table.desk, {"phase_token_caps": {"a": 90, "b": 7}})
        assert (table.state("a"), table.state("b")) == (S.QUEUED, S.QUEUED)
        assert table.store.get("r", "raised:phase_token_caps") == {"a": 90, "b": 7}

    @pytest.mark.parametrize("caps", [{"nobody": 5}, {"a": 0}])
    def test_a_phases_cap_that_cannot_be_is_refused(self, table: Table, caps: dict[str, int]) -> None:
        table.end(RunState.BUDGET_EXHAUSTED)
        with pytest.raises(UsageError):
            reopen(table.desk, {"phase_token_caps": caps})
        assert table.store.run("r").state is RunState.BUDGET_EXHAUSTED

    @pytest.mark.parametrize("cap", ["token_cap", "money_cap_usd", "max_duration_minutes"])
    def test_a_cap_of_nothing_is_refused(self, table: Table, cap: str) -> None:
        table.end(RunState.BUDGET_EXHAUSTED)
        with pytest.raises(UsageError, match=cap):
            reopen(table.desk, {cap: 0})
        assert table.store.run("r").state is RunState.BUDGET_EXHAUSTED
