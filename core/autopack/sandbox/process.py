"""What is asked of a child process, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NONCE_VARIABLE = "AUTOPACK_NONCE"
PROCESS_VARIABLE = "AUTOPACK_PROCESS"
CHANNEL_VARIABLE = "AUTOPACK_CHANNEL_FD"
CHANNEL_FD = 198


@dataclass(frozen=True)
class ProcessSpec:
    """One command. Nothing is inherited: `env` is the whole environment (see `scrubbed_environment`), stdin is empty.

    `nonce` is added to the environment as AUTOPACK_NONCE and must stay in it, children included: `end_processes` finds
    what a killed Autopack left behind by it. `readable`, `writable` and `hidden` (shown empty, though a readable
    folder holds it) act from level 2 on, and level 2 starts nothing from which something is hidden; the interpreter
    behind `argv[0]` is readable without being named, so is /usr.
    `memory_bytes` is of each process: what is only reserved, as virtual machines do, or shared does not count.
    A limit of None leaves the inherited one.
    """

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    nonce: str
    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    network: bool = False
    timeout: float = 600.0
    output_bytes: int = 5 * 1024 * 1024
    pass_fds: tuple[int, ...] = ()
    memory_bytes: int | None = None
    cpu_seconds: int | None = None
    processes: int | None = None
    file_bytes: int | None = 4 * 1024**3
    open_files: int = 4096


class CannotStart(OSError):
    """The machine has no means left to start anything (memory, processes, descriptors): nothing was started."""


@dataclass(frozen=True)
class ProcessResult:
    """How a command ended; exactly one of `exit_code` and `signal` is set unless it was not started.

    `started` False: the command never ran, `error` says why and `exit_code` is 127 (not found) or 126 (anything else);
    `passing`: for a reason that may be gone by the next try.
    An exit code 128+n of a known signal n is reported as that signal, as shells mean it, alike at every level.
    `output` is stdout and stderr as they came, at most `output_bytes` and one line for a middle left out.
    """

    exit_code: int | None
    signal: int | None
    timed_out: bool
    output: bytes
    truncated: bool
    duration: float
    started: bool
    error: str
    level: int
    output_total: int = 0
    passing: bool = False

    @property
    def ok(self) -> bool:
        """Whether the command ran to its end and exited with 0."""
        return self.started and not self.timed_out and self.exit_code == 0
