"""Which changed lines a failing test is shown beside its failure, from the surest sign that there is."""

from __future__ import annotations

import pytest

from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.model.findings import Range, Tree
from autopack.model.test_report import Failure, RunnerEnd, TestReport
from autopack.testing import Sources
from autopack.testing.blame import blamed, blamed_for_name

TEST = "tests/test_cart.py"
ID = f"{TEST}::test_total"
TEXT = "from shop.cart import Cart, total\nimport shop.tax\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n"
BEFORE = (
    "TAX = 1\n\n\ndef total(items):\n    found = 0\n    for item in items:\n        found += item\n    return found\n"
)
AFTER = BEFORE.replace("found += item", "found -= item").replace("TAX = 1", "TAX = 2")
FAILED = Failure(TEST, 6, "assert -3 == 3", frames=((TEST, 6),))


def changed(path: str, before: str | None, after: str | None) -> FileChange:
    kind = ChangeKind.CREATED if before is None else ChangeKind.DELETED if after is None else ChangeKind.MODIFIED
    data = [text.encode() if text is not None else None for text in (before, after)]
    return FileChange(path, kind, data[0], data[1], REGULAR if before else None, REGULAR if after else None)


def sources(*changes: FileChange, test: str = TEXT, path: str = TEST) -> Sources:
    now = {path: test.encode(), **{c.path: c.after for c in changes}}
    old = {path: test.encode(), **{c.path: c.before for c in changes}}
    return Sources(ChangeSet("0" * 40, changes), old.get, now.get)


def report(**more: object) -> TestReport:
    return TestReport("k", "t", "pytest", ("pytest",), RunnerEnd.FINISHED, 1, **more)  # type: ignore[arg-type]


def seen(failure: Failure | None, own: Sources, run: TestReport | None = None, test: str = ID) -> list[tuple[str, str]]:
    return [(each.where(), each.message) for each in blamed(test, failure, run or report(), own)]


CART = changed("src/shop/cart.py", BEFORE, AFTER)
TAX = changed("src/shop/tax.py", "RATE = 1\n", "RATE = 2\n")
OTHER = changed("src/shop/other.py", "def total():\n    return 1\n", "def total():\n    return 2\n")


def test_a_changed_line_of_the_traceback_comes_before_everything_else() -> None:
    frames = ((TEST, 6), ("src/shop/cart.py", 7), ("src/shop/money.py", 3))
    failure = Failure("src/shop/money.py", 3, "ValueError: no", frames=frames)
    run = report(covering={"src/shop/tax.py": {1: (ID,)}})
    assert seen(failure, sources(CART, TAX), run) == [
        ("src/shop/cart.py:7", "this changed line is on the way to the failure"),
        (f"{TEST}:6", "the failing test calls it here"),
    ]


def test_a_changed_function_on_the_way_counts_where_its_failing_line_is_an_old_one() -> None:
    failure = Failure("src/shop/cart.py", 8, "TypeError: no", frames=((TEST, 6), ("src/shop/cart.py", 8)))
    assert seen(failure, sources(CART)) == [
        ("src/shop/cart.py:7", "changed lines of a function on the way to the failure"),
        (f"{TEST}:6", "the failing test calls it here"),
    ]


def test_a_failing_line_that_is_changed_itself_needs_the_call_alone() -> None:
    failure = Failure("src/shop/cart.py", 7, "TypeError: no", frames=((TEST, 6), ("src/shop/cart.py", 7)))
    assert seen(failure, sources(CART, TAX)) == [(f"{TEST}:6", "the failing test calls it here")]


def test_measured_lines_are_those_of_this_very_test_the_rarest_first() -> None:
    covering = {
        "src/shop/cart.py": {1: (ID, "a", "b"), 7: (ID, "a")},
        "src/shop/tax.py": {1: ("tests/test_tax.py::test_rate",)},
    }
    assert seen(FAILED, sources(CART, TAX), report(covering=covering)) == [
        ("src/shop/cart.py:7", "the failing test executed these changed lines"),
        ("src/shop/cart.py:1", "the failing test executed these changed lines"),
    ]
    whole = {"src/shop/cart.py": {7: (TEST,)}}
    assert seen(FAILED, sources(CART), report(covering=whole))[0][0] == "src/shop/cart.py:7", (
        "a file stands for its tests"
    )


def test_a_changed_function_that_the_test_uses_of_a_file_that_it_loads_else_of_any() -> None:
    told = "the failing test uses `total`, which is changed here"
    assert seen(FAILED, sources(OTHER, CART)) == [("src/shop/cart.py:7", told)]
    assert seen(FAILED, sources(OTHER)) == [("src/shop/other.py:2", told)]


def test_a_changed_constructor_goes_by_the_name_of_its_class() -> None:
    before = "class Cart:\n    def __init__(self):\n        self.items = []\n"
    cart = changed("src/shop/cart.py", before, before.replace("[]", "()"))
    text = TEXT.replace("total([1, 2]) == 3", "Cart().items == []")
    assert seen(FAILED, sources(cart, test=text))[0] == (
        "src/shop/cart.py:3", "the failing test uses `Cart`, which is changed here",
    )  # fmt: skip


def test_a_changed_file_that_the_tests_file_loads() -> None:
    told = "the failing test's file loads this one, which is changed here"
    assert seen(FAILED, sources(TAX)) == [("src/shop/tax.py:1", told)]
    assert seen(FAILED, sources(changed("src/else.py", "a = 1\n", "a = 2\n"))) == []
    script = "import { total } from '../src/cart.js'\ntest('sums', () => expect(total([1])).toBe(1))\n"
    cart = changed("src/cart.js", "let a = 1\n", "let a = 2\n")
    failure = Failure("test/cart.test.js", 2, "no", frames=(("test/cart.test.js", 2),))
    found = seen(failure, sources(cart, test=script, path="test/cart.test.js"), test="test/cart.test.js::sums")
    assert found == [("src/cart.js:1", told)]


def test_lines_taken_out_are_the_line_behind_them() -> None:
    shorter = changed("src/shop/cart.py", BEFORE, BEFORE.replace("        found += item\n", "        pass\n"))
    assert seen(FAILED, sources(shorter))[0][0] == "src/shop/cart.py:7"
    gone = changed("src/shop/cart.py", BEFORE, BEFORE.replace("    found = 0\n", ""))
    assert seen(FAILED, sources(gone))[0][0] == "src/shop/cart.py:5"


def test_at_most_three_runs_are_blamed_and_none_of_the_tests_own_file() -> None:
    many = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(6))
    module = changed("src/shop/cart.py", many, many.replace("return ", "return 1 + "))
    uses = (
        "from shop import cart\n\n\ndef test_total():\n    assert "
        + " + ".join(f"cart.f{n}()" for n in range(6))
        + "\n"
    )
    mine = changed(TEST, uses.replace("assert", "assert 1 +"), uses)
    assert [where for where, _ in seen(FAILED, sources(mine, module, test=uses))] == [
        "src/shop/cart.py:2", "src/shop/cart.py:6", "src/shop/cart.py:10",
    ]  # fmt: skip


@pytest.mark.parametrize("data", ["def broken(:\n", "\0", "a = 1\n" * 5000])
def test_files_that_are_no_python_are_borne(data: str) -> None:
    odd = changed("src/shop/cart.py", BEFORE, data)
    frames = ((TEST, 6), ("src/shop/cart.py", 2))
    assert seen(Failure("src/shop/cart.py", 2, "SyntaxError", frames=frames), sources(odd))


def test_no_failure_and_no_change_blame_nothing() -> None:
    assert seen(None, sources(CART)) == [] and seen(FAILED, Sources()) == []


def test_a_lost_name_is_shown_where_the_base_defines_it() -> None:
    said = "ImportError: cannot import name 'total' from 'shop.cart' (src/shop/cart.py)"
    lost = changed("src/shop/cart.py", BEFORE, "def sum_of(items):\n    return 0\n")
    (found,) = blamed_for_name(Failure(TEST, 1, said), sources(lost))
    assert (found.path, found.range, found.tree) == ("src/shop/cart.py", Range.of_line(4), Tree.BASE)
    constant = Failure(TEST, 1, said.replace("'total'", "'TAX'"))
    assert [each.range for each in blamed_for_name(constant, sources(lost))] == [Range.of_line(1)]
    assert blamed_for_name(Failure(TEST, 1, said.replace("'shop.cart'", "'shop.tax'")), sources(lost)) == ()
    assert blamed_for_name(Failure(TEST, 1, "ModuleNotFoundError: No module named 'x'"), sources(lost)) == ()
