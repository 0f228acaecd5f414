"""Carries accepted commands out, in the run's own worktree and nowhere else."""

from __future__ import annotations

from dataclasses import replace

from autopack.errors import SandboxUnavailable
from autopack.repairs.bench import MAX_OUTPUT, MINIMUM_LEVEL, Bench, Performed
from autopack.repairs.commands import Command, CopyFile, InstallLocked, MakeFolders, MoveFile, RemoveFiles, RunPytest
from autopack.repairs.files import perform_files
from autopack.repairs.git_work import perform_git
from autopack.repairs.grammar import Repair
from autopack.repairs.python_runs import perform_pip, perform_pytest


async def perform(command: Command, bench: Bench) -> Performed:
    """Carry one command out. Raises SandboxUnavailable below level 2, CommandRefused for what only the files show."""
    level = bench.job.sandbox.level
    if level < MINIMUM_LEVEL:
        raise SandboxUnavailable(
            f"repair commands need sandbox level {MINIMUM_LEVEL}, this one is {level}: {bench.job.sandbox.reason}",
            hint="Install bubblewrap (apt install bubblewrap); `autopack health` says why no stronger level works.",
        )
    match command:
        case RunPytest():
            done = await perform_pytest(command, bench)
        case InstallLocked():
            done = await perform_pip(command, bench)
        case RemoveFiles() | MakeFolders() | CopyFile() | MoveFile():
            done = perform_files(command, bench)
        case _:
            done = perform_git(command, bench)
    return replace(done, output=_bounded(done.output))


async def perform_repair(repair: Repair, bench: Bench) -> tuple[Performed, ...]:
    """The commands in order up to the first that is not `ok`, then, where all were, the one that verifies."""
    done: list[Performed] = []
    for command in (*repair.commands, *((repair.verify,) if repair.verify else ())):
        done.append(await perform(command, bench))
        if not done[-1].ok:
            break
        bench = replace(bench, ground=bench.ground.after(done[-1].changed))
    return tuple(done)


def _bounded(text: str) -> str:
    half = MAX_OUTPUT // 2
    return text if len(text) <= MAX_OUTPUT else f"{text[:half]}\n[... the middle is left out ...]\n{text[-half:]}"
