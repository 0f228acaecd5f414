"""How a plan asks for tests: environment, runner and command, test ids, phases without evidence (AP119)."""

from __future__ import annotations

import re
from collections.abc import Callable

from autopack.model.findings import Severity
from autopack.model.plan import HIGH_RISK, WHOLE_RUNNERS, Phase, RunnerName, Tests
from autopack.plans.judge import Judge
from autopack.plans.paths import covers, outside
from autopack.yamlfile import Loc

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FORBIDDEN = re.compile(
    r"PATH|HOME|SHELL|BASH_ENV|ENV|NODE_OPTIONS|(LD|DYLD|GIT|PYTEST|AUTOPACK)_.*|.*_API_KEY|.*_PROXY"
    r"|PYTHON(?!(PATH|HASHSEED|WARNINGS)$).*"
)
_TEST_FILE = re.compile(r"(.*/)?(test_[^/]*|[^/]*_test)\.py")

_ONLY_INFORMATION = frozenset({"feature_scaffolding", "docs", "tests", "database", "deployment"})
"""Categories where AP410 never blocks (DESIGN: evidence)."""


def forbidden_variable(name: str) -> bool:
    """Whether a plan may not set this variable for tests: it would change what runs, or hold a secret."""
    return _FORBIDDEN.fullmatch(name.upper()) is not None


def is_test_file(path: str) -> bool:
    return _TEST_FILE.fullmatch(path) is not None


def check_tests(judge: Judge) -> None:
    """AP101 for what cannot be run, AP119 for phases that can only end in AP410."""
    detected = judge.repo.runner()
    for index, phase in enumerate(judge.plan.phases):
        base: Loc = ("phases", index, "tests")
        _check_runner(judge, phase.tests, base)
        _check_environment(judge, phase.tests, base, index)
        _check_must_pass(judge, phase.tests, base, index)
    _check_evidence(judge, detected)


def _check_runner(judge: Judge, tests: Tests, base: Loc) -> None:
    if tests.runner == "command" and tests.command is None:
        judge.add("AP101", "runner `command` needs `command`, a list of program and arguments", (*base, "runner"))
    if tests.command is not None and tests.runner != "command":
        judge.add("AP101", "`command` is only run with `runner: command`; add that", (*base, "command"))
    if tests.junit is not None and tests.runner != "command":
        judge.add("AP101", "`junit` is only read with `runner: command`; add that or remove it", (*base, "junit"))
    if tests.runner in WHOLE_RUNNERS and tests.paths and not judge.inherited((*base, "paths")):
        message = f"`paths` is not read with `runner: {tests.runner}`, which collects by its build files; use `args`"
        judge.add("AP101", message, (*base, "paths"))
    if tests.command is not None and not tests.command[0].strip():
        judge.add("AP101", "the command has no program", (*base, "command"))
    if tests.skip and not tests.reason.strip():
        message = "tests are skipped without a `reason`; say why, it is printed in the report"
        judge.add("AP101", message, (*base, "skip"), severity=Severity.WARNING)


def _check_environment(judge: Judge, tests: Tests, base: Loc, index: int) -> None:
    for name in tests.env:
        loc = (*base, "env", name)
        if judge.inherited(loc) and index > 0:
            continue
        if not _NAME.fullmatch(name):
            judge.add("AP101", f"`{name}` is no name of an environment variable", loc)
        elif forbidden_variable(name):
            judge.add("AP101", f"a plan may not set `{name}` for tests; remove it", loc)


def _check_must_pass(judge: Judge, tests: Tests, base: Loc, index: int) -> None:
    if tests.runner in ("command", "none"):
        return
    for position, test in enumerate(tests.must_pass):
        loc = (*base, "must_pass", position)
        if judge.inherited(loc) and index > 0:
            continue
        path, separator, name = test.partition("::")
        if not separator or not name.strip() or name.endswith("::"):
            message = f"`{test}` names no test; write `{path or 'tests/test_a.py'}::test_name`"
            judge.add("AP101", message, loc)
        elif path.endswith("/"):
            judge.add("AP101", f"`{test}` names a test in a folder; write its file before `::`", loc)
        elif tests.paths and not tests.workdir and not outside(path) and not _collected(tests.paths, test, path):
            message = f"`{test}` is not among what `tests.paths` collects, so it cannot pass; add `{path}`"
            judge.add("AP101", message, loc)


def _collected(paths: list[str], test: str, path: str) -> bool:
    folders = [entry if entry.endswith("/") else f"{entry}/" for entry in paths]
    named = any(test == entry or test.startswith((f"{entry}::", f"{entry}[")) for entry in paths)
    return named or covers([*paths, *folders], path)


def _check_evidence(judge: Judge, detected: RunnerName) -> None:
    by_id = {phase.id: phase for phase in judge.plan.phases}
    for index, phase in enumerate(judge.plan.phases):
        reason, key = _no_evidence(phase, detected, lambda phase=phase: _brings_tests(phase, by_id))
        if reason:
            judge.add("AP119", f"{reason}, so nothing can show that phase `{phase.id}` works; {_outcome(phase)}",
                      ("phases", index, "tests", key))  # fmt: skip


def _brings_tests(phase: Phase, by_id: dict[str, Phase]) -> bool:
    """Whether this phase, or one it needs, delivers a test file."""
    seen, queue = {phase.id}, [phase]
    while queue:
        here = queue.pop()
        if any(is_test_file(path) for path in here.deliverables):
            return True
        needed = [by_id[name] for name in here.depends_on if name in by_id and name not in seen]
        seen.update(other.id for other in needed)
        queue += needed
    return False


def _no_evidence(phase: Phase, detected: RunnerName, brings_tests: Callable[[], bool]) -> tuple[str, str]:
    """Why there can be none, and the key that says so."""
    tests = phase.tests
    if tests.skip:
        return "tests are skipped", "skip"
    if tests.runner == "none":
        return "the runner is `none`", "runner"
    if tests.runner not in (None, "pytest") or detected == (tests.runner or detected) != "none" or brings_tests():
        return "", ""
    known = "pytest tests" if tests.runner else "tests that a runner is known for"
    return f"the repository has no {known} and the phase delivers none", "runner"


def _outcome(phase: Phase) -> str:
    if phase.category in HIGH_RISK:
        return "a person will have to accept it (AP410)"
    if phase.category in _ONLY_INFORMATION:
        return "it will be reported as such (AP410)"
    return "give it tests, or list a test file among its deliverables (AP410)"
