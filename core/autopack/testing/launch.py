"""What every runner needs: the process of a job, and the report made of how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from autopack.model.test_report import TestReport
from autopack.sandbox import CannotStart, ProcessResult, ProcessSpec
from autopack.testing.interpreter import interpreter_folders
from autopack.testing.job import PLUGIN, TestJob
from autopack.testing.key import test_key
from autopack.testing.report import Ending


def process_spec(
    job: TestJob, argv: tuple[str, ...], env: Mapping[str, str], readable: tuple[Path, ...] = ()
) -> ProcessSpec:
    """The test process in the job's workdir; `readable` is shown to it beside what the job names."""
    return ProcessSpec(
        argv=argv,
        cwd=job.workdir,
        env=env,
        nonce=job.nonce,
        writable=(job.worktree, job.scratch, *job.writable),
        readable=(PLUGIN, *interpreter_folders(job.python), *readable, *job.readable),
        hidden=job.hidden,
        network=job.tests.network,
        timeout=job.tests.timeout_seconds,
        output_bytes=job.output_bytes,
        memory_bytes=job.memory_bytes,
    )


async def launched(job: TestJob, spec: ProcessSpec, on_channel: Callable[[bytes], None] | None = None) -> ProcessResult:
    """The process to its end. Where nothing could be started for a reason that passes by, it is tried again after each
    pause of the job's patience; what was started is never started again."""
    for pause in job.patience:
        try:
            result = await job.sandbox.run(spec, on_channel=on_channel)
        except CannotStart:
            result = None
        if result is not None and (result.started or not result.passing):
            return result
        await asyncio.sleep(pause)
    return await job.sandbox.run(spec, on_channel=on_channel)


def test_report(
    job: TestJob,
    runner: str,
    command: tuple[str, ...],
    ending: Ending,
    process: ProcessResult | None,
    *,
    hint: str = "",
    absent: tuple[str, ...] = (),
) -> TestReport:
    """The report without results; `absent` are the wanted entries that do not exist."""
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


test_report.__test__ = False  # type: ignore[attr-defined]
