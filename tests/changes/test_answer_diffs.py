from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autopack.errors import AnswerRefused

TEN = "".join(f"line {n}\n" for n in range(1, 11)).encode()


def per_file(diff, path="f.txt", **more):
    return {"files": [{"path": path, "action": "modify", "diff": diff} | more]}


def header(path="f.txt"):
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n"


@pytest.mark.parametrize(
    ("base", "diff", "want"),
    [
        (b"a\r\nb\r\nc\r\n", "@@ -1,3 +1,4 @@\n a\n-b\n+B\n+B2\n c\n", b"a\r\nB\r\nB2\r\nc\r\n"),
        (b"a\nb\nc\n", "@@ -1,3 +1,3 @@\r\n a\r\n-b\r\n+B\r\n c\r\n", b"a\nB\nc\n"),
        (b"\xef\xbb\xbfa\nb\n", "@@ -1,2 +1,2 @@\n-a\n+A\n b\n", b"\xef\xbb\xbfA\nb\n"),
        (b"a\nb", "@@ -1,2 +1,3 @@\n a\n b\n+c\n", b"a\nb\nc"),
        (b"a\nb", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n", b"a\nb\n"),
        (b"a\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n", b"a\nb"),
        (b"a\n\nb\n", "@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n", b"a\n\nc\n"),
        (b"a\r\nb\nc\r\nd\n", "@@ -1,4 +1,4 @@\n a\n b\n-c\n+C\n d\n", b"a\r\nb\nC\r\nd\n"),
        (TEN, "@@ -1,3 +1,3 @@\n line 5\n-line 6\n+six\n line 7\n", TEN.replace(b"line 6", b"six")),
        (b"", "@@ -0,0 +1,2 @@\n+a\n+b\n", b"a\nb\n"),
        (b"a", "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\r\n+b\r\n", b"a\r\nb\r\n"),
    ],
    ids=[
        "crlf",
        "lf-file-crlf-answer",
        "bom",
        "final-newline-kept",
        "newline-added",
        "newline-removed",
        "stripped-blank",
        "mixed",
        "unique-offset",
        "empty",
        "no-end-of-its-own",
    ],
)
def test_hunks_land_where_they_must_and_in_the_files_own_bytes(world, base, diff, want):
    assert world.after(per_file(diff), {"f.txt": base})["f.txt"] == want
    if base:
        assert world.after(header() + diff, {"f.txt": base})["f.txt"] == want


TWICE = b"def f():\n    return 1\n\n\ndef g():\n    return 1\n"


@pytest.mark.parametrize(
    ("base", "diff", "code", "says"),
    [
        (TWICE, "@@ -20,1 +20,1 @@\n-    return 1\n+    return 2\n", "AP205", "lines 2, 6"),
        (TEN, "@@ -4,3 +4,3 @@\n line 4\n-line V\n+five\n line 6\n", "AP205", "line 5 is 'line 5', not 'line V'"),
        (TEN, "@@ -5,2 +5,2 @@\n line 5\n-line 6\n+six\n", "AP205", "no unchanged line at its end"),
        (TEN, "@@ -5,0 +6,1 @@\n+new\n", "AP205", "no unchanged line at its end"),
        (TEN, "@@ -9,3 +9,3 @@\n line 9\n-line 10\n+ten\n line 11\n", "AP205", "the file has 10"),
        (TEN, "@@ -6,2 +6,2 @@\n-line 6\n+six\n line 7\n@@ -7,2 +7,2 @@\n-line 7\n+7\n line 8\n", "AP205", "covers"),
        (TEN, "@@ -1,9 +1,9 @@\n line 1\n-line 2\n+two\n", "AP202", "cut off"),
        (TEN, "@@ -1,2 +1,2 @@\n line 1\n-line 2\n+two\n+three\n", "AP205", "no unchanged line"),
        (TEN, "@@ -1,3 +1,3 @@\n line 1\n-line 2\n", "AP202", "cut off"),
        (TEN, "@@@ -1,1 -1,1 +1,1 @@@\n  line 1\n", "AP201", "of a merge"),
        (TEN, "@@ -1 +1 @@\n", "AP202", "has no lines"),
        (TEN, "@@ -1 +1 @@\n-line 1\n+one\nThat is all.\n", "AP205", "no unchanged line"),
        (TEN, "just text\n", "AP201", "neither a header nor a hunk"),
        (TEN, "", "AP201", "no hunk"),
        (TEN, "--- a/other.txt\n+++ b/other.txt\n@@ -1 +1 @@\n-line 1\n+one\n", "AP201", "the header names"),
    ],
)
def test_hunks_that_could_land_elsewhere_are_refused(world, base, diff, code, says):
    finding = world.refusals(per_file(diff), {"f.txt": base})[0]
    assert finding.code == code
    assert says in finding.message


A = b'GREETING = "hello"\n\n\ndef greet(name):\n    return name\n'
FIRST = '@@ -1,4 +1,4 @@\n-GREETING = "hello"\n+GREETING = "hi"\n \n \n def greet(name):\n'


@pytest.mark.parametrize(
    ("patch", "code", "says"),
    [
        ("diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/.vscode/s.json\n" + FIRST, "AP201", "disagree"),
        ("--- a/a.py\n+++ b/.vscode/s.json\n" + FIRST, "AP201", "without a rename header"),
        ("diff --git a/a.py b/a.py\nsimilarity index 100%\nrename from a.py\nrename to b.py\n", "AP201", "disagree"),
        (
            'diff --git a/a.py "b/\\056envrc"\nsimilarity index 100%\ncopy from a.py\ncopy to "\\056envrc"\n',
            "AP201",
            "escape",
        ),
        ("diff --git a/a.py b/c.py\nsimilarity index 100%\ncopy from a.py\ncopy to c.py\n", "AP201", "copies"),
        (
            "diff --git a/k b/k\nnew file mode 120000\n--- /dev/null\n+++ b/k\n@@ -0,0 +1 @@\n+/etc/passwd\n",
            "AP307",
            "120000",
        ),
        (
            "diff --git a/k b/k\nnew file mode 160000\n--- /dev/null\n+++ b/k\n@@ -0,0 +1 @@\n+Subproject\n",
            "AP307",
            "160000",
        ),
        (
            "diff --git a/e.so b/e.so\nnew file mode 100644\nindex 0000000..a2b1602\nGIT binary patch\nliteral 8\n",
            "AP307",
            "binary",
        ),
        (
            "diff --git a/../e b/../e\nnew file mode 100644\n--- /dev/null\n+++ b/../e\n@@ -0,0 +1 @@\n+x\n",
            "AP302",
            "..",
        ),
        ("--- /dev/null\n+++ b/C:/evil.txt\n@@ -0,0 +1 @@\n+x\n", "AP302", "colon"),
        ("--- /dev/null\n+++ b/.g\u200cit/config\n@@ -0,0 +1 @@\n+x\n", "AP301", "git"),
        ("--- /dev/null\n+++ b/a.py\n@@ -0,0 +1 @@\n+x\n", "AP204", "exists already"),
        ("--- a/none.py\n+++ b/none.py\n@@ -1 +1 @@\n-x\n+y\n", "AP204", "does not exist"),
        ('--- a/a.py\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-GREETING = "hello"\n', "AP205", "no unchanged line"),
        ("diff --git a/a.py b/a.py\ndeleted file mode 100644\n", "AP205", "without its lines"),
        (
            "--- a/a.py\n+++ b/a.py\n" + FIRST + "--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-NOT THERE\n+X\n",
            "AP205",
            "does not fit",
        ),
        ("--- a/a.py\n+++ b/a.py\n" + FIRST + "+tail\n", "AP205", "no unchanged line"),
        ("--- a/a.py\n+++ b/a.py\n" + FIRST + "diff --gi", "AP202", "cut off"),
        ("--- a/a.py\n+++ b/a.py\n" + FIRST + "--- a/a.py\n+++ /dev/null\n" + FIRST, "AP201", "2 times"),
        ("--- a/a.py\n+++ /dev/null\n--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-x\n", "AP201", "no file at all"),
        ("--- /dev/null\n@@ -0,0 +1 @@\n+x\n", "AP201", "one side only"),
        ("diff --git a/n b/n\nnew file mode 100644\nindex 0000000..1234567\n", "AP202", "cut off"),
        ("diff --git a/n b/n\nnew file mode 100644\n", "AP202", "cut off"),
        ("diff --git a/a.py b/c.py\nsimilarity index 90%\nrename from a.py\nrename to c.py\n", "AP202", "cut off"),
        ("diff --git a/a.py b/a.py\nindex 1..2\n--- a/a.py\n", "AP201", "must come"),
    ],
)
def test_headers_mean_one_thing_or_nothing(world, patch, code, says):
    findings = world.refusals(patch, {"a.py": A, "b.py": b"b = 1\n"})
    assert findings[0].code == code
    assert says in findings[0].message


def test_quoted_diff_inside_a_new_file_is_content(world):
    text = "To see it:\n\n    diff --git a/.git/config b/.git/config\n    --- a/.git/config\n--- a/x\n+++ b/x\n"
    patch = "--- /dev/null\n+++ b/doc.md\n@@ -0,0 +1,6 @@\n" + "".join("+" + each + "\n" for each in text.splitlines())
    assert world.after(patch, {"a.py": A}) == {"doc.md": text.encode()}


def test_a_created_file_has_the_bytes_of_its_diff(world):
    for new in (b"a\r\nb\r\n", b"a\r\nb\n", b"a\nb", b"\xef\xbb\xbfa\r\n", b"a\r\nb\r"):
        patch = world.git_diff({"a.py": A}, {"a.py": A, "n.txt": new})
        assert world.after(patch, {"a.py": A}) == {"n.txt": new}
        crlf_transport = patch.replace("\r\n", "\n").replace("\n", "\r\n")
        assert b"\r" not in world.after(crlf_transport, {"a.py": A})["n.txt"]


def test_git_places_the_hunk_where_we_do_or_the_answer_is_refused(world):
    """The new-side line number tempts git to a later twin; our own rendering must not let it."""
    base = b"start\n" + b"twin\nold\nafter\n" * 3
    diff = "@@ -2,3 +8,3 @@\n twin\n-old\n+new\n after\n"
    assert (
        world.after(per_file(diff), {"f.txt": base})["f.txt"]
        == b"start\ntwin\nnew\nafter\n" + b"twin\nold\nafter\n" * 2
    )


lines = st.lists(
    st.sampled_from(["a", "b", "", "  c", "-- d", "+e", "@@ -1 +1 @@", "diff --git a/x b/x", "é"]), max_size=16
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines, lines, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans(), st.sampled_from(["-U3", "-U1", "-U20"])
)
def test_any_diff_git_makes_gives_the_second_version(world, old, new, end, old_final, new_final, context):
    before = (end.join(["first", *old]) + (end if old_final else "")).encode()
    after = (end.join(["first", *new]) + (end if new_final else "")).encode()
    if before == after:
        return
    patch = world.git_diff({"f.txt": before}, {"f.txt": after}, context)
    try:
        got = world.after(patch, {"f.txt": before})["f.txt"]
    except AnswerRefused as refused:
        assert context == "-U1", refused.findings[0].message
        assert refused.findings[0].code == "AP205"
    else:
        assert got == after


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(
            st.sampled_from(
                [
                    "{",
                    "}",
                    "[",
                    "]",
                    '"files"',
                    ":",
                    ",",
                    '"path"',
                    '"a.py"',
                    '"content"',
                    "\\",
                    "```",
                    "\n",
                    "diff --git a/a.py b/a.py",
                    "--- a/a.py",
                    "+++ b/a.py",
                    "@@ -1 +1 @@",
                    "-x = 1",
                    "+x = 2",
                    "new file mode 100644",
                    " ",
                    "rename to ",
                    '"\\777"',
                    "1e999",
                ]
            ),
            max_size=30,
        ).map("".join),
        st.lists(
            st.sampled_from(
                [
                    "diff --git a/a.py b/a.py",
                    "--- a/a.py",
                    "+++ b/a.py",
                    "--- /dev/null",
                    "+++ /dev/null",
                    "@@ -1 +1 @@",
                    "@@ -1,2 +1 @@",
                    "-x = 1",
                    "+x = 2",
                    " x = 1",
                    "\\ No newline at end of file",
                    "",
                    "new file mode 100755",
                    "-- ",
                    "rename from a.py",
                ]
            ),
            max_size=12,
        ).map("\n".join),
    )
)
def test_parsing_is_total(world, text):
    try:
        changes = world.parse(text, {"a.py": b"x = 1\n"})
    except AnswerRefused as refused:
        assert all(finding.code.startswith(("AP2", "AP3")) and finding.message for finding in refused.findings)
    else:
        assert changes.changes
