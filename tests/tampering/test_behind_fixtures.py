"""What stands behind a fixture of a conftest, where the tests themselves do not change."""

from __future__ import annotations

import pytest

from autopack.tampering import Kind, fixtures
from tests.tampering.edits import PRODUCT, judge, kinds

CONFTEST = """import threading
from contextlib import contextmanager

import pytest

from shop.cart import Cart, CartError, Empty, total

PATIENCE = 1
LEAST = 2


@contextmanager
def _refused(words):
    with pytest.raises(Empty) as caught:
        yield
    assert words in str(caught.value)


def _enough(items):
    assert len(items) >= LEAST


@pytest.fixture
def refused():
    return _refused


@pytest.fixture
def enough():
    return _enough


@pytest.fixture
def soon():
    def soon(done):
        assert done.wait(PATIENCE)

    return soon


@pytest.fixture
def cart():
    return Cart()
"""
TESTS = """import threading

from shop.cart import names, total


def test_nothing(refused):
    with refused("nothing"):
        total([])


def test_names(enough):
    enough(names(["a", "b"]))


def test_soon(soon):
    done = threading.Event()
    done.set()
    soon(done)


def test_add(cart):
    assert cart.add(3) == 1
"""
TRIES = """    try:
        yield
    except {error} as error:
        {told}
    else:
        pytest.fail("not refused")
"""
EXPECTS = """    with pytest.raises(Empty) as caught:
        yield
    assert words in str(caught.value)
"""
SLOW_CART = """class QuickCart(Cart):
    def add(self, item):
        self.items.append(item)
        return 1

    @classmethod
    def empty(cls):
        return cls()


@pytest.fixture
def cart():
    return {made}
"""
ALWAYS = """
MOST = 2


@pytest.fixture(autouse=True)
def always():
    yield
    assert threading.active_count() <= MOST
"""
OWN = "@pytest.fixture\ndef cart():\n    return Cart()\n"


def judged(before: str, after: str) -> set[Kind]:
    assert CONFTEST.count(before) == 1
    base = {**PRODUCT, "tests/conftest.py": CONFTEST, "tests/test_cart.py": TESTS}
    return kinds(judge(base, {"tests/conftest.py": CONFTEST.replace(before, after)}))


def test_a_constant_that_a_fixture_uses() -> None:
    assert judged("PATIENCE = 1", "PATIENCE = 8") == {Kind.SLOWER}
    assert judged("PATIENCE = 1", "PATIENCE = 0.5") == set()


def test_a_constant_that_a_function_uses_which_a_fixture_gives() -> None:
    assert judged("LEAST = 2", "LEAST = 1")
    assert judged("LEAST = 2", "LEAST = 3") == set()
    assert judged("LEAST = 2", "LEAST = 2\nMOST = 9") == set()


def test_a_name_of_the_fixtures_own_is_not_the_function_of_the_module() -> None:
    assert judged("    return _enough\n", "    _enough = print\n    return _enough\n")


def test_what_runs_for_every_test_is_looked_at_for_every_test() -> None:
    before = CONFTEST + ALWAYS
    base = {**PRODUCT, "tests/conftest.py": before, "tests/test_cart.py": TESTS}
    assert kinds(judge(base, {"tests/conftest.py": before.replace("MOST = 2", "MOST = 5")}))


@pytest.mark.parametrize(
    ("error", "told", "found"),
    [
        ("Empty", "assert words in str(error)", set[Kind]()),
        ("Exception", "assert words in str(error)", {Kind.BROADENED}),
        ("CartError", "assert words in str(error)", {Kind.BROADENED}),
        ("Empty", "pass", {Kind.REMOVED}),
    ],
)
def test_a_context_manager_that_tries_in_place_of_expecting(error: str, told: str, found: set[Kind]) -> None:
    assert judged(EXPECTS, TRIES.format(error=error, told=told)) == found


def test_a_context_manager_that_expects_no_longer() -> None:
    assert judged(EXPECTS, "    yield\n")
    assert judged(EXPECTS, "    try:\n        yield\n    except Empty as error:\n        assert words in str(error)\n")


@pytest.mark.parametrize("made", ["QuickCart()", "QuickCart.empty()"])
def test_a_class_of_the_tests_in_place_of_the_one_they_are_about(made: str) -> None:
    assert Kind.MOCKED in judged(OWN, SLOW_CART.format(made=made))
    assert judged(OWN, SLOW_CART.replace("def add(self, item)", "def twice(self, item)").format(made=made)) == set()


def test_of_a_file_no_more_is_read_for_a_fixture_than_what_it_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every function of the file for every test that uses it."""
    read: list[str] = []
    tells = fixtures._tells
    monkeypatch.setattr(fixtures, "_tells", lambda node: read.append(node.name) or tells(node))
    more = "".join(f"\n\ndef test_more_{n}(enough):\n    enough([{n}, 1])\n" for n in range(20))
    base = {**PRODUCT, "tests/conftest.py": CONFTEST, "tests/test_cart.py": TESTS + more}
    assert kinds(judge(base, {"tests/conftest.py": CONFTEST.replace("LEAST = 2", "LEAST = 1")}))
    assert set(read) <= {"_enough", "_refused", "soon"}
