"""A test of the base beside what it has become: which of its checks are gone, and which ask less."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autopack.model.findings import Tree
from autopack.tampering.checks import IDLE, Check, Examined
from autopack.tampering.data_files import row_of
from autopack.tampering.facts import Kind, Suspicion
from autopack.tampering.hindering import hindered
from autopack.tampering.implied import implied_by, is_asked_in_parts
from autopack.tampering.sight import Sight
from autopack.tampering.texts import Texts
from autopack.tampering.vanishing import LOCALS, vanished
from autopack.tampering.weighing import likeness, weakening
from autopack.text import shorten

_MOST_PAIRS = 6000
_CLOCK = re.compile(r"\b(?:today|now|utcnow|time|monotonic|perf_counter)\(")
_CLOCKS = frozenset({"date", "datetime", "time", "today", "now", "utcnow", "monotonic", "perf_counter", "clock"})
_SEEDED = re.compile(r"\b(?:Random|RandomState|default_rng|[Ss]eed\w*)\(")
_OF_ANOTHER = frozenset({Kind.LOOSENED, Kind.REPLACED})
"""What is no weakening where the two checks look at different things, each of which may say as much."""


@dataclass
class Pool:
    """Checks that the change adds to tests other than the one they came from, each to stand for one that is gone."""

    free: Counter[object]
    rounds: frozenset[object] = frozenset()
    """Forms that tests of the candidate have in rounds of loops and tables."""
    looking: Mapping[str, Check] = field(default_factory=dict[str, Check])
    """By what they look at, checks that are new in the candidate."""
    values: frozenset[tuple[str, str]] = frozenset()
    """How new checks of the candidate expect what, and what they imply."""
    rows: frozenset[tuple[str, ...]] = frozenset()
    """Lines of data files that the change brings and its tests name, as words and numbers."""

    @classmethod
    def of(
        cls,
        pairs: Sequence[tuple[Examined, Examined]],
        new: Sequence[Examined],
        rows: frozenset[tuple[str, ...]] = frozenset(),
    ) -> Pool:
        known = {other.id: {c.form for c in one.checks} for one, other in pairs}
        free, looking, values = Counter[object](), dict[str, Check](), set[tuple[str, str]]()
        for test in new:
            fresh = [c for c in test.checks if c.op not in IDLE and c.form not in known.get(test.id, ())]
            free.update(form for c in fresh for form in (c.form, *(() if LOCALS.search(c.subject) else implied_by(c))))
            values.update((c.op, c.expected) for c in fresh)
            values.update((str(form[0]), str(form[2])) for c in fresh for form in implied_by(c))
            looking.update((c.subject, c) for c in fresh if not LOCALS.search(c.subject))
        rounds = frozenset(form for test in new for c in test.checks for form in c.rounds)
        return cls(free, rounds, looking, frozenset(values), rows)

    def take(self, check: Check) -> bool:
        if check.form in self.rounds or (check.rounds and all(f in self.rounds or self.free[f] for f in check.rounds)):
            return True
        if self.free[check.form] > 0:
            self.free[check.form] -= 1
            return True
        return False


def compared(old: Examined, new: Examined, pool: Pool, sight: Sight) -> Iterator[Suspicion]:
    """What of `old` is no longer asked by `new`, nor anywhere else."""
    found = (
        *hindered(old, new, sight),
        *_unasked(old, new, pool, sight),
    )
    written = _is_written_anew(new, sight.after)
    yield from (replace(s, was=old.id, reworded=s.reworded and written) for s in found)


def _is_written_anew(test: Examined, after: Texts) -> bool:
    """Whether the test has lines of its own that the base's version has not."""
    return any(test.first <= line <= test.last for line in after.marked(test.path))


def _unasked(old: Examined, new: Examined, pool: Pool, sight: Sight) -> Iterator[Suspicion]:
    told: set[tuple[str, int, Kind]] = set()
    pairs = _pairs(old, new, pool, sight)
    whole = {c.form for c in old.checks if c.cased and c.op not in IDLE} <= {c.form for c, _ in pairs}
    for check, other in pairs:
        if other is None and (_is_matched(check, new) or _is_in_a_file(check, pool, sight)):
            continue
        elsewhere = pool.looking.get(check.subject) if other is None and check.cased else None
        if elsewhere is not None and elsewhere.rank >= check.rank and not elsewhere.guards - check.guards:
            suspicion = _moved(check, elsewhere, new, sight)
        elif other is None:
            suspicion = vanished(check, old, new, sight, whole=whole)
            if suspicion.kind is Kind.REMOVED and not _may_be_asked(check, old, new, pool):
                suspicion = replace(suspicion, reworded=False)
        else:
            found = weakening(check, other, sight.ancestors)
            if found is not None and found.kind is Kind.BROADENED and _said_elsewhere(check, new):
                continue
            if found is None or (
                found.kind is Kind.REPLACED and check.subject != other.subject and check.expected == other.expected
            ):
                continue
            place = sight.after.changed(other.places)
            text = f"`{shorten(other.text, 120)}` {found.why}; it was `{shorten(check.text, 120)}`"
            kind = found.kind
            suspicion = Suspicion(kind, place.path, place.line, Tree.CANDIDATE, new.id, text, check.text, other.text,
                                  reworded=(kind in _OF_ANOTHER and not other.is_about_part_of(check))
                                  or (kind is Kind.REPLACED and _of_other_data(check, other, old, new))
                                  or (kind is Kind.REMOVED and _is_another_test(check, other, old, new)),
                                  about=check.words, checks=(check, other))  # fmt: skip
        key = (suspicion.path, suspicion.line, suspicion.kind)
        if key not in told:
            told.add(key)
            yield suspicion
    yield from _always_true(old, new, told, sight)


def _of_other_data(check: Check, other: Check, old: Examined, new: Examined) -> bool:
    """Whether what is expected was made with what is asked about, and both are made of something else now; or it was read
    from a clock that has a stand-in now."""
    if check.text == other.text:
        return check.whole != other.whole
    fresh = {d.target for d in new.doubles} - {d.target for d in old.doubles}
    return bool(_CLOCK.search(check.expected) and not _CLOCK.search(other.expected) and fresh & _CLOCKS)


def _is_another_test(check: Check, other: Check, old: Examined, new: Examined) -> bool:
    """Whether a test of another name looks at another thing: then it may only be like the one that is gone."""
    return old.id.rpartition("::")[2] != new.id.rpartition("::")[2] and check.subject != other.subject


def _may_be_asked(check: Check, old: Examined, new: Examined, pool: Pool) -> bool:
    """Whether other words may ask it: something new in the test, or a new check elsewhere that expects the same."""
    before = {c.form for c in old.checks}
    fresh = any(c.form not in before and c.op != "tautology" for c in new.checks)
    return fresh or (check.op, check.expected) in pool.values


def _is_in_a_file(check: Check, pool: Pool, sight: Sight) -> bool:
    """Whether the row of a case stands as a line in a file of data now."""
    return row_of(sight.before.line(check.places[0])) in pool.rows


def _moved(check: Check, other: Check, new: Examined, sight: Sight) -> Suspicion:
    """A case that stands in another table now, where something else is expected of it."""
    place = sight.after.changed(other.places)
    text = f"`{shorten(other.text, 120)}` expects something else of `{shorten(check.subject, 100)}` now"
    return Suspicion(Kind.REPLACED, place.path, place.line, Tree.CANDIDATE, new.id, text, f"{check.op} {check.expected}",
                     f"{other.op} {other.expected}", about=check.words, checks=(check, other))  # fmt: skip


def _said_elsewhere(check: Check, new: Examined) -> bool:
    """Whether what an error says is compared with in a check of its own."""
    match = check.expected.partition(" match ")[2].strip("'\"")
    return (
        bool(match)
        and any(match in c.expected and c.op in ("==", "in", "matches") for c in new.checks)
        and any(c.op == "raises" and c.expected == check.expected.partition(" match ")[0] for c in new.checks)
    )


def _is_matched(check: Check, new: Examined) -> bool:
    """Whether a text that an error had to hold is asked for where the error is expected."""
    text = check.expected.strip("'\"")
    told = check.op == "in" and bool(text) and (check.subject.startswith("str(") or ".value" in check.subject)
    said = [c.expected.partition(" match ")[2] for c in new.checks if c.op == "raises"]
    return told and any(text in match and "|" not in match for match in said)


def _always_true(old: Examined, new: Examined, told: set[tuple[str, int, Kind]], sight: Sight) -> Iterator[Suspicion]:
    """Checks that are none, beside those they stand for: of a check that is gone it is told as its weakening."""
    before = {(c.subject, c.expected) for c in old.checks if c.op == "tautology"}
    for check in new.checks:
        if check.op == "tautology" and (check.subject, check.expected) not in before and not _is_repeat(check):
            place = sight.after.changed(check.places)
            if (place.path, place.line, Kind.TAUTOLOGY) not in told and sight.after.is_new(place):
                told.add((place.path, place.line, Kind.TAUTOLOGY))
                yield Suspicion(Kind.TAUTOLOGY, place.path, place.line, Tree.CANDIDATE, new.id,
                                f"`{shorten(check.text, 120)}` is true whatever the code does", "", check.text)  # fmt: skip


def _is_repeat(check: Check) -> bool:
    """Whether a call is to give the same answer twice: a draw by its seed, or a call that stands there twice."""
    return "(" in check.expected and (_SEEDED.search(check.subject) is not None or _is_written_twice(check.text))


def _is_written_twice(text: str) -> bool:
    try:
        (node,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    match node:
        case ast.Assert(test=ast.Compare(left=one, comparators=[other])):
            pass
        case ast.Expr(value=ast.Call(args=[one, other, *_])):
            pass
        case _:
            return False
    return ast.dump(one) == ast.dump(other)


def _pairs(old: Examined, new: Examined, pool: Pool, sight: Sight) -> list[tuple[Check, Check | None]]:
    """Checks of the old test that the new one does not make, each with the new check that is nearest to it."""
    forms = {form for c in new.checks for form in (c.form, *implied_by(c))}
    left = [c for c in old.checks if c.op not in IDLE and c.form not in forms]
    left = [c for c in left if not any(_expects_as_much(other, c, sight) for other in new.checks)]
    if left:
        here = {c.form for c in new.checks}
        anywhere = here | {form for form, count in pool.free.items() if count > 0}
        left = [c for c in left if not is_asked_in_parts(c, here if LOCALS.search(c.subject) else anywhere)]
    before = {c.form for c in old.checks}
    refused = {c.subject for c in new.checks if c.op in ("raises", "warns")}
    free = [c for c in new.checks if c.form not in before or c.op == "tautology"]
    free = [c for c in free if c.op != "ran" or c.subject not in refused]
    left = [c for c in left if not pool.take(c)]
    if not left:
        return []
    if len(left) * len(free) > _MOST_PAIRS:
        free = free[: _MOST_PAIRS // len(left)]
    near = sorted(
        ((likeness(a, b), -abs(i - j), i, j) for i, a in enumerate(left) for j, b in enumerate(free)), reverse=True
    )
    paired: dict[int, int] = {}
    taken: set[int] = set()
    for like, _, i, j in near:
        if like > 0 and i not in paired and j not in taken:
            paired[i] = j
            taken.add(j)
    return [(c, free[paired[i]] if i in paired else None) for i, c in enumerate(left)]


def _expects_as_much(other: Check, check: Check, sight: Sight) -> bool:
    """Whether the other check expects the same error of the same thing, or one that derives from it, with its text."""
    same = other.op == check.op and check.op in ("raises", "warns") and other.subject == check.subject
    return same and weakening(check, other, sight.ancestors) is None
