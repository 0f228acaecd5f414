"""Model calls: reserved, answered once, never paid again once answered."""

from __future__ import annotations

import pytest

from autopack.errors import ConflictError, StaleState, StoreDamaged, UsageError
from autopack.model.completion import Completion, Usage
from autopack.store import CallKey, CallRow, UsageTotals

KEY = CallKey("r", "a", 1, "builder", 1)
ANSWER = Completion('{"files": []}', Usage(900, 120, 10, None), "max_tokens", "req-1", "model-7", {"files": []}, 0.25)


def reserve(desk, key: CallKey = KEY, **fields: object) -> CallRow:
    values: dict[str, object] = {"model": "m", "request_hash": "h", "tokens": 5000, "usd": 0.5}
    with desk.store.write(desk.own) as tx:
        return tx.reserve_call(key, **values | fields)


def answer(desk, key: CallKey = KEY, completion: Completion = ANSWER) -> CallRow:
    with desk.store.write(desk.own) as tx:
        return tx.answer_call(key, completion)


def test_an_answer_is_stored_and_comes_back_whole(desk) -> None:
    prompt = desk.store.put_blob(b"the prompt")
    reserve(desk, prompt=prompt)
    row = answer(desk)
    assert (row.state, row.usage, row.cost_usd, row.model, row.sends) == ("answered", ANSWER.usage, 0.25, "model-7", 1)
    assert desk.store.call(KEY) == row and row.key == KEY
    assert desk.store.completion(row) == ANSWER
    kinds = {(a.kind, a.sha, a.phase, a.attempt) for a in desk.store.artefacts("r")}
    assert kinds == {("prompt", prompt, "a", 1), ("answer", row.answer, "a", 1)}


def test_an_answered_call_is_given_back_not_asked_again(desk) -> None:
    reserve(desk)
    row = answer(desk)
    assert reserve(desk) == row
    with pytest.raises(ConflictError, match="answered another request"):
        reserve(desk, request_hash="other")
    with pytest.raises(ConflictError, match="is answered"):
        answer(desk, completion=Completion("another"))
    assert desk.store.completion(desk.store.call(KEY)) == ANSWER


def test_a_call_killed_in_flight_counts_its_sends(desk) -> None:
    reserve(desk)
    assert reserve(desk, request_hash="h2").sends == 2
    assert answer(desk).sends == 2
    assert desk.store.usage("r").sends == 2


def test_delivered_errors_are_kept_in_order(desk) -> None:
    reserve(desk)
    with desk.store.write(desk.own) as tx:
        tx.call_error(KEY, {"status": 529, "line": 3})
        failed = tx.fail_call(KEY, {"status": 500})
    assert failed.state == "failed" and failed.ended_at is not None
    assert desk.store.usage("r").reserved_tokens == 0
    with pytest.raises(ConflictError, match="failed"):
        answer(desk)
    again = reserve(desk)
    assert (again.state, again.sends, again.ended_at) == ("reserved", 2, None)
    assert answer(desk).errors == ({"status": 529, "line": 3}, {"status": 500})


def test_calls_need_their_reservation_and_their_owner(desk) -> None:
    with pytest.raises(UsageError, match="never reserved"):
        answer(desk)
    reserve(desk)
    with pytest.raises(UsageError, match="no answer"):
        desk.store.completion(desk.store.call(KEY))
    with pytest.raises(StaleState), desk.store.write(None) as tx:
        tx.answer_call(KEY, ANSWER)


def test_totals_are_sums_of_what_was_reported(desk) -> None:
    assert desk.store.usage("r") == UsageTotals()
    for number, completion in enumerate((ANSWER, Completion("x"), Completion("y", Usage(100, None))), start=1):
        key = KEY._replace(call=number)
        reserve(desk, key)
        answer(desk, key, completion)
    reserve(desk, KEY._replace(phase="b", role="auditor"), tokens=70, usd=0.1)
    reserve(desk, KEY._replace(phase="b", role="doctor"), tokens=30, usd=None)
    total = desk.store.usage("r")
    assert total == UsageTotals(5, 5, 1000, 120, 10, 0, 0.25, 100, 0.1, 1)
    assert total.tokens == 1120
    assert desk.store.usage("r", "b").calls == 2 and desk.store.usage("r", "b").cost_usd is None
    assert [c.role for c in desk.store.calls("r", "b")] == ["auditor", "doctor"]
    assert len(desk.store.calls("r")) == 5


def test_an_answer_with_half_a_character_is_stored_as_it_came(desk) -> None:
    reserve(desk)
    assert desk.store.completion(answer(desk, completion=Completion("cut \ud83d"))).text == "cut \ud83d"


def test_a_changed_answer_is_noticed(desk) -> None:
    reserve(desk)
    row = answer(desk)
    desk.store.blob_path(row.answer).write_bytes(b'{"files": [1]}')
    with pytest.raises(StoreDamaged, match="not what its name says"):
        desk.store.completion(row)
    desk.store.blob_path(row.answer).unlink()
    with pytest.raises(StoreDamaged, match="missing"):
        desk.store.completion(row)
