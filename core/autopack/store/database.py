"""Opening and closing the database file: folder and modes, the door lock, checks, migrations, connections.

The door lock (`locks/.door`) is shared by everyone who has the database open and exclusive while it is migrated or
sealed, so neither happens under somebody's feet.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from pathlib import Path

from autopack import fault
from autopack.errors import EnvironmentRefused, StoreDamaged
from autopack.store import schema, seal
from autopack.store.failures import damaged, located

BUSY_MS = 5000
_OLDEST_SQLITE = (3, 35, 0)
_LOG_BYTES = 4 << 20
_DOOR = ".door"
_DOOR_PAUSE = 0.02

fault.register("store.before_migration", "the old database is copied, its migration has not begun")


def prepare_folder(state: Path) -> None:
    """The state folder and its own subfolders, mode 0700 whatever the umask."""
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise EnvironmentRefused(
            f"Python was built with SQLite {sqlite3.sqlite_version}; Autopack needs 3.35",
            hint="Use a Python with a newer SQLite.",
        )
    with located(state):
        for folder in (state, state / "locks", state / "artefacts"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_uid == os.geteuid() and folder.stat().st_mode & 0o077:
                folder.chmod(0o700)


class Database:
    """The file, its door lock and the connections to it; one writer, one reader, a watch each for whoever asks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seal_broken = False
        with located(path):
            self._door = os.open(path.parent / "locks" / _DOOR, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._enter()
            self.writer = self.connect()
            self.reader = self.connect()
            self.reader.execute("PRAGMA query_only = ON")
        except BaseException:
            os.close(self._door)
            raise

    def _enter(self) -> None:
        """Leave with the shared door lock on a checked database of this version. Who is alone checks it; who is not
        came after somebody who did."""
        deadline = time.monotonic() + BUSY_MS / 1000
        while True:
            if self._alone():
                self._check()
                if self._version() != schema.VERSION:
                    self._migrate()
                fcntl.flock(self._door, fcntl.LOCK_SH)
                return
            fcntl.flock(self._door, fcntl.LOCK_SH)
            if self._version() == schema.VERSION:
                return
            if time.monotonic() > deadline:
                raise EnvironmentRefused(
                    f"{self.path} must be migrated, but an older Autopack has it open",
                    hint="Close the editors and runs of this repository that still use the older version.",
                )
            time.sleep(_DOOR_PAUSE)

    def _alone(self) -> bool:
        try:
            fcntl.flock(self._door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _empty(self) -> bool:
        return not self.path.exists() or self.path.stat().st_size == 0

    def _version(self) -> int:
        """user_version; 0 for a file that is absent or empty. AP902 for one that is newer or no database of ours."""
        if self._empty():
            return 0
        with located(self.path):
            conn = self._plain()
            try:
                version = int(conn.execute("PRAGMA user_version").fetchone()[0])
                kind = int(conn.execute("PRAGMA application_id").fetchone()[0])
                tables = int(conn.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0])
            finally:
                conn.close()
        if kind != schema.APPLICATION_ID and (kind or version or tables):
            raise damaged(self.path, "it is not an Autopack database")
        if version > schema.VERSION:
            raise StoreDamaged(
                f"{self.path} was written by a newer Autopack (format {version}, this one knows {schema.VERSION})",
                hint="Use that version, or set AUTOPACK_STATE_DIR to another folder; nothing was changed.",
            )
        return version

    def _check(self) -> None:
        """quick_check unless the last close was clean. AP902 for what is damaged, gone or was changed by others."""
        if self._empty():
            if self._was_used():
                raise damaged(self.path, "it is missing or empty, but runs were kept here")
            return
        left = seal.inspect(self.path)
        if left is seal.Closed.CLEAN:
            return
        if left is seal.Closed.ALTERED:
            raise StoreDamaged(
                f"{self.path} was changed by something else since Autopack closed it",
                hint=f"Restore it. If you changed it yourself, remove {seal.seal_path(self.path)}: "
                "the next start then checks the database in full.",
            )
        with located(self.path):
            conn = self._plain()
            try:
                found = conn.execute("PRAGMA quick_check(3)").fetchall()
            finally:
                conn.close()
        if [row[0] for row in found] != ["ok"]:
            raise damaged(self.path, "; ".join(str(row[0]).splitlines()[-1] for row in found))

    def _was_used(self) -> bool:
        locks = (self.path.parent / "locks").glob("*.lock")
        return any(locks) or seal.seal_path(self.path).exists() or seal.has_log(self.path)

    def _plain(self) -> sqlite3.Connection:
        conn = sqlite3.connect(self.path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
        conn.row_factory = sqlite3.Row
        return conn

    def connect(self) -> sqlite3.Connection:
        """A connection with every pragma set; transactions are begun by hand."""
        with located(self.path):
            conn = self._plain()
            conn.execute("PRAGMA synchronous = FULL")
            conn.execute("PRAGMA foreign_keys = ON")
            conn.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
            return conn

    def _migrate(self) -> None:
        """Bring the file to this version, an older one copied first. Only while the door is ours alone."""
        seal.break_seal(self.path)
        with located(self.path):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            conn = self._plain()
            try:
                version = int(conn.execute("PRAGMA user_version").fetchone()[0])
                if version:
                    self._copy(conn, version)
                if conn.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
                    raise EnvironmentRefused(
                        f"{self.path} lies on a file system without shared memory (a network disk?)",
                        hint="Set AUTOPACK_STATE_DIR to a folder on a local disk.",
                    )
                conn.execute("PRAGMA synchronous = FULL")
                conn.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
                fault.point("store.before_migration")
                from sqlite_utils import Database as Tables

                schema.migrations().apply(Tables(conn))
            finally:
                conn.close()

    def _copy(self, conn: sqlite3.Connection, version: int) -> None:
        target = self.path.with_name(f"{self.path.name}.v{version}")
        temporary = target.with_name(target.name + ".new")
        temporary.unlink(missing_ok=True)
        os.close(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        copy = sqlite3.connect(temporary)
        try:
            conn.backup(copy)
        finally:
            copy.close()
        fd = os.open(temporary, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        temporary.replace(target)

    def about_to_write(self) -> None:
        """Break the seal once."""
        if not self._seal_broken:
            with located(self.path):
                seal.break_seal(self.path)
            self._seal_broken = True

    def close(self) -> None:
        """Close the connections; the last one out seals the file."""
        self.reader.close()
        self.writer.close()
        try:
            if self._alone() and not seal.seal_path(self.path).exists():
                seal.put(self.path)
        finally:
            os.close(self._door)
