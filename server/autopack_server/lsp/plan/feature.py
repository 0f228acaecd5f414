"""Plan language features of the server: registration alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from autopack_server.lsp.plan.language import PlanLanguage
from autopack_server.lsp.plan.selector import TRIGGERS, narrow_to_plans
from autopack_server.lsp.runs.folder import local_path

if TYPE_CHECKING:
    from autopack_server.lsp.plan.lenses import PhaseLens
    from autopack_server.lsp.server import AutopackServer


def register(server: AutopackServer) -> None:
    """Sets `server.plans`. Its methods for documents that open, change and close are called by whoever hears of them."""
    plans = server.plans = PlanLanguage(server)
    plans.href = server.rule_href
    plans.phase_states = lambda uri: phase_states(server, uri)

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=TRIGGERS))
    async def completion(params: types.CompletionParams) -> types.CompletionList | None:
        return await plans.ask_on_ground(
            params.text_document.uri, lambda answers, plan, ground: answers.completion(plan, params.position, ground)
        )

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        return await plans.ask_on_ground(
            params.text_document.uri, lambda answers, plan, ground: answers.hover(plan, params.position, ground)
        )

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def symbols(
        params: types.DocumentSymbolParams,
    ) -> list[types.DocumentSymbol] | list[types.SymbolInformation] | None:
        return await plans.ask(params.text_document.uri, lambda answers, plan: answers.symbols(plan))

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    async def folds(params: types.FoldingRangeParams) -> list[types.FoldingRange] | None:
        return await plans.ask(params.text_document.uri, lambda answers, plan: answers.folds(plan))

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions())
    async def lenses(params: types.CodeLensParams) -> list[types.CodeLens] | None:
        return await plans.lenses(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> types.Location | list[types.LocationLink] | None:
        return await plans.ask_on_ground(
            params.text_document.uri, lambda answers, plan, ground: answers.definition(plan, params.position, ground)
        )

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK, types.DocumentLinkOptions())
    async def links(params: types.DocumentLinkParams) -> list[types.DocumentLink] | None:
        return await plans.ask_on_ground(
            params.text_document.uri, lambda answers, plan, ground: answers.links(plan, ground)
        )

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def references(params: types.ReferenceParams) -> list[types.Location] | None:
        declaration = params.context.include_declaration
        return await plans.ask(
            params.text_document.uri, lambda answers, plan: answers.references(plan, params.position, declaration)
        )

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def renamable(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        return await plans.ask(params.text_document.uri, lambda answers, plan: answers.renamable(plan, params.position))

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        return await plans.ask(
            params.text_document.uri, lambda answers, plan: answers.rename(plan, params.position, params.new_name)
        )

    narrow_to_plans(server)

    @server.on_leaving
    async def leave() -> None:
        plans.close()


def phase_states(server: AutopackServer, uri: str) -> dict[str, PhaseLens]:
    """What the latest run of the plan made of each phase; the folder's runs are followed, so nothing is asked for."""
    from autopack_server.lsp.plan.lenses import PhaseLens

    path = local_path(uri)
    of_plan = [s.snapshot for s in server.runs.seen() if path is not None and local_path(s.snapshot.plan_uri) == path]
    latest = max(of_plan, key=lambda run: run.created_at, default=None)
    if latest is None or latest.state == "DISCARDED":
        return {}
    asked = {request.phase: request.id for request in latest.requests}
    return {
        p.id: PhaseLens(latest.run, p.state, len(p.attempts), p.findings, asked.get(p.id, ""), latest.folder_uri)
        for p in latest.phases
    }


async def code_actions(server: AutopackServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The quick fixes for the plan's problems among the diagnostics asked about."""
    problems = [d for d in params.context.diagnostics if d.source == "autopack" and str(d.code or "").startswith("AP1")]
    if not problems:
        return []
    found = await server.plans.ask(params.text_document.uri, lambda answers, plan: answers.fixes(plan, problems))
    return found or []
