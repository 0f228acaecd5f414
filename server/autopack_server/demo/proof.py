"""The proof that a run left the user's repository alone: what was compared, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autopack.repo import UserFingerprint

_NAMED = ("HEAD", "index", "config")


@dataclass(frozen=True, slots=True)
class Compared:
    """One row: `count` things were compared, `changed` of them are not as they were."""

    what: str
    count: int
    changed: tuple[str, ...]


def compare(before: UserFingerprint, after: UserFingerprint) -> list[Compared]:
    """Everything of both fingerprints, in the groups a user thinks in."""
    refs, meta = (before.refs, after.refs), (before.metadata, after.metadata)
    return [
        _row("files of the working tree (content, mode, time)", before.files, after.files, lambda _: True),
        _row("index", *meta, lambda name: name == "index"),
        _row("HEAD", *meta, lambda name: name == "HEAD"),
        _row("configuration", *meta, lambda name: name == "config"),
        _row("branches", *refs, lambda name: name.startswith("refs/heads/")),
        _row("tags and other refs", *refs, lambda name: not name.startswith(("refs/heads/", "refs/stash"))),
        _stash(before, after),
        _row("hooks, reflogs and the rest of .git", *meta, lambda name: name not in _NAMED and not _is_stash(name)),
    ]


def table(rows: list[Compared]) -> list[str]:
    width = max(len(row.what) for row in rows)
    lines: list[str] = []
    for row in rows:
        lines.append(f"  {row.what:<{width}}  {row.count:>3}  {'CHANGED' if row.changed else 'as before'}")
        lines += [f"      {name}" for name in row.changed]
    return lines


def _row(what: str, before: dict[str, str], after: dict[str, str], mine: Callable[[str], bool]) -> Compared:
    names = sorted(name for name in before.keys() | after.keys() if mine(name))
    return Compared(what, len(names), tuple(name for name in names if before.get(name) != after.get(name)))


def _stash(before: UserFingerprint, after: UserFingerprint) -> Compared:
    return _row("stash (its ref and its list)", before.refs | before.metadata, after.refs | after.metadata, _is_stash)


def _is_stash(name: str) -> bool:
    return name in ("refs/stash", "logs/refs/stash")
