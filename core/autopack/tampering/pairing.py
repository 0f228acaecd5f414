"""Which test of the candidate each test of the base has become: by place, by what the caller knows, by what it asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from autopack.tampering.checks import Examined

_LEAST_SHARED = 0.3
_MOST = 4000
_IDLE = frozenset({"nothing", "ran", "suppress"})


def paired(
    old: Sequence[Examined],
    new: Sequence[Examined],
    renamed: Mapping[str, str],
    files: Mapping[str, str] | None = None,
    hidden: Collection[str] = (),
) -> tuple[list[tuple[Examined, Examined]], list[Examined]]:
    """Pairs, and the tests of the base that go on nowhere; `files` are renamed paths, `hidden` ids of tests that are still
    there but are collected no more: no other test stands for them."""
    left = {t.id: t for t in old}
    free = {t.id: t for t in new}
    pairs: list[tuple[Examined, Examined]] = []

    def pair(one: str, other: str) -> None:
        pairs.append((left.pop(one), free.pop(other)))

    for id_ in list(left):
        path, mark, name = id_.partition("::")
        for wanted in (id_, renamed.get(id_, ""), (files or {}).get(path, path) + mark + name):
            if id_ in left and wanted in free:
                pair(id_, wanted)
    gone = [left.pop(id_) for id_ in list(left) if id_ in hidden]
    for key in (_by_body, _by_name):
        for one, other in _unique(left.values(), free.values(), key):
            if one in left and other in free:
                pair(one, other)
    found = [(share, a, b) for a, b, share in _alike(left.values(), free.values())]
    for _, one, other in sorted(found, reverse=True):
        if one in left and other in free:
            pair(one, other)
    return pairs, [*gone, *left.values()]


def _by_body(test: Examined) -> object:
    return tuple(c.form for c in test.checks) if test.checks else (test.name, test.body)


def _by_name(test: Examined) -> object:
    return test.name


def _unique(old: Collection[Examined], new: Collection[Examined], key: object) -> list[tuple[str, str]]:
    assert callable(key)
    before, after = defaultdict[object, list[str]](list), defaultdict[object, list[str]](list)
    for tests, held in ((old, before), (new, after)):
        for test in tests:
            held[key(test)].append(test.id)
    return [(ids[0], after[k][0]) for k, ids in before.items() if len(ids) == 1 and len(after.get(k, ())) == 1]


def _alike(old: Collection[Examined], new: Collection[Examined]) -> list[tuple[str, str, float]]:
    """Tests that have much of what they ask in common."""
    found: list[tuple[str, str, float]] = []
    compared = 0
    asked = {
        t.id: frozenset(w for c in t.checks for w in c.tokens if w.isidentifier() or len(w) > 2) for t in (*old, *new)
    }
    for one in old:
        for other in new:
            compared += 1
            if compared > _MOST:
                return found
            together = asked[one.id] | asked[other.id]
            share = len(asked[one.id] & asked[other.id]) / len(together) if together else 0.0
            if share >= _LEAST_SHARED:
                found.append((one.id, other.id, share))
    return found
