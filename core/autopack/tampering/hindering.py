"""What keeps a test's checks from being made, or from looking at the product: blocks, guards, doubles, limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from autopack.model.findings import Tree
from autopack.tampering.bounds import EXAMPLES, RANGE, USUAL_EXAMPLES, WRAPPERS, is_limit
from autopack.tampering.checks import IDLE, Bound, Examined, Place
from autopack.tampering.facts import Kind, Suspicion
from autopack.tampering.sight import Sight
from autopack.text import shorten


def hindered(old: Examined, new: Examined, sight: Sight) -> Iterator[Suspicion]:
    """What stands between a test and its checks that did not before."""
    yield from _blocked(old, new)
    yield from _doubled(old, new, sight)
    yield from _faked(old, new)
    yield from _copied(old, new, sight)
    yield from _mocked(old, new, sight)
    yield from _slower(old, new, sight)
    yield from _guarded(old, new, sight)


def _blocked(old: Examined, new: Examined) -> Iterator[Suspicion]:
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
    free = {c.form for c in old.checks if not c.guards and c.op not in IDLE}
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


def _faked(old: Examined, new: Examined) -> Iterator[Suspicion]:
    """What the test used of the product is gone from it, and it has a new stand-in."""
    lost = old.uses - new.uses
    fresh = [d for d in new.fakes if d.text not in {f.text for f in old.fakes}]
    if lost and len(new.fakes) > len(old.fakes) and fresh and new.uses < old.uses:
        double = fresh[0]
        said = f"{new.name} uses `{shorten(double.text, 80)}` and no longer `{', '.join(sorted(lost)[:3])}`"
        yield Suspicion(
            Kind.MOCKED, double.place.path, double.place.line, Tree.CANDIDATE, new.id, said, "", double.text
        )


def _copied(old: Examined, new: Examined, sight: Sight) -> Iterator[Suspicion]:
    """What the test used of the product it uses under the same name of the tests' side."""
    for name in sorted((old.uses - new.uses) & (new.helpers - old.helpers)):
        place = Place(new.path, sight.after.first_new(new.path, name) or new.line)
        said = f"{new.name} uses a `{name}` of the tests' side in place of the product's"
        yield Suspicion(Kind.MOCKED, place.path, place.line, Tree.CANDIDATE, new.id, said, "", sight.after.line(place))


def _mocked(old: Examined, new: Examined, sight: Sight) -> Iterator[Suspicion]:
    """What is asked of a mock, which gives what it was told to give."""
    before = any(c.of_mock for c in old.checks)
    for check in new.checks if not before else ():
        if check.of_mock and check.op not in IDLE:
            place = sight.after.changed(check.places)
            said = f"`{shorten(check.text, 120)}` asks a mock, which gives what {new.name} told it to give"
            yield Suspicion(Kind.MOCKED, place.path, place.line, Tree.CANDIDATE, new.id, said, "", check.text)
            return


def _slower(old: Examined, new: Examined, sight: Sight) -> Iterator[Suspicion]:
    before: dict[str, list[float]] = {}
    for bound in old.bounds:
        before.setdefault(bound.name, []).append(bound.value)
    seen = Counter(bound.name for bound in new.bounds)
    for bound, limit in _changed(before, new.bounds):
        fresh_pause = limit is None and bound.name == "sleep" and bound.value >= 0.1
        if fresh_pause or (limit is not None and bound.value > limit + abs(limit) / 1000):
            was = f"; it was {limit:g}" if limit is not None else ""
            if bound.name.startswith((EXAMPLES, RANGE)):
                said = f"{new.name} is tried with less: {bound.name} {abs(bound.value):g}; it was {abs(limit or 0):g}"
                yield Suspicion(
                    Kind.EMPTIED, bound.place.path, bound.place.line, Tree.CANDIDATE, new.id, said, "",
                    sight.after.line(bound.place),
                )  # fmt: skip
                continue
            yield Suspicion(Kind.SLOWER, bound.place.path, bound.place.line, Tree.CANDIDATE, new.id,
                            f"{new.name} waits longer: {bound.name} {bound.value:g}{was}",
                            f"{limit:g}" if limit is not None else "", f"{bound.value:g}")  # fmt: skip
    for name in (n for n in before if not seen[n]):
        of, _, word = name.partition(" ")
        if is_limit(word) and f"{of}(" in new.body and f"{word}=" not in new.body:
            place = next(b.place for b in old.bounds if b.name == name)
            said = f"{old.name} has no `{word}` for `{of}` any more"
            yield Suspicion(Kind.SLOWER, place.path, place.line, Tree.BASE, old.id, said, sight.before.line(place))
    fewest = min((-e for e in before.get(EXAMPLES, ())), default=0.0)
    if fewest > USUAL_EXAMPLES and not seen[EXAMPLES]:
        place = next(b.place for b in old.bounds if b.name == EXAMPLES)
        said = f"{old.name} is tried with {USUAL_EXAMPLES} examples, as usual; it was {fewest:g}"
        yield Suspicion(
            Kind.EMPTIED, place.path, place.line, Tree.BASE, old.id, said, sight.before.line(place)
        )  # fmt: skip
    if seen.keys() <= before.keys():
        for name in (n for n in WRAPPERS if n in before and not seen[n]):
            place = next(b.place for b in old.bounds if b.name == name)
            yield Suspicion(Kind.SLOWER, place.path, place.line, Tree.BASE, old.id,
                            f"{old.name} has no time-out any more", sight.before.line(place))  # fmt: skip


def _changed(before: Mapping[str, Sequence[float]], new: Sequence[Bound]) -> Iterator[tuple[Bound, float | None]]:
    """The bounds that are not as they were, each with the earlier one in its place, None where there are more now: lower
    ones first, so that what has come beside them stands for itself."""
    left = {name: Counter(values) for name, values in before.items()}
    fresh = list[Bound]()
    for bound in new:
        if left.get(bound.name, Counter())[bound.value] > 0:
            left[bound.name][bound.value] -= 1
        else:
            fresh.append(bound)
    earlier = {name: sorted(values.elements()) for name, values in left.items()}
    for bound in sorted(fresh, key=lambda b: b.value):
        held = earlier.get(bound.name)
        yield bound, held.pop(0) if held else None
