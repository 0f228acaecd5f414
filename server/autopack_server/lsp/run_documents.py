"""The read-only documents of scheme `autopack`: a file as it is on one side of an attempt's or a whole run's change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from autopack_server.lsp.findings.uris import SCHEME, RunDocument, run_document
from autopack_server.lsp.refusals import Refused
from autopack_server.lsp.verbs.phases import WHOLE_RUN

if TYPE_CHECKING:
    from autopack.service import Service
    from autopack_server.lsp.server import AutopackServer

MOST_BYTES = 8 * 1024 * 1024


def register(server: AutopackServer) -> None:
    @server.feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT)
    async def content(params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
        wanted = run_document(params.uri)
        if wanted is None:
            raise Refused(f"{params.uri} is no document of a run")
        seen = await server.runs.find(wanted.run, wanted.folder_uri)
        service = await seen.folder.service()
        return types.TextDocumentContentResult(text=await server.pools.read(text_of, service, wanted))

    @server.on_capabilities
    def advertise(capabilities: types.ServerCapabilities) -> None:
        workspace = capabilities.workspace or types.WorkspaceOptions()
        workspace.text_document_content = types.TextDocumentContentOptions(schemes=[SCHEME])
        capabilities.workspace = workspace


def text_of(service: Service, wanted: RunDocument) -> str:
    """The file's text; a sentence in its place for what is no text or too large. Raises Refused for what is not there."""
    whole = wanted.attempt == 0 and wanted.phase == WHOLE_RUN
    trees = service.versions.trees(wanted.run, "" if whole else wanted.phase, wanted.attempt)
    data = service.versions.read(trees.base if wanted.side == "base" else trees.candidate, wanted.path)
    if data is None:
        raise Refused(f"{wanted.path} does not exist in the {wanted.side}")
    if len(data) > MOST_BYTES:
        return f"({wanted.path} has {len(data):,} bytes: too large to show)\n"
    if b"\0" in data[:8192]:
        return f"({wanted.path} is binary: {len(data):,} bytes)\n"
    return service.redactor.text(data.decode("utf-8", "replace"))
