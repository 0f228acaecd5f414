"""A pending request as findings: each rule by its own reason."""

from __future__ import annotations

from autopack_server.lsp.contract import RequestSnapshot
from autopack_server.lsp.findings.feature import _asking

REASONS = [
    "AP305 'a.py' is rewritten.",
    "AP303 the change deletes 300 lines net.",
    "AP305 'b.py' shrinks.",
    "risk 40 of 100",
]


def request(codes: list[str], paths: list[str]) -> RequestSnapshot:
    return RequestSnapshot("r", "p", 1, "accept", codes, REASONS, paths, "d", [], 0.0)


def test_each_rule_is_told_by_its_own_first_reason() -> None:
    found = _asking("run", request(["AP303", "AP305"], ["a.py", "b.py"]))
    assert [(f.code, f.message, f.path) for f in found] == [
        ("AP303", "the change deletes 300 lines net.", ""),
        ("AP305", "'a.py' is rewritten.", ""),
    ]


def test_one_rule_is_told_at_each_path() -> None:
    assert [f.path for f in _asking("run", request(["AP305"], ["a.py", "b.py"]))] == ["a.py", "b.py"]
    assert _asking("run", None) == ()


def test_a_wider_scope_is_asked_for_at_the_phase() -> None:
    reasons = ["AP314 The phase asks for 2 files beyond its scope: risk high.", "risk high of 'a.py': protected"]
    asked = RequestSnapshot("r", "p", 1, "widen", ["AP314"], reasons, ["a.py", "b.py"], "d", [], 0.0)
    (found,) = _asking("run", asked)
    assert (found.code, found.path, found.message) == ("AP314", "", reasons[0].removeprefix("AP314 "))
