"""textDocument/codeAction: what several features offer, in one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from autopack_server.lsp.actions import hunk_actions, run_actions
from autopack_server.lsp.plan.feature import code_actions as plan_fixes

if TYPE_CHECKING:
    from autopack_server.lsp.server import AutopackServer


def register(server: AutopackServer) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    async def code_actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        wanted = params.context.only
        if wanted and not any(types.CodeActionKind.QuickFix.value.startswith(str(kind)) for kind in wanted):
            return []
        return [*await plan_fixes(server, params), *run_actions(server, params), *hunk_actions(server, params)]
