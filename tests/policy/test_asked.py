"""What a phase asks for beyond its scope: who may give it, at which risk, and what giving it lifts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack.model.changes import GITLINK, REGULAR, SYMLINK, PathRequest
from autopack.model.plan import Phase
from autopack.model.risk import RiskLevel
from autopack.policy import AskedFor, PathRules, automatic_lines, judge_requests
from autopack.settings import load_settings
from autopack.settings.model import AutoPaths

POLICY = load_settings(None, env={}).settings.policy
TREE = {"src/a.py": REGULAR, "lib.py": REGULAR, "linked": SYMLINK, "vendor": GITLINK, "docs/a.md": REGULAR}


def rules(given: tuple[str, ...] = (), **scope: Any) -> PathRules:
    phase = Phase.model_validate({"id": "p", "goal": "g", "scope": {"paths": ["src/"]} | scope})
    return PathRules.for_phase(phase, POLICY, given=given)


def judged(*paths: str, known: PathRules | None = None, **more: Any) -> AskedFor:
    return judge_requests([PathRequest(paths, "because it is")], known or rules(), POLICY.risk, TREE, **more)


def one(path: str, **scope: Any) -> tuple[RiskLevel, str]:
    (asked,) = judged(path, known=rules(**scope)).asked
    return asked.level, asked.grounds


@pytest.mark.parametrize(("path", "level"), [
    ("migrations/0001.py", "critical"), ("src2/auth/login.py", "critical"), ("app/models.py", "critical"),
    (".github/workflows/x.yml", "critical"), (".env.local", "critical"), ("schema.sql", "critical"),
    ("Makefile", "high"), ("pyproject.toml", "high"), ("conftest.py", "high"), ("poetry.lock", "high"),
    ("settings.yaml", "high"), ("CLAUDE.md", "high"), ("plan.autopack.yaml", "high"),
    ("lib.py", "medium"), ("author.py", "medium"), ("mymodels.py", "medium"), ("migrations_guide.py", "medium"),
    ("tests/test_a.py", "low"), ("docs/auth.md", "low"),
])  # fmt: skip
def test_the_level_goes_by_whole_names(path: str, level: str) -> None:
    assert one(path)[0] is RiskLevel(level)


def test_what_may_only_be_read_is_never_of_low_risk() -> None:
    level, grounds = one("tests/test_a.py", read_only=["tests/"])
    assert level is RiskLevel.MEDIUM and "is read-only in this phase" in grounds


def test_the_riskiest_path_counts_and_protected_ones_come_first() -> None:
    found = judged("lib.py", "migrations/1.py", "Makefile", "tests/test_a.py")
    assert found.level is RiskLevel.CRITICAL
    assert [each.path for each in found.asked] == ["Makefile", "migrations/1.py", "lib.py", "tests/test_a.py"]
    assert [each.protected for each in found.asked] == [True, False, False, False]


def test_what_the_phase_may_change_needs_no_leave_unless_it_is_protected() -> None:
    found = judged("src/new.py", "src/Makefile", "src/kept.py", known=rules(protected=["src/kept.py"]))
    assert found.own == ("src/new.py",) and {each.path for each in found.asked} == {"src/Makefile", "src/kept.py"}


@pytest.mark.parametrize(("path", "code"), [
    (".git/config", "AP301"), (".autonomous_runs/x", "AP301"), ("AUTOPACK.DB", "AP301"), (".autopack/config.yaml", "AP301"),
    ("docs", "AP302"), ("linked", "AP307"), ("linked/x.py", "AP307"), ("vendor/x.py", "AP307"), ("lib.py/x", "AP307"),
    ("LIB.py", "AP309"), ("Docs/b.md", "AP309"), ("SRC/b.py", "AP309"),
])  # fmt: skip
def test_what_nobody_may_give_is_refused(path: str, code: str) -> None:
    found = judged("lib.py", path)
    assert [(f.code, f.path, f.blocking) for f in found.refusals] == [(code, path, True)]


def test_what_the_checkout_only_lends_is_refused() -> None:
    assert [f.code for f in judged("local.cfg", workspace=lambda path: path == "local.cfg").refusals] == ["AP301"]


def test_our_own_package_is_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import autopack

    (tmp_path / "vendor/autopack").mkdir(parents=True)
    monkeypatch.setattr(autopack, "__path__", [str(tmp_path / "vendor/autopack")])
    phase = Phase.model_validate({"id": "p", "goal": "g", "scope": {"paths": ["src/"]}})
    mine = PathRules.for_phase(phase, POLICY, tmp_path, given=["vendor/autopack/x.py"])
    known = {path: mode for path, mode in TREE.items() if path != "vendor"}
    found = judge_requests([PathRequest(("vendor/autopack/x.py",), "w" * 10)], mine, POLICY.risk, known)
    assert [f.code for f in found.refusals] == ["AP301"]


def leave(*paths: str, **more: Any) -> AutoPaths:
    return AutoPaths(paths=list(paths), **more)


def test_every_path_needs_leave_of_its_own_and_the_smallest_limit_holds() -> None:
    both = judged("tests/test_a.py", "docs/b.md")
    assert automatic_lines(both, [leave("tests/*.py", max_lines=7)]) is None
    assert automatic_lines(both, [leave("tests/*.py", max_lines=7), leave("docs/*.md", max_lines=50)]) == 7
    assert automatic_lines(judged("lib.py"), [leave("lib.py")]) is None, "medium"
    assert automatic_lines(judged("lib.py"), [leave("lib.py", max_risk="medium")]) == 100
    assert automatic_lines(both, []) is None


@pytest.mark.parametrize("path", ["Makefile", "migrations/1.py", "pyproject.toml", ".env", "poetry.lock", "a.yaml"])
def test_nothing_protected_or_of_high_risk_is_given_by_settings(path: str) -> None:
    wide = [leave("*", max_risk="medium"), leave("*/*", max_risk="medium")]
    assert automatic_lines(judged(path), wide) is None
    assert automatic_lines(judged(path), [SimpleNamespace(paths=[path], max_risk="critical", max_lines=9)]) is None
    assert automatic_lines(judged("lib.py"), wide) == 100


def test_a_protected_test_is_not_given_by_settings() -> None:
    found = judged("tests/test_a.py", known=rules(protected=["tests/test_a.py"]))
    assert automatic_lines(found, [leave("tests/*.py", max_risk="medium")]) is None


NAMES = st.sampled_from(
    ["lib.py", "Makefile", "src/a.py", ".git/config", "autopack.db", "docs/a.md", "lib.pyc", "LIB.PY"]
)


@given(st.sets(NAMES), NAMES)
def test_what_is_given_lifts_scope_and_protection_for_that_path_alone(paths: set[str], path: str) -> None:
    plain, wider = rules(read_only=["docs/"]), rules(tuple(paths), read_only=["docs/"])
    assert wider.forbidden(path) == plain.forbidden(path)
    if path in paths:
        assert (wider.outside(path), wider.sensitive(path), wider.only_by_leave(path)) == ("", "", False)
    else:
        assert (wider.outside(path), wider.sensitive(path)) == (plain.outside(path), plain.sensitive(path))
