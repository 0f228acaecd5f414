"""Runs one test command on one tree and reports what Autopack itself saw."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

from autopack import fault
from autopack.model.evidence import CollectionError, Failure, RunnerEnd, TestOutcome, TestReport, TestResult
from autopack.sandbox import Channel, ProcessResult, ProcessSpec
from autopack.testing.interpreter import install_hint, interpreter_folders
from autopack.testing.invocation import Invocation, file_part, pytest_invocation
from autopack.testing.job import PLUGIN, TestJob, argv_for, python_path, test_environment
from autopack.testing.junit import COLLECTION_FAILURE, MAX_BYTES, JUnitRefused, junit_results, parse_junit
from autopack.testing.key import test_key
from autopack.testing.records import Session, read_records
from autopack.testing.report import (
    Ending,
    collection_errors_of,
    exit_status_result,
    process_ending,
    provenance_of,
    pytest_ending,
    record_ids,
    results_of,
    tail,
    uncollected,
)  # fmt: skip
from autopack.testing.roots import source_roots

BEFORE = fault.register("testing.before_run", "before a test command is started")
AFTER = fault.register("testing.after_run", "a test command has ended, its report is not stored yet")
MAX_JUNIT_FILES = 2000


async def run_tests(job: TestJob, only: Sequence[str] | None = None) -> TestReport:
    """The report of one run; never raises for what the tests do. `only` runs just these test ids (pytest).

    `changed_files` and `log` are the caller's to fill in. `output` of the process is not part of the report: pass a
    larger run through `run_tests_logged` to keep it.
    """
    return (await run_tests_logged(job, only))[0]


async def run_tests_logged(job: TestJob, only: Sequence[str] | None = None) -> tuple[TestReport, bytes]:
    """As `run_tests`, with what the test process wrote (bounded by `output_bytes`)."""
    runner = job.runner_name
    if runner == "none" or job.tests.skip:
        return _report(
            job, "none", (), Ending(RunnerEnd.NOT_STARTED, job.tests.reason or "tests are not run"), None
        ), b""
    job.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not job.workdir.is_dir():
        ending = Ending(RunnerEnd.NOT_STARTED, f"the folder {job.tests.workdir} of tests.workdir does not exist")
        return _report(job, runner, (), ending, None), b""
    fault.point(BEFORE)
    report, output = await (_run_command(job) if runner == "command" else _run_pytest(job, only))
    fault.point(AFTER)
    return report, output


async def _run_pytest(job: TestJob, only: Sequence[str] | None) -> tuple[TestReport, bytes]:
    call = pytest_invocation(job, only)
    if not call.argv:
        return _report(job, "pytest", (), Ending(RunnerEnd.FINISHED, "nothing to collect"), None,
                       absent=call.absent), b""  # fmt: skip
    nonce, key = secrets.token_hex(16), secrets.token_hex(16)
    env = test_environment(job.worktree, job.python, job.scratch, job.tests.env, [str(PLUGIN)])
    env |= {"AUTOPACK_REPORT": f"{nonce}:{key}", "AUTOPACK_LAYOUT": call.layout, "PYTHONSAFEPATH": "1"}
    channel = Channel()
    call.junit.unlink(missing_ok=True)
    process = await job.sandbox.run(_spec(job, call.argv, env), on_channel=channel)
    session = read_records(channel.data, nonce, key)
    if channel.overflow:
        session.broken = "the report channel was flooded"
    if session.mode == "junit":
        return _junit_fallback(job, call, process, session), process.output
    return _pytest_report(job, call, process, session), process.output


def _pytest_report(job: TestJob, call: Invocation, process: ProcessResult, session: Session) -> TestReport:
    ending = pytest_ending(process, session, job.tests.timeout_seconds)
    workdir = job.tests.workdir
    results = results_of(session, workdir)
    errors = collection_errors_of(session, workdir)
    if ending.end is RunnerEnd.FINISHED:
        extra = exit_status_result(process, results, bool(errors), tail(process.output))
        results += [extra] if extra else []
    hint = install_hint(job.python) if ending.end is RunnerEnd.NO_RUNNER else ""
    return replace(
        _report(job, "pytest", call.argv, ending, process, hint=hint, absent=call.absent),
        results=tuple(results),
        collection_errors=errors,
        missing_paths=uncollected(call.wanted, record_ids(session, workdir)),
        provenance=provenance_of(session),
    )


def _junit_fallback(job: TestJob, call: Invocation, process: ProcessResult, session: Session) -> TestReport:
    """A pytest too old for the plugin: the XML it wrote, believed only when the process closed its report."""
    ending = pytest_ending(process, session, job.tests.timeout_seconds)
    results: list[TestResult] = []
    errors: tuple[CollectionError, ...] = ()
    if ending.end is RunnerEnd.FINISHED:
        found, problem = _read_junit([call.junit], job, pytest=True)
        if problem:
            ending = Ending(RunnerEnd.CRASHED, problem)
        errors = tuple(
            CollectionError(file_part(r.id), r.failure)
            for r in found
            if r.failure and r.failure.message.startswith(COLLECTION_FAILURE)
        )
        results = [r for r in found if not (r.failure and r.failure.message.startswith(COLLECTION_FAILURE))]
        extra = exit_status_result(process, results, bool(errors), tail(process.output))
        results += [extra] if extra else []
    return replace(
        _report(job, "pytest", call.argv, ending, process, absent=call.absent),
        results=tuple(results),
        collection_errors=errors,
        missing_paths=uncollected(call.wanted, [r.id for r in (*results, *errors)]),
        provenance=provenance_of(session),
    )


async def _run_command(job: TestJob) -> tuple[TestReport, bytes]:
    argv = argv_for(job.tests.command or (), job.python)
    if not argv:
        return _report(job, "command", (), Ending(RunnerEnd.NOT_STARTED, "tests.command is empty"), None), b""
    roots = [str(job.worktree / root) for root in source_roots(job.worktree)]
    env = test_environment(job.worktree, job.python, job.scratch, job.tests.env,
                           [*roots, *python_path(job.worktree, job.tests.env)])  # fmt: skip
    before = _junit_files(job)
    process = await job.sandbox.run(_spec(job, argv, env))
    ending = process_ending(process, job.tests.timeout_seconds)
    if ending is None and process.signal:
        ending = Ending(RunnerEnd.KILLED, f"{argv[0]} was ended by signal {process.signal}")
    ending = ending or Ending(RunnerEnd.FINISHED)
    name, said = shlex.join(job.tests.command or ()), tail(process.output, 40)
    results: list[TestResult] = []
    if job.tests.junit and ending.end is RunnerEnd.FINISHED:
        fresh = [path for path, stamp in _junit_files(job).items() if before.get(path) != stamp]
        results, problem = _read_junit(fresh, job)
        if problem:
            ending = Ending(RunnerEnd.CRASHED, problem)
        elif not fresh and process.exit_code == 0:
            ending = Ending(RunnerEnd.CRASHED, f"{name} exited with 0 and wrote no file that matches {job.tests.junit}")
        extra = exit_status_result(process, results, False, said) if results else None
        results += [extra] if extra else []
    if not results and ending.end is RunnerEnd.FINISHED:
        red = process.exit_code != 0
        failure = Failure("", 0, f"{name} exited with {process.exit_code}: {tail(process.output, 3)}", said)
        results = [TestResult(name, TestOutcome.FAILED if red else TestOutcome.PASSED, process.duration,
                              failure if red else None)]  # fmt: skip
    absent = tuple(p for p in job.tests.paths if not (job.worktree / p).exists())
    report = _report(job, "command", argv, ending, process, absent=absent)
    return replace(report, results=tuple(results)), process.output


def _junit_files(job: TestJob) -> dict[Path, tuple[int, int]]:
    """The files the plan's glob names, with size and time: only those written by this run count."""
    found: dict[Path, tuple[int, int]] = {}
    top = job.worktree.resolve()
    for path in sorted(job.worktree.glob(job.tests.junit) if job.tests.junit else ())[:MAX_JUNIT_FILES]:
        if path.is_file() and path.resolve().is_relative_to(top):
            stat = path.stat()
            found[path] = (stat.st_size, stat.st_mtime_ns)
    return found


def _read_junit(paths: Sequence[Path], job: TestJob, *, pytest: bool = False) -> tuple[list[TestResult], str]:
    roots: list[Element] = []
    for path in paths:
        try:
            with path.open("rb") as stream:
                roots.append(parse_junit(stream.read(MAX_BYTES + 1)))
        except (OSError, JUnitRefused) as error:
            return [], f"the JUnit report {path.name} cannot be read: {error}"
    return junit_results(roots, job.worktree, job.tests.workdir, pytest=pytest), ""


def _spec(job: TestJob, argv: tuple[str, ...], env: dict[str, str]) -> ProcessSpec:
    return ProcessSpec(
        argv=argv,
        cwd=job.workdir,
        env=env,
        nonce=job.nonce,
        writable=(job.worktree, job.scratch, *job.writable),
        readable=(PLUGIN, *interpreter_folders(job.python), *job.readable),
        hidden=job.hidden,
        network=job.tests.network,
        timeout=job.tests.timeout_seconds,
        output_bytes=job.output_bytes,
        memory_bytes=job.memory_bytes,
    )


def _report(
    job: TestJob,
    runner: str,
    command: tuple[str, ...],
    ending: Ending,
    process: ProcessResult | None,
    *,
    hint: str = "",
    absent: tuple[str, ...] = (),
) -> TestReport:
    return TestReport(
        key=test_key(job),
        tree=job.tree,
        runner=runner,
        command=command,
        end=ending.end,
        exit_code=process.exit_code if process else None,
        missing_paths=absent,
        absent_paths=absent,
        duration=process.duration if process else 0.0,
        detail=ending.detail,
        hint=hint,
        sandbox_level=process.level if process else 0,
    )
