"""Opening: modes, versions, damage, migration, and what a clean close is worth."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from autopack.errors import EnvironmentRefused, StoreDamaged
from autopack.store import RunRow, Store, database, schema
from autopack.store.seal import Closed, inspect


def filled(state: Path, runs: int = 60) -> Path:
    """A closed store with some pages of rows."""
    with Store.open(state) as store, store.write(None) as tx:
        for number in range(runs):
            tx.create_run(RunRow(f"run-{number}", reason="because " * 20))
    return state / "store.db"


def test_everything_is_private_whatever_the_umask(state: Path) -> None:
    before = os.umask(0)
    try:
        with Store.open(state) as store:
            store.own("r")
            sha = store.put_blob(b"x")
            modes = {
                p.relative_to(state).as_posix(): stat.S_IMODE(p.stat().st_mode) for p in [state, *state.rglob("*")]
            }
            assert stat.S_IMODE(store.blob_path(sha).stat().st_mode) == 0o600
    finally:
        os.umask(before)
    assert {path: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}
    assert modes["."] == 0o700 and "store.db-wal" in modes


def test_a_folder_others_can_read_is_closed_to_them(state: Path) -> None:
    state.mkdir(mode=0o755)
    Store.open(state).close()
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_the_promised_pragmas_hold(store: Store) -> None:
    writer = store._database.writer
    said = {name: writer.execute(f"PRAGMA {name}").fetchone()[0] for name in
            ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "user_version")}  # fmt: skip
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000,
                    "user_version": schema.VERSION}  # fmt: skip
    assert store._database.reader.execute("PRAGMA query_only").fetchone()[0] == 1


def test_a_newer_database_is_refused_and_left_alone(state: Path) -> None:
    path = filled(state)
    with sqlite3.connect(path) as conn:
        conn.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    conn.close()
    (state / "store.db.seal").unlink()
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match="newer Autopack") as refused:
        Store.open(state)
    assert refused.value.code == "AP902" and str(path) in refused.value.message and refused.value.hint
    assert path.read_bytes() == before


def test_another_programs_database_is_refused(state: Path) -> None:
    state.mkdir()
    conn = sqlite3.connect(state / "store.db")
    conn.execute("CREATE TABLE notes (text)")
    conn.close()
    with pytest.raises(StoreDamaged, match="not an Autopack database"):
        Store.open(state)


def test_a_file_that_is_no_database_is_refused(state: Path) -> None:
    state.mkdir()
    (state / "store.db").write_bytes(b"hello " * 1000)
    with pytest.raises(StoreDamaged, match=r"store\.db is damaged"):
        Store.open(state)
    assert (state / "store.db").read_bytes() == b"hello " * 1000


@pytest.mark.parametrize("position", [100, 4096, 4096 * 5 + 3, 4096 * 12 + 2000, -1500])
def test_a_flipped_byte_after_a_clean_close_is_detected(state: Path, position: int) -> None:
    path = filled(state)
    data = bytearray(path.read_bytes())
    data[position] ^= 0x40
    path.write_bytes(data)
    with pytest.raises(StoreDamaged) as refused:
        Store.open(state)
    assert refused.value.code == "AP902" and str(path) in refused.value.message


def test_broken_pages_without_a_seal_are_found_by_the_check(state: Path) -> None:
    path = filled(state)
    (state / "store.db.seal").unlink()
    data = bytearray(path.read_bytes())
    for page in range(8, len(data) // 4096):
        data[page * 4096 : page * 4096 + 8] = b"\xff" * 8
    path.write_bytes(data)
    with pytest.raises(StoreDamaged, match="damaged"):
        Store.open(state)
    assert path.read_bytes() == bytes(data)


def test_a_readable_database_that_does_not_add_up_is_found_by_the_check(state: Path) -> None:
    path = filled(state)
    (state / "store.db.seal").unlink()
    data = bytearray(path.read_bytes())
    data[39] = 7  # the number of free pages
    path.write_bytes(data)
    with pytest.raises(StoreDamaged, match=r"(?i)freelist"):
        Store.open(state)


@pytest.mark.parametrize("remains", [None, b""])
def test_a_lost_database_is_not_mistaken_for_a_new_one(state: Path, remains: bytes | None) -> None:
    path = filled(state)
    path.unlink()
    if remains is not None:
        path.write_bytes(remains)
    with pytest.raises(StoreDamaged, match="missing or empty"):
        Store.open(state)


def test_a_copied_state_folder_opens(state: Path, tmp_path: Path) -> None:
    filled(state)
    shutil.copytree(state, tmp_path / "copy")
    with Store.open(tmp_path / "copy") as store:
        assert len(store.runs()) == 60


def test_removing_the_seal_accepts_a_change_made_on_purpose(state: Path) -> None:
    path = filled(state)
    with sqlite3.connect(path) as conn:
        conn.execute("UPDATE runs SET project = 'mine'")
    conn.close()
    with pytest.raises(StoreDamaged, match="something else"):
        Store.open(state)
    (state / "store.db.seal").unlink()
    with Store.open(state) as store:
        assert store.run("run-1").project == "mine"


def test_only_the_last_one_out_seals_and_the_first_write_breaks_it(state: Path) -> None:
    path = filled(state)
    assert inspect(path) is Closed.CLEAN
    first, second = Store.open(state), Store.open(state)
    assert (state / "store.db.seal").exists()
    first.send("run-1", "stop", {}, "ann")
    assert not (state / "store.db.seal").exists()
    first.close()
    assert not (state / "store.db.seal").exists()
    assert len(second.pending("run-1")) == 1
    second.close()
    assert inspect(path) is Closed.CLEAN


def test_a_reader_leaves_a_sealed_database_byte_for_byte(state: Path) -> None:
    path = filled(state)
    before = path.read_bytes(), (state / "store.db.seal").read_bytes()
    with Store.open(state) as store:
        assert store.runs(limit=1)
    assert (path.read_bytes(), (state / "store.db.seal").read_bytes()) == before


def test_a_clean_close_spares_the_check_and_a_kill_does_not(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(state)
    asked: list[str] = []

    class Listening(sqlite3.Connection):
        def execute(self, sql: str, *args: object) -> sqlite3.Cursor:  # pyright: ignore[reportIncompatibleMethodOverride]
            asked.append(sql)
            return super().execute(sql, *args)  # pyright: ignore[reportArgumentType]

    connect = sqlite3.connect
    monkeypatch.setattr(database.sqlite3, "connect", lambda *a, **k: connect(*a, factory=Listening, **k))
    Store.open(state).close()
    assert not any("quick_check" in sql for sql in asked)
    (state / "store.db.seal").unlink()
    Store.open(state).close()
    assert any("quick_check" in sql for sql in asked)


def test_an_older_database_is_copied_then_migrated(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(state, runs=3)
    released = schema.migrations

    def next_chain():
        chain = released()

        @chain()
        def second_tables(db) -> None:
            db.conn.execute("ALTER TABLE runs ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'")
            db.conn.execute(f"PRAGMA user_version = {schema.VERSION}")

        return chain

    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setattr(schema, "migrations", next_chain)
    opened = database.Database(state / "store.db")
    assert opened.reader.execute("SELECT DISTINCT colour FROM runs").fetchall()[0][0] == "red"
    opened.close()
    copy = state / f"store.db.v{schema.VERSION - 1}"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with sqlite3.connect(copy) as old:
        assert old.execute("SELECT COUNT(*) FROM runs").fetchone()[0] == 3
        assert "colour" not in [row[1] for row in old.execute("PRAGMA table_info(runs)")]
    old.close()


def test_a_migration_waits_for_nobody_forever(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = Store.open(state)
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setattr(database, "BUSY_MS", 60)
    with pytest.raises(EnvironmentRefused, match="older Autopack has it open"):
        Store.open(state)
    older.close()


def test_a_folder_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentRefused) as refused:
        Store.open(tmp_path / "file" / "state")
    assert refused.value.code == "AP901" and refused.value.hint


def test_four_processes_create_one_store(state: Path, child) -> None:
    source = (
        "import sys\nfrom pathlib import Path\nfrom autopack.store import RunRow, Store\n"
        "sys.stdin.readline()\n"
        "with Store.open(Path(sys.argv[1])) as s, s.write(None) as tx: tx.create_run(RunRow(sys.argv[2]))\n"
    )
    children = [child(source, state, f"r{n}") for n in range(4)]
    for process in children:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [(process.communicate()[1], process.returncode) for process in children] == [("", 0)] * 4
    with Store.open(state) as store:
        assert {row.id for row in store.runs()} == {"r0", "r1", "r2", "r3"}
