"""Which runs are followed: those that go on, and of those that ended the latest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from autopack.model.states import RunState
from autopack.service.following import RECENT, Following
from autopack.store import Ownership, RunRow, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as found:
        yield found


def begin(store: Store, run: str, when: int) -> Ownership:
    own = store.own(run)
    with store.write(own) as tx:
        tx.create_run(RunRow(run, created_at=float(when)))
        tx.run_state(run, RunState.PLAN_BOOTSTRAP, RunState.RUN_CREATED, "created")
    return own


def end(store: Store, own: Ownership) -> None:
    with store.write(own) as tx:
        tx.run_state(own.run, RunState.RUN_CREATED, RunState.ENVIRONMENT, "finish")


def test_a_run_that_ended_is_left_when_many_others_came_after_it(store: Store) -> None:
    with closing(Following(store)) as following:
        early, idle = begin(store, "early", 1), begin(store, "idle", 2)
        idle.release()
        assert [now.row.id for now in following.look()] == ["early", "idle"]
        for n in range(RECENT):
            own = begin(store, f"later-{n}", n + 3)
            end(store, own)
            own.release()
        end(store, early)
        assert len(following.look(owners=True)) == RECENT + 1
        assert following.follows("early"), "somebody holds it: that it is let go of is still to be told"
        early.release()
        (told,) = following.look(owners=True)
        assert (told.row.id, told.at_work) == ("early", False)
        begin(store, "another", 100).release()
        assert [now.row.id for now in following.look()] == ["another"]
        assert not following.follows("early")
        assert following.follows("idle"), "it can go on"
        assert following.now("early").ended
