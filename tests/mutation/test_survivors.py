"""Which tests are asked about a mutant, and what is said of those that nobody noticed."""

from __future__ import annotations

from autopack.model.findings import Severity
from autopack.mutation import MutantOutcome, MutationScore, asked_tests, score, survivor_findings
from tests.mutation.test_mutants import made

TEXT = "def f(a):\n    return a >= 1\n"


def test_tests_that_ran_the_line_come_first_the_new_ones_before_all() -> None:
    (mutant,) = [m for m in made(TEXT) if m.before == ">="]
    ran = {
        "t.py::old": {"a.py": [2]},
        "t.py::new": {"a.py": [1, 2]},
        "t.py::must": {"a.py": [1]},
        "t.py::else": {"b.py": [2]},
    }
    assert asked_tests(mutant, ["t.py::new"], ["t.py::must"], others=["t.py::old"], executed=ran) == (
        "t.py::new",
        "t.py::old",
    )
    assert asked_tests(mutant, ["t.py::new"], ["t.py::must", "t.py::new"]) == ("t.py::new", "t.py::must")


def test_score() -> None:
    outcomes = [
        MutantOutcome.KILLED,
        MutantOutcome.KILLED,
        MutantOutcome.TIMEOUT,
        MutantOutcome.SURVIVED,
        MutantOutcome.ERROR,
    ]
    found = score({str(n): outcome for n, outcome in enumerate(outcomes)})
    assert found == MutationScore(killed=2, survived=1, timeout=1, error=1)
    assert found.ratio == 0.75 and found.told().startswith("3 of 4 mutants")
    assert score({}).ratio is None and "no mutant" in score({}).told()


def test_findings_stand_at_the_place_and_show_the_error() -> None:
    mutants = made(TEXT)
    results = {m.id: MutantOutcome.SURVIVED if m.before == ">=" else MutantOutcome.KILLED for m in mutants}
    (mutant,) = [m for m in mutants if m.before == ">="]
    asked = {mutant.id: [f"t.py::t{n}" for n in range(5)]}
    (told,) = survivor_findings(mutants, results, asked, strict=False)
    assert (told.code, told.severity, told.blocking) == ("AP412", Severity.WARNING, False)
    assert (told.where(), told.range) == ("a.py:2:14", mutant.range)
    assert "in f `>=` became `>`" in told.message and "t.py::t2 and 2 more still pass." in told.message
    (strict,) = survivor_findings(mutants, results, {mutant.id: ["t.py::t"]}, strict=True)
    assert strict.blocking and "t.py::t still passes" in strict.message
    assert "No test is there" in survivor_findings(mutants, results, {}, strict=True)[0].message
