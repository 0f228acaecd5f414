"""What an answer gave whole before it broke off, and that no part of an answer is taken for all of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.changes import Limits
from autopack.changes.answer import read_draft
from autopack.changes.leading import envelope_of, leading
from autopack.errors import AnswerRefused

LIMITS = Limits()
FILES = [
    {"path": "a.py", "action": "create", "content": 'x = "\\{["\n'},
    {"path": "b.py", "action": "rename", "new_path": "c.py"},
    {"path": "d.py", "action": "modify", "operations": [{"op": "insert", "line": 12, "content": "\u00e9\u2028"}]},
]
ENVELOPE = json.dumps({"summary": "s {", "notes": "n", "files": FILES})
NDJSON = "\n".join(json.dumps(each) for each in ({"summary": "s", "total": 3}, *FILES)) + "\n"


def names(text: str) -> list[str]:
    return [each.paths[-1] for each in leading(text, LIMITS)]


@pytest.mark.parametrize("text", [ENVELOPE, NDJSON, json.dumps({"summary": "s", "files": FILES}, indent=2)])
@pytest.mark.parametrize("around", ["{}", "```json\n{}", "Here it is:\n\n```\n{}"])
def test_what_stands_before_the_cut_is_known(text: str, around: str) -> None:
    second = json.dumps("c.py")
    whole = around.replace("{}", text)
    assert names(whole) == ["a.py", "c.py", "d.py"]
    assert names(whole[: whole.index(second) + len(second)]) == ["a.py"]
    assert names(whole[: whole.index('"insert"')]) == ["a.py", "c.py"]
    assert names(whole[: whole.index("a.py")]) == []


@pytest.mark.parametrize("indent", [None, 2])
def test_one_file_object_alone_is_known(indent: int | None) -> None:
    assert names(json.dumps(FILES[0], indent=indent)) == ["a.py"]


@pytest.mark.parametrize(
    "text",
    ["", "no", "{", "{]", "[1, 2", '{"files": [1, {"path": "a"}', '{"files": {"path": "a"}}', "{" * 999, "\ud800"],
)
def test_nothing_is_made_up(text: str) -> None:
    assert leading(text, LIMITS) == ()


def test_a_refusal_of_a_cut_answer_names_what_was_complete() -> None:
    for text, stop in ((NDJSON[:-30], "end"), (ENVELOPE[:-60], "end"), (NDJSON, "max_tokens")):
        with pytest.raises(AnswerRefused) as caught:
            read_draft(text, stop, LIMITS)
        (found,) = caught.value.findings
        assert found.code == "AP202" and "These were complete in it: 'a.py', 'c.py'" in found.message


def test_an_announced_number_of_files_is_held_to() -> None:
    assert len(read_draft(NDJSON, "other", LIMITS).edits) == 3
    lines = NDJSON.splitlines()
    for text, code in (
        ("\n".join(lines[:3]), "AP202"),
        (lines[0], "AP202"),
        ("\n".join((*lines, lines[1].replace("a.py", "z.py"))), "AP201"),
        ("\n".join((*lines, '{"total": 4}')), "AP201"),
        (NDJSON.replace("3}", "-3}"), "AP201"),
        (NDJSON.replace("3}", "true}"), "AP201"),
    ):
        with pytest.raises(AnswerRefused) as caught:
            read_draft(text, "end", LIMITS)
        assert caught.value.findings[0].code == code, text


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (ENVELOPE, True),
        (f"```\n{json.dumps(FILES[0])}\n```\n", True),
        (json.dumps(FILES[0]), False),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", False),
    ],
)
def test_a_stop_for_another_reason_needs_an_answer_that_proves_its_end(text: str, whole: bool) -> None:
    assert read_draft(text, "end", LIMITS).edits
    if whole:
        assert read_draft(text, "other", LIMITS).edits
    else:
        with pytest.raises(AnswerRefused) as caught:
            read_draft(text, "other", LIMITS)
        assert caught.value.findings[0].code == "AP202"


PATHS = st.lists(st.sampled_from(["a.py", "b/c.py", "d e.txt", "\u00e9.md"]), min_size=1, max_size=3, unique=True)
TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)


@st.composite
def answers(draw: st.DrawFn) -> str:
    """An answer that says where it ends, in one of the forms that can."""
    files = [
        draw(
            st.one_of(
                st.fixed_dictionaries({"path": st.just(path), "content": TEXTS}),
                st.fixed_dictionaries({"path": st.just(path), "operations": st.lists(
                    st.fixed_dictionaries({"op": st.just("insert"), "line": st.integers(1, 9999), "content": TEXTS}),
                    min_size=1, max_size=3,
                )}),
                st.fixed_dictionaries({"path": st.just(path), "action": st.just("delete")}),
            )
        )
        for path in draw(PATHS)
    ]  # fmt: skip
    ascii_only = draw(st.booleans())
    if draw(st.booleans()):
        about = {"summary": draw(TEXTS), "total": len(files)}
        text = "\n".join(json.dumps(each, ensure_ascii=ascii_only) for each in (about, *files))
    else:
        indent = draw(st.sampled_from([None, 1]))
        text = json.dumps({"summary": draw(TEXTS), "files": files}, ensure_ascii=ascii_only, indent=indent)
    return draw(st.sampled_from(["{}\n", "{}", "```json\n{}\n```\n", "Sure:\n```\n{}\n```\nDone.\n"])).replace(
        "{}", text
    )


@settings(max_examples=25, deadline=None)
@given(answers())
def test_an_answer_cut_at_any_byte_is_refused_or_was_complete(text: str) -> None:
    whole = read_draft(text, "end", LIMITS)
    pieces = leading(text, LIMITS)
    assert [each.paths[0] for each in pieces] == [edit.path for edit in whole.edits]
    data = text.encode()
    for at in range(len(data)):
        cut = data[:at].decode("utf-8", "ignore")
        try:
            read = read_draft(cut, "end", LIMITS)
        except AnswerRefused as refused:
            if cut.count('"') > 1 and "{" in cut:
                assert refused.findings[0].code == "AP202", cut
            assert pieces[: len(leading(cut, LIMITS))] == leading(cut, LIMITS)
        else:
            assert read == whole, cut


@settings(max_examples=40, deadline=None)
@given(answers())
def test_pieces_make_one_answer_again(text: str) -> None:
    whole = read_draft(text, "end", LIMITS)
    again = read_draft(envelope_of(leading(text, LIMITS), "told"), "end", LIMITS)
    assert (again.edits, again.summary) == (whole.edits, "told")
