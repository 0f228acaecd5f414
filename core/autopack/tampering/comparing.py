"""A test of the base beside what it has become: which of its checks are gone, and which ask less."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autopack.model.findings import Tree
from autopack.tampering.bounds import EXAMPLES
from autopack.tampering.checks import Check, Examined, Place
from autopack.tampering.facts import Kind, Suspicion
from autopack.tampering.texts import Texts
from autopack.tampering.weighing import Ancestors, likeness, weakening
from autopack.text import shorten

_IDLE = frozenset({"nothing", "ran", "suppress", "tautology"})
_MOST_PAIRS = 6000
_OF_ANOTHER = frozenset({Kind.LOOSENED, Kind.REPLACED})
"""What is no weakening where the two checks look at different things, each of which may say as much."""


@dataclass
class Pool:
    """Checks that the change adds to tests other than the one they came from, each to stand for one that is gone."""

    free: Counter[object]
    rounds: frozenset[object] = frozenset()
    """Forms that tests of the candidate have in rounds of loops and tables."""

    @classmethod
    def of(cls, pairs: Sequence[tuple[Examined, Examined]], new: Sequence[Examined]) -> Pool:
        known = {other.id: {c.form for c in one.checks} for one, other in pairs}
        free = Counter[object]()
        for test in new:
            free.update(c.form for c in test.checks if c.op not in _IDLE and c.form not in known.get(test.id, ()))
        return cls(free, frozenset(form for test in new for c in test.checks for form in c.rounds))

    def take(self, check: Check) -> bool:
        if check.form in self.rounds or (check.rounds and all(f in self.rounds or self.free[f] for f in check.rounds)):
            return True
        if self.free[check.form] > 0:
            self.free[check.form] -= 1
            return True
        return False


@dataclass(frozen=True)
class Sight:
    """What a comparison needs to know of both trees."""

    before: Texts
    after: Texts
    ancestors: Ancestors


def compared(old: Examined, new: Examined, pool: Pool, sight: Sight) -> Iterator[Suspicion]:
    """What of `old` is no longer asked by `new`, nor anywhere else."""
    found = (
        *_blocked(old, new, sight),
        *_doubled(old, new, sight),
        *_faked(old, new, sight),
        *_mocked(old, new, sight),
        *_slower(old, new, sight),
        *_guarded(old, new, sight),
        *_unasked(old, new, pool, sight),
    )
    written = _is_written_anew(new, sight.after)
    yield from (replace(s, was=old.id, reworded=s.reworded and written) for s in found)


def _is_written_anew(test: Examined, after: Texts) -> bool:
    """Whether the test has lines of its own that the base's version has not."""
    return any(test.first <= line <= test.last for line in after.marked(test.path))


def _unasked(old: Examined, new: Examined, pool: Pool, sight: Sight) -> Iterator[Suspicion]:
    told: set[tuple[str, int, Kind]] = set()
    pairs = _pairs(old, new, pool)
    whole = {c.form for c in old.checks if c.cased and c.op not in _IDLE} <= {c.form for c, _ in pairs}
    for check, other in pairs:
        if other is None and _is_matched(check, new):
            continue
        if other is None:
            suspicion = _gone(check, old, new, sight, whole=whole)
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
                                  reworded=kind in _OF_ANOTHER and not other.is_about_part_of(check),
                                  about=check.words, checks=(check, other))  # fmt: skip
        key = (suspicion.path, suspicion.line, suspicion.kind)
        if key not in told:
            told.add(key)
            yield suspicion
    yield from _always_true(old, new, told, sight)


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
    before = {(c.subject, c.expected) for c in old.checks if c.op == "tautology"}
    for check in new.checks:
        if check.op == "tautology" and (check.subject, check.expected) not in before:
            place = sight.after.changed(check.places)
            if (place.path, place.line, Kind.TAUTOLOGY) not in told and sight.after.is_new(place):
                told.add((place.path, place.line, Kind.TAUTOLOGY))
                yield Suspicion(Kind.TAUTOLOGY, place.path, place.line, Tree.CANDIDATE, new.id,
                                f"`{shorten(check.text, 120)}` is true whatever the code does", "", check.text)  # fmt: skip


def _pairs(old: Examined, new: Examined, pool: Pool) -> list[tuple[Check, Check | None]]:
    """Checks of the old test that the new one does not make, each with the new check that is nearest to it."""
    forms = {c.form for c in new.checks} | {part for c in new.checks for part in _parts(c)}
    left = [c for c in old.checks if c.op not in _IDLE and c.form not in forms]
    before = {c.form for c in old.checks}
    free = [c for c in new.checks if c.form not in before or c.op == "tautology"]
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


def _parts(check: Check) -> Iterator[tuple[object, ...]]:
    """Checks of single entries that a comparison with a whole dict holds."""
    if check.op != "==" or not check.expected.startswith("{"):
        return
    try:
        held = ast.parse(check.expected, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for key, value in zip(held.keys, held.values, strict=True) if isinstance(held, ast.Dict) else ():
        if key is not None:
            yield ("==", f"{check.subject}[{ast.unparse(key)}]", ast.unparse(value), None)


def _gone(check: Check, old: Examined, new: Examined, sight: Sight, *, whole: bool) -> Suspicion:
    """A check that nothing asks any more: at its comment, at the shorter table, or where it stood; `whole`: nor any of the
    test's cases."""
    asked = f"`{shorten(check.text, 120)}` is no longer asked"
    comment = sight.after.comment_of(check.text, new.path, new.first, new.last)
    if comment:
        return Suspicion(Kind.REMOVED, new.path, comment, Tree.CANDIDATE, new.id, f"{asked}: it is a comment now",
            check.text,
                         about=check.words)  # fmt: skip
    row = check.places[0]
    still = any(c.text == check.text or (c.op == check.op and c.callee == check.callee) for c in new.checks)
    if (check.cased and still) or (
        check.cased and not new.checks):  # fmt: skip
        said = f"The case `{shorten(sight.before.line(row), 100)}` of {old.name} is gone"
        own_line = row.line not in {place.line for place, _ in old.tables} and sight.before.is_gone(row)
        table = _shorter(old, new)
        if not own_line and table is not None and old.id == new.id:
            said = f"{old.name} runs with fewer cases; one that is gone: {shorten(check.subject, 100)}"
            return Suspicion(
                Kind.EMPTIED, table.path, table.line, Tree.CANDIDATE, new.id, said, check.text, about=check.words
            )
        return Suspicion(
            Kind.EMPTIED, row.path, row.line, Tree.BASE, old.id, said, check.text, reworded=whole, about=check.words
        )
    place = sight.before.gone(check.places)
    return Suspicion(
        Kind.REMOVED, place.path, place.line, Tree.BASE, old.id, asked, check.text, reworded=True, about=check.words
    )


def _shorter(old: Examined, new: Examined) -> Place | None:
    if not new.tables:
        return None
    counts = [count for _, count in old.tables]
    for (place, count), before in zip(new.tables, counts, strict=False):
        if count < before:
            return place
    return new.tables[0][0]


def _blocked(old: Examined, new: Examined, sight: Sight) -> Iterator[Suspicion]:
    before = {b.key for b in old.blocks}
    lines: set[tuple[str, int]] = set()
    for block in new.blocks:
        if block.key in before or (block.place.path, block.place.line) in lines:
            continue
        if block.kind == "xfailed" and any(b.kind == "xfailed" and "strict=False" in b.key for b in old.blocks) and (
            "strict=True" in block.key):  # fmt: skip
            continue
        lines.add((block.place.path, block.place.line))
        said = {"skipped": "is skipped", "xfailed": "is expected to fail"}.get(
            block.kind, "is tried again when it fails"
        )
        yield Suspicion(Kind(block.kind), block.place.path, block.place.line, Tree.CANDIDATE, new.id,
                        f"{new.name} {said} now: `{shorten(block.text, 120)}`", "", block.text)  # fmt: skip


def _guarded(old: Examined, new: Examined, sight: Sight) -> Iterator[Suspicion]:
    """Checks that are made only under a condition, or whose failure is swallowed."""
    free = {c.form for c in old.checks if not c.guards and c.op not in _IDLE}
    still = {c.form for c in new.checks if not c.guards}
    lines: set[tuple[str, int]] = set()
    for check in new.checks:
        place = check.guard_place
        if not check.guards or place is None or check.form not in free or check.form in still:
            continue
        if (place.path, place.line) not in lines:
            lines.add((place.path, place.line))
            swallowed = "swallowed" in check.guards
            said = (
                "a failure of it is swallowed" if swallowed else f"it is asked only {', '.join(sorted(check.guards))}"
            )
            yield Suspicion(Kind.BROADENED if swallowed else Kind.SKIPPED, place.path, place.line, Tree.CANDIDATE, new.id,
                            f"`{shorten(check.text, 120)}`: {said}", check.text, sight.after.line(place))  # fmt: skip


def _doubled(old: Examined, new: Examined, sight: Sight) -> Iterator[Suspicion]:
    before = {d.target for d in old.doubles}
    for double in new.doubles:
        known = double.target in before or not (double.subject or double.own)
        if not known and sight.after.is_new_text(double.place, double.text):
            tested = double.subject or double.stands_for in old.uses - new.uses
            what = "which it tests" if tested else "which the product defines"
            said = f"{new.name} replaces `{double.target}`, {what}: `{shorten(double.text, 120)}`"
            yield Suspicion(
                Kind.MOCKED, double.place.path, double.place.line, Tree.CANDIDATE, new.id, said, "", double.text,
                reworded=not tested,
            )  # fmt: skip


def _faked(old: Examined, new: Examined, sight: Sight) -> Iterator[Suspicion]:
    """What the test used of the product is gone from it, and it has a new stand-in."""
    lost = old.uses - new.uses
    fresh = [d for d in new.fakes if d.text not in {f.text for f in old.fakes}]
    if lost and len(new.fakes) > len(old.fakes) and fresh and new.uses < old.uses:
        double = fresh[0]
        said = f"{new.name} uses `{shorten(double.text, 80)}` and no longer `{', '.join(sorted(lost)[:3])}`"
        yield Suspicion(
            Kind.MOCKED, double.place.path, double.place.line, Tree.CANDIDATE, new.id, said, "", double.text
        )


def _mocked(old: Examined, new: Examined, sight: Sight) -> Iterator[Suspicion]:
    """What is asked of a mock, which gives what it was told to give."""
    before = any(c.of_mock for c in old.checks)
    for check in new.checks if not before else ():
        if check.of_mock and check.op not in _IDLE:
            place = sight.after.changed(check.places)
            said = f"`{shorten(check.text, 120)}` asks a mock, which gives what {new.name} told it to give"
            yield Suspicion(Kind.MOCKED, place.path, place.line, Tree.CANDIDATE, new.id, said, "", check.text)
            return


def _slower(old: Examined, new: Examined, sight: Sight) -> Iterator[Suspicion]:
    before: dict[str, list[float]] = {}
    for bound in old.bounds:
        before.setdefault(bound.name, []).append(bound.value)
    seen: Counter[str] = Counter()
    for bound in new.bounds:
        earlier = before.get(bound.name, [])
        at = seen[bound.name]
        seen[bound.name] += 1
        limit = earlier[at] if at < len(earlier) else None
        fresh_pause = limit is None and bound.name == "sleep" and bound.value >= 0.1
        if fresh_pause or (limit is not None and bound.value > limit * 1.001):
            was = f"; it was {limit:g}" if limit is not None else ""
            if bound.name == EXAMPLES:
                said = f"{new.name} is tried with {-bound.value:g} examples; it was {-(limit or 0):g}"
                yield Suspicion(
                    Kind.EMPTIED, bound.place.path, bound.place.line, Tree.CANDIDATE, new.id, said, "",
                    sight.after.line(bound.place),
                )  # fmt: skip
                continue
            yield Suspicion(Kind.SLOWER, bound.place.path, bound.place.line, Tree.CANDIDATE, new.id,
                            f"{new.name} waits longer: {bound.name} {bound.value:g}{was}",
                            f"{limit:g}" if limit is not None else "", f"{bound.value:g}")  # fmt: skip
    if "mark timeout" in before and not seen["mark timeout"]:
        place = next(b.place for b in old.bounds if b.name == "mark timeout")
        yield Suspicion(Kind.SLOWER, place.path, place.line, Tree.BASE, old.id, f"{old.name} has no time-out any more",
                        sight.before.line(place))  # fmt: skip
