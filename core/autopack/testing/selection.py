"""Which tests a change is likeliest to break, so that they may be run before the others: no reason to leave one out."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from autopack.model.changes import ChangeSet, FileChange
from autopack.model.test_report import TestReport
from autopack.testing.invocation import file_part
from autopack.testing.lines import kept_lines
from autopack.testing.report import EXIT_STATUS_ID, belongs
from autopack.testing.sides import names_of

SELECTING = frozenset({"pytest", "unittest", "node", "vitest", "jest"})
"""Runners that take single files, and whose ids begin with the file."""
MOST_SHARE = 0.5
"""Of the time of the base's tests; what takes more is not worth running first."""
_MOST_BYTES = 32 * 1024
"""Of the names of what is selected, for they stand in the arguments and in one variable of the environment."""

Distances = Callable[[Collection[str]], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Selection:
    """`entries` are files and tests as the runner is asked for them, `must_pass` those of the phase among them, `gone`
    test files of the base that the change takes away; `share` is the part of the time of the base's tests they took."""

    entries: tuple[str, ...]
    must_pass: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()
    share: float = 0.0

    def of(self, baseline: TestReport) -> TestReport:
        """What the base's report says of these tests, as if they alone had been asked for."""
        wanted = self.gone.union(self.entries)
        return replace(
            baseline,
            results=tuple(r for r in baseline.results if _asked_for(r.id, wanted)),
            collection_errors=tuple(e for e in baseline.collection_errors if _asked_for(e.id, wanted)),
            missing_paths=(),
            absent_paths=(),
        )


def select_tests(
    changes: ChangeSet,
    baseline: TestReport,
    must_pass: Sequence[str],
    wanted: Sequence[str],
    candidate_paths: Collection[str],
    distances: Distances,
) -> Selection | None:
    """`must_pass`, the tests of changed files and those that executed what is changed; of product files that no test is
    known to have executed, the tests that import them, nearest first (`distances`: steps by file), while all of it takes
    at most MOST_SHARE of the time. None where that is nothing, or where it cannot be asked for. `wanted` are the plan's
    `tests.paths`."""
    seconds = _seconds_by_file(baseline)
    total = sum(seconds.values())
    changed = {path for change in changes.changes for path in names_of(change)}
    new = {path for path in changed if path not in seconds and _collected_like(path, seconds, wanted)}
    here = {path for path in (*seconds, *new) if path in candidate_paths}
    files = {path for path in changed if path in here}
    files |= {entry for entry in must_pass if entry in here}
    single = {entry for entry in must_pass if "::" in entry and file_part(entry) in here}
    unseen: list[str] = []
    for change in changes.changes:
        if here.isdisjoint(names_of(change)):
            ran = _executed_by(change, baseline)
            single.update(test for test in ran if file_part(test) in here)
            unseen += [] if ran else names_of(change)
    gone = frozenset(path for path in changed if path in seconds and path not in candidate_paths)
    share = _share(baseline, files, single, total)
    if share > MOST_SHARE:
        return None
    levels: dict[int, set[str]] = defaultdict(set)
    for path, steps in distances(unseen).items() if unseen else ():
        if path in here:
            levels[steps].add(path)
    for _, level in sorted(levels.items()):
        more = _share(baseline, files | level, single, total)
        if more > MOST_SHARE:
            break
        files, share = files | level, more
    entries = _entries(files, single)
    if not entries or sum(len(entry.encode()) + 4 for entry in entries) > _MOST_BYTES:
        return None
    return Selection(entries, tuple(e for e in must_pass if file_part(e) in here), gone, share)


def _seconds_by_file(baseline: TestReport) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for result in baseline.results:
        if result.id != EXIT_STATUS_ID:
            found[file_part(result.id)] += result.duration
    for error in baseline.collection_errors:
        found[file_part(error.id)] += 0.0
    return dict(found)


def _share(baseline: TestReport, files: Collection[str], single: Collection[str], total: float) -> float:
    """Of the time; of the number of tests where none of them takes any."""
    taken = count = 0.0
    wanted = {*files, *single}
    for result in baseline.results:
        if _asked_for(result.id, wanted):
            taken, count = taken + result.duration, count + 1
    return taken / total if total else count / max(1, len(baseline.results))


def _asked_for(test_id: str, wanted: Collection[str]) -> bool:
    """Whether the test, all its cases, its class or its file is among them."""
    name = test_id
    while name not in wanted:
        shorter = name.partition("[")[0] if "[" in name.partition("::")[2] else name.rpartition("::")[0]
        if not shorter:
            return False
        name = shorter
    return True


def _entries(files: Collection[str], single: Iterable[str]) -> tuple[str, ...]:
    """Files, and tests of other files; a file whole where its tests alone would be too long a list."""
    alone = sorted(entry for entry in single if file_part(entry) not in files)
    if sum(len(entry.encode()) + 4 for entry in alone) > _MOST_BYTES // 2:
        files, alone = {*files, *map(file_part, alone)}, []
    return (*sorted(files), *alone)


def _collected_like(path: str, known: Collection[str], wanted: Sequence[str]) -> bool:
    """Whether the runner would collect a new file of this name by itself: under what the plan asks for, beside or below a
    file that it collected, and called like that one."""
    if wanted and not any(belongs(path, file_part(entry)) for entry in wanted):
        return False
    form, folder = _form(path), f"{posixpath.dirname(path)}/"
    homes = {posixpath.dirname(other) for other in known if _form(other) == form}
    return form != "" and any(home == "" or folder.startswith(f"{home}/") for home in homes)


def _form(path: str) -> str:
    """What makes the name that of a test: `test_*.py`, `*_test.go`, `*.spec.ts`."""
    name = path.rpartition("/")[2]
    stem, dot, ending = name.partition(".")
    if stem.startswith(("test_", "test-")):
        return f"{stem[:5]}*{dot}{ending}"
    if stem.endswith(("_test", "-test")):
        return f"*{stem[-5:]}{dot}{ending}"
    return f"*.{ending}" if ending.startswith(("test.", "spec.")) else ""


def _executed_by(change: FileChange, baseline: TestReport) -> set[str]:
    """Tests that executed lines which the change alters or stands between, else any line of the file; by the base's
    measurement, {} where there is none of this file."""
    covering = baseline.covering.get(change.old_path or change.path, {})
    if not covering or change.before is None:
        return set()
    kept = kept_lines(change.before, change.after or b"")
    last = change.before.count(b"\n") + 1
    touched = {n for n in range(1, last + 1) if n not in kept}
    touched |= {n + step for n in kept for step in (0, 1) if kept.get(n + 1, kept[n] + 1) != kept[n] + 1}
    near = {test for line, tests in covering.items() if line in touched for test in tests}
    return near or {test for tests in covering.values() for test in tests}
