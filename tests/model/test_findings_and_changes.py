"""Fingerprints, digests and the words of findings: what the journal compares by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.changes import EXECUTABLE, REGULAR, ChangeKind, ChangeSet, FileChange, blob_id
from autopack.model.completion import Usage
from autopack.model.evidence import CheckResult
from autopack.model.findings import Range, Severity
from autopack.model.rules import RULES, finding, rule

CHANGE = FileChange("b.py", ChangeKind.RENAMED, b"1\n", b"2\n", REGULAR, REGULAR, "a.py")


def digest(*changes: FileChange) -> str:
    return ChangeSet("tree", changes).digest


def test_a_blob_id_is_gits() -> None:
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert (CHANGE.old_id, CHANGE.new_id) == (blob_id(b"1\n"), blob_id(b"2\n"))


@pytest.mark.parametrize("other", [
    replace(CHANGE, path="c.py"), replace(CHANGE, kind=ChangeKind.MODIFIED), replace(CHANGE, before=b""),
    replace(CHANGE, after=b""), replace(CHANGE, after=None), replace(CHANGE, mode_after=EXECUTABLE),
    replace(CHANGE, old_path="z.py"),
])  # fmt: skip
def test_a_digest_tells_any_two_changes_apart(other: FileChange) -> None:
    assert digest(CHANGE) != digest(other) != digest()


def test_a_digest_does_not_see_order_or_summary() -> None:
    other = replace(CHANGE, path="c.py", old_path=None)
    assert digest(CHANGE, other) == digest(other, CHANGE)
    assert ChangeSet("t", (CHANGE,), "one").digest == ChangeSet("t", (CHANGE,), "two").digest


def test_paths_of_a_change_hold_rename_sources() -> None:
    assert ChangeSet("t", (CHANGE,)).paths == ("a.py", "b.py")


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=4), st.binary(max_size=4)), max_size=4, unique_by=lambda p: p[0])
)
@settings(max_examples=50)
def test_equal_changes_have_equal_digests_and_no_others(files: list[tuple[str, bytes]]) -> None:
    made = [FileChange(p, ChangeKind.CREATED, None, data, None, REGULAR) for p, data in files]
    again = [FileChange(p, ChangeKind.CREATED, None, data + b"x", None, REGULAR) for p, data in files]
    assert digest(*made) == digest(*reversed(made))
    assert (digest(*made) == digest(*again)) == (not files)


def test_a_fingerprint_follows_place_and_words_not_the_attempt() -> None:
    found = finding("AP401", "fails", path="a.py", range=Range.of_line(3))
    one, two = (found.placed(run="r", phase="p", attempt=n) for n in (1, 2))
    assert one.fingerprint == two.fingerprint != found.placed(run="r", phase="q", attempt=1).fingerprint
    assert replace(one, message="other", fingerprint="").fingerprint != one.fingerprint


def test_where_a_finding_is() -> None:
    assert finding("AP401", "x").where() == ""
    assert finding("AP401", "x", path="a.py").where() == "a.py"
    assert finding("AP401", "x", path="a.py", range=Range.of_line(3, 5)).where() == "a.py:3:1"
    assert Range.of_lines(2, 4).end.line == 5


def test_an_error_blocks_unless_said_otherwise() -> None:
    assert finding("AP401", "x").blocking and not finding("AP401", "x", blocking=False).blocking
    assert not finding("AP401", "x", severity=Severity.WARNING).blocking


def test_a_code_nobody_registered_is_a_defect() -> None:
    with pytest.raises(KeyError):
        finding("AP999", "x")
    assert all(rule(code).code == code and rule(code).name for code in RULES)


def test_a_check_is_newly_red_only_where_it_was_green() -> None:
    assert CheckResult(("x",), 0, 1).newly_red and CheckResult(("x",), 0, None).newly_red
    assert not CheckResult(("x",), 1, 1).newly_red and not CheckResult(("x",), 0, 0).newly_red


def test_usage_that_nobody_reported_counts_nothing() -> None:
    assert Usage().total == 0 and Usage(3, None).total == 3 and Usage(3, 4, 5, 6).total == 7
