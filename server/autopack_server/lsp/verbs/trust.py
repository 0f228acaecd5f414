"""Consent: what a plan executes and nobody agreed to yet is shown to a person before a run begins (AP121)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from autopack_server.lsp.refusals import Refused

if TYPE_CHECKING:
    from autopack_server.lsp.runs.folder import Folder
    from autopack_server.lsp.server import AutopackServer
    from autopack_server.worker.order import Reply

AGREE = "Agree and Start"
SHOWN = 12
"""Lines of a message: more would not fit a dialog, so a longer list is refused and read elsewhere."""


async def agreed(server: AutopackServer, folder: Folder, begin: Callable[[bool], Awaitable[Reply]]) -> Reply:
    """What `begin(False)` replies or, when that needs consent and a person gives it, what `begin(True)` does."""
    try:
        return await begin(False)
    except Refused as refused:
        lines = _asked(refused)
        if not lines:
            raise
        if len(lines) > SHOWN or server.options.asks_for_text:
            raise
        listed = "\n".join(f"• {line}" for line in lines)
        text = f"This plan executes what you have not agreed to in {folder.root.name} yet:\n{listed}"
        if await server.client.ask(text, [AGREE], grave=True) != AGREE:
            raise
    return await begin(True)


def _asked(refused: Refused) -> list[str]:
    data: Any = refused.data
    return list(data.get("lines", ())) if isinstance(data, dict) and data.get("code") == "AP121" else []
