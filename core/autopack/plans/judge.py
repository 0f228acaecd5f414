"""Judge: what every check of a plan is given, and where it puts what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

from autopack.model.findings import Finding, Range, Severity, Tree
from autopack.model.plan import Plan, deliverable_entries
from autopack.model.rules import finding
from autopack.plans.source import PlanSource
from autopack.settings import Settings
from autopack.yamlfile import Loc


class PlanRepository(Protocol):
    """What a plan is judged against: tracked paths, paths with uncommitted changes, whether pytest finds tests."""

    def files(self) -> set[str]: ...
    def dirty(self) -> set[str]: ...
    def has_pytest(self) -> bool: ...


@dataclass(slots=True)
class Judge:
    """`files` are the tracked paths, `folders` those they lie in."""

    source: PlanSource
    plan: Plan
    repo: PlanRepository
    settings: Settings
    files: set[str]
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
        found = finding(code, message, path=self.source.name, range=self.place(loc), tree=Tree.PLAN, severity=severity)
        phase = self._phase(loc)
        self.findings.append(replace(found, phase=phase, fingerprint="") if phase else found)

    def place(self, loc: Loc) -> Range | None:
        """Where the entry stands: in the phase, in the defaults it was taken from, else at the phase's id."""
        ranges = self.source.ranges
        written = self._written(loc)
        if written in ranges:
            return ranges.shown(written)
        if loc[:1] == ("phases",) and len(loc) > 2:
            inherited = ("defaults", *loc[2:])
            if inherited in ranges:
                return ranges.shown(inherited)
            if loc[:3] not in ranges:
                return ranges.shown((*loc[:2], "id"))
        return ranges.shown(written)

    def inherited(self, loc: Loc) -> bool:
        """Whether a phase's entry was taken from the defaults: then it is judged once, not for every phase."""
        return loc not in self.source.ranges and ("defaults", *loc[2:]) in self.source.ranges

    def _phase(self, loc: Loc) -> str:
        if len(loc) > 1 and loc[0] == "phases" and isinstance(loc[1], int):
            return self.plan.phases[loc[1]].id
        return ""

    def _written(self, loc: Loc) -> Loc:
        """The location in the file of a deliverable, which the plan holds flat and the file may hold in buckets."""
        if len(loc) == 4 and loc[2] == "deliverables" and isinstance(loc[1], int) and isinstance(loc[3], int):
            raw = self.source.raw["phases"][loc[1]].get("deliverables")
            places = [place for place, _ in deliverable_entries(raw, loc[:3])]
            return places[loc[3]] if loc[3] < len(places) else loc
        return loc
