"""What a person decides: asked once, answered once, used once; a word about another change is not used at all."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.kit.project import builder, whole
from tests.kit.runs import Cli, Ended, end_of, typed
from tests.kit.tiny import (
    ADD,
    DELETES,
    MUL,
    SUB,
    WRONG,
    answer,
    codes,
    expect,
    make,
    one,
    phase,
    published,
    sound,
    untouched,
)

MAKEFILE = whole("Makefile", "all:\n\ttrue\n", "create")
"""A build entry point: tier approval, asked before the change is applied."""


def asks_after(place: Path, **more: Any) -> Cli:
    """One phase that deletes 230 lines: asked after the evidence (BLOCKED)."""
    return make(place, phase("work", "table.py"), answers=[builder("work", "Drop the table", DELETES)], **more)


def asks_before(place: Path, **more: Any) -> Cli:
    """One phase that adds a Makefile: asked before anything of it runs (AWAITING_APPROVAL)."""
    return make(place, phase("work", "app.py", "Makefile"),
                answers=[builder("work", "Add a Makefile", MAKEFILE, whole("app.py", SUB))], **more)  # fmt: skip


def waiting(ended: Ended) -> dict[str, Any]:
    """The request as the run told it; the last line names it."""
    assert ended.code == 3, str(ended)
    asked = ended.last("approval.requested")
    assert ended.events[-1]["event"] == "run.stopped" and ended.events[-1]["waiting"] == [asked["request"]]
    return asked


class TestAsked:
    @pytest.mark.parametrize("ask", [asks_before, asks_after])
    def test_approved_once_and_used_once(self, tmp_path: Path, ask: Any) -> None:
        cli = ask(tmp_path)
        with untouched(cli.project):
            first = cli.run()
            asked = waiting(first)
            state, stage, code = (
                ("AWAITING_APPROVAL", "apply", "AP301") if ask is asks_before else ("BLOCKED", "accept", "AP303")
            )
            assert first.events[-1]["phases"][0]["state"] == state
            assert (asked["stage"], asked["codes"]) == (stage, [code]) and asked["paths"] and asked["reasons"]
            patch = expect(cli("show", "t", "work", "--patch"), 0).events[0]["patch"]
            assert all(f"diff --git a/{path} b/{path}" in patch for path in asked["paths"]), "the change asked about"
            tested = [e for e in first.events if e.get("step") == "test"]
            assert bool(tested) == (ask is asks_after), "path rules ask before the tests, size rules after"
            if ask is asks_after:
                again = cli("resume", "t")
                assert again.code == 3 and again.events[-1]["waiting"] == [asked["request"]]
                assert not [e for e in again.events if e["event"] == "approval.requested"], "not asked a second time"
                shown = cli("status", "t").events[0]["requests"][0]
                assert shown["digest"] == asked["digest"] and shown["shown"]
            decided = expect(cli("approve", "t", asked["request"], "--digest", asked["digest"], "--reason", "fine"), 0)
            assert decided.events[0]["ok"]
            late = cli("reject", "t", asked["request"], "--reason", "no")
            assert late.code == 2 and "decided" in late.stderr, "the first decision stands"
            ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        assert ended.events[-1]["phases"][0]["attempts"] == 1
        assert not [e for e in ended.events if e["event"] == "approval.requested"]
        sound(cli.project)

    def test_a_wrong_digest_run_or_request_decides_nothing(self, tmp_path: Path) -> None:
        cli = asks_after(tmp_path)
        asked = waiting(cli.run())
        for args in (("t", asked["request"], "--digest", "0" * 64), ("t", "nosuchrequest"), ("t-9",)):
            refused = cli("approve", *args)
            assert (refused.code, refused.events[0]["event"]) == (2, "error"), str(refused)
        assert cli("reject", "t").code == 2, "a rejection needs its reason"
        assert cli("status", "t").events[0]["requests"][0]["id"] == asked["request"]
        sound(cli.project)

    def test_a_rejection_reaches_the_builder_and_the_next_change_is_asked_about_anew(self, tmp_path: Path) -> None:
        why = "keep the first ten rows"
        cli = make(
            tmp_path, phase("work", "table.py"),
            answers=[
                builder("work", "Drop", DELETES, attempt=1),
                builder("work", "Keep ten", whole("table.py", "".join(f"row_{n} = {n}\n" for n in range(10))),
                        attempt=2, contains=why),
            ],
        )  # fmt: skip
        first = waiting(cli.run())
        expect(cli("reject", "t", "--reason", why), 0)
        with untouched(cli.project):
            second = waiting(cli("resume", "t"))
        assert second["request"] != first["request"] and second["digest"] != first["digest"]
        expect(cli("approve", "t"), 0)
        ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        assert ended.events[-1]["phases"][0]["attempts"] == 2
        assert published(cli.project, "table.py").count("\n") == 9
        sound(cli.project)


class TestInPart:
    """A person takes some files and hunks of a change; those are judged as a change of their own."""

    ROWS = tuple(f"row_{n} = {n}\n" for n in range(40))

    def cli(self, place: Path, *more: dict[str, Any]) -> Cli:
        edited = "".join(
            {3: "row_3 = '\u202ethree'\n", 30: "row_30 = 30.0\n"}.get(n, r) for n, r in enumerate(self.ROWS)
        )
        return make(
            place, phase("work", attempt_cap=2, scope={"paths": ["app.py", "rows.py", "Makefile"]}),
            answers=[builder("work", "Edit", whole("rows.py", edited), MAKEFILE, attempt=1), *more],
            files={"rows.py": "".join(self.ROWS)},
        )  # fmt: skip

    def test_from_the_list_of_hunks_to_the_branch(self, tmp_path: Path) -> None:
        cli = self.cli(tmp_path)
        with untouched(cli.project):
            waiting(cli.run())
            shown = typed(cli.project, "show", "t", "work", "--hunks").stdout
            names = [line.split()[0] for line in shown.splitlines() if re.match(r"Makefile|rows\.py|  #", line)]
            assert names[0] == "Makefile" and [n.partition(":")[0] for n in names[1:]] == ["rows.py", "#1", "#2"]
            assert "+row_3 = '<U+202E>three'" in shown and "--only Makefile" in shown
            parts = expect(cli("show", "t", "work", "--hunks"), 0).events[0]["parts"]
            assert [p["id"] for p in parts] == ["Makefile", "rows.py#1", "rows.py#2"]
            wrong = cli("approve", "t", "--only", "rows.py#3")
            assert wrong.code == 2 and "'rows.py'#1-2" in wrong.events[0]["hint"]
            exact = f"rows.py#2:{parts[2]['digest']}"
            told = typed(cli.project, "approve", "t", "--only", exact, "--reason", "no build, please")
            assert told.returncode == 0 and "Left out: Makefile, rows.py#1" in told.stdout
            ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        assert {f["path"] for f in ended.events[-1]["phases"][0]["findings"] if f["code"] == "AP313"} == {
            "Makefile", "rows.py",
        }  # fmt: skip
        text = published(cli.project, "rows.py")
        assert "row_30 = 30.0" in text and "three" not in text
        assert "Makefile" not in cli.project.git("ls-tree", "-r", "--name-only", "autopack/t").split()
        report = typed(cli.project, "report", "t").stdout
        assert (
            "taken in part" in report and "what a person chose of attempt 1" in report and "no build, please" in report
        )
        evidence = typed(cli.project, "show", "t", "work", "2", "--evidence").stdout
        assert "no model was asked" in evidence
        first = typed(cli.project, "show", "t", "work", "1", "--evidence").stdout
        assert "taken: rows.py#2" in first and "left out: Makefile, rows.py#1" in first
        assert "chose of attempt 1" in typed(cli.project, "status", "t").stdout
        sound(cli.project)

    def test_an_answer_that_takes_back_what_was_chosen_goes_back(self, tmp_path: Path) -> None:
        """Until the attempts are used up: the person's choice was none of them."""
        word = "leave the build alone"
        again = builder("work", "Again", MAKEFILE, contains=word)
        cli = self.cli(tmp_path, {**again, "times": 2})
        waiting(cli.run())
        expect(cli("approve", "t", "--only", "rows.py#2", "--rest", word), 0)
        ended = expect(cli("resume", "t"), 1, "DONE_FAILED_REQUIRES_HUMAN_REVIEW")
        assert codes(ended).count("AP311") == codes(ended).count("AP312") == 2
        bundle = cli.project.root / ".autonomous_runs/t/handoff/work"
        attempts = json.loads((bundle / "attempts.json").read_text())
        assert [a["outcome"]["kind"] for a in attempts] == ["person_selected", "policy_refused", "policy_refused"]
        sound(cli.project)


class TestScopes:
    """A grant answers what lies wholly inside its rules and paths, each time with a decision of its own."""

    def plan(self, place: Path) -> Cli:
        phases = [phase("one", "app.py", "Makefile", attempt_cap=3), phase("two", "app.py", "Makefile")]
        makefile = [whole("Makefile", f"all:\n\techo {n}\n", "create" if n < 2 else "modify") for n in range(3)]
        broken = whole("app.py", WRONG)
        return make(place, *phases, answers=[
            builder("one", "Break it", makefile[0], broken, attempt=1),
            builder("one", "Mend it", makefile[1], whole("app.py", SUB), attempt=2),
            builder("two", "Again", makefile[2], attempt=1),
        ])  # fmt: skip

    @pytest.mark.parametrize(("scope", "asked"), [("once", 3), ("phase", 2), ("path", 1)])
    def test_how_often_a_person_is_asked(self, tmp_path: Path, scope: str, asked: int) -> None:
        """once: every change; phase: the first of each phase; path: never again for this path and rule."""
        cli = self.plan(tmp_path)
        ended, requests = cli.run(), 0
        while ended.code == 3 and requests < 6:
            requests += 1
            expect(cli("approve", "t", ended.events[-1]["waiting"][0], "--scope", scope), 0)
            ended = cli("resume", "t")
        expect(ended, 0, "DONE_SUCCESS")
        assert requests == asked
        assert "echo 2" in published(cli.project, "Makefile")
        sound(cli.project)


class TestLapse:
    def test_a_decision_under_another_policy_is_not_used(self, tmp_path: Path) -> None:
        cli = asks_after(tmp_path)
        first = waiting(cli.run())
        expect(cli("approve", "t"), 0)
        stricter = {"AUTOPACK_POLICY_DELETION_ASK": "150"}
        again = cli("resume", "t", env=stricter)
        second = waiting(again)
        assert second["request"] != first["request"] and second["digest"] == first["digest"]
        assert any("policy changed" in e.get("message", "") for e in again.events if e["event"] == "log")
        expect(cli("approve", "t", second["request"], env=stricter), 0)
        expect(cli("resume", "t", env=stricter), 0, "DONE_SUCCESS")
        sound(cli.project)

    def test_a_decision_older_than_a_day_is_not_used(self, tmp_path: Path) -> None:
        """The clock of the journal's row is moved back, as a day of waiting would."""
        cli = asks_after(tmp_path)
        first = waiting(cli.run())
        expect(cli("approve", "t"), 0)
        (database,) = cli.project.state.glob("*/store.db")
        with contextlib.closing(sqlite3.connect(database)) as raw, raw:
            assert raw.execute("update decisions set decided_at = decided_at - 90000").rowcount == 1
        database.with_name("store.db.seal").unlink()
        second = waiting(cli("resume", "t"))
        assert second["request"] != first["request"]
        sound(cli.project)

    def test_a_decision_about_a_change_made_from_another_base_is_not_used(self, tmp_path: Path) -> None:
        """Rolled back under a waiting request: the request is gone, the phase is asked about anew from the new base."""
        twice = [{**answer("zero"), "times": 2}, {**builder("work", "Drop", DELETES), "times": 2}]
        cli = make(tmp_path, phase("zero"), phase("work", "table.py", depends_on=["zero"]), answers=twice)
        first = waiting(cli.run())
        expect(cli("rollback", "t"), 0)
        gone = cli("approve", "t", first["request"])
        assert gone.code == 2 and "expired" in gone.stderr
        second = waiting(cli("resume", "t"))
        assert second["request"] != first["request"]
        expect(cli("approve", "t"), 0)
        expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        sound(cli.project)


class TestUnattended:
    """Zero intervention: what would need a person is refused, told to the Builder, and never waited for."""

    def test_refused_until_the_attempts_are_used_up(self, tmp_path: Path) -> None:
        cli = make(tmp_path, phase("work", "table.py", attempt_cap=2),
                   answers=[{**builder("work", "Drop", DELETES), "times": 2}])  # fmt: skip
        with untouched(cli.project):
            ended = expect(cli.run("--unattended"), 1, "DONE_FAILED_REQUIRES_HUMAN_REVIEW")
        assert one(ended, "AP303")["blocking"]
        assert not [e for e in ended.events if e["event"] == "approval.requested"]
        sound(cli.project)

    def test_refused_before_anything_runs_and_repaired(self, tmp_path: Path) -> None:
        cli = make(tmp_path, phase("work", "app.py", "Makefile"), run={"autonomy": "unattended"}, answers=[
            builder("work", "Add", MAKEFILE, whole("app.py", SUB), attempt=1), answer(attempt=2, contains="AP301"),
        ])  # fmt: skip
        with untouched(cli.project):
            ended = expect(cli.run(), 0, "DONE_SUCCESS")
        assert not [e for e in ended.events if e.get("step") == "apply" and e["attempt"] == 1]
        assert "Makefile" not in cli.project.git("ls-tree", "--name-only", "autopack/t").splitlines()
        sound(cli.project)


class TestRetrySkip:
    def failed(self, place: Path) -> tuple[Cli, Ended]:
        """`work` failed for good, `after` depends on it, `beside` does not."""
        cli = make(
            place, phase("work", attempt_cap=1), phase("after", depends_on=["work"]), phase("beside", "table.py"),
            answers=[
                answer("work", WRONG, attempt=1), answer("work", SUB, attempt=2, contains="add must add up"),
                answer("after", MUL), builder("beside", "Note", whole("table.py", "ROWS = 0\n" + "x = 1\n" * 200)),
            ],
        )  # fmt: skip
        with untouched(cli.project):
            ended = expect(cli.run(), 1, "DONE_FAILED_REQUIRES_HUMAN_REVIEW")
        assert [p["state"] for p in ended.events[-1]["phases"]] == ["FAILED", "SKIPPED", "COMPLETE"]
        assert {"AP401", "AP704"} <= set(codes(ended))
        assert ended.events[-1]["phases"][0]["findings"][-1]["code"] == "AP704"
        return cli, ended

    def test_a_retry_with_a_hint_reaches_the_prompt_and_frees_what_depended_on_it(self, tmp_path: Path) -> None:
        cli, failed = self.failed(tmp_path)
        assert cli("retry", "t", "beside").code == 2, "a complete phase is not retried"
        assert cli("retry", "t", "nosuch").code == 2
        expect(cli("retry", "t", "work", "--hint", "add must add up"), 0)
        with untouched(cli.project):
            ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        assert [p["state"] for p in ended.events[-1]["phases"]] == ["COMPLETE"] * 3
        assert ended.events[-1]["phases"][0]["attempts"] == 2, "counters are kept"
        cleared = {e["fingerprint"] for e in ended.events if e["event"] == "finding.cleared"}
        assert {f["fingerprint"] for f in failed.events[-1]["phases"][0]["findings"]} <= cleared
        sound(cli.project)

    def test_a_skipped_phase_lets_its_dependents_run(self, tmp_path: Path) -> None:
        cli, _ = self.failed(tmp_path)
        expect(cli("skip", "t", "work"), 0)
        assert cli("skip", "t", "work").code == 2, "once"
        with untouched(cli.project):
            ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        assert [p["state"] for p in ended.events[-1]["phases"]] == ["SKIPPED", "COMPLETE", "COMPLETE"]
        assert published(cli.project, "app.py") == MUL.strip()
        sound(cli.project)

    def test_skipping_a_phase_that_waits_withdraws_its_request(self, tmp_path: Path) -> None:
        cli = asks_after(tmp_path)
        asked = waiting(cli.run())
        expect(cli("skip", "t", "work"), 0)
        assert cli("approve", "t", asked["request"]).code == 2
        ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        assert ended.events[-1]["head"] == ended.events[-1]["base"]
        sound(cli.project)


def test_a_decision_reaches_a_process_that_waits_for_it(tmp_path: Path) -> None:
    """`run --wait` in one process, `approve` in another."""
    cli = asks_after(tmp_path)
    process: subprocess.Popen[str] = cli.start(
        "run", "plan.autopack.yaml", "--cassette", str(cli.project.cassette), "--trust-plan", "--wait"
    )
    assert process.stdout is not None
    asked = next(e for e in map(json.loads, process.stdout) if e["event"] == "approval.requested")
    expect(cli("approve", "t", asked["request"]), 0)
    expect(end_of(process), 0, "DONE_SUCCESS")
    assert published(cli.project, "app.py") == ADD.strip()
    sound(cli.project)
