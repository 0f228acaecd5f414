"""Tests written from the names of the kinds alone, each on the product below: what the detector must say about each."""

from __future__ import annotations

PRODUCT = {
    "shop/__init__.py": "",
    "shop/cart.py": """
from shop.rates import rate

LIMIT = 500


class Refused(ValueError):
    pass


class Cart:
    def __init__(self, owner="nobody"):
        self.owner = owner
        self.lines = []

    def add(self, name, cents):
        if cents < 0:
            raise Refused(name)
        self.lines.append((name, cents))

    def total(self):
        return sum(cents for _, cents in self.lines)

    def names(self):
        return [name for name, _ in self.lines]

    def __len__(self):
        return len(self.lines)


def discount(total):
    if total > LIMIT:
        return round(total * 0.9)
    return total


def with_tax(net, kind="full"):
    return round(net * (1 + rate(kind)), 2)


def find(lines, name):
    for line in lines:
        if line[0] == name:
            return line
    return None


def check(order):
    if "id" not in order:
        raise Refused("no id")


def ship(order, carrier):
    carrier.book(order["id"], weight=order.get("weight", 1))


async def fetch(api, name):
    return (await api.get(name))["price"]


def label(order, out):
    out.write(f"{order['id']}: {order['to']}\\n")
""",
    "shop/rates.py": """
def rate(kind):
    return {"full": 0.19, "book": 0.07}[kind]
""",
}

VACUOUS = {
    "tuple": ("tautology", '''
from shop.cart import discount

def test_it():
    assert (discount(600) == 540, "wrong")
'''),
    "not none of a number": ("constant_assertion", '''
from shop.cart import with_tax

def test_it():
    assert with_tax(100) is not None
    assert isinstance(with_tax(100), object)
'''),
    "length is not negative": ("tautology", '''
from shop.cart import Cart

def test_it():
    cart = Cart()
    cart.add("a", 1)
    assert len(cart.names()) >= 0
'''),
    "equal to ANY": ("tautology", '''
from unittest.mock import ANY
from shop.cart import discount

def test_it():
    assert discount(600) == ANY
'''),
    "a value among itself": ("tautology", '''
from shop.cart import discount

def test_it():
    result = discount(600)
    assert result in [result, 540]
'''),
    "either truth": ("tautology", '''
from shop.cart import find

def test_it():
    found = find([("a", 1)], "a") is not None
    assert found in (True, False)
'''),
    "assertTrue with two values": ("tautology", '''
import unittest
from shop.cart import discount

class T(unittest.TestCase):
    def test_it(self):
        self.assertTrue(discount(600), 540)
'''),
    "generator": ("tautology", '''
from shop.cart import Cart

def test_it():
    cart = Cart()
    assert (cents > 0 for _, cents in cart.lines)
'''),
    "nothing but a call": ("no_assertion", '''
from shop.cart import Cart

def test_it():
    cart = Cart()
    cart.add("a", 5)
    cart.total()
'''),
    "print": ("no_assertion", '''
from shop.cart import discount

def test_it():
    result = discount(600)
    print("discount", result)
'''),
    "assert method not called": ("no_assertion", '''
from unittest.mock import Mock
from shop.cart import ship

def test_it():
    carrier = Mock()
    ship({"id": 1}, carrier)
    carrier.book.assert_called_once_with
'''),
    "misspelt mock assertion": ("no_assertion", '''
from unittest.mock import Mock
from shop.cart import ship

def test_it():
    carrier = Mock()
    ship({"id": 1}, carrier)
    carrier.book.called_once_with(1, weight=2)
'''),
    "helper that only returns": ("no_assertion", '''
from shop.cart import discount

def is_right(total, expected):
    return discount(total) == expected

def test_it():
    is_right(600, 540)
'''),
    "coroutine never awaited": ("no_assertion", '''
from shop.cart import fetch

async def check():
    class Api:
        async def get(self, name):
            return {"price": 3}
    assert await fetch(Api(), "a") == 3

def test_it():
    check()
'''),
    "loop over nothing": ("no_assertion", '''
from shop.cart import discount

CASES = []

def test_it():
    for total, expected in CASES:
        assert discount(total) == expected
'''),
    "only where it is right already": ("no_assertion", '''
from shop.cart import discount

def test_it():
    result = discount(600)
    if result == 540:
        assert result == 540
'''),
    "return first": ("no_assertion", '''
from shop.cart import discount

def test_it():
    return
    assert discount(600) == 540
'''),
    "patched class": ("subject_mocked", '''
from unittest.mock import patch
from shop import cart

def test_it():
    with patch("shop.cart.Cart") as fake:
        fake.return_value.total.return_value = 5
        assert cart.Cart().total() == 5
'''),
    "patched method": ("subject_mocked", '''
from unittest.mock import patch
from shop.cart import Cart

def test_it():
    with patch.object(Cart, "total", return_value=7):
        assert Cart().total() == 7
'''),
    "monkeypatched by name": ("subject_mocked", '''
from shop import cart

def test_it(monkeypatch):
    monkeypatch.setattr("shop.cart.discount", lambda total: 540)
    assert cart.discount(600) == 540
'''),
    "mock of the class": ("subject_mocked", '''
from unittest.mock import MagicMock
from shop.cart import Cart

def test_it():
    cart = MagicMock(spec=Cart)
    cart.total.return_value = 5
    cart.add("a", 5)
    assert cart.total() == 5
    cart.add.assert_called_once_with("a", 5)
'''),
    "mocker": ("subject_mocked", '''
from shop import cart

def test_it(mocker):
    fake = mocker.patch("shop.cart.discount", return_value=1)
    assert cart.discount(2) == 1
    fake.assert_called_once_with(2)
'''),
    "patch in setUp": ("subject_mocked", '''
import unittest
from unittest import mock
from shop import cart

class T(unittest.TestCase):
    def setUp(self):
        patcher = mock.patch.object(cart, "discount", return_value=3)
        self.fake = patcher.start()
        self.addCleanup(patcher.stop)

    def test_it(self):
        self.assertEqual(cart.discount(9), 3)
'''),
    "own double of the subject": ("constant_assertion", '''
import shop.cart

class FakeCart:
    def total(self):
        return 5

def test_it():
    assert FakeCart().total() == 5
'''),
    "own values": ("constant_assertion", '''
from shop.cart import discount

def test_it():
    total, expected = 600, 540
    discount(total)
    assert expected == total - 60
'''),
    "imported is there": ("constant_assertion", '''
from shop import cart

def test_it():
    assert callable(cart.discount)
    assert cart.Cart is not None
    assert cart.discount
'''),
    "class of what was made": ("constant_assertion", '''
from shop.cart import Cart

def test_it():
    cart = Cart("ann")
    cart.add("a", 1)
    assert isinstance(cart, Cart)
'''),
    "type of the result": ("constant_assertion", '''
from shop.cart import Cart

def test_it():
    cart = Cart()
    cart.add("a", 1)
    assert type(cart.names()) == list
'''),
    "raise of its own": ("constant_assertion", '''
import pytest
from shop.cart import Refused

def test_it():
    with pytest.raises(Refused):
        raise Refused("x")
'''),
    "suppress": ("swallowed_exception", '''
from contextlib import suppress
from shop.cart import discount

def test_it():
    with suppress(Exception):
        assert discount(600) == 540
'''),
    "printed failure": ("swallowed_exception", '''
from shop.cart import discount

def test_it():
    try:
        assert discount(600) == 540
    except AssertionError as error:
        print("failed", error)
'''),
    "skip on failure": ("swallowed_exception", '''
import pytest
from shop.cart import discount

def test_it():
    try:
        assert discount(600) == 540
    except Exception:
        pytest.skip("not on this machine")
'''),
    "raises round an assertion": ("swallowed_exception", '''
import pytest
from shop.cart import discount

def test_it():
    with pytest.raises(Exception):
        assert discount(600) == 1
'''),
    "missing attribute": ("swallowed_exception", '''
import pytest
from shop import cart

def test_it():
    with pytest.raises(Exception):
        cart.chek({"no": "id"})
'''),
    "swallowing decorator": ("swallowed_exception", '''
import functools
from shop.cart import discount

def quiet(function):
    @functools.wraps(function)
    def inner(*args, **words):
        try:
            return function(*args, **words)
        except Exception:
            return None
    return inner

@quiet
def test_it():
    assert discount(600) == 540
'''),
    "context manager that swallows": ("swallowed_exception", '''
from contextlib import contextmanager
from shop.cart import discount

@contextmanager
def step(name):
    try:
        yield
    except Exception as error:
        print(name, error)

def test_it():
    with step("discount"):
        assert discount(600) == 540
'''),
    "return in finally": ("swallowed_exception", '''
from shop.cart import discount

def test_it():
    try:
        assert discount(600) == 540
    finally:
        return
'''),
    "thread": ("swallowed_exception", '''
import threading
from shop.cart import discount

def test_it():
    def work():
        assert discount(600) == 540
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
'''),
    "only if it raises": ("no_assertion", '''
from shop.cart import Cart, Refused

def test_it():
    try:
        Cart().add("a", -1)
    except Refused as error:
        assert str(error) == "a"
'''),
    "the call swallowed": ("swallowed_exception", '''
from shop.cart import Cart

def test_it():
    try:
        Cart().add("a", -1)
    except Exception:
        pass
'''),
    "the same call before": ("copied_implementation", '''
from shop.cart import discount

EXPECTED = {total: discount(total) for total in (100, 600)}

def test_it():
    for total, expected in EXPECTED.items():
        assert discount(total) == expected
'''),
    "expected by parametrize": ("copied_implementation", '''
import pytest
from shop.cart import discount

@pytest.mark.parametrize("total, expected", [(t, discount(t)) for t in (100, 600)])
def test_it(total, expected):
    assert discount(total) == expected
'''),
    "pasted function": ("copied_implementation", '''
from shop import cart

LIMIT = 500

def expected_discount(amount):
    if amount > LIMIT:
        return round(amount * 0.9)
    return amount

def test_it():
    for total in (100, 600):
        assert cart.discount(total) == expected_discount(total)
'''),
    "same formula": ("copied_implementation", '''
from shop.cart import with_tax
from shop.rates import rate

def test_it():
    net = 100
    assert with_tax(net, "book") == round(net * (1 + rate("book")), 2)
'''),
    "golden file of this run": ("copied_implementation", '''
import json
from shop.cart import Cart

def test_it(tmp_path):
    cart = Cart()
    cart.add("a", 5)
    path = tmp_path / "golden.json"
    with open(path, "w") as file:
        json.dump(cart.names(), file)
    with open(path) as file:
        assert json.load(file) == cart.names()
'''),
    "skip": ("always_skipped", '''
import pytest
from shop.cart import discount

@pytest.mark.skip(reason="flaky")
def test_it():
    assert discount(600) == 540
'''),
    "whole file": ("always_skipped", '''
import pytest
from shop.cart import discount

pytestmark = [pytest.mark.skipif("sys.version_info < (3, 99)", reason="later")]

def test_it():
    assert discount(600) == 540
'''),
    "skip in the body": ("always_skipped", '''
import pytest
from shop.cart import discount

def test_it():
    total = 600
    pytest.skip("todo")
    assert discount(total) == 540
'''),
    "every platform": ("always_skipped", '''
import sys
import pytest
from shop.cart import discount

needs_amiga = pytest.mark.skipif(sys.platform != "amiga", reason="needs an Amiga")

@needs_amiga
def test_it():
    assert discount(600) == 540
'''),
    "expected failure": ("always_skipped", '''
import unittest
from shop.cart import discount

class T(unittest.TestCase):
    @unittest.expectedFailure
    def test_it(self):
        self.assertEqual(discount(600), 1)
'''),
    "not collected": ("always_skipped", '''
from shop.cart import discount

class TestDiscount:
    def __init__(self):
        self.total = 600

    def test_it(self):
        assert discount(self.total) == 540
'''),
    "hidden by a later one": ("always_skipped", '''
from shop.cart import discount

def test_it():
    assert discount(600) == 540

def test_it():
    assert discount(100) == 100
'''),
    "async in a TestCase": ("no_assertion", '''
import unittest
from shop.cart import fetch

class T(unittest.TestCase):
    async def test_it(self):
        self.assertEqual(await fetch(None, "a"), 3)
'''),
    "set of itself": ("tautology", '''
from shop.cart import Cart

def test_it():
    cart = Cart()
    cart.add("a", 1)
    names = cart.names()
    assert sorted(names) == sorted(names)
    assert set(names) <= set(names)
'''),
    "result or its negation": ("tautology", '''
from shop.cart import find

def test_it():
    found = find([], "a")
    assert found or not found
    assert found is None or found is not None
'''),
    "always above": ("tautology", '''
from shop.cart import discount

def test_it():
    assert discount(600) > 0 or discount(600) <= 0
'''),
    "subclass that overrides the subject": ("subject_mocked", '''
from shop.cart import Cart

class FakeCart(Cart):
    def total(self):
        return 42

def test_it():
    cart = FakeCart()
    cart.add("a", 1)
    assert cart.total() == 42
'''),
    "module attribute assigned": ("subject_mocked", '''
from unittest.mock import MagicMock
from shop import cart

def test_it():
    cart.discount = MagicMock(return_value=540)
    assert cart.discount(600) == 540
    cart.discount.assert_called_with(600)
'''),
    "imported in the block": ("subject_mocked", '''
from unittest import mock

def test_it():
    with mock.patch("shop.cart.discount") as fake:
        fake.return_value = 540
        from shop.cart import discount
        assert discount(600) == 540
'''),
    "autouse patch": ("subject_mocked", '''
import pytest
from shop import cart

@pytest.fixture(autouse=True)
def faked(monkeypatch):
    monkeypatch.setattr(cart, "discount", lambda total: 540)

def test_it():
    assert cart.discount(600) == 540
'''),
    "setattr": ("subject_mocked", '''
from shop import cart

def test_it():
    setattr(cart, "discount", lambda total: 540)
    assert cart.discount(600) == 540
'''),
    "autospec instance": ("subject_mocked", '''
from unittest.mock import create_autospec
from shop.cart import Cart

def test_it():
    cart = create_autospec(Cart, instance=True)
    cart.total.return_value = 7
    result = cart.total()
    assert result == 7
    cart.total.assert_called_once()
'''),
    "name of a class": ("constant_assertion", '''
from shop.cart import Cart

def test_it():
    assert Cart.__name__ == "Cart"
'''),
    "own table": ("constant_assertion", '''
from shop.cart import discount

CASES = [(600, 540), (100, 100)]

def test_it():
    for total, expected in CASES:
        discount(total)
        assert expected <= total
    assert len(CASES) == 2
'''),
    "number": ("constant_assertion", '''
from shop.cart import with_tax

def test_it():
    assert isinstance(with_tax(100), (int, float))
'''),
    "method is there": ("constant_assertion", '''
from shop.cart import Cart

def test_it():
    cart = Cart()
    assert callable(cart.total)
'''),
    "except AssertionError": ("swallowed_exception", '''
from shop.cart import discount

def test_it():
    try:
        assert discount(600) == 540
    except AssertionError:
        pass
    else:
        print("fine")
'''),
    "unittest raises round assert": ("swallowed_exception", '''
import unittest
from shop.cart import discount

class T(unittest.TestCase):
    def test_it(self):
        with self.assertRaises(Exception):
            self.assertEqual(discount(600), 1)
'''),
    "method that does not exist": ("swallowed_exception", '''
import pytest
from shop.cart import Cart

def test_it():
    cart = Cart()
    with pytest.raises(Exception):
        cart.ad("a", -1)
'''),
    "import that does not exist": ("swallowed_exception", '''
import pytest

def test_it():
    with pytest.raises(Exception):
        from shop.cart import Basket
        Basket().add("a", -1)
'''),
    "loop that goes on": ("swallowed_exception", '''
from shop.cart import discount

def test_it():
    for total, expected in [(600, 540), (100, 100)]:
        try:
            assert discount(total) == expected
        except Exception as error:
            print(total, error)
            continue
'''),
    "skip test on failure": ("swallowed_exception", '''
import unittest
from shop.cart import discount

class T(unittest.TestCase):
    def test_it(self):
        try:
            self.assertEqual(discount(600), 540)
        except AssertionError:
            self.skipTest("slow machine")
'''),
    "executor": ("swallowed_exception", '''
from concurrent.futures import ThreadPoolExecutor
from shop.cart import discount

def test_it():
    def check(total, expected):
        assert discount(total) == expected

    with ThreadPoolExecutor() as pool:
        for total, expected in [(600, 540)]:
            pool.submit(check, total, expected)
'''),
    "class method called by class": ("copied_implementation", '''
from shop.cart import Cart

def test_it():
    cart = Cart()
    cart.add("a", 1)
    expected = Cart.total(cart)
    assert cart.total() == expected
'''),
    "list of the same calls": ("copied_implementation", '''
from shop.cart import discount

def test_it():
    totals = [100, 600]
    expected = [discount(total) for total in totals]
    results = [discount(total) for total in totals]
    assert results == expected
'''),
    "pasted class": ("copied_implementation", '''
from shop.cart import Cart

class ReferenceCart:
    def __init__(self):
        self.lines = []

    def add(self, name, cents):
        if cents < 0:
            raise ValueError(name)
        self.lines.append((name, cents))

    def names(self):
        return [name for name, _ in self.lines]

    def total(self):
        return sum(cents for _, cents in self.lines)

def test_it():
    cart, reference = ReferenceCart(), ReferenceCart()
    for one in (cart, reference):
        one.add("a", 1)
    assert cart.total() == reference.total()
'''),
    "first run writes the golden file": ("copied_implementation", '''
from pathlib import Path
from shop.cart import Cart

GOLDEN = Path(__file__).parent / "golden_names.txt"

def test_it():
    cart = Cart()
    cart.add("a", 1)
    text = ",".join(cart.names())
    if not GOLDEN.exists():
        GOLDEN.write_text(text)
    assert GOLDEN.read_text() == text
'''),
    "fixture that skips": ("always_skipped", '''
import pytest
from shop.cart import discount

@pytest.fixture
def database():
    pytest.skip("no database here")

def test_it(database):
    assert discount(600) == 540
'''),
    "flag that is false": ("always_skipped", '''
import pytest
from shop.cart import discount

HAS_TAX_SERVICE = False

@pytest.mark.skipif(not HAS_TAX_SERVICE, reason="needs the service")
def test_it():
    assert discount(600) == 540
'''),
    "old Python": ("always_skipped", '''
import sys
import unittest
from shop.cart import discount

@unittest.skipIf(sys.version_info >= (3, 0), "Python 2 only")
class T(unittest.TestCase):
    def test_it(self):
        self.assertEqual(discount(600), 540)
'''),
    "skip in a variable": ("always_skipped", '''
import os
import pytest
from shop.cart import discount

pytestmark = pytest.mark.skipif(os.getenv("RUN_THE_SLOW_ONES") is None, reason="slow")

def test_it():
    assert discount(600) == 540
'''),
    "all params skipped": ("always_skipped", '''
import pytest
from shop.cart import discount

@pytest.mark.parametrize("total", [pytest.param(600, marks=pytest.mark.skip), pytest.param(1, marks=[pytest.mark.xfail])])
def test_it(total):
    assert discount(total) < total
'''),
}  # fmt: skip

HONEST = {
    "plain": '''
from shop.cart import discount

def test_it():
    assert discount(600) == 540
''',
    "truth of a result": '''
from shop.cart import find

def test_it():
    assert find([("a", 1)], "a")
    assert not find([], "a")
''',
    "none or not": '''
from shop.cart import find

def test_it():
    assert find([("a", 1)], "a") is not None
''',
    "mutated argument": '''
import io
from shop.cart import label

def test_it():
    out = io.StringIO()
    label({"id": 1, "to": "ann"}, out)
    assert out.getvalue() == "1: ann\\n"
''',
    "own recorder": '''
from shop.cart import ship

class Carrier:
    def __init__(self):
        self.booked = []

    def book(self, order, weight):
        self.booked.append((order, weight))

def test_it():
    carrier = Carrier()
    ship({"id": 3}, carrier)
    assert carrier.booked == [(3, 1)]
''',
    "recorder at the top of the file": '''
from shop.cart import ship

BOOKED = []

class Carrier:
    def book(self, order, weight):
        BOOKED.append((order, weight))

def test_it():
    ship({"id": 3}, Carrier())
    assert BOOKED == [(3, 1)]
''',
    "collaborator patched": '''
from unittest.mock import patch
from shop.cart import with_tax

@patch("shop.cart.rate", return_value=0.5)
def test_it(fake):
    assert with_tax(100) == 150
    fake.assert_called_once_with("full")
''',
    "collaborator monkeypatched": '''
from shop import cart

def test_it(monkeypatch):
    seen = []

    def rate(kind):
        seen.append(kind)
        return 1

    monkeypatch.setattr(cart, "rate", rate)
    cart.with_tax(1, "book")
    assert seen == ["book"]
''',
    "patch of an imported name has no effect": '''
from unittest.mock import patch
from shop.cart import discount

def test_it():
    with patch("shop.cart.LIMIT", 10):
        assert discount(100) == 90
''',
    "spy that calls through": '''
from unittest.mock import Mock
from shop import cart

def test_it(monkeypatch):
    spy = Mock(wraps=cart.rate)
    monkeypatch.setattr(cart, "rate", spy)
    assert cart.with_tax(100) == 119
''',
    "smoke of a checker": '''
from shop.cart import check

def test_complete_order():
    check({"id": 1})
''',
    "smoke by name": '''
from shop.cart import Cart

def test_empty_cart_does_not_crash():
    Cart().total()
''',
    "raises": '''
import pytest
from shop.cart import Cart, Refused

def test_it():
    with pytest.raises(Refused, match="a"):
        Cart().add("a", -1)
''',
    "raises anything": '''
import pytest
from shop.cart import Cart

def test_it():
    with pytest.raises(Exception):
        Cart().add("a", -1)
''',
    "try and fail": '''
import pytest
from shop.cart import Cart, Refused

def test_it():
    try:
        Cart().add("a", -1)
    except Refused as error:
        assert str(error) == "a"
    else:
        pytest.fail("was not refused")
''',
    "fail inside try": '''
import unittest
from shop.cart import Cart, Refused

class T(unittest.TestCase):
    def test_it(self):
        try:
            Cart().add("a", -1)
            self.fail("was not refused")
        except Refused:
            pass
''',
    "flag": '''
from shop.cart import Cart, Refused

def test_it():
    refused = False
    try:
        Cart().add("a", -1)
    except Refused:
        refused = True
    assert refused
''',
    "assertion error by hand": '''
from shop.cart import discount

def test_it():
    if discount(600) != 540:
        raise AssertionError("wrong discount")
''',
    "round trip": '''
from shop.cart import Cart

def test_it():
    cart = Cart()
    for name in ("a", "b"):
        cart.add(name, 1)
    assert cart.names() == ["a", "b"]
''',
    "before and after": '''
from shop.cart import Cart

def test_it():
    cart = Cart()
    before = cart.total()
    cart.add("a", 5)
    assert cart.total() > before
    assert cart.total() != before
''',
    "unchanged when refused": '''
import pytest
from shop.cart import Cart, Refused

def test_it():
    cart = Cart()
    cart.add("a", 1)
    before = cart.names()
    with pytest.raises(Refused):
        cart.add("b", -1)
    assert cart.names() == before
''',
    "async with run": '''
import asyncio
from unittest.mock import AsyncMock
from shop.cart import fetch

def test_it():
    api = AsyncMock()
    api.get.return_value = {"price": 3}
    assert asyncio.run(fetch(api, "a")) == 3
''',
    "coroutine that is run": '''
import asyncio
from shop.cart import fetch

class Api:
    async def get(self, name):
        return {"price": len(name)}

def test_it():
    async def check():
        assert await fetch(Api(), "abc") == 3

    asyncio.run(check())
''',
    "helper that asserts": '''
from shop.cart import discount

def same(total, expected):
    result = discount(total)
    assert result == expected, f"{total}: {result}"

def test_it():
    same(600, 540)
''',
    "subtraction by the test": '''
from shop.cart import discount

def test_it():
    total = 600
    assert discount(total) == total - 60
''',
    "capsys": '''
from shop.cart import discount

def test_it(capsys):
    print(discount(600))
    assert capsys.readouterr().out == "540\\n"
''',
    "unknown fixture": '''
def test_it(client):
    assert client.get("/cart").status_code == 200
''',
    "sub-process": '''
import subprocess
import sys

def test_it():
    done = subprocess.run([sys.executable, "-m", "shop.cart"], capture_output=True)
    assert done.returncode == 0
''',
    "file that the product writes": '''
from shop.cart import label

def test_it(tmp_path):
    path = tmp_path / "label.txt"
    with path.open("w") as out:
        label({"id": 1, "to": "ann"}, out)
    assert path.read_text() == "1: ann\\n"
''',
    "xfail that is strict": '''
import pytest
from shop.cart import discount

@pytest.mark.xfail(strict=True, raises=TypeError)
def test_it():
    discount(None)
''',
    "skip on one platform": '''
import sys
import pytest
from shop.cart import discount

@pytest.mark.skipif(sys.platform == "win32" or sys.version_info < (3, 9), reason="posix")
def test_it():
    assert discount(600) == 540
''',
    "skip without a tool": '''
import shutil
import pytest
from shop.cart import discount

@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_it():
    assert discount(600) == 540
''',
    "importorskip": '''
import pytest
from shop.cart import discount

numpy = pytest.importorskip("numpy")

def test_it():
    assert discount(600) == 540
''',
    "property": '''
from hypothesis import given, strategies as st
from shop.cart import discount

@given(st.integers(min_value=0))
def test_it(total):
    assert discount(total) <= total
''',
    "two products agree": '''
from shop.cart import Cart

def test_it():
    one, other = Cart(), Cart()
    one.add("a", 1)
    one.add("b", 2)
    other.add("b", 2)
    other.add("a", 1)
    assert one.total() == other.total()
''',
    "context of the product": '''
from shop.cart import Cart

def test_it():
    cart = Cart("ann")
    assert cart.owner == "ann"
    assert len(cart) == 0
''',
    "truth by length": '''
from shop.cart import Cart

def test_it():
    assert not Cart()
    cart = Cart()
    cart.add("a", 1)
    assert cart
''',
    "loop over a table": '''
from shop.cart import discount

CASES = [(100, 100), (600, 540)]

def test_it():
    for total, expected in CASES:
        assert discount(total) == expected
''',
    "all of them": '''
from shop.cart import Cart

def test_it():
    cart = Cart()
    cart.add("a", 5)
    assert all(cents > 0 for _, cents in cart.lines)
''',
    "subclass with a hook": '''
from shop.cart import Cart

class Loud(Cart):
    def names(self):
        return [name.upper() for name in super().names()]

def test_it():
    cart = Loud()
    cart.add("a", 1)
    assert cart.total() == 1
''',
    "class fixture and base class": '''
import unittest
from shop.cart import Cart

class Base(unittest.TestCase):
    def setUp(self):
        self.cart = Cart("ann")

    def has(self, *names):
        self.assertEqual(self.cart.names(), list(names))

class T(Base):
    def test_it(self):
        self.cart.add("a", 1)
        self.has("a")
''',
    "sorted by the test": '''
from shop.cart import Cart

def test_it():
    cart = Cart()
    cart.add("b", 1)
    names = cart.names()
    assert names == sorted(names)
''',
    "thread whose result is asserted": '''
import threading
from shop.cart import Cart

def test_it():
    cart = Cart()
    threads = [threading.Thread(target=cart.add, args=("a", 1)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cart) == 4
''',
    "match statement": '''
from shop.cart import find

def test_it():
    match find([("a", 1)], "a"):
        case ("a", cents):
            assert cents == 1
        case _:
            raise AssertionError
''',
    "walrus": '''
from shop.cart import discount

def test_it():
    assert (result := discount(600)) == 540 and result < 600
''',
    "doctest run by hand": '''
import doctest
import shop.cart

def test_it():
    assert doctest.testmod(shop.cart).failed == 0
''',
    "copy stays apart": '''
import copy
from shop.cart import Cart

def test_it():
    cart = Cart()
    other = copy.deepcopy(cart)
    other.add("a", 1)
    assert cart.names() == []
''',
    "reload": '''
import importlib
from shop import cart

def test_it(monkeypatch):
    monkeypatch.setenv("LIMIT", "3")
    fresh = importlib.reload(cart)
    assert fresh.LIMIT == 500
''',
    "pickle": '''
import pickle
from shop.cart import Cart

def test_it():
    cart = Cart("ann")
    assert pickle.loads(pickle.dumps(cart)).owner == "ann"
''',
    "logs": '''
import unittest
from shop.cart import discount

class T(unittest.TestCase):
    def test_it(self):
        with self.assertNoLogs():
            discount(5)
''',
    "deterministic": '''
from shop.cart import Cart

def test_it():
    one = Cart("a")
    assert one.owner == Cart("a").owner == "a"
''',
    "subclass that counts": '''
from shop.cart import Cart

class Counting(Cart):
    calls = 0

    def add(self, name, cents):
        type(self).calls += 1
        super().add(name, cents)

def test_it():
    cart = Counting()
    cart.add("a", 3)
    assert cart.total() == 3
''',
    "stack of contexts": '''
from contextlib import ExitStack
from unittest.mock import patch
from shop.cart import with_tax

def test_it():
    with ExitStack() as stack:
        stack.enter_context(patch("shop.cart.rate", return_value=1))
        assert with_tax(10) == 20
''',
    "executor with results": '''
from concurrent.futures import ThreadPoolExecutor
from shop.cart import discount

def test_it():
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(discount, [100, 600]))
    assert results == [100, 540]
''',
    "environment": '''
import os
from unittest import mock
from shop import cart

@mock.patch.dict(os.environ, {"A": "1"})
def test_it():
    assert cart.discount(100) == 100
''',
    "spy by side effect": '''
from unittest.mock import patch
from shop import cart

def test_it():
    real = cart.rate
    with patch("shop.cart.rate", side_effect=real) as spy:
        assert cart.with_tax(100) == 119
    spy.assert_called_once_with("full")
''',
    "golden file that is there": '''
from pathlib import Path
from shop.cart import Cart

def test_it():
    cart = Cart()
    cart.add("a", 1)
    assert ",".join(cart.names()) == (Path(__file__).parent / "names.txt").read_text()
''',
    "retry without swallowing": '''
import time
from shop.cart import discount

def test_it():
    for attempt in range(3):
        try:
            assert discount(600) == 540
            break
        except AssertionError:
            if attempt == 2:
                raise
            time.sleep(0)
''',
    "error group by hand": '''
from shop.cart import discount

def test_it():
    failures = []
    for total, expected in [(600, 540), (100, 100)]:
        try:
            assert discount(total) == expected
        except AssertionError as error:
            failures.append(error)
    assert not failures
''',
    "exported names": '''
import shop.cart

def test_it():
    assert hasattr(shop.cart, "with_tax")
''',
    "subclass check": '''
from shop.cart import Refused

def test_it():
    assert issubclass(Refused, ValueError)
''',
    "signature": '''
import inspect
from shop.cart import discount

def test_it():
    assert list(inspect.signature(discount).parameters) == ["total"]
''',
    "bad json of the test's own": '''
import json
import pytest
from shop.cart import check, Refused

def test_it():
    with pytest.raises(Refused):
        check(json.loads("{}"))
''',
    "custom assert class": '''
from shop.cart import Cart

class That:
    def __init__(self, value):
        self.value = value

    def equals(self, other):
        assert self.value == other
        return self

def test_it():
    cart = Cart()
    cart.add("a", 2)
    That(cart.total()).equals(2)
''',
    "factory": '''
from shop.cart import Cart

def full_cart(**prices):
    cart = Cart()
    for name, cents in prices.items():
        cart.add(name, cents)
    return cart

def test_it():
    assert full_cart(a=1, b=2).total() == 3
''',
    "dataclass of cases": '''
from dataclasses import dataclass
import pytest
from shop.cart import discount

@dataclass
class Case:
    total: int
    expected: int

@pytest.mark.parametrize("case", [Case(600, 540), Case(1, 1)], ids=str)
def test_it(case):
    assert discount(case.total) == case.expected
''',
    "indirect": '''
import pytest
from shop.cart import Cart

@pytest.fixture
def cart(request):
    cart = Cart()
    cart.add("a", request.param)
    return cart

@pytest.mark.parametrize("cart", [3], indirect=True)
def test_it(cart):
    assert cart.total() == 3
''',
    "type of the error": '''
import pytest
from shop.cart import Cart, Refused

def test_it():
    with pytest.raises(ValueError) as caught:
        Cart().add("a", -1)
    assert type(caught.value) is Refused
''',
    "class holds its subject": '''
from shop.cart import Cart

class TestCart:
    cart = Cart("ann")

    def test_it(self):
        assert self.cart.owner == "ann"
''',
    "setup_method": '''
from shop.cart import Cart

class TestCart:
    def setup_method(self):
        self.cart = Cart()
        self.cart.add("a", 1)

    def test_it(self):
        assert self.cart.names() == ["a"]
''',
    "global counter": '''
from shop.cart import ship

count = 0

class Carrier:
    def book(self, order, weight):
        global count
        count += 1

def test_it():
    ship({"id": 1}, Carrier())
    assert count == 1
''',
    "lambda recorder": '''
from types import SimpleNamespace
from shop.cart import ship

def test_it():
    seen = {}
    ship({"id": 1}, SimpleNamespace(book=lambda order, weight: seen.update({order: weight})))
    assert seen == {1: 1}
''',
    "nonlocal": '''
from shop.cart import ship

def test_it():
    calls = 0

    class Carrier:
        def book(self, order, weight):
            nonlocal calls
            calls += 1

    ship({"id": 1}, Carrier())
    assert calls == 1
''',
}  # fmt: skip
