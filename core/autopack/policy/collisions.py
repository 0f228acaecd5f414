"""New names that some file system takes for a name that is there already (AP309)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from autopack.paths import collision_key


def collisions(created: Iterable[str], kept: Collection[str]) -> list[tuple[str, str]]:
    """(new path, the other name) for every created path of which a component collides with one of `kept` or of another
    created path. `kept` are the paths of the base that the change does not remove."""
    new = sorted(created)
    prefixes: dict[str, str] = {}
    found: dict[str, str] = {}
    for path in new:
        for prefix in _prefixes(path):
            known = prefixes.setdefault(collision_key(prefix), prefix)
            if known != prefix:
                found.setdefault(path, known)
    seen: set[str] = set()
    clashes: dict[str, str] = {}
    for path in kept if new else ():
        for prefix in _prefixes(path):
            if prefix in seen:
                continue
            seen.add(prefix)
            key = collision_key(prefix)
            if key in prefixes and prefixes[key] != prefix:
                clashes.setdefault(key, prefix)
    exact = seen
    for path in new:
        for prefix in _prefixes(path):
            other = clashes.get(collision_key(prefix))
            if other is not None and prefix not in exact:
                found.setdefault(path, other)
    return sorted(found.items())


def _prefixes(path: str) -> Iterable[str]:
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)
    yield path
