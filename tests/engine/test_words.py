"""A person's word through a command: carried out and answered in one piece, whatever dies in between."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from autopack.engine.commands import carry_out
from autopack.model.states import RunState
from tests.kit.project import builder
from tests.kit.tiny import DELETES, phase

from .conftest import Make

DROPS = builder("work", "Drop the table", DELETES)


@pytest.mark.parametrize("point", ["store.before_commit", "store.after_commit"])
def test_a_crash_leaves_the_action_and_its_answer_or_neither(
    trial: Make, broken_at: Callable[[str], None], point: str
) -> None:
    t = trial(phase("work", "app.py", "table.py"), answers=[DROPS])
    assert t.go().waiting
    number = t.store.send(t.run, "approve", {}, "ann")
    command = t.store.command(number)
    assert command is not None
    with t.store.own(t.run) as own:
        broken_at(point)
        with pytest.raises(RuntimeError):
            carry_out(t.store, own, command, time.time())
    left = t.store.command(number)
    assert left is not None
    assert (left.answered_at is not None, t.pending() == []) == ((True, True) if "after" in point else (False, False))
    assert t.resume().state is RunState.DONE_SUCCESS
    later = t.store.command(number)
    assert later is not None and later.result is not None and later.result["ok"], "answered as it was carried out"
    t.sound()
