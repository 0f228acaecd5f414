from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from autopack.model import plan as plans
from autopack.settings.model import ModelInfo, ProviderSettings
from autopack.settings.sources import OTHER_VARIABLES, variables
from autopack.settings.tree import dotted

DOCS = Path(__file__).parents[2] / "docs"


def test_every_setting_is_documented() -> None:
    text = (DOCS / "settings.md").read_text("utf-8")
    keys = [dotted(loc) for loc, _ in variables([]).values()]
    assert [key for key in keys if f"`{key}`" not in text] == []
    inner = [*ModelInfo.model_fields, *ProviderSettings.model_fields]
    assert [key for key in inner if f".{key}`" not in text] == []
    assert [name for name in OTHER_VARIABLES if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    ("model", "prefix"),
    [
        (plans.Plan, ""), (plans.RunSpec, ""), (plans.Workspace, ""), (plans.Phase, ""), (plans.Tests, ""),
        (plans.Scope, "scope."), (plans.Allow, "allow."),
    ],
)  # fmt: skip
def test_every_key_of_a_plan_is_documented(model: type[BaseModel], prefix: str) -> None:
    text = (DOCS / "plan.md").read_text("utf-8")
    keys = [field.alias or name for name, field in model.model_fields.items()]
    tables = {"scope", "allow"} if model is plans.Phase else set[str]()
    assert [key for key in keys if f"`{prefix}{key}`" not in text and key not in tables] == []


def test_the_documented_settings_and_plan_are_valid(tmp_path: Path) -> None:
    from autopack.plans import parse_plan
    from autopack.settings import load_settings

    settings = (DOCS / "settings.md").read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
    file = tmp_path / ".config/autopack/config.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(settings)
    assert load_settings(None, env={"HOME": str(tmp_path)}).findings == ()
    plan = (DOCS / "plan.md").read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
    assert parse_plan(plan, "p").findings == ()
