"""The one door to child processes other than git.

`Sandbox.best()` picks the strongest level whose self-test passes here; `run` starts one command at that level, bounds
it, and leaves no process of its tree behind: not on its end, a time-out, a cancellation, nor our own death.
"""

from __future__ import annotations

from autopack.sandbox.environment import FIXED_PATH, scrubbed_environment
from autopack.sandbox.interpreter import program_roots
from autopack.sandbox.levels import LevelReport, Sandbox
from autopack.sandbox.process import (
    CHANNEL_FD,
    CHANNEL_VARIABLE,
    NONCE_VARIABLE,
    CannotStart,
    ProcessResult,
    ProcessSpec,
)
from autopack.sandbox.shield import shield_this_process
from autopack.sandbox.sweep import end_processes

__all__ = [
    "CHANNEL_FD",
    "CHANNEL_VARIABLE",
    "FIXED_PATH",
    "NONCE_VARIABLE",
    "CannotStart",
    "LevelReport",
    "ProcessResult",
    "ProcessSpec",
    "Sandbox",
    "end_processes",
    "program_roots",
    "scrubbed_environment",
    "shield_this_process",
]
