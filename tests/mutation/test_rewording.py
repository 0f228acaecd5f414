"""What trials of tests in other words say about the findings that depend on it."""

from __future__ import annotations

import pytest

from autopack.model.findings import Severity
from autopack.model.rules import finding
from autopack.mutation import Depending, Rewording, reworded_findings
from autopack.mutation.rewording import LEAST
from tests.mutation.test_mutants import made

GONE = finding("AP403", "t.py::test_a ran on the base and is gone.", path="t.py")
OTHER = finding("AP405", "t.py::test_b is skipped.", path="t.py")
DEPENDING = {GONE: Depending("t.py::test_a ran on the base and is gone.", frozenset({"t.py::test_a"}))}
BY = frozenset({"t.py::test_a", "t.py::test_c"})


def test_what_is_noticed_still_is_a_warning_and_other_findings_stay_as_they_are() -> None:
    first, second = reworded_findings([GONE, OTHER], DEPENDING, Rewording(LEAST, None, BY))
    assert (first.severity, first.blocking, first.path) == (Severity.WARNING, False, "t.py")
    assert f"{LEAST} errors on trial" in first.message and first.fingerprint != GONE.fingerprint
    assert second == OTHER


def test_an_error_that_is_lost_is_named_at_its_place() -> None:
    (mutant,) = [m for m in made("def f(a):\n    return a >= 1\n") if m.before == ">="]
    (found,) = reworded_findings([GONE], DEPENDING, Rewording(9, mutant, BY))
    assert found.blocking == GONE.blocking and found.severity is GONE.severity
    assert "`>=` became `>` at a.py:2" in found.message
    assert (found.related[0].path, found.related[0].range) == ("a.py", mutant.range)


@pytest.mark.parametrize(("noticed", "by"), [(0, BY), (LEAST - 1, BY), (LEAST, frozenset({"t.py::test_c"}))])
def test_too_few_errors_and_those_of_other_tests_settle_nothing(noticed: int, by: frozenset[str]) -> None:
    assert reworded_findings([GONE], DEPENDING, Rewording(noticed, None, by)) == (GONE,)


def test_of_an_error_that_other_tests_noticed_nothing_is_said() -> None:
    (mutant,) = [m for m in made("def f(a):\n    return a >= 1\n") if m.before == ">="]
    assert reworded_findings([GONE], DEPENDING, Rewording(9, mutant, frozenset({"t.py::test_c"}))) == (GONE,)


def test_a_warning_stops_the_phase_once_an_error_is_lost_by_it() -> None:
    (mutant,) = [m for m in made("def f(a):\n    return a >= 1\n") if m.before == ">="]
    mild = finding("AP405", "t.py::test_a: asks less.", path="t.py", severity=Severity.WARNING)
    (found,) = reworded_findings([mild], {mild: Depending("", BY)}, Rewording(0, mutant, BY))
    assert (found.severity, found.blocking) == (Severity.WARNING, True)


@pytest.mark.parametrize("verdict", [Rewording(), Rewording(LEAST, None, BY)])
@pytest.mark.parametrize("less", [True, False])
def test_less_that_is_asked_of_the_very_same_thing_is_a_persons_whatever_a_trial_shows(
    verdict: Rewording, less: bool
) -> None:
    """Other words that no trial settles stay a warning."""
    mild = finding("AP405", "t.py::test_a: asks less.", path="t.py", severity=Severity.WARNING)
    (found,) = reworded_findings([mild], {mild: Depending("t.py::test_a: asks less.", BY, less)}, verdict)
    assert (found.severity, found.blocking) == (Severity.WARNING, less)
    assert found.message.endswith("A person may look at it and accept it.") is less
