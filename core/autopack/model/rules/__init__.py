"""The registry of rule codes: every finding's code is registered here once.

`autopack explain`, a diagnostic's `codeDescription` and docs/rules/ are all made from this table. One module per
family; a new code is a row there and nothing else.
"""

from __future__ import annotations

from autopack.model.findings import Finding, Range, Related, Severity, Tree
from autopack.model.rules import answer, audit, budget, completion, environment, governance, plan, testing
from autopack.model.rules.rule import Rule

__all__ = ["RULES", "Rule", "finding", "rule"]

RULES: dict[str, Rule] = {
    r.code: r
    for family in (plan, answer, governance, testing, audit, completion, budget, environment)
    for r in family.RULES
}


def rule(code: str) -> Rule:
    """The registered rule. Raises KeyError for a code nobody registered."""
    return RULES[code]


def finding(
    code: str,
    message: str,
    *,
    path: str = "",
    range: Range | None = None,
    tree: Tree = Tree.CANDIDATE,
    severity: Severity | None = None,
    blocking: bool | None = None,
    evidence: tuple[str, ...] = (),
    related: tuple[Related, ...] = (),
    entry: str = "",
) -> Finding:
    """A Finding with the rule's name, its default severity and, unless said otherwise, blocking when it is an error."""
    r = RULES[code]
    level = severity or r.severity
    return Finding(
        code=code,
        name=r.name,
        severity=level,
        message=message,
        blocking=level is Severity.ERROR if blocking is None else blocking,
        tree=tree,
        path=path,
        range=range,
        evidence=evidence,
        related=related,
        entry=entry,
    )
