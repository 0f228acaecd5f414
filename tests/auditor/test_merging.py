"""Two audits become one: what is the same issue, what is not, and where a judge is needed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack.auditor import Merged, category_class, merge, parse_audit, parse_rulings, profiles, settled
from autopack.auditor.profiles import always, focus
from autopack.model.audit import AuditIssue, AuditReport
from autopack.settings import AuditSettings, load_settings


def issue(path: str, first: int = 0, last: int = 0, *, category: str = "correctness", severity: str = "major",
          says: str = "it breaks") -> AuditIssue:  # fmt: skip
    return AuditIssue(severity, category, says, path, first, "mend it", last or first)


def said(*issues: AuditIssue) -> AuditReport:
    return AuditReport(not any(i.major for i in issues), issues, "m")


def merged(one: AuditIssue, other: AuditIssue) -> Merged:
    return merge(said(one), said(other))


@pytest.mark.parametrize(("one", "other"), [
    (issue("a.py", 10, 12), issue("a.py", 12, 20)),
    (issue("a.py", 10), issue("a.py", 13)),
    (issue("a.py", 13), issue("a.py", 4, 10)),
    (issue("a.py", 10, category="logic bug"), issue("a.py", 11, category="Goal / acceptance criteria")),
    (issue("a.py", 10, severity="minor"), issue("a.py", 10)),
    (issue("", says="No test, at all."), issue("", says="no test at all")),
    (issue("a.py"), issue("a.py")),
    (issue("a.py", 3, says="It leaks."), issue("", says="it leaks")),
    (issue("C:\\w\\a.py", 3), issue("C:\\w\\a.py", 3)),
    (issue("https://h.example/a.py", 3), issue("https://h.example/a.py", 4)),
])  # fmt: skip
def test_the_same_issue_in_two_words_is_one(one: AuditIssue, other: AuditIssue) -> None:
    for first, second in ((one, other), (other, one)):
        (only,) = merged(first, second).issues
        assert only.severity == "major" and [role for role, _ in only.sources] == ["auditor", "second_auditor"]
        assert only.path == (one.path or other.path)


@pytest.mark.parametrize(("one", "other"), [
    (issue("a.py", 10), issue("a.py", 14)),
    (issue("a.py", 10), issue("b.py", 10)),
    (issue("a.py", 10), issue("a.py", 10, category="security")),
    (issue(""), issue("", says="it is slow")),
    (issue("a.py"), issue("a.py", 7, says="it is slow")),
    (issue("C:\\w\\a.py", 3), issue("C:\\w\\b.py", 3)),
    (issue("https://h.example/a.py", 3), issue("https://h.example/b.py", 3)),
    (issue("a.py", says="x"), issue("b.py", says="x")),
])  # fmt: skip
def test_two_issues_stay_two(one: AuditIssue, other: AuditIssue) -> None:
    assert len(merged(one, other).issues) == 2


def test_two_bugs_of_one_file_and_category_stay_two_and_each_finds_its_like() -> None:
    found = merge(said(issue("a.py", 10), issue("a.py", 12)), said(issue("a.py", 13), issue("a.py", 10, says="so too")))
    assert sorted((i.line, i.end_line, len(i.sources)) for i in found.issues) == [(10, 10, 2), (12, 13, 2)]
    assert "it breaks / so too" in [i.description for i in found.issues]


def test_the_graver_word_counts_with_what_the_other_adds() -> None:
    mild = replace(issue("a.py", 3, severity="minor", says="odd"), suggestion="look again", patch="p")
    (only,) = merged(mild, issue("a.py", 4)).issues
    assert (only.severity, only.description, only.suggestion) == ("major", "it breaks / odd", "mend it / look again")
    assert (only.line, only.end_line, only.patch) == (3, 4, "p")
    assert only.sources == (("auditor", "minor"), ("second_auditor", "major"))


def test_what_is_disputed() -> None:
    minor = issue("b.py", 1, severity="minor")
    assert merge(said(issue("a.py", 1)), said()).disputed == (0,), "one approves"
    assert merge(said(minor), said(issue("a.py", 1))).disputed == (1,)
    assert merged(issue("a.py", 1, severity="minor"), issue("a.py", 1)).disputed == (0,), "severities differ"
    assert merge(said(issue("a.py", 1)), said(issue("c.py", 9))).disputed == (), "both refuse"
    assert merge(said(minor), said()).disputed == ()
    assert merged(issue("a.py", 1), issue("a.py", 1)).disputed == ()


def test_a_refusal_without_an_issue_is_an_issue() -> None:
    found = merge(AuditReport(False, (), "m"), said())
    (only,) = found.issues
    assert only.major and found.disputed == (0,)


SOME = st.lists(st.tuples(st.sampled_from(["a.py", "b.py", ""]), st.integers(0, 9), st.booleans()), max_size=6)


@given(SOME, SOME)
def test_no_issue_is_lost_and_none_is_merged_twice(one: list[tuple[str, int, bool]], two: list[tuple[str, int, bool]]):
    first, second = (
        said(*(issue(p, n, severity="major" if major else "minor") for p, n, major in each)) for each in (one, two)
    )
    found = merge(first, second)
    assert sum(len(i.sources) for i in found.issues) == len(one) + len(two)
    assert any(i.major for i in found.issues) == any(major for _, _, major in [*one, *two])


def test_classes_of_categories() -> None:
    assert category_class("Test coverage") == category_class("tests") == "tests"
    assert category_class("SQL injection") == "security" and category_class("Code style") == "maintainability"
    assert category_class("i18n") == "i18n" and category_class("") == ""


THREE = Merged((issue("a.py", 1), issue("b.py", 1, severity="minor"), issue("c.py", 1)), (0, 2))


def ruling(number: int, word: str = "dismissed", reason: str = "line 1") -> dict[str, object]:
    return {"issue": number, "ruling": word, "reason": reason}


def ruled(*rulings: object) -> list[tuple[str, str]]:
    found = parse_rulings(json.dumps({"rulings": list(rulings)}), THREE)
    return [(i.severity, i.ruling) for i in settled(THREE, found)]


def test_what_the_judge_dismisses_stays_as_a_minor_issue() -> None:
    assert ruled(ruling(1), ruling(2, "upheld")) == [("minor", "dismissed"), ("minor", ""), ("major", "upheld")]


@pytest.mark.parametrize("rulings", [
    (), (ruling(1, reason=" "),), (ruling(1), ruling(1, "upheld")), (ruling(3),), (ruling(0),), (ruling(1, "maybe"),),
    ({"issue": True, "ruling": "dismissed", "reason": "x"},), ("dismissed",), ({"issue": 1, "ruling": "dismissed"},),
])  # fmt: skip
def test_what_the_judge_does_not_say_beyond_doubt_stands(rulings: tuple[object, ...]) -> None:
    assert ruled(*rulings) == [("major", "open"), ("minor", ""), ("major", "open")]


@pytest.mark.parametrize("text", ["", "dismiss it", '{"rulings": {}}', '{"rulings": []} {"rulings": [1]}'])
def test_an_unreadable_judge_rules_on_nothing(text: str) -> None:
    found = parse_rulings(text, THREE)
    assert not found.of and found.detail
    assert not parse_rulings(json.dumps({"rulings": [ruling(1)]}), THREE, stop_reason="max_tokens").of


def test_every_profile_has_its_text_and_every_mapped_category_a_profile() -> None:
    mapped = load_settings(None, env={}).settings.audit.profiles
    assert set(mapped.values()) | {"general"} == set(profiles()) and all(focus(name) for name in profiles())
    assert AuditSettings(profiles={"docs": "bulk_review"}).profiles == {"docs": "bulk_review"}
    for word in ("equal to everything", "the inputs the tests use", "Tests weakened"):
        assert word in always()


def test_an_answer_with_every_field_is_read() -> None:
    told = {
        "severity": "minor",
        "category": "c",
        "description": "d",
        "location": "a.py:2-4",
        "suggestion": "s",
        "patch": "p",
    }
    (found,) = parse_audit(json.dumps({"approved": True, "issues": [told]})).issues
    assert (found.line, found.end_line, found.patch) == (2, 4, "p")
