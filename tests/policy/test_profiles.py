"""Which phases are judged strictly."""

from __future__ import annotations

import pytest

from autopack.model.plan import HIGH_RISK, Phase
from autopack.policy import profile_of
from autopack.settings import model

PLAIN = model.Settings(models=model.Models(builder="b", auditor="a"))


def of(settings: model.Settings = PLAIN, **keys: str) -> str:
    return profile_of(Phase.model_validate({"id": "one", "goal": "Do it.", **keys}), settings)


def test_what_is_grave_is_judged_strictly() -> None:
    assert of() == of(category="docs") == of(complexity="low") == "normal"
    assert of(complexity="high") == "strict"
    assert {of(category=category) for category in HIGH_RISK} == {"strict"}


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        (model.TestingSettings(profile="strict"), ("strict", "strict", "strict")),
        (model.TestingSettings(strict_categories=["docs"]), ("strict", "normal", "strict")),
    ],
)
def test_settings_make_more_strict_and_nothing_less(tests: model.TestingSettings, expected: tuple[str, ...]) -> None:
    settings = PLAIN.model_copy(update={"tests": tests})
    found = tuple(of(settings, category=c) for c in ("docs", "backend", "security_auth_change"))
    assert found == expected
