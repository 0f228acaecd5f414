"""Runs a runner of the table: found on this machine, given a place for its report, believed when all of it agrees."""

from __future__ import annotations

import os
import posixpath
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from autopack.model.test_report import RunnerEnd, TestReport
from autopack.sandbox import ProcessResult
from autopack.testing.formats import Reading, ReportRefused
from autopack.testing.invocation import file_part
from autopack.testing.job import TestJob, python_path, test_environment
from autopack.testing.launch import launched, process_spec, test_report
from autopack.testing.program_call import Call, Runner
from autopack.testing.programs import find_program, known_caches, program_folders, system_files
from autopack.testing.report import (
    FAILING,
    Ending,
    exit_status_result,
    last_words,
    program_ending,
    tail,
    uncollected,
)  # fmt: skip

_NO_SUBCOMMAND = "no such command: `nextest`"


async def run_program(job: TestJob, runner: Runner, only: Sequence[str] | None) -> tuple[TestReport, bytes]:
    """One run. With `only` the report holds these tests, or those of these files, alone, whatever the runner could be
    asked to run."""
    name = job.runner_name
    repository = [job.worktree, *((job.user_root,) if job.user_root else ())]
    program = find_program(runner.program, repository)
    script = _script(job, runner.package) if runner.package else program
    if program is None or script is None:
        lacking = runner.program if program is None else f"node_modules/{runner.package.partition('/')[0]}"
        ending = Ending(RunnerEnd.NO_RUNNER, f"{lacking} is not there")
        return test_report(job, name, (), ending, None, hint=runner.hint), b""
    wanted = tuple(only if only is not None else job.tests.paths)
    present = [entry for entry in wanted if (job.worktree / file_part(entry)).exists()] if runner.takes_paths else []
    absent = tuple(entry for entry in wanted if entry not in present) if runner.takes_paths and only is None else ()
    if only is None and absent and not present:
        ending = Ending(RunnerEnd.FINISHED, "nothing to collect")
        return test_report(job, name, (), ending, None, absent=absent), b""
    folder = job.scratch / f"report-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        files = dict.fromkeys(posixpath.relpath(file_part(e), job.tests.workdir or ".") for e in present)
        call = Call(job, program, script, folder, secrets.token_hex(16), tuple(files), tuple(only or ()))
        return await _run(call, name, runner, wanted, absent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(
    call: Call, name: str, runner: Runner, wanted: tuple[str, ...], absent: tuple[str, ...]
) -> tuple[TestReport, bytes]:
    job, argv = call.job, runner.argv(call)
    caches = known_caches(runner.caches)
    readable = (*caches.values(), *system_files(runner.system), *program_folders(call.program))
    process = await launched(job, process_spec(job, argv, _environment(call, runner, caches), readable))
    ending, reading = _judged(call, name, runner, process)
    results = list(reading.results)
    if ending.end is RunnerEnd.FINISHED:
        errors = bool(reading.collection_errors)
        extra = exit_status_result(process, results, errors, tail(process.output), green=(0,))
        results += [extra] if extra else []
    if call.ids:
        asked = frozenset(call.ids)
        results = [r for r in results if r.id in asked or file_part(r.id) in asked]
    hint = runner.hint if ending.end is RunnerEnd.NO_RUNNER else ""
    report = test_report(job, name, argv, ending, process, hint=hint, absent=absent)
    ids = [r.id for r in (*results, *reading.collection_errors)]
    missing = uncollected(wanted, ids) if runner.takes_paths else ()
    return replace(
        report, results=tuple(results), collection_errors=reading.collection_errors, missing_paths=missing
    ), process.output


def _judged(call: Call, name: str, runner: Runner, process: ProcessResult) -> tuple[Ending, Reading]:
    """FINISHED only when there is a whole report that the exit code does not contradict."""
    ending = program_ending(process, call.job.tests.timeout_seconds, name)
    if ending.end is not RunnerEnd.FINISHED:
        return ending, Reading()
    said = process.output.decode("utf-8", "replace") if process.exit_code else ""
    if _NO_SUBCOMMAND in said:
        return Ending(RunnerEnd.NO_RUNNER, "cargo-nextest is not installed"), Reading()
    try:
        reading = runner.read(call, said)
    except FileNotFoundError:
        text = f"{name} ended with exit status {process.exit_code} and wrote no report: {last_words(process.output)}"
        return Ending(RunnerEnd.CRASHED, text), Reading()
    except (OSError, ReportRefused) as error:
        return Ending(RunnerEnd.CRASHED, f"the report of {name} cannot be believed: {error}"), Reading()
    errors = bool(reading.collection_errors)
    if process.exit_code == 0 and (errors or any(result.outcome in FAILING for result in reading.results)):
        return Ending(RunnerEnd.CRASHED, f"{name} exited with 0 although its report holds failures"), reading
    if process.exit_code and not reading.results and not errors:
        return Ending(RunnerEnd.CRASHED, f"{name} ran no test and ended with exit status {process.exit_code}: "
                                         f"{last_words(process.output)}"), reading  # fmt: skip
    return ending, reading


def _environment(call: Call, runner: Runner, caches: dict[str, Path]) -> dict[str, str]:
    """The plan's variables and ours, which win; the program's folder is the first on PATH."""
    job = call.job
    env = test_environment(job.worktree, job.python, job.scratch, job.tests.env,
                           python_path(job.worktree, job.tests.env))  # fmt: skip
    named = {variable: str(path) for variable, path in caches.items()}
    path = f"{call.program.parent}{os.pathsep}{env['PATH']}"
    return {**env, **named, **runner.environment(call), "PATH": path, "CI": "true"}


def _script(job: TestJob, package: str) -> Path | None:
    """The package's script in the nearest node_modules from the workdir up to the worktree's top."""
    folder = job.workdir
    while True:
        script = folder / "node_modules" / package
        if script.is_file():
            return script
        if folder == job.worktree or not folder.is_relative_to(job.worktree):
            return None
        folder = folder.parent
