"""The user's view of a run: the branch, fetched from the private repository after each completed phase."""

from __future__ import annotations

from autopack import fault
from autopack.engine.work import Work
from autopack.errors import AutopackError
from autopack.model.rules import finding

fault.register("publish.before", "the branch is about to be published")
fault.register("publish.after", "the branch is published, the journal does not say so yet")


def publish(work: Work, *, force: bool = False) -> None:
    """Bring `autopack/<run>` to the tip. A failure is AP904 (information) and never fails a phase: the next publication
    catches up, and the last one is tried again when the run ends."""
    store, journal = work.doors.store, work.journal
    journal.flush()
    tip, published = str(store.get(work.run, "tip")), store.get(work.run, "published")
    if published == tip or (published is None and tip == work.config.base):
        return
    fault.point("publish.before")
    try:
        result = work.doors.publisher.publish(work.run, tip, published, force=force)
    except (AutopackError, OSError) as error:
        journal.findings((finding("AP904", f"The branch could not be published: {error}"),), "", 0)
        journal.flush()
        return
    fault.point("publish.after")
    if result.ok:
        journal.put("published", tip)
        journal.add(lambda tx: tx.run_update(work.run, branch=result.branch, tip=tip))
    elif result.finding is not None:
        journal.findings((result.finding,), "", 0)
    journal.flush()
