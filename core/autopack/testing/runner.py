"""Runs one test command on one tree and reports what Autopack itself saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autopack import fault
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.testing.command_runs import run_command
from autopack.testing.job import TestJob
from autopack.testing.launch import test_report
from autopack.testing.program_runs import run_program
from autopack.testing.report import Ending
from autopack.testing.runners import RUNNERS
from autopack.testing.session_runs import run_pytest, run_unittest

BEFORE = fault.register("testing.before_run", "before a test command is started")
AFTER = fault.register("testing.after_run", "a test command has ended, its report is not stored yet")


async def run_tests(job: TestJob, only: Sequence[str] | None = None) -> TestReport:
    """The report of one run; never raises for what the tests do.

    `only` asks for just these test ids: runners that cannot choose run everything, and the report holds these alone
    (runner `command` is not asked). `changed_files` and `log` are the caller's to fill in. `output` of the process is
    not part of the report: pass a larger run through `run_tests_logged` to keep it.
    """
    return (await run_tests_logged(job, only))[0]


async def run_tests_logged(job: TestJob, only: Sequence[str] | None = None) -> tuple[TestReport, bytes]:
    """As `run_tests`, with what the test process wrote (bounded by `output_bytes`)."""
    name = job.runner_name
    if name == "none" or job.tests.skip:
        ending = Ending(RunnerEnd.NOT_STARTED, job.tests.reason or "tests are not run")
        return test_report(job, "none", (), ending, None), b""
    job.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not job.workdir.is_dir():
        ending = Ending(RunnerEnd.NOT_STARTED, f"the folder {job.tests.workdir} of tests.workdir does not exist")
        return test_report(job, name, (), ending, None), b""
    fault.point(BEFORE)
    if name == "command":
        report, output = await run_command(job)
    elif name in RUNNERS:
        report, output = await run_program(job, RUNNERS[name], only)
    else:
        report, output = await (run_unittest if name == "unittest" else run_pytest)(job, only)
    fault.point(AFTER)
    if job.lines and report.executed_lines is None and not report.no_lines:
        report = replace(report, no_lines=f"the runner {name} does not tell them")
    return report, output
