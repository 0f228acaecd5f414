"""Caps: a plan may lower the user's, never raise them (AP120), and should leave room for the work (AP108)."""

from __future__ import annotations

from dataclasses import dataclass

from autopack.model.plan import DUAL_AUDIT, Phase, Plan
from autopack.plans.estimate import estimate
from autopack.plans.judge import Judge
from autopack.settings import Settings
from autopack.text import plural
from autopack.yamlfile import Loc


@dataclass(frozen=True, slots=True)
class RunLimits:
    """The caps that hold for a run: the lower of the plan's and the user's."""

    token_cap: int
    money_cap_usd: float | None
    max_duration_minutes: int


def run_limits(plan: Plan, settings: Settings) -> RunLimits:
    """The caps of the whole run."""
    caps, run = settings.caps, plan.run
    money = [cap for cap in (caps.money_cap_usd, run.money_cap_usd) if cap is not None]
    return RunLimits(
        min(caps.token_cap, run.token_cap),
        min(money) if money else None,
        min(caps.max_duration_minutes, run.max_duration_minutes),
    )


def attempt_cap(phase: Phase, settings: Settings) -> int:
    """How many attempts the phase has."""
    return min(phase.attempt_cap, settings.caps.attempt_cap)


def check_limits(judge: Judge) -> None:
    """AP108, AP120 and AP122."""
    caps, run = judge.settings.caps, judge.plan.run
    for key in ("token_cap", "money_cap_usd", "max_duration_minutes"):
        _check_raised(judge, key, getattr(run, key), getattr(caps, key), ("run", key))
    for index, phase in enumerate(judge.plan.phases):
        loc = ("phases", index, "attempt_cap")
        if not (judge.inherited(loc) and index > 0):
            _check_raised(judge, "attempt_cap", phase.attempt_cap, caps.attempt_cap, loc)
    _check_room(judge)
    if judge.plan.run.autonomy == "unattended":
        _check_acceptance(judge)


def _check_raised(judge: Judge, key: str, value: float | None, cap: float | None, loc: Loc) -> None:
    written = loc in judge.source.ranges or judge.inherited(loc)
    if written and value is not None and cap is not None and value > cap:
        message = f"`{key}: {value}` is more than the {cap} of your settings, which holds"
        judge.add("AP120", f"{message}; a plan may only lower it", loc)


def _check_room(judge: Judge) -> None:
    total = 0
    for index, phase in enumerate(judge.plan.phases):
        needed = estimate(phase, judge.files).budget
        total += needed
        if phase.token_cap is not None and phase.token_cap < needed:
            message = f"`token_cap: {phase.token_cap}` leaves no room for one attempt of phase `{phase.id}`"
            hint = f"its answer alone is estimated at up to {needed} tokens; raise the cap or split the phase"
            judge.add("AP108", f"{message}; {hint}", ("phases", index, "token_cap"))
    cap = run_limits(judge.plan, judge.settings).token_cap
    if cap < total:
        phases = plural(len(judge.plan.phases), "phase")
        message = f"the run's {cap} tokens are less than the {total} that its {phases} may need"
        judge.add("AP108", f"{message}; raise `token_cap` or run fewer phases", ("run", "token_cap"))


def _check_acceptance(judge: Judge) -> None:
    for index, phase in enumerate(judge.plan.phases):
        if phase.category in judge.settings.policy.ask_categories:
            message = (
                f"every change of category {phase.category} needs a person, and an unattended run refuses what does"
            )
            judge.add("AP122", message, ("phases", index, "category"))
        if judge.one_auditor and (judge.settings.audit.force_dual or phase.category in DUAL_AUDIT):
            why = f"two models must review what phase `{phase.id}` changes, and {judge.one_auditor}"
            message = f"{why}; an unattended run refuses it then (AP504)"
            judge.add("AP122", message, ("phases", index, "category"))
