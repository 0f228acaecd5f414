"""The Auditor: other models review the change and its evidence; what they say becomes located findings."""

from autopack.auditor.answer import AUDIT_SCHEMA, parse_audit
from autopack.auditor.findings import audit_findings, located
from autopack.auditor.judging import JUDGE_SCHEMA, Rulings, parse_rulings, render_judge, settled
from autopack.auditor.merging import FIRST, JUDGE, SECOND, Merged, category_class, merge, opinion
from autopack.auditor.profiles import GENERAL, profiles
from autopack.auditor.prompt import render_audit
from autopack.auditor.tests import TESTS_SCHEMA, parse_tests, render_tests, ruled_on

__all__ = [
    "AUDIT_SCHEMA",
    "FIRST",
    "GENERAL",
    "JUDGE",
    "JUDGE_SCHEMA",
    "SECOND",
    "TESTS_SCHEMA",
    "Merged",
    "Rulings",
    "audit_findings",
    "category_class",
    "located",
    "merge",
    "opinion",
    "parse_audit",
    "parse_rulings",
    "parse_tests",
    "profiles",
    "render_audit",
    "render_judge",
    "render_tests",
    "ruled_on",
    "settled",
]
