"""Judge: what every check of a plan is given, and where it puts what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

from autopack.model.findings import Finding, Severity, Tree
from autopack.model.plan import Plan, RunnerName
from autopack.model.rules import finding
from autopack.plans.source import PlanSource
from autopack.settings import Settings
from autopack.yamlfile import Loc


class PlanRepository(Protocol):
    """What a plan is judged against: tracked paths, paths with uncommitted changes, the runner its files speak for."""

    def files(self) -> set[str]: ...
    def dirty(self) -> set[str]: ...
    def runner(self) -> RunnerName: ...


@dataclass(slots=True)
class Judge:
    """`files` are the tracked paths, `folders` those they lie in; `one_auditor` says why two models cannot review a change
    ("" = they can, or nobody knows)."""

    source: PlanSource
    plan: Plan
    repo: PlanRepository
    settings: Settings
    files: set[str]
    one_auditor: str = ""
    folders: set[str] = field(default_factory=set[str])
    findings: list[Finding] = field(default_factory=list[Finding])

    def __post_init__(self) -> None:
        for path in self.files:
            folder = path.rpartition("/")[0]
            while folder and folder not in self.folders:
                self.folders.add(folder)
                folder = folder.rpartition("/")[0]

    def add(self, code: str, message: str, loc: Loc, *, severity: Severity | None = None) -> None:
        """A finding at the entry `loc`, of the phase it lies in."""
        found = finding(
            code, message, path=self.source.name, range=self.source.place(loc), tree=Tree.PLAN, severity=severity
        )
        phase = self._phase(loc)
        self.findings.append(replace(found, phase=phase, fingerprint="") if phase else found)

    def inherited(self, loc: Loc) -> bool:
        """Whether a phase's entry was taken from the defaults: then it is judged once, not for every phase."""
        return loc not in self.source.ranges and ("defaults", *loc[2:]) in self.source.ranges

    def _phase(self, loc: Loc) -> str:
        if len(loc) > 1 and loc[0] == "phases" and isinstance(loc[1], int):
            return self.plan.phases[loc[1]].id
        return ""
