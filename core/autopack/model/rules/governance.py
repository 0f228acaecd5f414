"""AP3xx: what a change may touch."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("AP301", "protected-path", Severity.ERROR),
    Rule("AP302", "outside-scope", Severity.ERROR),
    Rule("AP303", "mass-deletion", Severity.WARNING),
    Rule("AP304", "symbol-loss", Severity.WARNING),
    Rule("AP305", "dissimilar", Severity.WARNING),
    Rule("AP306", "secret", Severity.ERROR),
    Rule("AP307", "mode-link-binary", Severity.ERROR),
    Rule("AP308", "syntax", Severity.ERROR),
    Rule("AP309", "name-collision", Severity.ERROR),
)
