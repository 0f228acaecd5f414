"""The lines a test run executed, from its records: files of the worktree alone, and no line beyond a file's end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path, PurePosixPath

from autopack.testing.files import bounded_read
from autopack.testing.formats import ReportRefused
from autopack.testing.invocation import from_node
from autopack.testing.record_forms import Ranges
from autopack.testing.records import Session


def no_lines_of(session: Session) -> str:
    """Why the records do not say which lines were executed, "" when they do."""
    if session.silent_workers:
        return f"worker {', '.join(session.silent_workers)} ran tests and did not say which lines it executed"
    if not session.lines:
        return "the test process did not say which lines it executed"
    return next((record.why for record in session.lines if record.why), "")


def executed_of(session: Session, worktree: Path) -> dict[str, tuple[int, ...]] | None:
    """By file, the union over all processes; None where `no_lines_of` says why."""
    if no_lines_of(session):
        return None
    length = _lengths(worktree)
    found: dict[str, set[int]] = defaultdict(set)
    for record in session.lines:
        for path, ranges in record.files.items():
            found[path].update(_numbers(ranges, length(path)))
    return {path: tuple(sorted(lines)) for path, lines in sorted(found.items()) if lines}


def covering_of(session: Session, worktree: Path, workdir: str) -> dict[str, dict[int, tuple[str, ...]]]:
    """By file of the change and line, the ids of the tests that executed it."""
    if no_lines_of(session):
        return {}
    length = _lengths(worktree)
    found: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for record in session.covering:
        for path, test, ranges in record.tests:
            for line in _numbers(ranges, length(path)):
                found[path][line].add(from_node(test, workdir))
    return {
        path: {line: tuple(sorted(tests)) for line, tests in sorted(lines.items())}
        for path, lines in sorted(found.items())
    }


def _lengths(worktree: Path) -> Callable[[str], int]:
    @cache
    def length(path: str) -> int:
        """How many lines the file has, 0 for what is no regular file of the worktree."""
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts:
            return 0
        try:
            data = bounded_read(worktree / pure)
        except (OSError, ValueError, ReportRefused):
            return 0
        return data.count(b"\n") + bool(data and not data.endswith(b"\n"))

    return length


def _numbers(ranges: Ranges, most: int) -> Iterable[int]:
    for first, last in ranges:
        yield from range(max(1, first), min(last, most) + 1)
