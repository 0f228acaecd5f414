"""What code under test does to the record of its own results, as far as the test process shows it."""

from __future__ import annotations

from collections.abc import Sequence

from autopack.model.findings import Finding
from autopack.model.rules import finding
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.testing.delta import GOOD
from autopack.testing.invocation import file_part
from autopack.testing.report import belongs
from autopack.testing.sources import Sources
from autopack.text import plural

_SHOWN = 3


def meddling_findings(baseline: TestReport | None, report: TestReport, sources: Sources | None = None) -> list[Finding]:
    """AP405 for outcomes overruled and for parts of the test framework replaced, where the base did not do the same: what
    a project has always done to its tests is its own affair."""
    sources = sources or Sources()
    before = set(baseline.overruled) if baseline is not None else set[str]()
    known = {part for part, _ in baseline.patched} if baseline is not None else set[str]()
    found: list[Finding] = []
    overruled = [test for test in report.overruled if test not in before]
    if overruled:
        shown = ", ".join(overruled[:_SHOWN]) + (", ..." if len(overruled) > _SHOWN else "")
        said = f"{plural(len(overruled), 'test')} raised an error and {'was' if len(overruled) == 1 else 'were'}"
        text = f"{said} reported as passed ({shown}): a hook changes outcomes. Let a failing test fail."
        found.append(finding("AP405", text, path=file_part(overruled[0]), range=sources.test_line(overruled[0])))
    for part, file in report.patched:
        if part not in known:
            where = f"{file} replaces" if file else "The code under test replaces"
            text = (
                f"{where} {part} while the tests run, which decides on their outcomes. Leave the test framework alone."
            )
            where = sources.naming(file, part.rpartition(".")[2]) if file else None
            found.append(finding("AP405", text, path=file, range=where))
    return found


def unconfirmed(report: TestReport, must_pass: Sequence[str], sources: Sources | None = None) -> list[Finding]:
    """AP405 for each entry of must_pass that did not pass in this second run; one for a run that came to no end."""
    if report.end is not RunnerEnd.FINISHED:
        text = f"The second run of must_pass, with the base's configuration, came to no end ({report.detail})."
        return [finding("AP405", text, entry="tests.must_pass")]
    found: list[Finding] = []
    for number, wanted in enumerate(must_pass):
        results = [r for r in report.results if belongs(r.id, wanted)]
        if not results or any(r.outcome not in GOOD for r in results):
            text = (
                f"{wanted} of must_pass does not pass in a process of its own with the base's configuration. Make it pass "
                "without changing what decides on the tests."
            )
            where = (sources or Sources()).test_line(wanted)
            entry = f"tests.must_pass[{number}]"
            found.append(finding("AP405", text, path=file_part(wanted), range=where, entry=entry))
    return found
