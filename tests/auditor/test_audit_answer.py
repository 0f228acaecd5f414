"""Reading an auditor: tolerant of how the verdict is wrapped, never of what it says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.auditor import AUDIT_SCHEMA, parse_audit
from autopack.auditor.answer import split_location

YES = '{"approved": true, "issues": []}'
ISSUE = {"severity": "major", "category": "tests", "description": "d", "location": "src/a.py:3", "suggestion": "s"}


@pytest.mark.parametrize(
    "text",
    [
        YES,
        f"  {YES}\n",
        f"```json\n{YES}\n```",
        f"I looked at it.\n\n```\n{YES}\n```\nDone.",
        f"My verdict: {YES} - well done {{really}}",
        f"{YES}\n{YES}",
        '{"approved": true}',
        '{"note": "a set {1, 2}", "approved": true, "issues": null}',
    ],
)
def test_a_verdict_is_found_however_it_is_wrapped(text):
    report = parse_audit(text, model="m")
    assert report.available and report.approved and report.model == "m"


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "approved", "true", "[]", "null", '"approved"', '{"issues": []}', '{"approved": "true"}',
        '{"approved": 1}', '{"approved": true, "approved": false}', '{"approved": false, "approved": true}',
        f'{YES}\n{{"approved": false, "issues": []}}',
        f'The patch says:\n```json\n{YES}\n```\nBut I say {{"approved": false}}',
        f'{YES} {{"approved": fal', f'{{"approved": false, broken, "x": {YES}}}',
        '{"approved": true, "issues": {}}', '{"approved": true, "issues": ["bad"]}',
        '{"approved": true, "issues": [{"severity": "minor"}]}', '{"approved": true, "issues": [{"description": 3}]}',
        '{"approved": true, "issues": [' + ",".join([json.dumps(ISSUE)] * 101) + "]}",
        "{" * 100_000, '{"a":' * 100_000, '{"approved": true' + " " * 2_000_000 + "}",
    ],
)  # fmt: skip
def test_what_cannot_be_read_beyond_doubt_is_no_audit(text):
    report = parse_audit(text)
    assert not report.available and not report.approved and report.detail


@pytest.mark.parametrize("reason", ["max_tokens", "refusal"])
def test_a_cut_or_declined_answer_is_no_audit(reason):
    assert not parse_audit(YES, stop_reason=reason).available


def test_a_major_issue_is_never_approved_and_an_unknown_severity_is_major():
    for severity in ("major", "MAJOR", "critical", "", "??"):
        report = parse_audit(json.dumps({"approved": True, "issues": [ISSUE | {"severity": severity}]}))
        assert report.available and not report.approved and report.issues[0].severity == "major"
    report = parse_audit(json.dumps({"approved": True, "issues": [ISSUE | {"severity": "Minor"}]}))
    assert report.approved and report.issues[0].severity == "minor"
    assert not parse_audit('{"approved": false, "issues": []}').approved


def test_issue_texts_are_stripped_and_capped():
    report = parse_audit(json.dumps({"approved": True, "issues": [ISSUE | {"description": "a\u202eb" + "x" * 9000}]}))
    assert report.issues[0].description.startswith("abxxx") and len(report.issues[0].description) == 2000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("src/a.py:12", ("src/a.py", 12, 12)), ("src/a.py:12-14", ("src/a.py", 12, 14)),
        ("src/a.py:12:7", ("src/a.py", 12, 12)), ("./src/a.py", ("src/a.py", 0, 0)),
        ("`src/a.py:3`", ("src/a.py", 3, 3)), ("src/a.py:L5-L9", ("src/a.py", 5, 9)),
        ("src/a.py:9-5", ("src/a.py", 9, 9)), ("src/a.py:3:1-5:2", ("src/a.py", 3, 5)),
        ("src/a.py: lines 4 - 9", ("src/a.py", 4, 9)), ("C:/x.py:3", ("C:/x.py", 3, 3)),
        ("C:\\w\\x.py:3-4", ("C:\\w\\x.py", 3, 4)), ("C:\\w\\x.py", ("C:\\w\\x.py", 0, 0)),
        ("https://h.example/r/a.py:7", ("https://h.example/r/a.py", 7, 7)), ("src/a b.py: line 4", ("src/a b.py", 4, 4)),
        ("", ("", 0, 0)), ("my-file-2.py", ("my-file-2.py", 0, 0)), ("src/é.py:1", ("src/é.py", 1, 1)),
    ],
)  # fmt: skip
def test_locations(text, expected):
    assert split_location(text) == expected


@given(st.text(max_size=80), st.integers(1, 10**6), st.integers(1, 10**6))
@settings(max_examples=50)
def test_split_location_is_total(path, first, last):
    found, start, end = split_location(f"{path}:{first}-{last}")
    assert isinstance(found, str) and 0 <= start <= end


DIFF = "--- a/src/a.py\n+++ b/src/a.py\n@@ -1 +1 @@\n-x\n+y\n"


def patch_of(value: object) -> str:
    (issue,) = parse_audit(json.dumps({"approved": False, "issues": [ISSUE | {"patch": value}]})).issues
    return issue.patch


def test_a_patch_is_a_text_or_an_envelope_and_one_of_no_use_is_left_out():
    files = {"files": [{"path": "a.py", "action": "modify", "content": "é\n"}]}
    assert patch_of(DIFF) == DIFF and json.loads(patch_of(files)) == files
    assert [patch_of(value) for value in (None, "", " \n", "x" * 70_000, "\ud800")] == [""] * 5
    assert not parse_audit(json.dumps({"approved": True, "issues": [ISSUE | {"patch": 3}]})).available


def test_the_schema_can_be_enforced_strictly():
    item = AUDIT_SCHEMA["properties"]["issues"]["items"]
    for shape in (AUDIT_SCHEMA, item):
        assert shape["additionalProperties"] is False and set(shape["required"]) == set(shape["properties"])
