"""Object stores a repository borrows from, found as git finds them."""

from __future__ import annotations

import os
from pathlib import Path

from autopack.repo.quoting import c_unquote

_DEPTH = 5


def object_stores(objects: Path, depth: int = _DEPTH) -> list[Path]:
    """`objects` and, recursively, every store its `info/alternates` names."""
    found = [objects]
    if depth == 0:
        return found
    try:
        lines = (objects / "info/alternates").read_bytes().split(b"\n")
    except OSError:
        return found
    for line in lines:
        if not line or line.startswith(b"#"):
            continue
        store = objects / os.fsdecode(c_unquote(line) if line.startswith(b'"') else line)
        found += [s for s in object_stores(store.resolve(), depth - 1) if s not in found]
    return found
