"""The Auditor: a second model reviews the change and its evidence; what it says becomes located findings."""

from autopack.auditor.answer import AUDIT_SCHEMA, parse_audit
from autopack.auditor.findings import audit_findings
from autopack.auditor.prompt import render_audit

__all__ = ["AUDIT_SCHEMA", "audit_findings", "parse_audit", "render_audit"]
