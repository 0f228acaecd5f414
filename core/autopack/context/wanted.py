"""Which paths a phase's prompt should show: the writable scope first, then the read-only context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autopack.context.sources import Trees
from autopack.model.plan import Phase, ReadOnly


@dataclass(frozen=True, slots=True)
class Wanted:
    """`rank` orders who gets room when there is too little: 0 named writable files, deliverables and tests that must
    pass, 1 named read-only files, 2 what lies in writable folders, 3 what lies in read-only folders."""

    path: str
    writable: bool
    rank: int
    reason: str = ""
    mode: int | None = None


def wanted_files(phase: Phase, tree: str, trees: Trees) -> list[Wanted]:
    """Every path once, in the order the prompt shows them; a path both writable and read-only is writable."""
    found: dict[str, Wanted] = {}
    for item in (*_writable(phase, tree, trees), *_read_only(phase, tree, trees)):
        known = found.get(item.path)
        if known is None:
            found[item.path] = item
        elif item.rank < known.rank and item.writable == known.writable:
            found[item.path] = Wanted(item.path, item.writable, item.rank, known.reason or item.reason, known.mode)
    return list(found.values())


def _writable(phase: Phase, tree: str, trees: Trees) -> Iterator[Wanted]:
    folders = [p for p in phase.scope.paths if _is_folder(p)]
    for path in phase.scope.paths:
        if not _is_folder(path):
            yield Wanted(_clean(path), True, 0)
    named = [*phase.deliverables, *(test.split("::", 1)[0] for test in phase.tests.must_pass)]
    for path in map(_clean, named):
        if not _is_folder(path) and any(_under(path, folder) for folder in folders):
            yield Wanted(path, True, 0)
    for folder in folders:
        yield from _inside(folder, tree, trees, writable=True)


def _read_only(phase: Phase, tree: str, trees: Trees) -> Iterator[Wanted]:
    for item in phase.scope.read_only:
        entry = item if isinstance(item, ReadOnly) else ReadOnly(path=item)
        if _is_folder(entry.path):
            yield from _inside(entry.path, tree, trees, writable=False, reason=entry.reason)
        else:
            yield Wanted(_clean(entry.path), False, 1, entry.reason)


def _inside(folder: str, tree: str, trees: Trees, *, writable: bool, reason: str = "") -> Iterator[Wanted]:
    prefix = _prefix(folder)
    for entry in sorted(trees.list(tree, prefix), key=lambda e: e.path):
        if entry.path.startswith(prefix):
            yield Wanted(entry.path, writable, 2 if writable else 3, reason, entry.mode)


def _is_folder(path: str) -> bool:
    return path.endswith("/") or path == "."


def _clean(path: str) -> str:
    return path.strip().removeprefix("./")


def _prefix(folder: str) -> str:
    return "" if folder in (".", "./", "/") else _clean(folder)


def _under(path: str, folder: str) -> bool:
    return path.startswith(_prefix(folder))
