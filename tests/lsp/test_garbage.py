"""When the collector looks at everything: with a clock and a count of the test's own."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest

from autopack_server.lsp import garbage
from autopack_server.lsp.garbage import ENOUGH, MOST, SILENT_SECONDS, Garbage


class Clock:
    """An event loop's: `tick` is what it was told to call next."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.tick: Callable[[], None] = lambda: None

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        self.tick = call


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    found = Clock()
    monkeypatch.setattr(garbage.asyncio, "get_running_loop", lambda: found)
    threshold = gc.get_threshold()
    yield found
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_a_full_collection_waits_for_silence_unless_too_much_may_have_piled_up(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    full: list[float] = []
    since_full = 0
    monkeypatch.setattr(gc, "collect", lambda: full.append(clock.now))
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, since_full))
    heard: list[str] = []
    collector = Garbage()
    collector.watch()
    receive = collector.noting(heard.append)

    def second(count: int, said: str = "") -> int:
        nonlocal since_full
        since_full = count
        clock.now += 1
        if said:
            receive(said)
        clock.tick()
        return len(full)

    assert second(ENOUGH, "typing") == second(ENOUGH, "typing") == 0
    assert second(ENOUGH - 1) == second(ENOUGH - 1) == second(ENOUGH - 1) == 0, "too little has come about"
    assert second(ENOUGH, "typing") == 0
    while clock.now < 1006 + SILENT_SECONDS:
        second(ENOUGH)
    assert len(full) == 1
    assert second(MOST - 1, "typing") == 1
    assert second(MOST, "typing") == 2
    assert heard == ["typing"] * 5


def test_nothing_else_makes_a_full_one(clock: Clock) -> None:
    Garbage().watch()
    young, middle, old = gc.get_threshold()
    assert old > 2**30 and 0 < young < 100_000 and 0 < middle < 100
    assert gc.isenabled()
