"""pytest and unittest: runs that report record by record over the channel of our plugin."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from compileall import compile_dir
from dataclasses import replace
from functools import cache

from autopack.model.test_report import CollectionError, RunnerEnd, TestReport, TestResult
from autopack.sandbox import ProcessResult
from autopack.testing.executed import covering_of, executed_of, no_lines_of
from autopack.testing.formats import Places, ReportRefused, read_junit
from autopack.testing.interpreter import install_hint
from autopack.testing.invocation import Invocation, from_node, pytest_invocation, unittest_invocation
from autopack.testing.job import PLUGIN, TestJob, test_environment
from autopack.testing.launch import launched, process_spec, test_report
from autopack.testing.records import RecordReader, Session
from autopack.testing.report import (
    Ending,
    collection_errors_of,
    exit_status_result,
    overruled_of,
    patched_of,
    provenance_of,
    record_ids,
    results_of,
    session_ending,
    tail,
    uncollected,
)  # fmt: skip


async def run_pytest(job: TestJob, only: Sequence[str] | None) -> tuple[TestReport, bytes]:
    """The plan's paths, or the test ids `only`, under the plugin; JUnit XML where pytest is too old for it."""
    return await _run(job, "pytest", pytest_invocation(job, only))


async def run_unittest(job: TestJob, only: Sequence[str] | None) -> tuple[TestReport, bytes]:
    """The same with the standard library's unittest, under a runner of ours."""
    return await _run(job, "unittest", unittest_invocation(job, only))


@cache
def _compile_plugin() -> None:
    """An interpreter of our own version finds the plugin compiled: it is told to write no bytecode itself, and not every
    installer does. Where the folder cannot be written to, the plugin is compiled at each start, as by other versions."""
    compile_dir(PLUGIN, maxlevels=0, quiet=2)


async def _run(job: TestJob, name: str, call: Invocation) -> tuple[TestReport, bytes]:
    if not call.argv:
        ending = Ending(RunnerEnd.FINISHED, "nothing to collect")
        return test_report(job, name, (), ending, None, absent=call.absent), b""
    _compile_plugin()
    nonce, key = secrets.token_hex(16), secrets.token_hex(16)
    env = test_environment(job.worktree, job.python, job.scratch, job.tests.env, [str(PLUGIN)])
    env |= {"AUTOPACK_REPORT": f"{nonce}:{key}", "AUTOPACK_LAYOUT": call.layout, "PYTHONSAFEPATH": "1"}
    channel = RecordReader(nonce, key)
    call.junit.unlink(missing_ok=True)
    process = await launched(job, process_spec(job, call.argv, env), channel)
    session = channel.closed()
    if session.mode == "junit":
        return _junit_fallback(job, call, process, session), process.output
    return _session_report(job, name, call, process, session), process.output


def _session_report(job: TestJob, name: str, call: Invocation, process: ProcessResult, session: Session) -> TestReport:
    ending = session_ending(process, session, job.tests.timeout_seconds, name)
    workdir = job.tests.workdir
    results = results_of(session, workdir)
    errors = collection_errors_of(session, workdir)
    if ending.end is RunnerEnd.FINISHED:
        extra = exit_status_result(process, results, bool(errors), tail(process.output))
        results += [extra] if extra else []
    hint = install_hint(job.python) if ending.end is RunnerEnd.NO_RUNNER else ""
    return replace(
        test_report(job, name, call.argv, ending, process, hint=hint, absent=call.absent),
        results=tuple(results),
        collection_errors=errors,
        missing_paths=uncollected(call.wanted, record_ids(session, workdir)) if call.wanted else (),
        provenance=provenance_of(session),
        overruled=overruled_of(session, workdir),
        patched=patched_of(session),
        executed_lines=executed_of(session, job.worktree) if job.lines else None,
        covering=covering_of(session, job.worktree, workdir) if job.lines else {},
        no_lines=no_lines_of(session) if job.lines else "",
        running=from_node(session.running, workdir) if session.running and ending.end is not RunnerEnd.FINISHED else "",
    )


def _junit_fallback(job: TestJob, call: Invocation, process: ProcessResult, session: Session) -> TestReport:
    """A pytest too old for the plugin: the XML it wrote, believed only when the process closed its report."""
    ending = session_ending(process, session, job.tests.timeout_seconds, "pytest")
    results: list[TestResult] = []
    errors: tuple[CollectionError, ...] = ()
    if ending.end is RunnerEnd.FINISHED:
        try:
            reading = read_junit([call.junit.read_bytes()], Places(job.worktree, job.tests.workdir), pytest=True)
            results, errors = reading.results, reading.collection_errors
        except (OSError, ReportRefused) as error:
            ending = Ending(RunnerEnd.CRASHED, f"the JUnit report {call.junit.name} cannot be read: {error}")
        extra = exit_status_result(process, results, bool(errors), tail(process.output))
        results += [extra] if extra else []
    return replace(
        test_report(job, "pytest", call.argv, ending, process, absent=call.absent),
        results=tuple(results),
        collection_errors=errors,
        missing_paths=uncollected(call.wanted, [r.id for r in (*results, *errors)]),
        provenance=provenance_of(session),
        no_lines="this pytest is too old for it" if job.lines else "",
    )
