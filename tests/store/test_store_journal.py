"""Attempts, events, intents and outcomes, and facts by name."""

from __future__ import annotations

import threading

import pytest

from autopack.errors import ConflictError, StaleState, UsageError
from autopack.events import Event, EventName
from autopack.model.attempt import Outcome, OutcomeKind
from autopack.model.findings import Range
from autopack.model.rules import finding
from autopack.redaction import Redactor
from autopack.store import Store


def log(run: str, message: str) -> Event:
    return Event(EventName.LOG, run, data={"message": message})


def test_attempts_count_without_a_gap_and_resume_on_their_base(desk) -> None:
    with desk.store.write(desk.own) as tx:
        assert tx.attempt("r", "a", 1, "base", "tree").number == 1
    for number, base in ((1, "other"), (3, "base"), (0, "base")):
        with pytest.raises(ConflictError), desk.store.write(desk.own) as tx:
            tx.attempt("r", "a", number, base, "tree")
    with desk.store.write(desk.own) as tx:
        tx.attempt("r", "a", 2, "base2", "tree", "try harder", {"model": "m"})
        tx.attempt_update("r", "a", 2, level=1)
    rows = desk.store.attempts("r", "a")
    assert [(r.number, r.base, r.hint, r.data) for r in rows] == [
        (1, "base", "", {}),
        (2, "base2", "try harder", {"model": "m", "level": 1}),
    ]


def test_an_outcome_keeps_its_findings_and_stands(desk) -> None:
    found = finding("AP401", "broke it", path="a.py", range=Range.of_line(3)).placed(run="r", phase="a", attempt=1)
    outcome = Outcome(OutcomeKind.TESTS_FAILED, (found,), "one failed")
    with desk.store.write(desk.own) as tx:
        tx.attempt_outcome("r", "a", 1, Outcome(OutcomeKind.WAITING, request="q1"))
        tx.attempt_outcome("r", "a", 1, outcome)
        tx.attempt_outcome("r", "a", 1, outcome)
    assert desk.store.attempts("r", "a")[0].outcome == outcome
    with pytest.raises(ConflictError, match="tests_failed"), desk.store.write(desk.own) as tx:
        tx.attempt_outcome("r", "a", 1, Outcome(OutcomeKind.COMPLETE))
    with pytest.raises(UsageError), desk.store.write(desk.own) as tx:
        tx.attempt_outcome("r", "a", 9, outcome)


def test_events_are_numbered_per_run_and_read_from_any_point(desk) -> None:
    with desk.store.write(desk.own) as tx:
        first = tx.event(log("r", "one"))
        second = tx.event(Event(EventName.STEP_STARTED, "r", time=7.5, phase="a", attempt=1, data={"step": "build"}))
    with desk.store.write(None) as tx:
        third = tx.event(log("r", "from a surface"))
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert (first.time, second.time) == (desk.clock.wall(), 7.5)
    assert desk.store.events("r") == [first, second, third]
    assert desk.store.events("r", after=1, limit=1) == [second]


def test_events_of_a_failed_transaction_leave_no_gap(desk) -> None:
    heard: list[Event] = []
    desk.store.subscribe(heard.append)
    with pytest.raises(KeyError), desk.store.write(desk.own) as tx:
        tx.event(log("r", "never"))
        raise KeyError
    with desk.store.write(desk.own) as tx:
        kept = tx.event(log("r", "kept"))
    assert kept.seq == 1 and heard == [kept] == desk.store.events("r")


def test_events_of_many_threads_stay_gapless_and_are_heard_in_order(desk) -> None:
    store: Store = desk.store
    heard: list[int] = []
    store.subscribe(lambda event: heard.append(event.seq))

    def tell(name: str) -> None:
        for number in range(10):
            with store.write(None) as tx:
                tx.event(log("r", f"{name} {number}"))
                tx.event(log("r", f"{name} {number} again"))

    threads = [threading.Thread(target=tell, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.seq for event in store.events("r")] == list(range(1, 81)) == heard
    assert store.check_invariants("r") == []


def test_a_subscriber_hears_committed_rows_may_write_and_may_fail(desk) -> None:
    store, heard = desk.store, []

    def follow(event: Event) -> None:
        heard.append((event.data["message"], len(store.events("r"))))
        if event.data["message"] == "one":
            with store.write(None) as tx:
                tx.event(log("r", "two"))
            raise ValueError("a bad subscriber")

    leave = store.subscribe(follow)
    with store.write(desk.own) as tx:
        tx.event(log("r", "one"))
    assert heard == [("one", 1), ("two", 2)]
    leave()
    leave()
    with store.write(desk.own) as tx:
        tx.event(log("r", "three"))
    assert len(heard) == 2


def test_an_effect_is_intended_once_and_happens_once(desk) -> None:
    with desk.store.write(desk.own) as tx:
        made = tx.intent("r", "a", 1, "apply", {"tree": "t1"})
        assert not made.done and tx.intent("r", "a", 1, "apply", {"tree": "t1"}) == made
    assert [e.key for e in desk.store.open_effects("r")] == ["apply"]
    with pytest.raises(ConflictError, match="other inputs"), desk.store.write(desk.own) as tx:
        tx.intent("r", "a", 1, "apply", {"tree": "t2"})
    with desk.store.write(desk.own) as tx:
        done = tx.outcome("r", "a", 1, "apply", {})
        assert done.done and tx.outcome("r", "a", 1, "apply", {}) == done
        assert tx.intent("r", "a", 1, "apply", {"tree": "t1"}) == done
    with pytest.raises(ConflictError, match="another outcome"), desk.store.write(desk.own) as tx:
        tx.outcome("r", "a", 1, "apply", {"commit": "c"})
    with pytest.raises(ConflictError, match="no intent"), desk.store.write(desk.own) as tx:
        tx.outcome("r", "a", 2, "apply", {})
    assert desk.store.open_effects("r") == [] and desk.store.effects("r", "a") == [done]
    assert desk.store.effect("r", "a", 1, "apply") == done and desk.store.effect("r", "b", 1, "apply") is None


def test_what_belongs_to_the_owner_needs_the_owner(desk) -> None:
    writes = [
        lambda tx: tx.intent("r", "a", 1, "k", {}),
        lambda tx: tx.outcome("r", "a", 1, "k", {}),
        lambda tx: tx.attempt("r", "a", 2, "b", "t"),
        lambda tx: tx.advance("r", "a", "retry_count"),
        lambda tx: tx.request(desk.request()),
        lambda tx: tx.run_update("r", tip="x"),
    ]
    for write in writes:
        with pytest.raises(StaleState), desk.store.write(None) as tx:
            write(tx)
    other = desk.store.own("other")
    for write in writes:
        with pytest.raises(ConflictError), desk.store.write(other) as tx:
            write(tx)


def test_facts_and_baselines_come_back(desk) -> None:
    odd = {"text": "\ud83d half", "n": 1.5, "none": None}
    with desk.store.write(desk.own) as tx:
        tx.put("r", "odd", odd)
        tx.put("r", "odd2", 1)
        tx.put("r", "odd2", [2])
        tx.put("", "whole", True)
        tx.baseline("k", {"results": [1]})
        tx.baseline("k", {"results": [2]})
    assert desk.store.get("r", "odd") == odd and desk.store.get("r", "odd2") == [2]
    assert desk.store.get("", "whole") is True and desk.store.get("r", "whole", "default") == "default"
    assert desk.store.baseline("k") == {"results": [1]} and desk.store.baseline("none") is None


def test_secrets_do_not_reach_the_database(state, clock) -> None:
    from autopack.store import RunRow

    secret = "s3cr3t-value-of-the-user"
    with Store.open(state, redactor=Redactor([secret]), clock=clock) as store:
        own = store.own("r")
        with store.write(own) as tx:
            tx.create_run(RunRow("r", data={"env": secret}))
            tx.event(log("r", f"token {secret}"))
            tx.intent("r", "", 0, "k", {"a": [secret]})
            tx.outcome("r", "", 0, "k", {"b": {"c": secret}})
            tx.put("r", "k", secret)
            tx.send("r", "retry", {"hint": secret}, "ann")
            assert tx.intent("r", "", 0, "k", {"a": [secret]}).done
    assert secret.encode() not in (state / "store.db").read_bytes()
