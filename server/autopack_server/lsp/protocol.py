"""The methods of LSP that the server itself answers: initialize, shutdown, exit, executeCommand, open documents."""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

import cattrs
from lsprotocol import types
from pygls.progress import Progress
from pygls.protocol import lsp_method

from autopack_server.lsp.dispatch import Dispatch
from autopack_server.lsp.documents import Documents
from autopack_server.lsp.messages import is_id
from autopack_server.lsp.refusals import BadArguments

if TYPE_CHECKING:
    from autopack_server.lsp.server import AutopackServer

logger = logging.getLogger(__name__)

Steps = Generator[Any, Any, Any]


class Protocol(Dispatch):
    """pygls' built-ins, with what they leave open closed."""

    def __init__(self, server: AutopackServer, converter: cattrs.Converter) -> None:
        super().__init__(server, converter)
        self.progress = ForgettingProgress(self)
        self.shut_down = False

    @property
    def autopack(self) -> AutopackServer:
        return cast("AutopackServer", self._server)

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Steps:
        try:
            _folders_that_can_be_read(params)
        except ValueError as error:
            raise BadArguments(f"a folder's URI cannot be read: {error}") from None
        result = yield from super().lsp_initialize(params)
        pygls = self.workspace
        self._workspace = Documents(
            pygls.root_uri,
            types.TextDocumentSyncKind.Incremental,
            list(pygls.folders.values()),
            pygls.position_encoding,
        )
        self.autopack.describe(result.capabilities)
        self.autopack.lifecycle.watch_parent(params.process_id)
        self.initialized = True
        return result

    @lsp_method(types.INITIALIZED)
    def lsp_initialized(self, *args: Any) -> Steps:
        yield from super().lsp_initialized(*args)
        self.autopack.begin()

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Steps:
        if (handler := self.fm.features.get(types.SHUTDOWN)) is not None:
            yield handler, args, None
        self.shut_down = True
        self.stop()

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: Any) -> Steps:
        if (handler := self.fm.features.get(types.EXIT)) is not None:
            yield handler, args, None
        told = "the editor said exit" if self.shut_down else "the editor said exit without shutdown"
        self.autopack.lifecycle.leave(0 if self.shut_down else 1, told)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Steps:
        result = yield self.autopack.commands.run, (params.command, params.arguments), None
        return result

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Steps:
        try:
            urlsplit(params.text_document.uri)
        except ValueError as error:
            raise BadArguments(f"the document's URI cannot be read: {error}") from None
        yield from super().lsp_text_document__did_open(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Steps:
        if unquote(params.text_document.uri) not in self.workspace.text_documents:
            raise BadArguments("the document is not open")
        yield from super().lsp_text_document__did_change(params)

    @lsp_method(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def lsp_work_done_progress_cancel(self, params: types.WorkDoneProgressCancelParams) -> Steps:
        if not is_id(params.token):
            raise BadArguments("the token is neither a number nor a string")
        yield from super().lsp_work_done_progress_cancel(params)


class ForgettingProgress(Progress):
    """Forgets a token once its work has ended, so that it can be used again and none is left behind."""

    def end(self, token: types.ProgressToken, value: types.WorkDoneProgressEnd) -> None:
        super().end(token, value)
        self.tokens.pop(token, None)


def _folders_that_can_be_read(params: types.InitializeParams) -> None:
    """Raises ValueError for a URI that is none."""
    for uri in (params.root_uri, *(folder.uri for folder in params.workspace_folders or ())):
        if uri is not None:
            urlsplit(uri)
