"""AP5xx: the audit."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("AP501", "major-audit-issue", Severity.ERROR),
    Rule("AP502", "minor-audit-issue", Severity.WARNING),
    Rule("AP503", "auditors-disagree", Severity.WARNING),
    Rule("AP504", "audit-unavailable", Severity.ERROR),
)
