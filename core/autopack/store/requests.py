"""A person's word: requests, the one decision each of them gets, the grants some leave behind, and their use.

request   pending -> decided -> consumed;   pending | decided -> expired
decision            decided -> consumed | lapsed

The first decision wins. `consume` spends an approval in the transaction that writes the intent it leads to: a
transaction that consumes and intends nothing is refused at its commit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from autopack.errors import ConflictError, StaleState, UsageError
from autopack.model import codec
from autopack.model.approvals import ApprovalRequest, ChangePart, Decision, Grant, Scope, Selection, Stage
from autopack.store.access import Reading, Writing, from_json, to_json
from autopack.store.clock import age
from autopack.store.journal import Effect, JournalWrites

_PARTS, _SELECTION = "parts", "selection"
"""Names under which a run keeps, by request, what of its change can be chosen and what a person chose."""

_COLUMNS = "id, run, phase, attempt, stage, codes, paths, digest, base, policy, nonce, reasons, created_at, state"
_DECISION = "request, approved, actor, scope, reason, digest, decided_at, state"


def _request(row: sqlite3.Row) -> ApprovalRequest:
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS.split(", ")}
    values["stage"] = Stage(values["stage"])
    for name in ("codes", "paths", "reasons"):
        values[name] = tuple(from_json(values[name]))
    return ApprovalRequest(**values)


def _decision(row: sqlite3.Row) -> Decision:
    values: dict[str, Any] = {name: row[name] for name in _DECISION.split(", ")}
    values["approved"], values["scope"] = bool(values["approved"]), Scope(values["scope"])
    return Decision(**values)


def _grant(row: sqlite3.Row) -> Grant:
    codes, paths = tuple(from_json(row["codes"])), tuple(from_json(row["paths"]))
    return Grant(row["id"], row["run"], row["phase"], codes, paths, row["request"])


_GRANTS = "SELECT * FROM grants WHERE run = ? AND phase IN ('', ?) AND ended_at IS NULL ORDER BY id"


def _under(name: str, request: str) -> str:
    return f"{name}:{request}"


class RequestReads(Reading):
    def request(self, request_id: str) -> ApprovalRequest | None:
        row = self._one("SELECT * FROM requests WHERE id = ?", request_id)
        return _request(row) if row else None

    def requests(
        self, run: str | None = None, state: str | None = None, phase: str | None = None
    ) -> list[ApprovalRequest]:
        """In the order they were made; `state` is pending | decided | consumed | expired."""
        rows = self._select(
            "SELECT * FROM requests WHERE run = COALESCE(?1, run) AND state = COALESCE(?2, state) "
            "AND phase = COALESCE(?3, phase) ORDER BY created_at, rowid",
            [run, state, phase],
        )
        return [_request(row) for row in rows]

    def decision(self, request_id: str) -> Decision | None:
        row = self._one("SELECT * FROM decisions WHERE request = ?", request_id)
        return _decision(row) if row else None

    def parts(self, request: ApprovalRequest) -> tuple[ChangePart, ...]:
        """What can be chosen of the request's change, in the order in which it is shown; () where it does not say."""
        row = self._one("SELECT value FROM kv WHERE run = ? AND name = ?", request.run, _under(_PARTS, request.id))
        return codec.load_many(ChangePart, from_json(row["value"])) if row else ()

    def selection(self, run: str, request_id: str) -> Selection | None:
        """What a person chose of the request's change; None when it is not answered, or as a whole."""
        row = self._one("SELECT value FROM kv WHERE run = ? AND name = ?", run, _under(_SELECTION, request_id))
        return codec.load(Selection, from_json(row["value"])) if row else None

    def grants(self, run: str, phase: str, policy: str | None = None) -> list[Grant]:
        """Those that still hold for the phase, the run-wide ones among them; with `policy`, made under that version."""
        rows = self._select(_GRANTS, [run, phase])
        return [_grant(row) for row in rows if policy is None or row["policy"] == policy]


class RequestWrites(JournalWrites, Writing):
    unspent: list[ApprovalRequest]

    def request(self, request: ApprovalRequest, parts: Sequence[ChangePart] = ()) -> ApprovalRequest:
        """Ask about a change of these parts. The same request again is harmless; another one under its id is a
        ConflictError."""
        self._owned(request.run)
        row = self._one("SELECT * FROM requests WHERE id = ?", request.id)
        asked = replace(request, reasons=tuple(self._text(line) for line in request.reasons), state="pending")
        if row is not None:
            if replace(_request(row), state="pending") != asked:
                raise ConflictError(f"request {request.id} exists and asks something else")
            return _request(row)
        if parts:
            self.put(asked.run, _under(_PARTS, asked.id), [codec.dump(part) for part in parts])
        self._execute(
            f"INSERT INTO requests ({_COLUMNS}, why) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,'')",  # noqa: S608
            asked.id, asked.run, asked.phase, asked.attempt, asked.stage.value, to_json(asked.codes),
            to_json(asked.paths), asked.digest, asked.base, asked.policy, asked.nonce, to_json(asked.reasons),
            asked.created_at or self._clock.wall(), asked.state,
        )  # fmt: skip
        return self._asked(request.id)[0]

    def _asked(self, request_id: str) -> tuple[ApprovalRequest, sqlite3.Row]:
        row = self._one("SELECT * FROM requests WHERE id = ?", request_id)
        if row is None:
            raise UsageError(f"there is no request {request_id!r}", hint="autopack status RUN lists what is asked.")
        return _request(row), row

    def decide(self, decision: Decision, selection: Selection | None = None) -> Decision:
        """Answer a pending request, first come; with `selection` the no is a yes to a part of the change. ConflictError
        when it is decided or expired, or when the decision was made on another change than the one it asks about."""
        asked, row = self._asked(decision.request)
        if asked.state != "pending":
            raise ConflictError(self._late(asked, row), hint=f"autopack status {asked.run} shows where the run stands.")
        if decision.digest != asked.digest:
            raise ConflictError(
                f"request {asked.id} asks about change {asked.digest[:12]}, the decision is about "
                f"{decision.digest[:12] or 'none'}",
                hint="Look at the change again, then decide.",
            )
        boot, steady = self._clock.steady()
        made = replace(
            decision, reason=self._text(decision.reason), actor=self._text(decision.actor),
            decided_at=decision.decided_at or self._clock.wall(), state="decided",
        )  # fmt: skip
        self._execute(
            "INSERT INTO decisions VALUES (?,?,?,?,?,?,?,?,?,?)",
            made.request, int(made.approved), made.actor, made.scope.value, made.reason, made.digest, made.decided_at,
            boot, steady, made.state,
        )  # fmt: skip
        self._execute("UPDATE requests SET state = 'decided' WHERE id = ?", made.request)
        if selection is not None and not made.approved:
            self.put(asked.run, _under(_SELECTION, made.request), codec.dump(selection))
        return made

    def _late(self, asked: ApprovalRequest, row: sqlite3.Row) -> str:
        told = self._one("SELECT * FROM decisions WHERE request = ?", asked.id)
        if asked.state == "expired" or told is None:
            return f"request {asked.id} has expired: {row['why']}"
        word = "approved" if told["approved"] else "rejected"
        if self.get(asked.run, _under(_SELECTION, asked.id)):
            word = "answered in part"
        return f"request {asked.id} was {word} by {told['actor']} already"

    def answer_by_grant(self, request_id: str) -> Decision | None:
        """The decision of the first grant that holds every code and path of the pending request, made under the same
        policy; None when there is none."""
        asked, _ = self._asked(request_id)
        self._owned(asked.run)
        for row in self.select(_GRANTS, [asked.run, asked.phase]):
            grant = _grant(row)
            inside = set(asked.codes) <= set(grant.codes) and set(asked.paths) <= set(grant.paths)
            if inside and row["policy"] == asked.policy:
                word = f"granted with request {grant.request}"
                return self.decide(Decision(asked.id, True, f"grant:{grant.id}", Scope.ONCE, word, asked.digest, 0.0))
        return None

    def answer_by_selection(self, request_id: str, source_id: str) -> Decision:
        """The decision on the pending request about what a person chose of `source_id`'s change: their word on that one,
        as old as it is, for an attempt that tries it and for no rule, path, base or policy that it did not ask about.
        StaleState when it does not reach so far."""
        asked, _ = self._asked(request_id)
        source, _ = self._asked(source_id)
        self._owned(asked.run)
        told = self._one("SELECT * FROM decisions WHERE request = ?", source_id)
        reaches = (
            told is not None
            and bool(self.get(asked.run, _under(_SELECTION, source_id)))
            and source.state == "consumed"
            and (asked.run, asked.phase) == (source.run, source.phase)
            and from_json(self._attempt_row(asked.run, asked.phase, asked.attempt)["data"]).get("chosen") == source_id
            and set(asked.codes) <= set(source.codes)
            and set(asked.paths) <= set(source.paths)
            and (asked.base, asked.policy) == (source.base, source.policy)
        )
        if not reaches or told is None:
            raise StaleState(f"what was chosen of request {source_id} does not answer request {request_id}")
        word = f"chosen of request {source_id}"
        decided = self.decide(
            Decision(asked.id, True, told["actor"], Scope.ONCE, word, asked.digest, told["decided_at"])
        )
        self._execute(
            "UPDATE decisions SET boot = ?, steady = ? WHERE request = ?", told["boot"], told["steady"], request_id
        )
        return decided

    def consume(
        self, request_id: str, key: str = "", inputs: dict[str, Any] | None = None, *,
        digest: str, base: str, policy: str, lapse_hours: float = 24.0,
    ) -> Effect | None:  # fmt: skip
        """Spend an approval on the change it was given for, in the transaction that writes the next intent of its
        attempt: `key` with `inputs` here, or, without a key, by `intent` before this transaction ends. Makes the grant
        its scope asks for; a wider scope is the phase's, whatever was said. StaleState (and nothing changed) when it is
        spent or no longer fits: call `expire` then."""
        asked, _ = self._asked(request_id)
        self._owned(asked.run)
        told = self._one("SELECT * FROM decisions WHERE request = ?", request_id)
        if told is None or asked.state != "decided" or told["state"] != "decided" or not told["approved"]:
            found = asked.state if told is None or told["approved"] else "rejected"
            raise StaleState(f"request {request_id} cannot be used: it is {found}")
        self._fits(asked, told, digest, base, policy, lapse_hours)
        self._spend(request_id)
        scope = Scope.PHASE if asked.stage is Stage.WIDEN else Scope(told["scope"])
        if scope is not Scope.ONCE:
            phase = asked.phase if scope is Scope.PHASE else ""
            self.grant(Grant(0, asked.run, phase, asked.codes, asked.paths, asked.id))
        self.unspent.append(asked)
        return self.intent(asked.run, asked.phase, asked.attempt, key, inputs or {}) if key else None

    def _fits(
        self, asked: ApprovalRequest, told: sqlite3.Row, digest: str, base: str, policy: str, lapse_hours: float
    ) -> None:
        same = (asked.digest, told["digest"], asked.base, asked.policy) == (digest, digest, base, policy)
        if not same:
            raise StaleState(f"request {asked.id} was answered for another change, base or policy")
        if age(self._clock, told["decided_at"], told["boot"], told["steady"]) > lapse_hours * 3600:
            raise StaleState(f"the decision on request {asked.id} is older than {lapse_hours:g} hours")

    def intent(self, run: str, phase: str, attempt: int, key: str, inputs: dict[str, Any]) -> Effect:
        """As in the journal; the first intent after `consume` carries the request it was spent on."""
        made = super().intent(run, phase, attempt, key, inputs)
        spent = next((r for r in self.unspent if (r.run, r.phase, r.attempt) == (run, phase, attempt)), None)
        if spent is None:
            return made
        if made.done or made.request:
            raise ConflictError(
                f"{key} of phase {phase}, attempt {attempt} is an old intent, request {spent.id} is not"
            )
        self.unspent.remove(spent)
        self._execute(
            "UPDATE effects SET request = ? WHERE run = ? AND phase = ? AND attempt = ? AND key = ?",
            spent.id, run, phase, attempt, key,
        )  # fmt: skip
        return replace(made, request=spent.id)

    def check_spent(self) -> None:
        """Called before the commit: what was consumed must have led to an intent."""
        if self.unspent:
            raise ConflictError(f"request {self.unspent[0].id} was consumed without an intent in the same transaction")

    def _spend(self, request_id: str) -> None:
        self._execute("UPDATE decisions SET state = 'consumed' WHERE request = ?", request_id)
        self._execute("UPDATE requests SET state = 'consumed' WHERE id = ?", request_id)

    def acknowledge(self, request_id: str) -> None:
        """A rejection was acted upon, in this transaction. StaleState for anything but an unused rejection."""
        asked, _ = self._asked(request_id)
        self._owned(asked.run)
        told = self._one("SELECT * FROM decisions WHERE request = ?", request_id)
        if told is None or told["approved"] or told["state"] != "decided":
            raise StaleState(f"request {request_id} is not an unused rejection")
        self._spend(request_id)

    def expire(self, request_id: str, why: str) -> None:
        """The request no longer asks (and its decision, if any, no longer answers). Harmless when it expired before;
        StaleState when it was consumed."""
        asked, _ = self._asked(request_id)
        self._owned(asked.run)
        if asked.state == "consumed":
            raise StaleState(f"request {request_id} was consumed")
        if asked.state != "expired":
            self._expire_where("id = ?", [request_id], why)

    def _withdraw(self, run: str, phase: str | None, why: str) -> None:
        self._expire_where(
            "run = ? AND phase = COALESCE(?, phase) AND state IN ('pending', 'decided')", [run, phase], why
        )

    def _expire_where(self, where: str, args: list[Any], why: str) -> None:
        ids = [row["id"] for row in self.select(f"SELECT id FROM requests WHERE {where}", args)]  # noqa: S608
        for request_id in ids:
            self._execute("UPDATE requests SET state = 'expired', why = ? WHERE id = ?", self._text(why), request_id)
            self._execute("UPDATE decisions SET state = 'lapsed' WHERE request = ?", request_id)

    def grant(self, grant: Grant) -> Grant:
        """Keep a grant; the one its request left already is given back. Its policy is the request's."""
        self._owned(grant.run)
        asked, _ = self._asked(grant.request)
        if not set(grant.codes) <= set(asked.codes) or not set(grant.paths) <= set(asked.paths):
            raise ConflictError(f"a grant cannot hold more than request {asked.id} asked for")
        self._execute(
            "INSERT OR IGNORE INTO grants (run, phase, codes, paths, policy, request) VALUES (?,?,?,?,?,?)",
            grant.run, grant.phase, to_json(grant.codes), to_json(grant.paths), asked.policy, grant.request,
        )  # fmt: skip
        row = self._one("SELECT * FROM grants WHERE request = ?", grant.request)
        assert row is not None
        return _grant(row)

    def _end_grants(self, run: str, phase: str) -> None:
        self._execute(
            "UPDATE grants SET ended_at = ? WHERE run = ? AND (? = '' OR phase = ?) AND ended_at IS NULL",
            self._clock.wall(), run, phase, phase,
        )  # fmt: skip
