"""The ground the subjects of the store stand on: rows read through one function, rows written inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from autopack.errors import ConflictError, StaleState
from autopack.store.clock import Clock

Rows = list[sqlite3.Row]
Select = Callable[[str, Sequence[Any]], Rows]


class Redacts(Protocol):
    """The redaction room's Redactor, as far as the store needs it."""

    def text(self, _s: str, /) -> str: ...

    def value(self, _obj: Any, /) -> Any: ...


class Owner(Protocol):
    """What a transaction asks of an ownership."""

    @property
    def run(self) -> str: ...

    @property
    def fence(self) -> int: ...

    @property
    def held(self) -> bool: ...


def to_json(value: Any) -> str:
    """ASCII and key-sorted, so that equal values are equal texts and lone surrogates survive."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def from_json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def record(row: sqlite3.Row, **decoded: Any) -> dict[str, Any]:
    """The row as keyword arguments of its dataclass, some of them decoded."""
    return {name: row[name] for name in row.keys()} | decoded  # noqa: SIM118


def plain(text: str) -> str:
    """Text that SQLite can hold: lone surrogates replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


class Reading:
    """Reads through `select`, which knows the connection."""

    def __init__(self, select: Select) -> None:
        self._select = select

    def _one(self, sql: str, *args: Any) -> sqlite3.Row | None:
        rows = self._select(sql, args)
        return rows[0] if rows else None


class Writing:
    """Writes on the one writer connection, inside a transaction that the Store opened."""

    def __init__(self, conn: sqlite3.Connection, own: Owner | None, clock: Clock, redactor: Redacts | None) -> None:
        self._conn = conn
        self._own = own
        self._clock = clock
        self._redactor = redactor

    def _execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        return self._conn.execute(sql, args)

    def select(self, sql: str, args: Sequence[Any]) -> Rows:
        return self._conn.execute(sql, args).fetchall()

    def _one(self, sql: str, *args: Any) -> sqlite3.Row | None:
        rows = self.select(sql, args)
        return rows[0] if rows else None

    def _json(self, value: Any) -> str:
        return to_json(self._redactor.value(value) if self._redactor else value)

    def _text(self, text: str) -> str:
        return plain(self._redactor.text(text) if self._redactor else text)

    def _owned(self, run: str) -> None:
        """StaleState unless this transaction was opened by the owner of `run`."""
        if self._own is None:
            raise StaleState(f"run {run} can only be written by its owner", hint="Send it a command instead.")
        if self._own.run != run:
            raise ConflictError(f"the owner of run {self._own.run} cannot write run {run}")

    def next_fence(self, run: str) -> int:
        """The run's next fencing number; every earlier owner is overtaken by it."""
        row = self._one(
            "INSERT INTO owners VALUES (?, 1) ON CONFLICT DO UPDATE SET fence = fence + 1 RETURNING fence", run
        )
        assert row is not None
        return int(row["fence"])

    def check_fence(self) -> None:
        """StaleState when the ownership this transaction was opened with was released or overtaken."""
        if self._own is None:
            return
        row = self._one("SELECT fence FROM owners WHERE run = ?", self._own.run)
        if not self._own.held or row is None or row["fence"] != self._own.fence:
            raise StaleState(f"run {self._own.run} was taken over by another process")
