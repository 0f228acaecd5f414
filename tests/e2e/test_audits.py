"""Audits by the command line: two models and their judge, a patch offered and tried, calls beside the tests, kill -9."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autopack.store import Store
from tests.kit.invariants import check, fingerprint, state_folder
from tests.kit.runs import Cli, finish
from tests.kit.tiny import SUB, answer, codes, expect, make, one, phase, published, sound, untouched

pytestmark = pytest.mark.e2e

GRAVE = phase("work", category="security_auth_change", attempt_cap=1)
SIGN = {"severity": "major", "category": "correctness", "description": "sub is off by one", "location": "app.py:5-6",
        "suggestion": "take b alone"}  # fmt: skip
OFF = SUB.replace("return a - b", "return a - b - 1")
MENDS = "--- a/app.py\n+++ b/app.py\n@@ -5,2 +5,2 @@\n def sub(a, b):\n-    return a - b - 1\n+    return a - b\n"


def says(role: str, *issues: dict[str, Any], approved: bool = False, **match: Any) -> dict[str, Any]:
    return {"match": {"role": role, **match}, "answer": {"approved": approved, "issues": list(issues)}}


def rules(word: str) -> dict[str, Any]:
    return {"match": {"role": "judge"}, "answer": {"rulings": [{"issue": 1, "ruling": word, "reason": "line 6"}]}}


def with_settings(cli: Cli, text: str) -> Cli:
    cli.project.settle(text)
    return cli


def asked(cli: Cli) -> list[tuple[int, str]]:
    with Store.open(state_folder(cli.project)) as store:
        calls = sorted(store.calls("t"), key=lambda call: (call.attempt, call.role))
        return [(call.attempt, call.role) for call in calls for _ in range(call.sends)]


@pytest.mark.parametrize(("lines", "more", "complete", "told"), [
    ([says("second_auditor", approved=True)], [], True, {"AP606"}),
    ([says("second_auditor", SIGN), rules("dismissed")], ["judge"], True, {"AP502", "AP503", "AP606"}),
    ([says("second_auditor", SIGN), rules("upheld")], ["judge"], False, {"AP501", "AP503", "AP606", "AP704"}),
    ([{"match": {"role": "second_auditor"}, "times": "*", "answer": "?"}], ["second_auditor"], False,
     {"AP504", "AP606", "AP704"}),
], ids=["agree", "dismissed", "upheld", "unreadable"])  # fmt: skip
def test_two_auditors(
    tmp_path: Path, lines: list[dict[str, Any]], more: list[str], complete: bool, told: set[str]
) -> None:
    cli = make(tmp_path, GRAVE, answers=[answer(), *lines])
    with untouched(cli.project):
        if complete:
            expect(cli.run(), 3)
            assert cli("approve", "t").code == 0
            ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        else:
            ended = expect(cli.run(), 1, "DONE_FAILED_REQUIRES_HUMAN_REVIEW")
    assert asked(cli) == sorted((1, role) for role in ["auditor", "builder", "second_auditor", *more])
    assert {f["code"] for f in ended.events[-1]["phases"][0]["findings"]} == told
    sound(cli.project)


def test_a_patch_is_tried_and_published_as_one_change(tmp_path: Path) -> None:
    lines = [answer(content=OFF, attempt=1), says("auditor", SIGN | {"patch": MENDS}, attempt=1)]
    cli = with_settings(make(tmp_path, answers=lines, files={"README.md": "words\n"}), "audit: {apply_patches: try}\n")
    before = fingerprint(cli.project)
    with untouched(cli.project):
        ended = expect(cli.run(), 0, "DONE_SUCCESS")
    assert check(cli.project, "t", before, kills=0, expected=None) == []
    assert asked(cli) == [(1, "auditor"), (1, "builder"), (2, "auditor")]
    assert one(ended, "AP501")["range"]["start"]["line"] == 5
    begun = [e for e in ended.events if e["event"] == "attempt.started"]
    assert [e.get("amends") for e in begun] == [None, 1]
    assert published(cli.project, "app.py") == SUB.strip()
    sound(cli.project)


def test_a_patch_is_offered(tmp_path: Path) -> None:
    lines = [answer(content=OFF, attempt=1), says("auditor", SIGN | {"patch": MENDS}, attempt=1),
             answer(contains=["suggested by the reviewer", "+    return a - b"])]  # fmt: skip
    cli = make(tmp_path, answers=lines)
    expect(cli.run(), 0, "DONE_SUCCESS")
    assert asked(cli) == [(1, "auditor"), (1, "builder"), (2, "auditor"), (2, "builder")]


BESIDE = "audit: {beside_tests: always}\n"


@pytest.mark.parametrize("point", ["calls.answered:kill9:2", "calls.stored:kill9:2", "step.after:kill9:8",
                                   "step.before:kill9:9", "step.after:kill9:9"])  # fmt: skip
@pytest.mark.parametrize("settings", ["{}", BESIDE], ids=["after", "beside"])
def test_a_kill_around_the_audits_answer_pays_for_at_most_what_it_cut_off(
    tmp_path: Path, point: str, settings: str
) -> None:
    cli = with_settings(make(tmp_path, files={"README.md": "words\n"}), settings)
    before = fingerprint(cli.project)
    assert cli.run(fault=point).killed
    assert finish(cli, "t")[-1].code == 0
    assert check(cli.project, "t", before, kills=1, expected=None) == []
    stored = 1 if "answered" not in point else 2
    assert asked(cli).count((1, "auditor")) <= stored
    assert published(cli.project, "app.py") == SUB.strip()


@pytest.mark.parametrize("point", ["calls.stored:kill9:2", "calls.stored:kill9:3", "calls.stored:kill9:4",
                                   "calls.answered:kill9:4"])  # fmt: skip
def test_a_kill_between_the_answers_of_a_dual_audit_asks_for_none_again(tmp_path: Path, point: str) -> None:
    """The second may be under way when the first is stored, and is then asked again."""
    cli = make(tmp_path, GRAVE, answers=[answer(), says("second_auditor", SIGN), rules("dismissed")])
    before = fingerprint(cli.project)
    assert cli.run(fault=point).killed
    assert finish(cli, "t")[-1].code == 0
    assert check(cli.project, "t", before, kills=1, expected=None) == []
    most = 5 if point in ("calls.stored:kill9:2", "calls.answered:kill9:4") else 4
    assert len(asked(cli)) <= most
    sound(cli.project)


def test_tests_that_fail_give_the_audit_beside_them_up(tmp_path: Path) -> None:
    slow = says("auditor", SIGN, attempt=1) | {"delay_ms": 60_000}
    lines = [answer(content=SUB.replace("a + b", "a - b"), attempt=1), slow, answer(attempt=2)]
    cli = with_settings(make(tmp_path, answers=lines), BESIDE)
    before = fingerprint(cli.project)
    ended = expect(cli.run(), 0, "DONE_SUCCESS")
    assert check(cli.project, "t", before, kills=0, expected=None) == []
    assert ended.seconds < 50 and "AP401" in codes(ended) and "AP501" not in codes(ended)
    sound(cli.project)
