"""Commands that answer a run's request: what was shown is what is answered, by its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from autopack_server.lsp import contract
from autopack_server.lsp.refusals import Refused
from autopack_server.lsp.runs.folder import call
from autopack_server.lsp.runs.snapshot import choosable
from autopack_server.lsp.verbs.runs import state_now

if TYPE_CHECKING:
    from autopack.service import Service
    from autopack_server.lsp.runs.follow import Seen
    from autopack_server.lsp.server import AutopackServer

REASONS = ("Not wanted", "Out of scope", "Too large: do it in smaller steps")
"""Offered where the client cannot ask for a text; each is told to the Builder as it stands."""


def register(server: AutopackServer) -> None:
    async def approve(params: contract.ApproveRequest) -> contract.Recorded:
        seen = await _asked(server, params.request_id, params.digest, params.folder_uri)
        if params.choose and params.only is None:
            raise Refused("which parts are approved is not said", hint="Name them in `only`: autopack.approval.show.")
        told = await call(
            server, seen.folder, "approve", seen.run, params.request_id, scope=params.scope, digest=params.digest,
            reason=params.reason, only=params.only, rest=params.rest, actor="editor",
        )  # fmt: skip
        word = "Approved in part" if told.get("chosen") else "Approved" if told.get("approved", True) else "Rejected"
        return await _recorded(server, seen, f"{word}: {_about(seen, params.request_id)}.")

    async def reject(params: contract.RejectRequest) -> contract.Recorded:
        seen = await _asked(server, params.request_id, params.digest, params.folder_uri)
        reason = params.reason.strip() or await server.client.ask(
            f"Why is the change of {_about(seen, params.request_id)} rejected? The Builder is told.", list(REASONS)
        )
        if not reason:
            raise Refused("a rejection needs a reason", hint="The Builder is told it: give `reason`.")
        await call(
            server, seen.folder, "reject", seen.run, params.request_id, reason=reason, digest=params.digest,
            actor="editor",
        )  # fmt: skip
        return await _recorded(server, seen, f"Rejected: {_about(seen, params.request_id)}.")

    async def show(params: contract.RequestRef) -> contract.ShownRequest:
        seen = await server.runs.find_request(params.request_id, params.folder_uri)
        shown = shown_request(seen, params.request_id)
        service = await seen.folder.service()
        parts = await server.pools.read(_parts, service, shown)
        return attrs.evolve(shown, parts=parts) if parts else shown

    server.commands.add("autopack.approval.approve", approve)
    server.commands.add("autopack.approval.reject", reject)
    server.commands.add("autopack.approval.show", show)


async def _asked(server: AutopackServer, request: str, digest: str, folder_uri: str) -> Seen:
    """The run that asks. Raises Refused without the digest of what is asked, as one who was shown it has."""
    seen = await server.runs.find_request(request, folder_uri)
    wanted = shown_request(seen, request).digest
    if not digest or digest != wanted:
        said = "is not the one shown" if digest else "is not named"
        raise Refused(f"the change of request {request} {said}", hint="Look at it again: autopack.approval.show.")
    return seen


def shown_request(seen: Seen, request: str) -> contract.ShownRequest:
    asked = next(r for r in seen.snapshot.requests if r.id == request)
    return contract.ShownRequest(asked.id, seen.run, asked.phase, asked.attempt, asked.digest, asked.lines, asked.parts)


def _parts(service: Service, asked: contract.ShownRequest) -> list[contract.ChoosablePart]:
    """The parts with their patch; [] where the request is no longer the latest of its attempt, or its change is gone."""
    from autopack.errors import AutopackError

    try:
        request, shown = service.parts(asked.run_id, asked.phase_id, asked.attempt)
    except AutopackError:
        return []
    if request.id != asked.request_id:
        return []
    found = (choosable(each.part, [hunk.raw for hunk in each.hunks] or [each.head]) for each in shown)
    clean = service.redactor.text
    return [attrs.evolve(one, lines=[clean(line) for line in one.lines]) for part in found for one in part]


def _about(seen: Seen, request: str) -> str:
    asked = shown_request(seen, request)
    return f"{seen.run} / {asked.phase_id}, attempt {asked.attempt}"


async def _recorded(server: AutopackServer, seen: Seen, message: str) -> contract.Recorded:
    return contract.Recorded(message, await state_now(server, seen.folder, seen.run))
