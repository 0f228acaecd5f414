"""AP2xx: the model's answer."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("AP201", "unparsable-answer", Severity.ERROR),
    Rule("AP202", "truncated-answer", Severity.ERROR),
    Rule("AP203", "placeholder", Severity.ERROR),
    Rule("AP204", "stale-base", Severity.ERROR),
    Rule("AP205", "ambiguous-location", Severity.ERROR),
    Rule("AP206", "empty-answer", Severity.ERROR),
    Rule("AP207", "answer-too-large", Severity.ERROR),
)
