"""Models within reach: whose key is set, and what the shipped choice gives way to where its own is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autopack.settings.model import Settings
from autopack.yamlfile import Loc

ROLES = ("builder", "auditor")
_PACKAGED = "autopack_config/"


@dataclass(frozen=True, slots=True)
class MissingKey:
    """A role whose model cannot be asked: `variable` is not in the environment."""

    role: str
    model: str
    provider: str
    variable: str


def missing_keys(settings: Settings, env: Mapping[str, str]) -> list[MissingKey]:
    """The roles whose model has no key; an endpoint with a base URL of its own may need none, and names that the
    settings do not describe are told where they are loaded."""
    found: list[MissingKey] = []
    for role in ROLES:
        model = str(getattr(settings.models, role))
        info = settings.model_info.get(model)
        provider = settings.providers.get(info.provider) if info is not None else None
        if info is None or provider is None or provider.base_url or env.get(provider.api_key_env):
            continue
        found.append(MissingKey(role, model, info.provider, provider.api_key_env))
    return found


def choose_reachable(tree: dict[str, Any], origins: dict[Loc, str], env: Mapping[str, str]) -> None:
    """Change only a role nobody set: its model comes from the packaged files and can neither be asked with a key nor at
    an endpoint of the user's. Model order in `model_info` is the order of preference."""
    for role in ROLES:
        loc: Loc = ("models", role)
        shipped = tree["models"][role]
        if not origins.get(loc, "").startswith(_PACKAGED) or _keyed(tree, shipped, env):
            continue
        if _provider_of(tree, shipped).get("base_url"):
            continue
        for name in tree.get("models", {}).get("allowed") or tree.get("model_info", {}):
            if _keyed(tree, name, env):
                tree["models"][role] = name
                key = _provider_of(tree, name)["api_key_env"]
                origins[loc] = f"chosen because {key} is set and the shipped choice has no key"
                break


def _keyed(tree: dict[str, Any], model: str, env: Mapping[str, str]) -> bool:
    return bool(env.get(str(_provider_of(tree, model).get("api_key_env", ""))))


def _provider_of(tree: dict[str, Any], model: str) -> dict[str, Any]:
    models: dict[str, dict[str, Any]] = tree.get("model_info", {})
    providers: dict[str, dict[str, Any]] = tree.get("providers", {})
    return providers.get(str(models.get(model, {}).get("provider", "")), {})
