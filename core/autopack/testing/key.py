"""The key a report is kept under: what could make a second run of the same tests come out otherwise."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from autopack.testing.interpreter import interpreter_identity
from autopack.testing.programs import program_identity
from autopack.testing.runners import RUNNERS

if TYPE_CHECKING:
    from autopack.testing.job import TestJob


def test_key(job: TestJob) -> str:
    """SHA-256 of tree, command, interpreter or program, and environment; must_pass and logging have no part in it."""
    tests = job.tests
    runner = RUNNERS.get(job.runner_name)
    facts = [
        job.tree, job.runner_name, tests.command, tests.junit, tests.paths, tests.args, sorted(tests.env.items()),
        tests.workdir, tests.timeout_seconds, tests.per_test_timeout_seconds, tests.network, tests.skip,
        interpreter_identity(job.python) if job.python.exists() else str(job.python), job.sandbox.level,
        program_identity(runner.program, job.worktree) if runner else "",
        *(["lines"] if job.lines else []),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


test_key.__test__ = False  # type: ignore[attr-defined]
