"""Checks: commands judged by exit code against the base."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from autopack.model.evidence import CheckResult
from autopack.model.findings import Finding, Range
from autopack.model.rules import finding
from autopack.sandbox import ProcessSpec
from autopack.testing.interpreter import interpreter_folders
from autopack.testing.job import TestJob, argv_for, python_path, test_environment
from autopack.testing.report import tail
from autopack.testing.roots import source_roots
from autopack.text import shorten

_PLACE = re.compile(r'File "(?P<file>[^"\n]{1,500})", line (?P<number>\d{1,7})'
                    r"|(?P<path>[^\s:()\"']{1,500}):(?P<line>\d{1,7})")  # fmt: skip
_MOST_READ = 20_000


@dataclass(frozen=True, slots=True)
class CheckRun:
    """One check on one tree; `exit` is None when it was not started, timed out or was killed."""

    argv: tuple[str, ...]
    exit: int | None
    output: str


async def run_checks(checks: Sequence[Sequence[str]], job: TestJob) -> tuple[CheckRun, ...]:
    """Run each check in the job's worktree, as its tests would be run; time-out and environment are the tests'."""
    job.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    roots = [str(job.worktree / root) for root in source_roots(job.worktree)]
    env = test_environment(job.worktree, job.python, job.scratch, job.tests.env,
                           [*roots, *python_path(job.worktree, job.tests.env)])  # fmt: skip
    runs: list[CheckRun] = []
    for check in checks:
        process = await job.sandbox.run(ProcessSpec(
            argv=argv_for(check, job.python), cwd=job.worktree, env=env, nonce=job.nonce,
            writable=(job.worktree, job.scratch, *job.writable),
            readable=(*interpreter_folders(job.python), *job.readable),
            hidden=job.hidden, network=False, timeout=job.tests.timeout_seconds, output_bytes=job.output_bytes,
            memory_bytes=job.memory_bytes,
        ))  # fmt: skip
        said = process.error or tail(process.output, 40)
        if process.timed_out:
            said = f"passed its time-out of {job.tests.timeout_seconds} s\n{said}"
        runs.append(CheckRun(tuple(check), process.exit_code if process.started else None, said))
    return tuple(runs)


def compare_checks(base: Sequence[CheckRun] | None, candidate: Sequence[CheckRun]) -> tuple[CheckResult, ...]:
    """Each check's exit on both sides; a check the base never ran counts as green there."""
    before = {run.argv: run.exit for run in base or ()}
    return tuple(CheckResult(run.argv, before.get(run.argv, 0), run.exit, run.output) for run in candidate)


def check_findings(results: Sequence[CheckResult], changed: Collection[str] = ()) -> list[Finding]:
    """AP413 for each check that was green on the base and is red now, at the first line of a file of the change that its
    output names."""
    found: list[Finding] = []
    for number, r in enumerate(results):
        if r.newly_red:
            said = f": {shorten(r.output, 800)}" if r.output.strip() else ", without a word"
            text = f"{shlex.join(r.argv)} {_how(r.exit)} and was green on the base{said}"
            path, line = _named(r.output, changed)
            where = Range.of_line(line) if line else None
            found.append(finding("AP413", text, path=path, range=where, entry=f"checks[{number}]"))
    return found


def _named(output: str, changed: Collection[str]) -> tuple[str, int]:
    """(path, line) as most checkers name it, `path:line` or `File "path", line n`; ("", 0) for none of these files."""
    for match in _PLACE.finditer(output[:_MOST_READ]):
        said = (match["file"] or match["path"]).removeprefix("./")
        path = next((p for p in changed if said == p or said.endswith(f"/{p}")), "")
        if path:
            return path, int(match["number"] or match["line"])
    return "", 0


def _how(code: int | None) -> str:
    return "could not be run to its end" if code is None else f"exits with {code}"
