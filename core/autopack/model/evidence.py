"""Evidence: what Autopack itself gathered about one tree: test reports, their delta, checks, audit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from autopack.model.findings import Finding


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


@dataclass(frozen=True, slots=True)
class Trial:
    """How often a test that failed on the candidate was run and failed: on the candidate, on its base, and on whatever
    was tested before, older runs counting less. `whole`: of the runs on the candidate, those of all tests together."""

    ran: int = 0
    failed: int = 0
    base_ran: int = 0
    base_failed: int = 0
    remembered_ran: float = 0.0
    remembered_failed: float = 0.0
    whole_ran: int = 0
    whole_failed: int = 0


class BaselineState(StrEnum):
    USABLE = "usable"
    EMPTY = "empty"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Delta:
    """Candidate against baseline, by test id, each tuple sorted. `flaky` failed and passed on one tree, or fails in the
    base as often as not; `renamed` are pairs (id in the base, id now); `trials` say how often a test of `newly_failing`
    or `flaky` was run. `absent_paths` are `tests.paths` entries absent in base and candidate."""

    newly_failing: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    new_passing: tuple[str, ...] = ()
    collection_errors: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    absent_paths: tuple[str, ...] = ()
    still_skipped: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    trials: dict[str, Trial] = field(default_factory=dict[str, Trial])


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One entry of `checks` on base and candidate; a check is red when it exits non-zero."""

    argv: tuple[str, ...]
    base_exit: int | None
    exit: int | None
    output: str = ""

    @property
    def newly_red(self) -> bool:
        return self.exit != 0 and self.base_exit == 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of Python product code the tests execute, in statements. `added` are those the change adds or alters,
    `added_executed` of them executed, the rest in `uncovered` runs (path, first line, last line of the candidate).
    `before` and `after` are shares of the files that both trees hold, what the change removes left out of `before`; None =
    not known. `lost` are runs that the base's tests executed and the candidate's do not (the first 50)."""

    added: int = 0
    added_executed: int = 0
    uncovered: tuple[tuple[str, int, int], ...] = ()
    before: float | None = None
    after: float | None = None
    lost: tuple[tuple[str, int, int], ...] = ()

    @property
    def added_share(self) -> float:
        """1.0 when nothing executable is added."""
        return self.added_executed / self.added if self.added else 1.0


@dataclass(frozen=True, slots=True)
class AuditIssue:
    """`line` to `end_line` are 1-based lines of the candidate's file (0 = not said). `patch` is what the auditor suggests
    against the candidate, in a form that a Builder answers in; "" = none, and nobody applied it. `sources` are the roles
    that named the issue, each with its severity (() = the one auditor there was). `ruling` is what came of a disputed one:
    upheld | dismissed by the judge with its `reason`, open = no word of a judge; "" = not disputed."""

    severity: str
    category: str
    description: str
    path: str = ""
    line: int = 0
    suggestion: str = ""
    end_line: int = 0
    patch: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    ruling: str = ""
    reason: str = ""

    @property
    def major(self) -> bool:
        return self.severity == "major"


@dataclass(frozen=True, slots=True)
class Opinion:
    """One auditor's own word in a dual audit, before it was merged: `majors` and `minors` are numbers of issues."""

    role: str
    model: str
    approved: bool
    majors: int = 0
    minors: int = 0


@dataclass(frozen=True, slots=True)
class TestPoint:
    """A finding about what was done to a test, by its fingerprint, that a reader of plan and change may settle: where it
    may be `asked`, by the plan's asking for what was done; where it may be `kept`, by what was asked being asked still."""

    __test__: ClassVar[bool] = False

    fingerprint: str
    asked: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class TestRuling:
    """The judge's word on such a finding: `ruling` is asked | kept | lost | open (none, or none that holds). `quote` stands
    in the plan for asked, in a test of the candidate for kept."""

    __test__: ClassVar[bool] = False

    fingerprint: str
    ruling: str
    quote: str = ""
    reason: str = ""

    @property
    def cleared(self) -> bool:
        return self.ruling in ("asked", "kept")


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`available` is False when an auditor that was to be asked did not answer or its answer could not be parsed: never an
    approval. `lacking` says why there is one auditor where the phase asks for two ("" = there are as many as it asks for):
    no approval either, and a person may do without. `opinions` are those of a dual audit, whose merged issues are `issues`;
    `judge` is the model that was asked about a dispute, `judge_detail` why none was or why it gave no ruling. `unseen`:
    the auditors were asked before the tests had ended. `test_rulings` are those on what was done to tests, made before
    the auditors were asked, by the model `tests_judge`."""

    approved: bool
    issues: tuple[AuditIssue, ...] = ()
    model: str = ""
    available: bool = True
    detail: str = ""
    profile: str = ""
    lacking: str = ""
    opinions: tuple[Opinion, ...] = ()
    judge: str = ""
    judge_detail: str = ""
    unseen: bool = False
    test_rulings: tuple[TestRuling, ...] = ()
    tests_judge: str = ""

    @property
    def dual(self) -> bool:
        """Two models gave their word."""
        return len(self.opinions) > 1

    @property
    def disagreed(self) -> bool:
        return any(issue.ruling for issue in self.issues)


@dataclass(frozen=True, slots=True)
class FirstRun:
    """The tests likeliest to fail, run before all of them: `ran` of the `of` tests that the base has. `seconds` is what
    it took, choosing and repeating included. `stopped`: they failed surely and the others were not run, which `saved` so
    many seconds against a run as long as the base's; else all were run, and `seconds` came on top of it."""

    ran: int
    of: int
    seconds: float = 0.0
    stopped: bool = False
    saved: float = 0.0


@dataclass(frozen=True, slots=True)
class FirstRuns:
    """All first runs of a run of Autopack, of which `stopped` settled their attempt. `saved_seconds` is what these saved,
    `cost_seconds` what the others took on top of the run of everything."""

    runs: int = 0
    stopped: int = 0
    saved_seconds: float = 0.0
    cost_seconds: float = 0.0

    @classmethod
    def of(cls, runs: Iterable[FirstRun]) -> FirstRuns:
        listed = tuple(runs)
        return cls(
            len(listed),
            sum(run.stopped for run in listed),
            round(sum(run.saved for run in listed), 3),
            round(sum(run.seconds for run in listed if not run.stopped), 3),
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything gathered for exactly `tree` (the candidate's) before the verdict. `positive` names the piece that is
    positive evidence of completion (DESIGN §11), "" when there is none; `needs_only_baseline` is set for changes that
    add no executable line; `mutants` are (noticed, tried) of the small errors put into changed lines; `coverage` is None
    where lines were not measured. `points` are those of `findings` that a judge may settle. `first` is the run of a
    selection before that of all tests, None when there was none; where it stopped, report and delta speak of its tests
    alone, and no phase completes on them."""

    tree: str
    report: TestReport | None = None
    delta: Delta = field(default_factory=Delta)
    checks: tuple[CheckResult, ...] = ()
    positive: str = ""
    needs_only_baseline: bool = False
    baseline_accepted: bool = False
    findings: tuple[Finding, ...] = ()
    mutants: tuple[int, int] = (0, 0)
    coverage: Coverage | None = None
    first: FirstRun | None = None
    points: tuple[TestPoint, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every test that the phase asks for was run."""
        return self.first is None or not self.first.stopped
