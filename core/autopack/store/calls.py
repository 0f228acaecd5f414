"""Model calls: reserved before they are sent, answered or failed after; an answer is stored before it is used.

reserved -> answered;   reserved -> failed -> reserved (asked again, `sends` + 1)
A call reserved twice without an answer between was killed in flight: `sends` counts what may have been paid.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autopack.errors import ConflictError, UsageError
from autopack.model.completion import Completion, Usage
from autopack.store.access import Reading, Writing, from_json, record

_USAGE = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
_KEY = "run = ? AND phase = ? AND attempt = ? AND role = ? AND call = ?"


class CallKey(NamedTuple):
    """`call` is the 1-based number of the role's call within the attempt."""

    run: str
    phase: str
    attempt: int
    role: str
    call: int


@dataclass(frozen=True, slots=True)
class CallRow:
    """`state` is reserved | answered | failed; `prompt` and `answer` are artefacts ("" = none); `errors` every error
    the provider delivered, in order; usage as reported."""

    run: str
    phase: str
    attempt: int
    role: str
    call: int
    state: str
    model: str
    request_hash: str
    prompt: str = ""
    reserved_tokens: int = 0
    reserved_usd: float | None = None
    sends: int = 1
    answer: str = ""
    stop_reason: str = ""
    request_id: str = ""
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None
    errors: tuple[dict[str, Any], ...] = ()
    started_at: float = 0.0
    ended_at: float | None = None

    @property
    def key(self) -> CallKey:
        return CallKey(self.run, self.phase, self.attempt, self.role, self.call)


@dataclass(frozen=True, slots=True)
class UsageTotals:
    """Sums over calls. `cost_usd` is None when no call has a price; `reserved_*` are the worst cases of calls in
    flight; `unreported` counts answers whose provider reported no tokens."""

    calls: int = 0
    sends: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: float | None = None
    reserved_tokens: int = 0
    reserved_usd: float = 0.0
    unreported: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


def _call(row: sqlite3.Row) -> CallRow:
    values = record(row, errors=tuple(from_json(row["errors"])))
    values["usage"] = Usage(**{name: values.pop(name) for name in _USAGE})
    return CallRow(**values)


class CallReads(Reading):
    def call(self, key: CallKey) -> CallRow | None:
        row = self._one(f"SELECT * FROM calls WHERE {_KEY}", *key)  # noqa: S608
        return _call(row) if row else None

    def calls(self, run: str, phase: str | None = None) -> list[CallRow]:
        """In the order they were first reserved."""
        rows = self._select(
            "SELECT * FROM calls WHERE run = ?1 AND phase = COALESCE(?2, phase) "
            "ORDER BY started_at, phase, attempt, call",
            [run, phase],
        )
        return [_call(row) for row in rows]

    def usage(self, run: str, phase: str | None = None) -> UsageTotals:
        """Totals of a run, or of one of its phases."""
        sums = ", ".join(f"COALESCE(SUM({name}), 0)" for name in _USAGE)
        row = self._one(
            f"SELECT COUNT(*), COALESCE(SUM(sends), 0), {sums}, SUM(cost_usd), "  # noqa: S608
            "COALESCE(SUM(CASE state WHEN 'reserved' THEN reserved_tokens END), 0), "
            "COALESCE(SUM(CASE state WHEN 'reserved' THEN reserved_usd END), 0.0), "
            "COALESCE(SUM(state = 'answered' AND input_tokens IS NULL AND output_tokens IS NULL), 0) "
            "FROM calls WHERE run = ?1 AND phase = COALESCE(?2, phase)",
            run, phase,
        )  # fmt: skip
        assert row is not None
        return UsageTotals(*row)


class CallWrites(Writing):
    _put_blob: Callable[[bytes], str]
    _keep: Callable[[CallKey, str, str], None]

    def reserve_call(
        self, key: CallKey, *, model: str, request_hash: str, tokens: int, usd: float | None = None, prompt: str = ""
    ) -> CallRow:
        """About to send: the worst case in tokens and money is held until the call ends. A call that has its answer is
        given back as it is (ConflictError when it answered another request); one in flight or failed counts a send."""
        self._owned(key.run)
        row = self._one(f"SELECT * FROM calls WHERE {_KEY}", *key)  # noqa: S608
        if row is not None and row["state"] == "answered":
            if row["request_hash"] != request_hash:
                raise ConflictError(
                    f"call {key.call} of {key.role} in {key.phase}/{key.attempt} answered another request"
                )
            return _call(row)
        self._execute(
            "INSERT INTO calls (run, phase, attempt, role, call, state, model, request_hash, prompt, reserved_tokens, "
            "reserved_usd, sends, answer, stop_reason, request_id, errors, started_at) "
            "VALUES (?,?,?,?,?,'reserved',?,?,?,?,?,1,'','','','[]',?) "
            "ON CONFLICT DO UPDATE SET state = 'reserved', model = excluded.model, prompt = excluded.prompt, "
            "request_hash = excluded.request_hash, reserved_tokens = excluded.reserved_tokens, "
            "reserved_usd = excluded.reserved_usd, sends = sends + 1, ended_at = NULL",
            *key, model, request_hash, prompt, tokens, usd, self._clock.wall(),
        )  # fmt: skip
        if prompt:
            self._keep(key, "prompt", prompt)
        return self._call_row(key)

    def _call_row(self, key: CallKey, state: str = "") -> CallRow:
        row = self._one(f"SELECT * FROM calls WHERE {_KEY}", *key)  # noqa: S608
        if row is None:
            raise UsageError(f"call {key.call} of {key.role} in {key.phase}/{key.attempt} was never reserved")
        if state and row["state"] != state:
            raise ConflictError(f"call {key.call} of {key.role} in {key.phase}/{key.attempt} is {row['state']}")
        return _call(row)

    def call_error(self, key: CallKey, error: dict[str, Any]) -> None:
        """The provider delivered an error; the call stays reserved, for the next try."""
        self._owned(key.run)
        errors = [*self._call_row(key, "reserved").errors, error]
        self._execute(f"UPDATE calls SET errors = ? WHERE {_KEY}", self._json(errors), *key)  # noqa: S608

    def answer_call(self, key: CallKey, completion: Completion) -> CallRow:
        """Store the answer: its text as an artefact of kind "answer", the usage as reported."""
        self._owned(key.run)
        self._call_row(key, "reserved")
        sha = self._put_blob(completion.text.encode("utf-8", "surrogatepass"))
        self._keep(key, "answer", sha)
        usage = completion.usage
        self._execute(
            "UPDATE calls SET state = 'answered', answer = ?, stop_reason = ?, request_id = ?, input_tokens = ?, "  # noqa: S608
            "output_tokens = ?, cache_read_tokens = ?, cache_write_tokens = ?, cost_usd = ?, ended_at = ?, "
            f"model = CASE ? WHEN '' THEN model ELSE ? END WHERE {_KEY}",
            sha, completion.stop_reason, completion.request_id, usage.input_tokens, usage.output_tokens,
            usage.cache_read_tokens, usage.cache_write_tokens, completion.cost_usd, self._clock.wall(),
            completion.model, completion.model, *key,
        )  # fmt: skip
        return self._call_row(key)

    def fail_call(self, key: CallKey, error: dict[str, Any] | None = None) -> CallRow:
        """Given up: nothing is held for it any more. `error` is appended to its errors."""
        self._owned(key.run)
        errors = [*self._call_row(key, "reserved").errors, *([error] if error else [])]
        self._execute(
            f"UPDATE calls SET state = 'failed', errors = ?, ended_at = ? WHERE {_KEY}",  # noqa: S608
            self._json(errors), self._clock.wall(), *key,
        )  # fmt: skip
        return self._call_row(key)


def completion_of(call: CallRow, text: bytes) -> Completion:
    """The stored answer as the provider's adapter gave it; `parsed` only where the text is JSON."""
    told = text.decode("utf-8", "surrogatepass")
    try:
        parsed = json.loads(told)
    except ValueError:
        parsed = None
    return Completion(told, call.usage, call.stop_reason, call.request_id, call.model, parsed, call.cost_usd)
