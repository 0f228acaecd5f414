"""Tests that passed and failed on one tree are remembered, less and less."""

from __future__ import annotations

from pathlib import Path

from autopack.store import Store

DAY = 86400.0


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def wall(self) -> float:
        return self.now

    def steady(self) -> float:
        return self.now

    boot = "boot"


def test_what_is_seen_adds_up_and_fades(state: Path) -> None:
    clock = Clock()
    with Store.open(state, clock=clock) as store:
        with store.write(None) as tx:
            tx.observe("t.py::a", 4, 2)
            tx.observe("t.py::never failed", 3, 0)
        assert store.unsteady(["t.py::a", "t.py::never failed", "x"], clock.now).keys() == {"t.py::a"}
        clock.now += 30 * DAY
        with store.write(None) as tx:
            tx.observe("t.py::a", 1, 0)
        known = store.unsteady(["t.py::a"], clock.now)["t.py::a"]
        assert (known.ran, known.failed) == (3.0, 1.0)
        assert store.unsteady(["t.py::a"], clock.now + 300 * DAY) == {}


def test_a_clock_that_went_back_makes_nothing_heavier(state: Path) -> None:
    clock = Clock()
    with Store.open(state, clock=clock) as store:
        with store.write(None) as tx:
            tx.observe("t.py::a", 4, 2)
        assert store.unsteady(["t.py::a"], clock.now - 90 * DAY)["t.py::a"].failed == 2.0


def test_many_are_asked_at_once(state: Path) -> None:
    with Store.open(state) as store:
        with store.write(None) as tx:
            for number in range(1200):
                tx.observe(f"t.py::a[{number}]", 2, 1)
        assert len(store.unsteady([f"t.py::a[{n}]" for n in range(1300)], 0)) == 1200
