from __future__ import annotations

import json

import pytest

from autopack.changes import Limits, form_for
from autopack.model.changes import EXECUTABLE, ChangeKind, blob_id

BASE = {
    "src/a.py": b"def add(a, b):\n    return a - b\n\n\ndef mul(a, b):\n    return a * b\n",
    "src/b.py": b'GREETING = "hello"\n\n\ndef greet(name):\n    return f"{GREETING}, {name}"\n',
}
FIXED = BASE["src/a.py"].replace(b"a - b", b"a + b")
HUNK = "@@ -1,5 +1,5 @@\n def add(a, b):\n-    return a - b\n+    return a + b\n \n \n def mul(a, b):\n"
DIFF = "diff --git a/src/a.py b/src/a.py\n--- a/src/a.py\n+++ b/src/a.py\n" + HUNK


def one(**entry):
    return {"summary": "s", "files": [entry]}


@pytest.mark.parametrize(
    "answer",
    [
        one(path="src/a.py", action="modify", content=FIXED.decode()),
        one(path="src/a.py", content=FIXED.decode()),
        one(path="src/a.py", action="modify", diff=HUNK),
        one(path="src/a.py", diff="--- a/src/a.py\n+++ b/src/a.py\n" + HUNK),
        one(
            path="src/a.py",
            operations=[{"op": "replace", "start_line": 2, "end_line": 2, "content": "    return a + b"}],
        ),
        one(path="src/a.py", operations=[{"op": "replace", "old": "a - b", "content": "a + b"}]),
        DIFF,
        "```diff\n" + DIFF + "```\n",
        "--- a/src/a.py\n+++ b/src/a.py\n" + HUNK,
        "```json\n" + json.dumps(one(path="src/a.py", content=FIXED.decode()), indent=1) + "\n```",
        "Here it is:\n```\n" + json.dumps(one(path="src/a.py", content=FIXED.decode())) + "\n```\nDone.",
        '{"summary": "s"}\n' + json.dumps({"path": "src/a.py", "content": FIXED.decode()}) + "\n",
    ],
    ids=[
        "content",
        "no-action",
        "hunks",
        "hunks+header",
        "lines",
        "anchor",
        "diff",
        "fenced",
        "traditional",
        "json-fence",
        "prose",
        "ndjson",
    ],
)
def test_every_form_says_the_same(world, answer):
    changes = world.parse(answer, BASE)
    assert [(c.path, c.kind, c.before, c.after) for c in changes.changes] == [
        ("src/a.py", ChangeKind.MODIFIED, BASE["src/a.py"], FIXED)
    ]
    assert world.after(answer, BASE) == {"src/a.py": FIXED}


def test_create_delete_rename_and_modify_in_one_answer(world):
    answer = {
        "summary": "reshape",
        "files": [
            {"path": "src/new/c.py", "action": "create", "content": "C = 1\n"},
            {
                "path": "src/b.py",
                "action": "rename",
                "new_path": "src/greet.py",
                "operations": [{"op": "replace", "start_line": 1, "end_line": 1, "content": 'GREETING = "hi"\n'}],
            },
            {"path": "src/a.py", "action": "delete"},
            {"path": "e.py", "action": "create", "content": ""},
        ],
    }
    changes = world.parse(answer, BASE)
    assert changes.summary == "reshape"
    assert [(c.path, c.kind.value, c.old_path) for c in changes.changes] == [
        ("e.py", "created", None),
        ("src/a.py", "deleted", None),
        ("src/greet.py", "renamed", "src/b.py"),
        ("src/new/c.py", "created", None),
    ]
    assert world.after(answer, BASE) == {
        "e.py": b"",
        "src/a.py": None,
        "src/b.py": None,
        "src/new/c.py": b"C = 1\n",
        "src/greet.py": BASE["src/b.py"].replace(b"hello", b"hi"),
    }


def test_git_diffs_of_every_kind_are_read_back_to_the_byte(world):
    before = BASE | {
        "docs/file with space.md": b"one\ntwo\nthree\n",
        "na\u00efve.py": b"x = 1\n",
        "gone.txt": b"bye\n",
        "run.sh": (b"#!/bin/sh\necho 1\n", 0o100644),
        "no_eol.txt": b"a\nb",
        "empty.py": b"x\n",
        'quote"d.py': b"q = 1\n",
    }
    after = {
        "src/a.py": FIXED,
        "src/greetings.py": BASE["src/b.py"].replace(b"hello", b"hullo"),
        "docs/file with space.md": b"one\n2\nthree\n",
        "na\u00efve.py": b"x = 2\n",
        "run.sh": (b"#!/bin/sh\necho 2\n", EXECUTABLE),
        "no_eol.txt": b"a\nb\nc\n",
        "empty.py": b"",
        "fresh.py": b"",
        "new.txt": b"no end",
        'quote"d.py': b"q = 2\n",
    }
    for options in (["-M20%"], ["--no-renames"], ["--full-index", "-U10"]):
        changes = world.parse(world.git_diff(before, after, *options), before)
        assert world.trees.write_tree(changes.base_tree, changes) == world.tree(after)


def test_mail_format_is_a_diff(world):
    mail = "From 0000 Mon Sep 17 00:00:00 2001\nSubject: fix\n\n---\n src/a.py | 2 +-\n\n" + DIFF + "-- \n2.39.5\n"
    assert world.after(mail, BASE) == {"src/a.py": FIXED}


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ("", "AP206", "empty"),
        ("I could not do it.", "AP201", "neither"),
        ('{"summary": "s", "files": []}', "AP206", "names no file"),
        ({"summary": "s"}, "AP201", 'no "files"'),
        ('{"files": [{"path": "a.py", "content": "x', "AP202", "cut off"),
        ('{"files": [{"path": "a.py", "content": "x"}]', "AP202", "cut off"),
        ('```json\n{"files": []}', "AP202", "not closed"),
        ('{"files": [}', "AP201", "line 1"),
        ('{"files": [], "files": []}', "AP201", "given twice"),
        ('{"files": [{"path": "n.py", "content": "", "mode": 12345678901}]}', "AP201", "10 digits"),
        ('{"files": NaN}', "AP201", "NaN"),
        ('{"files": [{"path": "n.py", "content": "\\ud800"}]}', "AP201", "surrogate"),
        ("[" * 200_000, "AP201", "deeper than 64"),
        ('{"a":' * 100_000, "AP201", "deeper than 64"),
        ('{"files": []}\n{"files": []}', "AP201", "more than one JSON value"),
        ("[1]", "AP201", "list"),
        (one(path="n.py"), "AP201", "action"),
        (one(path="n.py", action="create"), "AP201", "needs content"),
        (one(path="n.py", action="chmod", content=""), "AP201", "action"),
        (one(path="n.py", action="create", content="", diff="@@ -0,0 +1 @@\n+x\n"), "AP201", "content and diff"),
        (one(path="n.py", action="create", content="", contents=""), "AP201", 'mean "content"'),
        (one(path="a.py", action="modify", operations=[]), "AP201", "at least one"),
        (one(path="a.py", action="modify", operations=[{"op": "move", "line": 1}]), "AP201", '"op" must be'),
        (
            one(path="a.py", action="modify", operations=[{"op": "insert", "line": 0, "content": ""}]),
            "AP201",
            "1 or more",
        ),
        (
            one(path="a.py", action="modify", operations=[{"op": "delete", "start_line": -3, "end_line": -1}]),
            "AP201",
            "-3",
        ),
        (
            one(path="a.py", action="modify", operations=[{"op": "insert", "line": True, "content": ""}]),
            "AP201",
            "True",
        ),
        (one(path="a.py", action="delete", content="x"), "AP201", "delete takes no"),
        (one(path="a.py", action="modify", new_path="b.py", content="x"), "AP201", "new_path"),
        ({"files": [{"path": "n.py", "content": "1"}, {"path": "n.py", "content": "2"}]}, "AP201", "touched 2 times"),
        (one(path="a.py", action="create", content="y"), "AP204", "exists already"),
        (one(path="b.py", action="modify", content="y"), "AP204", "does not exist"),
        (one(path="a.py/b.py", action="create", content="x"), "AP201", "is a file"),
        (one(path="a.py", action="modify", content="x = 1\n"), "AP206", "already exactly so"),
        (one(path="../evil.txt", action="create", content="x"), "AP302", '".."'),
        (one(path="/etc/passwd", action="create", content="x"), "AP302", "not relative"),
        (one(path=".GIT/hooks/x", action="create", content="x"), "AP301", "git"),
        (one(path="src/ok.py\0.txt", action="create", content="x"), "AP302", "control"),
        (one(path="n.bin", action="create", content="a\0b"), "AP307", "binary"),
        ("```\n{}\n```\n```\n{}\n```", "AP201", "2 code blocks"),
    ],
)
def test_refusals_say_what_to_repair(world, answer, code, says):
    findings = world.refusals(answer)
    assert findings[0].code == code
    assert says in findings[0].message
    assert findings[0].blocking


def test_limits_come_before_parsing(world):
    assert (Limits().bytes, Limits().depth, Limits().operations) == (8 * 1024 * 1024, 64, 5000)
    assert world.refusals("x" * 2000, limits=Limits(bytes=1000))[0].code == "AP207"
    many = one(path="a.py", action="modify", operations=[{"op": "append", "content": "y"}] * 11)
    assert world.refusals(many, limits=Limits(operations=10))[0].code == "AP207"
    lines = "\n".join(json.dumps({"path": f"n{i}.py", "content": ""}) for i in range(11))
    assert world.refusals(lines, limits=Limits(operations=10))[0].code == "AP207"


def test_a_cut_answer_is_never_applied_even_when_it_parses(world):
    assert world.refusals(one(path="a.py", content="x = 2\n"), stop="max_tokens")[0].code == "AP202"


def test_an_answer_without_change_can_be_allowed(world):
    assert world.parse('{"files": []}', BASE, allow_empty=True).changes == ()


def test_all_problems_are_reported_at_once(world):
    answer = {
        "files": [
            {"path": "b.py", "action": "modify", "content": ""},
            {"path": "../x", "content": ""},
            {"path": "c.py", "action": "delete"},
        ]
    }
    assert [f.code for f in world.refusals(answer)] == ["AP302"]
    answer["files"].pop(1)
    assert [(f.code, f.path) for f in world.refusals(answer)] == [("AP204", "b.py"), ("AP204", "c.py")]


def test_stale_truncated_and_unseen_files(world):
    whole = one(path="a.py", action="modify", content="x = 2\n")
    assert "no longer the version" in world.refusals(whole, shown={"a.py": "0" * 40})[0].message
    assert "not shown" in world.refusals(whole, shown={})[0].message
    blob = blob_id(b"x = 1\n")
    findings = world.refusals(whole, shown={"a.py": blob}, truncated={"a.py"})
    assert (findings[0].code, "only in part" in findings[0].message) == ("AP204", True)
    assert world.after(whole, {"a.py": b"x = 1\n"}, shown={"a.py": blob}) == {"a.py": b"x = 2\n"}
    blind = one(path="a.py", operations=[{"op": "replace", "start_line": 1, "end_line": 1, "content": "x = 2"}])
    assert "line number alone" in world.refusals(blind, shown={})[0].message
    anchored = one(path="a.py", operations=[{"op": "replace", "old": "x = 1", "content": "x = 2"}])
    assert world.after(anchored, {"a.py": b"x = 1\n"}, shown={}) == {"a.py": b"x = 2\n"}


def test_links_converted_and_foreign_encodings_are_not_edited(world):
    base = {
        "link": (b"a.py", 0o120000),
        "a.py": b"x\n",
        "latin.py": b"s = '\xe9'\nt = 1\n",
        "big.bin": b"ptr\n",
        ".gitattributes": b"* text=auto\n*.bin filter=lfs diff=lfs\n/keep/*.bin -filter\n",
        "keep/x.bin": b"text\n",
    }
    for answer in (
        one(path="link", action="modify", content="x"),
        one(path="link/x.py", action="create", content="x"),
        one(path="big.bin", action="modify", content="x\n"),
        one(path="new.bin", action="create", content="x\n"),
        one(path="latin.py", action="modify", content="s = 'e'\n"),
        one(path="latin.py", operations=[{"op": "append", "content": "é"}]),
    ):
        assert world.refusals(answer, base)[0].code == "AP307", answer
    assert world.after(one(path="keep/x.bin", action="modify", content="y\n"), base) == {"keep/x.bin": b"y\n"}
    ascii_only = one(path="latin.py", operations=[{"op": "append", "content": "u = 2"}])
    assert world.after(ascii_only, base) == {"latin.py": b"s = '\xe9'\nt = 1\nu = 2\n"}


def test_forms_per_file():
    assert [form_for("a", n, 3) for n in (0, 500, 501, 1000, 1001)] == [
        "content",
        "content",
        "diff",
        "diff",
        "operations",
    ]
    assert form_for("a", 10, 30) == "operations"
    assert form_for("a", 0, 30, "structured_edit") == "content"
    assert form_for("a", 10, 1, "structured_edit") == "operations"
    assert form_for("a", 5000, 1, "full_file") == "content"
    assert [form_for("a", 10, 1, step_down=n) for n in (0, 1, 2, 9)] == ["content", "diff", "operations", "operations"]
