"""Bases that are not sound: tests that fail, cannot be collected, or fail at times, none of it the change's doing."""

from __future__ import annotations

import ast

from autopack.policy import is_test
from tests.real.releases import File, Tree
from tests.real.slices import lines

_BROKEN = b"""\
import unittest


def test_that_is_wrong_since_long():
    assert 2 + 2 == 5


class TestOldTimes(unittest.TestCase):
    def test_that_raises_since_long(self):
        raise RuntimeError("no such host")
"""
_GONE = b"import a_package_that_nobody_installs\n\n\ndef test_of_it():\n    assert a_package_that_nobody_installs\n"
RATES = (0.5, 0.2, 0.1, 0.05)
"""How often each unsteady test fails, by chance alone."""
_UNSTEADY = f"""\
import random

import pytest


@pytest.mark.parametrize("rate", {RATES!r})
def test_that_fails_at_times(rate):
    assert random.SystemRandom().random() >= rate
""".encode()
KINDS = ("broken", "unsteady")


def unsound(base: Tree, tree: Tree, suite: str, kind: str) -> tuple[Tree, Tree]:
    """Both trees with the same tests below the folder `suite` that fail always ("broken": two tests, a file that cannot be
    collected, and a test of the project's own in a file that the change leaves alone, if there is one) or at times
    ("unsteady")."""
    if kind == "unsteady":
        added = {f"{suite}/test_unsteady_base.py": File(_UNSTEADY)}
        return {**base, **added}, {**tree, **added}
    added = {
        f"{suite}/test_broken_base.py": File(_BROKEN),
        f"{suite}/test_uncollectable_base.py": File(_GONE),
        **_broken_test(base, tree, suite),
    }
    return {**base, **added}, {**tree, **added}


def _broken_test(base: Tree, tree: Tree, suite: str) -> Tree:
    """The first test file that the change leaves alone, with the first of its functions failing at its first line; empty
    where a project has all its tests in files that the change edits."""
    for path in sorted(base):
        if not (
            path.startswith(f"{suite}/") and is_test(path) and path.endswith(".py") and tree.get(path) == base[path]
        ):
            continue
        made = lines(base[path].data)
        for node in ast.walk(ast.parse(base[path].data)):
            if (
                isinstance(node, ast.FunctionDef)
                and node.name.startswith("test_")
                and node.body[0].lineno > node.lineno
            ):
                first = node.body[0]
                made.insert(first.lineno - 1, b" " * first.col_offset + b"assert not 'broken in the base'\n")
                return {path: File(b"".join(made), base[path].executable)}
    return {}
