"""The levels a command can be confined to, and the choice among those that work here.

1  limits, a scrubbed environment, a process tree that is ended as one
2  level 1 behind Landlock and a system call filter: files and network as at level 3, but one machine for all
3  level 1 inside bubblewrap: own file system view, process, network and user namespaces, a system call filter
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.errors import SandboxUnavailable
from autopack.sandbox import bubblewrap, landlock
from autopack.sandbox.confinement import Confinement
from autopack.sandbox.run import not_started, run_child
from autopack.sandbox.view import ViewRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from autopack.sandbox.process import ProcessResult, ProcessSpec

LEVEL_1 = "limits, scrubbed environment, process tree ended as one; files and network are not confined"
STRONGEST = 3


@dataclass(frozen=True)
class LevelReport:
    """Whether a level works on this machine; `reason` is a sentence for people."""

    level: int
    available: bool
    reason: str


class Sandbox:
    """One level. `reason` says what it rests on and, below the strongest, why not a stronger one."""

    def __init__(self, level: int, reason: str) -> None:
        self.level = level
        self.reason = reason

    @staticmethod
    def levels() -> tuple[LevelReport, ...]:
        """Every level there is, weakest first; the self-tests behind them run once per process."""
        return tuple(map(_report, range(1, STRONGEST + 1)))

    @classmethod
    def best(cls, minimum: int = 1, at_most: int | None = None) -> Sandbox:
        """The strongest level that works here and is not above `at_most`; no weaker one is tried.

        Raises SandboxUnavailable when it is below `minimum`.
        """
        top = STRONGEST if at_most is None else at_most
        lacking = [f"stronger levels are switched off by sandbox.level = {top}"] if top < STRONGEST else []
        report = _report(top)
        while not report.available:
            lacking.append(f"no level {report.level}: {report.reason}")
            report = _report(report.level - 1)
        reason = "; ".join([report.reason, *lacking])
        if report.level < minimum:
            raise SandboxUnavailable(
                f"sandbox level {minimum} is required, the best here is {report.level}: {reason}",
                hint="Install bubblewrap (apt install bubblewrap), or lower sandbox.minimum in your configuration.",
            )
        return cls(report.level, reason)

    @classmethod
    def at(cls, level: int) -> Sandbox:
        """Exactly this level. Raises SandboxUnavailable when it does not work here or does not exist."""
        if not 1 <= level <= STRONGEST:
            raise SandboxUnavailable(f"there is no sandbox level {level}", hint="Levels are 1, 2 and 3.")
        report = _report(level)
        if not report.available:
            raise SandboxUnavailable(
                f"sandbox level {level} does not work here: {report.reason}",
                hint="`autopack health` shows the level that is used, and why no stronger one.",
            )
        return cls(level, report.reason)

    async def run(self, spec: ProcessSpec, on_channel: Callable[[bytes], None] | None = None) -> ProcessResult:
        """Run one command; with `on_channel` it is given a report channel whose raw bytes arrive there.

        Cancelling ends the whole process tree first. Never raises for what the command does; a command that cannot be
        started is a result with `started` False.
        """
        try:
            if self.level == 1:
                return await run_child(spec, Confinement(1), on_channel)
            if self.level == 3:
                return await run_child(spec, bubblewrap.confinement(spec), on_channel)
            with landlock.with_private_folders(spec) as own:
                return await run_child(own, landlock.confinement(own), on_channel)
        except ViewRefused as error:
            return not_started(str(error), self.level)


def _report(level: int) -> LevelReport:
    if level == 1:
        return LevelReport(1, True, LEVEL_1)
    test = landlock.self_test() if level == 2 else bubblewrap.self_test()
    return LevelReport(level, test.passed, test.reason)
