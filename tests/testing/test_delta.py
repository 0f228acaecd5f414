"""Baseline rules, deltas and the findings made of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from autopack.model.evidence import BaselineState, Delta
from autopack.model.findings import Severity
from autopack.model.test_report import (
    CollectionError,
    Failure,
    Provenance,
    RunnerEnd,
    TestOutcome,
    TestReport,
    TestResult,
)
from autopack.testing import (
    baseline_findings,
    baseline_state,
    compare,
    delta_findings,
    report_from_json,
    report_to_json,
    settled,
    try_again,
)

MARKS = {"p": "passed", "f": "failed", "e": "error", "s": "skipped", "x": "xfailed", "X": "xpassed"}


def report(marks: str = "", *, errors: tuple[str, ...] = (), end: RunnerEnd = RunnerEnd.FINISHED, **more) -> TestReport:
    """`a:p b:f` = test a passed, b failed; ids get the prefix t.py:: unless they hold one."""
    results = []
    for item in marks.split():
        name, _, mark = item.rpartition(":")
        outcome = TestOutcome(MARKS[mark])
        failure = Failure("t.py", 7, f"{name} broke", "> x") if mark in "fe" else None
        results.append(TestResult(name if "::" in name else f"t.py::{name}", outcome, 0.1, failure))
    return TestReport(
        key="k", tree="t", runner=more.pop("runner", "pytest"), command=("py",), end=end, exit_code=0,
        results=tuple(results), collection_errors=tuple(CollectionError(e, Failure(e, 3, "no import")) for e in errors),
        **more,
    )  # fmt: skip


class Bench:
    """`again` is what every further run of the candidate gives; there is no time for anything else."""

    def __init__(self, again: TestReport | None) -> None:
        self.again = again

    async def candidate(self, ids: tuple[str, ...]) -> TestReport | None:
        return self.again

    async def base(self, ids: tuple[str, ...]) -> TestReport | None:
        return None

    async def whole(self) -> TestReport | None:
        return None

    def remembered(self, ids):
        return {}


def delta(base: TestReport | None, now: TestReport, again: TestReport | None = None) -> Delta:
    return replace(asyncio.run(try_again(compare(base, now), base, now, Bench(again))), trials={})


STATES = {
    "all pass": (report("a:p b:p"), BaselineState.USABLE),
    "half pass": (report("a:p b:f"), BaselineState.USABLE),
    "less than half": (report("a:p b:f c:e"), BaselineState.UNUSABLE),
    "skips do not count": (report("a:p b:s c:x d:s"), BaselineState.USABLE),
    "only skips": (report("a:s"), BaselineState.UNUSABLE),
    "none": (report(), BaselineState.EMPTY),
    "entry to come": (report(missing_paths=("t.py",), absent_paths=("t.py",)), BaselineState.EMPTY),
    "silent entry": (report("a:p", missing_paths=("docs",)), BaselineState.UNUSABLE),
    "errors only": (report(errors=("u.py",)), BaselineState.UNUSABLE),
    "errors beside tests": (report("a:p", errors=("u.py",)), BaselineState.USABLE),
    "time-out": (report("a:p", end=RunnerEnd.TIMED_OUT), BaselineState.UNUSABLE),
    "no runner": (report(end=RunnerEnd.NO_RUNNER), BaselineState.UNUSABLE),
}


@pytest.mark.parametrize("name", STATES)
def test_baseline_state(name):
    taken, expected = STATES[name]
    assert baseline_state(taken)[0] is expected


def test_baseline_findings_name_the_first_error_and_the_fix():
    (found,) = baseline_findings(report("a:f b:f"))
    assert (found.code, found.blocking) == ("AP407", True)
    assert "only 0 of 2 tests passed; first error: t.py:7: a broke" in found.message
    (empty,) = baseline_findings(report())
    assert (empty.code, empty.severity) == ("AP407", Severity.INFORMATION)
    absent = baseline_findings(report(end=RunnerEnd.NO_RUNNER, detail="py has no pytest", hint="Install it with: X"))
    assert [f.code for f in absent] == ["AP407", "AP408"]
    assert all("Install it with: X" in f.message for f in absent)


def test_delta_sets():
    base = report("same:p broke:p fixed:f still:f gone:p skipped:p wasskip:s", errors=("old.py",))
    now = report("same:p broke:f fixed:p still:f skipped:s wasskip:s new:p newbad:f", errors=("old.py", "bad.py"))
    found = delta(base, now, report("broke:f newbad:p"))
    assert found == Delta(
        newly_failing=("t.py::broke",),
        fixed=("t.py::fixed",),
        still_failing=("t.py::still",),
        missing=("t.py::gone", "t.py::skipped"),
        new_passing=("t.py::new",),
        collection_errors=("bad.py",),
        flaky=("t.py::newbad",),
        still_skipped=("t.py::wasskip",),
    )
    findings = delta_findings(found, now)
    assert [(f.code, f.where(), f.blocking) for f in findings] == [
        ("AP402", "bad.py:3:1", True),
        ("AP402", "old.py:3:1", False),
        ("AP401", "t.py:7:1", True),
        ("AP404", "t.py:7:1", False),
        ("AP403", "t.py", True),
        ("AP403", "t.py", True),
    ]
    assert findings[2].message == "t.py::broke fails: broke broke"
    accepted = delta_findings(found, now, accepted_files={"t.py"})
    assert [f.blocking for f in accepted if f.code == "AP403"] == [False, False]
    going = delta_findings(found, now, may_go=lambda test: True)
    by_skip = {"is gone" in f.message: f.blocking for f in going if f.code == "AP403"}
    assert by_skip == {True: False, False: True}, "what is removed is gone, not skipped"


@pytest.mark.parametrize(
    ("base", "now", "blocking"),
    [
        ("n[1-a]:p n[2-b]:p", "n[1-A]:p n[2-B]:p", [False]),
        ("n[1-a]:p n[2-b]:p", "n[1-A]:p", [True, True]),
        ("n[1-a]:p", "n[1-A]:f", [True]),
        ("n[1-a]:p", "n[1-A]:s", [True]),
        ("n[1-a]:p", "m[1-A]:p", [True]),
        ("n:p", "n[1]:p n[2]:p", [False]),
        ("n[1-a]:p n[2-b]:p", "n[1-a]:s n[2-B]:p", [True, False]),
        ("u.py::n[t.py::n[1]]:p", "u.py::n[t.py::n[2]]:p", [False]),
    ],
)
def test_cases_whose_values_changed_are_not_lost_while_as_many_pass(base, now, blocking):
    after = report(now)
    found = [f for f in delta_findings(delta(report(base), after), after) if f.code == "AP403"]
    assert [f.blocking for f in found] == blocking
    assert all("new ones pass" in f.message for f in found if not f.blocking)


def test_a_rerun_that_does_not_finish_excuses_nothing():
    found = delta(report("a:p"), report("a:f"), report("a:p", end=RunnerEnd.CRASHED))
    assert (found.newly_failing, found.flaky) == (("t.py::a",), ())


def test_a_flaky_test_is_no_excuse_for_the_next_phase():
    first = report("a:f b:f")
    found = delta(report("a:p b:p"), first, report("a:p b:f"))
    later = delta(settled(first, found), report("a:f b:f"))
    assert (later.newly_failing, later.still_failing) == (("t.py::a",), ("t.py::b",))


def test_nothing_is_rerun_for_nothing():
    class Never(Bench):
        async def candidate(self, ids):
            raise AssertionError(ids)

        base = candidate

    base, now = report("a:p"), report("a:p runner::exit-status:f")
    assert asyncio.run(try_again(compare(base, now), base, now, Never(None))).newly_failing == ("runner::exit-status",)


def test_an_unfinished_run_shows_its_failures_and_nothing_else():
    now = report("a:f", end=RunnerEnd.TIMED_OUT, detail="the test run passed its time-out")
    found = delta(report("a:p b:p"), now)
    assert found == Delta(newly_failing=("t.py::a",))
    assert [f.code for f in delta_findings(found, now)] == ["AP408", "AP401"]


def test_without_a_baseline_every_failure_is_new():
    found = delta(None, report("a:f b:p", missing_paths=("x",), absent_paths=("x",)))
    assert (found.newly_failing, found.new_passing, found.absent_paths) == (("t.py::a",), (), ("x",))


def test_absent_paths_must_pass_provenance_and_changed_files():
    base = report("a:p", missing_paths=("new.py",), absent_paths=("new.py",))
    now = report(
        "a:p m:f m2:s", missing_paths=("new.py",), absent_paths=("new.py",), changed_files=("data.json",),
        provenance=Provenance(outside=(("pkg.mod", "/user/pkg/mod.py"),)),
    )  # fmt: skip
    found = delta_findings(delta(base, now), now, ["t.py::m", "t.py::m2", "t.py::none", "t.py::a"])
    by_code: dict[str, list[str]] = {}
    for f in found:
        by_code.setdefault(f.code, []).append(f.message)
    assert "pkg.mod from /user/pkg/mod.py" in by_code["AP409"][0]
    assert [m.split(" ")[0] for m in by_code["AP401"]] == ["t.py::m"], "told once, not again as AP403"
    assert [m.split(" ")[0] for m in by_code["AP403"]] == ["new.py", "t.py::m2", "t.py::none"]
    assert sum("must_pass" in m for m in by_code["AP403"]) == 2
    assert "data.json" in by_code["AP414"][0]


def test_missing_tests_of_an_uncollected_module_are_said_once():
    base, now = report("a:p b:p"), report(errors=("t.py",))
    assert [f.code for f in delta_findings(delta(base, now), now)] == ["AP402"]


def test_a_command_red_before_and_after_is_shown():
    red = report("make-test:f", runner="command")
    assert [f.code for f in delta_findings(delta(red, red), red)] == ["AP401"]


def test_report_round_trip():
    whole = report("a:f b:p", errors=("x.py",), provenance=Provenance((("a", "/b"),), ("c.py",), "why", (("d", "/e"),)))
    assert report_from_json(report_to_json(whole)) == whole
