"""Diffs that models spoil: each rung gives the one tree that is meant, or the refusal says what the file really holds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autopack.changes import repairs
from autopack.errors import AnswerRefused
from autopack.model.changes import Rung, blob_id

CODE = b'''import os


def first(value):
    total = value + 1
    return total


def second(value):
    total = value - 1
    return total


def third(values):
    """Sums what it is given."""
    result = 0
    for each in values:
        result += each
    return result
'''
HEAD = "--- a/f.py\n+++ b/f.py\n"
BODY = " def second(value):\n-    total = value - 1\n+    total = value - 2\n     return total\n \n \n"
WANT = CODE.replace(b"- 1", b"- 2")


def of(world, text, base=CODE, **more):
    """The file after the answer, and the rung that served."""
    changes = world.parse(text, {"f.py": base}, **more)
    (change,) = changes.changes
    tree = world.trees.write_tree(changes.base_tree, changes)
    blob = world.trees.read(tree, "f.py")
    assert blob is not None
    return blob.data, change.rung


def fenced(diff, language="diff"):
    return f"Here you are:\n\n```{language}\n{diff}```\n\n- done\n"


@pytest.mark.parametrize(
    ("text", "rung"),
    [
        (HEAD + "@@ -9,5 +9,5 @@\n" + BODY, Rung.STRICT),
        (HEAD + "@@ -2,5 +2,5 @@\n" + BODY, Rung.STRICT),
        (HEAD + "@@ -9,5 +9,5 @@\n" + BODY + "\nThat is all:\n\n- one\n", Rung.STRICT),
        (HEAD + "@@ -9,4 +9,5 @@\n" + BODY, Rung.RECOUNT),
        (HEAD + "@@ -9,6 +9,5 @@\n" + BODY, Rung.RECOUNT),
        (HEAD + "@@ ... @@\n" + BODY, Rung.RECOUNT),
        (fenced(HEAD + "@@ -9,50 +9,3 @@\n" + BODY), Rung.RECOUNT),
        (fenced(HEAD + "@@ -9,4 +9,4 @@\n" + "".join(BODY.splitlines(keepends=True)[:5])), Rung.STRICT),
        (fenced(HEAD + "@@ -9,4 +9,4 @@\n" + "".join(BODY.splitlines(keepends=True)[:4])), Rung.RECOUNT),
        (fenced(HEAD + "@@ -9,5 +9,5 @@\n" + BODY) + "\n```bash\npytest\n```\n", Rung.STRICT),
        ("--- f.py\n+++ f.py\n@@ -9,5 +9,5 @@\n" + BODY, Rung.STRICT),
        ("--- a/f.py\n+++ f.py\n@@ -9,5 +9,5 @@\n" + BODY, Rung.STRICT),
        ("+++ b/f.py\n@@ -9,5 +9,5 @@\n" + BODY, Rung.STRICT),
        ("diff --git a/f.py b/f.py\n--- a/f.py\n@@ -9,5 +9,5 @@\n" + BODY, Rung.STRICT),
        (HEAD + "@@ -9,5 +9,5 @@\n" + BODY.replace("\n ", "\n").replace(" def", "def"), Rung.RECOUNT),
        (HEAD + ("@@ -9,5 +9,5 @@\n" + BODY) * 2, Rung.RECOUNT),
        ((HEAD + "@@ -9,5 +9,5 @@\n" + BODY) * 2, Rung.STRICT),
        (HEAD + "@@ -9,5 +9,5 @@\n" + BODY.replace("    ", "\t"), Rung.WHITESPACE),
        (HEAD + "@@ -9,5 +9,5 @@\n" + BODY.replace("1\n", "1  \n").replace(":\n", ": \n"), Rung.WHITESPACE),
        (HEAD + "@@ -9,5 +9,5 @@\n" + BODY.replace("def second", "def  second"), Rung.WHITESPACE),
        (HEAD + "@@ -9,5 +9,5 @@\n ...\n" + BODY.split("\n", 1)[1], Rung.FUZZY),
        (fenced(HEAD + "@@ -4,9 +4,9 @@\n def first(value):\n ...\n" + BODY), Rung.FUZZY),
    ],
)
def test_a_spoilt_diff_gives_the_tree_that_is_meant(world, text, rung):
    assert of(world, text) == (WANT, rung)


def test_hunks_out_of_order_and_a_file_in_parts(world):
    third = (
        "@@ -18,3 +18,3 @@\n     for each in values:\n-        result += each\n+        result -= each\n"
        "     return result\n"
    )
    want = WANT.replace(b"+= each", b"-= each")
    both = HEAD + third + "@@ -9,5 +9,5 @@\n" + BODY
    assert of(world, both) == (want, Rung.RECOUNT)
    assert of(world, HEAD + "@@ -9,5 +9,5 @@\n" + BODY + HEAD + third) == (want, Rung.STRICT)
    apart = "".join(f"```diff\n{HEAD}{hunk}```\n" for hunk in (third, "@@ -9,5 +9,5 @@\n" + BODY))
    assert of(world, apart)[0] == want


def test_a_misquoted_line_is_forgiven_where_no_other_place_is_like(world):
    hunk = (
        '@@ -15,6 +15,6 @@\n def third(values):\n     """Sums what it is givn."""\n-    result = 0\n+    result = 1\n'
        "     for each in values:\n         result += each\n     return result\n"
    )
    assert of(world, HEAD + hunk) == (CODE.replace(b"result = 0", b"result = 1"), Rung.FUZZY)
    for wrong in (hunk.replace("givn", "asked"), hunk.replace("-    result = 0", "-    reslt = 0")):
        assert "line" in world.refusals(HEAD + wrong, {"f.py": CODE})[0].message


NEAR = "@@ -9,5 +9,5 @@\n"
INDENTED = "@@ -4,3 +4,4 @@\n   def first(value):\n       total = value + 1\n+    total += 1\n       return total\n"
AMONG = "@@ -9,2 +9,4 @@\n def second(value):\n+    a = 1\n ...\n+    b = 2\n     total = value - 1\n"
BLANKS = "@@ -10,1 +10,1 @@\n-  total = value - 1\n+    total = value - 1\n     return total\n"
TWICE = b"".join(b"def f%d():\n    a = 1\n    b = 2\n    return a\n\n\n# %d\n" % (n, n) for n in (1, 2))
INNER = "     a = 1\n-    b = 2\n+    b = 3\n     return a\n"


@pytest.mark.parametrize(
    ("base", "text", "code", "says"),
    [
        (TWICE, HEAD + "@@ -6,3 +6,3 @@\n" + INNER, "AP205", "more than one place (lines 2, 9)"),
        (TWICE, HEAD + "@@ @@\n" + INNER, "AP205", "more than one place"),
        (CODE, HEAD + NEAR + "\n".join(BODY.split("\n")[:-2]) + "\n", "AP202", "cut off"),
        (CODE, HEAD + NEAR + "\n".join(BODY.split("\n")[:3]) + "\n", "AP202", "cut off"),
        (CODE, "```diff\n" + HEAD + NEAR + BODY, "AP202", "not closed"),
        (CODE, HEAD + "@@ -19,2 +19,3 @@\n         result += each\n     return result\n+# the e", "AP202", "cut off"),
        (
            CODE,
            HEAD + "@@ -19,2 +19,4 @@\n         result += each\n     return result\n+# the end\n",
            "AP202",
            "cut off",
        ),
        (CODE, HEAD + NEAR + BODY.replace("second", "missing"), "AP205", "line 9 is 'def second(value):'"),
        (CODE, HEAD + NEAR + BODY.replace("value - 1", "value - 3"), "AP205", "line 10 is"),
        (CODE, HEAD + AMONG, "AP205", "added ones"),
        (CODE, HEAD + "@@ -9,3 +9,3 @@\n def second(value):\n-...\n+    return 0\n \n", "AP205", "line 10 is"),
        (CODE, HEAD + INDENTED, "AP205", "white space"),
        (CODE, HEAD + BLANKS, "AP205", "white space"),
        (CODE, "```diff\n" + HEAD + "@@ -1 +1 @@\n```\nand\n```python\nx = 1\n```\n", "AP201", "2 code blocks"),
        (CODE, HEAD + NEAR + BODY + "\n```diff\n" + HEAD + NEAR + BODY + "```\n", "AP201", "outside"),
    ],
)
def test_what_cannot_be_certain_is_refused_with_what_the_file_says(world, base, text, code, says):
    finding = world.refusals(text, {"f.py": base})[0]
    assert finding.code == code
    assert says in finding.message


def test_a_refusal_names_the_hunk_shows_the_file_and_says_how_to_answer(world):
    text = (
        HEAD
        + "@@ -1,3 +1,3 @@\n import os\n \n \n@@ -90,5 +90,5 @@\n"
        + BODY.replace("second(value)", "second(valves)")
    )
    message = world.refusals(text, {"f.py": CODE})[0].message
    assert "'f.py', hunk 2 (@@ -90,5)" in message
    assert "     9 | def second(value):" in message
    assert "Copy the unchanged and removed lines exactly" in message


def test_a_line_number_among_equal_places_counts_while_all_numbers_hold(world):
    hunk = "@@ -9,3 +9,3 @@\n" + INNER
    want = TWICE[:60] + TWICE[60:].replace(b"b = 2", b"b = 3")
    assert of(world, HEAD + hunk, TWICE) == (want, Rung.STRICT)
    shifted = "@@ -30,1 +30,2 @@\n # 2\n+# 3\n"
    assert "more than one place" in world.refusals(HEAD + hunk + shifted, {"f.py": TWICE})[0].message


def test_a_removed_item_of_a_list_is_no_unchanged_one(world):
    base = b"a\n- one\n- two\nb\n"
    lost = HEAD + "@@ -1,4 +1,5 @@\na\n- one\n+- more\n- two\nb\n"
    assert of(world, lost, base) == (b"a\n- one\n- more\n- two\nb\n", Rung.RECOUNT)
    miscounted = lost.replace("-1,4 +1,5", "-1,3 +1,4")
    assert world.refusals(miscounted, {"f.py": base})[0].code == "AP205"


def test_a_new_file_whose_lines_lost_their_sign(world):
    text = "--- /dev/null\n+++ b/n.py\n@@ -0,0 +1,{} @@\nimport os\n\nx = 1\n"
    assert world.after(text.format(3), {"f.py": CODE}) == {"n.py": b"import os\n\nx = 1\n"}
    assert world.refusals(text.format(4), {"f.py": CODE})[0].code == "AP205"
    whole = "--- /dev/null\n+++ b/n.py\n@@ -0,0 +1,{} @@\n+import os\n+x = 1\n"
    assert world.refusals(whole.format(3), {"f.py": CODE})[0].code == "AP202"
    assert world.refusals(fenced(whole.format(3)), {"f.py": CODE})[0].code == "AP202"
    assert world.after(whole.format(1), {"f.py": CODE}) == {"n.py": b"import os\nx = 1\n"}


def test_an_answer_to_an_older_version_is_carried_over_or_refused(world):
    old = CODE.replace(b"import os\n", b"import os\nimport sys\n").replace(b"result = 0", b"result = 10")
    world.trees.write_blob(old)
    shown = {"f.py": blob_id(old)}
    operation = {"op": "replace", "old": "value - 1", "content": "value - 2"}
    whole = {"files": [{"path": "f.py", "action": "modify", "content": old.replace(b"- 1", b"- 2").decode()}]}
    for answer in (
        HEAD + "@@ -10,5 +10,5 @@\n" + BODY,
        {"files": [{"path": "f.py", "operations": [operation]}]},
        whole,
    ):
        changes = world.parse(answer, {"f.py": CODE}, shown=shown)
        assert [(c.after, c.rung) for c in changes.changes] == [(WANT, Rung.THREE_WAY)]
    clash = (
        HEAD
        + '@@ -17,3 +17,3 @@\n     """Sums what it is given."""\n'
        + "-    result = 10\n+    result = 11\n     for each in values:\n"
    )
    finding = world.refusals(clash, {"f.py": CODE}, shown=shown)[0]
    assert (finding.code, "no longer the version" in finding.message) == ("AP204", True)
    assert world.refusals(whole, {"f.py": CODE}, shown={"f.py": ""})[0].code == "AP204"


WORDS = ("alpha", "beta", "gamma", "delta()", "", "    indented", "\ttab", "- item", "+ plus", "é", "x = 1  ")
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14)


def spoilt(draw, patch: str) -> str:
    """A git diff with any of its hunk headers, signs, line ends and lines disturbed."""
    lines = patch.split("\n")
    made = []
    for line in lines:
        turn = draw(st.integers(0, 14))
        if line.startswith("@@") and turn < 6:
            line = draw(st.sampled_from(["@@ ... @@", "@@ -1,3 +1,3 @@", "@@ -2,9 +2,9 @@", "@@"]))
        elif line.startswith(" ") and turn < 2:
            line = line[1:]
        elif line.startswith((" ", "-")) and turn < 3:
            line += "  "
        elif line.startswith(" ") and turn == 3:
            line = " ..."
        elif turn == 4 and line.startswith((" ", "+", "-")):
            continue
        made.append(line)
    return "\n".join(made[: draw(st.integers(max(1, len(made) - 4), len(made)))])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words, words, st.sampled_from(["\n", "\r\n"]), st.data())
def test_whatever_is_applied_adds_and_keeps_only_what_the_answer_and_the_file_say(world, old, new, end, data):
    """However a diff is spoilt: a line of the result is the file's own or an added one, in the file's line ends, and what
    is gone from the file is something the answer removes."""
    before, after = ((end.join(["first", *each, "last"]) + end).encode() for each in (old, new))
    if before == after:
        return
    text = spoilt(data.draw, world.git_diff({"f.txt": before}, {"f.txt": after}).replace("\r", ""))
    try:
        got = world.after(text, {"f.txt": before})["f.txt"]
    except AnswerRefused:
        return
    assert got is not None
    added = {line[1:].strip().encode() for line in text.split("\n") if line.startswith("+")}
    removed = {line[1:].strip().encode() for line in text.split("\n") if line.startswith("-")}
    ends = end.encode()
    assert got.endswith(ends)
    assert end == "\n" or b"\n" not in got.replace(ends, b"")
    had, has = before.split(ends), got.split(ends)
    assert {line.strip() for line in has} <= {line.strip() for line in had} | added
    assert {line.strip() for line in had} <= {line.strip() for line in has} | removed


def test_a_reading_with_tolerance_is_told(world):
    diff = HEAD + "@@ -9,4 +9,5 @@\n" + BODY
    (note,) = repairs(world.parse(diff, {"f.py": CODE}))
    assert (note.code, note.path, note.blocking) == ("AP208", "f.py", False)
    assert "recount" in note.message
    assert repairs(world.parse(diff.replace("-9,4", "-9,5"), {"f.py": CODE})) == ()


DOCUMENT = b"One\n\n```json\n{}\n```\n\nTwo\n"
BARE = "diff --git a/f.md b/f.md\n--- a/f.md\n+++ b/f.md\n@@ -1,7 +1,7 @@\n One\n\n```json\n{}\n```\n\n-Two\n+Three\n"


def test_fences_in_the_hunks_of_a_bare_diff_are_lines_of_the_file(world):
    assert world.after(BARE, {"f.md": DOCUMENT})["f.md"] == DOCUMENT.replace(b"Two", b"Three")
    half = BARE[: BARE.index("@@")] + "@@ -1,4 +1,4 @@\n-One\n+Uno\n\n```json\n{}\n"
    assert world.after(half, {"f.md": DOCUMENT})["f.md"] == DOCUMENT.replace(b"One", b"Uno")


@pytest.mark.parametrize("behind", ["```python\nmore = 1\n", "```python\nmore = 1\n```\n"])
def test_a_block_of_code_behind_a_bare_diff_is_not_left_out_in_silence(world, behind):
    assert world.refusals(BARE + behind, {"f.md": DOCUMENT})
