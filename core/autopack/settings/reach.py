"""Models within reach: whose key is set, and what the shipped choice gives way to where its own is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autopack.settings.model import Settings
from autopack.yamlfile import Loc

ROLES = ("builder", "auditor")
"""Those that every run asks."""

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
    found = (_missing_key(settings, env, role, str(getattr(settings.models, role))) for role in ROLES)
    return [missing for missing in found if missing is not None]


def _missing_key(settings: Settings, env: Mapping[str, str], role: str, model: str) -> MissingKey | None:
    info = settings.model_info.get(model)
    provider = settings.providers.get(info.provider) if info is not None else None
    if info is None or provider is None or provider.base_url or env.get(provider.api_key_env):
        return None
    return MissingKey(role, model, info.provider, provider.api_key_env)


def no_second_auditor(settings: Settings, env: Mapping[str, str], *, replayed: bool = False) -> str:
    """Why two models cannot review a change, "" when they can; a replay needs no keys."""
    model = settings.models.second_auditor
    if not model:
        return "no second model is set (`models.second_auditor`)"
    if model == settings.models.auditor:
        return f"`models.second_auditor` is `models.auditor`, {model}: two reviews by one model are one"
    if model not in settings.model_info:
        return f"the second model {model} is not described under `model_info`"
    missing = _missing_key(settings, env, "second_auditor", model)
    if missing is not None and not replayed:
        return f"the second model {model} cannot be asked: {missing.variable} is not set"
    return ""


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
    _choose_second(tree, origins, env)


def _choose_second(tree: dict[str, Any], origins: dict[Loc, str], env: Mapping[str, str]) -> None:
    """A second auditor that nobody set comes from the providers of builder and auditor, so that code goes to no vendor that
    was not chosen for it: another model than the auditor's, no Builder's before the Builder's; none where there is none."""
    loc: Loc = ("models", "second_auditor")
    models: dict[str, Any] = tree["models"]
    if not origins.get(loc, "").startswith(_PACKAGED):
        return
    first, builder = models["auditor"], models["builder"]
    home = [_provider_of(tree, first), _provider_of(tree, builder)]
    names: list[str] = models.get("allowed") or [models["second_auditor"], *tree.get("model_info", {})]
    fit = [name for name in names if name != first and _provider_of(tree, name) in home]
    reached = [name for name in fit if _keyed(tree, name, env) or _provider_of(tree, name).get("base_url")]
    best = min(reached or fit, key=lambda name: name == builder, default="")
    if best != models["second_auditor"]:
        models["second_auditor"] = best
        origins[loc] = "chosen among the providers in use" if best else "no provider in use has another model"


def _keyed(tree: dict[str, Any], model: str, env: Mapping[str, str]) -> bool:
    return bool(env.get(str(_provider_of(tree, model).get("api_key_env", ""))))


def _provider_of(tree: dict[str, Any], model: str) -> dict[str, Any]:
    models: dict[str, dict[str, Any]] = tree.get("model_info", {})
    providers: dict[str, dict[str, Any]] = tree.get("providers", {})
    return providers.get(str(models.get(model, {}).get("provider", "")), {})
