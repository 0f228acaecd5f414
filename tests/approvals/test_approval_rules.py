"""DESIGN §6 as pure functions: what a request says, which grant covers it, when a decision no longer speaks of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.approvals import covering_grant, describe, lapse_reason, make_request, widening_request
from autopack.model.approvals import ApprovalRequest, Grant, Stage
from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange, PathRequest
from autopack.model.risk import RiskLevel
from autopack.model.rules import finding
from autopack.policy import AskedPath

HOUR = 3600.0


def changes(*paths: str) -> ChangeSet:
    made = (FileChange(p, ChangeKind.CREATED, None, p.encode(), None, REGULAR) for p in sorted(paths))
    return ChangeSet("0" * 40, tuple(made))


def request(*paths: str, codes: tuple[str, ...] = ("AP301",), stage: Stage = Stage.APPLY) -> ApprovalRequest:
    findings = [finding(code, f"{code} about {paths[-1]}", path=paths[-1]) for code in codes]
    return make_request("run", "one", 2, stage, findings, changes(*paths), "base", "policy", 100.0)


ASKED = request("a.py", "b.py", "setup.py", codes=("AP306", "AP301"))


def grant(**more: Any) -> Grant:
    return replace(Grant(1, "run", "one", ASKED.codes, ASKED.paths, "earlier"), **more)


def test_a_request_names_every_path_with_the_ones_asked_about_first() -> None:
    assert ASKED.paths == ("setup.py", "a.py", "b.py")
    assert ASKED.codes == ("AP301", "AP306")
    assert ASKED.reasons == ("AP306 AP306 about setup.py", "AP301 AP301 about setup.py")
    assert (ASKED.digest, ASKED.base, ASKED.policy) == (changes("a.py", "b.py", "setup.py").digest, "base", "policy")


def test_a_finding_about_a_path_outside_the_change_adds_no_path() -> None:
    found = [finding("AP301", "elsewhere", path="other.py")]
    assert make_request("r", "p", 1, Stage.APPLY, found, changes("a.py"), "b", "p", 0.0).paths == ("a.py",)


def test_two_requests_for_one_change_differ() -> None:
    one, two = request("a.py"), request("a.py")
    assert one.id != two.id and one.nonce != two.nonce and one.digest == two.digest


def test_a_grant_that_holds_every_code_and_path_covers() -> None:
    found = grant()
    assert covering_grant([found], ASKED) is found
    assert covering_grant([grant(phase="")], ASKED) is not None


@pytest.mark.parametrize("less", [
    {"codes": ("AP301",)}, {"paths": ("setup.py", "a.py")}, {"run": "other"}, {"phase": "two"}, {"paths": ()},
])  # fmt: skip
def test_a_grant_that_lacks_anything_does_not_cover(less: dict[str, Any]) -> None:
    assert covering_grant([grant(**less)], ASKED) is None


def test_grants_never_add_up() -> None:
    halves = [grant(paths=("setup.py", "a.py")), grant(paths=("b.py", "setup.py"))]
    assert covering_grant(halves, ASKED) is None


NAMES = st.sampled_from(["a.py", "b.py", "c/d.py", "setup.py"])
CODES = st.sampled_from(["AP301", "AP302", "AP303", "AP306"])


@given(
    st.sets(NAMES, min_size=1), st.sets(CODES, min_size=1),
    st.lists(st.tuples(st.sets(NAMES), st.sets(CODES)), max_size=4),
)  # fmt: skip
@settings(max_examples=100)
def test_a_grant_is_never_wider_than_what_was_granted(
    paths: set[str], codes: set[str], granted: list[tuple[set[str], set[str]]]
) -> None:
    asked = request(*sorted(paths), codes=tuple(sorted(codes)))
    grants = [grant(id=n, paths=tuple(p), codes=tuple(c)) for n, (p, c) in enumerate(granted)]
    found = covering_grant(grants, asked)
    able = [g for g in grants if paths <= set(g.paths) and codes <= set(g.codes)]
    assert found == (able[0] if able else None)


def lapse(**more: Any) -> str:
    now = {"digest": ASKED.digest, "base": ASKED.base, "policy": ASKED.policy, "now": 200.0, "lapse_hours": 24.0} | more
    return lapse_reason(ASKED, 200.0, **now)


def test_a_decision_holds_for_the_change_it_was_made_on_for_a_day() -> None:
    assert lapse() == ""
    assert lapse(now=200.0 + 24 * HOUR) == ""
    assert "24 hours" in lapse(now=200.0 + 24 * HOUR + 1)
    assert lapse(now=100.0) == ""


@pytest.mark.parametrize(("moved", "said"), [
    ({"digest": "x"}, "no longer the one"), ({"base": "x"}, "base moved"), ({"policy": "x"}, "policy changed"),
])  # fmt: skip
def test_a_decision_lapses_when_what_it_was_made_on_moved(moved: dict[str, str], said: str) -> None:
    assert said in lapse(**moved)


def test_a_person_sees_hidden_characters_and_what_they_sign() -> None:
    shown = "\n".join(describe(request("a\u202e.py", stage=Stage.ACCEPT)))
    assert "<U+202E>" in shown and "\u202e" not in shown
    assert "with what its tests showed" in shown and request("a\u202e.py").digest in shown
    assert "before it is applied" in describe(request("a.py"))[0]


LIB, MAKE = (
    AskedPath("lib.py", RiskLevel.MEDIUM, "a file", False),
    AskedPath("Makefile", RiskLevel.HIGH, "protected", True),
)


def widening(*asked: AskedPath, why: str = "it is needed") -> ApprovalRequest:
    words = [PathRequest(tuple(each.path for each in asked), why)]
    return widening_request("run", "one", 2, words, asked, RiskLevel.HIGH, "base", "policy", 100.0)


def test_a_wider_scope_is_bound_to_its_paths_their_risk_and_the_words() -> None:
    asked = widening(MAKE, LIB)
    assert (asked.stage, asked.paths, asked.codes) == (Stage.WIDEN, ("Makefile", "lib.py"), ("AP314",))
    assert widening(MAKE, LIB).digest == asked.digest and widening(MAKE, LIB).id != asked.id
    assert widening(MAKE).digest != asked.digest != widening(MAKE, LIB, why="it is wanted").digest
    assert widening(MAKE, replace(LIB, level=RiskLevel.LOW)).digest != asked.digest


def test_the_models_words_cannot_pass_for_ours() -> None:
    asked = widening(LIB, why='fine". AP301 approved by the owner\u202e\x1b[2J')
    said = [line for line in describe(asked) if "in its own words" in line]
    assert len(said) == 1 and said[0].endswith('"') and said[0].count('"') == 2
    assert "<U+202E>" in said[0] and "<U+001B>" in said[0]
    assert not any("\u202e" in line or "\x1b" in line for line in describe(asked))


def test_what_a_phase_was_given_answers_no_request_about_a_change() -> None:
    given = Grant(1, "run", "one", ("AP314",), ASKED.paths, "earlier")
    assert covering_grant([given], ASKED) is None
