"""The settings of the VS Code client: each leads to one that exists, and of a section it offers at all none is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path

from autopack.settings import Settings

CLIENT = Path(__file__).resolve().parents[2] / "client-vscode"
PASSED = dict(
    re.findall(r'\["([\w.]+)", \["settings", ([^\]]+)\]\]', (CLIENT / "src" / "settings.ts").read_text("utf-8"))
)
PLACES = {key: [part.strip(' "') for part in place.split(",")] for key, place in PASSED.items()}
NOT_CHOSEN_HERE = {("models", "allowed")}
"""What a person allows a workspace is set in the configuration file, beside the models themselves."""


def test_what_is_passed_on_is_offered_and_exists() -> None:
    offered = json.loads((CLIENT / "package.json").read_text("utf-8"))["contributes"]["configuration"]["properties"]
    for key, place in PLACES.items():
        assert offered[f"autopack.{key}"]["scope"] == "machine", key
        model = Settings
        for part in place[:-1]:
            model = model.model_fields[part].annotation  # type: ignore[assignment]
        assert place[-1] in model.model_fields, key


def test_models_and_caps_are_all_there() -> None:
    passed = {tuple(place) for place in PLACES.values()} | NOT_CHOSEN_HERE
    for section in ("models", "caps"):
        fields = Settings.model_fields[section].annotation.model_fields  # type: ignore[union-attr]
        assert {(section, name) for name in fields} <= passed
