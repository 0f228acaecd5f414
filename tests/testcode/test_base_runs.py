"""What is made of new tests that pass, or fail, on the base's product code."""

from __future__ import annotations

import pytest

from autopack.model.changes import ChangeSet
from autopack.model.findings import Severity
from autopack.testcode import Doubt, Facts, Kind, doubt_findings, fresh_tests
from tests.testcode.test_vacuity import created, is_test, judged, modified

BEFORE = "def half(number):\n    return number / 2\n"
AFTER = "def half(number):\n    return number // 2\n"
TEST = "from calc import half\n\n\ndef test_even():\n    assert half(4) == 2\n"
PLACE = "tests/test_calc.py::test_even"


def about(text: str = TEST, after: str = AFTER, **given: object) -> tuple[Doubt, ...]:
    return judged(modified("calc.py", BEFORE, after), created("tests/test_calc.py", text), **given)


def test_a_test_that_passes_without_the_change_is_doubted() -> None:
    (doubt,) = about(passes_on_base={PLACE: True})
    assert (doubt.kind, doubt.test, doubt.line, doubt.information) == (Kind.PASSES_ON_BASE, PLACE, 4, False)
    assert about(passes_on_base={PLACE: False}) == () == about(passes_on_base={}) == about()


@pytest.mark.parametrize(
    "said",
    [
        {"category": "refactoring"},
        {"goal": "Use a shift; behaviour stays as it is"},
        {"text": TEST.replace("test_even", "test_characterisation_of_even")},
        {
            "text": TEST.replace("def test", "@pytest.mark.characterization\ndef test").replace(
                "from", "import pytest\nfrom", 1
            )
        },
        {"text": TEST.replace("    assert", '    """Pins down the present rounding."""\n    assert')},
    ],
)
def test_behaviour_that_is_to_stay(said: dict[str, str]) -> None:
    name = "test_characterisation_of_even" if "characterisation" in said.get("text", "") else "test_even"
    assert about(**said, passes_on_base={f"tests/test_calc.py::{name}": True}) == ()


def test_a_guard_beside_a_test_that_fails_is_information() -> None:
    text = TEST + "\n\ndef test_odd():\n    assert half(5) == 2\n"
    (doubt,) = about(text, passes_on_base={PLACE: True, "tests/test_calc.py::test_odd": False})
    assert (doubt.test, doubt.information) == (PLACE, True)
    assert doubt_findings([doubt], strict=True)[0].severity is Severity.INFORMATION


def test_one_case_that_fails_on_the_base_is_enough() -> None:
    text = TEST.replace("def test_even():", "@pytest.mark.parametrize('n', [4, 5])\ndef test_even(n):").replace(
        "half(4)", "half(n)"
    )
    cases = {f"{PLACE}[4]": True, f"{PLACE}[5]": False}
    assert about("import pytest\n" + text, passes_on_base=cases) == ()


SILENT = "from calc import half\n\n\ndef test_odd():\n    half(5)\n"


def test_a_call_that_fails_on_the_base_is_a_test() -> None:
    assert [d.kind for d in about(SILENT)] == [Kind.NO_ASSERTION]
    place = "tests/test_calc.py::test_odd"
    assert about(SILENT, passes_on_base={place: False}) == ()
    (doubt,) = about(SILENT, passes_on_base={place: True})
    assert doubt.kind is Kind.NO_ASSERTION and doubt.sure


def test_failing_for_want_of_a_name_proves_nothing() -> None:
    after = AFTER + "\n\ndef third(number):\n    return number // 3\n"
    text = "from calc import third\n\n\ndef test_third():\n    third(5)\n"
    (doubt,) = about(text, after, passes_on_base={"tests/test_calc.py::test_third": False})
    assert doubt.kind is Kind.NO_ASSERTION


def test_only_new_and_changed_tests_are_judged() -> None:
    old = "def test_nothing():\n    pass\n\n\ndef test_two():\n    assert 2 == 2\n"
    moved = 'def test_two():\n    """Words."""\n    assert 2 == 2  # now here\n'
    change = modified("tests/test_a.py", old, old.replace("pass", "x = 1"))
    assert [d.test for d in judged(change)] == ["tests/test_a.py::test_nothing"]
    assert fresh_tests(Facts(ChangeSet("", (change,)), is_test)) == ("tests/test_a.py::test_nothing",)
    gone = modified("tests/test_a.py", old, "")
    assert judged(gone, created("tests/test_b.py", moved)) == ()


def test_severities() -> None:
    proven = Doubt(PLACE, "tests/test_calc.py", 4, Kind.TAUTOLOGY, "it is always true")
    guessed = Doubt(PLACE, "tests/test_calc.py", 4, Kind.COPIED_IMPLEMENTATION, "the same formula", sure=False)
    for wanted in (PLACE, "tests/test_calc.py", "tests/", f"{PLACE}[4]"):
        assert [f.severity for f in doubt_findings([proven, guessed], [wanted], strict=False)] == [
            Severity.ERROR, Severity.WARNING
        ]  # fmt: skip
    (told,) = doubt_findings([proven], ["tests/test_calc.py::test_even_more"], strict=False)
    assert (told.code, told.severity, told.blocking, told.where()) == (
        "AP406",
        Severity.WARNING,
        False,
        "tests/test_calc.py:4:1",
    )
    assert PLACE in told.message and "always true" in told.message
    assert doubt_findings([guessed], strict=True)[0].blocking
