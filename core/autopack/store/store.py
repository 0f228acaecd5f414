"""The Store: one database, one writer connection, its subjects behind one face.

A read goes to a connection of its own, so that a slow commit holds up no surface; within your own `with write` block it
sees the rows you just wrote. Subscribers hear events of this process after their commit, in order.
"""

from __future__ import annotations

import itertools
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from autopack import fault
from autopack.errors import UsageError
from autopack.events import Event
from autopack.model.approvals import ApprovalRequest
from autopack.model.completion import Completion
from autopack.store import invariants, ownership, retention
from autopack.store.access import Owner, Redacts, Rows
from autopack.store.blobs import ArtefactReads, ArtefactWrites, Blobs
from autopack.store.calls import CallKey, CallReads, CallRow, CallWrites, completion_of
from autopack.store.clock import Clock, SystemClock
from autopack.store.commands import Command, CommandReads, CommandWrites, Watch
from autopack.store.database import Database, prepare_folder
from autopack.store.failures import located
from autopack.store.journal import JournalReads
from autopack.store.ownership import Ownership
from autopack.store.requests import RequestReads
from autopack.store.runs import RunReads, RunWrites
from autopack.store.unsteady import UnsteadyReads, UnsteadyWrites

FILE = "store.db"
_POLL = 0.05
_log = logging.getLogger(__name__)

fault.register("store.before_commit", "a transaction is written, not committed")
fault.register("store.after_commit", "a transaction is durable, its caller does not know yet")


class Reads(RunReads, JournalReads, RequestReads, CallReads, CommandReads, ArtefactReads, UnsteadyReads):
    """Every read."""


class Transaction(RunWrites, CallWrites, CommandWrites, ArtefactWrites, UnsteadyWrites):
    """Every write, inside one BEGIN IMMEDIATE transaction; `read` sees what was written so far."""

    def __init__(
        self, conn: sqlite3.Connection, own: Owner | None, clock: Clock, redactor: Redacts | None, blobs: Blobs
    ) -> None:
        super().__init__(conn, own, clock, redactor)
        self.events: list[Event] = []
        self.unspent: list[ApprovalRequest] = []
        self.blobs = blobs
        self.read = Reads(self.select)
        self._put_blob = blobs.put

    def _keep(self, key: CallKey, kind: str, sha: str) -> None:
        self.artefact(key.run, kind, sha, key.phase, key.attempt, f"{key.role}-{key.call}")


class Store(Reads):
    """Open it with `Store.open`; safe to share between threads."""

    def __init__(self, state: Path, database: Database, redactor: Redacts | None, clock: Clock) -> None:
        super().__init__(self._query)
        self.state = state
        self.path = database.path
        self._database = database
        self._redactor = redactor
        self.clock = clock
        self.blobs = Blobs(state / "artefacts")
        self._writing = threading.RLock()
        self._reading = threading.Lock()
        self._writer_thread: int | None = None
        self._subscribers: dict[int, Callable[[Event], None]] = {}
        self._tokens = itertools.count()
        self._undelivered: deque[Event] = deque()
        self._delivering = threading.RLock()
        self._closed = False

    @classmethod
    def open(cls, state: Path, *, redactor: Redacts | None = None, clock: Clock | None = None) -> Self:
        """Create, check or migrate the database of a state folder. AP902 for a damaged or newer one (nothing is
        changed), AP901 where the folder cannot hold one."""
        prepare_folder(state)
        return cls(state, Database(state / FILE), redactor, clock or SystemClock.here())

    def close(self) -> None:
        """Harmless when repeated."""
        with self._writing, self._reading:
            if not self._closed:
                self._closed = True
                self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def _query(self, sql: str, args: Sequence[Any]) -> Rows:
        with located(self.path):
            if self._writer_thread == threading.get_ident():
                return self._database.writer.execute(sql, args).fetchall()
            with self._reading:
                return self._database.reader.execute(sql, args).fetchall()

    # -- ownership and writing

    def own(self, run: str, wait: float = 0.3) -> Ownership:
        """Take a run over: the kernel lock, then a fencing number above every earlier one. LockHeld (AP903)."""
        locks = self.state / "locks"
        with located(locks, run):
            return ownership.take(locks, run, wait, lambda: self._next_fence(run))

    def _next_fence(self, run: str) -> int:
        with self.write(None) as tx:
            return tx.next_fence(run)

    def owned(self, run: str) -> bool:
        """Whether some process works on the run now."""
        return ownership.is_held(self.state / "locks", run)

    @contextmanager
    def write(self, own: Owner | None) -> Generator[Transaction]:
        """One transaction: committed at the end of the block, rolled back when it raises. `own` None is for rows that
        need no owner. StaleState when the ownership was released or overtaken. Never await inside."""
        with self._writing:
            if self._writer_thread is not None:
                raise RuntimeError("a transaction is already open in this thread")
            run = own.run if own else ""
            conn = self._database.writer
            self._database.about_to_write()
            self._writer_thread = threading.get_ident()
            try:
                with _translated(self.path, run):
                    conn.execute("BEGIN IMMEDIATE")
                    tx = Transaction(conn, own, self.clock, self._redactor, self.blobs)
                    tx.check_fence()
                    yield tx
                    tx.check_spent()
                    self._commit(conn, run)
            except BaseException:
                _roll_back(conn)
                raise
            finally:
                self._writer_thread = None
            self._undelivered.extend(tx.events)
        self._deliver()

    def _commit(self, conn: sqlite3.Connection, run: str) -> None:
        with located(self.path, run):
            fault.point("store.before_commit")
            conn.execute("COMMIT")
            fault.point("store.after_commit")

    # -- events of this process

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call back after each commit with its events, in the thread that committed; the way out is returned."""
        token = next(self._tokens)
        self._subscribers[token] = callback

        def unsubscribe() -> None:
            self._subscribers.pop(token, None)

        return unsubscribe

    def _deliver(self) -> None:
        while self._undelivered and self._delivering.acquire(blocking=False):
            try:
                while self._undelivered:
                    event = self._undelivered.popleft()
                    for callback in list(self._subscribers.values()):
                        try:
                            callback(event)
                        except Exception:
                            _log.exception("a subscriber failed on %s", event.event)
            finally:
                self._delivering.release()

    # -- commands

    def send(self, run: str, verb: str, args: dict[str, Any], actor: str, key: str = "") -> int:
        """Ask the run's owner for something; the command's id."""
        with self.write(None) as tx:
            return tx.send(run, verb, args, actor, key)

    def wait_answer(self, command_id: int, timeout: float) -> Command | None:
        """The answered command, or None when nobody answered within so many seconds."""
        deadline = time.monotonic() + timeout
        watch = self.watch()
        try:
            while True:
                command = self.command(command_id)
                if command is None:
                    raise UsageError(f"there is no command {command_id}")
                if command.answered_at is not None:
                    return command
                while not watch.changed():
                    if time.monotonic() >= deadline:
                        return None
                    time.sleep(_POLL)
        finally:
            watch.close()

    def watch(self) -> Watch:
        return Watch(self._database.connect())

    # -- artefacts

    def put_blob(self, data: bytes) -> str:
        """Store bytes durably; their SHA-256. Say whose they are with `tx.artefact`."""
        return self.blobs.put(data)

    def blob(self, sha: str) -> bytes:
        """Raises UsageError when retention collected it, AP902 when it is missing or altered."""
        if not self.blobs.path(sha).exists() and self._collected(sha):
            raise UsageError(f"artefact {sha[:12]} was removed by retention")
        return self.blobs.read(sha)

    def blob_path(self, sha: str) -> Path:
        return self.blobs.path(sha)

    def completion(self, call: CallRow) -> Completion:
        """The stored answer of a call. UsageError when it has none."""
        if call.state != "answered":
            raise UsageError(f"call {call.call} of {call.role} in {call.phase}/{call.attempt} has no answer")
        return completion_of(call, self.blob(call.answer))

    # -- upkeep

    def gc(self, *, dry_run: bool = False, days: float = 30, max_bytes: int = 1 << 30) -> retention.GcReport:
        """Remove raw answers, prompts and logs of finished runs that are older than `days` or beyond `max_bytes`."""
        return retention.collect(self, dry_run=dry_run, days=days, max_bytes=max_bytes)

    def check_invariants(self, run: str) -> list[str]:
        """What of I4 (approvals) and I5 (integrity, gapless events) does not hold for the run; [] = all holds."""
        return invariants.check(self._query, run)


@contextmanager
def _translated(path: Path, run: str) -> Generator[None]:
    """SQLite's failures only: an OSError of the caller's own code inside the block stays what it is."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        with located(path, run):
            raise error


def _roll_back(conn: sqlite3.Connection) -> None:
    if conn.in_transaction:
        with suppress(sqlite3.Error):
            conn.execute("ROLLBACK")
