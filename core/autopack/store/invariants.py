"""The invariants of one run that the rows alone can prove (reliability I4 and I5), each as what is broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autopack.errors import IllegalTransition
from autopack.model.states import PHASE_MACHINE, RUN_MACHINE, PhaseState, RunState
from autopack.store.access import Rows, Select

_PAIRS = {("pending", None), ("decided", "decided"), ("consumed", "consumed"), ("expired", None), ("expired", "lapsed")}


def check(select: Select, run: str) -> list[str]:
    """[] when all hold."""

    def rows(sql: str, *args: Any) -> Rows:
        return select(sql, args)

    found: list[str] = []
    found += [f"integrity: {row[0]}" for row in rows("PRAGMA integrity_check") if row[0] != "ok"]
    found += [f"foreign key: row {row[1]} of {row[0]} points nowhere" for row in rows("PRAGMA foreign_key_check")]
    found += _events(rows("SELECT seq FROM events WHERE run = ? ORDER BY seq", run))
    found += _moves(select, run)
    found += _attempts(rows("SELECT phase, number FROM attempts WHERE run = ? ORDER BY phase, number", run))
    found += _approvals(select, run)
    return found


def _events(rows: Rows) -> Iterator[str]:
    for expected, row in enumerate(rows, start=1):
        if row["seq"] != expected:
            yield f"events: {row['seq']} stands where {expected} should"
            return


def _attempts(rows: Rows) -> Iterator[str]:
    last: dict[str, int] = {}
    for row in rows:
        before = last.get(row["phase"], 0)
        if row["number"] != before + 1:
            yield f"attempts: {row['number']} of {row['phase']} follows {before}"
        last[row["phase"]] = row["number"]


def _moves(select: Select, run: str) -> Iterator[str]:
    """Every transition is in its machine and begins where the one before ended; the last one is the state there is."""
    at: dict[str, str] = {}
    for row in select("SELECT * FROM transitions WHERE run = ? ORDER BY id", [run]):
        phase, source, target = row["phase"], row["source"], row["target"]
        what = f"phase {phase}" if phase else "run"
        if source != at.get(phase, ""):
            yield f"transitions: {what} leaves {source or 'nothing'} but was {at.get(phase) or 'nothing'}"
        elif source:
            try:
                if phase:
                    PHASE_MACHINE.check(PhaseState(source), PhaseState(target), row["trigger"])
                else:
                    RUN_MACHINE.check(RunState(source), RunState(target), row["trigger"])
            except (IllegalTransition, ValueError) as error:
                yield f"transitions: {error}"
        at[phase] = target
    sql = "SELECT '' AS phase, state FROM runs WHERE id = ?1 UNION SELECT phase, state FROM phases WHERE run = ?1"
    stored = {row["phase"]: row["state"] for row in select(sql, [run])}
    if stored != at:
        yield f"states: rows say {stored}, transitions say {at}"


def _approvals(select: Select, run: str) -> Iterator[str]:
    """Each request is in step with its decision; a consumed approval led to exactly one intent, nothing else to any."""
    sql = (
        "SELECT r.id, r.state, r.digest, d.state AS told, d.approved, d.digest AS seen, "
        "(SELECT COUNT(*) FROM effects e WHERE e.request = r.id) AS uses "
        "FROM requests r LEFT JOIN decisions d ON d.request = r.id WHERE r.run = ?"
    )
    for row in select(sql, [run]):
        name = f"request {row['id']}"
        if (row["state"], row["told"]) not in _PAIRS:
            yield f"approvals: {name} is {row['state']}, its decision {row['told']}"
        if row["told"] is not None and row["digest"] != row["seen"]:
            yield f"approvals: {name} was decided on another change"
        used = row["state"] == "consumed" and bool(row["approved"])
        if row["uses"] != int(used):
            yield f"approvals: {name} ({row['state']}) led to {row['uses']} intents"
