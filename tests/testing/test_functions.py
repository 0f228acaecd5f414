"""What the functions of a test file use."""

from __future__ import annotations

import ast

import pytest

from autopack.testing import called_fixtures, functions, parsed

HOME = b"""
import pytest
from todo.cli import main


@pytest.fixture
def run(tmp_path):
    def call(*words):
        return main(list(words))
    return call


@pytest.fixture
def store():
    return Store()
"""


@pytest.mark.parametrize(
    ("test", "named"),
    [
        (b"def test_a(run, store):\n    assert run('list') == 0\n", True),
        (b"def test_a(run):\n    assert run is not None\n", False),
        (b"def test_a(store):\n    run('list')\n", False),
    ],
    ids=["called", "not called", "no parameter"],
)
def test_a_test_names_what_a_fixture_calls_for_it(test: bytes, named: bool) -> None:
    tree = parsed(HOME)
    assert isinstance(tree, ast.Module)
    assert ("main" in called_fixtures(functions(test)["test_a"], [tree])) is named
