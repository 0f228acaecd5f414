"""A change taken in part: the chosen part is tried without a model, the rest goes back, and nothing reaches further than
the person's word."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from autopack.engine.selections import _said
from autopack.errors import AutopackError, ConflictError, StaleState, UsageError
from autopack.events import EventName
from autopack.model.approvals import Decision, Scope
from autopack.model.rules import finding
from autopack.model.states import RunState
from tests.kit.project import builder, whole
from tests.kit.tiny import ADD, MUL, SUB, answer, phase

from .conftest import Make, Trial

MAKEFILE = whole("Makefile", "all:\n\ttrue\n", "create")
ROWS = [f"row_{n} = {n}\n" for n in range(40)]
TABLE = "".join(ROWS)
GUARDED = phase("work", scope={"paths": ["app.py", "table.py", "Makefile"], "protected": ["table.py"]})
BEFORE = {"files": {"table.py": TABLE}}


def rows(**changed: str) -> str:
    return "".join(changed.get(f"_{n}", row) for n, row in enumerate(ROWS))


TWO_HUNKS = rows(_3="row_3 = 'three'\n", _30="row_30 = 'thirty'\n")


def edits(**match: Any) -> dict[str, Any]:
    """app.py is added to, table.py (protected) edited in two places."""
    return builder("work", "Edit the table", whole("table.py", TWO_HUNKS), whole("app.py", SUB), **match)


def asked(trial: Make, *more: dict[str, Any], plan: dict[str, Any] = GUARDED) -> Trial:
    t = trial(plan, answers=[edits(attempt=1), *more], **BEFORE)
    assert len(t.go().waiting) == 1
    return t


def builders(t: Trial) -> list[int]:
    return [c.attempt for c in t.store.calls(t.run) if c.role == "builder"]


def prompt_of(t: Trial, attempt: int) -> str:
    (call,) = [c for c in t.store.calls(t.run) if (c.role, c.attempt) == ("builder", attempt)]
    return t.store.blob(call.prompt).decode()


def codes(t: Trial, attempt: int) -> list[str]:
    row = t.store.attempts(t.run, "work")[attempt - 1]
    assert row.outcome is not None
    return [f.code for f in row.outcome.findings]


def test_the_parts_are_told_with_the_request(trial: Make) -> None:
    t = asked(trial)
    (event,) = t.events(EventName.APPROVAL_REQUESTED)
    assert event.data["parts"] == ["table.py#1", "table.py#2", "app.py#1"], "protected ones first"


def test_what_was_chosen_becomes_a_change_of_its_own_and_the_rest_is_listed(trial: Make) -> None:
    t = asked(trial)
    told = t.service.approve(t.run, only=["app.py", "table.py#2"], reason="not that row", actor="ann")
    assert (told["approved"], told["chosen"], told["left"]) == (False, ["table.py#2", "app.py#1"], ["table.py#1"])
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["person_selected", "complete"]
    assert t.file("table.py") == rows(_30="row_30 = 'thirty'\n").strip() and t.file("app.py") == SUB.strip()
    assert builders(t) == [1], "no model is asked for what a person chose"
    first, second = t.store.requests(t.run)
    assert (first.state, second.state, second.codes) == ("consumed", "consumed", ("AP301",))
    assert second.digest != first.digest
    decided = [t.store.decision(r.id) for r in (first, second)]
    assert [(d.approved, d.actor, d.digest) for d in decided if d] == [
        (False, "ann", first.digest), (True, "ann", second.digest),
    ]  # fmt: skip
    row = t.store.attempts(t.run, "work")[1]
    assert row.data == {"chosen": first.id} and row.outcome is not None
    assert row.outcome.detail == "what ann chose of attempt 1"
    (left,) = [f for f in row.outcome.findings if f.code == "AP313"]
    assert left.path == "table.py" and "'table.py#1': not that row" in left.message and not left.blocking
    assert t.events(EventName.ATTEMPT_STARTED)[1].data["chosen"] == first.id
    t.sound()


def test_the_word_reaches_no_rule_or_path_that_is_left(trial: Make) -> None:
    """Only what is not protected is chosen: nobody needs to be asked, and nothing of the word is left to use."""
    t = asked(trial)
    t.service.approve(t.run, only=["app.py"])
    assert t.resume().state is RunState.DONE_SUCCESS
    assert [r.state for r in t.store.requests(t.run)] == ["consumed"]
    assert t.file("table.py") == TABLE.strip()
    t.sound()


def test_a_finding_that_the_whole_change_did_not_have_asks_again(trial: Make) -> None:
    """Half of a move is a loss: the names that went away are nowhere else now."""
    names = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(3))
    t = trial(
        phase("work", scope={"paths": ["app.py", "names.py", "Makefile"]}),
        answers=[builder("work", "Move", MAKEFILE, whole("app.py", ADD + names), whole("names.py", "MOVED = True\n"))],
        files={"names.py": names + "MOVED = False\n"},
    )
    (first,) = t.go().waiting
    asked = t.store.request(first)
    assert asked is not None and asked.codes == ("AP301",)
    t.service.approve(t.run, only=["Makefile", "names.py"])
    (second,) = t.resume().waiting
    again = t.store.request(second)
    assert again is not None and "AP304" in again.codes and (again.attempt, again.stage) == (2, "accept")
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    t.sound()


def moving(trial: Make, *more: dict[str, Any]) -> Trial:
    """Half of the names are dropped, half moved to another file; without that file all are lost."""
    names = [f"def f{n}():\n    return {n}\n\n\n" for n in range(12)]
    moved = whole("app.py", ADD + "\n\n" + "".join(names[6:]))
    t = trial(
        phase("work", scope={"paths": ["app.py", "names.py"]}),
        answers=[builder("work", "Move", moved, whole("names.py", "MOVED = True\n"), attempt=1), *more],
        files={"names.py": "".join(names)},
    )
    (first,) = t.go().waiting
    request = t.store.request(first)
    assert request is not None and "AP304" in request.codes
    t.service.approve(t.run, only=["names.py"])
    (second,) = t.resume().waiting
    again = t.store.request(second)
    assert again is not None and (again.codes, again.attempt) == (request.codes, 2)
    return t


def test_the_same_rule_for_more_than_was_asked_about_asks_again(trial: Make) -> None:
    t = moving(trial)
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["person_selected", "complete"]
    t.sound()


def test_who_rejects_what_was_chosen_holds_the_builder_to_nothing(trial: Make) -> None:
    t = moving(trial, answer(attempt=3, contains="not so"))
    t.service.reject(t.run, reason="not so")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["person_selected", "person_rejected", "complete"]
    assert t.store.attempts(t.run, "work")[2].data == {}
    t.sound()


def test_what_fails_alone_goes_back_with_what_was_chosen_and_what_was_not(trial: Make) -> None:
    check = "import app, table\n\nassert app.add(2, 3) == 5\nassert (table.row_3 == 3) == (table.row_30 == 30)\n"
    better = rows(_3="row_3 = '3'\n", _30="row_30 = 'thirty'\n")
    t = trial(
        {**GUARDED, "attempt_cap": 1},
        answers=[edits(attempt=1), builder("work", "Both", whole("table.py", better), attempt=3)],
        files={"table.py": TABLE, "check.py": check},
    )  # fmt: skip
    t.go()
    t.service.approve(t.run, only=["table.py#2"])
    (second,) = t.resume().waiting
    assert t.outcomes("work") == ["person_selected", "tests_failed", "open"], "the new change is asked about anew"
    prompt = prompt_of(t, 3)
    accepted, refused = prompt.index("+row_30 = 'thirty'"), prompt.index("+row_3 = 'three'")
    assert prompt.index("must contain what they accepted") < accepted < prompt.index("must not bring back") < refused
    assert "AP401" in prompt
    assert t.store.attempts(t.run, "work")[2].data == {"held": t.store.requests(t.run)[0].id}
    t.service.approve(t.run, second)
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.file("table.py") == better.strip()
    t.sound()


def test_a_word_on_the_rest_goes_to_the_builder_at_once(trial: Make) -> None:
    word = "name the row after its number"
    better = rows(_3="row_3 = 'no. 3'\n", _30="row_30 = 'thirty'\n")
    t = asked(trial, builder("work", "Better", whole("table.py", better), attempt=2, contains=word))
    t.service.approve(t.run, only=["table.py#2"], rest=word)
    t.resume()
    assert t.outcomes("work") == ["person_selected", "open"] and builders(t) == [1, 2]
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS and t.file("table.py") == better.strip()
    assert t.service.report(t.run)
    t.sound()


@pytest.mark.parametrize(("content", "code", "named"), [
    (rows(_3="row_3 = 'no. 3'\n"), "AP311", "table.py#2"),
    (rows(_3="row_3 = 'no. 3'\n", _30="row_30 = 'XXX'\n"), "AP311", "table.py#2"),
    (TWO_HUNKS, "AP312", "table.py#1"),
])  # fmt: skip
def test_the_builder_is_held_to_the_selection(trial: Make, content: str, code: str, named: str) -> None:
    right = rows(_3="row_3 = '3'\n", _29="row_29 = 29.0\n", _30="row_30 = 'thirty'\n", _31="row_31 = 31.0\n")
    t = asked(
        trial, builder("work", "Once more", whole("table.py", content), attempt=2),
        builder("work", "Right", whole("table.py", right), attempt=3, contains=[code, named]),
    )  # fmt: skip
    t.service.approve(t.run, only=["table.py#2"], rest="again")
    assert len(t.resume().waiting) == 1
    assert t.outcomes("work") == ["person_selected", "policy_refused", "open"] and codes(t, 2) == [code]
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS and t.file("table.py") == right.strip()
    t.sound()


def test_more_may_be_changed_around_what_was_accepted(trial: Make) -> None:
    """Eleven lines more stand above the second hunk; what is changed now stands where that hunk stood before."""
    longer = rows(_3="row_3 = 3\n" * 12, _30="row_30 = 'thirty'\n")
    further = longer.replace("row_19 = 19\n", "row_19 = 19.0\n")
    t = trial(
        GUARDED,
        answers=[
            builder("work", "Longer", whole("table.py", longer), whole("app.py", SUB), attempt=1),
            builder("work", "Further", whole("table.py", further), whole("app.py", MUL), attempt=2),
        ],
        **BEFORE,
    )
    t.go()
    t.service.approve(t.run, only=["table.py"], rest="multiply instead")
    assert len(t.resume().waiting) == 1 and t.outcomes("work") == ["person_selected", "open"]


@pytest.mark.parametrize(("files", "found"), [
    ([whole("Makefile", "all:\n\tfalse\n", "create")], ["AP311"]),
    ([], ["AP311"]),
    ([MAKEFILE, whole("app.py", SUB)], ["AP312"]),
])  # fmt: skip
def test_whole_files_are_held_to_as_well(trial: Make, files: list[dict[str, Any]], found: list[str]) -> None:
    t = trial(
        GUARDED,
        answers=[
            builder("work", "Make", MAKEFILE, whole("app.py", SUB), attempt=1),
            builder("work", "Other", *files, *([] if len(files) > 1 else [whole("app.py", MUL)]), attempt=2),
            builder("work", "Right", MAKEFILE, whole("app.py", MUL), attempt=3),
        ],
    )
    t.go()
    t.service.approve(t.run, only=["Makefile"], rest="multiply instead")
    t.resume()
    assert codes(t, 2) == found
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS and t.file("app.py") == MUL.strip()
    t.sound()


def test_a_persons_choice_costs_the_builder_no_attempt(trial: Make) -> None:
    """With one attempt allowed, a choice and a second one still leave the Builder its attempt at the rest."""
    one = {**GUARDED, "attempt_cap": 1}
    third = rows(_3="row_3 = 'no. 3'\n", _30="row_30 = 'thirty'\n")
    t = asked(trial, builder("work", "Rest", whole("table.py", third), whole("app.py", MUL), attempt=2), plan=one)
    t.service.approve(t.run, only=["table.py#2"], rest="say no. 3")
    t.resume()
    t.service.approve(t.run, only=["table.py"])
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["person_selected", "person_selected", "complete"] and builders(t) == [1, 2]
    assert t.file("table.py") == third.strip() and t.file("app.py") == ADD.strip()
    t.sound()


def test_what_an_earlier_choice_refused_stays_refused(trial: Make) -> None:
    second = rows(_3="row_3 = 'no. 3'\n", _30="row_30 = 'thirty'\n")
    t = asked(
        trial, builder("work", "Second", whole("table.py", second), attempt=2),
        builder("work", "Back", whole("table.py", TWO_HUNKS), attempt=3), edits(attempt=4),
    )  # fmt: skip
    t.service.approve(t.run, only=["table.py#2"], rest="say no. 3")
    t.resume()
    t.service.approve(t.run, only=["table.py#2"], rest="no, say three")
    t.resume()
    assert codes(t, 3) == ["AP312"]


def test_figures_may_differ_and_names_may_not() -> None:
    def said(message: str) -> tuple[str, str, str]:
        return _said(finding("AP304", message, path="a.py"))

    assert said("the change deletes 268 lines net (more than 200)") == said(
        "the change deletes 1,040 lines net (more than 200)"
    )
    assert said("'a.py' lost f1") != said("'a.py' lost f2") and said("lost row_3") != said("lost row_4")


def test_what_was_chosen_is_tried_again_once_there_is_more_to_spend(trial: Make) -> None:
    """The auditor's call did not fit the phase's cap: nothing was judged yet, and no Builder is asked again."""
    t = asked(trial, plan={**GUARDED, "token_cap": 15_000})
    t.service.approve(t.run, only=["table.py#2"])
    first = t.store.calls(t.run)[0]
    with t.store.write(None) as tx:
        tx._execute("UPDATE calls SET input_tokens = 14900 WHERE request_id = ?", first.request_id)
    assert t.resume().state is not RunState.DONE_SUCCESS and t.outcomes("work") == ["person_selected", "budget"]
    assert t.resume(phase_token_caps={"work": 400_000}).state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["person_selected", "budget", "complete"] and builders(t) == [1]
    t.sound()


def test_a_retry_sets_the_choice_aside(trial: Make) -> None:
    t = asked(trial, edits(attempt=2), edits(attempt=3))
    t.service.approve(t.run, only=["table.py#2"], rest="again")
    t.resume()
    assert codes(t, 2) == ["AP312", "AP312"], "the same change again"
    t.service.retry(t.run, "work")
    t.resume()
    assert "held" not in t.store.attempts(t.run, "work")[-1].data


@pytest.mark.parametrize(("only", "said"), [
    (["nope.py"], "no 'nope.py'"),
    (["table.py#3"], "2 hunks, 'table.py#3' is none"),
    (["table.py#0"], "none of them"),
    (["table.py#x"], "none of them"),
    (["table.py#1:00000000"], "is not the hunk"),
    (["table.py", "table.py#1"], "as a file and by its hunks"),
])  # fmt: skip
def test_a_name_that_does_not_fit_decides_nothing_and_lists_what_there_is(
    trial: Make, only: list[str], said: str
) -> None:
    t = asked(trial)
    with pytest.raises(UsageError, match=said) as refused:
        t.service.approve(t.run, only=only)
    assert "'table.py'#1-2" in refused.value.hint and "'app.py#1'" in refused.value.hint
    assert len(t.pending()) == 1


def test_all_is_a_plain_yes_and_nothing_a_plain_no(trial: Make) -> None:
    t = asked(trial, answer(attempt=2))
    with pytest.raises(UsageError, match="needs a reason"):
        t.service.approve(t.run, only=[])
    with pytest.raises(UsageError, match="approved once"):
        t.service.approve(t.run, only=["app.py"], scope="phase")
    with pytest.raises(UsageError, match="nothing of the change is left"):
        t.service.approve(t.run, only=["app.py", "table.py"], rest="x")
    with pytest.raises(UsageError, match="needs the parts"):
        t.service.approve(t.run, rest="x")
    t.service.approve(t.run, only=[], rest="leave the table alone")
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["person_rejected", "complete"]
    assert t.file("table.py") == TABLE.strip()
    whole_of_it = asked(trial)
    told = whole_of_it.service.approve(whole_of_it.run, only=["app.py#1", "table.py"], scope="phase")
    assert told["approved"] and "chosen" not in told
    assert whole_of_it.resume().state is RunState.DONE_SUCCESS and whole_of_it.outcomes("work") == ["complete"]


def test_a_selection_of_another_digest_is_refused(trial: Make) -> None:
    t = asked(trial)
    with pytest.raises(ConflictError, match="digest"):
        t.service.approve(t.run, only=["app.py"], digest="0" * 64)
    assert len(t.pending()) == 1


def test_the_first_of_two_answers_wins(trial: Make) -> None:
    t = asked(trial)
    others = [t.reopened() for _ in range(3)]
    ready = Barrier(3)

    def answer_with(number: int) -> str:
        ready.wait()
        try:
            if number == 0:
                others[0].approve(t.run, only=["app.py"])
            elif number == 1:
                others[1].approve(t.run)
            else:
                others[2].reject(t.run, reason="no")
        except AutopackError as late:
            assert isinstance(late, ConflictError), late
            return ""
        return "won"

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(answer_with, range(3))) == ["", "", "won"]
    for one in others:
        one.close()
    (request,) = t.store.requests(t.run)
    decision = t.store.decision(request.id)
    assert request.state == "decided" and decision is not None
    partly = t.store.get(t.run, f"selection:{request.id}") is not None
    assert partly <= (not decision.approved)
    with pytest.raises(ConflictError, match="is decided"):
        t.service.approve(t.run, request.id, only=["table.py"])
    late, word = (
        Decision(request.id, True, "late", Scope.ONCE, "", request.digest, 0.0),
        ("answered in part" if partly else "approved" if decision.approved else "rejected"),
    )
    with pytest.raises(ConflictError, match=f"was {word} by person"), t.store.write(None) as tx:
        tx.decide(late)


@pytest.mark.parametrize("point", ["attempt.selected", "attempt.after", "attempt.before", "consent.consumed",
                                   "apply.before_commit", "finalize.before_tip"])  # fmt: skip
def test_a_crash_on_the_way_changes_nothing_in_the_end(
    trial: Make, broken_at: Callable[[str], None], point: str
) -> None:
    t = asked(trial)
    t.service.approve(t.run, only=["table.py#2"])
    t.service.resume(t.run)
    broken_at(point)
    with pytest.raises(Exception, match=point):
        t.drive()
    t.service.close()
    t.service = t.reopened()
    assert t.resume().state is RunState.DONE_SUCCESS
    assert t.outcomes("work") == ["person_selected", "complete"] and builders(t) == [1]
    assert len(t.store.requests(t.run)) == 2 and t.file("table.py") == rows(_30="row_30 = 'thirty'\n").strip()
    t.sound()


def test_a_word_under_another_policy_or_of_yesterday_is_not_used(trial: Make) -> None:
    t = asked(trial)
    t.service.approve(t.run, only=["table.py#2"])
    with t.store.write(None) as tx:
        tx._execute("UPDATE decisions SET decided_at = decided_at - 90000, steady = steady - 90000")
    (second,) = t.resume().waiting
    first = t.store.requests(t.run)[0]
    assert second != first.id and first.state == "expired" and t.outcomes("work") == ["open"]
    t.service.approve(t.run, second, only=["table.py#2"])
    assert t.resume().state is RunState.DONE_SUCCESS
    t.sound()


def test_a_policy_that_changed_meanwhile_asks_again(trial: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The word was used up on the way to the part, the policy became stricter before the part was asked about."""
    t = asked(trial)
    t.service.approve(t.run, only=["table.py#2"])
    (first,) = t.store.requests(t.run)
    own = t.store.own(t.run)
    with t.store.write(own) as tx:
        tx.acknowledge(first.id)
        tx._execute("UPDATE requests SET policy = 'older'")
    own.release()
    (second,) = t.resume().waiting
    assert t.outcomes("work") == ["person_selected", "open"] and t.store.requests(t.run)[1].id == second
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    t.sound()


@pytest.mark.parametrize("wider", [
    {"codes": ("AP301", "AP303")}, {"paths": ("table.py", "other.py")}, {"policy": "other"}, {"base": "f" * 40},
    {"attempt": 1},
])  # fmt: skip
def test_the_word_on_a_change_answers_nothing_wider(trial: Make, wider: dict[str, Any]) -> None:
    t = asked(trial)
    t.service.approve(t.run, only=["table.py#2"])
    t.resume()
    first, second = t.store.requests(t.run)
    own = t.store.own(t.run)
    with t.store.write(own) as tx:
        tx.request(replace(second, id="same", nonce="n"))
        assert tx.answer_by_selection("same", first.id).approved
        tx.expire("same", "a test")
    with pytest.raises(StaleState, match="does not answer"), t.store.write(own) as tx:
        tx.request(replace(second, id="wider", nonce="m", **wider))
        tx.answer_by_selection("wider", first.id)
    own.release()
