"""Commands on one phase, and the whole run's change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autopack_server.lsp import contract
from autopack_server.lsp.findings.uris import RunDocument
from autopack_server.lsp.runs.folder import call
from autopack_server.lsp.verbs.runs import as_it_stands

if TYPE_CHECKING:
    from autopack.service import Service
    from autopack_server.lsp.runs.follow import Seen
    from autopack_server.lsp.server import AutopackServer

WHOLE_RUN = "run"
"""Stands for the phase in documents of a whole run's change, whose attempt is 0."""


def register(server: AutopackServer) -> None:
    async def retry(params: contract.RetryPhase) -> contract.Recorded:
        seen = await server.runs.find(params.run_id, params.folder_uri)
        await call(server, seen.folder, "retry", seen.run, params.phase_id, hint=params.hint or "", actor="editor")
        with_hint = " with your hint" if params.hint else ""
        return await _goes_on(server, seen, f"Phase {params.phase_id} is queued again{with_hint}.")

    async def skip(params: contract.PhaseRef) -> contract.Recorded:
        seen = await server.runs.find(params.run_id, params.folder_uri)
        await call(server, seen.folder, "skip", seen.run, params.phase_id, actor="editor")
        return await _goes_on(server, seen, f"Phase {params.phase_id} is left out.")

    async def show_patch(params: contract.PhaseRef) -> contract.Patch:
        seen = await server.runs.find(params.run_id, params.folder_uri)
        return await _patch(server, seen, params.phase_id, params.attempt)

    async def show_changes(params: contract.RunRef) -> contract.Patch:
        seen = await server.runs.find(params.run_id, params.folder_uri)
        return await _patch(server, seen, "", 0)

    async def show_evidence(params: contract.PhaseRef) -> contract.Opened:
        seen = await server.runs.find(params.run_id, params.folder_uri)
        service = await seen.folder.service()
        path = await server.pools.read(_write_evidence, service, seen.run, params.phase_id, params.attempt)
        return contract.Opened(path.as_uri(), await server.client.show(path.as_uri()))

    server.commands.add("autopack.phase.retry", retry)
    server.commands.add("autopack.phase.skip", skip)
    server.commands.add("autopack.phase.showPatch", show_patch)
    server.commands.add("autopack.phase.showEvidence", show_evidence)
    server.commands.add("autopack.run.showChanges", show_changes)


async def _goes_on(server: AutopackServer, seen: Seen, message: str) -> contract.Recorded:
    """Go on with a run that a person's word made ready, unless somebody works on it or another answer is awaited."""
    now = await as_it_stands(server, seen.folder, seen.run)
    state = now.snapshot.state if now else ""
    if now is not None and not now.snapshot.at_work and not now.snapshot.requests and not now.snapshot.ended:
        state = (await server.runs.resume(seen.folder, seen.run)).state
    return contract.Recorded(message, state)


async def _patch(server: AutopackServer, seen: Seen, phase: str, attempt: int) -> contract.Patch:
    service = await seen.folder.service()
    path, files, number = await server.pools.read(_write_patch, service, seen, phase, attempt)
    title = f"{seen.run}: {phase}, attempt {number}" if phase else f"{seen.run}: all changes"
    shown = False if server.client.shows_sides else await server.client.show(path.as_uri())
    return contract.Patch(path.as_uri(), shown, title, files)


def _write_patch(
    service: Service, seen: Seen, phase: str, attempt: int
) -> tuple[Path, list[contract.ChangedFile], int]:
    """The patch as a file of the run's folder, and each changed file with the documents of its two sides."""
    trees = service.versions.trees(seen.run, phase, attempt)
    name = f"{phase}-{trees.attempt}.patch" if phase else "all.patch"
    path = service.keep_for_people(seen.run, f"patches/{name}", service.versions.patch(trees))

    def uri(side: contract.Side, file: str) -> str:
        return RunDocument(seen.run, phase or WHOLE_RUN, trees.attempt, side, file, seen.folder.uri).uri

    files = [
        contract.ChangedFile(
            change.path, change.status,  # type: ignore[arg-type]
            "" if change.status == "added" else uri("base", change.old_path or change.path),
            "" if change.status == "deleted" else uri("candidate", change.path),
        )
        for change in service.versions.changed(trees)
    ]  # fmt: skip
    return path, files, trees.attempt


def _write_evidence(service: Service, run: str, phase: str, attempt: int) -> Path:
    found: dict[str, Any] = service.evidence(run, phase, attempt)
    text = json.dumps(found, indent=2, ensure_ascii=False, default=str) + "\n"
    return service.keep_for_people(run, f"evidence/{phase}-{found['attempt']}.json", text.encode())
