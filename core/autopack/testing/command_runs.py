"""Runner `command`: a program of the plan, judged by its exit code and by the JUnit XML it writes."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from autopack.model.test_report import CollectionError, Failure, RunnerEnd, TestOutcome, TestReport, TestResult
from autopack.sandbox import ProcessResult
from autopack.testing.files import bounded_read
from autopack.testing.formats import Places, ReportRefused, read_junit
from autopack.testing.job import TestJob, argv_for, python_path, test_environment
from autopack.testing.launch import launched, process_spec, test_report
from autopack.testing.report import Ending, exit_status_result, program_ending, tail
from autopack.testing.roots import source_roots

MAX_JUNIT_FILES = 2000


async def run_command(job: TestJob) -> tuple[TestReport, bytes]:
    """One test named by the command, or those of the files that `tests.junit` names and this run wrote."""
    argv = argv_for(job.tests.command or (), job.python)
    if not argv:
        ending = Ending(RunnerEnd.NOT_STARTED, "tests.command is empty")
        return test_report(job, "command", (), ending, None), b""
    roots = [str(job.worktree / root) for root in source_roots(job.worktree)]
    env = test_environment(job.worktree, job.python, job.scratch, job.tests.env,
                           [*roots, *python_path(job.worktree, job.tests.env)])  # fmt: skip
    before = _junit_files(job)
    process = await launched(job, process_spec(job, argv, env))
    ending = program_ending(process, job.tests.timeout_seconds, argv[0])
    results: list[TestResult] = []
    errors: tuple[CollectionError, ...] = ()
    if job.tests.junit and ending.end is RunnerEnd.FINISHED:
        ending, results, errors = _junit(job, process, before, ending)
    if not results and not errors and ending.end is RunnerEnd.FINISHED:
        results = [_one_test(job, process)]
    absent = tuple(p for p in job.tests.paths if not (job.worktree / p).exists())
    report = test_report(job, "command", argv, ending, process, absent=absent)
    return replace(report, results=tuple(results), collection_errors=errors), process.output


def _one_test(job: TestJob, process: ProcessResult) -> TestResult:
    name, said = shlex.join(job.tests.command or ()), tail(process.output, 40)
    if process.exit_code == 0:
        return TestResult(name, TestOutcome.PASSED, process.duration)
    failure = Failure("", 0, f"{name} exited with {process.exit_code}: {tail(process.output, 3)}", said)
    return TestResult(name, TestOutcome.FAILED, process.duration, failure)


def _junit(
    job: TestJob, process: ProcessResult, before: dict[Path, tuple[int, int]], ending: Ending
) -> tuple[Ending, list[TestResult], tuple[CollectionError, ...]]:
    fresh = [path for path, stamp in _junit_files(job).items() if before.get(path) != stamp]
    name = shlex.join(job.tests.command or ())
    if not fresh:
        text = f"{name} exited with 0 and wrote no file that matches {job.tests.junit}"
        return (Ending(RunnerEnd.CRASHED, text) if process.exit_code == 0 else ending), [], ()
    path = fresh[0]
    try:
        documents: list[bytes] = []
        for path in fresh:
            documents.append(bounded_read(path.resolve()))
        reading = read_junit(documents, Places(job.worktree, job.tests.workdir))
    except (OSError, ReportRefused) as error:
        return Ending(RunnerEnd.CRASHED, f"the JUnit report {path.name} cannot be read: {error}"), [], ()
    results, errors = reading.results, reading.collection_errors
    said = tail(process.output, 40)
    extra = exit_status_result(process, results, bool(errors), said, green=(0,)) if results else None
    return ending, [*results, *([extra] if extra else [])], errors


def _junit_files(job: TestJob) -> dict[Path, tuple[int, int]]:
    """The files the plan's glob names, with size and time: only those written by this run count."""
    found: dict[Path, tuple[int, int]] = {}
    top = job.worktree.resolve()
    for path in sorted(job.worktree.glob(job.tests.junit) if job.tests.junit else ())[:MAX_JUNIT_FILES]:
        if path.is_file() and path.resolve().is_relative_to(top):
            stat = path.stat()
            found[path] = (stat.st_size, stat.st_mtime_ns)
    return found
