"""Positive evidence: what shows that the change did what was asked, not merely that nothing broke (DESIGN §11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from autopack.model.changes import ChangeSet
from autopack.model.evidence import Delta
from autopack.model.findings import Finding, Range, Severity
from autopack.model.rules import finding
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.testing.delta import GOOD
from autopack.testing.invocation import file_part
from autopack.testing.lines import added_executable_lines, added_lines, changed_tests, telling_lines
from autopack.testing.marked import added_code_lines, loads, own_languages
from autopack.testing.report import belongs
from autopack.text import plural

_LENIENT: frozenset[str] = frozenset({"feature_scaffolding", "docs", "tests", "database", "deployment"})
_COMPILED = (".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".pyx", ".pxd", ".rs", ".f", ".f90", ".cu", "CMakeLists.txt",
             "meson.build", "Cargo.toml")  # fmt: skip


class Positive(NamedTuple):
    """`positive` names the evidence, "" = none; `needs_only_baseline`: the change adds no executable line."""

    positive: str
    needs_only_baseline: bool
    findings: tuple[Finding, ...]


def positive_evidence(
    changes: ChangeSet,
    report: TestReport | None,
    delta: Delta,
    must_pass: Sequence[str],
    category: str,
    runner: str,
    is_test: Callable[[str], bool],
    *,
    strict: bool,
) -> Positive:
    """The first piece of positive evidence, or AP410: an error where the phase is judged strictly and where executable
    lines were added that no test process imported, information elsewhere and always in the lenient categories."""
    find = added_code_lines if own_languages(runner) else added_executable_lines
    loaded = (c for c in changes.changes if not own_languages(runner) or loads(runner, c.path))
    lines = {c.path: added for c in loaded if (added := find(c))}
    tested = report is not None and report.end is RunnerEnd.FINISHED and runner not in ("none", "")
    stale = _stale_binaries(changes, report)
    if tested and report is not None:
        found = _found(changes, report, delta, must_pass, lines, runner, is_test)
        if found and not stale:
            return Positive(found, not lines, ())
        worse = delta.newly_failing or delta.missing or delta.collection_errors
        if not lines and not stale:
            still = "" if worse else ", and the tests of the base still pass"
            return Positive(f"the change adds nothing that the test runner executes{still}", True, ())
        if own_languages(runner):
            return _unseen(report, category, lines, strict=strict)
    imported = set(report.provenance.imported) if tested and report is not None else set[str]()
    never = sorted(path for path in lines if path not in imported)
    idle = sorted(path for path in lines if report is not None and report.executed_lines is not None)
    told = _none(category, never, idle, tested, stale, strict=strict)
    return Positive("", not lines, (_at_added(told, changes, lines),))


def _at_added(told: Finding, changes: ChangeSet, lines: dict[str, frozenset[int]]) -> Finding:
    """At the first added line of the file that it speaks of, else of the first file of the change that has one."""
    path = told.path or min(lines, default="")
    change = next((c for c in changes.changes if c.path == path), None)
    if change is None or change.after is None:
        return told
    telling = telling_lines(change.after, lines[path]) if path in lines else frozenset(added_lines(change))
    first = min(telling or lines.get(path, ()), default=0)
    return replace(told, path=path, range=Range.of_line(first) if first else None, fingerprint="")


def _found(
    changes: ChangeSet,
    report: TestReport,
    delta: Delta,
    must_pass: Sequence[str],
    lines: dict[str, frozenset[int]],
    runner: str,
    is_test: Callable[[str], bool],
) -> str:
    passed = [r.id for r in report.results if r.outcome in GOOD]
    for test_id in passed:
        if any(belongs(test_id, wanted) for wanted in must_pass):
            return f"{test_id} of must_pass passed"
    if runner == "command" and report.exit_code == 0:
        return "the test command exited with 0"
    fresh = [*delta.new_passing, *delta.fixed]
    if fresh:
        return f"{fresh[0]} passed and did not on the base"
    for change in changes.changes:
        for name in changed_tests(change):
            wanted = f"{change.path}::{name}"
            hit = next((test_id for test_id in passed if belongs(test_id, wanted)), "")
            if hit:
                return f"{hit}, which the change rewrites, passed"
        hit = next((test_id for test_id in passed if file_part(test_id) == change.path), "")
        if hit and own_languages(runner) and change.path in lines:
            return f"{hit}, in a file that the change rewrites, passed"
    if report.executed_lines is not None:
        return _executed(changes, report, lines, frozenset(passed), is_test)
    if lines and passed and not own_languages(runner) and set(lines) <= set(report.provenance.imported):
        return f"{len(passed)} tests passed in a process that imported every changed Python file"
    return ""


def _executed(
    changes: ChangeSet,
    report: TestReport,
    lines: dict[str, frozenset[int]],
    passed: frozenset[str],
    is_test: Callable[[str], bool],
) -> str:
    """A changed line that a passing test executed of itself, of the product where the change adds to it: what loading a
    file executes shows nothing."""
    product = {path for path in lines if not is_test(path)} or set(lines)
    files = {file_part(test) for test in passed}
    for change in sorted(changes.changes, key=lambda c: c.path):
        if change.path not in product or change.after is None:
            continue
        covering = report.covering.get(change.path, {})
        for line in sorted(telling_lines(change.after, lines[change.path])):
            for test in covering.get(line, ()):
                if test in passed or test in files:
                    return f"{test} executed {change.path}:{line}"
    return ""


def _unseen(report: TestReport, category: str, lines: dict[str, frozenset[int]], *, strict: bool) -> Positive:
    """A runner whose process nobody looks into: that its tests pass is all there is."""
    passed = sum(r.outcome in GOOD for r in report.results)
    count = f"{plural(passed, 'test')} passed"
    high = category not in _LENIENT and (strict or not passed)
    said = f"{count}, none of them new or of must_pass, and the runner does not tell which files it loads"
    path = min(lines, default="")
    told = finding("AP410", f"{said}. Add a test that exercises the change, or name one in must_pass.",
                   path=path, range=Range.of_line(min(lines[path])) if path else None, entry="tests",
                   severity=Severity.ERROR if high else Severity.INFORMATION)  # fmt: skip
    return Positive(
        f"{count}; the runner does not tell which files it loads" if passed and not high else "", False, (told,)
    )


def _stale_binaries(changes: ChangeSet, report: TestReport | None) -> tuple[str, str] | None:
    """(changed source, compiled module) when compiled sources changed but an installed build was tested."""
    if report is None or not report.provenance.prebuilt:
        return None
    for path in changes.paths:
        if path.endswith(_COMPILED):
            return path, report.provenance.prebuilt[0][1]
    return None


def _none(
    category: str,
    never: Sequence[str],
    idle: Sequence[str],
    tested: bool,
    stale: tuple[str, str] | None,
    *,
    strict: bool,
) -> Finding:
    blocking = (category not in _LENIENT and (strict or bool(never))) or stale is not None
    if stale is not None:
        said = f"{stale[0]} changed, but the tests loaded a build made before it ({stale[1]})"
        advice = "Build it in workspace.setup."
    elif never:
        said = f"No test process imported {', '.join(never[:3])}{' and others' if len(never) > 3 else ''}"
        advice = "Add a test that exercises the change, or name one in must_pass."
    elif not tested:
        said, advice = "No test was run on the change", "Give the phase tests, or accept it without."
    elif idle:
        more = " and others" if len(idle) > 3 else ""
        said = f"No test that passes executes what was added to {', '.join(idle[:3])}{more}"
        advice = "Add a test that exercises the change, or name one in must_pass."
    else:
        said, advice = "No test shows that the change does what was asked", "Add a test that exercises the change."
    path = stale[0] if stale else (*never, *idle, "")[0]
    return finding("AP410", f"{said}. {advice}", path=path, entry="tests",
                   severity=Severity.ERROR if blocking else Severity.INFORMATION)  # fmt: skip
