"""Retention: raw answers, prompts and logs of finished runs go by age, then by size, oldest first.

A run that is alive, stopped or waiting for a person keeps everything; rows, reports and patches are always kept. What a
kill left behind (unfinished files, artefacts no row speaks of) goes after a day. A file touched within the last hour
stays: somebody may be about to name it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autopack.model.states import RunState
from autopack.store.blobs import RAW_KINDS, Blobs

if TYPE_CHECKING:
    from autopack.store.access import Rows, Select
    from autopack.store.store import Store

_DAY = 86400.0
_HOUR = 3600.0
_ENDED = ",".join(f"'{state.value}'" for state in RunState if state.ended)
_FINISHED = (
    f"SELECT id FROM runs WHERE state IN ({_ENDED}) "  # noqa: S608
    "AND id NOT IN (SELECT run FROM requests WHERE state IN ('pending', 'decided'))"
)
_RAW = ",".join(f"'{kind}'" for kind in RAW_KINDS)
_MENTIONS = (
    "SELECT 1 FROM artefacts WHERE sha = ?1",
    "SELECT 1 FROM runs WHERE plan = ?1 OR instr(data, ?1)",
    "SELECT 1 FROM calls WHERE answer = ?1 OR prompt = ?1",
    "SELECT 1 FROM effects WHERE instr(inputs, ?1) OR instr(result, ?1)",
    "SELECT 1 FROM attempts WHERE instr(data, ?1) OR instr(outcome, ?1)",
    "SELECT 1 FROM phases WHERE instr(data, ?1)",
    "SELECT 1 FROM kv WHERE instr(value, ?1)",
    "SELECT 1 FROM baselines WHERE instr(report, ?1)",
    "SELECT 1 FROM events WHERE instr(data, ?1)",
)


@dataclass(frozen=True, slots=True)
class GcReport:
    """What was (or, `dry_run`, would be) removed: raw artefacts by SHA-256, files a kill left behind by name, cached
    baselines by count. `kept_bytes` of raw artefacts stay."""

    artefacts: tuple[str, ...]
    leftovers: tuple[str, ...]
    baselines: int
    freed_bytes: int
    kept_bytes: int
    dry_run: bool


def collect(store: Store, *, dry_run: bool, days: float, max_bytes: int) -> GcReport:
    """Choose and forget in one transaction, unlink in the next: a kill between them leaves files, never a row that
    speaks of a file that is gone."""
    now = store.clock.wall()
    oldest = now - days * _DAY
    with store.write(None) as tx:
        select = tx.select
        chosen, kept_bytes = _choose(select, oldest, max_bytes)
        leftovers = list(_leftovers(select, store.blobs, now))
        baselines = _old_baselines(select, oldest)
        if not dry_run:
            tx.forget(list(chosen), baselines)
    freed = sum(chosen.values()) + sum(_size(path) for path in leftovers)
    if not dry_run:
        with store.write(None) as tx:
            forgotten = (sha for sha in chosen if not _needed(tx.select, sha))
            for path in (*map(store.blobs.path, forgotten), *leftovers):
                if path.exists() and now - path.stat().st_mtime > _HOUR:
                    path.unlink()
    return GcReport(tuple(chosen), tuple(p.name for p in leftovers), len(baselines), freed, kept_bytes, dry_run)


def _choose(select: Select, oldest: float, max_bytes: int) -> tuple[dict[str, int], int]:
    """Raw artefacts to remove with their sizes, and the bytes of raw artefacts that stay."""
    held = f"kind NOT IN ({_RAW}) OR run NOT IN ({_FINISHED})"
    rows = select(
        f"SELECT sha, MAX(size) AS size, MAX(created_at) AS born, MAX({held}) AS held, MAX(kind IN ({_RAW})) AS raw "  # noqa: S608
        "FROM artefacts WHERE collected_at IS NULL GROUP BY sha ORDER BY born",
        [],
    )
    total = sum(row["size"] for row in rows if row["raw"])
    chosen: dict[str, int] = {}
    for row in rows:
        if not row["held"] and (row["born"] < oldest or total > max_bytes):
            chosen[row["sha"]] = row["size"]
            total -= row["size"]
    return chosen, total


def _leftovers(select: Select, blobs: Blobs, now: float) -> Iterator[Path]:
    """Unfinished files, forgotten artefacts whose file outlived them, and artefacts nothing mentions, a day old."""
    forgotten = {row["sha"] for row in select("SELECT sha FROM artefacts WHERE collected_at IS NOT NULL", [])}
    named = {row["sha"] for row in select("SELECT sha FROM artefacts WHERE collected_at IS NULL", [])}
    for path in sorted(blobs.folder.glob("*/*")):
        old = now - path.stat().st_mtime > _DAY
        if not old or path.name in named:
            continue
        if path.name in forgotten or path.name.startswith(".") or not _mentioned(select, path.name):
            yield path


def _mentioned(select: Select, sha: str) -> bool:
    return any(select(sql, [sha]) for sql in _MENTIONS)


def _needed(select: Select, sha: str) -> bool:
    return bool(select("SELECT 1 FROM artefacts WHERE sha = ? AND collected_at IS NULL", [sha]))


def _old_baselines(select: Select, oldest: float) -> list[str]:
    """None while a run is unfinished: it may come back to any of them."""
    if select(f"SELECT 1 FROM runs WHERE id NOT IN ({_FINISHED}) LIMIT 1", []):  # noqa: S608
        return []
    rows: Rows = select("SELECT key FROM baselines WHERE created_at < ?", [oldest])
    return [row["key"] for row in rows]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
