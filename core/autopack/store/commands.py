"""Commands: how a surface that does not own a run asks its owner for something, and how either side notices.

A row per command, answered in place. The owner polls `Watch.changed` (PRAGMA data_version on a connection of its own,
outside any transaction) and then reads `pending`.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from autopack.errors import ConflictError, UsageError
from autopack.store.access import Reading, Writing, from_json, plain, record


@dataclass(frozen=True, slots=True)
class Command:
    """`key` is the caller's idempotency key ("" = none); `result` is the owner's answer."""

    id: int
    run: str
    verb: str
    args: dict[str, Any]
    actor: str
    key: str
    created_at: float
    result: dict[str, Any] | None = None
    answered_at: float | None = None


def _command(row: sqlite3.Row) -> Command:
    return Command(**record(row, args=from_json(row["args"]), result=from_json(row["result"])))


class CommandReads(Reading):
    def command(self, command_id: int) -> Command | None:
        row = self._one("SELECT * FROM commands WHERE id = ?", command_id)
        return _command(row) if row else None

    def pending(self, run: str) -> list[Command]:
        """Those nobody answered yet, oldest first."""
        rows = self._select("SELECT * FROM commands WHERE run = ? AND answered_at IS NULL ORDER BY id", [run])
        return [_command(row) for row in rows]


class CommandWrites(Writing):
    def send(self, run: str, verb: str, args: dict[str, Any], actor: str, key: str = "") -> int:
        """Put a command for the run's owner. The same key again gives the first id; a ConflictError when it came with
        another verb or other arguments."""
        told = self._json(args)
        row = self._one("SELECT * FROM commands WHERE run = ? AND key = ? AND key <> ''", run, key)
        if row is None:
            done = self._execute(
                "INSERT INTO commands (run, verb, args, actor, key, created_at) VALUES (?,?,?,?,?,?)",
                run, verb, told, plain(actor), plain(key), self._clock.wall(),
            )  # fmt: skip
            assert done.lastrowid is not None
            return done.lastrowid
        if (row["verb"], row["args"]) != (verb, told):
            raise ConflictError(f"idempotency key {key!r} was used for {row['verb']} with other arguments")
        return int(row["id"])

    def answer(self, command_id: int, result: dict[str, Any]) -> None:
        """Answer a command; the first answer stands."""
        row = self._one("SELECT run FROM commands WHERE id = ?", command_id)
        if row is None:
            raise UsageError(f"there is no command {command_id}")
        self._owned(row["run"])
        self._execute(
            "UPDATE commands SET result = ?, answered_at = ? WHERE id = ? AND answered_at IS NULL",
            self._json(result), self._clock.wall(), command_id,
        )  # fmt: skip


class Watch:
    """Notices commits of every other connection, of this and other processes. Not for use by two threads at once."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._seen = self._version()

    def _version(self) -> int:
        return int(self._conn.execute("PRAGMA data_version").fetchone()[0])

    def changed(self) -> bool:
        """Whether something was committed since the last call (or since the watch began)."""
        version = self._version()
        changed, self._seen = version != self._seen, version
        return changed

    def close(self) -> None:
        self._conn.close()
