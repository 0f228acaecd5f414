"""Lock files: which distributions a repair may install, each in one version.

Read: `requirements*.txt` and `requirements*.lock` in pip's format where every line is pinned with `==`, and the tables
of pylock.toml, uv.lock, poetry.lock and pdm.lock, of which entries without SHA-256 hashes (git, folders, editable) lock
nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VERSION = r"[A-Za-z0-9][A-Za-z0-9.!+_-]*"
REQUIREMENT = re.compile(rf"({_NAME})(?:==({_VERSION}))?")
_PINNED = re.compile(rf"({_NAME})(?:\[[A-Za-z0-9,._-]*\])? ?== ?({_VERSION}) ?(?:; ?([A-Za-z0-9_.'\" ()<>=!,~-]+))?")
_MAX_PINNED = 1000
_HASH = re.compile(r"(?:--hash=)?sha256:([0-9a-f]{64})")
_BARE = re.compile(r"[0-9a-f]{64}")
_LOCK = re.compile(r"requirements[A-Za-z0-9._-]*\.txt|requirements[A-Za-z0-9._-]*\.lock|pylock(\.[^./]+)?\.toml")
_TABLES = frozenset({"uv.lock", "poetry.lock", "pdm.lock"})
MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pin:
    """One distribution: normalised name, exact version, hex SHA-256 of each file it may come as (none = any file the
    index has of that version), and the environment marker of its line, if any."""

    name: str
    version: str
    hashes: tuple[str, ...]
    marker: str = ""


def normalised(name: str) -> str:
    """The name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def in_pips_format(path: str) -> bool:
    """Whether pip itself reads the lock file, by -r."""
    return path not in _TABLES and not path.endswith(".toml")


def is_lock(path: str) -> bool:
    """Whether a file at this path is read as a lock file: at the root, by name."""
    return "/" not in path and (path in _TABLES or _LOCK.fullmatch(path) is not None)


def pins_of(path: str, data: bytes) -> dict[str, Pin]:
    """Pins by normalised name; nothing where the file is not wholly understood."""
    if len(data) > MAX_BYTES:
        return {}
    try:
        text = data.decode()
        pins = list(_lines(text) if in_pips_format(path) else _tables(tomllib.loads(text)))
    except (ValueError, RecursionError):
        return {}
    seen = Counter(pin.name for pin in pins)
    return {pin.name: pin for pin in pins if seen[pin.name] == 1}


def _lines(text: str) -> Iterator[Pin]:
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        words = line.split(" #")[0].split()
        if not words or words[0].startswith("#"):
            continue
        hashes = [found[1] for word in words if (found := _HASH.fullmatch(word))]
        head = " ".join(words[: len(words) - len(hashes)])
        found = _PINNED.fullmatch(head) if len(head) <= _MAX_PINNED else None
        if found is None:
            raise ValueError(head)
        yield Pin(normalised(found[1]), found[2], tuple(sorted(set(hashes))), (found[3] or "").strip())


def _tables(document: Mapping[str, Any]) -> Iterator[Pin]:
    packages = document.get("packages", document.get("package"))
    for package in cast("list[object]", packages if isinstance(packages, list) else []):
        if not isinstance(package, dict):
            continue
        entry = cast("dict[str, Any]", package)
        pinned = REQUIREMENT.fullmatch(f"{entry.get('name')}=={entry.get('version')}")
        hashes = tuple(sorted(set(_hashes(entry))))
        if pinned and hashes:
            yield Pin(normalised(pinned[1]), pinned[2], hashes)


def _hashes(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from _hashes(inner, name)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _hashes(inner)
    elif isinstance(value, str):
        found = _HASH.fullmatch(value)
        if found:
            yield found[1]
        elif key == "sha256" and _BARE.fullmatch(value):
            yield value
