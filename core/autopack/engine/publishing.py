"""The user's view of a run: the branch, fetched from the private repository after each completed phase."""

from __future__ import annotations

from collections.abc import Callable

from autopack import fault
from autopack.engine.summary import WAITS
from autopack.engine.work import Work
from autopack.errors import AutopackError
from autopack.events import Event, EventName
from autopack.model import codec
from autopack.model.findings import Finding
from autopack.model.rules import finding
from autopack.repo import Publisher
from autopack.store import Store, Transaction

fault.register("publish.before", "the branch is about to be published")
fault.register("publish.after", "the branch is published, the journal does not say so yet")

Write = Callable[[Transaction], object]


def publish(work: Work) -> None:
    """Bring `autopack/<run>` to the tip. A failure is AP904 (information) and never fails a phase: the next publication
    catches up, and the last one is tried again when the run ends."""
    work.journal.flush()
    for write in bring_up(work.doors.store, work.doors.publisher, work.run, work.config.base):
        work.journal.add(write)
    work.journal.flush()


def bring_up(store: Store, publisher: Publisher, run: str, base: str) -> list[Write]:
    """Bring the branch to the journal's tip (backwards only after a rollback); what to write about it."""
    tip, published = str(store.get(run, "tip")), store.get(run, "published")
    left: list[str] = store.get(run, "rolled_back") or []
    never = published is None and tip == base
    if (published == tip and not left) or (never and not (left and publisher.stands(run))):
        return _told(store, run, None)
    fault.point("publish.before")
    try:
        result = publisher.publish(run, tip, published, left=left)
    except (AutopackError, OSError) as error:
        return _told(store, run, finding("AP904", f"The branch could not be published: {error}"))
    fault.point("publish.after")
    if not result.ok:
        return _told(store, run, result.finding)
    return [
        lambda tx: tx.put(run, "published", tip),
        lambda tx: tx.put(run, "rolled_back", []),
        lambda tx: tx.run_update(run, branch=result.branch, tip=tip),
        *_told(store, run, None),
    ]


def _told(store: Store, run: str, found: Finding | None) -> list[Write]:
    """The finding that publishing waits, told once and cleared when it went through."""
    before = store.get(run, WAITS)
    now = codec.dump(found.placed(run=run, phase="", attempt=0)) if found else None
    if before == now:
        return []
    events: list[Event] = []
    if before:
        events.append(Event(EventName.FINDING_CLEARED, run, data={"fingerprint": before["fingerprint"]}))
    if now:
        events.append(Event(EventName.FINDING_ADDED, run, data={"finding": now}))
    return [lambda tx: tx.put(run, WAITS, now), *(lambda tx, event=event: tx.event(event) for event in events)]
