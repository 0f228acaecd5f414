"""Merging a plan's defaults into its phases: maps key by key, scalars and lists of the phase replace."""

from __future__ import annotations

from typing import TypeVar

from autopack.model.plan import Defaults, Phase, Plan, PlanModel

Section = TypeVar("Section", bound=PlanModel)


def with_defaults(plan: Plan) -> Plan:
    """The plan with the defaults in every phase; only keys that a phase sets itself override."""
    phases = [_phase(plan.defaults, phase) for phase in plan.phases]
    return plan.model_copy(update={"phases": phases})


def _phase(defaults: Defaults, phase: Phase) -> Phase:
    update: dict[str, object] = {
        "tests": _section(defaults.tests, phase.tests),
        "scope": _section(defaults.scope, phase.scope),
        "allow": _section(defaults.allow, phase.allow),
    }
    for name in ("category", "complexity", "attempt_cap", "token_cap", "checks"):
        value = getattr(defaults, name)
        if value is not None and name not in phase.model_fields_set:
            update[name] = value
    return phase.model_copy(update=update)


def _section(below: Section, above: Section) -> Section:
    update: dict[str, object] = {}
    for name in below.model_fields_set:
        low, high = getattr(below, name), getattr(above, name)
        if isinstance(low, dict) and isinstance(high, dict):
            update[name] = low | high
        elif name not in above.model_fields_set:
            update[name] = low
    return above.model_copy(update=update)
