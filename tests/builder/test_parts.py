"""A change asked for in parts: what is asked next, what is kept, and that only all of it becomes an answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.builder import Parts, render_prompt
from autopack.builder.parts import PARTS_FROM
from autopack.changes import Limits, read_draft
from autopack.model.attempt import Attempt, Context
from autopack.model.plan import Phase, Plan, RunSpec, Scope

LIMITS = Limits()
WANTED = tuple(f"src/m{n}.py" for n in range(7))
PHASE = Phase(id="work", goal="Make the modules.", scope=Scope(paths=["src/"]), deliverables=list(WANTED))
PLAN = Plan(autopack=1, run=RunSpec(id="r"), project="p", phases=[PHASE])


def made(path: str, content: str = "x = 1\n") -> dict[str, str]:
    return {"path": path, "action": "create", "content": content}


def lines(*paths: str, summary: str = "s", total: int | None = None) -> str:
    about = {"summary": summary, "total": len(paths) if total is None else total}
    return "\n".join(json.dumps(each) for each in (about, *map(made, paths))) + "\n"


def envelope(*paths: str, summary: str = "s") -> str:
    return json.dumps({"summary": summary, "files": [made(path) for path in paths]})


def begun(cut_before: int = 0) -> Parts:
    parts = Parts.of(WANTED, cut_before)
    assert parts is not None
    return parts


def told(parts: Parts, *answers: str | tuple[str, str]) -> Parts:
    for answer in answers:
        assert not parts.done
        text, stop = answer if isinstance(answer, tuple) else (answer, "end")
        parts = parts.after(text, stop, LIMITS)
    return parts


def paths_of(parts: Parts) -> list[str]:
    assert parts.done and parts.refusal is None
    return [edit.path for edit in read_draft(parts.answer, "end", LIMITS).edits]


def test_five_deliverables_or_a_cut_before_make_parts() -> None:
    assert Parts.of(WANTED[: PARTS_FROM - 1], 0) is None and Parts.of((), 3) is None and Parts.of(WANTED[:1], 2) is None
    assert begun().next.deliverables == WANTED[:3] and begun().next.later == WANTED[3:]
    assert begun(1).next.deliverables == WANTED[:1]
    few = Parts.of(WANTED[:2], 1)
    assert few is not None and few.next.deliverables == WANTED[:1]


def test_part_after_part_becomes_one_answer() -> None:
    parts = told(begun(), lines(*WANTED[:3], summary="one"), envelope(*WANTED[3:6], "src/extra.py", summary="two"))
    assert parts.next.deliverables == WANTED[6:] and parts.next.later == () and parts.next.number == 3
    assert [each.paths[0] for each in parts.next.kept] == [*WANTED[:6], "src/extra.py"]
    done = told(parts, lines(WANTED[6], summary="one"))
    assert paths_of(done) == [*WANTED[:6], "src/extra.py", WANTED[6]]
    assert read_draft(done.answer, "end", LIMITS).summary == "one two"


def test_an_answer_that_gives_everything_is_enough() -> None:
    assert paths_of(told(begun(), envelope(*WANTED))) == [*WANTED]
    diff = "".join(
        f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
        for path in WANTED
    )
    assert paths_of(told(begun(), diff)) == [*WANTED]
    assert told(begun(), diff[: diff.index("diff --git a/src/m1")]).trouble[0].code == "AP201", "it is no part"


def test_what_a_model_leaves_out_on_purpose_is_not_asked_for_again() -> None:
    parts = told(begun(), envelope(*WANTED[:2]), lines(total=0), envelope(WANTED[6]))
    assert paths_of(parts) == [*WANTED[:2], WANTED[6]]


def test_folders_are_delivered_by_what_is_in_them() -> None:
    parts = Parts.of((*WANTED[:3], "docs", "data/"), 0)
    assert parts is not None
    assert not told(parts, envelope("docs.md", *WANTED[:3])).done
    assert told(parts, envelope("docs/a.md", "data/z.py", *WANTED[:3])).done


def test_a_cut_part_keeps_what_came_whole_and_asks_for_less() -> None:
    cut = lines(*WANTED[:3])
    parts = told(begun(), (cut[:-20], "max_tokens"))
    assert [each.paths[0] for each in parts.kept] == [*WANTED[:2]]
    assert parts.next.deliverables == WANTED[2:3] and parts.next.trouble[0].code == "AP202"
    rest = told(parts, *(lines(path) for path in WANTED[2:]))
    assert paths_of(rest) == [*WANTED]


def test_a_last_part_that_was_cut_is_asked_for_what_may_have_followed() -> None:
    parts = told(begun(), envelope(*WANTED[:6]), (lines(WANTED[6], "src/more.py")[:-9], "end"))
    assert not parts.done and parts.next.deliverables == ()
    assert paths_of(told(parts, "no", lines("src/more.py"))) == [*WANTED, "src/more.py"]
    assert paths_of(told(parts, lines())) == [*WANTED]


def test_lines_without_their_number_are_trusted_only_when_nothing_asked_for_is_missing() -> None:
    bare = "\n".join(json.dumps(made(path)) for path in WANTED[:3])
    assert told(begun(), bare).trouble == ()
    parts = told(begun(), bare.rsplit("\n", 1)[0])
    assert parts.trouble[0].code == "AP202" and WANTED[2] in parts.trouble[0].message
    assert parts.next.deliverables == WANTED[2:3]


AGAIN = json.dumps({"files": [made(WANTED[0], "another\n")]})


@pytest.mark.parametrize(("bad", "code"), [("no", "AP201"), (AGAIN, "AP201"), ('{"files": [', "AP202"), ("", "AP206")])
def test_a_broken_part_is_asked_for_again_alone_and_refused_the_second_time(bad: str, code: str) -> None:
    parts = told(begun(), envelope(*WANTED[:3]))
    again = told(parts, bad)
    assert again.kept == parts.kept and again.next.trouble[0].code == code
    assert set(again.next.deliverables) <= set(WANTED[3:6])
    refused = told(again, bad)
    assert refused.done and refused.refusal is not None
    assert refused.refusal.findings[0].code == code and "(Part 3; 4 deliverables still open" in refused.refusal.message
    assert all(path in refused.refusal.message for path in WANTED[:3])
    assert told(again, envelope(*WANTED[3:])).refusal is None


def test_the_same_file_object_again_is_no_trouble() -> None:
    assert told(begun(), envelope(*WANTED[:3]), envelope(*WANTED[2:])).done


def test_a_path_no_one_may_touch_ends_it_at_once() -> None:
    parts = told(begun(), envelope(*WANTED[:3]), envelope(".git/hooks/x"))
    assert parts.refusal is not None and parts.refusal.never
    cut = told(begun(), (lines(".git/hooks/x", WANTED[0])[:-9], "max_tokens"))
    assert cut.refusal is not None and cut.refusal.never


def test_a_model_that_goes_on_and_on_is_stopped() -> None:
    parts, count = begun(), 0
    while not parts.done:
        parts, count = parts.after(lines(f"src/other{count}.py", "y")[:-5], "max_tokens", LIMITS), count + 1
    assert parts.refusal is not None and count == parts.most == 16


def test_the_prompt_says_what_to_give_now_and_what_is_kept() -> None:
    attempt, context = Attempt("r", "work", 1, "base", "tree"), Context(())
    first = render_prompt(PLAN, PHASE, attempt, context, {}, part=begun().next)
    parts = told(begun(), (lines(*WANTED[:3])[:-20], "max_tokens"))
    second = render_prompt(PLAN, PHASE, attempt, context, {}, part=parts.next)
    assert first.stable == second.stable and '"total": 2' in first.stable and '"files": [' not in first.stable
    now, later = first.prompt.split("they are asked for next:")
    assert all(path in now for path in WANTED[:3]) and all(path in later for path in WANTED[3:])
    assert "one a line" in first.prompt and "kept" not in first.prompt
    assert "Part 2" in second.prompt and json.dumps(made(WANTED[0])) in second.prompt and "AP202" in second.prompt
    assert render_prompt(PLAN, PHASE, attempt, context, {}).max_output_tokens >= first.max_output_tokens
    last = render_prompt(PLAN, PHASE, attempt, context, {}, part=told(begun(), envelope(*WANTED[:6])).next)
    assert "They are the last" in last.prompt


def test_what_came_whole_before_a_cut_is_shown_to_the_next_attempt() -> None:
    parts = told(begun(), envelope(*WANTED[:3]), "no", "no")
    assert parts.refusal is not None
    attempt = Attempt("r", "work", 2, "base", "tree", feedback=parts.refusal.findings)
    text = render_prompt(PLAN, PHASE, attempt, Context(()), {}, complete=parts.kept).prompt
    assert "complete before the cut" in text and json.dumps(made(WANTED[2])) in text


ANSWERS = st.lists(st.tuples(st.booleans(), st.none() | st.floats(0, 1)), min_size=8, max_size=18)
"""In lines or as an envelope; whole, or only this share of its bytes."""


@settings(max_examples=60, deadline=None)
@given(ANSWERS)
def test_however_the_answers_are_cut_all_of_the_change_comes_or_none(talk: list[tuple[bool, float | None]]) -> None:
    parts, asked = begun(), 0
    for in_lines, share in talk:
        if parts.done:
            break
        text = (lines if in_lines else envelope)(*parts.next.deliverables)
        part = text if share is None else text[: int(len(text) * share)]
        again = parts.after(part, "end", LIMITS)
        assert again == parts.after(part, "end", LIMITS)
        assert set(parts.kept) <= set(again.kept)
        parts, asked = again, asked + 1
    assert parts.calls == asked
    if parts.done and parts.refusal is None:
        assert sorted(paths_of(parts)) == sorted(WANTED)


ASK = {"requests": [{"paths": ["lib.py"], "why": "the modules need what lib.py holds"}]}


def test_a_part_that_only_asks_is_the_whole_answer() -> None:
    parts = told(begun(), lines(*WANTED[:3]), json.dumps(ASK))
    draft = read_draft(parts.answer, "end", LIMITS)
    assert parts.done and parts.kept == () and draft.only_asks and draft.requests[0].paths == ("lib.py",)


def test_what_a_part_asks_beside_its_files_goes_with_them() -> None:
    asked = json.dumps({"requests": [{"paths": [WANTED[0]], "why": "it is protected for a reason"}]})
    parts = told(begun(), lines(*WANTED[:3]) + asked, lines(*WANTED[3:6]), lines(WANTED[6]))
    assert paths_of(parts) == list(WANTED)
    assert read_draft(parts.answer, "end", LIMITS).requests[0].paths == (WANTED[0],)
