"""Runs and phases: the machines are kept, moves are compare-and-swap, rows say what was written."""

from __future__ import annotations

import pytest

from autopack.errors import ConflictError, IllegalTransition, StaleState, UsageError
from autopack.model.states import PhaseState, RunState
from autopack.store import PhaseRow, RunRow, Store


def test_a_created_run_is_read_back_whole(store: Store) -> None:
    row = RunRow("r", project="p\udc80", plan_path="a b.yaml", plan_digest="1", data={"caps": {"tokens": 5}})
    with store.write(None) as tx:
        made = tx.create_run(row, [PhaseRow("r", "a", tier="t"), PhaseRow("r", "b", data={"k": [1]})])
    read = store.run("r")
    assert (read.id, read.state, read.data, read.project) == (
        "r",
        RunState.PLAN_BOOTSTRAP,
        {"caps": {"tokens": 5}},
        "p?",
    )
    assert read.created_at == made.created_at == 1_800_000_000.0 and read.ended_at is None
    assert [(p.phase, p.position, p.tier, p.state, p.data) for p in store.phases("r")] == [
        ("a", 0, "t", PhaseState.QUEUED, {}),
        ("b", 1, "", PhaseState.QUEUED, {"k": [1]}),
    ]
    assert store.check_invariants("r") == []


def test_a_run_id_is_taken_once(store: Store) -> None:
    with store.write(None) as tx:
        tx.create_run(RunRow("r"))
    with pytest.raises(ConflictError, match="exists already"), store.write(None) as tx:
        tx.create_run(RunRow("r"))


def test_the_next_run_id_counts_on_and_stays_an_identifier(store: Store) -> None:
    long = "x" * 40
    assert store.next_run_id("r") == "r"
    with store.write(None) as tx:
        for name in ("r", "r-2", long):
            tx.create_run(RunRow(name))
    assert store.next_run_id("r") == "r-3"
    assert store.next_run_id(long) == "x" * 38 + "-2"


def test_unknown_rows_are_usage_errors_with_a_hint(store: Store, desk) -> None:
    assert store.find_run("none") is None
    for ask in (lambda: store.run("none"), lambda: store.phase("r", "none"), lambda: store.own("../x")):
        with pytest.raises(UsageError) as error:
            ask()
        assert error.value.hint


def test_runs_are_listed_newest_first_and_by_state(store: Store, clock) -> None:
    with store.write(None) as tx:
        tx.create_run(RunRow("one"))
        tx.create_run(RunRow("two", state=RunState.RUN_CREATED))
        clock.pass_time(1)
        tx.create_run(RunRow("three"))
    assert [row.id for row in store.runs()] == ["three", "two", "one"]
    assert [row.id for row in store.runs(limit=1)] == ["three"]
    assert [row.id for row in store.runs([RunState.RUN_CREATED])] == ["two"]
    assert store.runs([]) == []


def test_an_illegal_move_and_a_stale_one_change_nothing(desk) -> None:
    store = desk.store
    with pytest.raises(IllegalTransition), store.write(desk.own) as tx:
        tx.phase_state("r", "a", PhaseState.EXECUTING, PhaseState.COMPLETE, "complete")
    with pytest.raises(StaleState, match="phase a of run r is EXECUTING, not QUEUED"), store.write(desk.own) as tx:
        tx.phase_state("r", "b", PhaseState.QUEUED, PhaseState.EXECUTING, "start")
        tx.phase_state("r", "a", PhaseState.QUEUED, PhaseState.EXECUTING, "start")
    with pytest.raises(StaleState, match="run r is PHASE_QUEUEING"), store.write(desk.own) as tx:
        tx.run_state("r", RunState.STOPPED, RunState.PHASE_QUEUEING, "resume")
    assert [p.state for p in store.phases("r")] == [PhaseState.EXECUTING, PhaseState.QUEUED]
    assert store.check_invariants("r") == []


def test_reopening_adds_an_epoch_and_takes_the_end_away(desk) -> None:
    desk.move_run(RunState.REQUIRES_HUMAN_REVIEW, "finish")
    assert desk.store.run("r").ended_at == desk.clock.wall()
    desk.move_run(RunState.PHASE_QUEUEING, "reopen")
    row = desk.store.run("r")
    assert (row.epoch, row.ended_at, row.state) == (1, None, RunState.PHASE_QUEUEING)
    desk.move_run(RunState.STOPPED, "stop")
    desk.move_run(RunState.PHASE_QUEUEING, "resume")
    assert desk.store.run("r").epoch == 1
    assert [(t.trigger, t.actor) for t in desk.store.transitions("r") if t.phase == ""][-4:] == [
        ("finish", "engine"), ("reopen", "person"), ("stop", "engine"), ("resume", "engine"),
    ]  # fmt: skip


def test_updates_set_what_is_named_and_merge_data(desk) -> None:
    with desk.store.write(desk.own) as tx:
        tx.run_update("r", branch="autopack/r", tip="abc", data={"one": 1})
        tx.run_update("r", data={"two": 2})
        tx.phase_update("r", "a", commit="c1", data={"x": 1})
        tx.phase_update("r", "a", detail="because")
    row, phase = desk.store.run("r"), desk.store.phase("r", "a")
    assert (row.branch, row.tip, row.data) == ("autopack/r", "abc", {"one": 1, "two": 2})
    assert (phase.commit, phase.detail, phase.data) == ("c1", "because", {"x": 1})
    with pytest.raises(TypeError, match="state"), desk.store.write(desk.own) as tx:
        tx.run_update("r", state="DONE_SUCCESS")


def test_counters_only_grow(desk) -> None:
    with desk.store.write(desk.own) as tx:
        assert [tx.advance("r", "a", "retry_count") for _ in range(3)] == [1, 2, 3]
        assert tx.advance("r", "a", "escalation_level") == 1
        with pytest.raises(TypeError):
            tx.advance("r", "a", "state")
        with pytest.raises(UsageError):
            tx.advance("r", "none", "retry_count")
    phase = desk.store.phase("r", "a")
    assert (phase.retry_count, phase.replan_epoch, phase.escalation_level) == (3, 0, 1)


def test_a_block_that_raises_leaves_nothing(desk) -> None:
    with pytest.raises(KeyError), desk.store.write(desk.own) as tx:
        tx.put("r", "k", 1)
        raise KeyError
    assert desk.store.get("r", "k") is None
    with desk.store.write(desk.own) as tx:
        tx.put("r", "k", 2)
    assert desk.store.get("r", "k") == 2


def test_transactions_do_not_nest_and_see_their_own_rows(desk) -> None:
    with desk.store.write(desk.own) as tx:
        tx.put("r", "k", 1)
        assert desk.store.get("r", "k") == tx.get("r", "k") == tx.read.get("r", "k") == 1
        with pytest.raises(RuntimeError, match="already open"), desk.store.write(None):
            pass
    assert desk.store.get("r", "k") == 1


def test_rows_that_belong_to_no_run_are_refused(desk) -> None:
    with pytest.raises(ConflictError, match="no such run"), desk.store.write(None) as tx:
        tx.artefact("none", "log", desk.store.put_blob(b"x"))
