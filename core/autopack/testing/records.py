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


def read_records(data: bytes, nonce: str, key: str) -> Session:
    """Check every record's code, number and order. A last line without its end (a killed writer) is left out. Lines that
    say which test begins carry no code: they only name the test a process ended in."""
    session = Session()
    lines = data.split(b"\n")
    number = -1
    for line in lines[:-1]:
        if line.startswith(_BEGINS):
            session.running = line[1:].decode("ascii", "replace")
            continue
        number += 1
        record = _verified(line, key)
        if record is None:
            session.broken = f"record {number} of the report channel is not genuine"
            break
        if record.get("n") != number:
            session.broken = f"record {number} of the report channel is out of order"
            break
        problem = _take(session, record, nonce)
        if problem:
            session.broken = f"record {number} of the report channel {problem}"
            break
    else:
        if lines[-1]:
            session.broken = "the last record of the report channel is incomplete"
    return session


def _verified(line: bytes, key: str) -> Record | None:
    code, _, body = line.partition(b" ")
    expected = hashlib.blake2b(body, key=key.encode(), digest_size=16).hexdigest().encode()
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
