"""Tests that go on under another name: renamed, moved to another class or file, told by what their functions hold."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from autopack.model.changes import ChangeSet
from autopack.testing.functions import Function, functions, parsed
from autopack.testing.ids import case_of, function_of
from autopack.testing.lines import is_python

_MOST_COMPARED = 4000
"""Pairs of functions looked at for likeness; each costs about 0.2 ms."""
_SAME_NAME = 0.5
_OTHER_NAME = 0.75
"""Least likeness of bodies, in words, of a test that kept its own name and of one that did not."""
_SAME_SUBJECT = 0.8
"""Least share of names that two bodies have in common where the test has another name: what they are about."""
_MOVED_WITH = 2
"""Tests of a file that went to another one by what they hold, for the rest to follow by their names."""
_SUCCESSION = 0.6
"""Least share of a test's names that a test in its place is about as well."""
_COMMON = frozenset((*dir(builtins), *keyword.kwlist, "self", "cls", "pytest", "unittest", "raises", "mock", "approx"))
_WORD = re.compile(r"\w+|[^\w\s]")
_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class _Body:
    """A function: `place` is `path::Class::name`, `lines` what it does, in one spelling; `marks` its decorators, where its
    cases may stand."""

    place: str
    lines: tuple[str, ...]
    marks: tuple[str, ...] = ()

    @cached_property
    def words(self) -> list[str]:
        return [word for line in self.lines for word in _WORD.findall(line)]

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(word for word in self.words if _NAME.fullmatch(word))

    @cached_property
    def subject(self) -> frozenset[str]:
        """Its names without those that every test may use."""
        return frozenset(n for n in self.names if n not in _COMMON and not n.startswith(("assert", "test")))

    @cached_property
    def asked(self) -> frozenset[str]:
        """Its subject, that of its cases included."""
        return self.subject | frozenset(word for mark in self.marks for word in _NAME.findall(mark))

    def likeness(self, other: _Body, least: float) -> float:
        """How much of the words both have, in their order; 0.0 where it is below `least`."""
        matcher = SequenceMatcher(None, self.words, other.words, autojunk=False)
        if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
            return 0.0
        likeness = matcher.ratio()
        return likeness if likeness >= least else 0.0

    def shared_names(self, other: _Body) -> float:
        """Share of the names of both that both have."""
        together = self.names | other.names
        return len(self.names & other.names) / len(together) if together else 0.0


def continuations(gone: Collection[str], fresh: Collection[str], changes: ChangeSet) -> dict[str, str]:
    """Which of the `fresh` test functions (`path::Class::name`) goes on for each of the `gone` ones that has one.

    First the same body, then the same name with a body that is alike, then a like body under another name, then the same
    name and subject where most of its file went; each fresh function stands for one gone one. Functions that the change
    does not show on both sides are paired by their name when it is the only one; so are tests in other languages than
    Python.
    """
    before = {b.place: b for b in _bodies(changes, after=False)}
    after = {b.place: b for b in _bodies(changes, after=True)}
    left, free = dict.fromkeys(sorted(gone)), dict.fromkeys(sorted(fresh))
    pairs: dict[str, str] = {}

    def pair(old: str, new: str) -> None:
        pairs[old] = new
        del left[old], free[new]

    for old, new in _by_body(left, free, before, after):
        pair(old, new)
    for old, new, _ in sorted(_alike(left, free, before, after), key=lambda found: (-found[2], found[0], found[1])):
        if old in left and new in free:
            pair(old, new)
    for old, new in list(_by_file(left, free, pairs, before, after)):
        pair(old, new)
    for old, new in _by_name({o for o in left if o not in before}, {n for n in free if n not in after}):
        pair(old, new)
    return pairs


def successors(gone: Collection[str], fresh: Collection[str], changes: ChangeSet) -> dict[str, str]:
    """For each of the `gone` test functions a `fresh` one about the same names, if there is one; not a continuation: it
    may expect something else."""
    before = {b.place: b for b in _bodies(changes, after=False)}
    after = {b.place: b for b in _bodies(changes, after=True)}
    found: dict[str, str] = {}
    for old in gone:
        subject = before[old].subject if old in before else frozenset[str]()
        near = [(len(subject & after[new].asked), new) for new in fresh if new in after]
        share, new = max(near, default=(0, ""))
        if subject and share >= _SUCCESSION * len(subject):
            found[old] = new
    return found


def case_successors(gone: Collection[str], fresh: Collection[str], changes: ChangeSet) -> dict[str, str]:
    """For each of the `gone` cases, by the values of their ids or of the rows that name them, a `fresh` test function that
    has one of these values in its text and a name in common with the test that the case was of."""
    before = {b.place: b for b in _bodies(changes, after=False)}
    after = {b.place: b for b in _bodies(changes, after=True)}
    found: dict[str, str] = {}
    for case in gone:
        old = before.get(function_of(case))
        values = {v for v in _values(case, changes) if len(v) > 1 and v not in _COMMON}
        for new in sorted(fresh if old is not None else ()):
            text = "\n".join(after[new].lines) if new in after else ""
            if old is not None and any(v in text for v in values) and old.subject & after[new].subject:
                found.setdefault(case, new)
    return found


def _values(case: str, changes: ChangeSet) -> Iterator[str]:
    """The parts of a case's id, or the texts of the row that gives itself this id."""
    path, own = function_of(case).partition("::")[0], case_of(case)[1:-1]
    yield from own.split("-")
    trees = (parsed(c.before) for c in changes.changes if c.before is not None and path in (c.path, c.old_path))
    for node in (n for tree in trees if tree is not None for n in ast.walk(tree)):
        if isinstance(node, ast.Call) and any(
            w.arg == "id" and isinstance(w.value, ast.Constant) and w.value.value == own for w in node.keywords
        ):
            parts = (part for arg in node.args for part in ast.walk(arg))
            yield from (p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str))


def _by_body(
    gone: Collection[str], fresh: Collection[str], before: dict[str, _Body], after: dict[str, _Body]
) -> list[tuple[str, str]]:
    """Functions with the same body, when no other on either side has it; of several the one that kept its name."""
    olds, news = defaultdict[tuple[str, ...], list[str]](list), defaultdict[tuple[str, ...], list[str]](list)
    for places, bodies, known in ((gone, olds, before), (fresh, news, after)):
        for place in places:
            if place in known:
                bodies[known[place].lines].append(place)
    found: list[tuple[str, str]] = []
    for lines, places in olds.items():
        others = news.get(lines, [])
        kept = [(old, new) for old in places for new in others if _leaf(old) == _leaf(new)]
        if len(places) == len(others) == 1:
            found.append((places[0], others[0]))
        elif len({old for old, _ in kept}) == len({new for _, new in kept}) == len(kept):
            found += kept
    return found


def _alike(
    gone: Collection[str], fresh: Collection[str], before: dict[str, _Body], after: dict[str, _Body]
) -> Iterator[tuple[str, str, float]]:
    compared = 0
    for old in gone:
        for new in fresh:
            if old not in before or new not in after:
                continue
            compared += 1
            if compared > _MOST_COMPARED:
                return
            body, other = before[old], after[new]
            same = _leaf(old) == _leaf(new)
            if not same and body.shared_names(other) < _SAME_SUBJECT:
                continue
            likeness = body.likeness(other, _SAME_NAME if same else _OTHER_NAME)
            if likeness:
                yield old, new, likeness + same


def _by_file(
    gone: Collection[str],
    fresh: Collection[str],
    pairs: Mapping[str, str],
    before: Mapping[str, _Body],
    after: Mapping[str, _Body],
) -> Iterator[tuple[str, str]]:
    """Tests that were written anew while their file moved: what stands at their place in it, about the same things."""
    went = defaultdict[str, Counter[str]](Counter)
    for old, new in pairs.items():
        went[_file(old)][_file(new)] += 1
    for old in gone:
        path, _, place = old.partition("::")
        to, many = max(went[path].items(), key=lambda item: item[1], default=("", 0))
        new = f"{to}::{place}"
        if many < _MOVED_WITH or new not in fresh or old not in before or new not in after:
            continue
        subject = before[old].asked
        if 2 * len(subject & after[new].asked) >= len(subject) > 0:
            yield old, new


def _file(place: str) -> str:
    return place.partition("::")[0]


def _by_name(gone: Collection[str], fresh: Collection[str]) -> list[tuple[str, str]]:
    olds, news = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for places, by_leaf in ((gone, olds), (fresh, news)):
        for place in sorted(places):
            by_leaf[_leaf(place)].append(place)
    return [(olds[leaf][0], news[leaf][0]) for leaf in olds if len(olds[leaf]) == len(news.get(leaf, ())) == 1]


def _leaf(place: str) -> str:
    return place.rpartition("::")[2]


def _bodies(changes: ChangeSet, *, after: bool) -> Iterator[_Body]:
    for change in changes.changes:
        data, path = (change.after, change.path) if after else (change.before, change.old_path or change.path)
        if data is None or not is_python(path, data):
            continue
        for name, node in functions(data).items():
            yield _Body(f"{path}::{name}", _lines(node), tuple(map(ast.unparse, node.decorator_list)))


def _lines(node: Function) -> tuple[str, ...]:
    """What the function does: its statements in one spelling, without docstring, comments and formatting."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return tuple(line for statement in body for line in ast.unparse(statement).splitlines())
