"""What of a change's code its tests execute, against what the settings ask of the phase."""

from __future__ import annotations

from functools import partial

from autopack.engine.aside import aside, reader
from autopack.engine.work import Work
from autopack.model.attempt import Attempt
from autopack.model.evidence import Coverage
from autopack.model.findings import Finding
from autopack.model.test_report import TestReport
from autopack.policy import is_test, profile_of
from autopack.testing import Asked, coverage_findings, coverage_of


async def covered(
    work: Work, attempt: Attempt, baseline: TestReport | None, report: TestReport | None
) -> tuple[Coverage | None, list[Finding]]:
    """The coverage, None where no lines were measured, and what is found about it (AP411)."""
    assert attempt.changes is not None
    found = None
    if baseline is not None and report is not None:
        read = reader(work, attempt.base)
        found = await aside(partial(coverage_of, attempt.changes, baseline, report, read, is_test))
    tests, profile = work.doors.settings.tests, profile_of(work.phase, work.doors.settings)
    asked = Asked(tests.least_covered(work.phase.category, profile), tests.coverage_drop, profile == "strict")
    return found, coverage_findings(found, baseline, report, asked)
