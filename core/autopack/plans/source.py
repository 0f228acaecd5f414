"""PlanSource: a plan file as text, tree, ranges and, when nothing is wrong with it, a Plan with its defaults merged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from autopack.errors import UsageError
from autopack.model.deliverables import deliverable_entries
from autopack.model.findings import Finding, Range, Tree
from autopack.model.plan import Plan
from autopack.model.rules import finding
from autopack.plans.defaults import with_defaults
from autopack.yamlfile import MAX_BYTES, Document, Loc, Problem, Ranges, is_map, parse, parse_bytes, schema_problems

SYNONYMS: dict[str, str] = {
    "phase_id": "id",
    "run_id": "id",
    "tier_id": "tier",
    "description": "goal",
    "task_category": "category",
    "acceptance_criteria": "acceptance",
    "read_only_context": "read_only",
    "protected_paths": "protected",
    "allowed_paths": "allowed",
    "ci": "tests",
    "validation": "tests",
    "test": "tests",
    "type": "runner",
    "per_test_timeout": "per_test_timeout_seconds",
    "timeout": "timeout_seconds",
    "dependencies": "depends_on",
    "needs": "depends_on",
    "files": "paths",
    "version": "autopack",
}
"""Names that older plans and other tools use for keys of ours."""

_ENTRY = re.compile(r"\[(\d{1,6})\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class PlanSource:
    """`name` is the path findings carry; `raw` the tree as written; `plan` is None when an AP101 error stands in
    `findings`."""

    path: Path
    name: str
    text: str
    plan: Plan | None
    findings: tuple[Finding, ...]
    ranges: Ranges
    raw: Any = None

    def place(self, loc: Loc) -> Range | None:
        """Where an entry of the plan stands: in the phase, in the defaults it was taken from, else the phase's id."""
        return place_of(self.ranges, self.raw, loc)


def entry_loc(entry: str) -> Loc:
    """A finding's entry of a phase as a location in it: `tests.must_pass[0]` is ("tests", "must_pass", 0)."""
    return tuple(int(number) if number else key for number, key in _ENTRY.findall(entry))


def place_of(ranges: Ranges, raw: Any, loc: Loc) -> Range | None:
    """Where an entry of a plan stands, as PlanSource.place; `raw` is the tree, in which the phase must be a mapping."""
    written = _written(raw, loc)
    if written in ranges:
        return ranges.shown(written)
    if loc[:1] == ("phases",) and len(loc) > 2:
        inherited = ("defaults", *loc[2:])
        if inherited in ranges:
            return ranges.shown(inherited)
        if loc[:3] not in ranges:
            return ranges.shown((*loc[:2], "id"))
    return ranges.shown(written)


def _written(raw: Any, loc: Loc) -> Loc:
    """The location in the file of a deliverable, which the plan holds flat and the file may hold in buckets."""
    if len(loc) == 4 and loc[2] == "deliverables" and isinstance(loc[1], int) and isinstance(loc[3], int):
        places = [place for place, _ in deliverable_entries(raw["phases"][loc[1]].get("deliverables"), loc[:3])]
        return places[loc[3]] if loc[3] < len(places) else loc
    return loc


def load_plan(path: Path, repo: Path | None = None) -> PlanSource:
    """Read a plan; bad content becomes findings, located by the path within `repo` where it lies in it.

    Raises UsageError when there is no such file or it cannot be read.
    """
    try:
        if not path.is_file():
            raise UsageError(f"no plan at {path}", hint="name an existing file, or make one with `autopack init`")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the plan {path} cannot be read: {error.strerror}", hint="check its permissions") from error
    return _source(parse_bytes(data), path, _name(path, repo))


def parse_plan(text: str, name: str) -> PlanSource:
    """The same from memory: an editor's buffer, a plan stored with its run."""
    return _source(parse(text), Path(name), name)


def _name(path: Path, repo: Path | None) -> str:
    if repo is not None:
        try:
            return path.resolve().relative_to(repo.resolve()).as_posix()
        except ValueError:
            pass
    return path.as_posix()


def _source(document: Document, path: Path, name: str) -> PlanSource:
    problems = list(document.problems)
    plan: Plan | None = None
    if document.complete:
        told = {problem.range.start for problem in problems}
        plan, wrong = _validated(document)
        problems += [problem for problem in wrong if problem.range.start not in told]
    problems.sort(key=lambda problem: (problem.range.start.line, problem.range.start.column))
    findings = tuple(
        finding("AP101", str(problem), path=name, range=problem.range, tree=Tree.PLAN) for problem in problems
    )
    usable = with_defaults(plan) if plan is not None and not findings else None
    return PlanSource(path, name, document.text, usable, findings, document.ranges, document.value)


def _validated(document: Document) -> tuple[Plan | None, list[Problem]]:
    if not is_map(document.value):
        where = document.ranges.shown(()) or document.lines.range(0, 0)
        return None, [Problem("a plan is a mapping with the keys `autopack`, `run` and `phases`", where)]
    try:
        return Plan.model_validate(document.value), []
    except ValidationError as error:
        return None, schema_problems(document, Plan, error, SYNONYMS)
