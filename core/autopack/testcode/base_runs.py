"""What it means that a new test passes, or fails, on the base's product code.

A new test that passes on the base proves nothing about the change. That is a doubt only where

* the phase is not one whose behaviour stays (its category or goal says so), and the test does not say that it writes down
  what already holds (a marker, or the word in its name or docstring), and
* no other new test of the file fails on the base: regression guards beside tests of the change are common and good; then
  it is information.

A new test that *fails* on the base for its behaviour can fail, whatever else it looks like. It does so only where every
name it uses existed there: a test of a function that was not yet written fails on the base whatever it asserts.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from autopack.testcode.product import Product
from autopack.testcode.python_tests import TestFunction

if TYPE_CHECKING:
    from autopack.testcode.vacuity import Doubt, Facts

_STAYS = re.compile(
    r"characteri[sz]|regression guard|without (?:a )?changes? (?:of|in|to) behaviou?r|behaviou?r (?:stays|remains|is kept|"
    r"is unchanged|must not change|does not change)|(?:keep|preserv|retain)\w* (?:the )?(?:\w+ )?behaviou?r|refactor|"
    r"no functional change",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"characteri[sz]ation|characteri[sz]e|pins? (?:down )?(?:the )?(?:present|current|existing)|existing behaviou?r",
    re.IGNORECASE,
)
_STAYING = frozenset({"refactor", "refactoring", "debt_cleanup", "tests", "docs", "performance"})


def behaviour_stays(facts: Facts) -> bool:
    """Whether the phase says that nothing it does can be seen from outside."""
    return facts.category in _STAYING or _STAYS.search(facts.goal) is not None


def is_characterisation(test: TestFunction) -> bool:
    """Whether a test says that it writes down what already holds."""
    if any(_WHOLE.search(mark.name) for mark in test.marks):
        return True
    told = f"{test.name.replace('_', ' ')} {ast.get_docstring(test.node) or ''}"
    return _WHOLE.search(told) is not None


def outcome(passes: Mapping[str, bool] | None, place: str) -> bool | None:
    """Whether a test, with all its cases, passes on the base; None where nobody ran it."""
    if passes is None:
        return None
    known = [good for test, good in passes.items() if test == place or test.startswith(f"{place}[")]
    return all(known) if known else None


def fails_for_its_behaviour(facts: Facts, product: Product, test: TestFunction) -> bool:
    """Whether the test failed on the base although all that it names was there."""
    if outcome(facts.passes_on_base, test.place) is not False:
        return False
    used = _used(test.node)
    module = product.project.module(test.path)
    for name in list(used):
        link = module.imports.get(name) if module is not None else None
        if link is not None:
            used |= {link.name, link.target.rpartition("/")[2].partition(".")[0]}
    return not used & (product.new_words() - {""})


def _used(node: ast.AST) -> set[str]:
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute):
            found.add(inner.attr)
        elif isinstance(inner, ast.Name):
            found.add(inner.id)
        elif isinstance(inner, ast.keyword) and inner.arg:
            found.add(inner.arg)
    return found


def passing_on_base(facts: Facts, tests: Sequence[TestFunction], doubts: Sequence[Doubt]) -> list[Doubt]:
    """Doubts about tests that pass on the base and are not doubted for another reason."""
    from autopack.testcode.vacuity import Doubt, Kind

    if facts.passes_on_base is None or behaviour_stays(facts):
        return []
    doubted = {doubt.test for doubt in doubts}
    by_file: dict[str, list[TestFunction]] = defaultdict(list)
    for test in tests:
        by_file[test.path].append(test)
    found: list[Doubt] = []
    for own in by_file.values():
        outcomes = {test.place: outcome(facts.passes_on_base, test.place) for test in own}
        beside = any(good is False for good in outcomes.values())
        for test in own:
            if outcomes[test.place] and test.place not in doubted and not is_characterisation(test):
                why = "it passes without the change too, so it says nothing about it"
                if beside:
                    why += "; other new tests of the file fail without the change"
                found.append(
                    Doubt(
                        test.place,
                        test.path,
                        test.node.lineno,
                        Kind.PASSES_ON_BASE,
                        why,
                        sure=False,
                        information=beside,
                    )
                )
    return found
