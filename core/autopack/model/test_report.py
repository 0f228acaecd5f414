"""What one run of a test runner told: results, errors of collection, whose code was tested, how the process ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar


class TestOutcome(StrEnum):
    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"


class RunnerEnd(StrEnum):
    """How the test process ended. Only FINISHED reports are complete; NO_RUNNER = pytest (or the command) is absent."""

    FINISHED = "finished"
    TIMED_OUT = "timed_out"
    CRASHED = "crashed"
    KILLED = "killed"
    NO_RUNNER = "no_runner"
    NOT_STARTED = "not_started"


@dataclass(frozen=True, slots=True)
class Failure:
    """Where and why a test failed: `path` relative to the worktree, `line` 1-based (0 = unknown), the innermost frame
    inside the worktree; `message` the assertion or exception, `excerpt` the failing statement and its explanation.
    `frames` lead there, outermost first: (path, line) in the worktree (line 0 = unknown), ("", n) for n others between."""

    path: str
    line: int
    message: str
    excerpt: str = ""
    frames: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TestResult:
    """`id` is relative to the worktree (workdir prefixed). Durations in seconds."""

    __test__: ClassVar[bool] = False

    id: str
    outcome: TestOutcome
    duration: float = 0.0
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class CollectionError:
    id: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Provenance:
    """From inside the test process: `outside` are modules whose top-level name exists in the worktree but that were
    imported from elsewhere ((module, file)); `imported` are worktree files that were imported; `inconclusive` says why
    the record cannot be trusted ("" = it can); `prebuilt` are compiled modules of a package of the worktree that only
    an installed build can provide."""

    outside: tuple[tuple[str, str], ...] = ()
    imported: tuple[str, ...] = ()
    inconclusive: str = ""
    prebuilt: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TestReport:
    """One run of one test command on one tree. `missing_paths` are `tests.paths` entries that collected nothing,
    `absent_paths` those of them that do not exist in the tree;
    `changed_files` are tracked files the tests changed (reset afterwards); `log` is an artefact path or "";
    `key` = hash of (tree, command, interpreter, environment); `overruled` are tests that raised and were reported as
    passed, `patched` parts of pytest or unittest that a file of the worktree replaced ((part, file)).
    `executed_lines` are those that the test process executed, by file of the worktree, at import or in a test; None = not
    measured, and `no_lines` says why ("" = it was not asked). `running` is the test that a run which broke off ended in, as
    the process said it. `covering`, for files of the change: the tests that executed
    a line of themselves (at most 50 of them; a file stands for its tests behind the first 10,000)."""

    __test__: ClassVar[bool] = False

    key: str
    tree: str
    runner: str
    command: tuple[str, ...]
    end: RunnerEnd
    exit_code: int | None
    results: tuple[TestResult, ...] = ()
    collection_errors: tuple[CollectionError, ...] = ()
    missing_paths: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    changed_files: tuple[str, ...] = ()
    duration: float = 0.0
    detail: str = ""
    hint: str = ""
    log: str = ""
    sandbox_level: int = 0
    executed_lines: dict[str, tuple[int, ...]] | None = None
    absent_paths: tuple[str, ...] = ()
    overruled: tuple[str, ...] = ()
    patched: tuple[tuple[str, str], ...] = ()
    covering: dict[str, dict[int, tuple[str, ...]]] = field(default_factory=dict[str, dict[int, tuple[str, ...]]])
    no_lines: str = ""
    running: str = ""

    @property
    def by_id(self) -> dict[str, TestResult]:
        return {r.id: r for r in self.results}
