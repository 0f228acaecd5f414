"""Whether the paths a phase promises are there, or gone, in the tree that was tested."""

from __future__ import annotations

from collections.abc import Iterable

from autopack.model.plan import Phase


def undone(phase: Phase, tree_paths: frozenset[str]) -> list[str]:
    """Deliverables that are not as the phase promises them: absent ones, and those that should be gone."""
    return [*missing_deliverables(phase.created, tree_paths), *still_there(phase, tree_paths)]


def still_there(phase: Phase, tree_paths: frozenset[str]) -> list[str]:
    """Deliverables that must be gone and are not."""
    return [path for path in phase.deliverables if path in phase.removed and _present(path, tree_paths)]


def missing_deliverables(deliverables: Iterable[str], tree_paths: frozenset[str]) -> list[str]:
    """Deliverables (clean paths, as the plan holds them) absent from the tree; a folder is there when any file lies
    under it."""
    return [path for path in deliverables if not _present(path, tree_paths)]


def _present(path: str, tree_paths: frozenset[str]) -> bool:
    if path in tree_paths:
        return True
    folder = path if path.endswith("/") else f"{path}/"
    return any(p.startswith(folder) for p in tree_paths)
