"""Finding: one located problem, in the words and coordinates every surface shows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"
    HINT = "hint"


class Tree(StrEnum):
    """Which version of the file a path and range speak of."""

    PLAN = "plan"
    CANDIDATE = "candidate"
    BASE = "base"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Position:
    """1-based line and column, in code points."""

    line: int
    column: int = 1


@dataclass(frozen=True, slots=True)
class Range:
    """Half-open in columns: `end` is the position after the last character."""

    start: Position
    end: Position

    @classmethod
    def of_line(cls, line: int, length: int = 0) -> Range:
        return cls(Position(line, 1), Position(line, max(1, length + 1)))

    @classmethod
    def of_lines(cls, first: int, last: int) -> Range:
        return cls(Position(first, 1), Position(last + 1, 1))

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line; a range that ends before the first character of a line does not hold that line."""
        before = self.end.column <= 1 and self.end.line > self.start.line
        return self.start.line, max(self.start.line, self.end.line - before)


@dataclass(frozen=True, slots=True)
class Related:
    """A place that helps to understand a finding, and why."""

    path: str
    message: str
    range: Range | None = None
    tree: Tree = Tree.CANDIDATE

    def where(self) -> str:
        """`path:line`, `path:first-last`, or `path`."""
        if self.range is None:
            return self.path
        first, last = self.range.lines
        return f"{self.path}:{first}-{last}" if last > first else f"{self.path}:{first}"


@dataclass(frozen=True, slots=True)
class Finding:
    """`path` is relative with "/", or "" when the finding belongs to no file; `evidence` are evidence ids. `related` are
    places that explain it, the most telling first; `entry` is what it is about in the plan's phase, as in
    `tests.must_pass[0]` ("" = nothing of its own)."""

    code: str
    name: str
    severity: Severity
    message: str
    blocking: bool = False
    run: str = ""
    phase: str = ""
    attempt: int = 0
    tree: Tree = Tree.CANDIDATE
    path: str = ""
    range: Range | None = None
    evidence: tuple[str, ...] = ()
    fingerprint: str = field(default="")
    related: tuple[Related, ...] = ()
    entry: str = ""

    def __post_init__(self) -> None:
        if not self.fingerprint:
            key = "\0".join((self.code, self.phase, self.tree, self.path, self.message))
            object.__setattr__(self, "fingerprint", hashlib.sha256(key.encode()).hexdigest()[:16])

    def placed(self, *, run: str, phase: str, attempt: int) -> Finding:
        """The same finding, keyed to the attempt it was made in."""
        return replace(self, run=run, phase=phase, attempt=attempt, fingerprint="")

    def where(self) -> str:
        """`path:line:column`, `path`, or ""."""
        if not self.path:
            return ""
        if self.range is None:
            return self.path
        return f"{self.path}:{self.range.start.line}:{self.range.start.column}"
