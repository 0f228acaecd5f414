"""The risk of a change: points for how much, where and how it changes, never for what the model says of itself.

Paths are matched by their components, markers in added lines alone. Every part is bounded by itself, so none needs
another weight, and the highest level can be reached (tests/policy/test_risk.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from autopack.model.changes import ChangeSet, FileChange
from autopack.model.findings import Finding, Severity
from autopack.model.risk import RiskAssessment, RiskLevel, RiskPart
from autopack.model.rules import finding
from autopack.paths import folded, printable
from autopack.policy.generated import is_generated
from autopack.policy.lines import Extent, extent, gained_lines
from autopack.policy.tested import is_test
from autopack.settings import matching
from autopack.text import plural

MOST = 100
_MARKER = re.compile(rb"(?<![A-Za-z0-9_])(?:TODO|FIXME|HACK|XXX|TEMP)(?![A-Za-z0-9_])")
_PROSE = (".md", ".markdown", ".rst", ".adoc")
"""Needs no test and runs nowhere, whatever its folder is called."""
_NAMED = 3
"""How many paths a part names."""


class RiskLimits(Protocol):
    """`settings.policy.risk` fits: levels are reached, line counts exceeded strictly."""

    @property
    def medium(self) -> int: ...
    @property
    def high(self) -> int: ...
    @property
    def critical(self) -> int: ...
    @property
    def lines_some(self) -> int: ...
    @property
    def lines_many(self) -> int: ...
    @property
    def lines_most(self) -> int: ...
    @property
    def points_some(self) -> int: ...
    @property
    def points_many(self) -> int: ...
    @property
    def points_most(self) -> int: ...
    @property
    def deletion_notified(self) -> int: ...
    @property
    def deletion_asked(self) -> int: ...
    @property
    def critical_paths(self) -> list[str]: ...
    @property
    def critical_path(self) -> int: ...
    @property
    def critical_path_most(self) -> int: ...
    @property
    def risky_files(self) -> list[str]: ...
    @property
    def risky_file(self) -> int: ...
    @property
    def risky_file_most(self) -> int: ...
    @property
    def untested_lines(self) -> int: ...
    @property
    def untested(self) -> int: ...
    @property
    def marker(self) -> int: ...
    @property
    def marker_most(self) -> int: ...


class RiskThresholds(Protocol):
    """`settings.policy` fits."""

    @property
    def deletion_notify(self) -> int: ...
    @property
    def deletion_ask(self) -> int: ...
    @property
    def risk(self) -> RiskLimits: ...


def assess_risk(changes: ChangeSet, policy: RiskThresholds, *, deletion_meant: bool = False) -> RiskAssessment:
    """The parts in the order they are shown; `deletion_meant`: the plan allows that much goes."""
    limits = policy.risk
    sizes = [(change, extent(change)) for change in changes.changes]
    net = sum(size.net for _, size in sizes)
    parts = (
        _size(sizes, limits),
        _deletion(net, policy, deletion_meant),
        _critical(changes.changes, limits),
        _kinds(changes.changes, limits),
        _untested(sizes, limits),
        _markers(changes.changes, limits),
    )
    score = min(MOST, sum(part.points for part in parts))
    return RiskAssessment(score, level_of(score, limits), parts, net)


def level_of(score: int, limits: RiskLimits) -> RiskLevel:
    if score >= limits.critical:
        return RiskLevel.CRITICAL
    if score >= limits.high:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if score >= limits.medium else RiskLevel.LOW


def judge_risk(risk: RiskAssessment) -> list[Finding]:
    """AP605 where a person must accept the change, with its evidence shown; lower levels are facts, not findings."""
    if risk.level is not RiskLevel.CRITICAL:
        return []
    message = f"{risk.told()} A person must accept the change."
    return [finding("AP605", message, severity=Severity.WARNING, blocking=True)]


def _size(sizes: Sequence[tuple[FileChange, Extent]], limits: RiskLimits) -> RiskPart:
    lines = sum(size.added + size.removed for change, size in sizes if not _by_program(change))
    steps = (
        (limits.lines_most, limits.points_most),
        (limits.lines_many, limits.points_many),
        (limits.lines_some, limits.points_some),
    )
    points = max((worth for above, worth in steps if lines > above), default=0)
    return RiskPart("size", points, f"{plural(lines, 'changed line')}")


def _deletion(net: int, policy: RiskThresholds, meant: bool) -> RiskPart:
    if meant:
        return RiskPart("deletion", 0, "the plan allows a mass deletion")
    limits = policy.risk
    points = limits.deletion_notified if net > policy.deletion_notify else 0
    if net > policy.deletion_ask:
        points = max(points, limits.deletion_asked)
    return RiskPart("deletion", points, f"{plural(max(net, 0), 'line')} deleted net")


def _critical(changes: Iterable[FileChange], limits: RiskLimits) -> RiskPart:
    found = _of(changes, limits.critical_paths)
    points = min(limits.critical_path_most, limits.critical_path * len(found))
    return RiskPart("critical paths", points, _listed(found, "critical path"))


def _kinds(changes: Iterable[FileChange], limits: RiskLimits) -> RiskPart:
    found = _of(changes, limits.risky_files)
    points = min(limits.risky_file_most, limits.risky_file * len(found))
    return RiskPart("file kinds", points, _listed(found, "risky file"))


def _untested(sizes: Sequence[tuple[FileChange, Extent]], limits: RiskLimits) -> RiskPart:
    """Added lines alone: no test can come with what goes, which `deletion` counts."""
    if any(is_test(change.path) and change.after is not None and size.added for change, size in sizes):
        return RiskPart("tests", 0, "tests are added to with it")
    lines = sum(size.added for change, size in sizes if not _by_program(change) and not _prose(change))
    points = limits.untested if lines > limits.untested_lines else 0
    return RiskPart("tests", points, f"{plural(lines, 'added line')} without one in a test")


def _markers(changes: Sequence[FileChange], limits: RiskLimits) -> RiskPart:
    count = sum(n for line, n in gained_lines(changes).items() if _MARKER.search(line))
    points = min(limits.marker_most, limits.marker * count)
    return RiskPart("markers", points, f"{plural(count, 'added line')} with TODO, FIXME, HACK, XXX or TEMP")


def _of(changes: Iterable[FileChange], patterns: list[str]) -> list[str]:
    """The changed files that match, prose apart; a file that leaves such a place counts too."""
    return [
        change.path
        for change in changes
        if not _prose(change) and any(matching(patterns, path) for path in (change.path, change.old_path) if path)
    ]


def _listed(paths: list[str], what: str) -> str:
    if not paths:
        return f"no {what}"
    more = ", ..." if len(paths) > _NAMED else ""
    return f"{plural(len(paths), what)}: {', '.join(printable(p) for p in paths[:_NAMED])}{more}"


def _by_program(change: FileChange) -> bool:
    return is_generated(change.old_path or change.path, change.before)


def _prose(change: FileChange) -> bool:
    return all(folded(path).endswith(_PROSE) for path in (change.path, change.old_path) if path)
