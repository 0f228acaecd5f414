"""Runs and phases: their rows, and their states moved by compare-and-swap along the machines of `model.states`.

A phase that leaves AWAITING_APPROVAL or BLOCKED other than by "decided" takes its open requests with it (expired); a
phase or run that ends takes its grants with it. Every move leaves a row in `transitions`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autopack.errors import ConflictError, StaleState, UsageError
from autopack.model.states import PHASE_MACHINE, RUN_MACHINE, PhaseState, RunState
from autopack.store.access import Reading, Writing, from_json, plain, record
from autopack.store.requests import RequestWrites

COUNTERS = ("retry_count", "replan_epoch", "escalation_level")
_RUN_TEXTS = ("project", "plan_path", "branch", "tip", "reason", "nonce", "plan", "base", "base_tree", "snapshot")
_FIRST_STATES = (RunState.PLAN_BOOTSTRAP, RunState.RUN_CREATED)
_ID_LENGTH = 40


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. `plan` is the artefact of the run's own copy; `tip` the integration tip; `epoch` how often a person
    reopened it; `data` whatever the start fixed, JSON types."""

    id: str
    state: RunState = RunState.PLAN_BOOTSTRAP
    epoch: int = 0
    project: str = ""
    plan_path: str = ""
    plan_digest: str = ""
    plan: str = ""
    autonomy: str = "supervised"
    base_kind: str = "head"
    base: str = ""
    base_tree: str = ""
    snapshot: str = ""
    branch: str = ""
    tip: str = ""
    nonce: str = ""
    reason: str = ""
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    created_at: float = 0.0
    updated_at: float = 0.0
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase of a run. `commit` is the tip it made when it completed; the three counters never go down."""

    run: str
    phase: str
    position: int = 0
    tier: str = ""
    state: PhaseState = PhaseState.QUEUED
    retry_count: int = 0
    replan_epoch: int = 0
    escalation_level: int = 0
    commit: str = ""
    detail: str = ""
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    updated_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Transition:
    """One move of a run (`phase` "") or phase; the first has `source` ""."""

    phase: str
    source: str
    target: str
    trigger: str
    actor: str
    at: float


def _run(row: sqlite3.Row) -> RunRow:
    return RunRow(**record(row, state=RunState(row["state"]), data=from_json(row["data"])))


def _phase(row: sqlite3.Row) -> PhaseRow:
    return PhaseRow(**record(row, state=PhaseState(row["state"]), data=from_json(row["data"])))


class RunReads(Reading):
    def find_run(self, run: str) -> RunRow | None:
        row = self._one("SELECT * FROM runs WHERE id = ?", run)
        return _run(row) if row else None

    def run(self, run: str) -> RunRow:
        """Raises UsageError for a run the store does not know."""
        found = self.find_run(run)
        if found is None:
            raise UsageError(f"there is no run {run!r}", hint="autopack list shows the runs of this repository.")
        return found

    def runs(self, states: Collection[RunState] | None = None, limit: int | None = None) -> list[RunRow]:
        """Newest first."""
        where = "" if states is None else f"WHERE state IN ({','.join('?' * len(states))})"
        sql = f"SELECT * FROM runs {where} ORDER BY created_at DESC, rowid DESC LIMIT ?"  # noqa: S608
        return [_run(row) for row in self._select(sql, [*(states or ()), -1 if limit is None else limit])]

    def next_run_id(self, stem: str, taken: Callable[[str], bool] = lambda name: False) -> str:
        """`stem`, else `stem-2`, `stem-3`, ...: the first that no run has and that is not `taken` elsewhere, the stem cut
        so that it stays an identifier."""
        number, name = 1, stem
        while self._one("SELECT 1 FROM runs WHERE id = ?", name) or taken(name):
            number += 1
            ending = f"-{number}"
            name = stem[: _ID_LENGTH - len(ending)] + ending
        return name

    def phases(self, run: str) -> list[PhaseRow]:
        return [_phase(row) for row in self._select("SELECT * FROM phases WHERE run = ? ORDER BY position", [run])]

    def phase(self, run: str, phase: str) -> PhaseRow:
        """Raises UsageError for a phase the run does not have."""
        row = self._one("SELECT * FROM phases WHERE run = ? AND phase = ?", run, phase)
        if row is None:
            raise UsageError(f"run {run} has no phase {phase!r}", hint=f"autopack status {run} lists its phases.")
        return _phase(row)

    def transitions(self, run: str) -> list[Transition]:
        rows = self._select("SELECT * FROM transitions WHERE run = ? ORDER BY id", [run])
        names = ("phase", "source", "target", "trigger", "actor", "at")
        return [Transition(*(row[name] for name in names)) for row in rows]


class RunWrites(RequestWrites, Writing):
    def create_run(self, row: RunRow, phases: Sequence[PhaseRow] = ()) -> RunRow:
        """Raises ConflictError when the id is taken. Times that are 0 are filled in."""
        if row.state not in _FIRST_STATES:
            raise ConflictError(f"a run cannot begin as {row.state}")
        if self._own is not None:
            self._owned(row.id)
        if self._one("SELECT 1 FROM runs WHERE id = ?", row.id):
            raise ConflictError(f"run {row.id} exists already")
        now = self._clock.wall()
        made = replace(row, created_at=row.created_at or now, updated_at=now)
        self._insert("runs", made, {"state": made.state.value, "data": self._json(made.data)})
        self._moved(row.id, "", "", made.state, "create", "engine")
        for position, phase in enumerate(phases):
            if phase.run != row.id or phase.state is not PhaseState.QUEUED:
                raise ConflictError(f"phase {phase.phase} of run {row.id} must begin QUEUED in that run")
            first = replace(phase, position=phase.position or position, updated_at=now)
            self._insert("phases", first, {"state": first.state.value, "data": self._json(first.data)})
            self._moved(row.id, phase.phase, "", first.state, "create", "engine")
        return made

    def _insert(self, table: str, row: RunRow | PhaseRow, encoded: dict[str, str]) -> None:
        values = {name: getattr(row, name) for name in row.__dataclass_fields__} | encoded
        values = {name: plain(value) if isinstance(value, str) else value for name, value in values.items()}
        names = ", ".join(f'"{name}"' for name in values)
        self._execute(f"INSERT INTO {table} ({names}) VALUES ({','.join('?' * len(values))})", *values.values())  # noqa: S608

    def _moved(self, run: str, phase: str, source: str, target: str, trigger: str, actor: str) -> None:
        self._execute(
            'INSERT INTO transitions (run, phase, source, target, "trigger", actor, at) VALUES (?,?,?,?,?,?,?)',
            run, phase, str(source), str(target), trigger, actor, self._clock.wall(),
        )  # fmt: skip

    def run_state(self, run: str, source: RunState, target: RunState, trigger: str, reason: str = "") -> None:
        """Move the run; IllegalTransition when the machine has no such edge, StaleState when it is not in `source`."""
        self._owned(run)
        edge = RUN_MACHINE.check(source, target, trigger)
        now = self._clock.wall()
        done = self._execute(
            "UPDATE runs SET state = ?, reason = ?, updated_at = ?, ended_at = ?, epoch = epoch + ? "
            "WHERE id = ? AND state = ?",
            target.value, self._text(reason), now, now if target.ended else None, int(trigger == "reopen"),
            run, source.value,
        )  # fmt: skip
        if done.rowcount != 1:
            self._stale("run", run, source, self._one("SELECT state FROM runs WHERE id = ?", run))
        self._moved(run, "", source, target, trigger, edge.actor)
        if target.ended:
            self._end_grants(run, "")
        if target is RunState.DISCARDED:
            self._withdraw(run, None, "the run was discarded")

    def phase_state(
        self, run: str, phase: str, source: PhaseState, target: PhaseState, trigger: str, detail: str = ""
    ) -> None:
        """Move the phase; IllegalTransition or StaleState as for runs."""
        self._owned(run)
        edge = PHASE_MACHINE.check(source, target, trigger)
        done = self._execute(
            "UPDATE phases SET state = ?, detail = ?, updated_at = ? WHERE run = ? AND phase = ? AND state = ?",
            target.value, self._text(detail), self._clock.wall(), run, phase, source.value,
        )  # fmt: skip
        if done.rowcount != 1:
            now = self._one("SELECT state FROM phases WHERE run = ? AND phase = ?", run, phase)
            self._stale(f"phase {phase} of run", run, source, now)
        self._moved(run, phase, source, target, trigger, edge.actor)
        if source.waits and trigger != "decided":
            self._withdraw(run, phase, f"the phase went to {target} on {trigger}")
        if target.ended:
            self._end_grants(run, phase)

    def _stale(self, what: str, run: str, source: str, now: sqlite3.Row | None) -> None:
        if now is None:
            raise UsageError(f"there is no {what} {run}")
        raise StaleState(f"{what} {run} is {now['state']}, not {source}")

    def run_update(self, run: str, *, data: dict[str, Any] | None = None, **texts: str) -> None:
        """Set text columns (branch, tip, reason, nonce, plan, base, base_tree, snapshot, ...); keys of `data` are
        merged in."""
        self._owned(run)
        unknown = set(texts) - set(_RUN_TEXTS)
        if unknown:
            raise TypeError(f"runs have no settable {', '.join(sorted(unknown))}")
        self._change("runs", "id = ?", [run], texts, data)

    def phase_update(
        self, run: str, phase: str, *, commit: str | None = None, detail: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Set what is given; keys of `data` are merged in."""
        self._owned(run)
        texts = {name: text for name, text in (("commit", commit), ("detail", detail)) if text is not None}
        self._change("phases", "run = ? AND phase = ?", [run, phase], texts, data)

    def _change(
        self, table: str, where: str, key: list[str], texts: dict[str, str], data: dict[str, Any] | None
    ) -> None:
        row = self._one(f"SELECT data FROM {table} WHERE {where}", *key)  # noqa: S608
        if row is None:
            raise UsageError(f"there is no {' '.join(key)} in {table}")
        values: dict[str, Any] = {name: self._text(text) for name, text in texts.items()}
        values["data"] = self._json(from_json(row["data"]) | (data or {}))
        values["updated_at"] = self._clock.wall()
        assigned = ", ".join(f'"{name}" = ?' for name in values)
        self._execute(f"UPDATE {table} SET {assigned} WHERE {where}", *values.values(), *key)  # noqa: S608

    def advance(self, run: str, phase: str, counter: str) -> int:
        """Add one to a counter that only ever grows; its new value."""
        self._owned(run)
        if counter not in COUNTERS:
            raise TypeError(f"phases have no counter {counter}")
        row = self._one(
            f"UPDATE phases SET {counter} = {counter} + 1 WHERE run = ? AND phase = ? RETURNING {counter}",  # noqa: S608
            run, phase,
        )  # fmt: skip
        if row is None:
            raise UsageError(f"run {run} has no phase {phase!r}")
        return int(row[0])
