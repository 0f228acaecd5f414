"""Evidence: what Autopack itself gathered about one tree: test reports, their delta, checks, coverage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from autopack.model.audit import TestPoint
from autopack.model.findings import Finding
from autopack.model.test_report import TestReport


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
