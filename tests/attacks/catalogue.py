"""The catalogue, what of it later features bring, and how a case is judged (by the rules of the catalogue's runner)."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.attacks.adapter import observe
from tests.attacks.box import HERE, USERS_WORK, Box, Template
from tests.attacks.product import Scene


@cache
def cases() -> dict[str, dict[str, Any]]:
    """Every case of `given.yaml` by its id."""
    found = yaml.safe_load((HERE / "given.yaml").read_text("utf-8"))
    return {case["id"]: case for case in found}


def attempt(case: dict[str, Any], template: Template, driver: Any = observe) -> str:
    """Run one case in a fresh box; "" when it holds, else what does not."""
    with Box.fresh(template, case["setup"]) as box, tempfile.TemporaryDirectory(
        prefix="attack-state-", ignore_cleanup_errors=True
    ) as place:  # fmt: skip
        given = {**case, "payload": box.filled(case["payload"]), "context": box.filled(case.get("context") or {})}
        before = box.everything()
        result = driver(Scene(given, box.repo, box.out, box.home, Path(place)))
        problems = [
            *_outcome(case, result, before != box.everything()),
            *_state(case, box),
            *_observed(case, box, result),
        ]
        return "; ".join(problems) + (f"\n{result}" if problems else "")


def _outcome(case: dict[str, Any], result: dict[str, Any], changed: bool) -> list[str]:
    outcome, expected = result.get("outcome"), case["expected"]
    fits = outcome in ("blocked", "allowed") if expected == "neutralised" else outcome == expected
    problems = [] if fits else [f"is {outcome}, expected {expected}"]
    if expected == "blocked" and changed and case["format"] != "config":
        problems.append("files changed although the case was blocked")
    return problems


def _state(case: dict[str, Any], box: Box) -> list[str]:
    problems = []
    if box.sh(USERS_WORK).returncode:
        problems.append("the user's uncommitted work was touched")
    if case.get("assert") and box.sh(case["assert"]).returncode:
        problems.append(f"does not hold: {case['assert']}")
    return problems


def _observed(case: dict[str, Any], box: Box, result: dict[str, Any]) -> list[str]:
    observed = result.get("observed", {})
    wanted = box.filled(case.get("observe") or {})
    return [f"{key}: {observed.get(key)!r}, expected {value!r}" for key, value in wanted.items()
            if not _fits(key, observed.get(key), value)]  # fmt: skip


def _fits(key: str, got: Any, wanted: Any) -> bool:
    if key.endswith("_max"):
        return got is not None and got <= wanted
    if key.endswith(("_not_contains", "_not_contain")):
        return got is not None and not any(item in got for item in wanted)
    if key.endswith(("_contains", "_paths")):
        return got is not None and all(item in got for item in wanted)
    return got == wanted
