"""Tests whose old expectations the plan's words replace, and those of which they say nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from autopack.model.plan import Phase, Scope
from autopack.policy import is_test
from autopack.tampering import Facts, abandoned_tests, stated_tests
from autopack.testing import Licence
from tests.tampering.detector import change_of

PATH = "tests/test_money.py"
HEAD = "import pytest\n\nfrom money import Money, parse\n\n\n"
RAISES = "def test_bad():\n    with pytest.raises(ValueError):\n        parse('{}')\n"
ROWS = """@pytest.mark.parametrize('given, kept', [{}])
def test_of(given, kept):
    assert Money.of(given).cents == kept
"""


def facts_of(before: str, after: str, goal: str = "Make it faster.", helper: str = "") -> Facts:
    base = {PATH: HEAD + before, "money.py": "class Money: ...\n", "tests/conftest.py": "SIZE = 5\n"}
    change: dict[str, str | None] = {PATH: HEAD + after}
    if helper:
        change["tests/conftest.py"] = helper
    phase = Phase(id="work", goal=goal, scope=Scope(paths=["."]))
    return Facts(
        changes=change_of(base, change),
        base=lambda path: base[path].encode() if path in base else None,
        candidate=lambda path: (base | {PATH: HEAD + after})[path].encode() if path in base else None,
        base_paths=frozenset(base),
        candidate_paths=frozenset(base),
        is_test=is_test,
        allowed=Licence.of(phase),
    )


def stated(before: str, after: str, goal: str) -> set[str]:
    """Names of the tests of the base that are."""
    return {id_.rpartition("::")[2] for id_ in stated_tests(facts_of(before, after, goal))}


def one(line: str) -> str:
    return f"def test_one():\n    {line}\n"


STATED = [
    ("assert parse('7') == 7", "assert parse('7') == 8", "Let parse give 8."),
    ("assert parse('7') == 7", "assert parse('7') == 8\n    assert parse('9') == 11", "Let parse give 8."),
    ("assert parse('7').cents == 7", "got = parse('7')\n    assert got.cents == 8", "Let parse give 8 cents."),
    ("assert parse('7') == 1.0", "assert parse('7') == 2.0", "It is 2 now."),
    ("assert parse('7') == '3 m'", "assert parse('7') == '3.0 m'", "Always with a decimal, as in 3.0 m."),
    ("assert parse('7') is None", "with pytest.raises(KeyError):\n        parse('7')", "A KeyError instead of None."),
    ("assert parse('7')", "assert parse('7') is None", "Return nothing."),
    ("assert parse('7') == {'Host': 1}", "assert parse('7') == {'host': 1}", "Give names in lower case (host)."),
    ("assert parse('7') == Money.of('1')", "assert parse('7') == Money.of('2')", "Seven are 2."),
    (
        "assert parse('7') == [Money.of('1')]",
        "assert parse('7') == [Money.of('2'), Money.of('3')]",
        "The parts are 2 and 3.",
    ),
    ("assert parse('7') == day(2024, 2, 29)", "assert parse('7') == day(2024, 3, 31)", "It is 31 March."),
    ("assert parse('7') == {'a': 1}", "assert parse('7') == {'a': 1, 'tax': 7}", "Give the tax."),
    (
        "assert parse('7') == [('nut', 5), ('pin', 2)]",
        "assert parse('7') == [('nut', 4, 5), ('pin', 0, 2)]",
        "Rows say what is reserved: ('nut', 4, 5).",
    ),
    ("assert parse('7') == Money(1)", "assert parse('7') == Money(1, unit=0)", "Money has a unit."),
]


@pytest.mark.parametrize(("before", "after", "goal"), STATED)
def test_an_expectation_that_the_plan_spells_out(before: str, after: str, goal: str) -> None:
    assert stated(one(before), one(after), goal) == {"test_one"}
    assert stated(one(before), one(after), "Make it faster.") == set()


@pytest.mark.parametrize(
    ("before", "after", "goal"),
    [
        ("assert parse('7') == 7", "assert parse('8') == 8", "Let parse give 8."),
        ("assert parse('7') == 7", "assert parse('7') != 8", "Let parse give 8."),
        ("assert parse('7') == 7", "assert parse('7')", "Let parse give 8."),
        ("assert parse('7') == 7\n    assert parse('1') == 1", "assert parse('7') == 8", "Let parse give 8."),
        (
            "assert parse('7') == 7\n    assert parse('1') == 1",
            "assert parse('7') == 8\n    assert parse('1') == 3",
            "Let parse give 8.",
        ),
        ("assert parse('7')", "assert not parse('7')", "It must not be slow."),
        ("assert parse('7') == [1, 2]", "assert parse('7') == [2, 1]", "Make it fast, in 2 days, 1 by 1."),
        ("Money.setup()\n    assert parse('7') == 7", "assert parse('7') == 8", "Let parse give 8."),
        ("assert parse('7') == 7", "if Money.slow:\n        assert parse('7') == 8", "Let parse give 8."),
        ("parse('7')", "parse('8')", "Let parse give 8."),
        ("assert parse('7') == '7 m'", "assert '8' in parse('7')", "Let 8 stand in it."),
        ("assert parse('7') == day(2024, 2, 1)", "assert parse('7') == day(2024, 5, 1)", "It may march on."),
        ("assert parse('7') == {'a': 1}", "assert parse('7') == {'a': 2, 'tax': 7}", "Give the tax."),
        ("assert parse('7') == {'a': 1}", "assert parse('7') == {'a': 1, 'fee': 7}", "Give the tax."),
        ("assert parse('7') == {'a': 1, 'b': 3}", "assert parse('7') == {'a': 1, 'tax': 9}", "Give the tax."),
        ("assert parse('7') == {3: 1}", "assert parse('7') == {3: 1, 4: 7}", "Give the tax."),
        ("assert parse('7') == [('nut', 5)]", "assert parse('7') == [('nut', 4, 6)]", "Say 4 beside the 5 nut."),
        ("assert parse('7') == [('nut', 5)]", "assert parse('7') == [('nut', 4, 5)]", "Say what is reserved."),
        ("assert parse('7') == [('nut', 5)]", "assert parse('7') == [('nut', 4, 5), 6]", "It is ('nut', 4, 5)."),
        ("assert parse('7') == [5]", "assert parse('7') == [5, 6]", "Say what is reserved."),
        (
            "assert parse('7') == [('nut', 5), ('pin', 2)]",
            "assert parse('7') == [('nut', 4, 5), ('pin', 0, 3)]",
            "It is ('nut', 4, 5).",
        ),
        ("assert parse('7') == Money(1)", "assert parse('7') == Price(1, unit=0)", "Money has a unit."),
    ],
    ids=[
        "of another", "less", "nothing", "one gone", "one not said", "turned round", "order", "set-up", "guarded",
        "no check", "a part", "no months", "another value", "a key unsaid", "a key gone", "no texts", "another column",
        "no row said", "a row more", "an item more", "another row changed", "another class",
    ],
)  # fmt: skip
def test_what_the_plan_does_not_say(before: str, after: str, goal: str) -> None:
    assert stated(one(before), one(after), goal) == set()


def test_each_row_counts_for_itself() -> None:
    before, goal = ROWS.format("('1.005', 100), ('2', 200)"), "1.005 becomes 101."
    assert stated(before, ROWS.format("('1.005', 101), ('2', 200), ('3', 300)"), goal) == {"test_of"}
    assert stated(before, ROWS.format("('1.005', 101), ('2', 201)"), goal) == set()


def test_a_value_that_was_an_error_is_asked_for_in_another_test() -> None:
    before = RAISES.format("90") + "\n\n" + one("assert parse('1 s') == 1")
    after = "\n\n" + one("assert parse('1 s') == 1\n    assert parse('90') == 90")
    assert stated(before, RAISES.format("x") + after, "Numbers are seconds: '90' is 90.") == {"test_bad"}
    assert stated(before, RAISES.format("x") + after, "Numbers are seconds.") == set()


def table(name: str, rows: str, rest: str = "") -> str:
    return f"{name} = [{rows}]\n{rest}\n\n"


def test_a_case_that_moves_to_the_table_of_what_is_right() -> None:
    tests = (
        "@pytest.mark.parametrize('given', BAD)\ndef test_bad(given):\n"
        "    with pytest.raises(ValueError):\n        parse(given)\n\n\n"
        "@pytest.mark.parametrize('given, kept', GOOD)\ndef test_good(given, kept):\n    assert parse(given) == kept\n"
    )
    before = table("BAD", "'2 ^ 3', 'x'") + table("GOOD", "('1', 1)") + tests
    after = table("BAD", "'x'") + table("GOOD", "('1', 1), ('2 ^ 3', 8)") + tests
    assert stated(before, after, "Powers: '2 ^ 3' is 8.") == {"test_bad"}
    assert stated(before, after, "Add powers.") == set()
    assert stated(before, after.replace("'x'", "'y'"), "Powers: '2 ^ 3' is 8.") == set()
    rest = "FIRST = BAD[0]\n"
    assert stated(before.replace("\n\n\n", f"\n{rest}\n\n", 1), after.replace("\n\n\n", f"\n{rest}\n\n", 1),
                  "Powers: '2 ^ 3' is 8.") == set()  # fmt: skip
    both = tests.replace("        parse(given)\n", "        parse(given)\n    assert parse('7') == 7\n", 1)
    many = table("BAD", "*map(str, range(9))") + both
    fewer = many.replace("range(9)", "range(2)").replace("parse('7') == 7", "parse('7') == 8")
    assert stated(many + table("GOOD", "('1', 1)"), fewer + table("GOOD", "('1', 1)"), "'7' gives 8.") == set()
    made = ("'2 ^ 3', 'x'", "'2 ^ 3', *map(str, range(9))")
    assert stated(before.replace(*made), after.replace("'x'", "*map(str, range(2))"), "Powers: '2 ^ 3' is 8.") == set()


@pytest.mark.parametrize(
    ("after", "abandoned"),
    [
        ("assert parse('2 ^ 3') == 8", True),
        ("assert parse('7') == 8", False),
        ("got = parse('7')\n    assert got.cents == 8", False),
        ("with pytest.raises(KeyError):\n        parse('7')", False),
        ("assert Text('7').parse == 7", False),
        ("assert Text('7').words == 7", True),
        ("assert Text('7').parse() == 7", False),
        ("assert parse('8') == 7", True),
        ("pass", True),
        ("early, late = parts('7')\n    assert parse([early, late]) == 8", False),
        ("early, late = parts('8')\n    assert parse([early, late]) == 8", True),
    ],
    ids=[
        "something else",
        "the same",
        "a part of it",
        "an error of it",
        "a property now",
        "another property",
        "a method now",
        "of another",
        "nothing",
        "made of the same text",
        "made of another",
    ],
)
def test_a_test_that_is_gone_and_whose_subject_nobody_looks_at(after: str, abandoned: bool) -> None:
    facts = facts_of(one("assert parse('7') == 7"), f"def test_two():\n    {after}\n")
    assert abandoned_tests(facts) == ({f"{PATH}::test_one"} if abandoned else set())
    there = facts_of(one("assert parse('7') == 7"), one(after))
    assert abandoned_tests(there) == set()


def test_objects_made_in_another_way_have_the_same_attributes() -> None:
    before = "def made(n):\n    return Money(n)\n\n\n" + one("assert made(1).cents == 7")
    after = "def made(n, of):\n    return of.money(n)\n\n\ndef test_two():\n    assert made(1, Money).cents == 8\n"
    assert abandoned_tests(facts_of(before, after)) == set()


FIXTURE = "@pytest.fixture\ndef money():\n    return Money({})\n\n\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SIZE = 5\n\n\n", "SIZE = 50\n\n\n"),
        (FIXTURE.format(5), FIXTURE.format(50)),
    ],
    ids=["a constant", "a fixture"],
)  # fmt: skip
def test_what_stands_round_a_test_must_stay(before: str, after: str) -> None:
    old, new = one("assert parse('7') == 7"), one("assert parse('7') == 8")
    assert stated(before + old, before + new, "Let parse give 8.") == {"test_one"}
    assert stated(before + old, after + new, "Let parse give 8.") == set()


def test_what_stands_in_a_conftest_must_stay_too() -> None:
    old, new = one("assert parse('7') == 7"), one("assert parse('7') == 8")
    assert stated_tests(facts_of(old, new, "Let parse give 8."))
    assert not stated_tests(facts_of(old, new, "Let parse give 8.", "SIZE = 50\n"))


def test_that_nothing_else_changes_does_not_say_none() -> None:
    old, new = one("assert parse('7')"), one("assert parse('7') is None")
    assert stated(old, new, "Make parse faster; nothing else changes.") == set()


@pytest.mark.parametrize("judge", [stated_tests, abandoned_tests])
def test_a_file_is_read_as_often_however_many_tests_it_holds(judge: Callable[[Facts], frozenset[str]]) -> None:
    """One of 660 tests had the whole judgement take minutes, where each test read its file anew."""

    def reads(tests: int) -> int:
        told: list[str] = []
        facts = facts_of(many(tests), many(tests - 1))
        judge(replace(facts, base=lambda path: told.append(path) or facts.base(path)))
        return len(told)

    assert 0 < reads(4) == reads(16)


def many(tests: int) -> str:
    return "\n\n".join(f"def test_{n}():\n    assert parse('{n}') == {n}\n" for n in range(tests))
