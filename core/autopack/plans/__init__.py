"""Plans: read a plan file with the place of everything in it, judge it (AP1xx), order it, start a new one."""

from __future__ import annotations

from autopack.plans.contract import SCHEMA_FILE, json_schema, schema_text
from autopack.plans.estimate import Estimate, estimate
from autopack.plans.graph import execution_order
from autopack.plans.limits import RunLimits, attempt_cap, run_limits
from autopack.plans.lint import PlanRepository, lint_plan
from autopack.plans.source import PlanSource, entry_loc, load_plan, parse_plan, place_of
from autopack.plans.starter import starter_plan
from autopack.plans.trust import TrustItem, interpreter_item, plan_digest, trust_items, unseen_items
from autopack.yamlfile import Ranges

__all__ = [
    "SCHEMA_FILE",
    "Estimate",
    "PlanRepository",
    "PlanSource",
    "Ranges",
    "RunLimits",
    "TrustItem",
    "attempt_cap",
    "entry_loc",
    "estimate",
    "execution_order",
    "interpreter_item",
    "json_schema",
    "lint_plan",
    "load_plan",
    "parse_plan",
    "place_of",
    "plan_digest",
    "run_limits",
    "schema_text",
    "starter_plan",
    "trust_items",
    "unseen_items",
]
