"""Doubles of what the class under test is made of."""

from __future__ import annotations

import pytest

from autopack.tampering import Kind
from tests.tampering.edits import judge

STORE = '''import time


class Store:
    def __init__(self, path):
        self.path = path
        self.data = {}
        self._load()

    def _load(self):
        """Read what is there."""
        for line in self.path.read_text().splitlines():
            self._put(line)
        self.at = self._now()

    def _put(self, line):
        self.data[line] = True

    def _now(self):
        """The clock."""
        return time.time()

    def _sum(self):
        """One statement."""
        return len(self.data)


class Other:
    def _read(self):
        first = 1
        return first
'''
TESTS = """from unittest.mock import patch

from shop.store import Other, Store


def test_store(tmp_path):
    store = Store(tmp_path / "a")
    assert len(store.data) == 1
"""


@pytest.mark.parametrize(
    ("double", "surely"),
    [
        ("patch.object(Store, '_load')", True),
        ("patch('shop.store.Store._load')", True),
        ("patch.object(Store, '_sum', return_value=1)", False),
        ("patch.object(Store, '_now', return_value=1)", None),
        ("patch.object(Other, '_read')", False),
    ],
    ids=["a part with logic", "by its path", "one statement", "a clock", "of a class that it does not use"],
)
def test_a_method_of_the_class_under_test_is_a_part_of_it(double: str, surely: bool | None) -> None:
    """One that does more than hand over; anything else is for a trial, but for a clock."""
    after = TESTS.replace("    store = Store(", f"    with {double}:\n        store = Store(")
    base = {"shop/__init__.py": "", "shop/store.py": STORE, "tests/test_store.py": TESTS}
    found = [s for s in judge(base, {"tests/test_store.py": after}) if s.sure]
    assert [(s.kind, not s.reworded) for s in found] == ([(Kind.MOCKED, surely)] if surely is not None else [])
    assert all(("which it tests" in s.message) is surely for s in found)


CLOCKS = """import json
import os
import time
from datetime import datetime

from shop.words import known


def clock():
    {}


def due(at):
    return clock() >= at
"""
WORDS = "def known(word):\n    return word in {'a'}\n"
DUE = """from shop import clocks
from shop.clocks import due


def test_due(monkeypatch):
    assert due(0)
"""


@pytest.mark.parametrize(
    ("body", "tried"),
    [
        ("return time.time()", False),
        ("return datetime.now()", False),
        ("'The clock.'\n    return time.time()", False),
        ("return known('a')", True),
        ("return os.path.join('a')", True),
        ("return json.loads('1')", True),
        ("return len('a')", True),
        ("return 1", True),
        ("at = 1\n    return time.time()", True),
    ],
)
def test_what_only_gives_a_clock_is_no_part_of_the_product(body: str, tried: bool) -> None:
    base = {
        "shop/__init__.py": "",
        "shop/clocks.py": CLOCKS.format(body),
        "shop/words.py": WORDS,
        "tests/test_due.py": DUE,
    }
    after = DUE.replace("    assert", "    monkeypatch.setattr(clocks, 'clock', lambda: 1)\n    assert")
    found = [(s.kind, s.reworded) for s in judge(base, {"tests/test_due.py": after}) if s.sure]
    assert found == ([(Kind.MOCKED, True)] if tried else [])


@pytest.mark.parametrize("ours", [True, False])
def test_a_file_of_the_product_may_be_called_like_a_library(ours: bool) -> None:
    fetch = "def fetch(at):\n    return requests.get(at)\n\n\n"
    sender = f"import requests\n\n\n{fetch}def size(at):\n    return len(fetch(at))\n"
    test = "import sender\nfrom sender import size\n\n\ndef test_size(monkeypatch):\n    assert size('a') == 1\n"
    base = {"sender.py": sender, "test_sender.py": test}
    base |= {"requests.py": "def get(at):\n    return at\n"} if ours else {}
    after = test.replace("    assert", "    monkeypatch.setattr(sender, 'fetch', lambda at: 'b')\n    assert")
    assert bool([s for s in judge(base, {"test_sender.py": after}) if s.sure]) is ours


COMMAND = """from shop.{home} import {name}


def main(words):
    best = {called}(words)
    print(best)
    return 0
"""
RANKING = """import time


def ranking(words):
    found = sorted(words)
    return found[:2]


def now(words):
    return time.time()
"""
OF_COMMAND = """from shop.command import main


def test_main(capsys):
    assert main(["b", "a"]) == 0
    assert capsys.readouterr().out
"""


@pytest.mark.parametrize(
    ("home", "name", "called", "found"),
    [
        ("ranking", "ranking", "ranking", True),
        ("ranking", "ranking as best_of", "best_of", True),
        ("", "ranking", "ranking.ranking", False),
        ("ranking", "now", "now", False),
        ("more", "ranking", "ranking", True),
    ],
    ids=["imported", "under another name", "the module as a whole", "a clock", "handed on"],
)
def test_a_function_that_the_module_under_test_imports_is_the_product_s(
    home: str, name: str, called: str, found: bool
) -> None:
    command = COMMAND.format(home=home, name=name, called=called).replace("from shop. import", "from shop import")
    base = {"shop/__init__.py": "", "shop/ranking.py": RANKING, "shop/more.py": "from shop.ranking import ranking\n"}
    base |= {"shop/command.py": command, "tests/test_command.py": OF_COMMAND}
    fixture = f"""import pytest


@pytest.fixture(autouse=True)
def ranked(monkeypatch):
    monkeypatch.setattr("shop.command.{called.partition(".")[0]}", lambda words: 1)


def test_main"""
    changed = judge(base, {"tests/test_command.py": OF_COMMAND.replace("\ndef test_main", fixture)})
    assert [s.kind for s in changed if s.sure] == ([Kind.MOCKED] if found else [])
