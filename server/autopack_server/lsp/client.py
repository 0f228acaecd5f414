"""The client as this server may use it: what it can do, what a person is asked through it, which buffers are open."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autopack_server.lsp.server import AutopackServer

_log = logging.getLogger(__name__)


class Client:
    """Asks only for what the client said it can."""

    def __init__(self, server: AutopackServer) -> None:
        self._server = server

    @property
    def capabilities(self) -> types.ClientCapabilities:
        return self._server.client_capabilities

    @property
    def shows_sides(self) -> bool:
        """The client opens the two sides of a change itself (it said so in its initialization options)."""
        return self._server.options.shows_sides

    @property
    def shows_documents(self) -> bool:
        window = self.capabilities.window
        return bool(window and window.show_document and window.show_document.support)

    @property
    def shows_progress(self) -> bool:
        window = self.capabilities.window
        return bool(window and window.work_done_progress)

    @property
    def refreshes_lenses(self) -> bool:
        workspace = self.capabilities.workspace
        return bool(workspace and workspace.code_lens and workspace.code_lens.refresh_support)

    @property
    def disables_actions(self) -> bool:
        document = self.capabilities.text_document
        return bool(document and document.code_action and document.code_action.disabled_support)

    async def show(self, uri: str) -> bool:
        """Open a file in the editor; False where it cannot or would not."""
        if not self.shows_documents:
            return False
        shown = await self._server.window_show_document_async(types.ShowDocumentParams(uri=uri, take_focus=True))
        return bool(shown and shown.success)

    async def ask(self, text: str, answers: Sequence[str], *, grave: bool = False) -> str:
        """The button a person pressed, "" for none. The message stays open as long as it takes."""
        kind = types.MessageType.Warning if grave else types.MessageType.Info
        items = [types.MessageActionItem(title=answer) for answer in answers]
        chosen = await self._server.window_show_message_request_async(
            types.ShowMessageRequestParams(type=kind, message=text, actions=items)
        )
        title = chosen.title if chosen is not None else ""
        return title if title in answers else ""

    def tell(self, text: str, *, grave: bool = False) -> None:
        kind = types.MessageType.Warning if grave else types.MessageType.Info
        self._server.window_show_message(types.ShowMessageParams(type=kind, message=text))

    def open_text(self, uri: str) -> str | None:
        """The text of an open buffer."""
        document = self._server.workspace.text_documents.get(uri)
        return None if document is None else document.source

    async def refresh_lenses(self) -> None:
        if self.refreshes_lenses:
            try:
                await self._server.workspace_code_lens_refresh_async(None)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                _log.info("the client refreshes no lenses: %s", error)
