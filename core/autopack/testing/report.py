"""Makes a TestReport of how the process ended and what its records say; nothing incomplete counts as finished."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autopack.model.test_report import CollectionError, Failure, Provenance, RunnerEnd, TestOutcome, TestResult
from autopack.sandbox import ProcessResult
from autopack.testing.invocation import file_part, from_node
from autopack.testing.record_forms import ToldFailure
from autopack.testing.records import Session

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
EXIT_STATUS_ID = "runner::exit-status"
MOST_FRAMES = 24
FAILING = (TestOutcome.FAILED, TestOutcome.ERROR)


@dataclass(frozen=True)
class Ending:
    """How a run ended, in the words the report uses."""

    end: RunnerEnd
    detail: str = ""


def tail(output: bytes, lines: int = 12) -> str:
    """The last lines of the output that say something."""
    said = [line.rstrip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return "\n".join(said[-lines:])


def process_ending(process: ProcessResult, timeout: float) -> Ending | None:
    """Time-out, not started: what needs no record to be known. None otherwise."""
    if process.timed_out:
        return Ending(RunnerEnd.TIMED_OUT, f"the test run passed its time-out of {timeout:g} s and was ended")
    if not process.started:
        return Ending(RunnerEnd.NOT_STARTED, process.error or f"exit status {process.exit_code}")
    return None


def program_ending(process: ProcessResult, timeout: float, name: str) -> Ending:
    """FINISHED whatever the exit code, unless the program did not start or was ended."""
    early = process_ending(process, timeout)
    if early is None and process.signal:
        early = Ending(RunnerEnd.KILLED, f"{name} was ended by signal {process.signal}")
    return early or Ending(RunnerEnd.FINISHED)


def session_ending(process: ProcessResult, session: Session, timeout: float, name: str) -> Ending:
    """FINISHED only when the channel is genuine and complete and every collected test reported; `name` is the
    runner's."""
    early = process_ending(process, timeout)
    if early is not None:
        return early
    if session.mode == "absent":
        return Ending(RunnerEnd.NO_RUNNER, f"{session.start and session.start.executable} has no {name}")
    said = last_words(process.output)
    if session.broken:
        return Ending(RunnerEnd.CRASHED, session.broken)
    end = session.end
    if end is None and process.exit_code == 4 and session.start is not None:
        return Ending(RunnerEnd.CRASHED, f"{name} did not accept how it was called: {said}")
    if session.start is None or end is None:
        return Ending(RunnerEnd.KILLED if process.signal == 9 else RunnerEnd.CRASHED, _abrupt(process, session, said))
    if session.internal is not None:
        return Ending(RunnerEnd.CRASHED, f"{name} failed inside: {session.internal.failure.message}")
    if end.unfinished:
        names = ", ".join(end.not_run[:3]) + (", ..." if end.unfinished > 3 else "")
        text = f"{name} stopped with {end.unfinished} of {end.collected} collected tests not run ({names})"
        return Ending(RunnerEnd.CRASHED, text)
    if end.status == 4 and not session.collect_errors:
        return Ending(RunnerEnd.CRASHED, f"{name} did not accept how it was called: {said}")
    if end.status in (2, 3) or (session.mode == "plugin" and end.status == 0 and not session.results):
        return Ending(RunnerEnd.CRASHED, f"{name} was interrupted (exit status {end.status}): {said}")
    return Ending(RunnerEnd.FINISHED)


def last_words(output: bytes) -> str:
    """The end of the output on one line, for a message."""
    said = " ".join(tail(output, 6).split())
    return said if len(said) <= 500 else f"…{said[-499:]}"


def _abrupt(process: ProcessResult, session: Session, said: str) -> str:
    how = f"signal {process.signal}" if process.signal else f"exit status {process.exit_code}"
    where = f" while running {session.running}" if session.running else ""
    when = "before it reported anything" if session.start is None else f"after {len(session.results)} tests{where}"
    return f"the test process ended ({how}) {when}, without closing its report: {said}"


def failure_of(told: ToldFailure | None) -> Failure | None:
    """The plugin's failure; its path is relative to the worktree already."""
    if told is None:
        return None
    said, shown = (_COLOURS.sub("", text) for text in (told.message, told.excerpt))
    return Failure(told.path, told.line, said, shown, tuple(told.frames[:MOST_FRAMES]))


def results_of(session: Session, workdir: str) -> list[TestResult]:
    """Results in order of arrival; a test reported twice keeps its worse outcome."""
    found: dict[str, TestResult] = {}
    for record in session.results:
        test_id = from_node(record.id, workdir)
        result = TestResult(test_id, record.outcome, record.duration, failure_of(record.failure))
        old = found.get(test_id)
        if old is None or old.outcome not in FAILING:
            found[test_id] = result
    return list(found.values())


def collection_errors_of(session: Session, workdir: str) -> tuple[CollectionError, ...]:
    """Collectors that failed, each with its place."""
    return tuple(
        CollectionError(from_node(record.id, workdir), failure_of(record.failure) or Failure("", 0, "failed"))
        for record in session.collect_errors
    )


def provenance_of(session: Session) -> Provenance:
    """The union of all processes' records; inconclusive when a process that ran tests left none."""

    imported = sorted({path for record in session.imported for path in record.imported})
    outside = sorted({pair for record in session.imported for pair in record.outside})
    prebuilt = sorted({pair for record in session.imported for pair in record.prebuilt})
    why = ""
    if session.silent_workers:
        why = f"worker {', '.join(session.silent_workers)} ran tests and did not say what it imported"
    elif not session.imported:
        why = "the test process did not say what it imported"
    return Provenance(tuple(outside), tuple(imported), why, tuple(prebuilt))


def overruled_of(session: Session, workdir: str) -> tuple[str, ...]:
    """Tests that raised and were reported as passed."""
    told = session.meddling.overruled if session.meddling else ()
    return tuple(from_node(node, workdir) for node in told)


def patched_of(session: Session) -> tuple[tuple[str, str], ...]:
    """Parts of pytest or unittest that were replaced, each with the worktree's file that did it ("" = not known)."""
    return tuple(session.meddling.patched) if session.meddling else ()


def exit_status_result(
    process: ProcessResult, results: list[TestResult], errors: bool, said: str, green: tuple[int, ...] = (0, 5)
) -> TestResult | None:
    """A failing result of its own when the process ended red and no test or collector explains it; 5 is what pytest and
    unittest end with when there is no test."""
    if process.exit_code in green or errors or any(r.outcome in FAILING for r in results):
        return None
    how = f"signal {process.signal}" if process.signal else f"exit status {process.exit_code}"
    message = f"the runner ended with {how} although no test failed: {said}"
    return TestResult(EXIT_STATUS_ID, TestOutcome.FAILED, 0.0, Failure("", 0, message, said))


def uncollected(wanted: tuple[str, ...], ids: list[str]) -> tuple[str, ...]:
    """Wanted entries under which no test or collection error is known."""
    return tuple(entry for entry in wanted if not any(belongs(test_id, entry) for test_id in ids))


def belongs(test_id: str, entry: str) -> bool:
    """Whether a test id lies under an entry: a folder, a file, a class, a test or all its parameters."""
    if "::" in entry:
        return test_id == entry or test_id.startswith((f"{entry}::", f"{entry}[")) or file_part(entry) == test_id
    path = file_part(test_id)
    entry = entry.rstrip("/")
    return entry in ("", ".") or path == entry or path.startswith(f"{entry}/")


def record_ids(session: Session, workdir: str) -> list[str]:
    """Every id the session spoke of."""
    return [from_node(record.id, workdir) for record in (*session.results, *session.collect_errors)]
