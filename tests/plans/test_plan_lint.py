from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.findings import Finding, Severity, Tree
from autopack.model.plan import RunnerName
from autopack.plans import (
    RunLimits,
    attempt_cap,
    estimate,
    lint_plan,
    parse_plan,
    plan_digest,
    run_limits,
    starter_plan,
    trust_items,
    unseen_items,
)
from autopack.plans.testing_rules import forbidden_variable
from autopack.settings import Settings, load_settings


class Repository:
    def __init__(self, files: Iterable[str] = (), dirty: Iterable[str] = (), runner: RunnerName = "pytest") -> None:
        self._files, self._dirty = set(files), set(dirty)
        self._runner: RunnerName = runner

    def files(self) -> set[str]:
        return self._files

    def dirty(self) -> set[str]:
        return self._dirty

    def runner(self) -> RunnerName:
        return self._runner


DEFAULTS = load_settings(None, env={"HOME": "/nonexistent"}).settings
HEAD = "autopack: 1\nrun: {id: r}\n"
EMPTY = Repository()


def lint(text: str, repo: Repository = EMPTY, settings: Settings = DEFAULTS) -> list[Finding]:
    return lint_plan(parse_plan(text, "p"), repo, settings)


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.where(), finding.message) for finding in findings]


def spots(text: str, repo: Repository = EMPTY) -> list[tuple[str, int, str]]:
    """Code, line and underlined text of each finding."""
    found: list[tuple[str, int, str]] = []
    for finding in lint(text, repo):
        assert finding.range is not None
        start, end = finding.range.start, finding.range.end
        assert start.line == end.line
        found.append((finding.code, start.line, text.splitlines()[start.line - 1][start.column - 1 : end.column - 1]))
    return found


def phase(extra: str = "", *, scope: str = "[src/]", name: str = "a") -> str:
    lines = "".join(f"    {line}\n" for line in extra.splitlines())
    return f"  - id: {name}\n    goal: g\n    scope: {{paths: {scope}}}\n{lines}"


def one(extra: str = "", *, scope: str = "[src/]", head: str = HEAD) -> str:
    return f"{head}phases:\n{phase(extra, scope=scope)}"


def test_a_good_plan_has_no_findings() -> None:
    assert lint(one("deliverables: [src/a.py]\ntests: {must_pass: ['tests/test_a.py::test_x']}")) == []


def test_unknown_dependencies_name_the_nearest_phase() -> None:
    text = f"{HEAD}phases:\n{phase(name='index')}{phase('depends_on: [indx, zzz]', name='ui')}"
    assert told(lint(text)) == [
        ("AP102", "p:10:18", "phase `ui` depends on `indx`, which does not exist; did you mean `index`?"),
        ("AP102", "p:10:24", "phase `ui` depends on `zzz`, which does not exist; the plan has index, ui"),
    ]
    assert lint(text)[0].phase == "ui"
    assert lint(text)[0].tree is Tree.PLAN


def test_each_cycle_is_named_once() -> None:
    text = f"{HEAD}phases:\n" + "".join(
        phase(f"depends_on: [{needed}]", name=name) for name, needed in [("a", "c"), ("b", "a"), ("c", "b"), ("d", "d")]
    )
    assert told(lint(text)) == [
        (
            "AP103",
            "p:11:18",
            "phases depend on each other in a circle: a -> c -> b -> a; remove one of these dependencies",
        ),
        ("AP103", "p:19:18", "phase `d` depends on itself; remove it"),
    ]


def test_tiers() -> None:
    head = f"{HEAD}tiers: [{{id: one}}, {{id: two}}, {{id: one}}]\n"
    text = (
        f"{head}phases:\n{phase('tier: one', name='a')}{phase('tier: two', name='b')}"
        f"{phase('tier: one' + chr(10) + 'depends_on: [b]', name='c')}{phase('tier: tow', name='d')}{phase(name='e')}"
    )
    assert [(code, where) for code, where, _ in told(lint(text))] == [
        ("AP101", "p:3:36"), ("AP106", "p:17:18"), ("AP101", "p:21:11"), ("AP101", "p:22:9"),
    ]  # fmt: skip
    messages = [finding.message for finding in lint(text)]
    assert "`c` of tier `one` depends on `b` of the later tier `two`" in messages[1]
    assert "did you mean `two`" in messages[2]
    assert "names no tier; one of one, two" in messages[3]


def test_identifiers_are_unique() -> None:
    assert spots(f"{HEAD}phases:\n{phase()}{phase()}") == [("AP101", 7, "a")]


@pytest.mark.parametrize(
    "path",
    [
        "/etc/x",
        "../x",
        "a/../b",
        "~/x",
        "C:/x",
        "a\\b",
        "./a",
        "a//b",
        ".",
        "./",
        "",
        "a/./b",
        "a\tb",
        "a./b",
        "a /b",
        "a:b",
    ],
)
def test_paths_that_cannot_lie_in_the_repository(path: str) -> None:
    quoted = '"' + path.replace("\\", "\\\\").replace("\t", "\\t") + '"'
    for text in (
        one(scope=f"[src/, {quoted}]"),
        one(f"deliverables: [{quoted}]"),
        one(f"tests: {{paths: [{quoted}]}}"),
        one(head=f"{HEAD}workspace: {{link: [{quoted}]}}\n"),
        f"{HEAD}phases:\n  - {{id: a, goal: g, scope: {{paths: [src/], read_only: [{{path: {quoted}}}]}}}}\n",
    ):
        found = [finding for finding in lint(text) if finding.code == "AP104"]
        assert len(found) == 1
        assert found[0].severity is Severity.ERROR
        span = found[0].range
        assert span is not None
        line = text.splitlines()[span.start.line - 1]
        assert line[span.start.column - 1 : span.end.column - 1] == quoted


def test_a_test_path_may_name_a_test_and_a_workdir_must_lie_inside() -> None:
    assert lint(one("tests: {paths: ['tests/test_a.py::test_b'], workdir: sub}")) == []
    assert [finding.code for finding in lint(one("tests: {workdir: ../x, env: {PYTHONPATH: 'src:/abs:.'}}"))] == [
        "AP104"
    ] * 2


def test_scope_says_folder_or_file() -> None:
    repo = Repository(["src/pkg/a.py", "app.py"])
    assert told(lint(one(scope="[src/pkg, app.py/, 'src/*.py', new.py, new/]"), repo)) == [
        ("AP101", "p:6:21", "`src/pkg` is a folder; write `src/pkg/`"),
        ("AP101", "p:6:30", "`app.py/` is a file; write `app.py`"),
        ("AP101", "p:6:39", "`src/*.py` looks like a pattern; name files, or folders with a trailing `/`"),
    ]
    (finding,) = lint(f"{HEAD}phases:\n  - id: a\n    goal: g\n")
    assert (finding.code, finding.where()) == ("AP101", "p:4:9")


def test_deliverables_lie_in_the_scope() -> None:
    text = one(
        "deliverables:\n  code: [src/a.py (new), lib/x.py]\n  docs: [docs/, other/, single.py]\n",
        scope="[src/, docs/guide.md, single.py, lib]",
    )
    assert told(lint(text)) == [
        ("AP105", "p:8:30", "`lib/x.py` is not in the phase's scope; write the folder as `lib/`"),
        ("AP105", "p:9:21", "`other/` is not in the phase's scope; add it to `scope.paths`, or drop the deliverable"),
    ]
    scope = "scope: {paths: [src/], read_only: [src/a.py]}"
    text = f"{HEAD}phases:\n  - {{id: a, goal: g, deliverables: [src/a.py], {scope}}}\n"
    assert "listed under `read_only`" in lint(text)[0].message


def test_protected_paths() -> None:
    findings = lint(
        one("deliverables: [conftest.py, tests/conftest.py, .github/workflows/ci.yml]",
            scope="[conftest.py, tests/, Makefile, .git/hooks/, .github/workflows/, .autonomous_runs/]")
    )  # fmt: skip
    assert [(finding.code, finding.severity.value, finding.message.split("`")[1]) for finding in findings] == [
        ("AP107", "warning", "Makefile"),
        ("AP107", "error", ".git/hooks/"),
        ("AP107", "warning", ".github/workflows/"),
        ("AP107", "error", ".autonomous_runs/"),
        ("AP107", "warning", ".github/workflows/ci.yml"),
    ]
    text = f"{HEAD}phases:\n  - {{id: a, goal: g, scope: {{paths: [Makefile], allowed: [Makefile, .git/x]}}}}\n"
    assert [(finding.code, finding.severity.value) for finding in lint(text)] == [("AP107", "error")]


def test_budget_below_estimate() -> None:
    (finding,) = lint(one("token_cap: 8000\ndeliverables: [src/a.py, src/b.py]"))
    assert (finding.code, finding.where(), finding.severity) == ("AP108", "p:7:16", Severity.WARNING)
    assert "one attempt" in finding.message
    text = f"autopack: 1\nrun: {{id: r, token_cap: 20000}}\nphases:\n{phase()}{phase(name='b')}"
    assert spots(text) == [("AP108", 2, "20000")]


def test_estimates_follow_category_complexity_and_kind() -> None:
    def tokens(extra: str, files: Iterable[str] = ()) -> int:
        plan = parse_plan(one(extra), "p").plan
        assert plan is not None
        return estimate(plan.phases[0], set(files)).tokens

    assert tokens("deliverables: [src/a.py]") == int((3000 + 2000) * 1.3)
    assert tokens("deliverables: [src/a.py]", ["src/a.py"]) == int((3000 + 700) * 1.3)
    assert tokens("complexity: high\ncategory: docs\ndeliverables: [docs/a.md, src/x.yaml]") == int(
        (3500 + 500 + 1000) * 1.3
    )
    assert tokens("category: tests\ndeliverables: [tests/test_a.py, src/contest.py]") == int((2500 + 1400 + 2000) * 1.3)
    assert tokens("complexity: low") == 8192
    plan = parse_plan(one("change_size: large_refactor\ncomplexity: low"), "p").plan
    assert plan is not None
    assert estimate(plan.phases[0]).budget == 16384


def test_dirty_scope() -> None:
    repo = Repository(["src/a.py"], dirty=["src/a.py", "src/b.py", "src/c.py", "src/d.py", "other.py"])
    (finding,) = lint(one(scope="[lib/, src/]"), repo)
    assert (finding.code, finding.where()) == ("AP118", "p:6:27")
    assert "src/a.py, src/b.py, src/c.py and 1 more" in finding.message
    assert lint(one(head="autopack: 1\nrun: {id: r, base: working-tree}\n"), repo) == []


@pytest.mark.parametrize(
    ("extra", "runner", "where"),
    [
        ("tests: {runner: none}", "pytest", "p:7:21"),
        ("tests: {skip: true, reason: x}", "pytest", "p:7:19"),
        ("", "none", "p:4:9"),
        ("tests: {runner: pytest}", "none", "p:7:21"),
        ("tests: {runner: command, command: [make, test]}", "none", ""),
        ("deliverables: [src/test_new.py]", "none", ""),
        ("", "pytest", ""),
        ("", "go", ""),
        ("tests: {runner: pytest}", "go", "p:7:21"),
        ("tests: {runner: unittest}", "none", ""),
    ],
)
def test_no_evidence_possible(extra: str, runner: RunnerName, where: str) -> None:
    findings = lint(one(extra), Repository(runner=runner))
    assert [(finding.code, finding.where()) for finding in findings] == ([("AP119", where)] if where else [])


def test_evidence_may_come_from_a_phase_before_and_high_risk_needs_a_person() -> None:
    text = (
        f"{HEAD}phases:\n{phase('deliverables: [src/test_a.py]')}{phase('depends_on: [a]', name='b')}{phase(name='c')}"
    )
    assert [finding.phase for finding in lint(text, Repository(runner="none"))] == ["c"]
    (finding,) = lint(one("category: security_auth_change\ntests: {runner: none}"))
    assert "a person will have to accept it" in finding.message


def test_an_unattended_run_cannot_end_a_phase_that_a_person_must_accept() -> None:
    text = one("category: debt_cleanup")
    assert not lint(text)
    (finding,) = lint(text.replace("{id: r}", "{id: r, autonomy: unattended}"))
    assert (finding.code, finding.where()) == ("AP122", "p:7:15")


def test_an_unattended_run_cannot_end_a_phase_that_two_models_must_review_where_there_is_one() -> None:
    """At the category, or at the phase where the settings ask for two reviews of everything."""
    keys = {"ANTHROPIC_API_KEY": "x", "OPENAI_API_KEY": "x"}
    alone = DEFAULTS.model_copy(
        update={
            "models": DEFAULTS.models.model_copy(update={"second_auditor": ""}),
            "policy": DEFAULTS.policy.model_copy(update={"ask_categories": []}),
        }
    )
    forced = alone.model_copy(update={"audit": alone.audit.model_copy(update={"force_dual": True})})
    two = alone.model_copy(update={"models": alone.models.model_copy(update={"second_auditor": "gpt-6.1-sol"})})
    attended = one("category: security_auth_change")
    text = attended.replace("{id: r}", "{id: r, autonomy: unattended}")
    plain = text.replace("security_auth_change", "backend")

    def judged(plan: str, settings: Settings, env: dict[str, str] | None = keys) -> list[tuple[str, str]]:
        found = lint_plan(parse_plan(plan, "p"), EMPTY, settings, env=env)
        return [(finding.where(), finding.message) for finding in found if finding.code == "AP122"]

    lacking = "no second model is set (`models.second_auditor`); an unattended run refuses it then (AP504)"
    said = f"two models must review what phase `a` changes, and {lacking}"
    assert judged(text, alone) == [("p:7:15", said)]
    assert judged(plain, forced) == [("p:7:15", said)]
    assert judged(text, two, {}) and "is not set" in judged(text, two, {})[0][1]
    for nothing in (judged(attended, alone), judged(plain, alone), judged(text, two), judged(text, alone, None)):
        assert nothing == []


@pytest.mark.parametrize(
    ("name", "forbidden"),
    [
        ("PATH", True), ("HOME", True), ("ENV", True), ("LD_PRELOAD", True), ("GIT_DIR", True), ("path", True),
        ("NODE_OPTIONS", True), ("AUTOPACK_X", True), ("OPENAI_API_KEY", True), ("http_proxy", True),
        ("PYTHONHOME", True), ("PYTHON_X", True), ("BASH_ENV", True), ("DYLD_INSERT_LIBRARIES", True),
        ("PYTEST_ADDOPTS", True), ("PYTHONSTARTUP", True), ("PYTHONHASHSEED", False), ("PYTHONWARNINGS", False),
        ("PYTHONPATH", False), ("MY_PATH", False), ("ENVIRONMENT", False), ("DATABASE_URL", False), ("HOMEPAGE", False),
    ],
)  # fmt: skip
def test_forbidden_variables(name: str, forbidden: bool) -> None:
    assert forbidden_variable(name) is forbidden
    assert [finding.code for finding in lint(one(f"tests: {{env: {{{name}: x}}}}"))] == (["AP101"] if forbidden else [])


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ("{runner: command}", "runner `command` needs `command`, a list of program and arguments"),
        ("{command: [make]}", "`command` is only run with `runner: command`; add that"),
        ("{junit: 'out/*.xml'}", "`junit` is only read with `runner: command`; add that or remove it"),
        ("{runner: command, command: ['']}", "the command has no program"),
        ("{runner: maven, paths: [src/]}",
         "`paths` is not read with `runner: maven`, which collects by its build files; use `args`"),
        ("{must_pass: [test_a]}", "`test_a` names no test; write `test_a::test_name`"),
        ("{must_pass: ['tests/t.py::']}", "`tests/t.py::` names no test; write `tests/t.py::test_name`"),
        ("{must_pass: ['tests/::test_a']}", "`tests/::test_a` names a test in a folder; write its file before `::`"),
        ("{paths: [unit], must_pass: ['tests/t.py::test_a']}",
         "`tests/t.py::test_a` is not among what `tests.paths` collects, so it cannot pass; add `tests/t.py`"),
        ("{env: {'a-b': x}}", "`a-b` is no name of an environment variable"),
    ],
)  # fmt: skip
def test_tests_that_cannot_run(tests: str, message: str) -> None:
    findings = lint(one(f"tests: {tests}"))
    assert [(finding.code, finding.message) for finding in findings] == [("AP101", message)]


@pytest.mark.parametrize(
    "tests",
    [
        "{paths: [tests], must_pass: ['tests/t.py::test_a']}",
        "{paths: ['tests/t.py::test_a'], must_pass: ['tests/t.py::test_a[1]']}",
        "{paths: ['tests/t.py::TestA'], must_pass: ['tests/t.py::TestA::test_a']}",
        "{runner: command, command: [make], junit: 'out/*.xml', must_pass: [anything]}",
    ],
)
def test_ids_that_are_collected(tests: str) -> None:
    assert lint(one(f"tests: {tests}")) == []


def test_severities_follow_the_settings(tmp_path: Path) -> None:
    strict = load_settings(
        None, env={"HOME": str(tmp_path)}, editor={"severities": {"AP119": "error", "AP105": "hint"}}
    )
    text = one("tests: {runner: none}\ndeliverables: [x.py]")
    graded = {
        finding.code: (finding.severity.value, finding.blocking) for finding in lint(text, settings=strict.settings)
    }
    assert graded == {"AP119": ("error", True), "AP105": ("hint", False)}


def test_defaults_are_judged_where_they_stand_and_once() -> None:
    head = f"{HEAD}defaults: {{tests: {{env: {{PATH: x}}, must_pass: [a]}}, attempt_cap: 9}}\n"
    text = f"{head}phases:\n{phase()}{phase(name='b')}{phase('attempt_cap: 8', name='c')}"
    assert spots(text) == [("AP101", 3, "x"), ("AP101", 3, "a"), ("AP120", 3, "9"), ("AP120", 14, "8")]


def test_a_plan_may_only_lower_caps() -> None:
    text = one("attempt_cap: 6", head="autopack: 1\nrun: {id: r, token_cap: 9000000, max_duration_minutes: 9000}\n")
    assert [(finding.code, finding.where(), finding.severity) for finding in lint(text)] == [
        ("AP120", place, Severity.WARNING) for place in ("p:2:25", "p:2:56", "p:7:18")
    ]  # fmt: skip
    plan = parse_plan(text, "p").plan
    assert plan is not None
    assert run_limits(plan, DEFAULTS) == RunLimits(5_000_000, None, 480)
    assert attempt_cap(plan.phases[0], DEFAULTS) == 5
    low = parse_plan(one(head="autopack: 1\nrun: {id: r, token_cap: 90000, money_cap_usd: 1.5}\n"), "p").plan
    assert low is not None
    assert run_limits(low, DEFAULTS) == RunLimits(90000, 1.5, 120)


TRUST = f"""{HEAD}workspace: {{setup: [[python, "g en.py"]]}}
defaults: {{tests: {{env: {{A: "1"}}}}, checks: [[ruff, check]]}}
phases:
{phase("tests: {runner: command, command: [make, test], args: [-x], network: true}")}{phase(name="b")}"""


def test_what_a_plan_executes_is_listed_once_and_visibly() -> None:
    plan = parse_plan(TRUST.replace("make, test", 'make, "te\\u200bst"'), "p").plan
    assert plan is not None
    assert trust_items(plan, ".venv/bin/python") == [
        "interpreter: .venv/bin/python",
        "setup: python 'g en.py'",
        "test command: make 'te\\u200bst'",
        "test arguments: -x",
        "tests may use the network",
        "test environment: A=1",
        "check: ruff check",
    ]


def test_trust_is_by_digest_of_the_plan_then_of_each_item() -> None:
    source = parse_plan(TRUST, "p")
    plan = source.plan
    assert plan is not None
    items = unseen_items(plan, lambda _: False, repo_id="r1")
    assert len(items) == 6
    known = {item.digest for item in items}
    assert unseen_items(plan, known.__contains__, repo_id="r1") == []
    assert len(unseen_items(plan, known.__contains__, repo_id="r2")) == 6
    changed = parse_plan(TRUST.replace("ruff, check", "ruff, check, ."), "p").plan
    assert changed is not None
    assert plan_digest(changed) != plan_digest(plan)
    (interpreter,) = unseen_items(plan, known.__contains__, repo_id="r1", interpreter=".venv/bin/python")
    assert source.place(interpreter.loc) is not None
    assert [item.line for item in unseen_items(changed, known.__contains__, repo_id="r1")] == ["check: ruff check ."]
    findings = lint_plan(source, Repository(), DEFAULTS, known_digest=lambda _: False)
    assert [finding.where() for finding in findings if finding.code == "AP121"] == [
        "p:3:21", "p:4:29", "p:4:45", "p:9:39", "p:9:59", "p:9:74",
    ]  # fmt: skip
    reworded = parse_plan("# a comment\n" + TRUST.replace(", network: true", ", network:   true"), "p").plan
    assert reworded is not None
    assert plan_digest(reworded) == plan_digest(plan)


names = st.sampled_from(["a", "b", "c", "d"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(names, st.lists(names, max_size=3), st.sampled_from(["one", "two"])), min_size=1, max_size=6))
def test_a_graph_without_findings_has_an_order_that_respects_it(rows: list[tuple[str, list[str], str]]) -> None:
    from autopack.errors import PlanRejected
    from autopack.plans import execution_order

    head = f"{HEAD}tiers: [{{id: one}}, {{id: two}}]\nphases:\n"
    text = head + "".join(
        phase(f"tier: {tier}\ndepends_on: [{', '.join(needed)}]", name=name) for name, needed, tier in rows
    )
    codes = {finding.code for finding in lint(text)}
    plan = parse_plan(text, "p").plan
    assert plan is not None
    if "AP103" in codes and "AP101" not in codes:
        with pytest.raises(PlanRejected):
            execution_order(plan)
    elif not codes:
        order = execution_order(plan)
        assert sorted(order) == sorted({name for name, _, _ in rows})
        for name, needed, _ in rows:
            assert all(order.index(other) < order.index(name) for other in needed)


def test_ties_are_broken_by_tier_then_position() -> None:
    from autopack.plans import execution_order

    text = f"{HEAD}tiers: [{{id: one}}, {{id: two}}]\nphases:\n" + "".join(
        phase(f"tier: {tier}\ndepends_on: [{needed}]", name=name)
        for name, tier, needed in [("a", "two", ""), ("b", "one", "d"), ("c", "one", ""), ("d", "one", "")]
    )
    plan = parse_plan(text, "p").plan
    assert plan is not None
    assert execution_order(plan) == ["c", "d", "b", "a"]


def test_a_long_chain_is_no_problem() -> None:
    text = f"{HEAD}phases:\n" + "".join(
        phase(f"depends_on: [p{n - 1}]" if n else "", name=f"p{n}") for n in range(1200)
    )
    assert {finding.code for finding in lint(text, Repository(runner="none"))} == {"AP108", "AP119"}


@pytest.mark.parametrize(
    ("files", "runner", "scope"),
    [
        (
            ["src/shop/cart.py", "src/shop/__init__.py", "tests/test_cart.py", "setup.py"],
            "pytest",
            ["src/shop/", "tests/"],
        ),
        (["shop/cart.py", "test/test_cart.py", "docs/conf.py"], "pytest", ["shop/", "test/"]),
        (["web/app.ts", "package.json"], "none", ["web/"]),
        (["web/app.ts", "package.json"], "vitest", ["web/"]),
        (["main.py", "README.md"], "none", ["main.py"]),
        ([], "none", ["src/"]),
        (["src"], "none", ["code/"]),
    ],
)
def test_a_starter_plan_is_made_from_what_is_there_and_has_no_errors(
    files: list[str], runner: RunnerName, scope: list[str]
) -> None:
    repo = Repository(files, runner=runner)
    text = starter_plan(repo, "My Shop!")
    assert text.startswith("# yaml-language-server: $schema=.autonomous_runs/plan.schema.json\n")
    source = parse_plan(text, "p")
    assert source.plan is not None
    assert source.plan.run.id == "my-shop"
    assert source.plan.phases[0].scope.paths == scope
    assert [finding for finding in lint(text, repo) if finding.severity is Severity.ERROR] == []
    assert [finding.code for finding in lint(text, repo)] == ([] if runner != "none" else ["AP119"])


@settings(max_examples=60, deadline=None)
@given(
    st.sets(
        st.from_regex(r"[a-zA-Z0-9._ é#:-]{1,8}(/[a-z0-9._ #-]{1,8}){0,3}\.(py|js|md)", fullmatch=True), max_size=6
    ),
    st.text(max_size=20),
    st.sampled_from([name for name in get_args(RunnerName) if name != "command"]),
)
def test_a_starter_plan_is_valid_for_any_repository(files: set[str], name: str, runner: RunnerName) -> None:
    files = {path for path in files if not any(other.startswith(f"{path}/") for other in files)}
    repo = Repository(files, runner=runner)
    findings = lint(starter_plan(repo, name), repo)
    assert [finding for finding in findings if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("name", ["no", "012", "123", "on", "null", "true", "é", ""])
def test_a_starter_plan_quotes_names_that_are_no_text(name: str) -> None:
    assert parse_plan(starter_plan(Repository(), name), "p").plan is not None


def test_the_schema_module_runs_as_a_program(tmp_path: Path) -> None:
    import sys

    target = tmp_path / "s.json"
    command = [sys.executable, "-W", "error", "-m", "autopack.plans.schema", str(target)]
    assert subprocess.run(command, check=False).returncode == 0
    assert target.stat().st_size > 1000
