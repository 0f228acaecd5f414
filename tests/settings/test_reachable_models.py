"""The shipped choice of models gives way where only another provider has a key; a choice of the user never does."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopack.settings import MissingKey, load_settings, missing_keys, no_second_auditor


def test_only_the_other_provider_has_a_key(tmp_path: Path) -> None:
    loaded = load_settings(None, env={"HOME": str(tmp_path), "OPENAI_API_KEY": "k"})
    info = loaded.settings.model_info
    assert info[loaded.settings.models.builder].provider == "openai"
    assert info[loaded.settings.models.auditor].provider == "openai"
    assert "OPENAI_API_KEY" in loaded.origins["models.builder"]


def test_the_shipped_choice_stays_where_its_key_is_set_or_no_key_is(tmp_path: Path) -> None:
    shipped = load_settings(None, env={"HOME": str(tmp_path)}).settings.models
    both = {"HOME": str(tmp_path), "OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"}
    assert load_settings(None, env=both).settings.models == shipped


def test_what_the_user_chose_is_never_changed(tmp_path: Path) -> None:
    config = tmp_path / "autopack" / "config.yaml"
    config.parent.mkdir()
    config.write_text("models: {builder: claude-haiku-4-5}\n")
    env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "OPENAI_API_KEY": "k"}
    loaded = load_settings(None, env=env)
    assert loaded.settings.models.builder == "claude-haiku-4-5"
    assert loaded.settings.model_info[loaded.settings.models.auditor].provider == "openai"


def test_the_shipped_choice_stays_where_its_provider_has_an_endpoint_of_the_users(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "OPENAI_API_KEY": "k", "AUTOPACK_PROVIDERS_ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    loaded = load_settings(None, env=env)
    assert loaded.settings.model_info[loaded.settings.models.builder].provider == "anthropic"
    assert missing_keys(loaded.settings, env) == []


def test_which_roles_have_no_key(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "AUTOPACK_MODELS_AUDITOR": "gpt-6-luna", "OPENAI_API_KEY": ""}
    settings = load_settings(None, env=env).settings
    builder = MissingKey("builder", settings.models.builder, "anthropic", "ANTHROPIC_API_KEY")
    auditor = MissingKey("auditor", "gpt-6-luna", "openai", "OPENAI_API_KEY")
    assert missing_keys(settings, env) == [builder, auditor]
    assert missing_keys(settings, {"ANTHROPIC_API_KEY": "k"}) == [auditor]


LOCAL = """\
providers: {local: {kind: openai, base_url: "http://127.0.0.1:1/v1", api_key_env: LOCAL_KEY}}
models: {builder: qwen, auditor: qwen}
model_info:
  qwen: {provider: local, max_output_tokens: 16000, context_tokens: 128000}
"""
LLAMA = "  llama: {provider: local, max_output_tokens: 16000, context_tokens: 128000}\n"
BOTH = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}


@pytest.mark.parametrize(("text", "keys", "second", "why_not"), [
    ("{}", {"ANTHROPIC_API_KEY": "k"}, "claude-haiku-5-5", ""),
    ("{}", {"OPENAI_API_KEY": "k"}, "gpt-6.1-terra", ""),
    ("{}", BOTH, "claude-haiku-5-5", ""),
    ("models: {allowed: [claude-sonnet-5-5, claude-opus-5-5]}", BOTH, "claude-sonnet-5-5", ""),
    ("models: {second_auditor: gpt-6.1-sol}", BOTH, "gpt-6.1-sol", ""),
    ("models: {second_auditor: gpt-6.1-sol}", {"ANTHROPIC_API_KEY": "k"}, "gpt-6.1-sol", "OPENAI_API_KEY is not set"),
    ("models: {second_auditor: claude-opus-5-5}", BOTH, "claude-opus-5-5", "two reviews by one model are one"),
    ("models: {second_auditor: ''}", BOTH, "", "no second model is set"),
    (LOCAL, BOTH, "", "no second model is set"),
    (LOCAL + LLAMA, BOTH, "llama", ""),
])  # fmt: skip
def test_the_second_auditor_comes_from_the_providers_in_use(
    tmp_path: Path, text: str, keys: dict[str, str], second: str, why_not: str
) -> None:
    """Code goes to no vendor that was not chosen for builder or auditor."""
    file = tmp_path / "autopack" / "config.yaml"
    file.parent.mkdir()
    file.write_text(text)
    settings = load_settings(None, env=keys | {"XDG_CONFIG_HOME": str(tmp_path)}).settings
    assert settings.models.second_auditor == second
    said = no_second_auditor(settings, keys)
    assert why_not in said if why_not else said == ""
