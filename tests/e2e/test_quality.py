"""What a person is told of a change that completes with warnings, or because they took a gate out of its way."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.test_coverage import trial
from tests.kit.runs import Cli, typed
from tests.kit.tiny import answer, expect, sound

MEASURED = {"AUTOPACK_TESTS_COVERAGE": "always"}
ASKED = {**MEASURED, "AUTOPACK_POLICY_NEEDS_REVIEW": "ask"}


def report_of(cli: Cli) -> str:
    return (cli.project.root / ".autonomous_runs/t/report.md").read_text("utf-8")


def test_a_phase_with_warnings_completes_and_is_named_first(tmp_path: Path) -> None:
    cli = trial(tmp_path, answer(), complexity="low")
    ended = expect(cli.run(env=MEASURED), 0, "DONE_SUCCESS")
    finished = ended.last("phase.finished")
    assert (finished["quality"], finished["detail"]) == ("needs_review", "needs review")
    (phase,) = json.loads(typed(cli.project, "status", "t", "--json").stdout)["phases"]
    assert phase["quality"]["level"] == "needs_review"
    assert any(warning.startswith("AP411") for warning in phase["quality"]["warnings"])
    report = report_of(cli)
    assert "Review first: `work`" in report and "| COMPLETE" not in report
    assert "quality: needs review: AP411" in report


def test_where_it_is_asked_for_a_person_accepts_it(tmp_path: Path) -> None:
    cli = trial(tmp_path, answer(), complexity="low")
    first = cli.run(env=ASKED)
    assert first.code == 3, str(first)
    asked = first.last("approval.requested")
    assert (asked["stage"], asked["codes"]) == ("accept", ["AP607"])
    assert "needs review: AP411 coverage-drop at app.py" in " ".join(asked["reasons"])
    expect(cli("approve", "t", asked["request"], "--digest", asked["digest"]), 0)
    ended = expect(cli("resume", "t", env=ASKED), 0, "DONE_SUCCESS")
    assert ended.last("phase.finished")["detail"] == "accepted by a person"
    assert "Not by its tests alone" not in report_of(cli)
    sound(cli.project)


def test_a_gate_of_the_tests_is_not_lifted_in_silence(tmp_path: Path) -> None:
    cli = trial(tmp_path, answer())
    asked = cli.run().last("approval.requested")
    expect(cli("approve", "t", asked["request"], "--digest", asked["digest"]), 0)
    ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
    finished = ended.last("phase.finished")
    assert finished["detail"] == "accepted by a person against evidence, coverage"
    assert finished["quality"] == "blocked"
    report = report_of(cli)
    assert (
        "**Not by its tests alone**: a person accepted it against the gates of the tests: evidence, coverage." in report
    )
    assert "Review first: `work`" in report
