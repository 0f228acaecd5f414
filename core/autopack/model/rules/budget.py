"""AP7xx: budgets and providers."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("AP701", "token-budget", Severity.ERROR),
    Rule("AP702", "money-budget", Severity.ERROR),
    Rule("AP703", "time-budget", Severity.ERROR),
    Rule("AP704", "attempt-budget", Severity.ERROR),
    Rule("AP705", "failure-budget", Severity.ERROR),
    Rule("AP706", "quota", Severity.ERROR),
    Rule("AP707", "provider-unavailable", Severity.ERROR),
    Rule("AP713", "cassette-changed", Severity.ERROR),
)
