from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from autopack.model.findings import Severity
from autopack.settings import LoadedSettings, Settings, load_settings
from autopack.settings.sources import variables


class House:
    """A home folder and a repository of a test."""

    def __init__(self, folder: Path) -> None:
        self.env = {"HOME": str(folder / "home")}
        self.user = folder / "home/.config/autopack/config.yaml"
        self.repo = folder / "repo"
        self.workspace = self.repo / ".autopack/config.yaml"
        self.user.parent.mkdir(parents=True)
        self.workspace.parent.mkdir(parents=True)

    def load(self, **more: Any) -> LoadedSettings:
        return load_settings(self.repo, env=self.env, **more)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def told(loaded: LoadedSettings) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.where(), finding.message) for finding in loaded.findings]


def test_packaged_files_are_complete_and_without_findings(house: House) -> None:
    loaded = load_settings(None, env=house.env)
    assert loaded.findings == ()
    assert loaded.settings.models.builder.startswith("claude-sonnet")
    assert loaded.settings.model_info[loaded.settings.models.auditor].provider == "anthropic"
    assert loaded.settings.caps.attempt_cap == 5
    assert (loaded.settings.policy.deletion_notify, loaded.settings.policy.deletion_ask) == (100, 200)
    assert loaded.origins["caps.token_cap"].startswith("autopack_config/defaults.yaml:")
    assert loaded.origins["sandbox.level"] == "built in"


def test_each_source_outranks_those_below_it_and_is_named(house: House) -> None:
    house.user.write_text("caps:\n  token_cap: 100\n  attempt_cap: 2\ngit: {author: me}\n")
    expected = [
        (100, f"{house.user}:2", {}),
        (200, "editor", {"editor": {"caps": {"token_cap": 200}}}),
        (300, "environment AUTOPACK_CAPS_TOKEN_CAP", {}),
        (400, "command line", {"command_line": {"caps.token_cap": 400}}),
    ]
    more: dict[str, Any] = {}
    for value, origin, source in expected:
        more |= source
        if value == 300:
            house.env["AUTOPACK_CAPS_TOKEN_CAP"] = "300"
        loaded = house.load(**more)
        assert loaded.findings == ()
        assert loaded.settings.caps.token_cap == value
        assert loaded.origins["caps.token_cap"] == origin
    assert loaded.settings.caps.attempt_cap == 2
    assert loaded.origins["git.author"] == f"{house.user}:4"


def test_mappings_merge_and_lists_replace_except_in_the_policy(house: House) -> None:
    house.user.write_text(
        "models: {allowed: [gpt-6-luna]}\n"
        "model_info: {mine.v1: {provider: local, max_output_tokens: 10, context_tokens: 20, price_in: 1}}\n"
        "providers: {local: {kind: openai, base_url: 'http://127.0.0.1:8080/v1', api_key_env: LOCAL_KEY}}\n"
        "policy: {approval: [deploy/, '!*.sh'], never: [prod/], ask_categories: ['!debt_cleanup', tests]}\n"
    )
    packaged, loaded = load_settings(None, env={"HOME": "/nonexistent"}).settings, house.load().settings
    assert loaded.models.allowed == ["gpt-6-luna"]
    assert set(loaded.model_info) == {*packaged.model_info, "mine.v1"}
    assert loaded.model_info["mine.v1"].price_in == 1.0
    assert loaded.policy.never == [*packaged.policy.never, "prod/"]
    assert set(packaged.policy.approval) - set(loaded.policy.approval) == {"*.sh"}
    assert "deploy/" in loaded.policy.approval
    assert {*packaged.policy.ask_categories} ^ {*loaded.policy.ask_categories} == {"debt_cleanup", "tests"}
    assert loaded.policy_version != packaged.policy_version


def test_mistakes_are_located_and_the_rest_of_the_file_holds(house: House) -> None:
    house.user.write_text(
        "caps:\n  atempt_cap: 3\n  token_cap: many\n  max_duration_minutes: 7\n"
        "replay: no\nseverities: {AP4040: error}\n"
        "models: {builder: gpt-7}\nsandbox:\n  minimum: 9\n"
    )
    loaded = house.load()
    file = house.user.as_posix()
    assert told(loaded) == [
        ("AP101", f"{file}:5:9", "`no` is text in YAML 1.2 and false in YAML 1.1: write false, "
         'or the text in quotes "no"'),
        ("AP101", f"{file}:2:3", "unknown key `atempt_cap`; did you mean `attempt_cap`?"),
        ("AP101", f"{file}:3:14", "`caps.token_cap` must be a whole number, not the text `many`"),
        ("AP101", f"{file}:9:12", "`sandbox.minimum` must be at most 3"),
        ("AP101", f"{file}:6:14", "unknown rule `AP4040`; did you mean `AP404`?"),
        ("AP101", f"{file}:7:19", "`models.builder` names `gpt-7`, which `model_info` does not hold; "
         "describe it under `model_info`"),
    ]  # fmt: skip
    assert len(loaded.errors) == 6
    assert loaded.settings.caps.max_duration_minutes == 7
    assert loaded.settings.caps.token_cap == 5_000_000
    assert loaded.settings.replay is False


@pytest.mark.parametrize(
    "text",
    ["- a\n", "just text\n", "a: [\n", "caps: 3\n", "\tcaps: 1\n", "caps: {token_cap: 1}\ncaps: {}\n", "a: *a\n"],
)
def test_a_broken_file_is_an_error_and_never_raises(house: House, text: str) -> None:
    for file in (house.user, house.workspace):
        file.write_text(text)
        assert [finding.severity for finding in house.load().errors] == [Severity.ERROR]
        file.unlink()


@pytest.mark.parametrize("text", ["", "# nothing set\n", "{}\n", "caps: {}\n"])
def test_an_empty_file_sets_nothing(house: House, text: str) -> None:
    house.user.write_text(text)
    house.workspace.write_text(text)
    assert house.load().findings == ()


def test_environment_is_read_by_the_type_of_the_setting(house: House) -> None:
    house.env |= {
        "AUTOPACK_CAPS_MONEY_CAP_USD": "2.5",
        "AUTOPACK_MODELS_ALLOWED": "gpt-6-luna, gpt-6.1-sol",
        "AUTOPACK_PROVIDERS_ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
        "AUTOPACK_REPLAY": "true",
        "AUTOPACK_TARGET_PYTHON": "3.11",
        "AUTOPACK_SANDBOX_LEVEL": "1",
        "AUTOPACK_GIT_AUTHOR": "",
        "AUTOPACK_STATE_DIR": "/nonexistent",
    }
    loaded = house.load()
    assert loaded.findings == ()
    assert loaded.settings.caps.money_cap_usd == 2.5
    assert loaded.settings.models.allowed == ["gpt-6-luna", "gpt-6.1-sol"]
    assert loaded.settings.providers["anthropic"].base_url == "http://127.0.0.1:9"
    assert loaded.settings.replay is True
    assert loaded.settings.target_python == "3.11"
    assert loaded.settings.sandbox.level == 1
    assert loaded.settings.git.author == "autopack"


def test_wrong_and_misspelt_variables_are_named(house: House) -> None:
    house.env |= {"AUTOPACK_CAPS_TOKEN_CAPS": "1", "AUTOPACK_REPLAY": "maybe", "AUTOPACK_CAPS_TOKEN_CAP": "-1"}
    loaded = house.load()
    assert [(finding.severity.value, finding.message) for finding in loaded.findings] == [
        ("warning", "environment AUTOPACK_CAPS_TOKEN_CAPS: no such setting; did you mean `AUTOPACK_CAPS_TOKEN_CAP`?"),
        ("error", "environment AUTOPACK_CAPS_TOKEN_CAP: `caps.token_cap` must be at least 1"),
        ("error", "environment AUTOPACK_REPLAY: `replay` must be true or false, not the text `maybe`"),
    ]


def test_every_scalar_setting_has_a_variable() -> None:
    names = variables(["anthropic"])
    assert {"AUTOPACK_MODELS_BUILDER", "AUTOPACK_SANDBOX_MINIMUM", "AUTOPACK_RETENTION_POOL"} <= set(names)
    assert len({loc for loc, _ in names.values()}) == len(names)


def test_the_workspace_may_tighten(house: House) -> None:
    house.workspace.write_text(
        "caps: {token_cap: 1000, attempt_cap: 2, money_cap_usd: 1}\n"
        "policy: {never: [secrets/], approval: [db/], deletion_ask: 50}\n"
        "models: {builder: gpt-6.1-sol, allowed: [gpt-6.1-sol, claude-opus-5-5]}\n"
        "severities: {AP119: error}\nsandbox: {minimum: 2}\n"
    )
    loaded = house.load()
    assert loaded.findings == ()
    settings = loaded.settings
    assert (settings.caps.token_cap, settings.caps.attempt_cap, settings.caps.money_cap_usd) == (1000, 2, 1.0)
    assert settings.policy.never[-1] == "secrets/"
    assert settings.policy.approval[-1] == "db/"
    assert settings.policy.deletion_ask == 50
    assert settings.models.builder == "gpt-6.1-sol"
    assert settings.severities == {"AP119": Severity.ERROR}
    assert settings.sandbox.minimum == 2
    assert loaded.origins["caps.token_cap"] == ".autopack/config.yaml:1"
    assert loaded.origins["policy.never"].startswith("autopack_config/policy.yaml")
    assert loaded.origins["policy.never"].endswith(".autopack/config.yaml:2")


def test_the_workspace_may_tighten_every_part_of_the_risk(house: House) -> None:
    shipped = house.load().settings.policy.risk
    wanted = {key: [f"{key}/"] if isinstance(value, list) else value - 1 if key in LOWERED else value + 1
              for key, value in shipped.model_dump().items()}  # fmt: skip
    house.workspace.write_text(json.dumps({"policy": {"risk": wanted}}))
    loaded = house.load()
    assert loaded.findings == ()
    for key, value in loaded.settings.policy.risk.model_dump().items():
        assert value == ([*getattr(shipped, key), f"{key}/"] if isinstance(value, list) else wanted[key]), key


LOWERED = {"medium", "high", "critical", "lines_some", "lines_many", "lines_most", "untested_lines"}


@pytest.mark.parametrize(
    "text",
    [
        "caps: {token_cap: 50000000}",
        "caps: {attempt_cap: 20}",
        "caps: {money_cap_usd: null}",
        "policy: {approval: ['!Makefile']}",
        "policy: {never: ['!.git']}",
        "policy: {ask_categories: ['!debt_cleanup']}",
        "policy: {unless_deliverable: [Makefile]}",
        "policy: {deletion_ask: 100000}",
        "policy: {max_answer_bytes: 99999999}",
        "policy: {risk: {critical: 71}}",
        "policy: {risk: {lines_some: 201}}",
        "policy: {risk: {critical_path: 14}}",
        "policy: {risk: {untested: 0}}",
        "policy: {risk: {critical_paths: ['!auth']}}",
        "policy: {risk: {risky_files: ['!*.sql']}}",
        "models: {builder: gpt-6-luna}",
        "models: {allowed: [claude-opus-5-5, gpt-6-luna]}",
        "models: {allowed: []}",
        "model_info: {claude-opus-5-5: {provider: openai}}",
        "model_info: {x: {provider: anthropic, max_output_tokens: 1, context_tokens: 1}}",
        "providers: {anthropic: {base_url: 'https://elsewhere.invalid'}}",
        "providers: {anthropic: {api_key_env: HOME}}",
        "sandbox: {minimum: 1}",
        "sandbox: {level: 1}",
        "target_python: ./evil",
        "git: {author: me}",
        "retention: {days: 0}",
        "approvals: {lapse_hours: 1000}",
        "tests: {output_bytes: 99999999}",
        "tests: {memory_bytes: 9999999999}",
        "context: {max_files: 4000}",
        "replay: true",
        "severities: {AP401: hint}",
    ],
)
def test_the_workspace_may_not_widen(house: House, text: str) -> None:
    house.user.write_text(
        "models: {allowed: [claude-sonnet-5-5, claude-opus-5-5]}\nsandbox: {minimum: 2}\ncaps: {money_cap_usd: 3}\n"
    )
    before = house.load()
    house.workspace.write_text(text + "\n")
    after = house.load()
    assert after.settings == before.settings
    (finding,) = after.findings
    assert (finding.code, finding.severity, finding.path) == ("AP120", Severity.WARNING, ".autopack/config.yaml")
    assert finding.range is not None


def test_the_workspace_file_is_read_without_following_links(house: House, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text("caps: {token_cap: 1}\n")
    house.workspace.symlink_to(elsewhere)
    assert [finding.where() for finding in house.load().errors] == [".autopack/config.yaml:1:1"]
    house.workspace.unlink()
    os.mkfifo(house.workspace)
    assert len(house.load().errors) == 1
    house.workspace.unlink()
    house.workspace.parent.rmdir()
    house.workspace.parent.symlink_to(tmp_path)
    assert len(house.load().errors) == 1
    assert house.load().settings.caps.token_cap == 5_000_000


def test_many_mistakes_end_with_all_of_the_file_ignored(house: House) -> None:
    house.workspace.write_text("".join(f"key{n}: 1\n" for n in range(5000)))
    loaded = house.load()
    assert "too many mistakes" in loaded.errors[-1].message


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**9), st.text(max_size=5), st.lists(st.text(max_size=4), max_size=2)
)
KEYS = ["attempt_cap", "token_cap", "money_cap_usd", "minimum", "level", "never", "approval", "builder", "x"]
sections = st.dictionaries(st.sampled_from(KEYS), leaves, max_size=4)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from([*Settings.model_fields, "y"]), st.one_of(leaves, sections), max_size=4),
    st.dictionaries(st.sampled_from([*Settings.model_fields, "y"]), st.one_of(leaves, sections), max_size=4),
)
def test_whatever_the_sources_hold_settings_are_valid_and_no_wider(
    house: House, editor: dict[str, Any], workspace: dict[str, Any]
) -> None:
    import yaml

    house.workspace.unlink(missing_ok=True)
    before = house.load(editor=editor).settings
    house.workspace.write_text(yaml.safe_dump(workspace))
    after = house.load(editor=editor).settings
    assert after.caps.attempt_cap <= before.caps.attempt_cap
    assert after.caps.token_cap <= before.caps.token_cap
    assert set(after.policy.never) >= set(before.policy.never)
    assert set(after.policy.approval) >= set(before.policy.approval)
    assert after.sandbox.minimum >= before.sandbox.minimum
    assert after.providers == before.providers
    assert after.models.builder in before.allowed_models() or after.models.builder == before.models.builder


def test_only_the_user_says_how_changes_are_audited(house: House) -> None:
    house.workspace.write_text(
        "audit: {profiles: {security_auth_change: general}, apply_patches: try, force_dual: true}\n"
    )
    loaded = house.load()
    assert loaded.settings.audit.profiles["security_auth_change"] == "security_review"
    assert loaded.settings.audit.apply_patches == "offer" and not loaded.settings.audit.force_dual
    assert {code for code, *_ in told(loaded)} == {"AP120"}
    house.workspace.unlink()
    house.user.write_text("audit: {profiles: {docs: bulk_review}}\n")
    profiles = house.load().settings.audit.profiles
    assert (profiles["docs"], profiles["database"]) == ("bulk_review", "schema_review")


def test_a_workspace_may_only_be_stricter_about_tests(house: House) -> None:
    house.user.write_text("tests: {strict_categories: [docs], covered_least: {strict: 0.9, docs: 0.5}}\n")
    house.workspace.write_text(
        "tests: {profile: strict, strict_categories: [frontend, '!docs'], coverage_drop: 0.01, coverage: never,\n"
        "  covered_least: {strict: 0.0}}\n"
    )
    loaded = house.load()
    tests = loaded.settings.tests
    assert (tests.profile, tests.strict_categories, tests.coverage_drop) == ("strict", ["docs", "frontend"], 0.01)
    assert (tests.coverage, tests.least_covered("backend", "strict")) == ("auto", 0.9)
    assert [tests.least_covered(c, "normal") for c in ("backend", "docs")] == [0.0, 0.5]
    assert {code for code, *_ in told(loaded)} == {"AP120"} and len(loaded.findings) == 3
    house.user.write_text("tests: {profile: strict}\n")
    house.workspace.write_text("tests: {profile: auto, coverage_drop: 0.5}\n")
    tests = house.load().settings.tests
    assert (tests.profile, tests.coverage_drop) == ("strict", 0.02)


def test_a_workspace_may_only_have_more_tests_run_at_once(house: House) -> None:
    house.workspace.write_text("tests: {selection: never, selection_seconds: 60}\n")
    loaded = house.load()
    assert (loaded.settings.tests.selection, loaded.settings.tests.selection_seconds) == ("never", 60)
    assert loaded.findings == ()
    house.user.write_text("tests: {selection: never}\n")
    house.workspace.write_text("tests: {selection: auto, selection_seconds: 1}\n")
    loaded = house.load()
    assert (loaded.settings.tests.selection, loaded.settings.tests.selection_seconds) == ("never", 20)
    assert {code for code, *_ in told(loaded)} == {"AP120"} and len(loaded.findings) == 2


AUTO = "approvals:\n  auto_paths:\n    - {paths: ['docs/*.md'], max_risk: %s}\n"


def test_only_the_user_says_what_phases_are_given_without_a_person(house: House) -> None:
    assert house.load().settings.approvals.auto_paths == []
    house.workspace.write_text(AUTO % "low")
    loaded = house.load()
    assert loaded.settings.approvals.auto_paths == []
    assert [code for code, *_ in told(loaded)] == ["AP120"] and "`approvals.auto_paths` cannot" in told(loaded)[0][2]
    house.workspace.unlink()
    house.user.write_text(AUTO % "medium")
    (rule,) = house.load().settings.approvals.auto_paths
    assert (rule.paths, rule.max_risk, rule.max_lines) == (["docs/*.md"], "medium", 100)
    house.workspace.write_text("approvals: {auto_paths: [{paths: ['*'], max_risk: medium, max_lines: 9999}]}\n")
    assert house.load().settings.approvals.auto_paths == [rule], "nor does a workspace widen what the user said"


@pytest.mark.parametrize("text", [
    AUTO % "high", AUTO % "critical", "approvals: {auto_paths: [{paths: []}]}", "approvals: {auto_paths: ['docs/*.md']}",
    "approvals: {auto_paths: [{paths: ['docs/**']}]}", "approvals: {auto_paths: [{paths: ['docs/']}]}",
    "approvals: {auto_paths: [{paths: ['/docs/a.md']}]}", "approvals: {auto_paths: [{paths: ['../a']}]}",
    "approvals: {auto_paths: [{paths: ['a'], max_lines: 0}]}",
])  # fmt: skip
def test_leave_that_is_too_wide_or_means_nothing_is_an_error(house: House, text: str) -> None:
    house.user.write_text(text)
    loaded = house.load()
    assert [f.code for f in loaded.errors] == ["AP101"] and loaded.settings.approvals.auto_paths == []
