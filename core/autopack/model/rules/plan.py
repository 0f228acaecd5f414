"""AP1xx: the plan file."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("AP101", "schema", Severity.ERROR),
    Rule("AP102", "unknown-dependency", Severity.ERROR),
    Rule("AP103", "dependency-cycle", Severity.ERROR),
    Rule("AP104", "scope-outside-repository", Severity.ERROR),
    Rule("AP105", "deliverable-outside-scope", Severity.ERROR),
    Rule("AP106", "dependency-on-later-tier", Severity.ERROR),
    Rule("AP107", "protected-path-in-scope", Severity.WARNING),
    Rule("AP108", "budget-below-estimate", Severity.WARNING),
    Rule("AP118", "dirty-scope", Severity.WARNING),
    Rule("AP119", "no-evidence-possible", Severity.WARNING),
    Rule("AP120", "may-only-tighten", Severity.WARNING),
    Rule("AP121", "plan-not-trusted", Severity.ERROR),
)
