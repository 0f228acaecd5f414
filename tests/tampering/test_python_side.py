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
