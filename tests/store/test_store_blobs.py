"""Artefacts and retention."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest

from autopack.errors import EnvironmentRefused, UsageError
from autopack.model.states import RunState
from autopack.store import RunRow, Store, blobs

DAY = 86400.0


def test_bytes_are_kept_once_under_their_digest(store: Store) -> None:
    data = b"\0\xff" * 1000
    sha = store.put_blob(data)
    assert sha == hashlib.sha256(data).hexdigest() == store.put_blob(data)
    assert store.blob(sha) == data and store.blob_path(sha) == store.state / "artefacts" / sha[:2] / sha
    assert [p.name for p in (store.state / "artefacts").rglob("*") if p.is_file()] == [sha]


def test_a_cut_file_is_written_anew(store: Store) -> None:
    sha = store.put_blob(b"whole")
    store.blob_path(sha).write_bytes(b"who")
    assert store.put_blob(b"whole") == sha and store.blob(sha) == b"whole"


def test_an_unfinished_write_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(name: str) -> None:
        raise OSError(28, "No space left on device", name)

    monkeypatch.setattr(blobs.fault, "point", full)
    with pytest.raises(EnvironmentRefused, match="no space left") as refused:
        store.put_blob(b"x")
    assert refused.value.code == "AP901" and "Free space" in refused.value.hint
    assert [p for p in (store.state / "artefacts").rglob("*") if p.is_file()] == []


def test_the_file_is_durable_before_its_name(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    for name in ("fsync",):
        real = getattr(os, name)
        monkeypatch.setattr(blobs.os, name, lambda fd, real=real: (order.append("fsync"), real(fd))[1])
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, to: (order.append("rename"), replace(self, to))[1])
    store.put_blob(b"x")
    assert order[:2] == ["fsync", "rename"] and "fsync" in order[2:]


def test_an_artefact_is_somebodys_and_must_be_there(desk) -> None:
    sha = desk.store.put_blob(b"patch")
    with desk.store.write(desk.own) as tx:
        tx.artefact("r", "patch", sha, "a", 1, "a-1.patch")
        tx.artefact("r", "patch", sha, "a", 1, "a-1.patch")
        with pytest.raises(UsageError, match="never stored"):
            tx.artefact("r", "patch", "0" * 64)
    (row,) = desk.store.artefacts("r", "patch")
    assert (row.sha, row.size, row.name, row.collected_at) == (sha, 5, "a-1.patch", None)
    assert desk.store.artefacts("r", "log") == []


def kept(store: Store, run: str, kind: str, data: bytes, age: float = 0.0) -> str:
    sha = store.put_blob(data)
    with store.write(None) as tx:
        tx.artefact(run, kind, sha)
    then = store.clock.wall() - age
    os.utime(store.blob_path(sha), (then, then))
    return sha


def ended(store: Store, run: str, state: RunState | None) -> None:
    with store.own(run) as own, store.write(own) as tx:
        tx.create_run(RunRow(run, state=RunState.RUN_CREATED))
        if state is not None:
            tx.run_state(run, RunState.RUN_CREATED, state, "finish" if state.ended else "stop")


def test_old_raw_artefacts_of_finished_runs_go_and_nothing_else(store: Store, clock) -> None:
    ended(store, "done", RunState.REQUIRES_HUMAN_REVIEW)
    ended(store, "stopped", RunState.STOPPED)
    ended(store, "alive", None)
    gone = [kept(store, "done", kind, kind.encode()) for kind in ("answer", "prompt", "log")]
    stay = [
        kept(store, "done", "patch", b"patch"),
        kept(store, "stopped", "log", b"l1"),
        kept(store, "alive", "log", b"l2"),
    ]
    shared = kept(store, "done", "log", b"shared")
    kept(store, "alive", "log", b"shared")
    also_kept = kept(store, "done", "log", b"report too")
    kept(store, "done", "report", b"report too")
    clock.pass_time(31 * DAY)
    young = kept(store, "done", "log", b"young", age=2 * DAY)
    dry = store.gc(dry_run=True)
    assert set(dry.artefacts) == set(gone) and dry.freed_bytes == len("answerpromptlog") and dry.dry_run
    assert all(store.blob(sha) for sha in gone)
    report = store.gc()
    assert (set(report.artefacts), report.freed_bytes) == (set(gone), dry.freed_bytes)
    for sha in gone:
        with pytest.raises(UsageError, match="retention"):
            store.blob(sha)
    assert all(store.blob(sha) for sha in [*stay, shared, also_kept, young])
    assert store.gc().artefacts == ()


def test_a_run_with_an_open_request_waits_and_keeps_everything(desk) -> None:
    desk.ask()
    sha = kept(desk.store, "r", "log", b"log")
    desk.move_run(RunState.REQUIRES_HUMAN_REVIEW, "finish")
    desk.clock.pass_time(60 * DAY)
    assert desk.store.gc().artefacts == ()
    with desk.store.write(desk.own) as tx:
        tx.expire("q1", "enough")
    assert desk.store.gc().artefacts == (sha,)


def test_beyond_the_size_the_oldest_go_first(store: Store, clock) -> None:
    ended(store, "done", RunState.ENVIRONMENT)
    shas = []
    for number in range(4):
        shas.append(kept(store, "done", "log", bytes([number]) * 100, age=2 * DAY))
        clock.pass_time(60)
    report = store.gc(max_bytes=250)
    assert report.artefacts == tuple(shas[:2]) and report.kept_bytes == 200
    assert [store.blob_path(sha).exists() for sha in shas] == [False, False, True, True]


def test_what_a_kill_left_goes_after_a_day_unless_something_speaks_of_it(desk) -> None:
    store = desk.store
    orphan, named = store.put_blob(b"orphan"), store.put_blob(b"named in a result")
    half = store.blob_path(orphan).with_name(f".{orphan}.abcd")
    half.write_bytes(b"orp")
    with store.write(desk.own) as tx:
        tx.intent("r", "a", 1, "test", {})
        tx.outcome("r", "a", 1, "test", {"log": named})
    now = desk.clock.wall()
    for path in (store.blob_path(orphan), store.blob_path(named), half):
        os.utime(path, (now - DAY / 2, now - DAY / 2))
    assert store.gc().leftovers == ()
    desk.clock.pass_time(DAY)
    assert set(store.gc().leftovers) == {orphan, half.name}
    assert not half.exists() and not store.blob_path(orphan).exists() and store.blob(named) == b"named in a result"


def test_a_kill_between_forgetting_and_unlinking_is_made_good(store: Store, clock, monkeypatch) -> None:
    ended(store, "done", RunState.ENVIRONMENT)
    sha = kept(store, "done", "log", b"log")
    clock.pass_time(31 * DAY)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda self, missing_ok=False: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.gc()
    assert store.blob_path(sha).exists()
    assert store.gc().leftovers == (sha,) and not store.blob_path(sha).exists()


def test_a_file_somebody_just_wrote_again_stays(store: Store, clock) -> None:
    ended(store, "done", RunState.ENVIRONMENT)
    sha = kept(store, "done", "log", b"log")
    clock.pass_time(31 * DAY)
    os.utime(store.blob_path(sha), (clock.wall(), clock.wall()))
    assert store.gc().artefacts == (sha,) and store.blob_path(sha).exists()
    kept(store, "done", "log", b"log")
    assert store.artefacts("done")[0].collected_at is None and store.blob(sha) == b"log"


def test_cached_baselines_go_when_no_run_can_want_them(store: Store, clock) -> None:
    with store.write(None) as tx:
        tx.baseline("k", {})
    clock.pass_time(31 * DAY)
    ended(store, "alive", None)
    assert store.gc().baselines == 0
    with store.own("alive") as own, store.write(own) as tx:
        tx.run_state("alive", RunState.RUN_CREATED, RunState.ENVIRONMENT, "finish")
    assert store.gc(dry_run=True).baselines == 1 and store.baseline("k") is not None
    assert store.gc().baselines == 1 and store.baseline("k") is None


def test_a_full_database_names_the_file_and_what_to_do(desk) -> None:
    writer = desk.store._database.writer
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(EnvironmentRefused) as refused, desk.store.write(desk.own) as tx:
        tx.put("r", "big", "x" * 200_000)
    assert refused.value.code == "AP901" and str(desk.store.path) in refused.value.message
    assert refused.value.hint == "Free space, then: autopack resume r"
    assert isinstance(refused.value.__cause__, sqlite3.OperationalError)
    assert desk.store.get("r", "big") is None and desk.store.check_invariants("r") == []
    writer.execute("PRAGMA max_page_count = 100000")
    with desk.store.write(desk.own) as tx:
        tx.put("r", "big", "x" * 200_000)
    assert len(desk.store.get("r", "big")) == 200_000
