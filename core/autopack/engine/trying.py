"""Running the plan's commands on a tree: the worktree stands on it, the log is kept, what tests changed is put back."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace

from autopack.engine.work import Work
from autopack.errors import EnvironmentRefused
from autopack.model.plan import Phase, Tests
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.policy import profile_of
from autopack.store import Transaction
from autopack.testing import FAILING, CheckRun, TestJob, run_checks, run_tests_logged, test_key

_LOG_BYTES = 1024 * 1024
_LITTLE_SPACE = 64 * 1024
_PATIENCE = (5.0, 5.0)
"""Seconds to wait before a runner that could not be started just now is tried again."""
_NOT_RUN = (None, 126, 127)
"""Exit of a check that timed out, was killed, may not be executed, or was not found."""


def job_for(work: Work, tests: Tests, tree: str, *, lines: bool = False, changed: tuple[str, ...] = ()) -> TestJob:
    """The test job of `tests` on `tree` in this run's worktree."""
    doors = work.doors
    runner = tests.runner or ("command" if tests.command else work.detected_runner)
    return TestJob(
        tests=tests,
        worktree=work.worktree.path,
        tree=tree,
        python=doors.python,
        scratch=doors.scratch(work.run),
        sandbox=doors.sandbox,
        nonce=work.config.nonce,
        user_root=doors.user.root,
        readable=tuple(work.worktree.readonly_paths()),
        writable=tuple(work.worktree.writable_paths()),
        base_paths=work.base_paths,
        runner=runner,
        output_bytes=doors.settings.tests.output_bytes,
        memory_bytes=doors.settings.tests.memory_bytes,
        lines=lines,
        changed=changed,
        patience=_PATIENCE if work.remaining_seconds() > sum(_PATIENCE) else (),
    )


def is_strict(work: Work) -> bool:
    """Whether the phase in hand is judged strictly."""
    return profile_of(work.phase, work.doors.settings) == "strict"


def wants_lines(work: Work, phase: Phase) -> bool:
    """Whether the lines that this phase's tests execute are measured, on its base and on its candidates."""
    asked = work.doors.settings.tests.coverage
    strict = profile_of(phase, work.doors.settings) == "strict"
    return asked == "always" or (asked == "auto" and strict)


async def run_on(
    work: Work,
    tests: Tests,
    commit: str,
    only: Sequence[str] | None = None,
    *,
    lines: bool = False,
    changed: tuple[str, ...] = (),
) -> TestReport:
    """One test run on the tree of `commit`, with its log kept and the tracked files it changed put back. `lines` and
    `changed`: see TestJob."""
    work.worktree.checkout(commit)
    work.worktree.throwaway(commit)
    job = job_for(work, tests, work.worktree.tree(), lines=lines, changed=changed)
    report, output = await run_tests_logged(job, only)
    if report.exit_code != 0:
        _require_space(work)
    changed = work.worktree.clean(commit)
    log = _keep(work, output) if output and (tests.log_on_success or not _all_well(report)) else ""
    return replace(report, changed_files=changed, log=log, detail=work.doors.redactor.text(report.detail))


def _all_well(report: TestReport) -> bool:
    failed = report.collection_errors or any(r.outcome in FAILING for r in report.results)
    return report.end is RunnerEnd.FINISHED and report.exit_code == 0 and not failed


def _require_space(work: Work) -> None:
    """A test that fails on a full disk says nothing of the change. Raises EnvironmentRefused."""
    for place in (work.worktree.path, work.doors.scratch(work.run)):
        space = os.statvfs(place)
        if space.f_bavail * space.f_frsize < _LITTLE_SPACE or (space.f_files and not space.f_favail):
            raise EnvironmentRefused(
                f"no space left in {place}, so the tests could not be judged",
                hint=f"Free space, then: autopack resume {work.run}",
            )


async def check_on(work: Work, checks: Sequence[Sequence[str]], commit: str) -> list[CheckRun]:
    """Every check on the tree of `commit`; a result of the same tree and interpreter is not measured twice, unless a
    check could not be run to its end: by the next time its program may be there."""
    if not checks:
        return []
    tree = work.doors.private.tree(commit)
    job = job_for(work, Tests(runner="none"), tree)
    key = hashlib.sha256(json.dumps(["checks", test_key(job), [list(c) for c in checks]]).encode()).hexdigest()
    known = work.doors.store.baseline(key)
    if known is not None:
        return [CheckRun(tuple(r["argv"]), r["exit"], r["output"]) for r in known["runs"]]
    work.worktree.checkout(commit)
    work.worktree.throwaway(commit)
    runs = [CheckRun(run.argv, run.exit, work.doors.redactor.text(run.output)) for run in await run_checks(checks, job)]
    work.worktree.clean(commit)
    if not any(run.exit in _NOT_RUN for run in runs):
        rows = [{"argv": list(r.argv), "exit": r.exit, "output": r.output} for r in runs]
        work.journal.add(lambda tx: tx.baseline(key, {"runs": rows}))
    return runs


def _keep(work: Work, output: bytes) -> str:
    text = work.doors.redactor.text(output.decode("utf-8", "replace"))
    data = text.encode("utf-8", "replace")
    if len(data) > _LOG_BYTES:
        data = data[: _LOG_BYTES // 2] + b"\n[... the middle of this log is left out ...]\n" + data[-_LOG_BYTES // 2 :]
    sha = work.doors.store.put_blob(data)
    phase = work.phase_in_hand.id if work.phase_in_hand else ""
    number = work.attempt_number if phase else 0

    def note(tx: Transaction) -> None:
        tx.artefact(work.run, "log", sha, phase, number, "tests.log")

    work.journal.add(note)
    return sha
