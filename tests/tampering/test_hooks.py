from __future__ import annotations

import pytest

from tests.tampering.edits import PRODUCT, judge, kinds


def test_a_start_up_module_that_replaces_assertions_is_told_at_the_line_that_does() -> None:
    found = judge(PRODUCT, {"sitecustomize.py": "import unittest\n\nunittest.TestCase.assertEqual = lambda *a: None\n"})
    assert [(s.path, s.line) for s in found if s.sure] == [("sitecustomize.py", 3)]


def test_a_hook_that_was_there_is_no_matter() -> None:
    hook = "import pytest\n\n\ndef pytest_runtest_setup(item):\n    if 'x' in item.name:\n        pytest.skip('x')\n"
    assert judge(PRODUCT, {"tests/conftest.py": hook})
    assert not judge({**PRODUCT, "tests/conftest.py": hook}, {"tests/conftest.py": f"# Skips\n{hook}"})


GUARD = """import socket

import pytest


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args):
        raise AssertionError("no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
"""


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"tests/conftest.py": GUARD.replace("(autouse=True)\ndef no_network", "\ndef no_network")}, True),
        ({"tests/conftest.py": GUARD[: GUARD.index("@pytest.fixture")]}, True),
        ({"tests/conftest.py": None, "conftest.py": GUARD}, False),
        ({"tests/conftest.py": GUARD[: GUARD.index("@pytest.fixture(autouse=True)\ndef home")]}, False),
    ],
    ids=["no more by itself", "gone", "moved", "what watches nothing gone"],
)
def test_a_fixture_that_watches_every_test_may_not_go(change: dict[str, str | None], found: bool) -> None:
    base = {**PRODUCT, "tests/conftest.py": GUARD}
    assert bool(kinds(judge(base, change))) is found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            "with decimal.localcontext() as context:\n        context.traps[decimal.FloatOperation] = True\n        yield",
            True,
        ),
        ("warnings.simplefilter('error')\n    yield", True),
        ("warnings.filterwarnings('error', category=DeprecationWarning)", True),
        ("signal.alarm(5)\n    yield\n    signal.alarm(0)", True),
        (
            "with decimal.localcontext() as context:\n        context.traps[decimal.Inexact] = False\n        yield",
            False,
        ),
        ("warnings.simplefilter('ignore')\n    yield", False),
        ("shop.cart.CACHE.clear()", False),
    ],
    ids=["traps", "warnings", "a warning", "alarm", "traps off", "warnings off", "a clean start"],
)
def test_a_fixture_that_has_python_fail_every_test_may_not_go(body: str, found: bool) -> None:
    guard = f"import pytest\n\n\n@pytest.fixture(autouse=True)\ndef strict():\n    {body}\n"
    other = "import pytest\n\n\n@pytest.fixture\ndef items():\n    return [3]\n"
    change: dict[str, str | None] = {"tests/conftest.py": other}
    assert bool(kinds(judge({**PRODUCT, "tests/conftest.py": guard}, change))) is found


@pytest.mark.parametrize(
    ("hook", "found"),
    [
        ("def pytest_configure(config):\n    shop.cart.total = lambda items: 3\n", True),
        ("def setup_module():\n    shop.cart.total = lambda items: 3\n", True),
        ("def pytest_configure(config):\n    config.total = 3\n", False),
    ],
    ids=["hook", "module", "of pytest itself"],
)
def test_a_hook_that_replaces_a_part_of_the_product_is_told(hook: str, found: bool) -> None:
    kept = {
        **PRODUCT,
        "tests/test_cart.py": "import shop.cart\n\n\ndef test_a():\n    assert shop.cart.total([3]) == 3\n",
    }
    assert bool(kinds(judge(kept, {"tests/conftest.py": f"import shop.cart\n\n\n{hook}"}))) is found
