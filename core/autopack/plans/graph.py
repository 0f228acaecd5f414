"""Dependencies between phases: unknown (AP102), circular (AP103), on later tiers (AP106); the order of execution."""

from __future__ import annotations

import heapq

from autopack.errors import PlanRejected
from autopack.model.plan import Phase, Plan
from autopack.plans.judge import Judge
from autopack.yamlfile import nearest


def tier_positions(plan: Plan) -> dict[str, int]:
    """The place of every phase's tier in the plan; 0 where there is none to tell."""
    order = {tier.id: index for index, tier in reversed(list(enumerate(plan.tiers)))}
    return {phase.id: order.get(phase.tier or "", 0) for phase in plan.phases}


def execution_order(plan: Plan) -> list[str]:
    """Phase ids in topological order, ties by tier, then position. Raises PlanRejected for a cycle (AP103)."""
    tiers = tier_positions(plan)
    positions = {phase.id: index for index, phase in enumerate(plan.phases)}
    waiting = {phase.id: {needed for needed in phase.depends_on if needed in positions} for phase in plan.phases}
    dependents: dict[str, list[str]] = {phase.id: [] for phase in plan.phases}
    for phase_id, needed in waiting.items():
        for other in needed:
            dependents[other].append(phase_id)
    ready = [(tiers[phase_id], positions[phase_id], phase_id) for phase_id, needed in waiting.items() if not needed]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        _, _, done = heapq.heappop(ready)
        order.append(done)
        for dependent in dependents[done]:
            waiting[dependent].discard(done)
            if not waiting[dependent]:
                heapq.heappush(ready, (tiers[dependent], positions[dependent], dependent))
    if len(order) < len(positions):
        names = ", ".join(phase_id for phase_id in positions if phase_id not in order)
        raise PlanRejected(
            f"phases depend on each other in a circle: {names}", code="AP103", hint="run `autopack lint`"
        )
    return order


def check_graph(judge: Judge) -> None:
    """AP102, AP103, AP106 and, for identifiers and tiers, AP101."""
    _check_identifiers(judge)
    known = [phase.id for phase in judge.plan.phases]
    tiers = tier_positions(judge.plan)
    for index, phase in enumerate(judge.plan.phases):
        for position, needed in enumerate(phase.depends_on):
            loc = ("phases", index, "depends_on", position)
            if needed not in tiers:
                close = nearest(needed, [other for other in known if other != phase.id])
                hint = f"; did you mean `{close}`?" if close else f"; the plan has {', '.join(known)}"
                judge.add("AP102", f"phase `{phase.id}` depends on `{needed}`, which does not exist{hint}", loc)
            elif tiers[needed] > tiers[phase.id]:
                other = judge.plan.phase(needed)
                message = f"phase `{phase.id}` of tier `{phase.tier}` depends on `{needed}` of the later tier"
                judge.add("AP106", f"{message} `{other.tier}`; move one of them or drop the dependency", loc)
    _check_cycles(judge)


def _check_identifiers(judge: Judge) -> None:
    seen: dict[str, int] = {}
    for index, tier in enumerate(judge.plan.tiers):
        if tier.id in seen:
            judge.add("AP101", f"the tier `{tier.id}` stands in the plan twice; rename one", ("tiers", index, "id"))
        seen.setdefault(tier.id, index)
    phases: dict[str, int] = {}
    for index, phase in enumerate(judge.plan.phases):
        loc = ("phases", index, "id")
        if phase.id in phases:
            judge.add("AP101", f"the phase `{phase.id}` stands in the plan twice; rename one", loc)
        phases.setdefault(phase.id, index)
        _check_tier(judge, index, phase, list(seen))


def _check_tier(judge: Judge, index: int, phase: Phase, tiers: list[str]) -> None:
    loc = ("phases", index, "tier")
    if phase.tier is None:
        if len(tiers) > 1:
            judge.add("AP101", f"phase `{phase.id}` names no tier; one of {', '.join(tiers)}", loc)
    elif phase.tier not in tiers:
        close = nearest(phase.tier, tiers)
        hint = f"did you mean `{close}`?" if close else "list it under `tiers`"
        judge.add("AP101", f"phase `{phase.id}` names the tier `{phase.tier}`, which does not exist; {hint}", loc)


def _check_cycles(judge: Judge) -> None:
    phases = {phase.id: (index, phase) for index, phase in reversed(list(enumerate(judge.plan.phases)))}
    colour: dict[str, str] = {}
    reported: set[frozenset[str]] = set()
    for root in [phase.id for phase in judge.plan.phases]:
        path: list[str] = []
        stack: list[tuple[str, int]] = [(root, 0)] if root not in colour else []
        while stack:
            phase_id, position = stack.pop()
            if position == 0:
                colour[phase_id] = "open"
                path.append(phase_id)
            index, phase = phases[phase_id]
            if position == len(phase.depends_on):
                colour[phase_id] = "done"
                path.pop()
                continue
            stack.append((phase_id, position + 1))
            needed = phase.depends_on[position]
            if needed not in phases:
                continue
            if needed not in colour:
                stack.append((needed, 0))
            elif colour[needed] == "open":
                cycle = path[path.index(needed) :]
                if frozenset(cycle) not in reported:
                    reported.add(frozenset(cycle))
                    _add_cycle(judge, [*cycle, needed], ("phases", index, "depends_on", position))


def _add_cycle(judge: Judge, cycle: list[str], loc: tuple[str | int, ...]) -> None:
    if len(cycle) == 2:
        judge.add("AP103", f"phase `{cycle[0]}` depends on itself; remove it", loc)
        return
    names = " -> ".join(cycle if len(cycle) <= 12 else [*cycle[:6], "...", *cycle[-5:]])
    judge.add("AP103", f"phases depend on each other in a circle: {names}; remove one of these dependencies", loc)
