"""One start of a test runner that is a program of its own, and what a runner's entry in the table says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autopack.testing.formats import Places, Reading
from autopack.testing.job import TestJob
from autopack.testing.programs import Cache


@dataclass(frozen=True)
class Call:
    """`folder` is new and empty, outside the worktree; `token` was drawn for this run; `script` is the file of the
    JavaScript package that `program` starts, else `program` itself.

    `files` are what is to be collected, relative to the workdir, and `ids` the tests of a rerun; both empty for the
    runner's own collection.
    """

    job: TestJob
    program: Path
    script: Path
    folder: Path
    token: str
    files: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    @property
    def report(self) -> Path:
        """Where a runner that writes one file puts it."""
        return self.folder / f"{self.token}.report"

    @property
    def places(self) -> Places:
        return Places(self.job.worktree, self.job.tests.workdir)

    def offline(self, *arguments: str) -> tuple[str, ...]:
        """The arguments where the plan leaves the network out, else none."""
        return () if self.job.tests.network else arguments


def nothing(call: Call) -> dict[str, str]:
    """No environment of its own."""
    del call
    return {}


@dataclass(frozen=True)
class Runner:
    """`program` is looked up; `package` is the script of a JavaScript package below node_modules that it starts ("" =
    none). `takes_paths`: `tests.paths` can be given to it. `caches` are shown to the process, read-only,
    and so is what of the machine's configuration the patterns of `system` name (relative to the root).

    `argv` may write files into the call's folder. `read` gets what the process printed where it ended red, else ""; it
    raises ReportRefused, or OSError where there is no report.
    """

    program: str
    hint: str
    argv: Callable[[Call], tuple[str, ...]]
    read: Callable[[Call, str], Reading]
    package: str = ""
    environment: Callable[[Call], dict[str, str]] = nothing
    caches: tuple[Cache, ...] = ()
    system: tuple[str, ...] = ()
    takes_paths: bool = True
