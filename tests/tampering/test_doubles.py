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
        ("patch.object(Store, '_now', return_value=1)", False),
        ("patch.object(Other, '_read')", False),
    ],
    ids=["a part with logic", "by its path", "a clock", "of a class that it does not use"],
)
def test_a_method_of_the_class_under_test_is_a_part_of_it(double: str, surely: bool) -> None:
    """One that does more than hand over; anything else is for a trial."""
    after = TESTS.replace("    store = Store(", f"    with {double}:\n        store = Store(")
    base = {"shop/__init__.py": "", "shop/store.py": STORE, "tests/test_store.py": TESTS}
    found = [s for s in judge(base, {"tests/test_store.py": after}) if s.sure]
    assert [(s.kind, not s.reworded) for s in found] == [(Kind.MOCKED, surely)]
    assert ("which it tests" in found[0].message) is surely
