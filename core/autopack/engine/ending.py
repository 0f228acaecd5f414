"""How a run tells the world: its end, a stop, and the bundle of a phase that failed for good."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from autopack import fault
from autopack.engine import reporting
from autopack.engine.actions import ENDED_BY
from autopack.engine.calls import spent_cassette
from autopack.engine.publishing import publish
from autopack.engine.summary import run_summary
from autopack.engine.work import Work
from autopack.errors import AutopackError, EnvironmentRefused
from autopack.events import Event, EventName
from autopack.llm import Cassette
from autopack.model.findings import Finding
from autopack.model.plan import Phase
from autopack.model.rules import finding
from autopack.model.states import PhaseState, RunState
from autopack.repo import PrivateRepo
from autopack.store import Transaction, located

fault.register("run.ended", "the run's end is written, its report is not")
fault.register("handoff.before", "a phase failed, its handoff bundle is not written")


def end_run(
    work: Work, state: RunState, reason: str, code: str = "", hint: str = "", at: Finding | None = None
) -> AutopackError | None:
    """Publish what is left, write the end state, `run.finished` and the report. The run has ended whether or not the
    disk takes the report; why it did not is what is returned."""
    journal = work.journal
    publish(work)
    if code:
        why = finding(code, with_hint(work, reason, hint), blocking=True)
        if at is not None:
            why = replace(why, path=at.path, range=at.range, tree=at.tree, fingerprint="")
        journal.run_findings(ENDED_BY, (why,))
    _tell_unused_lines(work)
    journal.put("active_seconds", round(work.active_seconds(), 3))
    journal.put("journal_commits", work.doors.store.get(work.run, "journal_commits", 0) + journal.commits + 1)
    journal.move_run(state, "finish", reason)
    journal.add(lambda tx: _tell(tx, work, EventName.RUN_FINISHED))
    journal.flush()
    fault.point("run.ended")
    try:
        with located(work.doors.people_folder):
            reporting.write_report(work)
    except EnvironmentRefused as refused:
        return refused
    return None


def with_hint(work: Work, reason: str, hint: str) -> str:
    """One text of what happened and what to do about it, its commands with this run's name."""
    told = re.sub(r"\bRUN\b", work.run, hint)
    return f"{reason}. {told[:1].upper()}{told[1:]}" if told else reason


def _tell_unused_lines(work: Work) -> None:
    """Lines of the run's cassette that answered nothing, which usually means a mistake in them."""
    if not work.config.cassette:
        return
    try:
        cassette = Cassette.load(Path(work.config.cassette), work.config.cassette_sha256)
    except AutopackError:
        return
    unused = cassette.unmatched(spent_cassette(work.doors.store, work.run))
    if unused:
        lines = ", ".join(f"{line.number} ({line.wanted()})" for line in unused[:10])
        more = f" and {len(unused) - 10} more" if len(unused) > 10 else ""
        work.journal.log(f"Lines of the cassette that answered nothing: {lines}{more}.")


def tell_stopped(work: Work, reason: str, waiting: tuple[str, ...]) -> None:
    """`run.stopped`, with everything `run.finished` would say and what the run waits for."""
    work.journal.add(lambda tx: _tell(tx, work, EventName.RUN_STOPPED, reason=reason, waiting=list(waiting)))
    work.journal.flush()


def write_missing_handoffs(work: Work) -> None:
    """The bundles that a kill kept a former drive from writing."""
    failed = [p for p in work.plan.phases if work.journal.phase_state(p.id) is PhaseState.FAILED]
    if failed:
        told: dict[str, bool] = {}
        for event in work.doors.store.events(work.run):
            if event.event is EventName.PHASE_FINISHED or "handoff" in event.data:
                told[event.phase] = "handoff" in event.data
        for phase in failed:
            if not told.get(phase.id):
                write_handoff(work, phase)


def write_handoff(work: Work, phase: Phase) -> None:
    """The bundle for whoever takes over; a disk that refuses it is said, and the run goes on."""
    fault.point("handoff.before")
    try:
        path = reporting.write_handoff(work, phase)
    except OSError as error:
        work.journal.log(f"The handoff bundle could not be written: {error}", phase.id)
    else:
        work.journal.event(EventName.LOG, phase.id, message=f"Handoff bundle: {path}", handoff=str(path))
    work.journal.flush()


def _tell(tx: Transaction, work: Work, name: EventName, **more: object) -> None:
    data = run_summary(work.doors.store, work.run, base=work.config.base)
    tx.event(Event(name, work.run, data={**data, **more}))


def run_refs(private: PrivateRepo, run: str) -> list[str]:
    """Every ref of the run in the private repository."""
    return list(private.refs(f"refs/autopack/{run}/"))
