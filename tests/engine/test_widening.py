"""A phase that needs more than its scope: what it may ask for, who gives it, and what that is good for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autopack.approvals import describe
from autopack.errors import UsageError
from autopack.events import EventName
from autopack.model.approvals import Scope, Stage
from autopack.model.states import PhaseState, RunState
from tests.engine.conftest import Make, Trial
from tests.kit.project import builder, whole
from tests.kit.tiny import SUB, phase, plan_of

WHY = "lookup lives in lib.py and must learn the new name"
LIB = "def lookup(name):\n    return name\n"
WIDER = LIB + "\n\ndef other(name):\n    return name\n"


def asks(*paths: str, why: str = WHY, **match: Any) -> dict[str, Any]:
    """A cassette line whose answer only asks."""
    answer = {"summary": "It cannot be done here", "requests": [{"paths": list(paths), "why": why}]}
    return {"match": {"role": "builder", "phase": "work", **match}, "answer": answer}


def changes(path: str = "lib.py", content: str = WIDER, **match: Any) -> dict[str, Any]:
    return builder("work", f"Change {path}", whole("app.py", SUB), whole(path, content), **match)


def prompts(trial: Trial, attempt: int) -> str:
    """Everything the Builder was shown in the attempt."""
    call = next(c for c in trial.store.calls(trial.run) if (c.attempt, c.role) == (attempt, "builder"))
    return trial.store.blob(call.prompt).decode()


def findings(trial: Trial, attempt: int) -> list[tuple[str, str]]:
    outcome = trial.store.attempts(trial.run, "work")[attempt - 1].outcome
    assert outcome is not None
    return [(f.code, f.message) for f in outcome.findings]


@pytest.fixture
def asking(trial: Make) -> Callable[..., Trial]:
    def begin(*answers: dict[str, Any], files: dict[str, str] | None = None, **more: Any) -> Trial:
        return trial(phase("work", "app.py", **more.pop("spec", {})), answers=answers,
                     files={"lib.py": LIB, **(files or {})}, **more)  # fmt: skip

    return begin


def test_what_a_person_gives_is_shown_and_may_be_changed_and_costs_no_attempt(asking: Any) -> None:
    made = asking(asks("lib.py", attempt=1), changes(attempt=2, contains=LIB.strip()), spec={"attempt_cap": 1})
    assert made.go().waiting == tuple(made.pending())
    (request,) = made.store.requests(made.run)
    assert (request.stage, request.paths, request.codes) == (Stage.WIDEN, ("lib.py",), ("AP314",))
    assert made.phases()["work"] is PhaseState.AWAITING_APPROVAL
    said = "\n".join(request.reasons)
    assert "risk medium of 'lib.py'" in said and WHY in said and "own words" in said
    made.service.approve(made.run, request.id, digest=request.digest, actor="maria")
    assert made.resume().state is RunState.DONE_SUCCESS
    assert made.outcomes("work") == ["asked", "complete"]
    assert made.file("lib.py") == WIDER.strip()
    assert len(made.store.requests(made.run)) == 1, "the change that came needed no second word"
    decision = made.store.decision(request.id)
    assert decision is not None and (decision.actor, decision.scope) == ("maria", Scope.PHASE)
    assert "You may change 'lib.py' in this phase now" in prompts(made, 2)
    made.sound()


def test_a_rejection_is_told_and_the_same_paths_are_not_asked_for_again(asking: Any) -> None:
    made = asking(
        asks("lib.py", attempt=1),
        asks("lib.py", "more.py", attempt=2, contains="maria said no to 'lib.py': the library is frozen"),
        builder("work", "Within", whole("app.py", SUB), attempt=3, contains="was asked for before"),
    )
    made.go()
    made.service.reject(made.run, reason="the library is frozen", actor="maria")
    assert made.resume().state is RunState.DONE_SUCCESS
    assert made.outcomes("work") == ["asked", "policy_refused", "complete"]
    assert len(made.store.requests(made.run)) == 1, "nobody was asked a second time"
    assert made.file("lib.py") == LIB.strip()
    made.sound()


def test_a_retry_by_a_person_lets_the_phase_ask_anew(asking: Any) -> None:
    wrong = builder("work", "Break", whole("app.py", "def add(a, b): return 0\n"), attempt=2)
    made = asking(
        asks("lib.py", attempt=1), wrong, asks("lib.py", attempt=3), changes(attempt=4), spec={"attempt_cap": 1}
    )
    made.go()
    made.service.reject(made.run, reason="not yet", actor="maria")
    assert made.resume().state is RunState.REQUIRES_HUMAN_REVIEW
    made.service.retry(made.run, "work", hint="ask for lib.py now", actor="maria")
    assert made.resume().waiting == tuple(made.pending()) != ()
    made.service.approve(made.run, actor="maria")
    assert made.resume().state is RunState.DONE_SUCCESS
    assert made.outcomes("work") == ["asked", "tests_failed", "asked", "complete"]


def test_a_phase_asks_twice_at_most(asking: Any) -> None:
    made = asking(
        *(asks("app.py", attempt=n) for n in (1, 2)),
        asks("lib.py", attempt=3, contains="change it without asking first"),
        spec={"attempt_cap": 1},
    )
    assert made.go().state is RunState.REQUIRES_HUMAN_REVIEW
    assert made.outcomes("work") == ["asked", "asked", "policy_refused"], "what was its own needed nobody"
    assert "asked 2 times already" in findings(made, 3)[0][1]
    assert made.store.requests(made.run) == []


def test_every_answer_that_asks_is_paid_for(asking: Any) -> None:
    line = asks("app.py", attempt=1) | {"usage": {"input_tokens": 700, "output_tokens": 50}}
    made = asking(line, builder("work", "Sub", whole("app.py", SUB), attempt=2))
    assert made.go().state is RunState.DONE_SUCCESS
    calls = {c.attempt: c.usage.input_tokens for c in made.store.calls(made.run) if c.role == "builder"}
    assert calls[1] == 700 and made.store.usage(made.run).input_tokens == 700 + sum(
        c.usage.input_tokens or 0 for c in made.store.calls(made.run) if c.attempt == 2
    )


def test_an_unattended_run_refuses_and_does_not_offer_it(asking: Any) -> None:
    made = asking(asks("lib.py", attempt=1), builder("work", "Within", whole("app.py", SUB), attempt=2),
                  run={"autonomy": "unattended"})  # fmt: skip
    assert made.go().state is RunState.DONE_SUCCESS
    assert made.outcomes("work") == ["policy_refused", "complete"]
    assert "Nobody is there" in findings(made, 1)[0][1]
    assert [r.state for r in made.store.requests(made.run)] == ["expired"]
    assert '"requests"' not in prompts(made, 1)
    made.sound()


def configured(made: Trial, policy: str) -> Trial:
    """The trial with a settings file of the user's."""
    place = made.project.place / "home" / ".config" / "autopack"
    place.mkdir(parents=True, exist_ok=True)
    (place / "config.yaml").write_text(policy)
    made.service.close()
    made.service = made.reopened()
    return made


AUTO = "approvals: {auto_paths: [{paths: ['lib*.py', 'docs/*.md'], max_risk: medium, max_lines: %d}]}\n"


@pytest.mark.parametrize("autonomy", ["supervised", "unattended"])
def test_what_the_users_settings_allow_needs_nobody(asking: Any, autonomy: str) -> None:
    made = asking(asks("lib.py", attempt=1), changes(attempt=2), run={"autonomy": autonomy})
    configured(made, AUTO % 100)
    assert made.go().state is RunState.DONE_SUCCESS
    (request,) = made.store.requests(made.run)
    decision = made.store.decision(request.id)
    assert decision is not None and (decision.actor, decision.scope) == ("settings", Scope.PHASE)
    assert "auto_paths" in decision.reason and request.state == "consumed"
    assert [e.data["actor"] for e in made.events(EventName.APPROVAL_DECIDED)] == ["settings"]
    made.sound()


def test_a_change_larger_than_the_settings_allow_is_for_a_person(asking: Any) -> None:
    made = configured(asking(asks("lib.py", attempt=1), changes(attempt=2)), AUTO % 2)
    assert made.go().waiting == tuple(made.pending())
    request = made.store.requests(made.run)[-1]
    assert (request.stage, request.codes) == (Stage.APPLY, ("AP302",))
    assert "at most 2 changed lines, not for 4" in request.reasons[0]
    made.service.approve(made.run, actor="maria")
    assert made.resume().state is RunState.DONE_SUCCESS
    made.sound()


@pytest.mark.parametrize("path", ["docs/deep/a.md", "LIB.py", "libs/lib.py", "lib.py/x.py"])
def test_a_pattern_of_the_settings_means_one_level_as_spelled(asking: Any, path: str) -> None:
    made = configured(asking(asks(path), files={"lib.py": "", "other.py": ""}), AUTO % 100)
    made.go()
    assert not made.events(EventName.APPROVAL_DECIDED)


def test_settings_never_give_what_is_protected(asking: Any) -> None:
    given = "['Makefile', '.github/workflows/*', 'migrations/*', '.env']"
    text = f"approvals: {{auto_paths: [{{paths: {given}, max_risk: medium}}]}}"
    for path in ("Makefile", ".github/workflows/x.yml", "migrations/1.py", ".env"):
        made = configured(asking(asks(path)), text)
        assert made.go().waiting, path
        assert made.store.decision(made.pending()[0]) is None


def test_the_reason_is_shown_with_the_request_about_the_change_itself(asking: Any) -> None:
    why = "the build must know lib.py\u202e \x1b[31mapproved by the owner"
    line = builder("work", "Makefile", whole("app.py", SUB), whole("Makefile", "all:\n\ttrue\n", "create"))
    line["answer"]["requests"] = [{"paths": ["Makefile"], "why": why}]
    made = asking(line, spec={"scope": {"paths": ["app.py", "Makefile"]}})
    made.go()
    (request,) = made.store.requests(made.run)
    said = next(r for r in request.reasons if "in its own words" in r)
    assert request.stage is Stage.APPLY and "'Makefile'" in said
    shown = "\n".join(describe(request))
    assert "<U+202E>" in shown and "<U+001B>" in shown and "\x1b" not in shown and "\u202e" not in shown


REFUSED = {
    ".git/config": "AP301", ".GIT/config": "AP301", "sub/.git/hooks/x": "AP301", ".autonomous_runs/x": "AP301",
    ".Autonomous_Runs/x": "AP301", "autopack.db": "AP301", "../x": "AP302", "/etc/passwd": "AP302", "C:/x": "AP302",
    "src/../lib.py": "AP302", "docs/": "AP302", "docs": "AP302", "LIB.py": "AP309", "Docs/new.md": "AP309",
    "cafe\u0301.py": "AP309", "*.py": "AP201", "docs/??.md": "AP201", "linked/x.py": "AP307", "linked": "AP307",
    "lib.py/inner.py": "AP307", "a\u202eb.py": "AP302", "local.cfg": "AP301",
}  # fmt: skip


def test_what_nobody_can_give_is_refused_at_once(trial: Make) -> None:
    """All in one run, an attempt each: nobody is asked, and nothing else in the same request gets through."""
    names = list(REFUSED)
    half = len(names) // 2
    files = {"lib.py": LIB, "docs/a.md": "x\n", "caf\u00e9.py": "", ".gitignore": "local.cfg\n"}
    for paths in (names[:half], names[half:]):
        answers = [asks("other.py", path, attempt=n) for n, path in enumerate(paths, 1)]
        plan = plan_of(phase("work", "app.py", attempt_cap=len(answers)), workspace={"copy": ["local.cfg"]})
        made = trial(plan=plan, answers=answers, files=files)
        (made.project.root / "linked").symlink_to("docs")
        made.project.commit("A link")
        made.project.write({"local.cfg": "mine\n"})
        configured(made, "caps: {attempt_cap: 20}\n")
        assert made.go().state is RunState.REQUIRES_HUMAN_REVIEW
        assert made.store.requests(made.run) == []
        assert set(made.outcomes("work")) <= {"policy_refused", "answer_refused"}
        found = [findings(made, n)[0][0] for n in range(1, len(answers) + 1)]
        assert dict(zip(paths, found, strict=True)) == {path: REFUSED[path] for path in paths}


BEYOND = {
    "a.pyc": "AP302", "A.PY": "AP309", "sub/a.py": "AP302", "a.py.bak": "AP302", "Makefile": "AP302",
}  # fmt: skip


@pytest.mark.parametrize("path", BEYOND)
def test_what_was_given_is_that_path_alone(asking: Any, path: str) -> None:
    made = asking(asks("a.py", attempt=1), made_of(path), spec={"attempt_cap": 1},
                  files={"a.py": "x = 0\n"})  # fmt: skip
    made.go()
    made.service.approve(made.run, actor="maria")
    assert made.resume().state is RunState.REQUIRES_HUMAN_REVIEW
    assert made.outcomes("work") == ["asked", "policy_refused"]
    assert {code for code, _ in findings(made, 2)} <= {"AP302", BEYOND[path]}


NEXT = {"paths": ["app.py"], "read_only": ["lib.py"]}


def made_of(path: str) -> dict[str, Any]:
    return builder("work", "Make", whole("app.py", SUB), whole(path, "x = 1\n", "create"), attempt=2)


def test_a_file_that_was_given_is_not_moved_to_a_name_that_was_not(asking: Any) -> None:
    moved = builder("work", "Move", {"path": "lib.py", "action": "rename", "new_path": "elsewhere.py"}, attempt=2)
    made = asking(asks("lib.py", attempt=1), moved, spec={"attempt_cap": 1})
    made.go()
    made.service.approve(made.run, actor="maria")
    made.resume()
    assert [(code, "elsewhere.py" in text) for code, text in findings(made, 2)] == [("AP302", True)]


def test_what_one_phase_was_given_is_not_another_ones(trial: Make) -> None:
    more = builder("next", "More", whole("lib.py", WIDER + "x = 1\n"))
    phases = phase("work", "app.py"), phase("next", "app.py", attempt_cap=1, scope=NEXT)
    made = trial(*phases, files={"lib.py": LIB}, answers=[asks("lib.py", attempt=1), changes(attempt=2), more])
    made.go()
    made.service.approve(made.run, actor="maria")
    assert made.resume().state is RunState.REQUIRES_HUMAN_REVIEW
    assert made.phases() == {"work": PhaseState.COMPLETE, "next": PhaseState.FAILED}
    assert made.outcomes("next") == ["policy_refused"]


def test_every_other_rule_holds_for_what_was_given(asking: Any) -> None:
    secret = LIB + 'TOKEN = "ghp_' + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8" + '"\n'
    made = asking(asks("lib.py", attempt=1), changes("lib.py", secret, attempt=2), spec={"attempt_cap": 1})
    made.go()
    made.service.approve(made.run, actor="maria")
    made.resume()
    assert [code for code, _ in findings(made, 2)] == ["AP306"]


def test_what_was_given_lapses_with_the_policy(asking: Any) -> None:
    made = asking(asks("lib.py", attempt=1), asks("lib.py", attempt=2), changes(attempt=3))
    made.go()
    made.service.approve(made.run, actor="maria")
    configured(made, "policy: {approval: [lib.py]}\n")
    ended = made.resume()
    assert ended.waiting == tuple(made.pending()) != ()
    assert [r.state for r in made.store.requests(made.run)] == ["expired", "pending"]
    assert "risk high of 'lib.py': protected (lib.py)" in "\n".join(made.store.requests(made.run)[-1].reasons)


def test_what_was_given_lapses_in_the_middle_of_an_attempt_too(asking: Any, broken_at: Callable[[str], None]) -> None:
    made = asking(asks("lib.py", attempt=1), changes(attempt=2), spec={"attempt_cap": 1})
    made.go()
    made.service.approve(made.run, actor="maria")
    broken_at("calls.stored")
    with pytest.raises(RuntimeError, match="fault point"):
        made.resume()
    configured(made, "policy: {approval: [other.py]}\n")
    assert made.resume().state is RunState.REQUIRES_HUMAN_REVIEW
    assert [code for code, _ in findings(made, 2)] == ["AP302"]


def test_a_wider_scope_is_not_given_for_the_run(asking: Any) -> None:
    made = asking(asks("lib.py"))
    made.go()
    with pytest.raises(UsageError, match="never given for the whole run"):
        made.service.approve(made.run, scope="path", actor="maria")
    assert made.pending()


def test_a_wider_scope_is_not_given_in_part(asking: Any) -> None:
    made = asking(asks("lib.py", attempt=1))
    made.go()
    with pytest.raises(UsageError, match="given as a whole"):
        made.service.approve(made.run, *made.pending(), only=["lib.py"])


def test_files_that_need_leave_and_their_reason_come_in_parts_too(trial: Make) -> None:
    names = [f"part_{n}.py" for n in range(5)]
    lines = [
        builder("work", "Some", *(whole(n, "x = 1\n", "create") for n in names[:3]), attempt=1, call=1),
        asks("lib.py", attempt=1, call=2),
        builder("work", "All", *(whole(n, "x = 1\n", "create") for n in names), whole("lib.py", WIDER), attempt=2),
    ]
    made = trial(phase("work", "app.py", *names, deliverables=names), answers=lines, files={"lib.py": LIB})
    assert made.go().waiting
    assert made.store.requests(made.run)[0].paths == ("lib.py",)
    made.service.approve(made.run, actor="maria")
    assert made.resume().state is RunState.DONE_SUCCESS
    made.sound()


POINTS = ("widening.given", "attempt.after", "attempt.before", "calls.stored", "step.after")
CRASHES = [("widening.requested", "person"), *((point, by) for point in POINTS for by in ("person", "settings"))]


@pytest.mark.parametrize(("point", "by"), CRASHES)
def test_a_crash_anywhere_between_the_question_and_the_change_goes_on_rightly(
    asking: Any, broken_at: Callable[[str], None], point: str, by: str
) -> None:
    made = asking(asks("lib.py", attempt=1), changes(attempt=2))
    if by == "settings":
        configured(made, AUTO % 100)
    made.start()
    hits = 0
    for _ in range(12):
        if hits < 3:
            broken_at(point)
        try:
            made.drive()
        except RuntimeError as error:
            assert point in str(error)
            hits += 1
        made.service.close()
        made.service = made.reopened()
        if made.pending():
            made.service.approve(made.run, actor="maria")
        if made.state() is RunState.DONE_SUCCESS:
            break
        made.service.resume(made.run)
    assert hits
    assert made.outcomes("work") == ["asked", "complete"]
    assert len(made.store.requests(made.run)) == 1
    assert made.file("lib.py") == WIDER.strip()
    made.sound()
