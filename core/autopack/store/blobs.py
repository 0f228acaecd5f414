"""Artefacts: big texts as files named by the SHA-256 of their bytes, and the rows that say whose they are.

`<state>/artefacts/<first two>/<sha>`: written to a temporary name, fsynced, renamed, the folder fsynced. A file that
is there is complete; the same bytes are stored once.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from autopack import fault
from autopack.durable import create, flush_folder
from autopack.errors import UsageError
from autopack.store.access import Reading, Writing, record
from autopack.store.failures import damaged, located

RAW_KINDS = ("answer", "prompt", "log")

fault.register("store.blob.before_rename", "an artefact is written under its temporary name")
fault.register("store.blob.after_rename", "an artefact has its name, no row speaks of it yet")


@dataclass(frozen=True, slots=True)
class Artefact:
    """One row: whose artefact `sha` is. Kinds answer, prompt and log are raw and collected by age and size; any other
    kind is kept. `collected_at` is set once retention removed the file."""

    sha: str
    run: str
    phase: str
    attempt: int
    kind: str
    name: str
    size: int
    created_at: float
    collected_at: float | None = None


class Blobs:
    """The folder of artefacts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha: str) -> Path:
        return self.folder / sha[:2] / sha

    def put(self, data: bytes) -> str:
        """Store the bytes durably; their SHA-256. AP901 when the disk is full."""
        sha = hashlib.sha256(data).hexdigest()
        target = self.path(sha)
        with located(target):
            if target.exists() and target.stat().st_size == len(data):
                os.utime(target)
                return sha
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = target.with_name(f".{sha}.{secrets.token_hex(4)}")
            try:
                create(temporary, data)
                fault.point("store.blob.before_rename")
                temporary.replace(target)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            flush_folder(target.parent)
            flush_folder(self.folder)
        fault.point("store.blob.after_rename")
        return sha

    def read(self, sha: str) -> bytes:
        """The bytes. AP902 when the file is missing or is not what its name says."""
        path = self.path(sha)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise damaged(path, "the file is missing") from None
        if hashlib.sha256(data).hexdigest() != sha:
            raise damaged(path, "its content is not what its name says")
        return data


def _artefact(row: sqlite3.Row) -> Artefact:
    return Artefact(**record(row))


class ArtefactReads(Reading):
    def artefacts(self, run: str, kind: str | None = None) -> list[Artefact]:
        """Oldest first."""
        rows = self._select(
            "SELECT * FROM artefacts WHERE run = ?1 AND kind = COALESCE(?2, kind) ORDER BY created_at, kind, name",
            [run, kind],
        )
        return [_artefact(row) for row in rows]

    def _collected(self, sha: str) -> bool:
        return self._one("SELECT 1 FROM artefacts WHERE sha = ? AND collected_at IS NOT NULL", sha) is not None


class ArtefactWrites(Writing):
    blobs: Blobs

    def artefact(self, run: str, kind: str, sha: str, phase: str = "", attempt: int = 0, name: str = "") -> None:
        """Say whose artefact `sha` (stored before by `put_blob`) is; repeating it is harmless."""
        path = self.blobs.path(sha)
        if not path.exists():
            raise UsageError(f"artefact {sha} was never stored")
        self._execute(
            "INSERT INTO artefacts VALUES (?,?,?,?,?,?,?,?,NULL) ON CONFLICT DO UPDATE SET collected_at = NULL",
            sha, run, phase, attempt, kind, name, path.stat().st_size, self._clock.wall(),
        )  # fmt: skip

    def forget(self, shas: list[str], baselines: list[str]) -> None:
        """Mark artefacts collected, and drop cached baselines."""
        now = self._clock.wall()
        self._conn.executemany("UPDATE artefacts SET collected_at = ? WHERE sha = ?", [(now, sha) for sha in shas])
        self._conn.executemany("DELETE FROM baselines WHERE key = ?", [(key,) for key in baselines])
