"""Rule: what is registered once about a code."""

from __future__ import annotations

from dataclasses import dataclass

from autopack.model.findings import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """`explanation` says what the rule protects, `fix` what to do, `example` one real message; backticks mark code.
    `reserved`: no part of this version reports it yet."""

    code: str
    name: str
    severity: Severity
    explanation: str = ""
    fix: str = ""
    example: str = ""
    reserved: bool = False
