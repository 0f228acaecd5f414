from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.errors import UsageError
from autopack.model.deliverables import deliverable_path
from autopack.model.plan import Plan, ReadOnly
from autopack.plans import PlanSource, json_schema, load_plan, parse_plan
from autopack.plans.schema import main as write_schema

REPO = Path(__file__).parents[2]

FULL = """\
# yaml-language-server: $schema=plan.schema.json
autopack: 1
run: {id: add-search, autonomy: supervised, base: head, token_cap: 450000, money_cap_usd: 5.0}
project: my-project
tiers: [{id: backend, name: Backend}]
workspace: {copy: [.env.test], link: [node_modules], setup: [[python, tools/gen.py]]}
defaults: {tests: {runner: pytest}}
phases:
  - id: index
    tier: backend
    goal: Build an inverted index over titles and bodies.
    category: backend
    complexity: medium
    depends_on: []
    scope:
      paths: [src/search/, src/app.py]
      read_only: [{path: src/models.py, reason: entity shapes}]
    deliverables: [src/search/index.py, tests/test_index.py]
    acceptance: [lookup is case-insensitive]
    tests: {paths: [tests/], must_pass: ["tests/test_index.py::test_lookup"], timeout_seconds: 300}
    checks: [[ruff, check, src]]
    attempt_cap: 5
    token_cap: 120000
"""
SMALL = "autopack: 1\nrun: {id: r}\nphases:\n  - id: a\n    goal: g\n"


def told(source: PlanSource) -> list[tuple[str, str]]:
    assert all(finding.code == "AP101" for finding in source.findings)
    return [(finding.where(), finding.message) for finding in source.findings]


def plan_of(text: str) -> Plan:
    source = parse_plan(text, "p.yaml")
    assert source.findings == ()
    assert source.plan is not None
    return source.plan


def test_the_documented_example_is_read_whole() -> None:
    plan = plan_of(FULL)
    phase = plan.phase("index")
    assert plan.run.money_cap_usd == 5.0
    assert plan.workspace.copy_ == [".env.test"]
    assert phase.tests.runner == "pytest"
    assert phase.tests.must_pass == ["tests/test_index.py::test_lookup"]
    assert phase.scope.read_only == [ReadOnly(path="src/models.py", reason="entity shapes")]
    with pytest.raises(KeyError):
        plan.phase("other")


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("acceptance:", "acceptence:", "p:19:5", "unknown key `acceptence`; did you mean `acceptance`?"),
        ("    category: ", "    task_category: ", "p:12:5", "unknown key `task_category`; did you mean `category`?"),
        ("attempt_cap: 5", "timeout_seconds: 5", "p:22:5", "unknown key `timeout_seconds`; it belongs under `tests`"),
        ("    goal: ", "    description: ", "p:11:5", "unknown key `description`; did you mean `goal`?"),
        ("goal: Build an inverted index over titles and bodies.", "notes: x", "p:9:5", "the key `goal` is missing"),
        ("category: backend", "category: backnd", "p:12:15",
         "`phases[0].category` cannot be `backnd`, only one of backend, frontend, tests, docs, database, deployment, "
         "refactoring, bug_fix, feature_scaffolding, debt_cleanup, cross_cutting_refactor, index_registry_change, "
         "schema_contract_change, schema_contract_change_destructive, schema_contract_change_additive, "
         "bulk_multi_file_operation, security_auth_change, external_feature_reuse, external_feature_reuse_remote, "
         "external_feature_reuse_internal, external_code_intake, core_backend_high; did you mean `backend`?"),
        ("id: index", "id: Index_1", "p:9:9",
         "`phases[0].id` must be lower-case letters, digits and -, beginning with a letter or digit, at most 40 "
         "characters, not `Index_1`"),
        ("attempt_cap: 5", "attempt_cap: 0", "p:22:18", "`phases[0].attempt_cap` must be at least 1"),
        ("attempt_cap: 5", 'attempt_cap: "5"', "p:22:18",
         "`phases[0].attempt_cap` must be a whole number, not the text `5`"),
        ("attempt_cap: 5", "attempt_cap: 5.5", "p:22:18",
         "`phases[0].attempt_cap` must be a whole number, not the number 5.5"),
        ("attempt_cap: 5", "attempt_cap:", "p:22:5",
         "`phases[0].attempt_cap` has no value, expected a whole number; give it one or remove the key"),
        ("[tests/], must", "tests/, must", "p:20:20", "`phases[0].tests.paths` must be a list; write [tests/]"),
        ("[lookup is case-insensitive]", "[1]", "p:19:18",
         "`phases[0].acceptance[0]` must be text, not a number; put it in quotes"),
        ("[ruff, check, src]", "[]", "p:21:14", "`phases[0].checks[0]` must not be empty"),
        ("timeout_seconds: 300", "network: no", "p:20:88",
         '`no` is text in YAML 1.2 and false in YAML 1.1: write false, or the text in quotes "no"'),
        ("timeout_seconds: 300", "timeout_seconds: 0300", "p:20:96",
         '`0300` is 300 in YAML 1.2 and octal in YAML 1.1: write 300, or the text in quotes "0300"'),
        ("reason: entity shapes}", "why: x}", "p:17:41", "unknown key `why`; known here: path, reason"),
        ("[{path: src/models.py, reason: entity shapes}]", "[7]", "p:17:19",
         "`scope.read_only[0]` must be a mapping, not the number 7"),
        ("autopack: 1", "autopack: 2", "p:2:11", "`autopack` cannot be `2`, only one of 1"),
        ("money_cap_usd: 5.0", "money_cap_usd: .inf", "p:3:91",
         "`run.money_cap_usd` must be a finite number, not the number inf"),
        ("project: my-project", "project: [a]", "p:4:10", "`project` must be text, not a list"),
        ("phases:\n", "phases: []\nnotes:\n", "p:8:9", "`phases` must not be empty"),
        ("    tier: backend\n", "    tier: backend\n    tier: backend\n", "p:11:5",
         "the key `tier` stands here a second time (first in line 10); keep one of the two"),
        ("    scope:\n", "\tscope:\n", "p:15:1", "a tab character cannot indent; indent with spaces"),
    ],
)  # fmt: skip
def test_mistakes_are_located_and_say_what_to_write(old: str, new: str, where: str, message: str) -> None:
    assert old in FULL
    source = parse_plan(FULL.replace(old, new, 1), "p")
    assert (where, message) in told(source)
    assert source.plan is None


def test_all_mistakes_of_a_plan_are_told_at_once() -> None:
    text = (
        FULL.replace("acceptance:", "accept:")
        .replace("timeout_seconds: 300", "network: no")
        .replace("id: index", "id: A")
    )
    assert [where for where, _ in told(parse_plan(text, "p"))] == ["p:9:9", "p:19:5", "p:20:88"]


def test_missing_keys_of_an_incomplete_text_are_not_told() -> None:
    source = parse_plan("autopack: 1\nrun: {id: a\n", "p")
    assert len(source.findings) == 1
    assert source.ranges.value(("autopack",)) is not None


@pytest.mark.parametrize(
    ("text", "words"), [("- a\n", "a plan is a mapping"), ("x\n", "a plan is a mapping"), ("", "empty")]
)
def test_what_is_no_mapping_is_no_plan(text: str, words: str) -> None:
    (finding,) = parse_plan(text, "p").findings
    assert words in finding.message


def test_defaults_merge_key_by_key_and_only_what_a_phase_sets_overrides() -> None:
    plan = plan_of(
        "autopack: 1\nrun: {id: r}\n"
        "defaults:\n"
        "  tests: {runner: pytest, paths: [tests/], env: {A: a, B: b}, timeout_seconds: 60, network: true}\n"
        "  scope: {read_only: [README.md], paths: [src/]}\n"
        "  allow: {noop: true}\n"
        "  category: docs\n  attempt_cap: 2\n  checks: [[lint]]\n"
        "phases:\n"
        "  - {id: a, goal: g}\n"
        "  - id: b\n    goal: g\n    category: backend\n    attempt_cap: 5\n    checks: []\n    allow: {noop: false}\n"
        "    scope: {paths: [b.py]}\n"
        "    tests: {env: {B: x, C: c}, paths: [], timeout_seconds: 300}\n"
    )
    a, b = plan.phases
    assert (a.category, a.attempt_cap, a.checks, a.allow.noop) == ("docs", 2, [["lint"]], True)
    assert a.tests.env == {"A": "a", "B": "b"}
    assert (b.category, b.attempt_cap, b.checks, b.allow.noop) == ("backend", 5, [], False)
    assert b.tests.env == {"A": "a", "B": "x", "C": "c"}
    assert (b.tests.paths, b.tests.timeout_seconds, b.tests.network, b.tests.runner) == ([], 300, True, "pytest")
    assert (b.scope.paths, b.scope.read_only) == (["b.py"], ["README.md"])


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("src/a.py", "src/a.py"), ("src/a.py (new)", "src/a.py"), ("src/a.py with tests for it", "src/a.py"),
        ("src/x/ (package)", "src/x/"), ("docs/how to deal with x.md", "docs/how to deal with x.md"),
        ("  a.py  ", "a.py"), ("a (1).py", "a (1).py"),
    ],
)  # fmt: skip
def test_annotations_of_deliverables_are_not_part_of_the_path(text: str, path: str) -> None:
    assert deliverable_path(text) == path


def test_deliverables_may_stand_in_buckets() -> None:
    buckets = "    deliverables: {code: [a.py (new)], tests: {unit: [t/test_a.py], e2e: [t/test_b.py]}}\n"
    assert plan_of(SMALL + buckets).phases[0].deliverables == ["a.py", "t/test_a.py", "t/test_b.py"]
    assert parse_plan(SMALL + "    deliverables: {code: a.py}\n", "p").plan is None
    assert parse_plan(SMALL + "    deliverables: [1]\n", "p").plan is None


def test_files_are_named_relative_to_the_repository(tmp_path: Path) -> None:
    file = tmp_path / "plans/p.autopack.yaml"
    file.parent.mkdir()
    file.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert load_plan(file, tmp_path).plan == plan_of(FULL)
    assert load_plan(file, tmp_path).name == "plans/p.autopack.yaml"
    assert load_plan(file, tmp_path / "elsewhere").name == file.as_posix()
    file.write_bytes(b"autopack: \xff")
    assert told(load_plan(file, tmp_path))[0][0] == "plans/p.autopack.yaml:1:11"
    file.write_bytes(b"# " + b"x" * 1_100_000)
    assert "more than the" in told(load_plan(file, tmp_path))[0][1]


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_missing_file_is_a_wrong_call(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="autopack init"):
        load_plan(tmp_path / name)


def test_the_shipped_schema_is_up_to_date_and_describes_every_key() -> None:
    assert write_schema([str(REPO / "docs/plan.schema.json"), "--check"]) == 0
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"autopack", "run", "phases"}
    phase = schema["$defs"]["Phase"]["properties"]
    undescribed = [key for key, value in phase.items() if "description" not in value and "$ref" not in value]
    assert undescribed == []


def test_the_schema_is_written_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "plan.schema.json"
    assert write_schema([str(target), "--check"]) == 1
    assert write_schema([str(target)]) == 0
    assert write_schema([str(target), "--check"]) == 0
    assert write_schema([]) == 2
    assert "usage" in capsys.readouterr().err


texts = st.text(max_size=8)
junk: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 99), texts, st.floats(allow_nan=True)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)


def places(tree: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [at, *(place for key, value in inner for place in places(value, (*at, key)))]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_plan_with_anything_anywhere_never_raises_and_is_located(data: st.DataObject) -> None:
    tree = yaml.safe_load(FULL)
    place = data.draw(st.sampled_from([where for where in places(tree) if where]))
    holder = tree
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = data.draw(junk)
    source = parse_plan(yaml.safe_dump(tree, allow_unicode=True), "p")
    assert (source.plan is None) == bool(source.findings)
    assert all(finding.range is not None for finding in source.findings)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, len(FULL)),
    st.text(st.sampled_from("\t :-[]{}#&*!|>'\"%@\n0a\u2028é"), max_size=3),
    st.integers(0, 4),
)
def test_a_plan_edited_anywhere_never_raises(position: int, typed: str, deleted: int) -> None:
    source = parse_plan(FULL[:position] + typed + FULL[position + deleted :], "p")
    assert (source.plan is None) == bool(source.findings)
