"""The measure on the open half: at least 90 % of the vacuous cases flagged, at most 3 % of the honest ones."""

from __future__ import annotations

import pytest

from tests.testcode.vacuity.corpus import OPEN
from tests.testcode.vacuity.measure import measure


@pytest.mark.parametrize("base_runs", [False, True], ids=["by the text alone", "with runs on the base"])
def test_open_half(base_runs: bool, capsys: pytest.CaptureFixture[str]) -> None:
    found = measure(OPEN, base_runs=base_runs)
    with capsys.disabled():
        for case in found.missed:
            print(f"\nmissed: {case}", end="")
        for case, doubt in found.false:
            print(f"\nfalse alarm: {case}: {doubt.path}:{doubt.line} {doubt.message}", end="")
    assert found.flagged >= 0.9, found.missed
    assert found.false_alarms <= 0.03, found.false
    assert found.kinds["kind as said"] >= 0.9 * (found.vacuous - len(found.missed))
