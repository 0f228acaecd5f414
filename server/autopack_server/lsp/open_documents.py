"""What happens to the editor's documents, told to everyone who keeps something about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from autopack_server.lsp.server import AutopackServer


def register(server: AutopackServer) -> None:
    """After the features it tells: `server.findings` and `server.plans`."""
    findings, plans = server.findings, server.plans

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        findings.reopened(params.text_document.uri)
        plans.opened(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        findings.changed(params.text_document.uri)
        plans.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        findings.reopened(params.text_document.uri)
        plans.recheck()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        findings.reopened(params.text_document.uri)
        plans.closed(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: types.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            findings.reopened(change.uri)
            plans.changed_on_disk(change.uri)
        plans.recheck()
