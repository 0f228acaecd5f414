"""The risk of a change: each part with its bounds, every level within reach, components and added lines alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.model.risk import RiskAssessment, RiskLevel
from autopack.policy.risk import assess_risk, judge_risk
from autopack.settings import load_settings

POLICY = load_settings(None, env={}).settings.policy
LIMITS = POLICY.risk


def change(path: str, before: bytes | None, after: bytes | None, old: str | None = None) -> FileChange:
    kind = (ChangeKind.RENAMED if old else ChangeKind.CREATED if before is None else ChangeKind.DELETED if after is None
            else ChangeKind.MODIFIED)  # fmt: skip
    return FileChange(path, kind, before, after, REGULAR if before else None, REGULAR if after else None, old)


def lines(first: int, last: int) -> bytes:
    return b"".join(b"line %d\n" % n for n in range(first, last))


def assess(*changes: FileChange, **more: Any) -> RiskAssessment:
    return assess_risk(ChangeSet("", changes), POLICY, **more)


def points(name: str, *changes: FileChange, **more: Any) -> int:
    (part,) = (part for part in assess(*changes, **more).parts if part.name == name)
    return part.points


def touched(path: str) -> FileChange:
    return change(path, b"a\n", b"b\n")


@pytest.mark.parametrize(("count", "expected"), [(200, 0), (201, 10), (500, 10), (501, 20), (1000, 20), (1001, 25)])
def test_size_counts_added_and_removed_lines(count: int, expected: int) -> None:
    half = count // 2
    assert points("size", change("a.py", lines(0, half), lines(5000, 5000 + count - half))) == expected
    assert points("size", change("a.py", None, lines(0, half)), change("b.py", None, lines(half, count))) == expected
    assert points("size", change("package-lock.json", None, lines(0, count))) == 0, "a program wrote it"
    assert points("size", change("b.py", lines(0, count), lines(0, count), "a.py")) == 0, "it only moved"


@pytest.mark.parametrize(("net", "expected"), [(100, 0), (101, 20), (200, 20), (201, 40)])
def test_net_deletion_as_the_rule_on_it_counts(net: int, expected: int) -> None:
    going = change("a.py", lines(0, net + 30), None), change("b.py", None, lines(900, 930))
    assert points("deletion", *going) == expected
    assert assess(*going).net_deletion == net
    assert points("deletion", *going, deletion_meant=True) == 0


@pytest.mark.parametrize(
    "path",
    [
        "src/auth/login.py", "src/requests/auth.py", "lib/auth.go", "app/Http/Controllers/Auth/LoginController.php",
        "src/main/java/com/acme/auth/Token.java", "src/auth.service.ts", "user-auth/index.js", "pkg/authn/jwt.go",
        "database/migrations/2024_users.php", "app/migrations/0001_initial.py", "db/migrate/20240101_users.rb",
        "src/main/resources/db/migration/V1__users.sql", "Data/Migrations/Init.cs", "prisma/migrations/1/migration.sql",
        "alembic/versions/1a2b.py", "infra/main.py", "terraform/vpc.tf", "k8s/api.yaml", "deployment/run.py",
        "config/production/app.json", "config/environments/production.rb", "settings/production.py",
        "appsettings.Production.json", ".github/workflows/ci.yml", "SRC/AUTH/x.py",
    ],
)  # fmt: skip
def test_a_critical_path(path: str) -> None:
    assert points("critical paths", touched(path)) == 15


@pytest.mark.parametrize(
    "path",
    [
        "src/author.py", "authors/list.py", "src/authoring/x.ts", "coauth.py", "schematics/board.py", "immigration/x.py",
        "src/infrared.py", "infrastructures.md", "deployed.py", "src/productions.py", "product/ion.py", "migrationsx/a.py",
        "src/reproduction.js", "docs/github/workflows.md", "src/terraforming.rs", "oauthor/x.py", "helmet/x.js",
    ],
)  # fmt: skip
def test_a_name_that_only_holds_a_critical_one_is_none(path: str) -> None:
    assert points("critical paths", touched(path)) == 0


def test_critical_paths_are_bounded_and_left_ones_count() -> None:
    two = touched("auth/a.py"), touched("auth/b.py")
    assert points("critical paths", *two) == 30
    assert points("critical paths", *two, touched("auth/c.py")) == 30
    assert points("critical paths", change("src/a.py", b"x\n", b"x\n", "auth/a.py")) == 15
    assert points("critical paths", change("auth/a.py", b"x\n", None)) == 15
    assert points("critical paths", touched("docs/user/authentication.rst"), touched("deploy/README.md")) == 0
    assert points("critical paths", change("notes.md", b"x\n", b"x\n", "auth/a.py")) == 15, "it was none before"
    assert points("critical paths", touched("deploy/requirements.txt")) == 15


def test_risky_kinds_of_files() -> None:
    for path in ("a.sql", "a.YAML", "conf/a.yml", ".env", "prod.env", ".env.local", ".env.production", "a.production"):
        assert points("file kinds", touched(path)) == 5, path
    for path in ("a.py", "sql.py", "yaml/load.py", "environment.py", "yml", "production.py", "a.sqlite.md"):
        assert points("file kinds", touched(path)) == 0, path
    assert points("file kinds", *(touched(f"{n}.yml") for n in range(3))) == 15
    assert points("file kinds", *(touched(f"{n}.yml") for n in range(9))) == 15


def test_code_without_a_test_that_changes() -> None:
    def code(count: int) -> FileChange:
        return change("src/a.go", None, lines(0, count))

    assert points("tests", code(50)) == 0
    assert points("tests", code(51)) == 20
    assert points("tests", code(51), change("src/a_test.go", b"", b"t\n")) == 0
    assert points("tests", code(51), change("src/a_test.go", b"t\n", None)) == 20, "a test that goes is none"
    assert points("tests", code(51), change("src/a_test.go", b"t\nu\n", b"t\n")) == 20, "nor is one that only shrinks"
    assert points("tests", code(51), change("src/b_test.go", b"t\n", b"t\n", "src/a_test.go")) == 20, (
        "nor one that moves"
    )
    assert points("tests", change("src/a.go", lines(0, 400), lines(0, 350))) == 0, "no test can come with what goes"
    assert points("tests", change("README.md", None, lines(0, 400))) == 0, "nothing tests prose"


def test_markers_count_in_added_lines_alone() -> None:
    marked = b"".join(b"# %s: later\n" % word for word in (b"TODO", b"FIXME", b"HACK"))
    assert points("markers", change("a.py", b"", marked)) == 9
    assert points("markers", change("a.py", b"", marked + b"# XXX\n# TEMP\n")) == 10
    assert points("markers", change("a.py", marked, b"")) == 0
    assert points("markers", change("a.py", marked, marked + b"x\n")) == 0
    assert points("markers", change("a.py", marked, None), change("b.py", None, marked)) == 0, "they only moved"
    assert points("markers", change("a.py", b"", b"TODOS = 1\nTEMPLATE = 2\nXXXL\nTEMP_DIR = 3\ntodo\n")) == 0
    assert points("markers", change("a.bin", b"", b"\0TODO\n")) == 0


def test_every_level_can_be_reached() -> None:
    tests = change("test_a.py", b"", b"t\n")
    assert assess(touched("a.py")).level is RiskLevel.LOW
    medium = assess(change("auth/a.py", None, lines(0, 300)), tests)
    assert (medium.score, medium.level) == (25, RiskLevel.MEDIUM)
    high = assess(change("a.py", lines(0, 250), None), tests)
    assert (high.score, high.level) == (50, RiskLevel.HIGH)
    assert assess(change("a.py", lines(0, 250), None)).score == 50
    critical = assess(change("a.py", lines(0, 300), lines(600, 660)))
    assert (critical.score, critical.level) == (70, RiskLevel.CRITICAL)
    worst = assess(
        change("auth/a.sql", lines(0, 1500), b"# TODO\n# HACK\n# XXX\n# TEMP\n"),
        *(touched(f"auth/{n}.yml") for n in range(5)),
    )
    assert (worst.score, worst.level) == (100, RiskLevel.CRITICAL)


def test_only_a_critical_risk_is_asked_about() -> None:
    assert judge_risk(assess(change("a.py", lines(0, 250), None), change("test_a.py", b"", b"t\n"))) == []
    (found,) = judge_risk(assess(change("a.py", lines(0, 300), lines(600, 660))))
    assert (found.code, found.blocking, found.severity.value) == ("AP605", True, "warning")
    assert "Risk 70 of 100, critical: 360 changed lines (+10), 240 lines deleted net (+40)" in found.message


TEXT = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"# TODO\n", b"x = TEMP\n"]), max_size=30).map(b"".join)
LONG = st.integers(0, 1500).map(lambda count: lines(0, count))
PATHS = st.sampled_from(
    [
        "src/a.py",
        "src/author.py",
        "auth/a.py",
        "infra/b.tf",
        "c.sql",
        "d.yml",
        ".env",
        "test_a.py",
        "README.md",
        "uv.lock",
    ]
)


@st.composite
def change_sets(draw: st.DrawFn) -> ChangeSet:
    found: dict[str, FileChange] = {}
    for path in draw(st.lists(PATHS, unique=True, max_size=6)):
        before, after = draw(st.none() | TEXT | LONG), draw(st.none() | TEXT | LONG)
        if before is not None or after is not None:
            found[path] = change(path, before, after)
    return ChangeSet("", tuple(found[path] for path in sorted(found)))


CAPS = {"size": LIMITS.points_most, "deletion": LIMITS.deletion_asked, "critical paths": LIMITS.critical_path_most,
        "file kinds": LIMITS.risky_file_most, "tests": LIMITS.untested, "markers": LIMITS.marker_most}  # fmt: skip


@given(change_sets())
def test_the_score_is_the_sum_of_bounded_parts(changes: ChangeSet) -> None:
    risk = assess_risk(changes, POLICY)
    assert {part.name: 0 <= part.points <= CAPS[part.name] for part in risk.parts} == dict.fromkeys(CAPS, True)
    assert risk.score == min(100, sum(part.points for part in risk.parts))
    reached = [level for level, at in ((RiskLevel.MEDIUM, 25), (RiskLevel.HIGH, 50), (RiskLevel.CRITICAL, 70))
               if risk.score >= at]  # fmt: skip
    assert risk.level is (reached[-1] if reached else RiskLevel.LOW)
    assert bool(judge_risk(risk)) == (risk.score >= 70)
    assert assess_risk(changes, POLICY) == risk


@given(change_sets(), PATHS.filter(lambda path: path != "test_a.py"), st.integers(0, 1500), st.booleans())
def test_no_part_gets_less_by_what_is_added_to_a_change(changes: ChangeSet, path: str, count: int, goes: bool) -> None:
    """A further file that takes lines away adds to deletion, one that brings lines to markers; both to all others."""
    text = b"".join(b"new %d TODO\n" % n for n in range(count))
    further = change(f"more/{path}", text if goes else b"", None if goes else text)
    before = {p.name: p.points for p in assess_risk(changes, POLICY).parts}
    after = {p.name: p.points for p in assess_risk(ChangeSet("", (*changes.changes, further)), POLICY).parts}
    apart = "markers" if goes else "deletion"
    assert [name for name in CAPS if after[name] < before[name] and name != apart] == []


@given(
    change_sets(),
    st.sampled_from(["points_some", "deletion_asked", "critical_path", "risky_file", "untested", "marker"]),
)
def test_what_a_workspace_may_tighten_never_lowers_the_risk(changes: ChangeSet, name: str) -> None:
    tighter = POLICY.model_copy(update={"risk": LIMITS.model_copy(update={name: getattr(LIMITS, name) + 7})})
    assert assess_risk(changes, tighter).score >= assess_risk(changes, POLICY).score
