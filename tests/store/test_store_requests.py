"""Requests, decisions and grants: one decision, one use, for exactly the change it was given for."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from autopack.errors import ConflictError, StaleState, UsageError
from autopack.model.approvals import Decision, Grant, Scope, Stage
from autopack.model.states import PhaseState, RunState

DAY = 86400.0


def test_a_request_is_asked_once_and_read_back(desk) -> None:
    asked = desk.ask(codes=("AP301", "AP303"), paths=("b.py", "a.py"), stage=Stage.ACCEPT)
    assert desk.ask(codes=("AP301", "AP303"), paths=("b.py", "a.py"), stage=Stage.ACCEPT) == asked
    assert (asked.state, asked.paths, asked.stage) == ("pending", ("b.py", "a.py"), Stage.ACCEPT)
    with pytest.raises(ConflictError, match="asks something else"):
        desk.ask(digest="e" * 64)
    desk.ask("q2", phase="b")
    store = desk.store
    assert store.request("q1") == asked and store.request("none") is None
    assert [r.id for r in store.requests("r")] == ["q1", "q2"]
    assert [r.id for r in store.requests(phase="b", state="pending")] == ["q2"]
    assert store.requests("other") == [] == store.requests(state="consumed")


def test_the_first_decision_wins(desk) -> None:
    desk.ask()
    made = desk.decide(approved=False)
    with pytest.raises(ConflictError, match="rejected by ann already"):
        desk.decide(approved=True)
    assert desk.store.decision("q1") == made and not made.approved
    assert made.decided_at == desk.clock.wall()
    assert desk.store.requests("r", "decided")[0].id == "q1"


def test_of_many_deciders_at_once_one_wins(desk) -> None:
    desk.ask()
    ready, won, lost = threading.Barrier(6), [], []

    def decide(name: str) -> None:
        ready.wait()
        try:
            with desk.store.write(None) as tx:
                won.append(tx.decide(Decision("q1", True, name, Scope.ONCE, "", "d" * 64, 0.0)))
        except ConflictError as error:
            lost.append(error)

    threads = [threading.Thread(target=decide, args=(f"p{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and len(lost) == 5 and desk.store.decision("q1") == won[0]


def test_a_decision_speaks_of_the_change_that_is_asked_about(desk) -> None:
    desk.ask()
    for digest in ("e" * 64, ""):
        with pytest.raises(ConflictError, match="asks about change") as error:
            desk.decide(digest=digest)
        assert error.value.hint
    with pytest.raises(UsageError):
        desk.decide("none")
    assert desk.store.decision("q1") is None and desk.store.request("q1").state == "pending"


def test_an_approval_is_used_once_by_the_intent_it_allows(desk) -> None:
    desk.ask()
    with pytest.raises(StaleState, match="pending"):
        desk.consume()
    desk.decide()
    desk.consume()
    effect = desk.store.effect("r", "a", 1, "apply")
    assert effect is not None and effect.request == "q1"
    assert desk.store.decision("q1").state == "consumed" == desk.store.request("q1").state
    for key in ("apply", "again"):
        with pytest.raises(StaleState, match="consumed"):
            desk.consume(key=key)
    assert len(desk.store.effects("r")) == 1 and desk.store.check_invariants("r") == []


def test_an_intent_later_in_the_transaction_carries_the_request(desk) -> None:
    desk.ask()
    desk.decide()
    fits = {"digest": "d" * 64, "base": "base", "policy": "p1"}
    with pytest.raises(ConflictError, match="without an intent"), desk.store.write(desk.own) as tx:
        tx.consume("q1", **fits)
        tx.intent("r", "b", 1, "apply", {})
    assert desk.store.decision("q1").state == "decided" and desk.store.effects("r") == []
    with desk.store.write(desk.own) as tx:
        assert tx.consume("q1", **fits) is None
        assert tx.intent("r", "a", 1, "apply", {}).request == "q1"
        assert tx.intent("r", "a", 1, "next", {}).request == ""
    assert desk.store.check_invariants("r") == []


def test_an_old_intent_cannot_be_what_the_approval_is_used_for(desk) -> None:
    desk.ask()
    desk.decide()
    with desk.store.write(desk.own) as tx:
        tx.intent("r", "a", 1, "apply", {"tree": "t"})
        tx.outcome("r", "a", 1, "apply", {})
    with pytest.raises(ConflictError, match="old intent"):
        desk.consume()
    assert desk.store.decision("q1").state == "decided"


@pytest.mark.parametrize("moved", [{"digest": "e" * 64}, {"base": "base2"}, {"policy": "p2"}])
def test_an_approval_of_something_else_is_refused(desk, moved: dict[str, str]) -> None:
    desk.ask()
    desk.decide()
    with pytest.raises(StaleState, match="another change, base or policy"):
        desk.consume(**moved)
    assert desk.store.decision("q1").state == "decided" and desk.store.effects("r") == []
    desk.consume()


def test_a_decision_lapses_after_a_day(desk) -> None:
    desk.ask()
    desk.clock.pass_time(30 * DAY)
    desk.decide()
    desk.clock.pass_time(DAY + 1)
    with pytest.raises(StaleState, match="older than 24 hours"):
        desk.consume()
    with desk.store.write(desk.own) as tx:
        tx.consume("q1", "apply", digest="d" * 64, base="base", policy="p1", lapse_hours=25)


def test_a_turned_wall_clock_neither_keeps_nor_loses_a_decision(desk) -> None:
    desk.ask()
    desk.ask("q2")
    desk.decide()
    desk.decide("q2")
    desk.clock.now += 3650 * DAY
    desk.consume("q1", "one")
    desk.clock.now -= 7300 * DAY
    desk.clock.since_boot += DAY + 1
    with pytest.raises(StaleState, match="older"):
        desk.consume("q2", "two")
    desk.clock.boot, desk.clock.since_boot = "boot-2", 5.0
    desk.clock.now += 3650 * DAY
    desk.consume("q2", "two")


def test_a_rejection_is_acknowledged_not_consumed(desk) -> None:
    desk.ask()
    desk.decide(approved=False)
    with pytest.raises(StaleState, match="rejected"):
        desk.consume()
    with desk.store.write(desk.own) as tx:
        tx.acknowledge("q1")
    with pytest.raises(StaleState), desk.store.write(desk.own) as tx:
        tx.acknowledge("q1")
    assert desk.store.request("q1").state == "consumed" and desk.store.check_invariants("r") == []
    desk.ask("q2")
    desk.decide("q2")
    with pytest.raises(StaleState, match="not an unused rejection"), desk.store.write(desk.own) as tx:
        tx.acknowledge("q2")


def test_an_expired_request_takes_no_word_and_gives_none(desk) -> None:
    desk.ask()
    desk.ask("q2")
    desk.decide("q2")
    with desk.store.write(desk.own) as tx:
        for name in ("q1", "q2", "q1"):
            tx.expire(name, "the base moved")
    with pytest.raises(ConflictError, match="the base moved"):
        desk.decide("q1")
    with pytest.raises(StaleState, match="expired"):
        desk.consume("q2")
    assert desk.store.decision("q2").state == "lapsed" and desk.store.check_invariants("r") == []
    desk.ask("q3")
    desk.decide("q3")
    desk.consume("q3")
    with pytest.raises(StaleState, match="consumed"), desk.store.write(desk.own) as tx:
        tx.expire("q3", "too late")


def test_a_phase_that_goes_elsewhere_takes_its_open_requests_with_it(desk) -> None:
    desk.ask()
    desk.ask("other", phase="b")
    desk.move("a", PhaseState.AWAITING_APPROVAL, "ask")
    desk.move("a", PhaseState.EXECUTING, "decided")
    assert desk.store.request("q1").state == "pending"
    desk.move("a", PhaseState.AWAITING_APPROVAL, "ask")
    desk.move("a", PhaseState.QUEUED, "retry")
    assert desk.store.request("q1").state == "expired" and desk.store.request("other").state == "pending"
    desk.move_run(RunState.DISCARDED, "discard")
    assert desk.store.request("other").state == "expired"


@pytest.mark.parametrize(("scope", "phases"), [(Scope.ONCE, []), (Scope.PHASE, ["a"]), (Scope.PATH, ["a", "b"])])
def test_a_grant_reaches_as_far_as_its_scope(desk, scope: Scope, phases: list[str]) -> None:
    desk.ask(paths=("x.py", "y.py"))
    desk.decide(scope=scope)
    assert desk.store.grants("r", "a") == []
    desk.consume()
    assert [phase for phase in ("a", "b") if desk.store.grants("r", phase)] == phases
    assert desk.store.grants("other", "a") == []


def answered(desk, name: str, **fields: object) -> Decision | None:
    desk.ask(name, **fields)
    with desk.store.write(desk.own) as tx:
        return tx.answer_by_grant(name)


def test_a_grant_answers_only_what_lies_wholly_inside_it(desk) -> None:
    desk.ask(codes=("AP301", "AP303"), paths=("x.py", "y.py"))
    desk.decide(scope=Scope.PHASE)
    desk.consume()
    inside = answered(desk, "in", codes=("AP303",), paths=("y.py",), digest="e" * 64)
    assert inside is not None and inside.approved and inside.actor.startswith("grant:")
    assert desk.store.decision("in") == inside
    desk.consume("in", "tip", digest="e" * 64)
    outside: list[dict[str, object]] = [
        {"codes": ("AP301", "AP306")}, {"paths": ("x.py", "z.py")}, {"phase": "b"}, {"policy": "p2"},
    ]  # fmt: skip
    for number, fields in enumerate(outside):
        assert answered(desk, f"out{number}", **fields) is None
        assert desk.store.request(f"out{number}").state == "pending"
    assert [g.request for g in desk.store.grants("r", "a")] == ["q1"]
    assert desk.store.grants("r", "a", "p2") == []


def test_two_grants_do_not_add_up(desk) -> None:
    for name, path in (("q1", "x.py"), ("q2", "y.py")):
        desk.ask(name, paths=(path,))
        desk.decide(name, scope=Scope.PHASE)
        desk.consume(name, f"apply-{name}")
    assert answered(desk, "both", paths=("x.py", "y.py")) is None


def test_grants_end_with_their_phase_and_their_run(desk) -> None:
    for name, scope in (("q1", Scope.PHASE), ("q2", Scope.PATH)):
        desk.ask(name)
        desk.decide(name, scope=scope)
        desk.consume(name, f"apply-{name}")
    desk.move("a", PhaseState.FAILED, "fail")
    assert [g.request for g in desk.store.grants("r", "a")] == ["q2"]
    desk.move_run(RunState.REQUIRES_HUMAN_REVIEW, "finish")
    assert desk.store.grants("r", "a") == []


def test_a_grant_is_kept_once_and_never_wider_than_what_was_asked(desk) -> None:
    desk.ask()
    desk.decide(scope=Scope.PHASE)
    grant = Grant(0, "r", "a", ("AP301",), ("x.py",), "q1")
    with desk.store.write(desk.own) as tx:
        first = tx.grant(grant)
        assert tx.grant(grant) == first
        for wider in (replace(grant, paths=("x.py", "z.py")), replace(grant, codes=("AP301", "AP306"))):
            with pytest.raises(ConflictError, match="cannot hold more"):
                tx.grant(wider)
    desk.consume()
    assert desk.store.grants("r", "a") == [first]


def test_the_invariants_notice_what_somebody_tampered_with(desk) -> None:
    from autopack.events import Event, EventName

    for name in ("q1", "q2"):
        desk.ask(name)
        desk.decide(name)
    desk.consume()
    with desk.store.write(desk.own) as tx:
        for _ in range(3):
            tx.event(Event(EventName.LOG, "r"))
    assert desk.store.check_invariants("r") == []
    writer = desk.store._database.writer
    for tampering, complaint in [
        ("UPDATE decisions SET state = 'decided' WHERE request = 'q1'", "q1 is consumed"),
        ("UPDATE requests SET state = 'pending' WHERE id = 'q2'", "q2 is pending"),
        ("UPDATE decisions SET digest = 'x' WHERE request = 'q2'", "another change"),
        ("UPDATE effects SET request = ''", "led to 0 intents"),
        ("INSERT INTO effects SELECT NULL, run, phase, 2, key, inputs, 0, NULL, NULL, request FROM effects",
         "led to 2 intents"),
        ("DELETE FROM events WHERE seq = 2", "3 stands where 2 should"),
        ("UPDATE phases SET state = 'COMPLETE' WHERE phase = 'b'", "rows say"),
        ("DELETE FROM transitions WHERE phase = 'a' AND source = ''", "leaves QUEUED but was nothing"),
        ("UPDATE transitions SET target = 'COMPLETE' WHERE phase = 'a' AND source = 'QUEUED'", "not in the table"),
        ("UPDATE attempts SET number = 2", "2 of a follows 0"),
        ("DELETE FROM runs", "points nowhere"),
    ]:  # fmt: skip
        writer.execute("PRAGMA foreign_keys = OFF")
        writer.execute("BEGIN")
        writer.execute(tampering)
        writer.execute("SAVEPOINT tampered")
        from autopack.store import invariants

        found = invariants.check(lambda sql, args: writer.execute(sql, args).fetchall(), "r")
        writer.execute("ROLLBACK")
        assert any(complaint in line for line in found), (tampering, found)
    assert desk.store.check_invariants("r") == []


@pytest.mark.parametrize("scope", Scope)
def test_a_wider_scope_is_the_phases_whatever_the_decision_says(desk, scope: Scope) -> None:
    desk.ask(stage=Stage.WIDEN, codes=("AP314",))
    desk.decide(scope=scope)
    desk.consume(key="allow")
    (given,) = desk.store.grants("r", "a", "p1")
    assert (given.phase, given.codes, given.paths) == ("a", ("AP314",), ("x.py",))
    assert desk.store.grants("r", "b") == [] == desk.store.grants("r", "a", "p2")
    desk.ask("q2")
    with desk.store.write(desk.own) as tx:
        assert tx.answer_by_grant("q2") is None, "it answers no request about a change"
    desk.move("a", PhaseState.FAILED, "fail")
    assert desk.store.grants("r", "a") == []
