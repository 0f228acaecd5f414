"""What the plan asks for passes, what was tested may go, and tests may move and change their form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tampering.edits import PRODUCT, judge, kinds

PLANS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "forms" / "plans.yaml").read_text("utf-8"))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan["id"])
def test_the_phase_stops_where_it_should(plan: dict[str, Any]) -> None:
    words = {"goal": plan["goal"]} if "goal" in plan else {}
    found = judge({**PRODUCT, **plan["base"]}, plan["change"], deliverables=tuple(plan.get("named", ())), **words)
    assert bool(kinds(found)) is plan["stops"]
