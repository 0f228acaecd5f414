"""One rule code, explained."""

from __future__ import annotations

from autopack.context import block
from autopack.model.rules import Rule

_RESERVED = "The code is reserved: this version never reports it."


def rule_page(rule: Rule) -> str:
    """What `autopack explain` prints and docs/rules shows."""
    reserved = f"\n{_RESERVED}\n" if rule.reserved else ""
    return (
        f"# {rule.code} {rule.name}\n\nDefault severity: {rule.severity.value}.\n{reserved}\n{rule.explanation}\n\n"
        f"## What to do\n\n{rule.fix}\n\n## Example\n\n{block(rule.example, 'text')}\n"
    )
