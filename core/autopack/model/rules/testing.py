"""AP4xx: tests and checks."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("AP401", "new-test-failure", Severity.ERROR),
    Rule("AP402", "collection-error", Severity.ERROR),
    Rule("AP403", "missing-test", Severity.ERROR),
    Rule("AP404", "flaky-test", Severity.WARNING),
    Rule("AP405", "test-tampering", Severity.ERROR),
    Rule("AP406", "vacuous-test", Severity.WARNING),
    Rule("AP407", "no-usable-baseline", Severity.ERROR),
    Rule("AP408", "runner-crashed", Severity.ERROR),
    Rule("AP409", "wrong-tree-tested", Severity.ERROR),
    Rule("AP410", "no-evidence", Severity.ERROR),
    Rule("AP411", "coverage-drop", Severity.WARNING),
    Rule("AP412", "surviving-mutant", Severity.WARNING),
    Rule("AP413", "check-failed", Severity.ERROR),
    Rule("AP414", "tests-changed-tracked-files", Severity.INFORMATION),
)
