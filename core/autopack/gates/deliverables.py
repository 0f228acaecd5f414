"""Whether the paths a phase promises are there, in the tree that was tested."""

from __future__ import annotations

from collections.abc import Iterable


def missing_deliverables(deliverables: Iterable[str], tree_paths: frozenset[str]) -> list[str]:
    """Deliverables (clean paths, as the plan holds them) absent from the tree; a folder is there when any file lies
    under it."""
    return [path for path in deliverables if not _present(path, tree_paths)]


def _present(path: str, tree_paths: frozenset[str]) -> bool:
    if path in tree_paths:
        return True
    folder = path if path.endswith("/") else f"{path}/"
    return any(p.startswith(folder) for p in tree_paths)
