"""Reads the plugin's channel: verified records in order, or the reason why they cannot be believed."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any, cast

Record = dict[str, Any]
_BEGINS = b"@"


@dataclass
class Session:
    """What the records say. `broken` is "" or why the channel is not a complete, genuine report."""

    start: Record | None = None
    end: Record | None = None
    results: list[Record] = field(default_factory=list[Record])
    collect_errors: list[Record] = field(default_factory=list[Record])
    provenance: list[Record] = field(default_factory=list[Record])
    lines: list[Record] = field(default_factory=list[Record])
    covering: list[Record] = field(default_factory=list[Record])
    silent_workers: tuple[str, ...] = ()
    internal: Record | None = None
    meddling: Record | None = None
    running: str = ""
    broken: str = ""

    @property
    def mode(self) -> str:
        """plugin | junit | absent, "" when the process never said."""
        return str(self.start["mode"]) if self.start else ""


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
        record = _verified(line, self._key)
        if record is None:
            return "is not genuine"
        if record.get("n") != self._number:
            return "is out of order"
        try:
            return _take(self._session, record, self._nonce)
        except (KeyError, TypeError) as error:
            return f"lacks what it must say ({error})"


def _verified(line: bytes, key: bytes) -> Record | None:
    code, _, body = line.partition(b" ")
    expected = hashlib.blake2b(body, key=key, digest_size=16).hexdigest().encode()
    if not hmac.compare_digest(code, expected):
        return None
    try:
        record = json.loads(body)
    except ValueError:
        return None
    return cast("Record", record) if isinstance(record, dict) else None


def _take(session: Session, record: Record, nonce: str) -> str:
    kind = record.get("t")
    if session.end is not None:
        return "comes after the session's end"
    if (session.start is None) != (kind == "start"):
        return "is not where it belongs"
    if kind == "start":
        if record.get("nonce") != nonce:
            return "carries another run's nonce"
        session.start = record
    elif kind == "result":
        session.results.append(record)
        session.running = ""
    elif kind == "collect_error":
        session.collect_errors.append(record)
    elif kind == "provenance":
        session.provenance.append(record)
    elif kind == "lines":
        session.lines.append(record)
    elif kind == "covering":
        session.covering.append(record)
    elif kind == "silent":
        session.silent_workers = tuple(record["workers"])
    elif kind == "meddling":
        session.meddling = record
    elif kind == "internal":
        session.internal = record
    elif kind == "end":
        session.end = record
        if session.mode == "plugin" and record["results"] != len({r["id"] for r in session.results}):
            return "counts other results than were sent"
        if session.mode == "plugin" and record["errors"] != len(session.collect_errors):
            return "counts other collection errors than were sent"
    else:
        return f"is of an unknown kind {kind!r}"
    return ""
