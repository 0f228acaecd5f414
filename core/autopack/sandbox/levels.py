"""The levels a command can be confined to, and the choice among those that work here.

    1  limits, a scrubbed environment, a process tree that is ended as one
    3  level 1 inside bubblewrap: own file system view, process, network and user namespaces

Level 2 (Landlock and seccomp) has no implementation in this version and is never reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.errors import SandboxUnavailable
from autopack.sandbox.bubblewrap import confinement, self_test
from autopack.sandbox.mounts import MountRefused
from autopack.sandbox.run import not_started, run_child

if TYPE_CHECKING:
    from collections.abc import Callable

    from autopack.sandbox.process import ProcessResult, ProcessSpec

LEVEL_1 = "limits, scrubbed environment, process tree ended as one; files and network are not confined"


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
        """Every level there is, weakest first; the self-test behind it runs once per process."""
        test = self_test()
        return LevelReport(1, True, LEVEL_1), LevelReport(3, test.passed, test.reason)

    @classmethod
    def best(cls, minimum: int = 1, at_most: int | None = None) -> Sandbox:
        """The strongest level that works here and is not above `at_most`.

        Raises SandboxUnavailable when it is below `minimum`.
        """
        top = 3 if at_most is None else at_most
        if top < 3:
            chosen, reason = 1, f"{LEVEL_1}; stronger levels are switched off by sandbox.level = {top}"
        else:
            weak, strong = cls.levels()
            chosen = 3 if strong.available else 1
            reason = strong.reason if strong.available else f"{weak.reason}; no level 3: {strong.reason}"
        if chosen < minimum:
            raise SandboxUnavailable(
                f"sandbox level {minimum} is required, the best here is {chosen}: {reason}",
                hint="Install bubblewrap (apt install bubblewrap), or lower sandbox.minimum in your configuration.",
            )
        return cls(chosen, reason)

    @classmethod
    def at(cls, level: int) -> Sandbox:
        """Exactly this level. Raises SandboxUnavailable when it does not work here or does not exist."""
        for report in cls.levels():
            if report.level == level:
                if report.available:
                    return cls(level, report.reason)
                raise SandboxUnavailable(
                    f"sandbox level {level} does not work here: {report.reason}",
                    hint="`autopack health` shows every level.",
                )
        raise SandboxUnavailable(f"there is no sandbox level {level}", hint="Levels are 1 and 3.")

    async def run(self, spec: ProcessSpec, on_channel: Callable[[bytes], None] | None = None) -> ProcessResult:
        """Run one command; with `on_channel` it is given a report channel whose raw bytes arrive there.

        Cancelling ends the whole process tree first. Never raises for what the command does; a command that cannot be
        started is a result with `started` False.
        """
        if self.level == 1:
            return await run_child(spec, 1, on_channel)
        try:
            bubblewrap, mounts = confinement(spec)
        except MountRefused as error:
            return not_started(str(error), self.level)
        return await run_child(spec, self.level, on_channel, bubblewrap, mounts)
