"""AP9xx: the machine and the repository."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("AP901", "environment", Severity.ERROR),
    Rule("AP902", "store-damaged", Severity.ERROR),
    Rule("AP903", "lock-held", Severity.ERROR),
    Rule("AP904", "branch-busy", Severity.INFORMATION),
    Rule("AP905", "workspace-incomplete", Severity.WARNING),
    Rule("AP906", "not-snapshotted", Severity.WARNING),
    Rule("AP907", "sandbox-level", Severity.WARNING),
)
