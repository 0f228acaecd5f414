"""What trials of tests in other words say about the findings that depend on it."""

from __future__ import annotations

import pytest

from autopack.model.findings import Severity
from autopack.model.rules import finding
from autopack.mutation import Rewording, reworded_findings
from autopack.mutation.rewording import LEAST
from tests.mutation.test_mutants import made

GONE = finding("AP403", "t.py::test_a ran on the base and is gone.", path="t.py")
OTHER = finding("AP405", "t.py::test_b is skipped.", path="t.py")
DEPENDING = {GONE: "t.py::test_a ran on the base and is gone."}


def test_what_is_noticed_still_is_a_warning_and_other_findings_stay_as_they_are() -> None:
    first, second = reworded_findings([GONE, OTHER], DEPENDING, Rewording(LEAST))
    assert (first.severity, first.blocking, first.path) == (Severity.WARNING, False, "t.py")
    assert f"{LEAST} errors on trial" in first.message and first.fingerprint != GONE.fingerprint
    assert second == OTHER


def test_an_error_that_is_lost_is_named_at_its_place() -> None:
    (mutant,) = [m for m in made("def f(a):\n    return a >= 1\n") if m.before == ">="]
    (found,) = reworded_findings([GONE], DEPENDING, Rewording(9, mutant))
    assert found.blocking == GONE.blocking and found.severity is GONE.severity
    assert "`>=` became `>` at a.py:2" in found.message
    assert (found.related[0].path, found.related[0].range) == ("a.py", mutant.range)


@pytest.mark.parametrize("noticed", [0, LEAST - 1])
def test_too_few_errors_settle_nothing(noticed: int) -> None:
    assert reworded_findings([GONE], DEPENDING, Rewording(noticed)) == (GONE,)
