"""Tests of the base that expect something else now: what the plan says instead, and what nothing looks at any more."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from autopack.tampering.checks import IDLE, Check, Examined
from autopack.tampering.examining import examined_tests, is_collected
from autopack.tampering.facts import Allowed, Facts, Read
from autopack.tampering.implied import implied_by
from autopack.tampering.licensing import spells
from autopack.tampering.statements import checking
from autopack.testcode.modules import Function, Project
from autopack.testcode.syntax import leaf

_ATTRIBUTE = re.compile(r"\.[^\W\d]\w*$")
_QUOTED = re.compile(r"'[^'\n]+'|\"[^\"\n]+\"")
_COMPUTED = ast.comprehension | ast.Starred | ast.BinOp
"""What makes more or fewer cases than are written."""
_SINGLE = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Delete


def stated_tests(facts: Facts) -> frozenset[str]:
    """Ids, `path::Class::name` in the base, of Python tests of changed files: each check of theirs that is made nowhere any
    more is made of the same thing, with another expectation that the plan's words spell out; there is at least one; what
    the test does before it checks is still done where that is asked; helpers, fixtures and constants round it stay."""
    if any(_is_helper(path, facts) for c in facts.changes.changes for path in (c.path, c.old_path) if path):
        return frozenset()
    before, after = _both(facts)
    kept = _frames(facts.candidate, _changed(facts, 1))
    frames = {path: _frames(facts.base, [path]) for path in {test.path for test in before}}
    before = [test for test in before if frames[test.path] <= kept]
    asked = {form for test in after for c in test.checks for form in (c.form, *implied_by(c))}
    return frozenset(test.id for test in before if _is_stated(test, after, asked, facts.allowed))


def abandoned_tests(facts: Facts) -> frozenset[str]:
    """Ids as of `stated_tests` of tests that are gone, while nothing in the changed files looks at what they looked at."""
    before, after = _both(facts)
    seen, there = [c for test in after for c in test.checks], {test.id for test in after}
    gone = (test for test in before if test.id not in there and test.checks)
    return frozenset(t.id for t in gone if not any(_looks_at(other, c) for c in t.checks for other in seen))


def _looks_at(check: Check, other: Check) -> bool:
    """Whether both look at the same thing, one at a part of what the other looks at, both at an attribute or a method of
    one name, which may have been a function, or at what a function makes of the texts that the other had."""
    attributes = [_ATTRIBUTE.search(c.core or c.subject) for c in (check, other)]
    named = {found[0][1:] if found else c.asks_of for found, c in zip(attributes, (check, other), strict=True)}
    methods = {f".{c.asks_of}(" in (c.core or c.subject) for c in (check, other)}
    same = len(named) == 1 and (any(attributes) or len(methods) > 1)
    texts = [set(_QUOTED.findall(c.whole or c.subject)) for c in (check, other)]
    same = same or (bool(texts[1]) and texts[1] <= texts[0] and bool(other.asks_of) and check.asks_of == other.asks_of)
    return same or check.is_about_part_of(other) or other.is_about_part_of(check)


def _both(facts: Facts) -> tuple[list[Examined], list[Examined]]:
    """The tests of the changed files, before and after."""
    old, new = facts.old, facts.new
    before = [t for path in _changed(facts, 0) for t in _tests(old, path)]
    after = [t for path in _changed(facts, 1) for t in _tests(new, path)]
    return before, after


def _changed(facts: Facts, side: int) -> list[str]:
    paths = ((c.old_path or c.path, c.path)[side] for c in facts.changes.changes)
    return sorted({p for p in paths if p.endswith(".py") and facts.is_test(p) and is_collected(p)})


def _tests(project: Project, path: str) -> Sequence[Examined]:
    module = project.module(path)
    return examined_tests(module) if module is not None else ()


def _is_helper(path: str, facts: Facts) -> bool:
    """Whether tests of other files may depend on it."""
    return path.endswith(".py") and facts.is_test(path) and not is_collected(path)


def _frames(read: Read, paths: Sequence[str]) -> set[str]:
    """What these files hold beside imports and tests, statement by statement."""
    found: set[str] = set()
    for path in paths:
        try:
            body = ast.parse(read(path) or b"").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        cases = _cases(body)
        loose = (n for n in body if not isinstance(n, ast.Import | ast.ImportFrom | ast.ClassDef) and n not in cases)
        found.update(ast.dump(node) for node in loose if not _is_said(node) and not _is_test(node))
        for owner in (node for node in body if isinstance(node, ast.ClassDef)):
            found.update(ast.dump(node) for node in owner.body if not _is_test(node))
    return found


def _cases(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Constants that hold cases of tests and that nothing else uses: what is asked with them is told case by case."""
    plain = (n for n in body if isinstance(n, ast.Assign) and isinstance(n.value, ast.List | ast.Tuple))
    plain = (n for n in plain if not any(isinstance(part, _COMPUTED) for part in ast.walk(n.value)))
    named = {n.targets[0].id: n for n in plain if isinstance(n.targets[0], ast.Name)}
    marks = [mark for node in body for inner in ast.walk(node) for mark in _marks_with_cases(inner)]
    used = Counter(_names_in(marks))
    everywhere = Counter(_names_in(body))
    return [node for name, node in named.items() if used[name] and used[name] == everywhere[name]]


def _marks_with_cases(node: ast.AST) -> list[ast.expr]:
    marks = node.decorator_list if isinstance(node, Function | ast.ClassDef) else []
    return [mark for mark in marks if isinstance(mark, ast.Call) and leaf(mark.func) == "parametrize"]


def _names_in(nodes: Sequence[ast.AST]) -> Iterator[str]:
    inner = (part for node in nodes for part in ast.walk(node))
    return (n.id for n in inner if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, Function) and node.name.startswith("test")


def _is_stated(test: Examined, after: Sequence[Examined], asked: set[tuple[object, ...]], allowed: Allowed) -> bool:
    left = [c for c in test.checks if c.op not in IDLE and c.form not in asked]
    instead: list[Examined] = []
    for check in left:
        found = next((t for t in after if any(_replaces(c, check, allowed) for c in t.checks)), None)
        if found is None:
            return False
        instead.append(found)
    return bool(left) and _done(test) <= {line for other in instead for line in _done(other)}


def _replaces(new: Check, old: Check, allowed: Allowed) -> bool:
    return (
        not new.guards - old.guards
        and new.op not in IDLE
        and new.rank >= old.rank
        and new.losses == old.losses
        and new.is_about(old)
        and spells(old, new, allowed)
    )


def _done(test: Examined) -> set[str]:
    """What the test does besides checking, statement by statement."""
    try:
        return {ast.unparse(node) for node in _statements(ast.parse(test.body).body)}
    except (SyntaxError, ValueError, RecursionError):
        return {test.body}


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Without the last of those from which an error is expected: it is what is checked."""
    for node in body:
        inner = [part for name in ("body", "orelse", "finalbody") for part in getattr(node, name, [])]
        if _expects_error(node):
            inner.pop()
        yield from _statements(inner)
        if isinstance(node, _SINGLE) and not _is_said(node) and not any(True for _ in checking([node])):
            yield node


def _expects_error(node: ast.stmt) -> bool:
    contexts = node.items if isinstance(node, ast.With | ast.AsyncWith) else ()
    return any(True for _ in checking([ast.Expr(item.context_expr) for item in contexts]))


def _is_said(node: ast.stmt) -> bool:
    """A docstring, or `...`."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
