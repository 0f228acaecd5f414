"""Where what people read is written: `<people folder>/<run>/` with report.md, patches/ and handoff/."""

from __future__ import annotations

from pathlib import Path

from autopack.durable import write_whole
from autopack.engine.chronicle import Chronicle
from autopack.engine.doors import Doors, RunConfig
from autopack.engine.work import Work
from autopack.handoff import write_bundle
from autopack.model.plan import Phase, Plan
from autopack.report import render_report


def chronicle_of(doors: Doors, run: str, plan: Plan, config: RunConfig) -> Chronicle:
    """The run's chronicle with this machine's sandbox named."""
    return Chronicle(
        doors.store, doors.private, run, plan, config, f"level {doors.sandbox.level}: {doors.sandbox.reason}"
    )


def write_report(work: Work) -> Path:
    """The report of a run that ended, and the patches of its attempts."""
    return report_to(chronicle_of(work.doors, work.run, work.plan, work.config), work.doors)


def report_to(chronicle: Chronicle, doors: Doors) -> Path:
    """Write patches and report anew; the report's path. Each file appears whole or not at all."""
    folder = doors.people_folder / chronicle.run
    for row in doors.store.attempts(chronicle.run):
        patch = chronicle.patch(row.phase, row.number)
        if patch is not None:
            _publish(folder / "patches" / f"{row.phase}-{row.number}.patch", patch)
    text = render_report(chronicle.run_facts())
    path = folder / "report.md"
    _publish(path, doors.redactor.text(text).encode("utf-8", "replace"))
    return path


def write_handoff(work: Work, phase: Phase) -> Path:
    """The bundle of a phase that failed for good."""
    return handoff_to(chronicle_of(work.doors, work.run, work.plan, work.config), work.doors, phase)


def handoff_to(chronicle: Chronicle, doors: Doors, phase: Phase) -> Path:
    """Write the phase's bundle anew; the path of its folder."""
    folder, root = doors.people_folder / chronicle.run / "handoff" / phase.id, doors.user.root
    place = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else str(folder)
    return write_bundle(folder, chronicle.bundle_facts(phase, doors.wall(), place), doors.redactor)


def _publish(path: Path, data: bytes) -> None:
    """For whoever may read the repository."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data, mode=0o666)
