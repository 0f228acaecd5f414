"""Commands from surfaces to owners, and noticing that something was committed."""

from __future__ import annotations

import pytest

from autopack.errors import ConflictError, UsageError

ASK = """
import sys
from pathlib import Path
from autopack.store import Store
with Store.open(Path(sys.argv[1])) as store:
    command = store.send("r", "stop", {"why": "enough"}, "ann", "key-1")
    print(command, flush=True)
    answered = store.wait_answer(command, 20)
    print(answered.result)
"""


def test_a_command_waits_until_its_owner_answers(desk) -> None:
    store = desk.store
    first = store.send("r", "stop", {}, "ann")
    second = store.send("r", "skip", {"phase": "b"}, "bob")
    assert [(c.id, c.verb, c.args, c.actor) for c in store.pending("r")] == [
        (first, "stop", {}, "ann"),
        (second, "skip", {"phase": "b"}, "bob"),
    ]
    assert store.wait_answer(first, 0) is None
    with store.write(desk.own) as tx:
        tx.answer(first, {"ok": True})
        tx.answer(first, {"ok": False})
    assert store.wait_answer(first, 0).result == {"ok": True}
    assert [c.id for c in store.pending("r")] == [second] and store.pending("other") == []
    assert store.command(second).answered_at is None and store.command(999) is None
    with pytest.raises(UsageError):
        store.wait_answer(999, 0)
    with pytest.raises(UsageError), store.write(desk.own) as tx:
        tx.answer(999, {})


def test_a_repeated_key_is_the_same_command(desk) -> None:
    store = desk.store
    first = store.send("r", "retry", {"phase": "a"}, "ann", "k")
    assert store.send("r", "retry", {"phase": "a"}, "bob", "k") == first
    assert store.send("", "retry", {"phase": "a"}, "ann", "k") != first
    assert store.send("r", "stop", {}, "ann") != store.send("r", "stop", {}, "ann")
    with pytest.raises(ConflictError, match="'k' was used for retry"):
        store.send("r", "retry", {"phase": "b"}, "ann", "k")


def test_a_watch_notices_commits_only(desk) -> None:
    watch = desk.store.watch()
    assert not watch.changed()
    desk.store.runs()
    assert not watch.changed()
    desk.store.send("r", "stop", {}, "ann")
    assert watch.changed() and not watch.changed()
    with pytest.raises(KeyError), desk.store.write(desk.own) as tx:
        tx.put("r", "k", 1)
        raise KeyError
    assert not watch.changed()
    watch.close()


def test_a_command_from_another_process_is_noticed_and_answered(desk, child) -> None:
    watch = desk.store.watch()
    asking = child(ASK, desk.store.state)
    command_id = int(asking.stdout.readline())
    assert watch.changed()
    (command,) = desk.store.pending("r")
    assert (command.id, command.args, command.key) == (command_id, {"why": "enough"}, "key-1")
    with desk.store.write(desk.own) as tx:
        tx.answer(command.id, {"state": "STOPPED"})
    out, err = asking.communicate(timeout=30)
    assert (out.strip(), err, asking.returncode) == ("{'state': 'STOPPED'}", "", 0)
    watch.close()
