from __future__ import annotations

from dataclasses import replace

from autopack.model.findings import Severity, Tree
from autopack.tampering import Kind, Suspicion, tampering_findings
from tests.tampering.edits import rewritten


def test_a_sure_suspicion_is_an_error_at_its_line_that_says_what_to_do() -> None:
    suspicion = Suspicion(
        Kind.SKIPPED, "tests/test_a.py", 7, Tree.CANDIDATE, "tests/test_a.py::test_x", "test_x is skipped now"
    )
    (found,) = tampering_findings([suspicion])
    assert (found.code, found.severity, found.blocking) == ("AP405", Severity.ERROR, True)
    assert found.where() == "tests/test_a.py:7:1"
    assert found.message == "tests/test_a.py::test_x: test_x is skipped now. Let the test run and make it pass."


def test_what_the_plan_asks_for_is_only_told() -> None:
    suspicion = Suspicion(Kind.REPLACED, "tests/test_a.py", 7, Tree.CANDIDATE, "", "It expects 4", sure=False)
    (found,) = tampering_findings([suspicion])
    assert (found.severity, found.blocking) == (Severity.INFORMATION, False)


def test_what_is_gone_is_placed_in_the_base() -> None:
    before = "from shop.cart import total\n\n\ndef test_total():\n    total([1])\n    assert total([1]) == 1\n"
    found = tampering_findings(rewritten(before, before.replace("    assert total([1]) == 1\n", "")))
    assert [(f.tree, f.where()) for f in found] == [(Tree.BASE, "tests/test_cart.py:6:1")]


def test_a_test_that_a_run_has_blamed_is_not_blamed_again() -> None:
    before = "from shop.cart import total\n\n\ndef test_total():\n    assert total([1]) == 1\n"
    after = before.replace("== 1", "== 2")
    assert rewritten(before, after)
    assert not rewritten(before, after, told=frozenset({"tests/test_cart.py::test_total[case]"}))


def test_settings_that_left_out_nothing_that_ran_are_a_warning() -> None:
    suspicion = Suspicion(Kind.DESELECTED, "pytest.ini", 2, Tree.CANDIDATE, "", "testpaths no longer takes in more")
    (found,) = tampering_findings([suspicion])
    (told,) = tampering_findings([suspicion], all_ran=True)
    assert found.blocking and (told.severity, told.blocking) == (Severity.WARNING, False)
    assert "Every test of the base ran all the same" in told.message
    (other,) = tampering_findings([replace(suspicion, kind=Kind.CONFIGURATION)], all_ran=True)
    assert other.blocking
