"""kill -9 at the fault points of a three-phase run: straight, repaired, asked. I1 to I8 hold after every one."""

from __future__ import annotations

import os

import pytest

from tests.kit.killing import Kill, Rig, agreed, sample

pytestmark = pytest.mark.e2e

SEED = 20261120
SLOTS = 28
"""Tests that the trials are dealt out to, so that several test processes share them."""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return Rig(tmp_path_factory.mktemp("kill"))


@pytest.fixture(scope="module")
def kills(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> list[Kill]:
    base = tmp_path_factory.getbasetemp()
    return agreed(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base, rig.kills())


def _hold(rig: Rig, trials: list[Kill]) -> None:
    assert trials
    wrong = [line for kill in trials for line in rig.trial(kill)]
    print(f"{len(trials)} trials: {', '.join(str(kill) for kill in trials)}")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("slot", range(SLOTS))
def test_a_kill_at_each_named_point_changes_nothing_in_the_end(rig: Rig, kills: list[Kill], slot: int) -> None:
    chosen = sample(kills, SEED)
    assert len(chosen) >= 50
    _hold(rig, chosen[slot::SLOTS])


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("slot", range(SLOTS))
def test_a_kill_at_every_point_changes_nothing_in_the_end(rig: Rig, kills: list[Kill], slot: int) -> None:
    _hold(rig, kills[slot::SLOTS])


def test_going_on_is_about_as_quick_as_starting(rig: Rig) -> None:
    """From the start of the process to the first step: going on takes at most three times as long as starting."""
    starting, going_on = [], []
    for point in ("calls.stored", "apply.ref_moved", "testing.after_run"):
        rig.begin_anew()
        starting.append(rig.until_first_step("run"))
        rig.interrupt(Kill(0, point, 2))
        going_on.append(rig.until_first_step("resume", "three"))
    ratio = min(going_on) / min(starting)
    print(f"first step after {min(starting):.2f} s of a run, {min(going_on):.2f} s of a resume: ratio {ratio:.2f}")
    assert ratio <= 3


AGAIN = (
    "store.before_commit:1", "store.after_commit:3", "repo.before_checkout:1", "start.reconciled:1",
    "start.workspace:1", "step.before:1", "step.after:2", "calls.reserved:1", "sandbox.spawned:1", "run.before_phase:1",
    "repo.after_move_ref:1", "testing.after_run:1", "build.part:1",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("again", AGAIN)
def test_a_second_kill_while_going_on_changes_nothing_in_the_end(rig: Rig, kills: list[Kill], again: str) -> None:
    name, n = again.split(":")
    first = sample(kills, SEED + len(name))[:: len(AGAIN)]
    wrong = [line for kill in first for line in rig.trial(kill, f"{name}:kill9:{n}")]
    print(f"{len(first)} pairs with {again}")
    assert wrong == [], "\n".join(wrong)
