"""`pytest` and `pip`, carried out in the sandbox: tests on a copy of the worktree, packages into a folder of the run."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from autopack.model.plan import Tests
from autopack.model.test_report import RunnerEnd
from autopack.repairs.bench import MAX_OUTPUT, Bench, Performed
from autopack.repairs.commands import InstallLocked, RunPytest
from autopack.repairs.locks import Pin
from autopack.repairs.refusal import CommandRefused
from autopack.sandbox import ProcessSpec
from autopack.testing import interpreter_folders, run_tests_logged, test_environment

TIMEOUT = 60
"""Seconds of one command (reference: execute_fix)."""


async def perform_pytest(command: RunPytest, bench: Bench) -> Performed:
    """Run the tests on a copy, so that whatever they write, the worktree stays as it is."""
    job = bench.job
    job.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="repair-", dir=job.scratch, ignore_cleanup_errors=True) as name:
        copy = Path(name) / "tree"
        try:
            shutil.copytree(bench.worktree.path, copy, symlinks=True)
        except OSError as error:
            return Performed(command, False, f"the worktree cannot be copied: {str(error)[:500]}")
        site = bench.packages.site if bench.packages else None
        installed = (site,) if site and site.is_dir() else ()
        tests = Tests(
            runner="pytest",
            args=list(command.options),
            paths=list(command.nodes),
            timeout_seconds=TIMEOUT,
            env={"PYTHONPATH": str(site)} if installed else {},
        )
        trial = replace(
            job,
            tests=tests,
            worktree=copy,
            scratch=Path(name),
            readable=(*job.readable, bench.worktree.git_dir, *installed),
            writable=(),
            runner="pytest",
            output_bytes=MAX_OUTPUT,
        )
        report, output = await run_tests_logged(trial, command.nodes or None)
    said = output.decode("utf-8", "replace") or report.detail
    return Performed(command, report.end is RunnerEnd.FINISHED and report.exit_code == 0, said)


async def perform_pip(command: InstallLocked, bench: Bench) -> Performed:
    """Install the pins from the user's index, as wheels (no set-up code runs), by hash where the lock has one. Raises
    CommandRefused where no index is configured."""
    if bench.packages is None:
        raise CommandRefused(
            "nothing can be installed: no package index is configured",
            hint="A person names the index in the user-level configuration.",
        )
    job, site = bench.job, bench.packages.site
    for folder in (job.scratch, site):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="repair-", dir=job.scratch, ignore_cleanup_errors=True) as name:
        place = Path(name)
        wanted = place / "requirements.txt"
        wanted.write_text("".join(map(_line, command.pins)), "ascii")
        env = test_environment(job.worktree, job.python, place, {}, [])
        env |= {"PIP_INDEX_URL": bench.packages.index_url, "PIP_CONFIG_FILE": "/dev/null", "PYTHONSAFEPATH": "1"}
        process = await job.sandbox.run(
            ProcessSpec(
                argv=(
                    *(str(job.python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"),
                    *("--no-cache-dir", "--no-deps", "--only-binary=:all:", "--upgrade"),
                    *("--retries", "1", "--timeout", "10"),
                    *("--target", str(site), "-r", str(wanted)),
                ),
                cwd=place,
                env=env,
                nonce=job.nonce,
                writable=(place, site),
                readable=interpreter_folders(job.python),
                network=True,
                timeout=TIMEOUT,
                output_bytes=MAX_OUTPUT,
                memory_bytes=job.memory_bytes,
            )
        )
    return Performed(command, process.ok, process.error or process.output.decode("utf-8", "replace"))


def _line(pin: Pin) -> str:
    marker = f" ; {pin.marker}" if pin.marker else ""
    return f"{pin.name}=={pin.version}{marker}{''.join(f' --hash=sha256:{each}' for each in pin.hashes)}\n"
