"""What a workspace may change: caps only down, protection only up, models only among those the user allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopack.model.findings import Finding, Severity
from autopack.model.rules import RULES
from autopack.settings.sources import Source
from autopack.settings.tree import ADDITIVE, added, dotted, get, leaves, put
from autopack.yamlfile import Loc, Problem

_LOWER = frozenset(
    {
        "caps.attempt_cap", "caps.token_cap", "caps.money_cap_usd", "caps.max_duration_minutes",
        "policy.deletion_notify", "policy.deletion_ask", "policy.deletion_gross_ask", "policy.extent_lines",
        "policy.shrink_ask", "policy.growth_ask", "policy.churn_ask", "policy.churn_ask_again",
        "policy.symbol_loss_ask", "policy.symbol_loss_least", "policy.similarity_lines", "policy.max_answer_bytes",
        "policy.max_json_depth", "policy.max_operations", "context.max_files", "context.max_chars_per_file",
        "context.max_total_chars", "tests.output_bytes", "tests.memory_bytes", "approvals.lapse_hours",
        "tests.rerun_seconds", "tests.rewording_seconds", "tests.coverage_drop",
        "policy.risk.medium", "policy.risk.high", "policy.risk.critical", "policy.risk.lines_some",
        "policy.risk.lines_many", "policy.risk.lines_most", "policy.risk.untested_lines",
    }
)  # fmt: skip
_RAISE = frozenset(
    {
        "sandbox.minimum", "tests.mutants", "tests.mutant_seconds", "tests.selection_seconds",
        "policy.similarity_ask", "policy.risk.points_some", "policy.risk.points_many",
        "policy.risk.points_most", "policy.risk.deletion_notified", "policy.risk.deletion_asked",
        "policy.risk.critical_path", "policy.risk.critical_path_most", "policy.risk.risky_file",
        "policy.risk.risky_file_most", "policy.risk.untested", "policy.risk.marker", "policy.risk.marker_most",
    }
)  # fmt: skip
_STRICTER = {"tests.profile": "strict", "tests.selection": "never", "policy.needs_review": "ask"}
_CHOOSE = frozenset({"models.builder", "models.auditor", "models.second_auditor", "models.judge"})
_NOT_HERE = "cannot be set by a workspace"
_ORDER = {Severity.HINT: 0, Severity.INFORMATION: 1, Severity.WARNING: 2, Severity.ERROR: 3}


def tightened(
    tree: dict[str, Any], wanted: Mapping[str, Any], source: Source, allowed: list[str]
) -> tuple[list[Loc], list[Finding]]:
    """Apply to `tree`, in place, what tightens; returns the keys taken and one AP120 for each key ignored."""
    taken: list[Loc] = []
    ignored: list[Finding] = []
    refused: set[str] = set()
    for loc, value in leaves(wanted):
        current = get(tree, loc)
        if value == current or value == {}:
            continue
        new, refusal = _judge(loc, value, current, allowed)
        if refusal and dotted(loc[:2]) not in refused:
            named = loc[:2] if refusal == _NOT_HERE else loc
            refused.add(dotted(named))
            place = source.document.ranges.shown(named) or source.document.lines.range(0, 0)
            hint = "ignored; set it in your user-level settings if you want it"
            ignored.append(source.finding(Problem(f"`{dotted(named)}` {refusal}", place, hint, loc), "AP120"))
        if new != current:
            put(tree, loc, new)
            taken.append(loc)
    return taken, ignored


def _judge(loc: Loc, value: Any, current: Any, allowed: list[str]) -> tuple[Any, str]:
    """The value that holds, and why the wanted one does not hold in full."""
    key = dotted(loc)
    if loc in ADDITIVE:
        return _extended(loc, value, current or [])
    if key in _LOWER:
        if value is None or (current is not None and value > current):
            return current, f"may only be lowered here, from {current}"
        return value, ""
    if key in _RAISE:
        return (value, "") if value > current else (current, f"may only be raised here, from {current}")
    if key in _STRICTER:
        return (value, "") if value == _STRICTER[key] else (current, f"may only be made stricter here, from {current}")
    if key in _CHOOSE:
        refusal = f"cannot be `{value}` here, only one of {', '.join(allowed)}"
        return (value, "") if value in allowed else (current, refusal)
    if key == "models.allowed":
        subset = bool(value) and set(value) <= set(allowed)
        return (value, "") if subset else (current, f"may only leave models out here, from {', '.join(allowed)}")
    if loc[0] == "severities":
        code = str(loc[1])
        below = Severity(current) if current is not None else RULES[code].severity
        raised = _ORDER[Severity(value)] > _ORDER[below]
        return (value, "") if raised else (current, f"may only be raised here, from {below.value}")
    return current, _NOT_HERE


def _extended(loc: Loc, value: list[Any], current: list[Any]) -> tuple[list[Any], str]:
    if loc == ("policy", "unless_deliverable"):
        kept = added(current, [item for item in value if item.startswith("!")], removable=True)
        widening = [item for item in value if not item.startswith("!") and item not in current]
        return kept, f"cannot except `{widening[0]}` from approval here" if widening else ""
    removed = [item for item in value if item.startswith("!")]
    return added(current, value, removable=False), f"cannot take `{removed[0][1:]}` away here" if removed else ""
