"""Whether the deliverables of a phase hold what it promises of them, read from the candidate's tree."""

from __future__ import annotations

from autopack.engine.reading import reader_of
from autopack.engine.work import Work
from autopack.languages import Reading, read
from autopack.model.attempt import Attempt
from autopack.model.findings import Finding
from autopack.testing import undefined, unwritten


async def promises(work: Work, attempt: Attempt) -> tuple[Finding, ...]:
    """AP602 for what is not defined, AP601 for what is not written out."""
    assert attempt.changes is not None and attempt.candidate is not None
    changes, commit = attempt.changes, attempt.candidate.commit
    changed = await reader_of(work, changes) if work.phase.defines else None
    touched = {change.path for change in changes.changes}

    def reading(path: str) -> Reading | None:
        blob = work.doors.private.read(commit, path)
        if blob is None:
            return None
        return changed(path, blob.data) if changed is not None and path in touched else read(path, blob.data)

    return (*undefined(work.phase, reading), *unwritten(work.phase, changes))
