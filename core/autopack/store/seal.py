"""The seal: a small file that says how the database looked when the last user closed it cleanly.

Written by the last process to close the database, under the exclusive door lock, after SQLite removed its log; taken
away before the first write of the next user. A database that still fits its seal needs no check; one without a seal
(a kill, a power cut) is checked; one that differs from its seal was changed behind Autopack's back.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from autopack.durable import flush_folder, write_whole

_CHUNK = 1 << 20


class Closed(StrEnum):
    """How the database was left."""

    CLEAN = "clean"
    UNCLEAN = "unclean"
    ALTERED = "altered"


def _looks(path: Path) -> dict[str, int]:
    stat = path.stat()
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "inode": stat.st_ino}


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def seal_path(database: Path) -> Path:
    return database.with_name(database.name + ".seal")


def has_log(database: Path) -> bool:
    """Whether SQLite left (or has) commits outside the database file."""
    log = database.with_name(database.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def inspect(database: Path) -> Closed:
    """How the database was left. A copy (other inode or time, same bytes) is as good as the original."""
    if has_log(database):
        return Closed.UNCLEAN
    try:
        seal: dict[str, Any] = json.loads(seal_path(database).read_bytes())
        digest = str(seal.pop("sha256"))
    except (OSError, ValueError, KeyError, AttributeError):
        return Closed.UNCLEAN
    if seal == _looks(database) or digest == _digest(database):
        return Closed.CLEAN
    return Closed.ALTERED


def put(database: Path) -> None:
    """Seal a database that nobody has open; without room for the seal the next start checks the database instead."""
    if has_log(database):
        return
    seal = seal_path(database)
    with suppress(OSError):
        write_whole(seal, json.dumps(_looks(database) | {"sha256": _digest(database)}).encode())


def break_seal(database: Path) -> None:
    """Before the first write."""
    seal = seal_path(database)
    if seal.exists():
        seal.unlink()
        flush_folder(seal.parent)
