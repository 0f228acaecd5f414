"""Findings of runs as diagnostics, placed in the user's own text (DESIGN §9, "Diagnostics")."""

from __future__ import annotations

from autopack_server.lsp.findings.publish import FindingsFeature
from autopack_server.lsp.findings.run_findings import PhaseFindings, RunFindings, Versions
from autopack_server.lsp.findings.uris import RunDocument, file_path, file_uri, run_document, uri_key

__all__ = [
    "FindingsFeature",
    "PhaseFindings",
    "RunDocument",
    "RunFindings",
    "Versions",
    "file_path",
    "file_uri",
    "run_document",
    "uri_key",
]
