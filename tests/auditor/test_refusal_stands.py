"""A verdict that can be read as a refusal stands, whatever is wrong with the issues it lists."""

from __future__ import annotations

import json

import pytest

from autopack.auditor import parse_audit


@pytest.mark.parametrize("issues", [[{"severity": "major"}], "none", [3]])
def test_a_readable_no_is_a_no(issues: object) -> None:
    report = parse_audit(json.dumps({"approved": False, "issues": issues}))
    assert report.available
    assert not report.approved
    assert "did not approve" in report.detail


@pytest.mark.parametrize("issues", [[{"severity": "major"}], "none", [3]])
def test_an_unreadable_yes_is_no_verdict(issues: object) -> None:
    report = parse_audit(json.dumps({"approved": True, "issues": issues}))
    assert not report.available
    assert not report.approved
