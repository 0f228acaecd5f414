"""File names inside a bundle: safe on every file system, and no two the same."""

from __future__ import annotations

import hashlib
import re

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 80


class Names:
    """Hands out relative paths; the same requests in the same order give the same paths."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def claim(self, folder: str, name: str) -> str:
        """`folder/name` where that is safe and free, else with a hash of the original name, then a number."""
        safe = _UNSAFE.sub("_", name.strip()).strip("._") or "file"
        stem, dot, suffix = safe.rpartition(".")
        if not dot or len(suffix) > 10:
            stem, dot, suffix = safe, "", ""
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        plain = safe == name and len(safe) <= _LONGEST
        tries = [safe] if plain else []
        tries.append(f"{stem[:_LONGEST]}-{digest}{dot}{suffix}")
        number = 2
        while f"{folder}{tries[0]}".casefold() in self._taken:
            tries.pop(0)
            if not tries:
                tries.append(f"{stem[:_LONGEST]}-{digest}-{number}{dot}{suffix}")
                number += 1
        path = f"{folder}{tries[0]}"
        self._taken.add(path.casefold())
        return path
