"""Plans that only add, and those that change what is there."""

from __future__ import annotations

import pytest

from autopack.testing.additions import asks_for_rewriting, only_adds, only_grows, opens, places


@pytest.mark.parametrize(
    "goal",
    [
        "Add an optional `parts` argument to render() that limits how many units are shown.",
        "Let a Calendar have half days: days that count one half.",
        "fold() also turns typographic quotes into their ASCII forms.",
        "table() should take a `caption` that is printed above the table.",
        "Introduce a role reviewer. A reviewer may read and comment.",
        "Add Set.remove(span), which takes a span out of the set.",
        "Support `default` as a name of a column.",
        "A shop gets a new column `tax`.",
        "Lines need discounts: Invoice.add() takes discount=0, a percentage. Invoices without one keep their totals.",
        "`unique` shall tell what it left: `unique(addresses, left=None)` appends pairs. Results as before.",
        "List urgent items first. The number of an item stays what it was.",
        "Print a line below the total; without changing the others.",
        "Add an indent - each line after the first begins with it. Without one the result stays what it is.",
        "Read with the csv module. What is wrong in the input is reported as it is now.",
        "Print the days to pay (default 30) below the total. Also put the sums into a class, without changing them.",
        "Each line needs its tax: add Line.tax. Totals are not affected.",
        "Cells that are longer than an optional width are cut. Without one tables look as before.",
        "Cache needs get_or_compute(key, make). Expired entries count as missing.",
        "Let chords carry flats too. Those with a flat root get flats, all others sharps as today.",
        "Make it faster. It must still refuse what it refuses today.",
        "Run over the values once. Results as exact as now.",
        "Make Graph.order() iterative, with the same answers.",
        "Make it faster.",
        "put is slow on big stores, as it goes over all entries. Make it constant in time.",
        "Speed `width` of plain texts up, and shorten cells that are longer than `max_width`.",
        "Let Invoice.tax use the lines where it can. Totals must not move.",
        "Split schema() into smaller functions. The schemas of the models don't change.",
        "Show the tax of each line. No sum on an invoice changes by it.",
        "`sep` is the sign between words; underscores stay the default.",
    ],
)
def test_a_plan_that_asks_for_more_and_for_no_change(goal: str) -> None:
    assert only_adds(goal)


@pytest.mark.parametrize(
    "goal",
    [
        "",
        "Make it shorter.",
        "New sums.",
        "Join slugs with an underscore by default.",
        "Add a filter `raw`; values are escaped now.",
        "Add Money.round(). It replaces the function of that name.",
        "Allow negative amounts: they correct a count.",
        "Every response also carries a Content-Length header.",
        "Round half to even instead of half up.",
        "Let parse() return None. Update the tests.",
        "Round half up instead of down; whole amounts stay.",
        "Put the tax on the invoice; everything else stays. Record both snapshots anew.",
        "Print the tax; everything else stays. Regenerate the snapshots.",
        "Print the tax; everything else stays. Re-record the snapshots.",
        "The default is 30 and stays.",
        "Names are no longer read; the rest stays.",
        "A leading v is allowed, rules may stay short. Rework the tests that use short versions.",
        "Print a line below the total.",
        "Add an indent: each line after the first begins with it.",
        "Read with the csv module.",
        "Make it faster, and fix the sums while at it.",
        "Prices rise in July; the heavy bands stay. Bring tests/test_tariff.py up to them.",
        "Count faster, with other errors.",
        "Prices must move with the tax.",
        "Leave the hole as it stands in the letter. With strict=True, fill raises as it did.",
        "A line that starts with blanks continues the one above it; do the same in the table.",
    ],
)
def test_a_plan_that_may_change_what_is_there(goal: str) -> None:
    assert not only_adds(goal)


def test_a_plan_that_begins_with_what_is_allowed_now() -> None:
    assert opens("Allow empty names.")
    assert opens("render() also takes a width.")
    assert not opens("Read with the csv module. What is wrong is reported as it is now.")
    assert not opens("")


@pytest.mark.parametrize(
    ("before", "after", "grows"),
    [
        ("Total  3.00\n", "Total  3.00\nTax  0.57\n", True),
        ("| a | b |\n| 1 | 2 |\n", "| a | b | c |\n| 1 | 2 | 3 |\n", True),
        ("Total 0.94\n", "Total 0.95\nPayable within 30 days\n", False),
        ("a\nb\n", "b\na\n", False),
        ("a\nb\n", "a\n", False),
        ("1.5", "1.50", False),
        ("| a   | b |\n", "| a     | b |\n", False),
        ("a\nb\n", "  a\n  b\n", True),
        ("1,200", "1,300 1,200", True),
    ],
)
def test_a_stored_result_that_holds_all_it_held(before: str, after: str, grows: bool) -> None:
    assert only_grows(before, after) is grows


@pytest.mark.parametrize(
    ("goal", "asked"),
    [
        ("Post to v2. Adapt tests/test_client.py.", True),
        ("New rules. Rework the tests that say otherwise.", True),
        ("Report pairs. The tests follow.", True),
        ("Spell without and. Change the expected texts in tests/spelled.json.", True),
        ("The table in tests/test_rows.py has to change for it.", True),
        ("Print the tax. Record both snapshots anew.", True),
        ("Change the default. Add tests.", False),
        ("Test it. Change nothing else.", False),
        ("Follow links. Put a test beside it.", False),
        ("Record calls in a journal.", False),
        ("", False),
    ],
)
def test_a_plan_that_speaks_of_tests_that_change(goal: str, asked: bool) -> None:
    assert asks_for_rewriting(goal) is asked


@pytest.mark.parametrize(
    ("sentence", "only"),
    [
        ("Add rows for flats to test_chords.py", True),
        ("Tests for it belong in tests/test_pool.py", True),
        (" Test it in tests/test_length.py", True),
        ("Bring tests/test_tax.py up to date", False),
        ("The list of exceptions in tests/test_machine.py goes", False),
        ("test_shuffle in tests/test_deck.py uses a seeded one", False),
    ],
)
def test_a_sentence_that_says_where_additions_go(sentence: str, only: bool) -> None:
    assert places(sentence) is only
