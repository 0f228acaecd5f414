"""Selector: plan features asked for in plans alone, where the client lets a server say so.

A capability of the initialize answer counts for every document the client attaches; registered after it, it can name
the documents, and hover, rename or completion in the user's code are left to those who know about code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Callable

    from autopack_server.lsp.server import AutopackServer

TRIGGERS = [" ", ":", "-", "/", "[", "{", ",", '"', "'"]
PLANS: types.DocumentSelector = [types.TextDocumentFilterPattern(pattern="**/*.autopack.yaml", scheme="file")]

_FEATURES: tuple[tuple[str, str, Callable[[], object]], ...] = (
    (types.TEXT_DOCUMENT_COMPLETION, "completion", lambda: types.CompletionRegistrationOptions(PLANS, TRIGGERS)),
    (types.TEXT_DOCUMENT_HOVER, "hover", lambda: types.HoverRegistrationOptions(PLANS)),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, "document_symbol", lambda: types.DocumentSymbolRegistrationOptions(PLANS)),
    (types.TEXT_DOCUMENT_FOLDING_RANGE, "folding_range", lambda: types.FoldingRangeRegistrationOptions(PLANS)),
    (types.TEXT_DOCUMENT_CODE_LENS, "code_lens", lambda: types.CodeLensRegistrationOptions(PLANS)),
    (types.TEXT_DOCUMENT_DEFINITION, "definition", lambda: types.DefinitionRegistrationOptions(PLANS)),
    (types.TEXT_DOCUMENT_DOCUMENT_LINK, "document_link", lambda: types.DocumentLinkRegistrationOptions(PLANS)),
    (types.TEXT_DOCUMENT_REFERENCES, "references", lambda: types.ReferenceRegistrationOptions(PLANS)),
    (types.TEXT_DOCUMENT_RENAME, "rename", lambda: types.RenameRegistrationOptions(PLANS, True)),
)
"""Method, its name among the client's and (with `_provider`) the server's capabilities, and what it is registered with."""


def narrow_to_plans(server: AutopackServer) -> None:
    """Take what can be registered later out of the initialize answer, and register it then."""
    later: list[types.Registration] = []

    @server.on_capabilities
    def withhold(capabilities: types.ServerCapabilities) -> None:
        document = server.client_capabilities.text_document
        for method, name, options in _FEATURES:
            told = getattr(document, name, None)
            if getattr(told, "dynamic_registration", None):
                setattr(capabilities, f"{name}_provider", None)
                later.append(types.Registration(f"plans/{name}", method, options()))

    @server.on_initialized
    async def register() -> None:
        if later:
            await server.client_register_capability_async(types.RegistrationParams(later))
