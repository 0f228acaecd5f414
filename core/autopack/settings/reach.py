"""Models within reach: where the shipped choice has no key but another provider has one, that provider's first model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopack.yamlfile import Loc

_ROLES = ("builder", "auditor")
_PACKAGED = "autopack_config/"


def choose_reachable(tree: dict[str, Any], origins: dict[Loc, str], env: Mapping[str, str]) -> None:
    """Change only a role nobody set: its model comes from the packaged files and its key is not in the environment.
    Model order in `model_info` is the order of preference."""
    for role in _ROLES:
        loc: Loc = ("models", role)
        if not origins.get(loc, "").startswith(_PACKAGED) or _reachable(tree, tree["models"][role], env):
            continue
        for name in tree.get("models", {}).get("allowed") or tree.get("model_info", {}):
            if _reachable(tree, name, env):
                tree["models"][role] = name
                key = _key_of(tree, name)
                origins[loc] = f"chosen because {key} is set and the shipped choice has no key"
                break


def _reachable(tree: dict[str, Any], model: str, env: Mapping[str, str]) -> bool:
    return bool(env.get(_key_of(tree, model)))


def _key_of(tree: dict[str, Any], model: str) -> str:
    models: dict[str, dict[str, Any]] = tree.get("model_info", {})
    providers: dict[str, dict[str, Any]] = tree.get("providers", {})
    name = str(models.get(model, {}).get("provider", ""))
    return str(providers.get(name, {}).get("api_key_env", ""))
