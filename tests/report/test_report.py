"""The report: outcome first, each phase with its grounds, the bound said, nothing hostile alive in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopack.model.attempt import Outcome, OutcomeKind
from autopack.model.audit import AuditIssue, AuditReport
from autopack.model.evidence import Delta, Evidence
from autopack.model.findings import Range, Related
from autopack.model.risk import ChangeDecision, DecisionKind, RiskAssessment, RiskLevel, RiskPart
from autopack.model.rules import finding
from autopack.model.states import PhaseState, RunState
from autopack.model.test_report import RunnerEnd, TestOutcome, TestReport, TestResult
from autopack.redaction import Redactor
from autopack.report import ApprovalFacts, AttemptFacts, PhaseFacts, RunFacts, Spend, Times, render_report
from autopack.report.phase import finding_line
from autopack.report.words import OUTCOME_WORDS, PHASE_WORDS, RUN_WORDS

FAILED = finding("AP401", "tests/t.py::test_x fails: assert [1] == [2]", path="tests/t.py", range=Range.of_line(12))
RESULTS = (
    TestResult("tests/t.py::test_x[1]", TestOutcome.PASSED),
    TestResult("tests/t.py::test_x[2]", TestOutcome.PASSED),
    TestResult("tests/t.py::test_old", TestOutcome.SKIPPED),
)
DONE = PhaseFacts(
    "index",
    PhaseState.COMPLETE,
    goal="Build an index.",
    attempts=(
        AttemptFacts(1, Outcome(OutcomeKind.TESTS_FAILED, (FAILED,), "regression"), "model-a", patch="p/1.patch"),
        AttemptFacts(2, Outcome(OutcomeKind.COMPLETE), "model-a", hint="use casefold"),
    ),
    commit="c" * 40,
    summary="Adds the index.",
    stat=" src/a.py | 2 ++\n 1 file changed, 2 insertions(+)\n",
    must_pass=("tests/t.py::test_x",),
    evidence=Evidence(
        "t",
        TestReport("k", "t", "pytest", ("pytest",), RunnerEnd.FINISHED, 0, RESULTS),
        Delta(new_passing=("tests/t.py::test_x[1]",)),
        positive="tests/t.py::test_x[1] of must_pass passed",
    ),
    audit=AuditReport(True, (AuditIssue("minor", "style", "Slow", "src/a.py", 3),), "model-b"),
    approvals=(ApprovalFacts(("the change deletes 268 lines net",), "approved", "ada", "phase", "fine"),),
    spend=Spend(3, 12_000, 3_400, 0.0021),
    times=Times(12.3, 44.1, 0.8),
)
FAILURE = PhaseFacts(
    "api", PhaseState.FAILED, detail="all 5 attempts failed", handoff=".autonomous_runs/r/handoff/api",
    attempts=(AttemptFacts(1, Outcome(OutcomeKind.ANSWER_REFUSED, (), "no JSON")), AttemptFacts(2)),
    times=Times(1, 2, 0.2),
)  # fmt: skip
RUN = RunFacts(
    "search", RunState.DONE_SUCCESS, base="a" * 40, head="b" * 40, branch="autopack/search", phases=(DONE,),
    started_at=1.79e9, ended_at=1.79e9 + 60, active_seconds=58, plan_path="search.autopack.yaml", project="notes",
    spend=Spend(3, 12_000, 3_400, 0.0021), sandbox="level 3, bubblewrap", baseline=("pytest: 41 passed",),
)  # fmt: skip


def test_the_outcome_stands_first_and_what_to_do_second():
    lines = render_report(RUN).split("\n")
    assert lines[0] == "# Run `search` (notes): succeeded"
    assert lines[2] == "**1 of 1 phase completed.**"
    assert lines[4] == "## What to do now" and "git diff aaaaaaaaaaaa autopack/search" in lines[6]
    assert "autopack promote search --dry-run" in lines[7]


def test_a_phase_says_what_changed_why_it_is_believed_and_what_it_cost():
    text = render_report(RUN)
    for said in (
        "### 1. `index`: completed", "](#1-index-completed)", "(commit `cccccccccccc`)", "Adds the index.",
        " src/a.py | 2 ++", "**Why it is believed right**", "Tests (pytest): 2 passed, 1 skipped.",
        "Of 1 test that must pass, 1 passed.", "Positive evidence: tests/t.py::test\\_x", "approved, 1 issue",
        "minor issue at `src/a.py:3`: Slow", "1. tests failed (`model-a`)", "**AP401** `tests/t.py:12`",
        "patch: `p/1.patch`", "2. completed", "hint: use casefold", "approved by ada for the phase: fine",
        "3 model calls, 12,000 tokens in, 3,400 out, 0.0021 USD", "models 12 s, tests 44 s, Autopack itself 0.8 s",
        "level 3, bubblewrap", "pytest: 41 passed", "2026-09-21 14:13:20 UTC",
    ):  # fmt: skip
        assert said.replace("test\\_x", "test_x") in text, said


RISK = RiskAssessment(
    85,
    RiskLevel.CRITICAL,
    (RiskPart("size", 25, "1100 changed lines"), RiskPart("critical paths", 0, "no critical path")),
)


def test_risk_and_decision_of_the_last_change_stand_with_their_parts():
    decision = ChangeDecision(
        DecisionKind.RISKY, "database: 'a.sql'", RiskLevel.HIGH, (), ("a.sql",), 0, ("Is it wanted?",)
    )
    weighed = replace(DONE.attempts[1], risk=RISK, decision=decision)
    text = render_report(replace(RUN, phases=(replace(DONE, attempts=(DONE.attempts[0], weighed)),)))
    said = text.partition("**Risk and quality of the change**")[2].partition("**Attempts**")[0]
    assert (
        "- 85 of 100: critical\n- 1100 changed lines (+25)\n- decision: RISKY: database: 'a.sql'.\n- Is it"
        in said.replace("\\", "")
    )
    assert "no critical path" not in said and "   - risk: 85 of 100, critical" in text
    assert "Risk and quality" not in render_report(RUN)


def test_the_promise_and_its_bound_are_printed():
    text = render_report(RUN)
    assert "exactly the tree that was committed" in text and "cannot rule out code written to deceive" in text


def test_a_failed_run_leads_to_its_bundle_and_still_offers_what_was_completed():
    run = replace(RUN, state=RunState.REQUIRES_HUMAN_REVIEW, reason="phase api failed", phases=(DONE, FAILURE))
    text = render_report(run)
    assert "a person has to look at it" in text.split("\n")[0]
    assert "**1 of 2 phases completed.** 1 failed." in text
    assert "`.autonomous_runs/r/handoff/api`" in text and "autopack retry search api --hint TEXT" in text
    assert "git diff aaaaaaaaaaaa autopack/search" in text
    assert "1. the answer could not be used: no JSON" in text and "2. not ended" in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"phases": (replace(DONE, state=PhaseState.BLOCKED),), "state": RunState.STOPPED}, "autopack approve search"),
        ({"phases": (), "state": RunState.STOPPED}, "autopack resume search"),
        ({"phases": (), "state": RunState.ENVIRONMENT}, "autopack discard search"),
        ({"base_kind": "working-tree"}, "pushing `autopack/search` pushes that snapshot too"),
        ({"published": False}, "(not published yet)"),
        ({"plan_note": "the plan file was edited since"}, "Note: the plan file was edited since"),
        ({"findings": (finding("AP904", "checked out"),)}, "- **AP904** (information) checked out"),
    ],
)
def test_what_the_state_calls_for_is_said(changed, said):
    assert said in render_report(replace(RUN, **changed))


def test_a_discarded_run_asks_for_nothing():
    assert "What to do now" not in render_report(replace(RUN, state=RunState.DISCARDED))


def test_every_state_and_outcome_has_its_words():
    assert set(RUN_WORDS) == set(RunState) and set(PHASE_WORDS) == set(PhaseState)
    assert set(OUTCOME_WORDS) == set(OutcomeKind)


def test_hostile_text_is_inert_and_secrets_are_redacted():
    key = "sk-ant-" + "a1B2c3D4e5F6g7H8i9"
    evil = replace(
        DONE, summary=f"[run](command:x) <script> ![i](http://e.example/a.png) \u202e {key}",
        stat="```\n# x | 1 +\n```",
        goal="# heading", detail="x",
    )  # fmt: skip
    text = render_report(replace(RUN, phases=(evil,), reason="known-value-1234"), Redactor(["known-value-1234"]))
    assert key not in text and "known-value-1234" not in text and "\u202e" not in text
    assert "](command" not in text.replace("\\](command", "") and "<script" not in text.replace("\\<script", "")
    assert "![" not in text.replace("\\!\\[", "") and "````\n```\n# x" in text
    assert "\n\\# heading" in text


def test_a_long_stat_and_many_findings_are_summed_up():
    stat = "".join(f" src/m{n}.py | 1 +\n" for n in range(100)) + " 100 files changed, 100 insertions(+)\n"
    many = Outcome(OutcomeKind.TESTS_FAILED, (FAILED,) * 30)
    text = render_report(replace(RUN, phases=(replace(DONE, stat=stat, attempts=(AttemptFacts(1, many),)),)))
    assert "... 61 more files" in text and "100 files changed" in text and "and 20 more" in text


def test_times_add_up_from_steps():
    times = Times.of_steps({"prepare": 1.0, "build": 5.0, "test": 7.0, "audit": 2.0, "apply": 0.25, "finalize": 0.25})
    assert (times.model, times.tests, times.own) == (7.0, 8.0, 0.5)


def test_a_finding_names_what_explains_it_and_the_plans_entry_where_it_has_no_file():
    related = (Related("src/a_b.py", "`f` stands here before the change", Range.of_line(7)),)
    assert finding_line(replace(FAILED, related=related)).endswith(
        r"== \[2\] (See `src/a_b.py:7` `f` stands here before the change.)"
    )
    assert finding_line(finding("AP413", "ruff exits with 1", entry="checks[0]")) == (
        "**AP413** `checks[0]` ruff exits with 1"
    )
