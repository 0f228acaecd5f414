"""Whether the paths a phase promises are there, in the tree that was tested."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ANNOTATION = re.compile(r"\s+(?:with\s.*|\([^)]*\))$")


def deliverable_path(text: str) -> str:
    """The path of a deliverable as people write it: ` with ...` and ` (...)` annotations, `./` and blanks taken off."""
    return _ANNOTATION.sub("", text.strip()).removeprefix("./").strip()


def missing_deliverables(deliverables: Iterable[str], tree_paths: frozenset[str]) -> list[str]:
    """Deliverables absent from the tree; a folder (trailing slash) is there when any file lies under it."""
    missing: list[str] = []
    for text in deliverables:
        path = deliverable_path(text)
        if path.endswith("/"):
            present = any(p.startswith(path) for p in tree_paths)
        else:
            present = path in tree_paths or any(p.startswith(f"{path}/") for p in tree_paths)
        if not present:
            missing.append(path)
    return missing
