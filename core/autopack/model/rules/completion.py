"""AP6xx: completion."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("AP601", "missing-deliverable", Severity.ERROR),
    Rule("AP602", "missing-symbol", Severity.ERROR),
    Rule("AP603", "no-op", Severity.ERROR),
    Rule("AP604", "goal-drift", Severity.WARNING),
    Rule("AP605", "risk-too-high", Severity.ERROR),
)
