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
    if not new:
        return []
    exact = set(kept)
    folders: set[str] = set()
    clashes: dict[str, str] = {}
    for path in kept:
        at = path.rfind("/")
        inner = (path,) if at < 0 or path[:at] in folders else _prefixes(path)
        for prefix in inner:
            key = collision_key(prefix)
            if key in prefixes and prefixes[key] != prefix:
                clashes.setdefault(key, prefix)
        while at > 0 and path[:at] not in folders:
            folders.add(path[:at])
            at = path.rfind("/", 0, at)
    exact |= folders
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
