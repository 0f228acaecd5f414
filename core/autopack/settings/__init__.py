"""Settings: the one place that reads configuration. Packaged files < user file < editor < AUTOPACK_* < command line;
the workspace's `.autopack/config.yaml` may only tighten (AP120). Also where state lives and which plans are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopack.lazily import names_of

if TYPE_CHECKING:
    from autopack.settings.load import LoadedSettings, load_settings
    from autopack.settings.model import AuditSettings, ModelInfo, Policy, ProviderSettings, Settings
    from autopack.settings.patterns import covered, matches, matching
    from autopack.settings.places import config_file, state_dir, state_root
    from autopack.settings.reach import MissingKey, missing_keys, no_second_auditor
    from autopack.settings.trust import remember_trust, trusted

__getattr__ = names_of(
    __name__,
    {
        "load": "LoadedSettings load_settings",
        "model": "AuditSettings ModelInfo Policy ProviderSettings Settings",
        "patterns": "covered matches matching",
        "places": "config_file state_dir state_root",
        "reach": "MissingKey missing_keys no_second_auditor",
        "trust": "remember_trust trusted",
    },
)

__all__ = [
    "AuditSettings",
    "LoadedSettings",
    "MissingKey",
    "ModelInfo",
    "Policy",
    "ProviderSettings",
    "Settings",
    "config_file",
    "covered",
    "load_settings",
    "matches",
    "matching",
    "missing_keys",
    "no_second_auditor",
    "remember_trust",
    "state_dir",
    "state_root",
    "trusted",
]
