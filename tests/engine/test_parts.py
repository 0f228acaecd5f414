"""A phase answered in parts: the calls of one attempt, what a crash between them costs, and what is asked after a cut."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopack import fault
from autopack.events import EventName
from autopack.model.states import PhaseState, RunState
from autopack.store import CallRow
from tests.kit.project import whole
from tests.kit.tiny import SUB, answer, phase

from .conftest import Make, Trial

WORDS = [f"words/{name}.md" for name in ("one", "two", "three", "four")]
MANY = phase("work", "app.py", "words/", deliverables=["app.py", *WORDS])


def words(*paths: str) -> list[dict[str, Any]]:
    return [whole(path, f"{path}\n", "create") for path in paths]


def line(reply: Any, attempt: int, call: int, **more: Any) -> dict[str, Any]:
    contains = {"contains": more.pop("contains")} if "contains" in more else {}
    match = {"role": "builder", "phase": "work", "attempt": attempt, "call": call, **contains}
    return {"match": match, "answer": reply, "usage": {"input_tokens": 500, "output_tokens": 100}, **more}


def ndjson(*files: dict[str, Any]) -> str:
    about = {"summary": f"Give {len(files)}", "total": len(files)}
    return "\n".join(json.dumps(each) for each in (about, *files))


def builders(t: Trial) -> list[CallRow]:
    return [c for c in t.store.calls(t.run) if c.role == "builder"]


FIRST = ndjson(whole("app.py", SUB), *words(*WORDS[:2]))
REST = ndjson(*words(*WORDS[2:]))


def test_the_parts_are_one_change_judged_once(trial: Make) -> None:
    t = trial(MANY, answers=[line(FIRST, 1, 1), line(REST, 1, 2, contains=["words/four.md", "kept", "words/one.md"])])
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["complete"] and [c.call for c in builders(t)] == [1, 2]
    assert [t.file(path) for path in WORDS] == WORDS and t.file("app.py") == SUB.strip()
    assert t.project.git("rev-list", "--count", f"main..autopack/{t.run}") == "1"
    steps = [e.data["step"] for e in t.events(EventName.STEP_FINISHED) if e.attempt]
    assert steps.count("build") == steps.count("parse") == steps.count("govern") == steps.count("apply") == 1
    assert t.store.usage(t.run).tokens >= 1200, "every call counts"
    t.sound()


def test_one_answer_with_everything_is_not_followed_by_a_question(trial: Make) -> None:
    t = trial(MANY, answers=[answer(content=SUB, attempt=1) | {"answer": {"summary": "All", "files": [
        whole("app.py", SUB), *words(*WORDS)]}}])  # fmt: skip
    assert t.go().state is RunState.DONE_SUCCESS
    assert len(builders(t)) == 1


def test_a_part_that_breaks_is_asked_for_again_alone(trial: Make) -> None:
    t = trial(MANY, answers=[
        line(FIRST, 1, 1), line(REST[:-20], 1, 2, stop_reason="max_tokens"),
        line(ndjson(*words(WORDS[3])), 1, 3, contains=["AP202", "words/three.md"]),
    ])  # fmt: skip
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["complete"] and len(builders(t)) == 3
    assert [t.file(path) for path in WORDS] == WORDS
    t.sound()


def test_an_attempt_whose_part_breaks_twice_applies_nothing_and_leaves_its_evidence(trial: Make) -> None:
    broken = [line("no", 1, 2), line("no", 1, 3)]
    t = trial({**MANY, "attempt_cap": 1}, answers=[line(FIRST, 1, 1), *broken])
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert t.outcomes("work") == ["answer_refused"] and t.tip() == t.store.run(t.run).base
    bundle = t.project.root / ".autonomous_runs" / t.run / "handoff" / "work"
    assert (bundle / "answers" / "attempt-1-part-1.txt").read_text() == FIRST
    assert "complete in the parts before" in (bundle / "summary.md").read_text()
    told = [e.data["finding"] for e in t.events(EventName.FINDING_ADDED) if e.attempt == 1]
    assert told[0]["code"] == "AP201" and "words/two.md" in told[0]["message"]
    t.sound()


def test_a_path_no_one_may_touch_in_a_part_is_a_matter_of_policy(trial: Make) -> None:
    bad = ndjson(whole(".git/hooks/pre-commit", "x", "create"))
    t = trial({**MANY, "attempt_cap": 1}, answers=[line(FIRST, 1, 1), line(bad, 1, 2)])
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert t.outcomes("work") == ["policy_refused"]


def test_the_phase_budget_holds_between_parts(trial: Make) -> None:
    t = trial({**MANY, "token_cap": 600}, answers=[line(FIRST, 1, 1), line(REST, 1, 2)])
    assert t.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert t.outcomes("work") == ["budget"] and len(builders(t)) == 1
    t.service.resume(t.run, phase_token_caps={"work": 10_000})


@pytest.mark.parametrize("point", ["build.part", "calls.reserved", "calls.answered", "calls.stored"])
@pytest.mark.parametrize("hit", [1, 2])
def test_a_crash_between_parts_pays_no_part_twice(
    trial: Make, monkeypatch: pytest.MonkeyPatch, point: str, hit: int
) -> None:
    t = trial(MANY, answers=[line(FIRST, 1, 1), line(REST, 1, 2)])
    monkeypatch.setattr(fault, "_armed", (point, "raise", fault._hits.get(point, 0) + hit))
    with pytest.raises(RuntimeError, match=point):
        t.go()
    monkeypatch.setattr(fault, "_armed", None)
    t.service.close()
    t.service = t.reopened()
    assert t.resume().state is RunState.DONE_SUCCESS
    assert [(c.call, c.state) for c in builders(t)] == [(1, "answered"), (2, "answered")]
    assert sum(c.sends for c in builders(t)) == 2 + (point in ("calls.reserved", "calls.answered"))
    assert [t.file(path) for path in WORDS] == WORDS
    t.sound()


def test_after_a_cut_the_next_attempt_is_asked_for_less_and_shown_what_came_whole(trial: Make) -> None:
    """One deliverable a call, a diff where whole content was asked for, and the complete file objects as evidence."""
    two = phase("work", "app.py", "words/", deliverables=["app.py", WORDS[0]])
    cut = json.dumps({"summary": "Both", "files": [whole("app.py", SUB), *words(WORDS[0])]})[:-30]
    t = trial(two, answers=[
        line(cut, 1, 1, contains="answer with content"),
        line(ndjson(whole("app.py", SUB)), 2, 1, contains=[
            "answer with diff", "complete before the cut", json.dumps(whole("app.py", SUB)), "'app.py'", "words/one.md"]),
        line(ndjson(*words(WORDS[0])), 2, 2, contains="They are the last"),
    ])  # fmt: skip
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["answer_refused", "complete"] and t.phases() == {"work": PhaseState.COMPLETE}
    t.sound()


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (whole("app.py", "def add(a, b):\n    # ... rest of the code unchanged\n"), "AP203"),
        (whole("table.py", "".join(f"row_{n} = {n}\n" for n in range(9)) + "row_9 ="), "AP202"),
    ],
)
def test_what_says_that_whole_files_are_too_long_asks_for_a_smaller_form(
    trial: Make, bad: dict[str, Any], code: str
) -> None:
    t = trial(phase("work", "app.py", "table.py"), answers=[
        line({"summary": "s", "files": [bad]}, 1, 1, contains="answer with content"),
        answer(attempt=2, contains=[code, "answer with diff"]),
    ])  # fmt: skip
    assert t.go().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["answer_refused", "complete"]


def test_what_a_run_in_parts_would_record_replays(trial: Make) -> None:
    """A recording matches each answer by role, phase, attempt and call (tests/llm holds that it does)."""
    t = trial(MANY, answers=[line(FIRST, 1, 1), line(REST, 1, 2)])
    t.go()
    lines = [
        {"match": {"role": c.role, "phase": c.phase, "attempt": c.attempt, "call": c.call},
         "answer": t.store.completion(c).text}
        for c in reversed(t.store.calls(t.run))
    ]  # fmt: skip
    again = trial(MANY, answers=lines)
    assert again.go().state is RunState.DONE_SUCCESS
    trees = [each.project.git("rev-parse", f"autopack/{each.run}^{{tree}}") for each in (t, again)]
    assert trees[0] == trees[1]
