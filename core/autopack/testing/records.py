"""Reads the plugin's channel: verified records in order, or the reason why they cannot be believed."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from autopack.testing.record_forms import (
    CollectError,
    Covering,
    End,
    Imported,
    Internal,
    Lines,
    Meddling,
    Record,
    Result,
    Silent,
    Start,
    read_record,
)  # fmt: skip

_BEGINS = b"@"


@dataclass
class Session:
    """What the records say. `broken` is "" or why the channel is not a complete, genuine report."""

    start: Start | None = None
    end: End | None = None
    results: list[Result] = field(default_factory=list[Result])
    collect_errors: list[CollectError] = field(default_factory=list[CollectError])
    imported: list[Imported] = field(default_factory=list[Imported])
    lines: list[Lines] = field(default_factory=list[Lines])
    covering: list[Covering] = field(default_factory=list[Covering])
    silent_workers: tuple[str, ...] = ()
    internal: Internal | None = None
    meddling: Meddling | None = None
    running: str = ""
    broken: str = ""

    @property
    def mode(self) -> str:
        """plugin | junit | absent, "" when the process never said."""
        return self.start.mode if self.start else ""


class RecordReader:
    """Takes the bytes of a channel as they come (pass it to `Sandbox.run` as `on_channel`) and checks every record's code,
    number and order: when the process has ended, little is left to do. Lines that say which test begins carry no code: they
    only name the test a process ended in.

    From the first thing that is wrong, and beyond `limit` bytes, everything is dropped, so that the child never blocks.
    """

    def __init__(self, nonce: str, key: str, limit: int = 64 * 1024 * 1024) -> None:
        self._nonce, self._key = nonce, key.encode()
        self._room = limit
        self._number = 0
        self._begun: list[bytes] = []
        self._session = Session()

    def __call__(self, data: bytes) -> None:
        if self._session.broken:
            return
        self._room -= len(data)
        if self._room < 0:
            self._session.broken = "the report channel was flooded"
            return
        ended = data.rfind(b"\n") + 1
        if not ended:
            self._begun.append(data)
            return
        lines = b"".join((*self._begun, data[:ended])).split(b"\n")
        self._begun = [data[ended:]] if ended < len(data) else []
        for line in lines[:-1]:
            self._read(line)

    def closed(self) -> Session:
        """What the channel said, once nothing comes any more: a last line without its end is a killed writer's."""
        if self._begun and not self._session.broken:
            self._session.broken = "the last record of the report channel is incomplete"
        return self._session

    def _read(self, line: bytes) -> None:
        session = self._session
        if session.broken:
            return
        if line.startswith(_BEGINS):
            session.running = line[1:].decode("ascii", "replace")
            return
        problem = self._take(line)
        if problem:
            session.broken = f"record {self._number} of the report channel {problem}"
        self._number += 1

    def _take(self, line: bytes) -> str:
        code, _, body = line.partition(b" ")
        expected = hashlib.blake2b(body, key=self._key, digest_size=16).hexdigest().encode()
        if not hmac.compare_digest(code, expected):
            return "is not genuine"
        record = read_record(body)
        if isinstance(record, str):
            return record
        return _take(self._session, record, self._nonce) if record.n == self._number else "is out of order"


def _take(session: Session, record: Record, nonce: str) -> str:
    if session.end is not None:
        return "comes after the session's end"
    if (session.start is None) != isinstance(record, Start):
        return "is not where it belongs"
    match record:
        case Start():
            if record.nonce != nonce:
                return "carries another run's nonce"
            session.start = record
        case Result():
            session.results.append(record)
            session.running = ""
        case CollectError():
            session.collect_errors.append(record)
        case Imported():
            session.imported.append(record)
        case Lines():
            session.lines.append(record)
        case Covering():
            session.covering.append(record)
        case Silent():
            session.silent_workers = tuple(record.workers)
        case Meddling():
            session.meddling = record
        case Internal():
            session.internal = record
        case End():
            session.end = record
            return _counted(session, record) if session.mode == "plugin" else ""
    return ""


def _counted(session: Session, end: End) -> str:
    if end.results != len({result.id for result in session.results}):
        return "counts other results than were sent"
    return "counts other collection errors than were sent" if end.errors != len(session.collect_errors) else ""
