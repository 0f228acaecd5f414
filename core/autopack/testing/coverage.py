"""Line coverage of a change: what of its added code the tests execute, and what they no longer execute of the rest (AP411).

Lines are counted by statement, a statement by its first line. A tree's own share would fall when well-tested code is
deleted; so the base counts with what the change leaves of it, and both count the files that both trees hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from autopack.model.changes import ChangeSet, FileChange
from autopack.model.evidence import Coverage
from autopack.model.findings import Finding, Range, Related, Severity
from autopack.model.rules import finding
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.testing.lines import added_executable_lines, is_python, kept_lines, statements
from autopack.text import plural

Read = Callable[[str], bytes | None]
"""A file of the base's tree, None where it holds none."""
Lines = Mapping[str, tuple[int, ...]]
Places = Sequence[tuple[str, int, int]]
_SHOWN = 8
MOST_LOST = 50
_TELLING = ("pytest", "unittest")
"""Runners that tell lines at all."""


class Asked(NamedTuple):
    """What a phase asks for: `least` share of the added statements, `drop` of the share of all of them that is borne;
    `strict` makes errors of what is short of it."""

    least: float
    drop: float
    strict: bool


def coverage_of(
    changes: ChangeSet, baseline: TestReport, report: TestReport, read: Read, is_test: Callable[[str], bool]
) -> Coverage | None:
    """None where the candidate's lines were not measured to the end."""
    now = report.executed_lines
    if now is None or report.end is not RunnerEnd.FINISHED:
        return None
    product = [change for change in changes.changes if not is_test(change.path)]
    added = executed = 0
    uncovered: list[tuple[str, int, int]] = []
    for change in product:
        asked, missed = _added(change, now.get(change.path, ()))
        added += len(asked)
        executed += len(asked) - sum(run.statements for run in missed)
        uncovered += [(change.path, run.first, run.last) for run in missed]
    found = Coverage(added, executed, tuple(uncovered))
    then = baseline.executed_lines
    if then is None or baseline.end is not RunnerEnd.FINISHED:
        return found
    whole = _Whole()
    for pair in _pairs(product, then, now, read, is_test):
        whole.count(pair, then.get(pair.old, ()), now.get(pair.new, ()))
    return replace(found, lost=tuple(whole.lost[:MOST_LOST]), before=whole.before, after=whole.after)


def coverage_findings(
    found: Coverage | None, baseline: TestReport | None, report: TestReport | None, asked: Asked
) -> list[Finding]:
    """AP411 for added code that no test executes, for a drop of the whole, and for lines that were measured on the base and
    not on the candidate."""
    severity = Severity.ERROR if asked.strict else Severity.WARNING
    if report is None or baseline is None or report.end is not RunnerEnd.FINISHED:
        return []
    if found is None:
        if baseline.executed_lines is not None:
            text = f"The lines that the base's tests execute are known, the candidate's are not: {report.no_lines}."
            return [finding("AP411", text, severity=severity, entry="tests")]
        if asked.strict and report.no_lines and report.runner in _TELLING:
            text = f"Nobody knows which lines the tests execute: {report.no_lines}. It takes coverage.py 5.0 or newer."
            return [finding("AP411", text, severity=Severity.INFORMATION, entry="tests")]
        return []
    told: list[Finding] = []
    if found.added_share < asked.least:
        text = (
            f"The tests execute {found.added_executed} of {plural(found.added, 'added line')} of code, "
            f"{found.added_share:.0%} where at least {asked.least:.0%} are asked for. Not executed: "
            f"{_listed(found.uncovered)}. Add tests that run them."
        )
        told.append(_located(text, found.uncovered, severity))
    if found.before is not None and found.after is not None and found.before - found.after > asked.drop:
        text = (
            f"The tests execute {found.after:.1%} of the product's code that they load, {found.before:.1%} before the "
            f"change. {_cause(found)}"
        )
        told.append(_located(text, found.uncovered or found.lost, severity))
    return told


def _cause(found: Coverage) -> str:
    added = f"Not executed of what it adds: {_listed(found.uncovered)}. " if found.uncovered else ""
    lost = f"Executed before and not now: {_listed(found.lost)}. " if found.lost else ""
    return f"{added}{lost}Add tests that run them."


def _located(text: str, places: Places, severity: Severity) -> Finding:
    if not places:
        return finding("AP411", text, severity=severity)
    (path, first, last), *others = places
    related = tuple(
        Related(other, "the tests do not execute this either", Range.of_lines(begin, end))
        for other, begin, end in others[:_SHOWN]
    )
    return finding("AP411", text, path=path, range=Range.of_lines(first, last), severity=severity, related=related)


def _listed(places: Places) -> str:
    runs = [f"{path}:{first}" + (f"-{last}" if last > first else "") for path, first, last in places]
    more = len(runs) - _SHOWN
    return ", ".join(runs[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _added(change: FileChange, executed: Iterable[int]) -> tuple[set[int], list[Run]]:
    """The statements that the change adds or alters, by first line, and the runs of those that were not executed."""
    firsts = statements(change.after) if change.after is not None else {}
    asked = {firsts[line] for line in added_executable_lines(change) if line in firsts}
    return asked, list(_runs(firsts, asked - _firsts(firsts, executed)))


def _firsts(firsts: Mapping[int, int], lines: Iterable[int]) -> set[int]:
    return {firsts[line] for line in lines if line in firsts}


def _runs(firsts: Mapping[int, int], chosen: set[int]) -> Iterator[Run]:
    """The chosen statements, those that follow on each other together."""
    ends: dict[int, int] = {}
    for line, first in firsts.items():
        ends[first] = max(line, ends.get(first, 0))
    run: list[int] = []
    for first in sorted(ends):
        if first in chosen:
            run.append(first)
        elif run:
            yield Run(run[0], ends[run[-1]], len(run))
            run = []
    if run:
        yield Run(run[0], ends[run[-1]], len(run))


class Run(NamedTuple):
    """Statements that follow on each other: first and last line, and how many they are."""

    first: int
    last: int
    statements: int


class _Pair(NamedTuple):
    """A file in both trees: its name and text in each."""

    old: str
    new: str
    before: bytes
    after: bytes


def _pairs(
    product: Iterable[FileChange], before: Lines, now: Lines, read: Read, is_test: Callable[[str], bool]
) -> Iterator[_Pair]:
    """Product files that either run executed something of and that both trees hold."""
    by_name = {change.path: change for change in product}
    left = {change.old_path for change in by_name.values() if change.old_path}
    for path in sorted({*before, *now} | set(by_name)):
        change = by_name.get(path)
        if is_test(path) or path in left:
            continue
        old = change.old_path or path if change is not None else path
        if old not in before and path not in now:
            continue
        text = change.before if change is not None else read(path)
        after = change.after if change is not None else text
        if text is not None and after is not None and is_python(path, after):
            yield _Pair(old, path, text, after)


@dataclass
class _Whole:
    """Counts of statements, and of those executed, over the files that both trees hold."""

    there: int = 0
    there_done: int = 0
    now: int = 0
    now_done: int = 0
    lost: list[tuple[str, int, int]] = field(default_factory=list[tuple[str, int, int]])

    def count(self, pair: _Pair, before: Iterable[int], now: Iterable[int]) -> None:
        firsts = statements(pair.after)
        olds = firsts if pair.after == pair.before else statements(pair.before)
        kept = kept_lines(pair.before, pair.after)
        there = {first for first in olds.values() if first in kept}
        was, done = _firsts(olds, before) & there, _firsts(firsts, now)
        self.there += len(there)
        self.there_done += len(was)
        self.now += len(set(firsts.values()))
        self.now_done += len(done)
        gone = _firsts(firsts, (kept[first] for first in was)) - done
        self.lost += [(pair.new, run.first, run.last) for run in _runs(firsts, gone)]

    @property
    def before(self) -> float | None:
        return self.there_done / self.there if self.there else None

    @property
    def after(self) -> float | None:
        return self.now_done / self.now if self.there and self.now else None
