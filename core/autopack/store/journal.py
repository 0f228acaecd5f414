"""The journal proper: attempts, events, intents and their outcomes, and the small facts a run keeps by name."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, replace
from typing import Any

from autopack.errors import ConflictError, UsageError
from autopack.events import Event, EventName
from autopack.model import codec
from autopack.model.attempt import Outcome, OutcomeKind
from autopack.store.access import Reading, Writing, from_json, plain, record

_FINAL = frozenset(
    kind for kind in OutcomeKind if kind.goes_on or kind in (OutcomeKind.COMPLETE, OutcomeKind.PERSON_SELECTED)
)


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One try at one phase; `number` counts from 1 without a gap. `base` is the tip it started from."""

    run: str
    phase: str
    number: int
    base: str
    base_tree: str
    hint: str = ""
    started_at: float = 0.0
    outcome: Outcome | None = None
    ended_at: float | None = None
    data: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Effect:
    """A side effect: intended with `inputs`, and, once it is known to have happened, its `result`. `request` is the
    approval consumed by the intent. phase "" and attempt 0: an effect of the whole run."""

    run: str
    phase: str
    attempt: int
    key: str
    inputs: dict[str, Any]
    intent_at: float
    result: dict[str, Any] | None = None
    outcome_at: float | None = None
    request: str = ""

    @property
    def done(self) -> bool:
        return self.result is not None


def _attempt(row: sqlite3.Row) -> AttemptRow:
    told = from_json(row["outcome"])
    outcome = None if told is None else codec.load(Outcome, told)
    return AttemptRow(**record(row, outcome=outcome, data=from_json(row["data"])))


def _effect(row: sqlite3.Row) -> Effect:
    values = record(row, inputs=from_json(row["inputs"]), result=from_json(row["result"]))
    del values["id"]
    return Effect(**values)


def _event(row: sqlite3.Row) -> Event:
    return Event(**record(row, event=EventName(row["event"]), data=from_json(row["data"])))


_ONE_EFFECT = "SELECT * FROM effects WHERE run = ? AND phase = ? AND attempt = ? AND key = ?"


class JournalReads(Reading):
    def attempts(self, run: str, phase: str | None = None) -> list[AttemptRow]:
        """In the order of their phase id, then number."""
        rows = self._select(
            "SELECT * FROM attempts WHERE run = ?1 AND phase = COALESCE(?2, phase) ORDER BY phase, number", [run, phase]
        )
        return [_attempt(row) for row in rows]

    def outcomes(self, run: str, phase: str) -> list[dict[str, Any] | None]:
        """Of the phase's attempts in order, as JSON types; None for the one in progress."""
        rows = self._select("SELECT outcome FROM attempts WHERE run = ? AND phase = ? ORDER BY number", [run, phase])
        return [from_json(row["outcome"]) for row in rows]

    def effect(self, run: str, phase: str, attempt: int, key: str) -> Effect | None:
        row = self._one(_ONE_EFFECT, run, phase, attempt, key)
        return _effect(row) if row else None

    def effects(self, run: str, phase: str | None = None) -> list[Effect]:
        """In the order of their intents."""
        rows = self._select("SELECT * FROM effects WHERE run = ?1 AND phase = COALESCE(?2, phase) ORDER BY id",
                            [run, phase])  # fmt: skip
        return [_effect(row) for row in rows]

    def open_effects(self, run: str) -> list[Effect]:
        """Intents without outcome: what a resume has to probe."""
        rows = self._select("SELECT * FROM effects WHERE run = ? AND outcome_at IS NULL ORDER BY id", [run])
        return [_effect(row) for row in rows]

    def events(self, run: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Those with `seq` above `after`, in order."""
        rows = self._select(
            "SELECT * FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?",
            [run, after, -1 if limit is None else limit],
        )
        return [_event(row) for row in rows]

    def get(self, run: str, name: str, default: Any = None) -> Any:
        """The value put last under `name`; run "" is the whole store."""
        row = self._one("SELECT value FROM kv WHERE run = ? AND name = ?", run, name)
        return from_json(row["value"]) if row else default

    def baseline(self, key: str) -> dict[str, Any] | None:
        row = self._one("SELECT report FROM baselines WHERE key = ?", key)
        return from_json(row["report"]) if row else None


class JournalWrites(Writing):
    events: list[Event]

    def attempt(
        self, run: str, phase: str, number: int, base: str, base_tree: str, hint: str = "",
        data: dict[str, Any] | None = None,
    ) -> AttemptRow:  # fmt: skip
        """Begin attempt `number` = last + 1; naming the last one again (a resume) gives its row when it stands on the
        same base. ConflictError otherwise."""
        self._owned(run)
        row = self._one("SELECT * FROM attempts WHERE run = ? AND phase = ? ORDER BY number DESC LIMIT 1", run, phase)
        last = _attempt(row) if row else None
        if last is not None and last.number == number:
            if last.base != base:
                raise ConflictError(f"attempt {number} of phase {phase} stands on {last.base}, not on {base}")
            return last
        if number != (last.number if last else 0) + 1:
            raise ConflictError(f"attempt {number} of phase {phase} does not follow {last.number if last else 0}")
        made = AttemptRow(
            run, phase, number, base, base_tree, self._text(hint), self._clock.wall(), data=dict(data or {})
        )
        self._execute(
            "INSERT INTO attempts (run, phase, number, base, base_tree, hint, started_at, data) "
            "VALUES (?,?,?,?,?,?,?,?)",
            run, phase, number, base, base_tree, made.hint, made.started_at, self._json(made.data),
        )  # fmt: skip
        return made

    def attempt_update(self, run: str, phase: str, number: int, **data: Any) -> None:
        """Merge keys into the attempt's `data`."""
        self._owned(run)
        row = self._attempt_row(run, phase, number)
        self._execute(
            "UPDATE attempts SET data = ? WHERE run = ? AND phase = ? AND number = ?",
            self._json(from_json(row["data"]) | data), run, phase, number,
        )  # fmt: skip

    def attempt_outcome(self, run: str, phase: str, number: int, outcome: Outcome) -> None:
        """End the attempt. One that waits, or that budget, provider or environment ended, may go on and end again;
        any other outcome stands: ConflictError for a different one."""
        self._owned(run)
        stored = self._attempt_row(run, phase, number)["outcome"]
        told = self._json(codec.dump(outcome))
        if stored == told:
            return
        if stored is not None and OutcomeKind(from_json(stored)["kind"]) in _FINAL:
            raise ConflictError(f"attempt {number} of phase {phase} has ended as {from_json(stored)['kind']}")
        self._execute(
            "UPDATE attempts SET outcome = ?, ended_at = ? WHERE run = ? AND phase = ? AND number = ?",
            told, self._clock.wall(), run, phase, number,
        )  # fmt: skip

    def _attempt_row(self, run: str, phase: str, number: int) -> sqlite3.Row:
        row = self._one("SELECT * FROM attempts WHERE run = ? AND phase = ? AND number = ?", run, phase, number)
        if row is None:
            raise UsageError(f"phase {phase} of run {run} has no attempt {number}")
        return row

    def event(self, event: Event) -> Event:
        """Append it to its run: `seq` is the next number, a `time` of 0 is now. Subscribers hear it once committed."""
        row = self._one("SELECT COALESCE(MAX(seq), 0) + 1 FROM events WHERE run = ?", event.run)
        assert row is not None
        data = self._json(event.data)
        made = replace(event, seq=int(row[0]), time=event.time or self._clock.wall(), data=from_json(data))
        self._execute(
            "INSERT INTO events (run, seq, time, event, phase, attempt, data) VALUES (?,?,?,?,?,?,?)",
            made.run, made.seq, made.time, made.event.value, made.phase, made.attempt, data,
        )  # fmt: skip
        self.events.append(made)
        return made

    def intent(self, run: str, phase: str, attempt: int, key: str, inputs: dict[str, Any]) -> Effect:
        """Record that the effect is about to happen. The same intent again gives the row there is (look at `done`);
        other inputs under the same key are a ConflictError."""
        self._owned(run)
        told = self._json(inputs)
        row = self._one(_ONE_EFFECT, run, phase, attempt, key)
        if row is None:
            self._execute(
                "INSERT INTO effects (run, phase, attempt, key, inputs, intent_at, request) VALUES (?,?,?,?,?,?,'')",
                run, phase, attempt, key, told, self._clock.wall(),
            )  # fmt: skip
            row = self._one(_ONE_EFFECT, run, phase, attempt, key)
            assert row is not None
        elif row["inputs"] != told:
            raise ConflictError(f"{key} of phase {phase!r}, attempt {attempt} was intended with other inputs")
        return _effect(row)

    def outcome(self, run: str, phase: str, attempt: int, key: str, result: dict[str, Any]) -> Effect:
        """Record that the effect happened. The same result again is harmless, another one is a ConflictError."""
        self._owned(run)
        told = self._json(result)
        row = self._one(_ONE_EFFECT, run, phase, attempt, key)
        if row is None:
            raise ConflictError(f"{key} of phase {phase!r}, attempt {attempt} has an outcome but no intent")
        if row["result"] not in (None, told):
            raise ConflictError(f"{key} of phase {phase!r}, attempt {attempt} has another outcome already")
        if row["result"] is None:
            self._execute(
                "UPDATE effects SET result = ?, outcome_at = ? WHERE id = ?", told, self._clock.wall(), row["id"]
            )
            row = self._one(_ONE_EFFECT, run, phase, attempt, key)
            assert row is not None
        return _effect(row)

    def put(self, run: str, name: str, value: Any) -> None:
        """Keep a small JSON value by name; run "" is the whole store. An owner writes its own run's only."""
        if self._own is not None and run:
            self._owned(run)
        self._execute(
            "INSERT INTO kv VALUES (?,?,?) ON CONFLICT DO UPDATE SET value = excluded.value",
            run, plain(name), self._json(value),
        )  # fmt: skip

    def get(self, run: str, name: str, default: Any = None) -> Any:
        """As the read of the same name, inside the transaction."""
        row = self._one("SELECT value FROM kv WHERE run = ? AND name = ?", run, name)
        return from_json(row["value"]) if row else default

    def baseline(self, key: str, report: dict[str, Any], *, anew: bool = False) -> None:
        """Keep the report of a test command on a tree; the first one stands unless it was measured `anew`."""
        way = "REPLACE" if anew else "IGNORE"
        self._execute(
            f"INSERT OR {way} INTO baselines VALUES (?,?,?)", key, self._json(report), self._clock.wall()  # noqa: S608
        )  # fmt: skip
