"""Following runs from outside: what changed since the last look, whoever works on them, read from the journal alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.model.approvals import ApprovalRequest, ChangePart
from autopack.model.states import RunState
from autopack.service.timeline import Timeline
from autopack.service.views import shown_state
from autopack.store import PhaseRow, RunRow, Store, UsageTotals

if TYPE_CHECKING:
    from autopack.store import Watch


@dataclass(frozen=True, slots=True)
class RunNow:
    """One run as the journal knows it now. `timeline` grows with later looks: read it before the next one.
    `parts` is what can be chosen of each pending request, by its id."""

    row: RunRow
    shown: str
    phases: tuple[PhaseRow, ...]
    requests: tuple[ApprovalRequest, ...]
    usage: UsageTotals
    head: str
    published: bool
    active_seconds: float
    at_work: bool
    commits: dict[str, str]
    timeline: Timeline
    parts: dict[str, tuple[ChangePart, ...]]

    @property
    def ended(self) -> bool:
        return self.row.state.ended


RECENT = 20
"""Ended runs that are followed though nothing happens to them: what a view shows without being asked for more."""

_OPEN = tuple(state for state in RunState if not state.ended)


@dataclass(slots=True)
class _Known:
    timeline: Timeline
    touched: float
    at_work: bool
    requests: tuple[str, ...] = ()


class Following:
    """The runs of one repository; `look` says which changed. For one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._watch: Watch = store.watch()
        self._known: dict[str, _Known] = {}
        self._first = True

    def close(self) -> None:
        self._watch.close()

    def look(self, *, owners: bool = False) -> list[RunNow]:
        """Every run that changed since the last look, oldest first; at first all that have not ended and the latest that
        have. Cheap while nothing was committed anywhere, unless `owners`: then whether runs thought at work still are
        is asked too, since a process that is killed commits nothing."""
        if not (self._watch.changed() or self._first or owners):
            return []
        self._first = False
        rows = {row.id: row for row in (*self._store.runs(limit=RECENT), *self._store.runs(_OPEN))}
        for run, known in list(self._known.items()):
            if run not in rows and known.at_work:
                rows[run] = self._store.run(run)
            elif run not in rows:
                del self._known[run]
        changed = [now for row in rows.values() if (now := self._look_at(row, owners)) is not None]
        return sorted(changed, key=lambda now: now.row.created_at)

    def follows(self, run: str) -> bool:
        """Whether the last look was at it: a run that has ended is left when so many others came after it."""
        return run in self._known

    def now(self, run: str) -> RunNow:
        """One run, whether it changed or not. Raises UsageError for an unknown one."""
        row = self._store.run(run)
        return self._view(row, self._followed(row), self._store.owned(run))

    def _look_at(self, row: RunRow, owners: bool) -> RunNow | None:
        known = self._known.get(row.id)
        if known is not None and row.state.ended and known.touched == row.updated_at and not known.at_work:
            return None
        at_work = self._store.owned(row.id) if known is None or owners or not known.at_work else known.at_work
        before = (known.timeline.seq, known.touched, known.at_work, known.requests) if known else None
        known = self._followed(row)
        known.touched, known.at_work = row.updated_at, at_work
        known.requests = tuple(r.id for r in self._store.requests(row.id, state="pending"))
        if before == (known.timeline.seq, known.touched, known.at_work, known.requests):
            return None
        return self._view(row, known, at_work)

    def _followed(self, row: RunRow) -> _Known:
        known = self._known.setdefault(row.id, _Known(Timeline(), 0.0, False))
        for event in self._store.events(row.id, known.timeline.seq):
            known.timeline.take(event)
        if row.state is RunState.DISCARDED:
            for phase in known.timeline.phases.values():
                phase.findings.clear()
        return known

    def _view(self, row: RunRow, known: _Known, at_work: bool) -> RunNow:
        store, run = self._store, row.id
        phases = tuple(store.phases(run))
        requests = tuple(store.requests(run, state="pending"))
        tip = str(store.get(run, "tip", row.base))
        return RunNow(
            row=row,
            shown=shown_state(row, [p.state for p in phases]),
            phases=phases,
            requests=requests,
            usage=store.usage(run),
            head=tip,
            published=tip in (store.get(run, "published"), row.base),
            active_seconds=float(store.get(run, "active_seconds", 0.0)),
            at_work=at_work,
            commits={p.phase: str(store.get(run, f"commit:{p.phase}", "")) for p in phases},
            timeline=known.timeline,
            parts={request.id: store.parts(request) for request in requests},
        )
