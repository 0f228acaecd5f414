"""Finds and ends processes that outlived the Autopack that started them, by the marks in their environment."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from autopack.errors import EnvironmentRefused
from autopack.sandbox.process import NONCE_VARIABLE, PROCESS_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    import psutil

PATIENCE = 10.0


def end_processes(nonce: str) -> int:
    """Kill every process of the run `nonce`, their descendants and sessions; return how many, once all are gone.

    Found by environment, so a process that wiped its own and detached from all others escapes at level 1. Raises
    EnvironmentRefused when one is still there after ten seconds.
    """
    return _end(NONCE_VARIABLE, nonce, lambda mark: mark.startswith(f"{NONCE_VARIABLE}={nonce}:"))


def end_process_tree(token: str) -> int:
    """The same for one command."""
    return _end(
        PROCESS_VARIABLE,
        token,
        lambda mark: mark.startswith(f"{NONCE_VARIABLE}=") and mark.endswith(f":{token}"),
    )


def _end(variable: str, value: str, launcher: Callable[[str], bool]) -> int:
    ended: set[int] = set()
    deadline = time.monotonic() + PATIENCE
    while found := _family(variable, value, launcher):
        if time.monotonic() > deadline:
            pids = ", ".join(str(process.pid) for process in found)
            raise EnvironmentRefused(
                f"processes of an earlier run cannot be ended: {pids}", hint=f"End them by hand: kill -9 {pids}"
            )
        for process in found:
            _kill(process)
            ended.add(process.pid)
        time.sleep(0.005)
    return len(ended)


def _family(variable: str, value: str, launcher: Callable[[str], bool]) -> list[psutil.Process]:
    """Marked living processes with their descendants and with the members of sessions that have no other leader."""
    import psutil

    own = psutil.Process()
    spared = {own.pid, *(parent.pid for parent in own.parents())}
    everybody = list(psutil.process_iter())
    family = {process.pid: process for process in everybody if _marked(process, variable, value, launcher)}
    if not family:
        return []
    for process in list(family.values()):
        with contextlib.suppress(psutil.Error):
            family.update((child.pid, child) for child in process.children(recursive=True))
    alive = {process.pid for process in everybody}
    sessions = {_session(pid) for pid in family} - {0}
    leaderless = {session for session in sessions if session in family or session not in alive}
    family.update((process.pid, process) for process in everybody if _session(process.pid) in leaderless)
    return [process for process in family.values() if process.pid not in spared and _alive(process)]


def _marked(process: psutil.Process, variable: str, value: str, launcher: Callable[[str], bool]) -> bool:
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        if process.environ().get(variable) == value:
            return True
    with contextlib.suppress(psutil.Error, OSError):
        line = process.cmdline()
        return len(line) > 5 and line[3].endswith("launcher.py") and launcher(line[5])
    return False


def _alive(process: psutil.Process) -> bool:
    import psutil

    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _kill(process: psutil.Process) -> None:
    import psutil

    with contextlib.suppress(psutil.Error):
        process.kill()


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0
