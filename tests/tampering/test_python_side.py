from __future__ import annotations

import pytest

from autopack.tampering import Kind
from tests.tampering.edits import PRODUCT, Form, files, forms, judge, kinds

FILES = files("python.yaml")


@pytest.mark.parametrize("form", forms("python.yaml", "loses"))
def test_a_loss_stops_the_phase(form: Form) -> None:
    assert kinds(judge(FILES, form.of(FILES)))


@pytest.mark.parametrize("form", forms("python.yaml", "keeps"))
def test_another_form_of_the_same_does_not(form: Form) -> None:
    assert not kinds(judge(FILES, form.of(FILES)))


SENDS = {"shop/mail.py": "def tell(send, name):\n    send(name.upper())\n    return True\n"}
ASKED = "from shop.mail import tell\n\n\ndef test_tell():\n    assert tell(print, 'a')\n"


@pytest.mark.parametrize(
    "filled",
    [
        "    seen = []\n    assert tell(seen.append, 'a')\n",
        "    seen = []\n    def send(name):\n        seen.append(name)\n    assert tell(send, 'a')\n",
        "    seen = []\n    assert tell(lambda name: take(seen, name), 'a')\n",
        "    seen = []\n    assert tell(recorder(seen), 'a')\n",
        "    seen = []\n    box = Box()\n    box.seen = seen\n    assert tell(box.send, 'a')\n",
        "    seen = ['first']\n    assert tell(seen.append, 'a')\n",
        "    seen = {}\n    seen['a'] = tell(print, 'a')\n    assert tell(print, 'a')\n",
    ],
)
def test_what_the_code_under_test_fills_is_no_constant(filled: str) -> None:
    after = f"from shop.mail import tell\n\n\ndef test_tell():\n{filled}    assert seen == ['A']\n"
    assert kinds(judge({**SENDS, "tests/test_mail.py": ASKED}, {"tests/test_mail.py": after})) == set()


def test_a_list_of_the_module_that_is_filled_is_no_constant() -> None:
    after = (
        "from shop.mail import tell\n\nSEEN = []\n\n\ndef send(name):\n    SEEN.append(name)\n\n\n"
        "def test_tell():\n    assert tell(send, 'a')\n    assert SEEN == ['A']\n"
    )
    assert kinds(judge({**SENDS, "tests/test_mail.py": ASKED}, {"tests/test_mail.py": after})) == set()


def test_what_one_statement_fills_and_reads_is_no_literal() -> None:
    head = "from shop.mail import tell\n\n\ndef test_tell():\n    seen = []\n"
    told = f"{head}    assert tell(seen.append, 'a') and seen == ['A']\n"
    handed = told.replace("seen.append", "seen")
    for after in (told, handed):
        assert kinds(judge({**SENDS, "tests/test_mail.py": ASKED}, {"tests/test_mail.py": after})) <= {Kind.REPLACED}


@pytest.mark.parametrize("idle", ["    seen = ['A']\n", "    seen = ['A']\n    tell(print, seen)\n"])
def test_a_list_that_nobody_fills_is_one(idle: str) -> None:
    after = f"from shop.mail import tell\n\n\ndef test_tell():\n{idle}    assert seen == ['A']\n"
    found = kinds(judge({**SENDS, "tests/test_mail.py": ASKED}, {"tests/test_mail.py": after}))
    assert Kind.TAUTOLOGY in found


@pytest.mark.parametrize(
    ("lines", "idle"),
    [
        ("    before = cart.items\n    cart.add(1)\n    assert cart.items == before\n", False),
        ("    before = cart.total()\n    cart.add(0)\n    assert cart.total() == before\n", False),
        ("    assert cart.items == cart.items\n", True),
        ("    got = names(['a'])\n    assert names(['a']) == got\n", True),
    ],
)
def test_what_an_object_said_before_is_no_comparison_with_itself(lines: str, idle: bool) -> None:
    before = "from shop.cart import Cart, names\n\n\ndef test_old():\n    assert names(['b', 'a']) == ['a', 'b']\n"
    after = f"{before}\n\ndef test_new():\n    cart = Cart()\n{lines}"
    found = kinds(judge({**PRODUCT, "tests/test_cart.py": before}, {"tests/test_cart.py": after}))
    changed = kinds(judge({**PRODUCT, "tests/test_cart.py": after.replace(lines, "    assert cart.items == []\n")},
                          {"tests/test_cart.py": after}))  # fmt: skip
    assert found == set()
    assert (Kind.TAUTOLOGY in changed) is idle


ASKED_OF_MAIL = """import pytest

from shop.mail import tell


@pytest.mark.parametrize("name, sent", [("a", "A"), ("b", "B")])
def test_tell(name, sent):
    assert tell(str, name) == sent


def test_error():
    with pytest.raises(ValueError):
        tell(str, "")


def test_text():
    try:
        tell(str, "")
    except ValueError as error:
        assert "no name" in str(error)
    else:
        pytest.fail("no error")
"""
ROWS_AS_DATA = """from typing import NamedTuple


class Sent(NamedTuple):
    name: str
    kept: str = "B"


SENT = [Sent("a", "A"), Sent(name="b")]
"""


RAISED = 'pytest.raises(ValueError):\n        tell(str, "")'
TRIED = ASKED_OF_MAIL[ASKED_OF_MAIL.index("    try:") :]


@pytest.mark.parametrize(
    ("before", "after", "loses"),
    [
        (RAISED, 'pytest.raises(ValueError, match="no"):\n        send("")', False),
        (RAISED, 'pytest.raises(LookupError, match="no"):\n        send("")', True),
        (TRIED, '    with pytest.raises(ValueError, match="no name"):\n        tell(str, "")\n', False),
        (TRIED, '    with pytest.raises(ValueError, match="no"):\n        tell(str, "")\n', True),
        ("    assert tell(str, name) == sent\n", "    got = tell(str, name)\n    assert got == sent\n", False),
    ],
    ids=["with its text", "another error", "its text as a pattern", "less of its text", "kept under a name"],
)
def test_errors_and_values_in_other_words(before: str, after: str, loses: bool) -> None:
    assert before in ASKED_OF_MAIL
    changed = ASKED_OF_MAIL.replace(before, after)
    found = judge({**SENDS, "tests/test_mail.py": ASKED_OF_MAIL}, {"tests/test_mail.py": changed})
    assert bool(kinds(found)) is loses, [s.message for s in found]


ROWS = """import pytest

from rows import SENT
from shop.mail import tell


@pytest.mark.parametrize("case", SENT)
def test_tell(case):
    assert tell(str, case.name) == case.kept
"""


@pytest.mark.parametrize(("kept", "loses"), [('"B"', False), ('"b"', True)])
def test_rows_that_became_objects_of_plain_data(kept: str, loses: bool) -> None:
    before = ASKED_OF_MAIL[: ASKED_OF_MAIL.index("def test_error")]
    change: dict[str, str | None] = {"tests/test_mail.py": ROWS, "tests/rows.py": ROWS_AS_DATA.replace('"B"', kept)}
    found = judge({**SENDS, "tests/test_mail.py": before}, change)
    assert bool(kinds(found)) is loses, [s.message for s in found]


CASE = """import unittest

from shop.mail import tell


class MailTest(unittest.TestCase):
    def test_tell(self):
        self.assertEqual(tell(str, "a"), "A")
"""
KIT = """import unittest

from shop.mail import tell


class Kit(unittest.TestCase):
    def tells(self, name, sent):
        {}
"""


@pytest.mark.parametrize(("asserted", "loses"), [("self.assertEqual(tell(str, name), sent)", False), ("pass", True)])
def test_a_class_of_the_tests_own_kit_above_it(asserted: str, loses: bool) -> None:
    after = 'from kit import Kit\n\n\nclass MailTest(Kit):\n    def test_tell(self):\n        self.tells("a", "A")\n'
    change: dict[str, str | None] = {"tests/test_mail.py": after, "tests/kit.py": KIT.format(asserted)}
    found = judge({**SENDS, "tests/test_mail.py": CASE}, change)
    assert bool(kinds(found)) is loses, [s.message for s in found]


HELPED = """from shop.mail import tell


def tells(name, sent=None):
    got = tell(str, name)
    if sent is not None:
        assert got == sent


def test_tell():
    tells("a", {})
"""


@pytest.mark.parametrize(("given", "loses"), [('"A"', False), ("None", True)])
def test_what_a_helper_asks_only_of_some_is_asked_where_these_are_given(given: str, loses: bool) -> None:
    before = 'from shop.mail import tell\n\n\ndef test_tell():\n    assert tell(str, "a") == "A"\n'
    found = judge({**SENDS, "tests/test_mail.py": before}, {"tests/test_mail.py": HELPED.format(given)})
    assert bool(kinds(found)) is loses, [s.message for s in found]


CART = "from shop.cart import Cart, total\n\n\ndef test_add():\n    cart = Cart()\n    assert cart.add(1) == 1\n"
MOCKED_CART = """from unittest.mock import Mock, patch

import pytest

from shop.cart import Cart, total


@pytest.fixture
def cart():
    cart = Mock(wraps=Cart())
    cart.add.side_effect = [1]
    return cart


def test_add(cart):
    assert cart.add(1) == 1
"""


IN_THE_TEST = "from unittest.mock import Mock\n\n" + CART.replace(
    "Cart()", "Mock(spec=Cart, **{'add.return_value': 1})"
)
IN_THE_CLASS = """from unittest.mock import Mock

import pytest

from shop.cart import Cart


class TestCart:
    @pytest.fixture
    def cart(self):
        return Mock(spec=Cart, **{'add.return_value': 1})

    def test_add(self, cart):
        assert cart.add(1) == 1
"""
PATCHED = CART.replace(
    "\n\n\ndef test_add()", "\nfrom unittest.mock import patch\n\n\n@patch(f'{__name__}.Cart')\ndef test_add(_)"
)


@pytest.mark.parametrize(
    "after",
    [MOCKED_CART, MOCKED_CART.replace("Mock(wraps=Cart())", "Mock(spec=Cart)"), IN_THE_TEST, IN_THE_CLASS, PATCHED],
    ids=["wrapped", "specified", "in the test", "a fixture of the class", "patched by its name here"],
)  # fmt: skip
def test_asking_a_mock_what_it_was_told(after: str) -> None:
    found = judge({**PRODUCT, "tests/test_cart.py": CART}, {"tests/test_cart.py": after})
    assert Kind.MOCKED in kinds(found), [s.message for s in found]


def test_a_mock_beside_what_is_tested_may_be_asked_who_called_it() -> None:
    after = CART.replace("cart = Cart()", "seen = Mock()\n    cart = Cart()\n    seen(cart)").replace(
        "== 1\n", "== 1\n    assert seen.call_args[0] == (cart,)\n    assert seen.call_count == 1\n"
    )
    found = judge({**PRODUCT, "tests/test_cart.py": CART}, {"tests/test_cart.py": after})
    assert Kind.MOCKED not in kinds(found)


LIMITED = {
    "tests/conftest.py": "import pytest\nimport signal\n\n\n@pytest.fixture(autouse=True)\ndef deadline():\n"
    "    signal.setitimer(signal.ITIMER_REAL, 2)\n    yield\n    signal.setitimer(signal.ITIMER_REAL, 0)\n",
    "tests/limits.py": "SOON = 0.5\n",
    "tests/test_cart.py": "from limits import SOON\n\nfrom shop.cart import wait\n\n\ndef test_wait():\n"
    "    assert wait(timeout=SOON) == 1\n",
}


@pytest.mark.parametrize(
    ("path", "before", "after", "line"),
    [("tests/conftest.py", "REAL, 2", "REAL, 600", 7), ("tests/limits.py", "SOON = 0.5", "SOON = 60", 1)],
)
def test_limits_in_fixtures_and_constants(path: str, before: str, after: str, line: int) -> None:
    found = judge({**PRODUCT, **LIMITED}, {path: LIMITED[path].replace(before, after)})
    assert [(s.kind, s.path, s.line) for s in found if s.sure] == [(Kind.SLOWER, path, line)]
    assert not kinds(
        judge(
            {**PRODUCT, **LIMITED},
            {path: LIMITED[path].replace(before, "REAL, 1" if "REAL" in before else "SOON = 0.1")},
        )
    )


def test_a_deep_expression_is_compared_all_the_same() -> None:
    chain = " + ".join(["x"] * 190)
    body = f"    x = tell(str, 'a')\n    x = {chain}\n    assert x.y == 1\n"
    before = f"from shop.mail import tell\n\n\ndef test_tell():\n{body}"
    found = judge({**SENDS, "tests/test_mail.py": before}, {"tests/test_mail.py": before.replace("== 1", "== 2")})
    assert kinds(found) == {Kind.REPLACED}


def test_names_that_are_taken_up_again_are_compared_all_the_same() -> None:
    body = "    a, x = tell(str, 'a').split('#')\n    seq = (x for x in [a, x])\n    assert seq.send == x.y == seq.z\n"
    before = f"from shop.mail import tell\n\n\ndef test_tell():\n{body}{body}"
    assert (
        kinds(judge({**SENDS, "tests/test_mail.py": before}, {"tests/test_mail.py": before + "    assert a\n"}))
        == set()
    )


@pytest.mark.parametrize(
    ("asked", "kind"), [("in (True, False)", Kind.TAUTOLOGY), ("[0] == 'A'", None), ("in 'Aa'", None)]
)
def test_either_truth_is_no_answer(asked: str, kind: Kind | None) -> None:
    before = "from shop.mail import tell\n\n\ndef test_tell():\n    assert not tell(str, 'a')\n"
    after = before.replace("assert not tell(str, 'a')", f"assert tell(str, 'a') {asked}")
    found = kinds(judge({**SENDS, "tests/test_mail.py": before}, {"tests/test_mail.py": after}))
    assert (Kind.TAUTOLOGY in found) is (kind is Kind.TAUTOLOGY)


def test_a_part_of_what_was_asked_about_is_less_of_the_same() -> None:
    before = "from shop.mail import tell\n\n\ndef test_tell():\n    assert tell(str, 'a') == (0, 'A')\n"
    after = before.replace("== (0, 'A')", "[1] != 'B'")
    (found,) = judge({**SENDS, "tests/test_mail.py": before}, {"tests/test_mail.py": after})
    assert (found.kind, found.is_less) == (Kind.LOOSENED, True)


def test_an_error_of_the_same_function_is_the_same_error() -> None:
    head = "import pytest\n\nfrom shop.cart import CartError, Empty, total\n\n\n"
    before = f"{head}def test_empty():\n    with pytest.raises(Empty):\n"
    wider = before.replace("raises(Empty)", "raises((CartError, OSError))")
    base = {**PRODUCT, "tests/test_cart.py": before + "        total(list([]))\n"}
    (found,) = judge(base, {"tests/test_cart.py": wider + "        total(kept)\n"})
    assert (found.kind, found.is_less) == (Kind.BROADENED, True)
    constant = wider.replace("raises((CartError, OSError))", "raises(ERRORS)").replace(
        "\n\n\ndef", "\n\nERRORS = (Exception,)\n\n\ndef"
    )
    (hidden,) = judge(
        base, {"tests/test_cart.py": constant + "        total(kept)\n"}, deliverables=("tests/test_cart.py",)
    )
    assert (hidden.kind, hidden.sure) == (Kind.BROADENED, True)
    goal = "Raise any error of total, CartError or OSError."
    assert kinds(judge(base, {"tests/test_cart.py": wider + "        total(kept)\n"}, goal=goal)) == set()
    loose = {"goal": "Errors of the base shall be told.", "deliverables": ("tests/test_cart.py",)}
    assert kinds(judge(base, {"tests/test_cart.py": wider + "        total(kept)\n"}, **loose)) == {Kind.BROADENED}


PATCHED_INSIDE = CART.replace(
    "    cart = Cart()", "    with patch('shop.cart.names', return_value=[]):\n        cart = Cart()"
)


@pytest.mark.parametrize("known", [False, True])
def test_a_function_of_the_product_behind_what_is_tested_is_tried(known: bool) -> None:
    """One that was replaced before may be."""
    head = "from unittest.mock import patch\n\n"
    before = head + (PATCHED_INSIDE.replace("[]", "[1]") if known else CART)
    found = judge({**PRODUCT, "tests/test_cart.py": before}, {"tests/test_cart.py": head + PATCHED_INSIDE})
    assert [(s.kind, s.reworded) for s in found if s.sure] == ([] if known else [(Kind.MOCKED, True)])


def test_how_often_a_mock_was_called_is_asked_by_what_it_was_called_with() -> None:
    before = (
        "from shop.mail import tell\n\n\ndef test_tell(send):\n    tell(send, 'a')\n    assert send.call_count == 2\n"
    )
    after = before.replace("send.call_count == 2", "[c.args for c in send.call_args_list] == [1, 2, 3]")
    (found,) = judge({**SENDS, "tests/test_mail.py": before}, {"tests/test_mail.py": after})
    assert found.kind is Kind.REPLACED


BASKET = """import pytest

from shop.cart import Cart, total


@pytest.fixture
def near():
    def approx(value):
        return pytest.approx(value, rel=1e-9)

    return approx


@pytest.fixture
def cart():
    return Cart()


def test_add(cart):
    assert cart.add(3) == 1
    assert cart.total() == 3


def test_total(near):
    assert total([1, 2]) == near(3.0)


def test_names(cart):
    assert cart.items == []
"""
OTHER_CART = "class Basket(Cart):\n    def total(self):\n        return 3\n\n\ndef test_add():\n    cart = Basket()\n"


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("rel=1e-9", "rel=1e-3", Kind.WIDENED),
        ("rel=1e-9", "rel=1e-8", None),
        ("def test_add(cart):\n", OTHER_CART, Kind.MOCKED),
        ("def test_add(cart):\n", "def test_add():\n    cart = Cart()\n", None),
        ("cart.total() == 3", "cart.total() == sum(cart.items)", Kind.TAUTOLOGY),
        ("cart.total() == 3", "cart.total() == 1 + 2 * 1", None),
        ("def test_total(", "def check_total(", Kind.DELETED),
    ],
    ids=["tolerance of a fixture", "as tight", "the product overridden", "the product made here",
         "read from the same object", "worked out", "hidden beside a like test"],
)  # fmt: skip
def test_what_stands_round_a_test_counts(before: str, after: str, kind: Kind | None) -> None:
    changed = BASKET.replace(before, after) + "\n\ndef test_sums(near):\n    assert total([2, 2]) == near(4.0)\n"
    found = judge({**PRODUCT, "tests/test_cart.py": BASKET}, {"tests/test_cart.py": changed})
    assert kinds(found) == ({kind} if kind is not None else set()), [s.message for s in found]


RATED = {
    "shop/__init__.py": "",
    "shop/rates.py": (
        "BASE = {'home': 449}\nFREE = 5000\n\n\nclass Rate:\n    pass\n\n\n"
        "def price(kilos):\n    return weigh(kilos)\n\n\ndef weigh(kilos):\n    return BASE['home'] * kilos\n"
    ),
}
PRICED = """from shop import rates
from shop.rates import FREE, Rate, price


def test_price():
    assert price(1) == 449
    assert type(rates.Rate()) is Rate
"""


@pytest.mark.parametrize(
    ("expected", "kind"),
    [
        ("rates.BASE['home']", Kind.LOOSENED),
        ("FREE", Kind.LOOSENED),
        ("rates.weigh(1)", Kind.TAUTOLOGY),
        ("450", Kind.REPLACED),
        ("price", Kind.REPLACED),
    ],
)
def test_what_the_product_computes_or_holds_is_no_expectation(expected: str, kind: Kind) -> None:
    changed = PRICED.replace("== 449", f"== {expected}")
    assert kinds(judge({**RATED, "tests/test_rates.py": PRICED}, {"tests/test_rates.py": changed})) == {kind}


TWICE = """from shop.cart import CartError, Empty, total


def test_refused():
    try:
        total([])
    except CartError as error:
        assert str(error) == "nothing in the cart"
    else:
        raise AssertionError("no error")
"""


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("CartError, match='nothing in the cart'", set[Kind]()),
        ("Empty, match='nothing in the cart'", set[Kind]()),
        ("Empty, match='nothing'", {Kind.BROADENED}),
        ("Exception, match='nothing in the cart'", {Kind.BROADENED, Kind.REMOVED}),
        ("Empty", {Kind.BROADENED}),
    ],
)
def test_an_error_that_derives_from_the_one_expected_is_no_less(expected: str, found: set[Kind]) -> None:
    after = f"import pytest\n{TWICE[: TWICE.index('    try:')]}    with pytest.raises({expected}):\n        total([])\n"
    assert kinds(judge({**PRODUCT, "tests/test_cart.py": TWICE}, {"tests/test_cart.py": after})) == found


def test_one_of_two_errors_that_are_expected_of_one_thing_may_be_asked_in_other_words() -> None:
    other = TWICE[TWICE.index("    try:") :].replace("nothing in the cart", "empty")
    found = judge({**PRODUCT, "tests/test_cart.py": TWICE + other}, {"tests/test_cart.py": TWICE})
    assert [(s.kind, s.reworded) for s in found if s.sure] == [(Kind.REMOVED, False)], "nothing is written anew"
    written = TWICE.replace("def test_refused():", "def test_refused():\n    assert total([1]) == 1")
    found = judge({**PRODUCT, "tests/test_cart.py": TWICE + other}, {"tests/test_cart.py": written})
    assert [s.reworded for s in found if s.sure] == [True]


POINTS = """import math

from shop.cart import total


def test_points():
    x, y = total([1])
    assert math.isclose(x, 1) and math.isclose(y, 2)
"""
ZIPPED = """import math

from shop.cart import total


def assert_point(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        assert math.isclose(one, other)


def test_points():
    assert_point(total([1]), (1, 2))
"""


@pytest.mark.parametrize(("wanted", "found"), [("(1, 2)", False), ("(1, 3)", True), ("(1,)", True)])
def test_a_helper_that_goes_through_both_sides_at_once_asks_for_each_part(wanted: str, found: bool) -> None:
    after = ZIPPED.replace("(1, 2)", wanted)
    assert bool(kinds(judge({**PRODUCT, "tests/test_cart.py": POINTS}, {"tests/test_cart.py": after}))) is found


def test_two_things_nobody_can_tell_are_not_one() -> None:
    after = (
        POINTS.replace("total([1])", "total([1]), total([2])")
        + "    for one, other in pairs():\n        assert one == other\n"
    )
    found = judge({**PRODUCT, "tests/test_cart.py": POINTS}, {"tests/test_cart.py": after})
    assert Kind.TAUTOLOGY not in kinds(found)


def test_what_runs_where_an_error_is_expected_is_no_less_than_that_error() -> None:
    """The second of two errors of one thing goes; the first is there in another spelling."""
    other = TWICE[TWICE.index("    try:") :].replace("nothing in the cart", "empty")
    after = TWICE[: TWICE.index("    try:")] + '    with raises(CartError, "nothing in the cart"):\n        total([])\n'
    after = f"from shop.kit import raises\n{after}"
    found = judge({**PRODUCT, "tests/test_cart.py": TWICE + other}, {"tests/test_cart.py": after})
    assert [s.reworded for s in found if s.sure] == [True], [s.message for s in found]


def test_an_expectation_that_was_no_literal_may_be_made_by_the_product() -> None:
    before = PRICED.replace("== 449", "== sum([400, 49])")
    after = PRICED.replace("== 449", "== rates.weigh(1)")
    found = judge({**RATED, "tests/test_rates.py": before}, {"tests/test_rates.py": after})
    assert kinds(found) == {Kind.REPLACED}


FILLED = """from shop.cart import Cart


def test_sizes(stock):
    assert len(stock) == 1
    assert stock.name == "a"


def test_steps():
    cart = Cart()
    cart.add(1)
    assert cart.items == [1]
    cart.add(2)
    assert cart.items == [1, 2]


def test_rounds():
    cart = Cart()
    assert [cart.add(3) > 2 for _ in range(3)] == [False, False, True]
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    assert len(stock) == 1\n", ""),
        ("cart.items == [1]\n", "cart.items == [2]\n"),
        ("range(3)] == [False, False, True]", "range(2)] == [False, True]"),
    ],
    ids=["a like local of another test", "parts of another state", "fewer rounds of the same"],
)
def test_what_only_looks_the_same_stands_for_nothing(before: str, after: str) -> None:
    changed = FILLED.replace(before, after) + "\n\ndef test_goods(goods):\n    assert goods == [5]\n"
    assert kinds(judge({**PRODUCT, "tests/test_cart.py": FILLED}, {"tests/test_cart.py": changed}))


CLOSED = """import time

import pytest

from shop.cart import Cart


def emptied(cart):
    cart.add(1)
    return len(cart.items)


@pytest.fixture
def cart():
    return Cart()


def test_emptied(cart):
    assert emptied(cart) == 1
"""
IDLE_CART = (
    "class IdleCart(Cart):\n    def total(self):\n        return 1\n\n\n"
    "def test_emptied():\n    cart = IdleCart()\n    assert emptied(cart) == 1\n"
)


@pytest.mark.parametrize(("beside", "surely"), [("", True), ("    assert Cart().items == []\n", False)])
def test_a_class_of_the_tests_in_the_place_of_the_products_is_what_is_tested(beside: str, surely: bool) -> None:
    """Also where the test does not call what it overrides; beside the product's own a trial tells."""
    after = CLOSED[: CLOSED.index("def test_emptied")] + IDLE_CART + beside
    found = [s for s in judge({**PRODUCT, "tests/test_cart.py": CLOSED}, {"tests/test_cart.py": after}) if s.sure]
    assert [(s.kind, not s.reworded) for s in found] == [(Kind.MOCKED, surely)]


@pytest.mark.parametrize(
    ("helper", "found"),
    [("def total(items):\n    return 3\n", True), ("from shop.cart import total\n", False)],
    ids=["a copy", "the product's own"],
)
def test_a_copy_under_the_products_name_is_a_double(helper: str, found: bool) -> None:
    before = "from shop.cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n"
    change: dict[str, str | None] = {
        "tests/test_cart.py": before.replace("shop.cart", "tests.support"), "tests/support.py": helper,
    }  # fmt: skip
    assert (Kind.MOCKED in kinds(judge({**PRODUCT, "tests/test_cart.py": before}, change))) is found


LOOPED = """from shop import rates
from shop.rates import price


def test_prices():
    for kilos in (1, 2):
        assert price(kilos) == kilos * 449
    for place in ("home",):
        assert rates.BASE[place] == 449
"""


def test_rounds_that_nobody_can_count_may_hold_those_that_were_counted() -> None:
    after = LOOPED.replace("(1, 2)", "weights()").replace(
        "def test_prices", "def weights():\n    yield 1\n\n\ndef test_prices"
    )
    found = [s for s in judge({**RATED, "tests/test_rates.py": LOOPED}, {"tests/test_rates.py": after}) if s.sure]
    assert found and all(s.reworded for s in found), [(s.kind, s.message) for s in found]


SAID = """import pytest

from shop.cart import Empty, total


def test_nothing():
    with pytest.raises(Empty) as caught:
        total([])
    assert "in the cart" in caught.value.text
"""


@pytest.mark.parametrize(("pattern", "found"), [("nothing in the cart", False), ("nothing in the cart|.*", True)])
def test_a_text_that_is_looked_for_may_stand_in_the_pattern_but_not_beside_another(pattern: str, found: bool) -> None:
    after = SAID.replace("(Empty) as caught", f'(Empty, match="{pattern}")').replace(
        '    assert "in the cart" in caught.value.text\n', ""
    )
    assert bool(kinds(judge({**PRODUCT, "tests/test_cart.py": SAID}, {"tests/test_cart.py": after}))) is found


@pytest.mark.parametrize(
    ("lines", "idle"),
    [
        ("    assert names(['a']) == names(['a'])\n", False),
        ("    got = names(Random(3))\n    assert names(Random(3)) == got\n", False),
        ("    got = names(['a'])\n    assert names(['a']) == got\n", True),
        ("    assert cart.items == cart.items\n", True),
    ],
    ids=["a call written twice", "a draw by its seed", "a call under a name", "a thing with itself"],
)
def test_that_a_call_answers_the_same_twice_may_be_asked_beside_the_rest(lines: str, idle: bool) -> None:
    before = (
        "from random import Random\n\nfrom shop.cart import Cart, names\n\n\n"
        "def test_old():\n    cart = Cart()\n    assert names(['b', 'a']) == ['a', 'b']\n"
    )
    found = kinds(judge({**PRODUCT, "tests/test_cart.py": before}, {"tests/test_cart.py": before + lines}))
    assert found == ({Kind.TAUTOLOGY} if idle else set())
