"""The tables, as a chain of migrations; `VERSION` is what PRAGMA user_version says after the last one.

A migration that was released is never edited: a change of schema is a new function here and VERSION + 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

VERSION = 2
APPLICATION_ID = 0x4150434B

_FIRST = (
    """CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE owners (run TEXT PRIMARY KEY, fence INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY, state TEXT NOT NULL, epoch INTEGER NOT NULL, project TEXT NOT NULL,
        plan_path TEXT NOT NULL, plan_digest TEXT NOT NULL, plan TEXT NOT NULL, autonomy TEXT NOT NULL,
        base_kind TEXT NOT NULL, base TEXT NOT NULL, base_tree TEXT NOT NULL, snapshot TEXT NOT NULL,
        branch TEXT NOT NULL, tip TEXT NOT NULL, nonce TEXT NOT NULL, reason TEXT NOT NULL, data TEXT NOT NULL,
        created_at REAL NOT NULL, updated_at REAL NOT NULL, ended_at REAL)""",
    """CREATE INDEX runs_by_state ON runs (state)""",
    """CREATE INDEX runs_by_time ON runs (created_at)""",
    """CREATE TABLE phases (
        run TEXT NOT NULL REFERENCES runs, phase TEXT NOT NULL, position INTEGER NOT NULL, tier TEXT NOT NULL,
        state TEXT NOT NULL, retry_count INTEGER NOT NULL, replan_epoch INTEGER NOT NULL,
        escalation_level INTEGER NOT NULL, "commit" TEXT NOT NULL, detail TEXT NOT NULL, data TEXT NOT NULL,
        updated_at REAL NOT NULL, PRIMARY KEY (run, phase)) WITHOUT ROWID""",
    """CREATE TABLE transitions (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs, phase TEXT NOT NULL, source TEXT NOT NULL,
        target TEXT NOT NULL, "trigger" TEXT NOT NULL, actor TEXT NOT NULL, at REAL NOT NULL)""",
    """CREATE INDEX transitions_by_run ON transitions (run, phase)""",
    """CREATE TABLE attempts (
        run TEXT NOT NULL, phase TEXT NOT NULL, number INTEGER NOT NULL, base TEXT NOT NULL, base_tree TEXT NOT NULL,
        hint TEXT NOT NULL, started_at REAL NOT NULL, outcome TEXT, ended_at REAL, data TEXT NOT NULL,
        PRIMARY KEY (run, phase, number), FOREIGN KEY (run, phase) REFERENCES phases) WITHOUT ROWID""",
    """CREATE TABLE events (
        run TEXT NOT NULL REFERENCES runs, seq INTEGER NOT NULL, time REAL NOT NULL, event TEXT NOT NULL,
        phase TEXT NOT NULL, attempt INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID""",
    """CREATE TABLE effects (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs, phase TEXT NOT NULL, attempt INTEGER NOT NULL,
        key TEXT NOT NULL, inputs TEXT NOT NULL, intent_at REAL NOT NULL, result TEXT, outcome_at REAL,
        request TEXT NOT NULL, UNIQUE (run, phase, attempt, key))""",
    """CREATE TABLE calls (
        run TEXT NOT NULL REFERENCES runs, phase TEXT NOT NULL, attempt INTEGER NOT NULL, role TEXT NOT NULL,
        call INTEGER NOT NULL, state TEXT NOT NULL, model TEXT NOT NULL, request_hash TEXT NOT NULL,
        prompt TEXT NOT NULL, reserved_tokens INTEGER NOT NULL, reserved_usd REAL, sends INTEGER NOT NULL,
        answer TEXT NOT NULL, stop_reason TEXT NOT NULL, request_id TEXT NOT NULL, input_tokens INTEGER,
        output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER, cost_usd REAL,
        errors TEXT NOT NULL, started_at REAL NOT NULL, ended_at REAL,
        PRIMARY KEY (run, phase, attempt, role, call)) WITHOUT ROWID""",
    """CREATE TABLE requests (
        id TEXT PRIMARY KEY, run TEXT NOT NULL, phase TEXT NOT NULL, attempt INTEGER NOT NULL, stage TEXT NOT NULL,
        codes TEXT NOT NULL, paths TEXT NOT NULL, digest TEXT NOT NULL, base TEXT NOT NULL, policy TEXT NOT NULL,
        nonce TEXT NOT NULL, reasons TEXT NOT NULL, created_at REAL NOT NULL, state TEXT NOT NULL,
        why TEXT NOT NULL, FOREIGN KEY (run, phase) REFERENCES phases)""",
    """CREATE INDEX requests_by_run ON requests (run, state)""",
    """CREATE TABLE decisions (
        request TEXT PRIMARY KEY REFERENCES requests, approved INTEGER NOT NULL, actor TEXT NOT NULL,
        scope TEXT NOT NULL, reason TEXT NOT NULL, digest TEXT NOT NULL, decided_at REAL NOT NULL,
        boot TEXT NOT NULL, steady REAL NOT NULL, state TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE grants (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs, phase TEXT NOT NULL, codes TEXT NOT NULL,
        paths TEXT NOT NULL, policy TEXT NOT NULL, request TEXT NOT NULL UNIQUE REFERENCES requests,
        ended_at REAL)""",
    """CREATE INDEX grants_by_run ON grants (run)""",
    """CREATE TABLE commands (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, verb TEXT NOT NULL, args TEXT NOT NULL,
        actor TEXT NOT NULL, key TEXT NOT NULL, created_at REAL NOT NULL, result TEXT, answered_at REAL)""",
    """CREATE UNIQUE INDEX commands_by_key ON commands (run, key) WHERE key <> ''""",
    """CREATE INDEX commands_open ON commands (run) WHERE answered_at IS NULL""",
    """CREATE TABLE baselines (key TEXT PRIMARY KEY, report TEXT NOT NULL, created_at REAL NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE kv (
        run TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID""",
    """CREATE TABLE artefacts (
        sha TEXT NOT NULL, run TEXT NOT NULL REFERENCES runs, phase TEXT NOT NULL, attempt INTEGER NOT NULL,
        kind TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, created_at REAL NOT NULL, collected_at REAL,
        PRIMARY KEY (run, sha, kind, phase, attempt, name)) WITHOUT ROWID""",
    """CREATE INDEX artefacts_by_sha ON artefacts (sha)""",
)

_UNSTEADY = """CREATE TABLE unsteady (
    test TEXT PRIMARY KEY, ran REAL NOT NULL, failed REAL NOT NULL, at REAL NOT NULL) WITHOUT ROWID"""


def migrations() -> Migrations:
    """The chain, each link in one transaction with the user_version it leads to."""
    from sqlite_utils import Migrations

    chain = Migrations("autopack-store")

    @chain()
    def first_tables(db: Database) -> None:
        for statement in _FIRST:
            db.conn.execute(statement)
        db.conn.execute("PRAGMA user_version = 1")

    @chain()
    def unsteady_tests(db: Database) -> None:
        db.conn.execute(_UNSTEADY)
        db.conn.execute("PRAGMA user_version = 2")

    return chain
