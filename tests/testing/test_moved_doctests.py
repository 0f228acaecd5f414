"""Doctests whose module or text has another place now are not gone."""

from __future__ import annotations

import pytest

from autopack.testing import compare
from autopack.testing.moved_doctests import moved_doctests
from tests.testing.test_delta import report
from tests.testing.test_moved import change, changes

TWICE = '''
def twice(n):
    """
    >>> twice(2)
    4
    """
    return 2 * n


class Box:
    """
    >>> Box().size
    1
    """

    size = 1

    def grow(self):
        """
        >>> Box().grow()
        2
        """
        return 2
'''
TEXT = "Use it.\n\n>>> 1 + 1\n2\n"


def names(path: str, module: str) -> dict[str, str]:
    return {name: f"{path}::{module}{name}" for name in (".twice", ".Box", ".Box.grow")}


@pytest.mark.parametrize("package", ["", "src/", "src/pkg/"])
def test_they_go_on_where_their_module_went(package: str) -> None:
    dotted = package.removeprefix("src/").replace("/", ".")
    old, new = names(f"{package}a.py", f"{dotted}a"), names(f"{package}sub/b.py", f"{dotted}sub.b")
    both = changes(change(f"{package}a.py", TWICE, None), change(f"{package}sub/b.py", None, TWICE))
    assert moved_doctests(old.values(), new.values(), both) == dict(zip(old.values(), new.values(), strict=True))
    renamed = changes(change(f"{package}sub/b.py", TWICE, TWICE, f"{package}a.py"))
    assert moved_doctests(old.values(), new.values(), renamed) == dict(zip(old.values(), new.values(), strict=True))


def test_a_function_or_a_text_under_another_name() -> None:
    again = TWICE.replace("def twice", "def double").replace("twice(2)", "twice(2)")
    both = changes(change("a.py", TWICE, again), change("README.txt", TEXT, None), change("docs/use.txt", None, TEXT))
    gone, fresh = {"a.py::a.twice", "README.txt::README.txt"}, {"a.py::a.double", "docs/use.txt::use.txt"}
    assert moved_doctests(gone, fresh, both) == {
        "a.py::a.twice": "a.py::a.double",
        "README.txt::README.txt": "docs/use.txt::use.txt",
    }


@pytest.mark.parametrize("after", [
    TWICE.replace("    4\n", "    5\n"), TWICE.replace("    >>> twice(2)\n    4\n", ""), "def twice(:\n", "TWICE = 2\n",
], ids=["another answer", "no example", "cannot be read", "no such thing"])  # fmt: skip
def test_what_asks_something_else_is_gone(after: str) -> None:
    both = changes(change("a.py", TWICE, None), change("b.py", None, after))
    assert moved_doctests({"a.py::a.twice"}, {"b.py::b.twice"}, both) == {}


def test_of_several_that_ask_the_same_none_is_guessed() -> None:
    same = TWICE + TWICE.replace("def twice", "def double")
    both = changes(change("a.py", same, None), change("b.py", None, same.replace("def twice", "def other")))
    assert moved_doctests({"a.py::a.twice", "a.py::a.double"}, {"b.py::b.other", "b.py::b.double"}, both) == {
        "a.py::a.double": "b.py::b.double",
        "a.py::a.twice": "b.py::b.other",
    }
    assert moved_doctests({"a.py::a.twice"}, {"b.py::b.other", "b.py::b.third"}, changes(
        change("a.py", TWICE, None),
        change("b.py", None, TWICE.replace("def twice", "def other") + TWICE.replace("def twice", "def third")),
    )) == {}  # fmt: skip


def test_one_stands_for_one_of_those_it_came_from() -> None:
    both = changes(change("a.py", TWICE, None), change("c.py", TWICE, None), change("b.py", None, TWICE))
    assert moved_doctests({"a.py::a.twice", "c.py::c.twice"}, {"b.py::b.twice"}, both) == {}


def test_a_delta_has_them_renamed() -> None:
    both = changes(change("a.py", TWICE, None), change("b.py", None, TWICE))
    delta = compare(report("a.py::a.twice:p"), report("b.py::b.twice:p"), both)
    assert (delta.missing, delta.new_passing, delta.renamed) == ((), (), (("a.py::a.twice", "b.py::b.twice"),))


def test_one_that_stands_for_another_stands_for_no_third() -> None:
    other = TWICE.replace("twice(2)\n    4", "twice(3)\n    6")
    both = changes(change("src/a.py", TWICE, None), change("old/a.py", other, None), change("lib/a.py", None, TWICE))
    delta = compare(report("src/a.py::a.twice:p old/a.py::a.twice:p"), report("lib/a.py::a.twice:p"), both)
    assert (delta.missing, delta.renamed) == (("old/a.py::a.twice",), (("src/a.py::a.twice", "lib/a.py::a.twice"),))


def test_those_of_a_package_itself() -> None:
    both = changes(change("pkg/__init__.py", TWICE, None), change("pkg/sums.py", None, TWICE))
    gone, fresh = {"pkg/__init__.py::pkg.twice"}, {"pkg/sums.py::pkg.sums.twice", "pkg/sums.py::pkg.sums.Box"}
    assert moved_doctests(gone, fresh, both) == {"pkg/__init__.py::pkg.twice": "pkg/sums.py::pkg.sums.twice"}
    same = TWICE + TWICE.replace("def twice", "def double")
    both = changes(change("pkg/__init__.py", same, None), change("pkg/sums.py", None, same))
    pairs = {f"pkg/__init__.py::pkg.{name}": f"pkg/sums.py::pkg.sums.{name}" for name in ("twice", "double")}
    assert moved_doctests(pairs, pairs.values(), both) == pairs
